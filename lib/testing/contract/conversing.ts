import assert from 'node:assert/strict';
import {
  bob,
  carol,
  chapter,
  denied,
  MINUTE,
  malformed,
  pendingId,
  refused,
  SECOND,
} from './bench.ts';

/** The caller’s side of a request: withdrawing it, answering questions about it. */
export const conversing = chapter('Withdrawing and answering', ({ asks, decides }) => {
  asks('withdraws what the caller no longer wants', async ({ clock, get, open, store }) => {
    const id = await open({ waitsForMs: MINUTE });
    const state = await store.cancel(id, { by: 'alice', reason: 'Never mind.' });
    assert.deepEqual(state, {
      status: 'denied',
      requestId: id,
      code: 'approval_cancelled',
      reason: 'Never mind.',
      deniedAt: clock(),
    });
    const request = await get(id);
    assert.equal(request.status, 'cancelled');
    assert.deepEqual(request.decision, { by: { id: 'alice' }, at: clock(), note: 'Never mind.' });
    assert.equal(request.waitingUntil, undefined);
  });

  asks('takes a second withdrawal for nothing new', async ({ events, open, store }) => {
    const id = await open();
    await store.cancel(id, { by: 'alice' });
    const before = await events();
    denied(await store.cancel(id, { by: 'alice' }), 'approval_cancelled');
    assert.deepEqual(await events(), before);
  });

  asks('leaves a shared request open for the others, where asked to', async (bench) => {
    const { events, open, store } = bench;
    const shared = await open();
    await open();
    const before = await events();
    const kept = await store.cancel(shared, { by: 'alice', unlessShared: true });
    assert.equal(pendingId(kept), shared);
    assert.deepEqual(await events(), before);
    denied(await store.cancel(shared, { by: 'alice' }), 'approval_cancelled');
    const own = await open({ toolName: 'other' });
    denied(await store.cancel(own, { by: 'alice', unlessShared: true }), 'approval_cancelled');
  });

  decides('lets nobody withdraw what was decided, nor decide what was withdrawn', async (bench) => {
    const { admin, grant, open, store } = bench;
    const approved = await grant();
    await refused(store.cancel(approved, { by: 'alice' }), 'already_decided');
    const cancelled = await open({ toolName: 'other' });
    await store.cancel(cancelled, { by: 'alice' });
    await refused(admin.approve(cancelled, { approver: bob }), 'not_allowed_now');
    await refused(admin.reject(cancelled, { approver: bob, reason: 'no' }), 'not_allowed_now');
    await refused(store.respond(cancelled, { by: 'alice', message: 'hello' }), 'not_allowed_now');
  });

  decides('carries questions and answers to and fro', async (bench) => {
    const { admin, clock, ensure, get, open, store } = bench;
    const id = await open();
    await refused(store.respond(id, { by: 'alice', message: 'hello?' }), 'not_allowed_now');
    const person = { id: 'bob', email: 'bob@example.com', name: 'Bob' };
    await clock.advance(SECOND);
    const asked = await admin.requestInfo(id, { approver: bob, message: 'Which one?' });
    assert.equal(asked.status, 'info_requested');
    const question = { message: 'Which one?', by: person, at: clock(), seq: 1 };
    assert.deepEqual(asked.infoRequest, question);
    const state = await ensure();
    assert.deepEqual(state.status === 'pending' && state.infoRequest, question);
    await malformed(store.respond(id, { by: 'alice', message: ' ' }), 'message');
    const answered = await store.respond(id, { by: 'alice', message: 'The old one.' });
    assert.equal(answered.status === 'pending' && answered.infoRequest, undefined);
    assert.equal((await get(id)).status, 'pending');
    await refused(store.respond(id, { by: 'alice', message: 'And?' }), 'not_allowed_now');
    await admin.requestInfo(id, { approver: carol, message: 'Sure?' });
    const { infoRequest } = await admin.requestInfo(id, { approver: bob, message: 'Really?' });
    assert.equal(infoRequest?.seq, 4);
    await store.respond(id, { by: 'alice', message: 'Yes, both of you.' });
    const { thread } = await get(id);
    assert.deepEqual(
      thread.map(({ kind, by, message }) => [kind, by.id, message]),
      [
        ['question', 'bob', 'Which one?'],
        ['answer', 'alice', 'The old one.'],
        ['question', 'carol', 'Sure?'],
        ['question', 'bob', 'Really?'],
        ['answer', 'alice', 'Yes, both of you.'],
      ],
    );
  });

  decides('can be decided with a question open', async ({ admin, open, get }) => {
    const id = await open();
    await admin.requestInfo(id, { approver: bob, message: 'Which one?' });
    assert.equal((await admin.approve(id, { approver: carol })).status, 'approved');
    assert.equal((await get(id)).infoRequest, undefined);
  });

  decides('ends a talk that has become endless', async ({ admin, events, get, open, store }) => {
    const id = await open();
    for (let round = 0; round < 100; round++) {
      await admin.requestInfo(id, { approver: bob, message: `And ${round}?` });
      await store.respond(id, { by: 'alice', message: `Also ${round}.` });
    }
    const before = await events();
    const more = admin.requestInfo(id, { approver: bob, message: 'And then?' });
    await refused(more, 'not_allowed_now');
    assert.deepEqual(await events(), before);
    assert.equal((await get(id)).thread.length, 200);
    assert.equal((await admin.approve(id, { approver: bob })).status, 'approved');
  });
});
