import { describe, expect, test } from '@jest/globals';
import { authorizationChatClient, memoryStore, requireApproval } from 'ai-sentinel';
import { fakeClock, scriptedModel } from 'ai-sentinel/testing';
import { z } from 'zod';
import { outputsIn, QUESTION, transcriptOf, transcriptOfStream } from './doors.ts';
import { type Agent, majors } from './majors.ts';
import { approving, CAROL, rejecting } from './people.ts';

const talks = {
  generate: async (agent: Agent, options: object) => transcriptOf(await agent.generate(options)),
  stream: async (agent: Agent, options: object) => transcriptOfStream(await agent.stream(options)),
};

const cases = majors.flatMap((major) =>
  major.ai.ToolLoopAgent
    ? Object.entries(talks).map(([verb, talk]) => {
        const { ToolLoopAgent } = major.ai;
        return { name: `ai ${major.major}, ToolLoopAgent.${verb}`, major, ToolLoopAgent, talk };
      })
    : [],
);

test('5 alone has no ToolLoopAgent', () => {
  expect(new Set(cases.map(({ major }) => major.major))).toEqual(new Set([6, 7]));
});

describe.each(cases)('$name', ({ major, ToolLoopAgent, talk }) => {
  function setUp() {
    const ran: unknown[] = [];
    const clock = fakeClock();
    const store = memoryStore({ clock });
    const model = scriptedModel({
      ai: major.major,
      answers: [{ toolCalls: [{ toolName: 'drop', input: { name: 'a' } }] }, 'That was it.'],
    });
    const drop = {
      inputSchema: z.object({ name: z.string() }),
      execute: async (input: unknown) => {
        ran.push(input);
        return 'dropped';
      },
    };
    const rules = [requireApproval('drop')];
    const options = { tools: { drop }, rules, store, clock, caller: CAROL };
    const agentWith = (tools: object) =>
      new (ToolLoopAgent as NonNullable<typeof ToolLoopAgent>)({ model, tools });
    return { ran, store, clock, model, options, agentWith };
  }

  test('waits for the approval and goes on', async () => {
    const { ran, store, model, options, agentWith } = setUp();
    const { tools } = authorizationChatClient({ ...options, ...approving(store) });

    const said = await talk(agentWith(tools), { prompt: QUESTION });

    expect(said.text).toBe('That was it.');
    expect(ran).toEqual([{ name: 'a' }]);
    expect(outputsIn(model.prompts[1])).toEqual([{ type: 'text', value: 'dropped' }]);
    expect((await store.requests.list()).items).toMatchObject([{ status: 'approved' }]);
  });

  test('reads the reason of a rejection and goes on', async () => {
    const { ran, store, model, options, agentWith } = setUp();
    const { tools } = authorizationChatClient({ ...options, ...rejecting(store, 'Not today.') });

    const said = await talk(agentWith(tools), { prompt: QUESTION });

    expect(said.text).toBe('That was it.');
    expect(ran).toEqual([]);
    expect(outputsIn(model.prompts[1])).toEqual([
      { type: 'error-text', value: expect.stringContaining('"Not today."') },
    ]);
  });

  test('called off while it waits, withdraws the request', async () => {
    const { ran, store, clock, options, agentWith } = setUp();
    const abort = new AbortController();
    const { tools } = authorizationChatClient({
      ...options,
      onApprovalRequired: () => abort.abort(),
    });

    const talking = talk(agentWith(tools), { prompt: QUESTION, abortSignal: abort.signal });

    await expect(talking).rejects.toMatchObject({ name: 'AbortError' });
    expect((await store.requests.list()).items).toMatchObject([{ status: 'cancelled' }]);
    expect(ran).toEqual([]);
    expect(clock.pending).toBe(0);
  });
});
