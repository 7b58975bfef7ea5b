// An agent wants to delete a database. The call waits until a person says yes, or why not.
import { createInterface } from 'node:readline';
import { tool } from 'ai';
import { authorizationChatClient, memoryStore, requireApproval } from 'ai-sentinel';
import { scriptedModel } from 'ai-sentinel/testing';
import { z } from 'zod';

const databases = new Set(['orders', 'customers']);
const store = memoryStore();
const terminal = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

const agent = authorizationChatClient({
  // Any model of the AI SDK will do, such as openai('gpt-5.4'). This one needs no key.
  model: scriptedModel({
    answers: [{ toolCalls: [{ toolName: 'delete_database', input: { name: 'orders' } }] }],
  }),
  tools: {
    delete_database: tool({
      inputSchema: z.object({ name: z.string() }),
      execute: ({ name }) => databases.delete(name),
    }),
  },
  rules: [requireApproval('delete_*', { risk: 'high' })],
  caller: { id: 'alice', roles: [] },
  store,
  async onApprovalRequired({ requestId, toolName }) {
    const request = await store.requests.get(requestId);
    console.log(`May alice's agent call ${toolName}?`, request?.asks[0]?.input);
    const { value: answer } = await terminal.next(); // y, or why not
    const approver = { id: 'bo', roles: [] };
    if (answer === 'y') await store.admin.approve(requestId, { approver });
    else if (answer) await store.admin.reject(requestId, { approver, reason: answer });
    else await store.cancel(requestId, { by: 'alice', reason: 'Nobody answered.' });
  },
});
const { content } = await agent.generateText({ prompt: 'Delete the orders database.' });
for (const part of content) if (part.type === 'tool-error') console.log(String(part.error));
console.log('Databases:', ...databases);
await terminal.return?.();
