import { getEventListeners } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import {
  type OwningStore,
  requireApproval,
  requireToolPolicy,
  type SentinelOptions,
} from 'ai-sentinel';
import { settled } from '../approvals/turns.ts';
import { bob, rejection, scene, standing } from './scene.ts';

const never = () => new Promise<never>(() => {});

/** A store of which one method waits at a gate: before it does its work, or after. */
function gated(method: 'claim' | 'ensureRequest' | 'findRequest', place: 'before' | 'after') {
  const gate = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  const through = (store: OwningStore) => ({
    async [method](argument: never) {
      const work = () => (store[method] as (argument: never) => Promise<unknown>)(argument);
      if (place === 'after') {
        const result = await work();
        reached.resolve();
        await gate.promise;
        return result;
      }
      reached.resolve();
      await gate.promise;
      return work();
    },
  });
  return { through, reached: reached.promise, open: gate.resolve };
}

describe('a call that is called off', () => {
  const reason = { whatever: 'the caller says' };

  const places: [string, Omit<SentinelOptions, 'store'>][] = [
    ['while a policy judges', { rules: [requireToolPolicy('*', never)] }],
    ['while `when` thinks', { rules: [requireApproval('*', { when: never })] }],
    [
      'while a rule’s cost is estimated',
      { rules: [requireApproval('*', { estimatedCostUsd: never })] },
    ],
    [
      'while the app’s cost is estimated',
      { rules: [requireApproval('*')], estimateCostUsd: never },
    ],
    ['while the app says why', { rules: [requireApproval('*')], justification: never }],
  ];
  for (const door of ['authorize', 'admit', 'check'] as const) {
    it.each(places)(`rejects with the reason, and asks nobody: ${door} %s`, async (_, options) => {
      const { sentinel, clock, store, ...doors } = scene(options);
      const calling = new AbortController();
      const { signal } = calling;
      const call = { caller: { id: 'alice', roles: [] }, toolName: 'x', input: {}, signal };
      const decision = door === 'check' ? sentinel.guard.check(call) : doors[door]({ signal });
      expect(await standing(decision)).toBe('open');
      calling.abort(reason);
      expect(await rejection(decision)).toBe(reason);
      expect(await store.requests.lastSeq()).toBe(0);
      expect(clock.pending).toBe(0);
      expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    });
  }

  type Abort = () => void;
  const and = <T>(abort: Abort, value: T): T => {
    abort();
    return value;
  };
  const boom = (abort: Abort): never => {
    abort();
    throw new Error('boom');
  };
  it.each<[string, (abort: Abort) => Omit<SentinelOptions, 'store'>]>([
    [
      'a policy',
      (abort) => ({
        rules: [requireToolPolicy('*', () => and(abort, true)), requireApproval('*')],
      }),
    ],
    ['a policy that throws', (abort) => ({ rules: [requireToolPolicy('*', () => boom(abort))] })],
    [
      'a policy that rejects',
      (abort) => ({ rules: [requireToolPolicy('*', async () => boom(abort))] }),
    ],
    [
      'a policy that refuses',
      (abort) => ({ rules: [requireToolPolicy('*', async () => and(abort, false))] }),
    ],
    ['`when`', (abort) => ({ rules: [requireApproval('*', { when: () => and(abort, true) })] })],
    [
      '`when` that throws',
      (abort) => ({ rules: [requireApproval('*', { when: () => boom(abort) })] }),
    ],
    [
      'an estimate',
      (abort) => ({ rules: [requireApproval('*')], estimateCostUsd: () => and(abort, 1) }),
    ],
    [
      'an estimate that throws',
      (abort) => ({ rules: [requireApproval('*')], estimateCostUsd: () => boom(abort) }),
    ],
    [
      'a justification',
      (abort) => ({ rules: [requireApproval('*')], justification: () => and(abort, 'x') }),
    ],
    [
      'a justification that throws',
      (abort) => ({ rules: [requireApproval('*')], justification: () => boom(abort) }),
    ],
  ])('rejects with the reason when it is called off inside %s', async (_, options) => {
    const calling = new AbortController();
    const { authorize, open } = scene(options(() => calling.abort(reason)));
    expect(await rejection(authorize({ signal: calling.signal }))).toBe(reason);
    await settled();
    expect(await open()).toEqual([]);
  });

  it('is not even looked at where it was called off before', async () => {
    let asked = 0;
    const { authorize, admit, sentinel, store } = scene({
      rules: [requireToolPolicy('*', () => ++asked > 0), requireApproval('*')],
    });
    const signal = AbortSignal.abort(reason);
    expect(await rejection(authorize({ signal }))).toBe(reason);
    expect(await rejection(admit({ signal }))).toBe(reason);
    expect(await rejection(sentinel.guard.check({ toolName: 'x', input: {}, signal }))).toBe(
      reason,
    );
    expect(asked).toBe(0);
    expect(await store.requests.lastSeq()).toBe(0);
  });

  it.each(['before', 'after'] as const)(
    'takes back a request that opens late (the store waits %s opening)',
    async (place) => {
      const { through, reached, open: letGo } = gated('ensureRequest', place);
      const { authorize, store } = scene({ rules: [requireApproval('*')], through });
      const calling = new AbortController();
      const decision = authorize({ signal: calling.signal });
      await reached;
      calling.abort(reason);
      expect(await rejection(decision)).toBe(reason);
      letGo();
      await settled();
      const { items } = await store.requests.list();
      expect(items.map(({ status }) => status)).toEqual(['cancelled']);
      expect(getEventListeners(calling.signal, 'abort')).toHaveLength(0);
    },
  );

  it('takes back both of two requests, the one that was open already as well', async () => {
    const gate = Promise.withResolvers<void>();
    const { admit, store } = scene({
      rules: [requireApproval('*', { name: 'fast' }), requireApproval('*', { name: 'slow' })],
      through: (store) => ({
        async ensureRequest(ask: Parameters<OwningStore['ensureRequest']>[0]) {
          if (ask.spec.name === 'slow') await gate.promise;
          return store.ensureRequest(ask);
        },
      }),
    });
    const calling = new AbortController();
    const admission = admit({ signal: calling.signal });
    expect(await standing(admission)).toBe('open');
    calling.abort(reason);
    expect(await rejection(admission)).toBe(reason);
    gate.resolve();
    await settled();
    const { items } = await store.requests.list();
    expect(items.map(({ policyName, status }) => [policyName, status]).sort()).toEqual([
      ['fast', 'cancelled'],
      ['slow', 'cancelled'],
    ]);
  });

  it('leaves a request open that somebody else had asked for as well', async () => {
    const { through, reached, open: letGo } = gated('ensureRequest', 'before');
    const { authorize, store } = scene({ rules: [requireApproval('*')], through });
    const own = new AbortController();
    const decision = authorize({ signal: own.signal });
    const other = authorize();
    await reached;
    own.abort(reason);
    expect(await rejection(decision)).toBe(reason);
    letGo();
    expect(await other).toMatchObject({ type: 'require-approval' });
    await settled();
    const { items } = await store.requests.list();
    expect(items.map(({ status, timesAsked }) => [status, timesAsked])).toEqual([['pending', 2]]);
  });

  it.each(['before', 'after'] as const)(
    'never runs with a use that was taken late (the store waits %s claiming)',
    async (place) => {
      const { through, reached, open: letGo } = gated('claim', place);
      const { authorize, approveAll, store } = scene({
        rules: [requireApproval('*', { maxUses: 1 })],
        through,
      });
      await authorize();
      await approveAll();
      const calling = new AbortController();
      const decision = authorize({ signal: calling.signal });
      await reached;
      calling.abort(reason);
      expect(await rejection(decision)).toBe(reason);
      letGo();
      await settled();
      const events = await store.requests.events(0);
      expect(events.map(({ type, data }) => data.outcome ?? type)).toEqual([
        'requested',
        'approved',
        'claimed',
        'not_run',
      ]);
    },
  );

  it('runs or is recorded as not run, in whichever moment after the claim it is called off', async () => {
    const ends: string[] = [];
    for (let moments = 0; moments < 30; moments++) {
      const calling = new AbortController();
      const { admit, approveAll, authorize, store } = scene({
        rules: [requireApproval('*')],
        through: (store) => ({
          async claim(uses: Parameters<OwningStore['claim']>[0]) {
            const claim = await store.claim(uses);
            void abortAfter(moments, calling, reason);
            return claim;
          },
        }),
      });
      await authorize();
      await approveAll();
      const [result] = await Promise.allSettled([admit({ signal: calling.signal })]);
      await settled();
      const outcomes = (await store.requests.events(0)).map(({ data }) => data.outcome);
      expect(outcomes).toHaveLength(result.status === 'fulfilled' ? 3 : 4);
      if (result.status === 'rejected') {
        expect(result.reason).toBe(reason);
        expect(outcomes.at(-1)).toBe('not_run');
      }
      ends.push(result.status);
    }
    expect(new Set(ends)).toEqual(new Set(['fulfilled', 'rejected']));
  });

  it('rejects with the reason while it looks for what is there', async () => {
    const { through, reached } = gated('findRequest', 'before');
    const { sentinel, store } = scene({
      rules: [requireApproval('*'), requireApproval('x', { name: 'second' })],
      through,
    });
    for (const door of ['authorize', 'check'] as const) {
      const calling = new AbortController();
      const decision = sentinel.guard[door]({ toolName: 'x', input: {}, signal: calling.signal });
      await reached;
      calling.abort(reason);
      expect(await rejection(decision)).toBe(reason);
    }
    expect(await store.requests.lastSeq()).toBe(0);
  });

  it('while it waits: withdraws its request, and a later approval runs nothing', async () => {
    const { admit, clock, open, store } = scene({ rules: [requireApproval('*')] });
    const calling = new AbortController();
    const admission = admit({ signal: calling.signal });
    expect(await standing(admission)).toBe('open');
    const [request] = await open();
    calling.abort(reason);
    expect(await rejection(admission)).toBe(reason);
    await settled();
    const after = await store.requests.get(request?.id ?? '');
    expect(after).toMatchObject({ status: 'cancelled', decision: { by: { id: 'alice' } } });
    await expect(store.admin.approve(request?.id ?? '', { approver: bob })).rejects.toMatchObject({
      code: 'not_allowed_now',
    });
    expect(clock.pending).toBe(0);
    expect(getEventListeners(calling.signal, 'abort')).toHaveLength(0);
  });

  it('while it waits: is told at once, though the store cannot withdraw', async () => {
    for (const cancel of [
      never,
      () => {
        throw new Error('boom');
      },
      async () => {
        throw new Error('boom');
      },
    ]) {
      const { admit } = scene({ rules: [requireApproval('*')], through: () => ({ cancel }) });
      const calling = new AbortController();
      const admission = admit({ signal: calling.signal });
      expect(await standing(admission)).toBe('open');
      calling.abort(reason);
      expect(await rejection(admission)).toBe(reason);
      await settled();
    }
  });
});

async function abortAfter(moments: number, calling: AbortController, reason: unknown) {
  for (let moment = 0; moment < moments; moment++) await null;
  calling.abort(reason);
}
