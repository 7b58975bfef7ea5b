import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { StoreClosedError } from '../../base/errors.ts';
import {
  activeId,
  bob,
  carol,
  chapter,
  denied,
  digest,
  HOUR,
  isOpen,
  MINUTE,
  malformed,
  pendingId,
  refused,
  rejection,
  SECOND,
  waitsBegun,
} from './bench.ts';

/** `waitForDecision`: what ends a wait, and what it leaves behind. */
export const waiting = chapter('Waiting', ({ asks, decides }) => {
  decides('ends when the request is approved', async (bench) => {
    const { admin, clock, open, store } = bench;
    const id = await open();
    const wait = store.waitForDecision(id, { timeoutMs: HOUR });
    assert.ok(await isOpen(wait));
    await admin.approve(id, { approver: bob });
    const state = await wait;
    assert.deepEqual(state, { status: 'active', requestId: id, expiresAt: clock() + 15 * MINUTE });
  });

  decides('ends when the request is rejected or withdrawn', async ({ admin, open, store }) => {
    const rejected = await open({ toolName: 'a' });
    const cancelled = await open({ toolName: 'b' });
    const waits = [rejected, cancelled].map((id) => store.waitForDecision(id, { timeoutMs: HOUR }));
    await admin.reject(rejected, { approver: bob, reason: 'Not on a Friday.' });
    await store.cancel(cancelled, { by: 'alice' });
    const [first, second] = await Promise.all(waits);
    assert.equal(denied(first ?? assert.fail(), 'approval_rejected').reason, 'Not on a Friday.');
    denied(second ?? assert.fail(), 'approval_cancelled');
  });

  asks('ends when the request expires, to the millisecond', async (bench) => {
    const { clock, open, store } = bench;
    const id = await open({ spec: { expiresAfter: '10m' } });
    const wait = store.waitForDecision(id, { timeoutMs: HOUR });
    await waitsBegun(bench);
    await clock.advance(10 * MINUTE - 1);
    assert.ok(await isOpen(wait));
    await clock.advance(1);
    const denial = denied(await wait, 'approval_expired');
    assert.equal(denial.deniedAt, clock());
  });

  asks('ends when the request expires, though its timer came early', async (bench) => {
    const { clock, open, store } = bench;
    const start = clock();
    const id = await open({ spec: { expiresAfter: '10m' } });
    const wait = store.waitForDecision(id, { timeoutMs: 24 * HOUR });
    await waitsBegun(bench);
    await clock.advance(5 * MINUTE);
    clock.set(start + 3 * MINUTE);
    await clock.advance(5 * MINUTE);
    assert.ok(await isOpen(wait), 'by its own clock the request has two minutes left');
    await clock.advance(2 * MINUTE);
    denied(await wait, 'approval_expired');
  });

  asks('ends when the time is up, the request still open', async (bench) => {
    const { clock, get, open, store } = bench;
    const id = await open();
    const wait = store.waitForDecision(id, { timeoutMs: MINUTE });
    await waitsBegun(bench);
    await clock.advance(MINUTE - 1);
    assert.ok(await isOpen(wait));
    await clock.advance(1);
    assert.equal(pendingId(await wait), id);
    assert.equal((await get(id)).status, 'pending');
  });

  asks('waits as long as the rule says where no time is given', async (bench) => {
    const { clock, open, store } = bench;
    const wait = store.waitForDecision(await open({ spec: { waitTimeout: '2m' } }));
    await waitsBegun(bench);
    await clock.advance(2 * MINUTE - 1);
    assert.ok(await isOpen(wait));
    await clock.advance(1);
    assert.equal((await wait).status, 'pending');
  });

  asks('waits longer than a timer of Node’s can', async (bench) => {
    const { clock, open, store } = bench;
    const id = await open({ spec: { expiresAfter: '300d' } });
    const wait = store.waitForDecision(id, { timeoutMs: 200 * 24 * HOUR });
    await waitsBegun(bench);
    await clock.advance(199 * 24 * HOUR);
    assert.ok(await isOpen(wait));
    await clock.advance(24 * HOUR);
    assert.equal((await wait).status, 'pending');
  });

  asks('answers at once with timeoutMs 0', async ({ clock, open, store }) => {
    const id = await open();
    assert.equal(pendingId(await store.waitForDecision(id, { timeoutMs: 0 })), id);
    assert.equal(clock.pending, 0);
  });

  decides('answers at once where it is decided already', async ({ clock, grant, store }) => {
    const id = await grant();
    assert.equal(activeId(await store.waitForDecision(id, { timeoutMs: HOUR })), id);
    assert.equal(clock.pending, 0);
  });

  asks('refuses a time that is none', async ({ open, store }) => {
    const id = await open();
    for (const timeoutMs of [-1, Number.NaN]) {
      await malformed(store.waitForDecision(id, { timeoutMs }), 'timeoutMs');
    }
  });

  decides('ends when somebody asks, and waits past a question it has seen', async (bench) => {
    const { admin, clock, open, store } = bench;
    const id = await open();
    const wait = store.waitForDecision(id, { timeoutMs: HOUR });
    assert.ok(await isOpen(wait));
    await admin.requestInfo(id, { approver: bob, message: 'Which one?' });
    const asked = await wait;
    assert.equal(pendingId(asked), id);
    const question = asked.status === 'pending' ? asked.infoRequest : undefined;
    assert.equal(question?.message, 'Which one?');
    assert.equal(question?.seq, 1);
    // Whoever comes later is told as well, at once.
    const late = await store.waitForDecision(id, { timeoutMs: HOUR });
    assert.deepEqual(late, asked);
    const past = store.waitForDecision(id, { timeoutMs: HOUR, afterInfo: 1 });
    assert.ok(await isOpen(past));
    await store.respond(id, { by: 'alice', message: 'The old one.' });
    assert.ok(await isOpen(past), 'an answer is no decision');
    await admin.requestInfo(id, { approver: carol, message: 'Sure?' });
    const again = await past;
    assert.equal(again.status === 'pending' && again.infoRequest?.message, 'Sure?');
    assert.equal(again.status === 'pending' && again.infoRequest?.seq, 3);
    assert.equal(clock.pending, 0);
  });

  decides('goes on when something happens that is no decision', async (bench) => {
    const { admin, open, store } = bench;
    const spec = { requiredApprovals: 2 };
    const id = await open({ spec });
    const wait = store.waitForDecision(id, { timeoutMs: HOUR });
    await open({ spec, input: 'joined' });
    await open({ toolName: 'another request' });
    await admin.approve(id, { approver: bob });
    assert.ok(await isOpen(wait));
    await admin.approve(id, { approver: carol });
    assert.equal((await wait).status, 'active');
  });

  asks('rejects with the reason it was aborted for, at once', async (bench) => {
    const { clock, get, open, store } = bench;
    const id = await open();
    const reason = { whatever: 'the caller says' };
    const calling = new AbortController();
    const wait = store.waitForDecision(id, { timeoutMs: HOUR, signal: calling.signal });
    await waitsBegun(bench);
    calling.abort(reason);
    assert.equal(await rejection(wait), reason);
    assert.equal(clock.pending, 0);
    assert.equal((await get(id)).status, 'pending');
    const { signal } = calling;
    assert.equal(await rejection(store.waitForDecision(id, { signal })), reason);
  });

  asks('rejects with it also while it is only beginning', async ({ clock, open, store }) => {
    const id = await open();
    const reason = new Error('called off');
    const calling = new AbortController();
    const wait = store.waitForDecision(id, { timeoutMs: HOUR, signal: calling.signal });
    calling.abort(reason);
    assert.equal(await rejection(wait), reason);
    assert.equal(clock.pending, 0);
  });

  asks('rejects when the store closes', async (bench) => {
    const { clock, open, store } = bench;
    const ids = [await open({ toolName: 'a' }), await open({ toolName: 'b' })];
    const waits = ids.map((id) => store.waitForDecision(id, { timeoutMs: HOUR }));
    const ends = waits.map(rejection);
    await waitsBegun(bench, { count: 2 });
    const beginning = rejection(store.waitForDecision(ids[0] as string, { timeoutMs: HOUR }));
    await store.close();
    for (const end of [...ends, beginning]) assert.ok(StoreClosedError.isInstance(await end));
    assert.equal(clock.pending, 0);
  });

  asks('rejects for a request it does not know', async ({ clock, store }) => {
    const id = `req-${'0'.repeat(32)}`;
    await refused(store.waitForDecision(id, { timeoutMs: HOUR }), 'unknown_request');
    await refused(store.waitForDecision('', { timeoutMs: 0 }), 'unknown_request');
    assert.equal(clock.pending, 0);
  });

  decides('wakes everybody who waits for the same request', async (bench) => {
    const { admin, clock, open, store } = bench;
    const id = await open();
    const other = await open({ toolName: 'other' });
    const waits = Array.from({ length: 100 }, () => store.waitForDecision(id, { timeoutMs: HOUR }));
    const unconcerned = store.waitForDecision(other, { timeoutMs: HOUR });
    await waitsBegun(bench, { count: 101 });
    await admin.approve(id, { approver: bob });
    for (const state of await Promise.all(waits)) assert.equal(activeId(state), id);
    assert.ok(await isOpen(unconcerned));
    await store.cancel(other, { by: 'alice' });
    await unconcerned;
    assert.equal(clock.pending, 0);
  });

  decides('tells a waiter what is left when others were faster', async (bench) => {
    const { admin, open, store } = bench;
    const id = await open({ spec: { maxUses: 1 } });
    const wait = store.waitForDecision(id, { timeoutMs: HOUR });
    // Nothing lets the waiter in between approving and using.
    const approved = admin.approve(id, { approver: bob });
    const claimed = store.claim([{ requestId: id, digest: digest({ name: 'orders' }) }]);
    await Promise.all([approved, claimed]);
    const state = await wait;
    assert.ok(
      state.status === 'active' || (state.status === 'denied' && state.code === 'approval_used'),
    );
  });

  decides('leaves no timer and no listener behind, however it ends', async (bench) => {
    const { admin, clock, ensure, open, store } = bench;
    const calling = new AbortController();
    const { signal } = calling;
    const listeners = () => getEventListeners(signal, 'abort').length;
    const wait = (id: string, timeoutMs = HOUR) =>
      store.waitForDecision(id, { timeoutMs, signal }).catch(() => 'rejected');
    const id = async (toolName: string) =>
      pendingId(await ensure({ toolName, spec: { expiresAfter: '30m' } }));
    const ends: Record<string, () => Promise<unknown>> = {
      approved: async () => {
        const request = await id('approved');
        const waited = wait(request);
        await waitsBegun(bench);
        await admin.approve(request, { approver: bob });
        return waited;
      },
      asked: async () => {
        const request = await id('asked');
        const waited = wait(request);
        await waitsBegun(bench);
        await admin.requestInfo(request, { approver: bob, message: 'why?' });
        return waited;
      },
      timed: async () => {
        const waited = wait(await id('timed'), SECOND);
        await waitsBegun(bench);
        await clock.advance(SECOND);
        return waited;
      },
      expired: async () => {
        const waited = wait(await id('expired'));
        await waitsBegun(bench);
        await clock.advance(30 * MINUTE);
        return waited;
      },
      unknown: () => wait('nothing'),
      aborted: async () => {
        const waited = wait(await open());
        await waitsBegun(bench);
        assert.ok(listeners() > 0, 'a wait that listens to nothing cannot be aborted');
        calling.abort();
        return waited;
      },
    };
    for (const [how, end] of Object.entries(ends)) {
      await end();
      assert.equal(clock.pending, 0, `timers after ${how}`);
      assert.equal(listeners(), 0, `listeners after ${how}`);
    }
  });
});
