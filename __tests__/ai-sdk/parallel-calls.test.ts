import { describe, expect, test } from '@jest/globals';
import { authorizationChatClient, memoryStore, requireApproval } from 'ai-sentinel';
import { fakeClock, scriptedModel } from 'ai-sentinel/testing';
import { z } from 'zod';
import { type Door, doors, outputsIn } from './doors.ts';
import { ANN, approving, CAROL } from './people.ts';

/** A door with one tool behind it, and a model that calls it for each name in one step. */
function setUp({ major }: Door, names: readonly string[]) {
  const ran: string[] = [];
  const clock = fakeClock();
  const store = memoryStore({ clock });
  const tools = {
    drop: major.ai.tool({
      inputSchema: z.object({ name: z.string() }),
      execute: async ({ name }: { name: string }) => {
        ran.push(name);
        return `${name} dropped`;
      },
    }),
  };
  const toolCalls = names.map((name) => ({ toolName: 'drop', input: { name } }));
  const model = scriptedModel({ ai: major.major, answers: [{ toolCalls }, 'All done.'] });
  const options = { ai: major.ai, model, tools, store, clock, caller: CAROL };
  return { ran, store, clock, model, options };
}

describe.each(doors)('$name', (door) => {
  test('three calls in one step wait on one request, and one approval lets them all run', async () => {
    const { options, model, ran, store, clock } = setUp(door, ['a', 'b', 'c']);
    const waiting: (string | undefined)[] = [];
    const client = authorizationChatClient({
      ...options,
      rules: [requireApproval('drop')],
      onApprovalRequired: async ({ requestId, toolCallId }) => {
        waiting.push(toolCallId);
        if (waiting.length === 3) await store.admin.approve(requestId, { approver: ANN });
      },
    });

    const said = await door.talk(client, { model });

    expect(waiting.sort()).toEqual(['call-1', 'call-2', 'call-3']);
    expect(ran.sort()).toEqual(['a', 'b', 'c']);
    expect(said.results).toHaveLength(3);
    const { items } = await store.requests.list();
    expect(items).toHaveLength(1);
    expect(items[0]?.asks.map(({ input }) => input)).toEqual([
      { name: 'a' },
      { name: 'b' },
      { name: 'c' },
    ]);
    expect(clock.pending).toBe(0);
  });

  test('of three calls with a request each, the rejected one alone does not run', async () => {
    const { options, model, ran, store } = setUp(door, ['a', 'b', 'c']);
    const client = authorizationChatClient({
      ...options,
      rules: [requireApproval('drop', { grantScope: 'input' })],
      onApprovalRequired: async ({ requestId }) => {
        const request = await store.requests.get(requestId);
        const input = request?.asks[0]?.input as { name: string } | undefined;
        await (input?.name === 'b'
          ? store.admin.reject(requestId, { approver: ANN, reason: 'b is in use' })
          : store.admin.approve(requestId, { approver: ANN }));
      },
    });

    const said = await door.talk(client, { model });

    expect(ran.sort()).toEqual(['a', 'c']);
    expect(said.errors).toMatchObject([{ toolCallId: 'call-2', error: { reason: 'b is in use' } }]);
    const outputs = outputsIn(model.prompts[1]);
    expect(outputs).toHaveLength(3);
    // 5 tells a stream's results in the order in which they came.
    expect(outputs).toEqual(
      expect.arrayContaining([
        { type: 'text', value: 'a dropped' },
        { type: 'error-text', value: expect.stringContaining('"b is in use"') },
        { type: 'text', value: 'c dropped' },
      ]),
    );
  });

  test('two rules on one call, each with a grant for one use: both people are asked, once', async () => {
    const { options, model, ran, store } = setUp(door, ['a']);
    const asked: string[] = [];
    const client = authorizationChatClient({
      ...options,
      rules: [
        requireApproval('drop', { name: 'owner', role: 'owner', maxUses: 1 }),
        requireApproval('d*', { name: 'security', role: 'security', maxUses: 1 }),
      ],
      onApprovalRequired: async ({ requestId }) => {
        const { policyName = '', rule } = (await store.requests.get(requestId)) ?? {};
        asked.push(policyName);
        expect(ran).toEqual([]);
        const approver = { id: policyName, roles: [rule?.role ?? ''] };
        await store.admin.approve(requestId, { approver });
      },
    });

    await door.talk(client, { model });

    expect(asked.sort()).toEqual(['owner', 'security']);
    expect(ran).toEqual(['a']);
    const { items } = await store.requests.list();
    expect(items.map(({ grant }) => grant)).toMatchObject([
      { state: 'used', used: 1 },
      { state: 'used', used: 1 },
    ]);
  });

  test('two rules on one call, one of them refused: the other is asked no longer', async () => {
    const { options, model, ran, store } = setUp(door, ['a']);
    const client = authorizationChatClient({
      ...options,
      rules: [
        requireApproval('drop', { name: 'owner' }),
        requireApproval('d*', { name: 'security' }),
      ],
      onApprovalRequired: async ({ requestId }) => {
        const request = await store.requests.get(requestId);
        if (request?.policyName !== 'security') return;
        await store.admin.reject(requestId, { approver: ANN, reason: 'Not from this network.' });
      },
    });

    const said = await door.talk(client, { model });

    expect(said.errors).toMatchObject([
      { error: { code: 'approval_rejected', policyName: 'security' } },
    ]);
    expect(ran).toEqual([]);
    const { items } = await store.requests.list();
    const statuses = items.map(({ policyName, status }) => [policyName, status]);
    expect(statuses.sort()).toEqual([
      ['owner', 'cancelled'],
      ['security', 'rejected'],
    ]);
  });

  test('two calls that want one single use: one runs, the other waits on a fresh request', async () => {
    const { options, model, ran, store, clock } = setUp(door, ['a', 'b']);
    const notices: { requestId: string; ran: number }[] = [];
    const client = authorizationChatClient({
      ...options,
      rules: [requireApproval('drop', { maxUses: 1 })],
      onApprovalRequired: async ({ requestId }) => {
        notices.push({ requestId, ran: ran.length });
        // Both wait on one request before it is approved; then one of them waits on another.
        if (notices.length === 1) return;
        await store.admin.approve(requestId, { approver: ANN });
      },
    });

    await door.talk(client, { model });

    const [first, second, third] = notices;
    expect(notices).toHaveLength(3);
    expect(second?.requestId).toBe(first?.requestId);
    expect(third?.requestId).not.toBe(first?.requestId);
    expect(third?.ran).toBeLessThanOrEqual(1);
    expect(ran.sort()).toEqual(['a', 'b']);
    const { items } = await store.requests.list();
    expect(items.map(({ grant }) => grant)).toMatchObject([
      { state: 'used', used: 1 },
      { state: 'used', used: 1 },
    ]);
    expect(clock.pending).toBe(0);
  });

  test('the one whose fresh request nobody answers does not run', async () => {
    const { options, model, ran, store, clock } = setUp(door, ['a', 'b']);
    const requests = new Set<string>();
    let asked = 0;
    const client = authorizationChatClient({
      ...options,
      rules: [requireApproval('drop', { maxUses: 1, waitTimeout: '10m' })],
      onApprovalRequired: async ({ requestId }) => {
        asked += 1;
        requests.add(requestId);
        if (asked === 2) await store.admin.approve(requestId, { approver: ANN });
        if (asked === 3) await clock.advance(10 * 60_000);
      },
    });

    const said = await door.talk(client, { model });

    expect(ran).toHaveLength(1);
    expect(requests.size).toBe(2);
    expect(said.errors).toMatchObject([{ error: { code: 'approval_timeout' } }]);
  });

  test('a call that needs no approval does not wait for one that does', async () => {
    const { options, model, ran, store } = setUp(door, ['a', 'b']);
    const ranAtTheAsk: string[][] = [];
    const client = authorizationChatClient({
      ...options,
      rules: [requireApproval('drop', { when: ({ input }) => input.name === 'a' })],
      onApprovalRequired: async ({ requestId }) => {
        // Lets the other call go its way first.
        await new Promise((resolve) => setImmediate(resolve));
        ranAtTheAsk.push([...ran]);
        await store.admin.approve(requestId, { approver: ANN });
      },
    });

    await door.talk(client, { model });

    expect(ranAtTheAsk).toEqual([['b']]);
    expect(ran).toEqual(['b', 'a']);
  });

  test('calls of one step that an earlier approval covers run at once', async () => {
    const { options, ran, store } = setUp(door, []);
    const call = (name: string) => ({ toolName: 'drop', input: { name } });
    const answers = [{ toolCalls: [call('a')] }, { toolCalls: [call('b'), call('c')] }, 'Done.'];
    const model = scriptedModel({ ai: door.major.major, answers });
    const asked: string[] = [];
    const { onApprovalRequired } = approving(store);
    const client = authorizationChatClient({
      ...options,
      model,
      rules: [requireApproval('drop')],
      onApprovalRequired: (notice) => {
        asked.push(notice.requestId);
        return onApprovalRequired(notice);
      },
    });

    await door.talk(client, { model });

    expect(asked).toHaveLength(1);
    expect(ran.sort()).toEqual(['a', 'b', 'c']);
  });
});
