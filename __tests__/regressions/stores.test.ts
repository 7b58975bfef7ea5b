import { describe, expect, it } from '@jest/globals';
import { type OwningStore, requireApproval } from 'ai-sentinel';
import { fakeClock } from 'ai-sentinel/testing';
import { type ApprovalEvent, findBrokenEvent } from '../../lib/approvals/events.ts';
import { ledgerStore } from '../../lib/approvals/ledger-store.ts';
import { MemoryLedger } from '../../lib/ledgers/memory.ts';
import { alice, denial, rejection, scene } from '../guard/scene.ts';

const rules = [requireApproval('*')];

describe('a store whose answers make no sense', () => {
  const oddAnswers: [string, unknown, string][] = [
    ['null', null, 'approval_state_unknown'],
    ['undefined', undefined, 'approval_state_unknown'],
    ['a status nobody knows', { status: 'odd' }, 'approval_state_unknown'],
    ['no status', {}, 'approval_state_unknown'],
    ['a status in other letters', { status: 'Active' }, 'approval_state_unknown'],
    ['a yes', true, 'approval_state_unknown'],
  ];
  it.each(oddAnswers)('to an ask, %s, allows nothing', async (_, answer, code) => {
    const { authorize, admit } = scene({
      rules,
      through: () => ({ ensureRequest: async () => answer }),
    });
    expect(await authorize()).toMatchObject({ type: 'deny', code });
    expect(await denial(admit())).toMatchObject({ code });
  });

  it.each(oddAnswers)(
    'to one of two asks, %s, allows nothing, asks nobody',
    async (_, answer, code) => {
      const { authorize, open } = scene({
        rules: [requireApproval('*', { name: 'sound' }), requireApproval('*', { name: 'odd' })],
        through: ({ ensureRequest }) => ({
          ensureRequest: async (ask: Parameters<OwningStore['ensureRequest']>[0]) =>
            ask.spec.name === 'odd' ? answer : ensureRequest(ask),
        }),
      });
      expect(await authorize()).toMatchObject({ type: 'deny', policyName: 'odd', code });
      expect(await open()).toEqual([]);
    },
  );

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['no claim id', {}],
    ['a claim id that is no text', { claimId: 7 }],
  ])('to a claim, %s, allows nothing', async (_, answer) => {
    const { admit, approveAll, authorize } = scene({
      rules,
      through: () => ({ claim: async () => answer }),
    });
    await authorize();
    await approveAll();
    const code = 'approval_store_exception';
    expect(await authorize()).toMatchObject({ type: 'deny', code });
    expect(await denial(admit())).toMatchObject({ code });
  });
});

describe('the ledger in memory', () => {
  it('stores nothing of a write whose log entry cannot be written', async () => {
    const clock = fakeClock();
    const ledger = new MemoryLedger(clock);
    const store = ledgerStore(ledger, { clock });
    await store.ensureRequest({ caller: alice, spec: {}, toolName: 'wipe', input: {} });
    const [request] = (await ledger.query({ order: 'newest', limit: 1 })).records;
    if (!request) throw new Error('There is no request.');
    const before = await store.requests.events(0);

    const draft = { requestId: request.id, type: 'joined', by: { id: 'alice' }, data: {} } as const;
    const write = ledger.write({}, () => ({
      records: [
        {
          record: { ...request, timesAsked: 99 },
          index: { phase: 'rejected', openUntil: 0, liveUntil: 0, digest: null, urgency: 0 },
        },
      ],
      inputs: [{ requestId: request.id, digest: 'other', input: 'other' }],
      claim: {
        id: 'claim-1',
        at: 0,
        callerId: 'alice',
        toolName: 'wipe',
        digest: '',
        requestIds: [request.id],
      },
      events: [draft, { ...draft, by: { id: 'half a pair: \uD800' } }],
      answer: undefined,
    }));

    await rejection(write);
    expect(await store.requests.get(request.id)).toMatchObject({
      status: 'pending',
      timesAsked: 1,
    });
    expect(await ledger.inputs([request.id])).toHaveLength(1);
    expect((await ledger.read({ claim: { id: 'claim-1' } })).claim).toBeUndefined();
    expect(await store.requests.events(0)).toEqual(before);
    // What comes next continues the chain as if nothing had been.
    await store.cancel(request.id, { by: 'alice' });
    expect(findBrokenEvent(await store.requests.events(0))).toBeUndefined();
  });

  it('keeps of its log one chain, without gaps, however much it forgets', async () => {
    const clock = fakeClock();
    const store = ledgerStore(new MemoryLedger(clock, 3), { clock });
    const open = async (id: string) =>
      (await store.ensureRequest({
        caller: { id, roles: [] },
        spec: { expiresAfter: '30d' },
        toolName: 'wipe',
        input: {},
      })) as { requestId: string };
    const forgets: number[] = [];
    for (let round = 0; round < 40; round++) {
      const { requestId } = await open(`caller-${round}`);
      // Every ninth stays undecided, so that kept and forgotten requests are mixed in the log.
      if (round % 9 !== 8) await store.cancel(requestId, { by: 'alice' });
      const [first, ...rest] = await store.requests.events(0);
      expect(brokenAfter(first, rest)).toBeUndefined();
      expect(rest.at(-1)?.seq ?? first?.seq).toBe(await store.requests.lastSeq());
      forgets.push(first?.seq ?? 0);
    }
    expect(forgets.at(-1)).toBeGreaterThan(1);
    // Every request that is kept still has its whole story.
    for (const { id } of (await store.requests.list()).items) {
      const [asked] = await store.requests.events(0, { requestId: id });
      expect(asked?.type).toBe('requested');
    }
  });
});

/** The first entry that does not continue the kept ones before it. */
function brokenAfter(first: ApprovalEvent | undefined, rest: readonly ApprovalEvent[]) {
  if (!first) throw new Error('The log is empty.');
  return findBrokenEvent([first, ...rest], { seq: first.seq - 1, hash: first.previousHash });
}
