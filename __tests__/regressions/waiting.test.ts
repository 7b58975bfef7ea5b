import { describe, expect, it } from '@jest/globals';
import { type ApprovalRequiredNotice, authorizationChatClient, requireApproval } from 'ai-sentinel';
import { fakeClock } from 'ai-sentinel/testing';
import { WaitLimit } from '../../lib/guard/wait-limit.ts';
import { settled } from '../approvals/turns.ts';
import { alice, bob, denial, scene, standing } from '../guard/scene.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const never = () => new Promise<never>(() => {});

describe('two rules, and room for one request only', () => {
  it('denies the call, and leaves nothing open for it', async () => {
    const spec = { maxPendingPerCaller: 1 };
    const { authorize, admit, open, store } = scene({
      rules: [
        requireApproval('*', { ...spec, name: 'a' }),
        requireApproval('*', { ...spec, name: 'b' }),
      ],
    });
    expect(await authorize()).toMatchObject({ type: 'deny', code: 'too_many_pending' });
    expect(await open()).toEqual([]);
    expect(await denial(admit())).toMatchObject({ code: 'too_many_pending' });
    expect(await open()).toEqual([]);
    const { items } = await store.requests.list();
    // They were opened, since nobody can know before, and taken back.
    expect(items.map(({ status }) => status)).toEqual(['cancelled', 'cancelled']);
  });

  it('leaves what others ask for open', async () => {
    const spec = { maxPendingPerCaller: 1 };
    const { authorize, open } = scene({
      rules: [
        requireApproval('*', { ...spec, name: 'a' }),
        requireApproval('delete_*', { ...spec, name: 'b' }),
      ],
    });
    await authorize({ caller: { id: 'zoe', roles: [] }, toolName: 'send' });
    await authorize();
    expect(await open()).toMatchObject([{ caller: { id: 'zoe' }, status: 'pending' }]);
  });
});

describe('how long a call waits', () => {
  it.each([
    ['first', '1m', '1h'],
    ['last', '1h', '1m'],
  ])('is up to the least patient rule, which stands %s', async (_, one, other) => {
    const { admit, clock, open } = scene({
      rules: [
        requireApproval('*', { name: 'one', waitTimeout: one }),
        requireApproval('*', { name: 'other', waitTimeout: other }),
      ],
    });
    const notices: ApprovalRequiredNotice[] = [];
    const admission = admit({}, { onApprovalRequired: (notice) => notices.push(notice) });
    expect(await standing(admission)).toBe('open');
    expect(notices.map(({ waitTimeoutMs }) => waitTimeoutMs)).toEqual([MINUTE, MINUTE]);
    await clock.advance(MINUTE - 1);
    expect(await standing(admission)).toBe('open');
    await clock.advance(1);
    expect(await standing(admission)).toBe('over');
    expect(await denial(admission)).toMatchObject({ code: 'approval_timeout' });
    expect(await open()).toHaveLength(2);
    expect(clock.pending).toBe(0);
  });

  it('is not more because the clock was set back, also where it waits once more', async () => {
    const { admit, clock, open, store } = scene({ rules: [requireApproval('*')] });
    const admission = admit();
    await settled();
    clock.set(clock() - 60 * MINUTE);
    const [request] = await open();
    await store.admin.requestInfo(request?.id ?? '', { approver: bob, message: 'Why?' });
    await settled();
    await clock.advance(5 * MINUTE - 1);
    expect(await standing(admission)).toBe('open');
    await clock.advance(1);
    expect(await denial(admission)).toMatchObject({ code: 'approval_timeout' });
  });

  it('never grows', async () => {
    const clock = fakeClock();
    const limit = new WaitLimit(clock, 10 * SECOND);
    await clock.advance(4 * SECOND);
    expect(limit.left()).toBe(6 * SECOND);
    clock.set(clock() - 60 * MINUTE);
    expect(limit.left()).toBe(6 * SECOND);
    clock.set(clock() + 120 * MINUTE);
    expect(limit.left()).toBe(0);
    clock.set(clock() - 120 * MINUTE);
    expect(limit.left()).toBe(0);
  });

  it('is what is left of it where it has to ask once more, and everybody is told so', async () => {
    const notices: ApprovalRequiredNotice[] = [];
    const { admit, clock, open, store } = scene({ rules: [requireApproval('*', { maxUses: 1 })] });
    const hooks = { onApprovalRequired: (notice: ApprovalRequiredNotice) => notices.push(notice) };
    const began = clock();
    const calls = Promise.allSettled([admit({}, hooks), admit({}, hooks)]);
    await settled();
    await clock.advance(2 * MINUTE);
    const [first] = await open();
    expect(first?.waitingUntil).toBe(began + 5 * MINUTE);
    await store.admin.approve(first?.id ?? '', { approver: bob });
    await settled();
    const [again] = await open();
    expect(again?.id).not.toBe(first?.id);
    // Not five minutes from now: the call that asks again has three left.
    expect(again?.waitingUntil).toBe(began + 5 * MINUTE);
    expect(notices.map(({ waitTimeoutMs }) => waitTimeoutMs / MINUTE)).toEqual([5, 5, 3]);
    expect((await store.requests.get(first?.id ?? ''))?.waitingUntil).toBeUndefined();
    await clock.advance(3 * MINUTE);
    const ends = await calls;
    expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect((await store.requests.get(again?.id ?? ''))?.waitingUntil).toBeUndefined();
    expect(clock.pending).toBe(0);
  });
});

describe('what a call does not wait for', () => {
  /** A client of a scene, with one tool; `execute` without the AI SDK around it. */
  function wiping(
    stage: ReturnType<typeof scene>,
    sources: { caller?: () => Promise<never>; justification?: () => Promise<never> } = {},
  ) {
    const { tools } = authorizationChatClient({
      sentinel: stage.sentinel,
      caller: alice,
      ...sources,
      tools: { wipe: { execute: async () => 'wiped' } },
    });
    return tools.wipe.execute;
  }

  it('is a `caller` callback that never answers: it is denied after policyTimeout', async () => {
    const stage = scene({ rules: [requireApproval('*')], policyTimeout: '2s' });
    const call = wiping(stage, { caller: never })();
    await stage.clock.advance(2 * SECOND - 1);
    expect(await standing(call)).toBe('open');
    await stage.clock.advance(1);
    expect(await standing(call)).toBe('over');
    expect(await denial(call)).toMatchObject({ code: 'policy_exception', policyName: 'caller' });
    expect(await stage.open()).toEqual([]);
    expect(stage.clock.pending).toBe(0);
  });

  it('is a `justification` callback that never answers: the next source is used', async () => {
    const stage = scene({ rules: [requireApproval('*')], policyTimeout: '2s' });
    const call = wiping(stage, { justification: never })();
    await stage.clock.advance(2 * SECOND);
    const [request] = await stage.open();
    expect(request?.asks).toMatchObject([{ justificationSource: 'template' }]);
    await stage.approveAll();
    expect(await call).toBe('wiped');
  });

  it('is a store that never takes down what became of it: after 5 s it has its result', async () => {
    const stage = scene({
      rules: [requireApproval('*')],
      through: () => ({ recordOutcome: never }),
    });
    const call = wiping(stage)();
    await stage.approveAll();
    expect(await standing(call)).toBe('open');
    await stage.clock.advance(5 * SECOND - 1);
    expect(await standing(call)).toBe('open');
    await stage.clock.advance(1);
    expect(await standing(call)).toBe('over');
    expect(await call).toBe('wiped');
    expect(stage.logged.flat()).toContainEqual(expect.stringContaining('it stays unknown'));
    expect(stage.clock.pending).toBe(0);
  });
});
