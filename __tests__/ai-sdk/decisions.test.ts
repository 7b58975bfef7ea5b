import { describe, expect, test } from '@jest/globals';
import {
  authorizationChatClient,
  memoryStore,
  type Rule,
  requireApproval,
  requireToolPolicy,
  ToolCallDeniedError,
} from 'ai-sentinel';
import { fakeClock, scriptedModel } from 'ai-sentinel/testing';
import { z } from 'zod';
import { type Door, doors, outputsIn } from './doors.ts';
import { ANN, approving, CAROL, rejecting } from './people.ts';

const INPUT = { name: 'old_logs' };

/** A door with one dangerous tool behind it, and a model that calls it once. */
function setUp({ major }: Door, rules: readonly Rule[], clock = fakeClock()) {
  const ran: unknown[] = [];
  const store = memoryStore({ clock });
  const tools = {
    delete_database: major.ai.tool({
      description: 'Deletes a database.',
      inputSchema: z.object({ name: z.string() }),
      execute: async (input: { name: string }) => {
        ran.push(input);
        return `${input.name} is gone`;
      },
    }),
  };
  const model = scriptedModel({
    ai: major.major,
    answers: [{ toolCalls: [{ toolName: 'delete_database', input: INPUT }] }, 'That was it.'],
  });
  const options = { ai: major.ai, model, tools, rules, store, clock, caller: CAROL };
  return { ran, store, clock, model, options };
}

/** What the model is told of a tool that threw. */
function thrown({ major }: Door, message: unknown) {
  return [{ type: 'error-text', value: `${major.thrownPrefix}${message}` }];
}

function denialOf({ errors }: { errors: readonly { error?: unknown }[] }): ToolCallDeniedError {
  expect(errors).toHaveLength(1);
  const denial = errors[0]?.error;
  if (!ToolCallDeniedError.isInstance(denial)) throw denial;
  return denial;
}

describe.each(doors)('$name', (door) => {
  test('a call that policy allows runs', async () => {
    const allow = requireToolPolicy('delete_*', ({ caller }) => caller.roles.includes('developer'));
    const { options, model, ran } = setUp(door, [allow]);

    const said = await door.talk(authorizationChatClient(options), { model });

    expect(ran).toEqual([INPUT]);
    expect(said.text).toBe('That was it.');
    expect(said.results).toMatchObject([{ output: 'old_logs is gone' }]);
    expect(outputsIn(model.prompts[1])).toEqual([{ type: 'text', value: 'old_logs is gone' }]);
  });

  test('a call that policy denies does not run, and the model reads why', async () => {
    const deny = requireToolPolicy('delete_*', function nobodyDeletes() {
      return { allowed: false, reason: 'Databases are kept for ten years.', code: 'retention' };
    });
    const { options, model, ran } = setUp(door, [deny]);

    const said = await door.talk(authorizationChatClient(options), { model });

    const denial = denialOf(said);
    expect(denial).toMatchObject({
      code: 'retention',
      policyName: 'nobodyDeletes',
      reason: 'Databases are kept for ten years.',
      requestId: undefined,
    });
    expect(denial.message).toContain('Databases are kept for ten years.');
    expect(outputsIn(model.prompts[1])).toEqual(thrown(door, denial.message));
    expect(said.text).toBe('That was it.');
    expect(ran).toEqual([]);
  });

  test('a call waits until somebody approves it, and then runs', async () => {
    const { options, model, ran, store, clock } = setUp(door, [requireApproval('delete_*')]);
    const ranBefore: number[] = [];
    const client = authorizationChatClient({
      ...options,
      onApprovalRequired: async ({ requestId }) => {
        ranBefore.push(ran.length);
        await store.admin.approve(requestId, { approver: ANN });
      },
    });

    const said = await door.talk(client, { model });

    expect(ranBefore).toEqual([0]);
    expect(ran).toEqual([INPUT]);
    expect(outputsIn(model.prompts[1])).toEqual([{ type: 'text', value: 'old_logs is gone' }]);
    expect(said.text).toBe('That was it.');
    const { items } = await store.requests.list();
    expect(items).toMatchObject([
      { status: 'approved', toolName: 'delete_database', caller: { id: 'carol' } },
    ]);
    expect(items[0]?.asks[0]?.input).toEqual(INPUT);
    expect(clock.pending).toBe(0);
  });

  test('a rejected call does not run, and the model reads the reason', async () => {
    const { options, model, ran, store, clock } = setUp(door, [requireApproval('delete_*')]);
    const client = authorizationChatClient({
      ...options,
      ...rejecting(store, 'The auditors still need it.'),
    });

    const said = await door.talk(client, { model });

    const denial = denialOf(said);
    const { items } = await store.requests.list();
    expect(denial).toMatchObject({
      code: 'approval_rejected',
      policyName: 'approval:delete_*',
      reason: 'The auditors still need it.',
      requestId: items[0]?.id,
    });
    expect(denial.message).toContain('a person refused it');
    expect(denial.message).toContain('"The auditors still need it."');
    expect(outputsIn(model.prompts[1])).toEqual(thrown(door, denial.message));
    expect(ran).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  test('nobody decides in time: the call does not run, and nobody is said to have refused', async () => {
    const rule = requireApproval('delete_*', { waitTimeout: '10m' });
    const { options, model, ran, store, clock } = setUp(door, [rule]);
    const client = authorizationChatClient({
      ...options,
      approvalUrl: 'https://example.com/approvals/#/r/{id}',
      // The wait begins once this hook has been called.
      onApprovalRequired: ({ waitTimeoutMs }) => void clock.advance(waitTimeoutMs),
    });

    const said = await door.talk(client, { model });

    const denial = denialOf(said);
    expect(denial.code).toBe('approval_timeout');
    expect(denial.message).toContain('nobody decided within 10 minutes, and nobody refused it');
    expect(denial.message).not.toMatch(/(?<!nobody )(refused|rejected|denied)/);
    expect(denial.message).toContain(`https://example.com/approvals/#/r/${denial.requestId}`);
    expect(outputsIn(model.prompts[1])).toEqual(thrown(door, denial.message));
    expect(ran).toEqual([]);
    const request = await store.requests.get(denial.requestId as string);
    expect(request?.status).toBe('pending');
    expect(clock.pending).toBe(0);
  });

  test('a timeout tells the model what an approver asked', async () => {
    const { options, model, ran, store, clock } = setUp(door, [requireApproval('delete_*')]);
    const client = authorizationChatClient({
      ...options,
      onApprovalRequired: async ({ requestId, waitTimeoutMs }) => {
        const message = 'Is there a backup?';
        await store.admin.requestInfo(requestId, { approver: ANN, message });
        await clock.advance(waitTimeoutMs);
      },
    });

    const denial = denialOf(await door.talk(client, { model }));

    expect(denial.code).toBe('approval_timeout');
    expect(denial.message).toContain('An approver asks: "Is there a backup?"');
    expect(ran).toEqual([]);
  });

  test('aborted while it waits: the abort propagates and the request is withdrawn', async () => {
    const { options, model, ran, store, clock } = setUp(door, [requireApproval('delete_*')]);
    const abort = new AbortController();
    const settled: unknown[] = [];
    const client = authorizationChatClient({
      ...options,
      onApprovalRequired: () => abort.abort(),
      onApprovalSettled: (notice) => settled.push(notice),
    });

    const talk = door.talk(client, { model, abortSignal: abort.signal });

    await expect(talk).rejects.toMatchObject({ name: 'AbortError' });
    const { items } = await store.requests.list();
    expect(items).toMatchObject([
      { status: 'cancelled', decision: { note: 'The call was called off.' } },
    ]);
    expect(settled).toMatchObject([{ outcome: 'aborted', requestId: items[0]?.id }]);
    const late = store.admin.approve(items[0]?.id as string, { approver: ANN });
    await expect(late).rejects.toMatchObject({ code: 'not_allowed_now' });
    expect(ran).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  test('after an abort, an approval of a request that others joined runs nothing', async () => {
    const { options, model, ran, store, clock } = setUp(door, [requireApproval('delete_*')]);
    const client = authorizationChatClient({
      ...options,
      onApprovalRequired: async () => {
        await client.sentinel.guard.authorize({
          caller: CAROL,
          toolName: 'delete_database',
          input: INPUT,
        });
        abort.abort();
      },
    });
    const abort = new AbortController();

    const talk = door.talk(client, { model, abortSignal: abort.signal });

    await expect(talk).rejects.toMatchObject({ name: 'AbortError' });
    const { items } = await store.requests.list({ status: 'pending' });
    expect(items).toMatchObject([{ timesAsked: 2 }]);
    await store.admin.approve(items[0]?.id as string, { approver: ANN });
    await clock.advance(1);
    expect(ran).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  test('a store that fails refuses nothing in a person’s name, and the call does not run', async () => {
    const { options, model, ran, store } = setUp(door, [requireApproval('delete_*')]);
    const logged: unknown[] = [];
    const broken = Object.create(store, {
      ensureRequest: { value: () => Promise.reject(new TypeError('password=hunter2')) },
    });
    const client = authorizationChatClient({
      ...options,
      store: broken,
      logger: { ...console, error: (...words) => logged.push(words) },
    });

    const denial = denialOf(await door.talk(client, { model }));

    expect(denial.code).toBe('approval_store_exception');
    expect(denial.message).toContain('Nobody refused it');
    expect(denial.message).toContain('TypeError');
    expect(JSON.stringify(model.prompts)).not.toContain('hunter2');
    expect(logged).toHaveLength(1);
    expect(ran).toEqual([]);
  });

  test('a store that closes meanwhile ends the wait, and the call does not run', async () => {
    const { options, model, ran, store, clock } = setUp(door, [requireApproval('delete_*')]);
    const client = authorizationChatClient({
      ...options,
      logger: { ...console, error: () => {} },
      onApprovalRequired: () => store.close(),
    });

    const denial = denialOf(await door.talk(client, { model }));

    expect(denial.code).toBe('approval_store_exception');
    expect(denial.message).toContain('Nobody refused it');
    expect(ran).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  test('an approval covers the next call too, and nobody is asked again', async () => {
    const { options, ran, store } = setUp(door, [requireApproval('delete_*')]);
    const call = { toolCalls: [{ toolName: 'delete_database', input: INPUT }] };
    const model = scriptedModel({ ai: door.major.major, answers: [call, call, 'Twice.'] });
    const client = authorizationChatClient({ ...options, model, ...approving(store) });

    const said = await door.talk(client, { model });

    expect(said.text).toBe('Twice.');
    expect(ran).toEqual([INPUT, INPUT]);
    expect((await store.requests.list()).items).toHaveLength(1);
  });
});
