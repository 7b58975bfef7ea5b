import { createMCPClient, type MCPTransport } from '@ai-sdk/mcp';
import { afterEach, describe, expect, test } from '@jest/globals';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { authorizationChatClient, memoryStore, requireApproval } from 'ai-sentinel';
import { fakeClock, scriptedModel } from 'ai-sentinel/testing';
import { z } from 'zod';
import { type Client, doors, outputsIn } from './doors.ts';
import { ANN, approving, CAROL, rejecting } from './people.ts';

const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** The tools of a real MCP server in this process, as `@ai-sdk/mcp` gives them. */
async function mcpTools() {
  const ran: unknown[] = [];
  const server = new McpServer({ name: 'files', version: '1.0.0' });
  const inputSchema = { path: z.string() };
  server.registerTool('remove_file', { description: 'Removes.', inputSchema }, async (input) => {
    ran.push(input);
    return { content: [{ type: 'text', text: `${input.path} removed` }] };
  });
  server.registerTool('list_files', { description: 'Lists.' }, async () => ({
    content: [{ type: 'text', text: 'a.txt' }],
  }));
  const [ours, theirs] = InMemoryTransport.createLinkedPair();
  await server.connect(theirs);
  const client = await createMCPClient({ transport: ours as MCPTransport });
  closing.push(
    () => client.close(),
    () => server.close(),
  );
  return { tools: await client.tools(), ran };
}

const calls = {
  toolCalls: [{ toolName: 'list_files' }, { toolName: 'remove_file', input: { path: 'a.txt' } }],
};

/** 5 cannot read the schemas of this `@ai-sdk/mcp`, gated or not. */
const supported = doors.filter(({ major }) => major.major !== 5);

describe.each(supported)('$name', (door) => {
  async function setUp() {
    const { tools, ran } = await mcpTools();
    const clock = fakeClock();
    const store = memoryStore({ clock });
    const model = scriptedModel({ ai: door.major.major, answers: [calls, 'Tidied up.'] });
    const rules = [requireApproval('remove_*')];
    const options = { ai: door.major.ai, model, tools, rules, store, clock, caller: CAROL };
    return { options, tools, ran, store, model };
  }

  test("an MCP server's tool runs once it is approved", async () => {
    const { options, tools, ran, store, model } = await setUp();
    const ranBefore: unknown[][] = [];
    const client: Client = authorizationChatClient({
      ...options,
      onApprovalRequired: async ({ requestId }) => {
        ranBefore.push([...ran]);
        await store.admin.approve(requestId, { approver: ANN });
      },
    });

    const said = await door.talk(client, { model });

    expect(said.errors).toEqual([]);
    expect(ranBefore).toEqual([[]]);
    expect(ran).toEqual([{ path: 'a.txt' }]);
    expect(JSON.stringify(outputsIn(model.prompts[1]))).toContain('a.txt removed');
    const { items } = await store.requests.list();
    expect(items.map(({ toolName }) => toolName)).toEqual(['remove_file']);
    expect(Object.keys(client.tools)).toEqual(Object.keys(tools));
    expect(client.tools.list_files).toBe(tools.list_files);
  });

  test('and never reaches the server when it is rejected', async () => {
    const { options, ran, store, model } = await setUp();
    const client: Client = authorizationChatClient({
      ...options,
      ...rejecting(store, 'That file is evidence.'),
    });

    const said = await door.talk(client, { model });

    expect(said.errors).toMatchObject([
      { toolName: 'remove_file', error: { reason: 'That file is evidence.' } },
    ]);
    expect(JSON.stringify(outputsIn(model.prompts[1]))).toContain('That file is evidence.');
    expect(ran).toEqual([]);
  });

  test('what the server made of its answer for the model is kept, returned denials or not', async () => {
    const plain = await setUp();
    const gated = await setUp();
    const client: Client = authorizationChatClient({
      ...gated.options,
      ...approving(gated.store),
      onDenied: 'return',
    });
    const bare: Client = authorizationChatClient({ ...plain.options, rules: [] });

    await door.talk(client, { model: gated.model });
    await door.talk(bare, { model: plain.model });

    const read = ({ model }: typeof gated) =>
      outputsIn(model.prompts[1])
        .map((output) => JSON.stringify(output))
        .sort();
    expect(read(gated)).toEqual(read(plain));
  });
});
