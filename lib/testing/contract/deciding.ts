import assert from 'node:assert/strict';
import { bob, carol, chapter, denied, HOUR, MINUTE, malformed, refused, SECOND } from './bench.ts';

/** What a decision does, who was first, and how far it can be taken back. */
export const deciding = chapter('Deciding', ({ decides }) => {
  decides(
    'approves, and says who, when and in which words',
    async ({ admin, clock, open, get }) => {
      const id = await open();
      await clock.advance(SECOND);
      const request = await admin.approve(id, { approver: bob, note: 'Go on.' });
      const person = { id: 'bob', email: 'bob@example.com', name: 'Bob' };
      assert.equal(request.status, 'approved');
      assert.deepEqual(request.decision, { by: person, at: clock(), note: 'Go on.' });
      assert.equal(request.approvals.length, 1);
      assert.deepEqual(request.approvals[0]?.by, person);
      assert.deepEqual(await get(id), request);
    },
  );

  decides(
    'rejects with a reason, which the caller is told',
    async ({ admin, clock, open, store }) => {
      const id = await open();
      const request = await admin.reject(id, { approver: bob, reason: 'Not on a Friday.' });
      assert.equal(request.status, 'rejected');
      assert.equal(request.decision?.note, 'Not on a Friday.');
      const state = await store.waitForDecision(id, { timeoutMs: 0 });
      assert.deepEqual(state, {
        status: 'denied',
        requestId: id,
        code: 'approval_rejected',
        reason: 'Not on a Friday.',
        deniedAt: clock(),
      });
    },
  );

  decides('takes no rejection and no question without words', async ({ admin, open, get }) => {
    const id = await open();
    for (const words of ['', ' \n', undefined as never]) {
      await malformed(admin.reject(id, { approver: bob, reason: words }), 'reason');
      await malformed(admin.requestInfo(id, { approver: bob, message: words }), 'message');
    }
    assert.equal((await get(id)).status, 'pending');
  });

  decides('keeps words that no database could hold, made sound', async ({ admin, open, store }) => {
    const id = await open({ spec: { requiredApprovals: 2 } });
    await admin.requestInfo(id, { approver: bob, message: 'a\uD800' });
    await store.respond(id, { by: 'alice', message: 'b\uD800' });
    await admin.approve(id, { approver: bob, note: 'c\uD800' });
    const request = await admin.reject(id, { approver: carol, reason: 'd\uD800' });
    const words = [...request.thread.map(({ message }) => message), request.approvals[0]?.note];
    assert.deepEqual(words, ['a\uFFFD', 'b\uFFFD', 'c\uFFFD']);
    assert.equal(request.decision?.note, 'd\uFFFD');
  });

  decides('tells the loser of a race who was first, and when', async ({ admin, clock, open }) => {
    const approved = await open();
    await admin.approve(approved, { approver: bob });
    const at = clock();
    await clock.advance(MINUTE);
    for (const late of [
      admin.approve(approved, { approver: carol }),
      admin.reject(approved, { approver: carol, reason: 'no' }),
      admin.requestInfo(approved, { approver: carol, message: 'why?' }),
      admin.reject(approved, { approver: bob, reason: 'changed my mind' }),
    ]) {
      const error = await refused(late, 'already_decided');
      assert.equal(error.by, 'Bob');
      assert.equal(error.at, at);
      assert.equal(error.requestId, approved);
    }
    const rejected = await open({ toolName: 'other' });
    await admin.reject(rejected, { approver: carol, reason: 'no' });
    const error = await refused(admin.approve(rejected, { approver: bob }), 'already_decided');
    assert.equal(error.by, 'carol@example.com');
    assert.equal(error.at, clock());
  });

  decides('lets exactly one of many deciders win', async ({ admin, open, events }) => {
    const id = await open();
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) => {
        const approver = { id: `approver-${index}`, roles: [] };
        return index % 2 === 0
          ? admin.approve(id, { approver })
          : admin.reject(id, { approver, reason: 'no' });
      }),
    );
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
    assert.equal((await events()).length, 2);
  });

  decides('takes the same decision of the same person again for nothing new', async (bench) => {
    const { admin, clock, events, open } = bench;
    const id = await open();
    const first = await admin.approve(id, { approver: bob, note: 'Go on.' });
    const other = await open({ toolName: 'other' });
    await admin.reject(other, { approver: bob, reason: 'no' });
    const before = await events();
    await clock.advance(SECOND);
    const again = await admin.approve(id, { approver: { ...bob, id: 'BOB' }, note: 'Again.' });
    assert.deepEqual(again, first);
    await admin.reject(other, { approver: bob, reason: 'still no' });
    assert.deepEqual(await events(), before);
    // On other terms it is another decision.
    await refused(admin.approve(id, { approver: bob, maxUses: 1 }), 'already_decided');
  });

  decides('takes the same approval of a quorum again for nothing new', async (bench) => {
    const { admin, events, open } = bench;
    const id = await open({ spec: { requiredApprovals: 2 } });
    await admin.approve(id, { approver: bob });
    const before = await events();
    const { status, approvals } = await admin.approve(id, { approver: bob });
    assert.equal(status, 'pending');
    assert.equal(approvals.length, 1);
    assert.deepEqual(await events(), before);
  });

  decides('lets nobody decide what has expired', async ({ admin, clock, get, open, store }) => {
    const spec = { expiresAfter: '1h' };
    const inTime = await open({ spec });
    const late = await open({ spec, toolName: 'other' });
    await clock.advance(HOUR - 1);
    assert.equal((await admin.approve(inTime, { approver: bob })).status, 'approved');
    await clock.advance(1);
    assert.equal((await get(late)).status, 'expired');
    await refused(admin.approve(late, { approver: bob }), 'approval_expired');
    await refused(admin.reject(late, { approver: bob, reason: 'no' }), 'approval_expired');
    await refused(admin.requestInfo(late, { approver: bob, message: 'why?' }), 'approval_expired');
    await refused(store.cancel(late, { by: 'alice' }), 'approval_expired');
    await refused(store.respond(late, { by: 'alice', message: 'hello' }), 'approval_expired');
    denied(await store.waitForDecision(late, { timeoutMs: 0 }), 'approval_expired');
  });

  decides('does not take an approval again that came to nothing in time', async (bench) => {
    const { admin, clock, events, open } = bench;
    const id = await open({ spec: { requiredApprovals: 2, expiresAfter: '1h' } });
    await admin.approve(id, { approver: bob });
    const before = await events();
    await clock.advance(HOUR);
    await refused(admin.approve(id, { approver: bob }), 'approval_expired');
    const may = await admin.may(id, bob);
    assert.equal((may?.approve as { code?: string } | null)?.code, 'approval_expired');
    assert.deepEqual(await events(), before);
  });

  decides(
    'revokes an active grant',
    async ({ admin, clock, covering, get, grant, open, store }) => {
      const id = await grant();
      assert.equal(await covering(), id);
      await clock.advance(SECOND);
      const { status, grant: ended } = await admin.revoke(id, {
        approver: carol,
        reason: 'Enough.',
      });
      assert.equal(status, 'approved');
      assert.equal(ended?.state, 'revoked');
      assert.deepEqual(ended?.revoked, {
        by: { id: 'carol', email: 'carol@example.com' },
        at: clock(),
        reason: 'Enough.',
      });
      const denial = denied(await store.waitForDecision(id, { timeoutMs: 0 }), 'approval_revoked');
      assert.equal(denial.reason, 'Enough.');
      assert.equal(denial.deniedAt, clock());
      assert.notEqual(await open(), id);
      assert.equal((await get(id)).grant?.state, 'revoked');
    },
  );

  decides('revokes nothing but an active grant', async ({ admin, clock, events, grant, open }) => {
    const pending = await open({ toolName: 'pending' });
    await refused(admin.revoke(pending, { approver: bob }), 'not_allowed_now');
    const ranOut = await grant({ toolName: 'ran out', spec: { grantDuration: '1m' } });
    await clock.advance(MINUTE);
    await refused(admin.revoke(ranOut, { approver: bob }), 'not_allowed_now');
    const revoked = await grant();
    await admin.revoke(revoked, { approver: bob });
    const before = await events();
    await admin.revoke(revoked, { approver: bob });
    assert.deepEqual(await events(), before);
    await refused(admin.revoke(revoked, { approver: carol }), 'already_decided');
  });

  decides('revokes whatever a caller has, as far as this person may', async (bench) => {
    const { admin, covering, grant, open, get } = bench;
    const mine = await grant({ toolName: 'a' });
    const also = await grant({ toolName: 'b' });
    const leads = await open({ toolName: 'c', spec: { role: 'lead' } });
    await admin.approve(leads, { approver: carol });
    const others = await grant({ toolName: 'a', caller: { id: 'zoe', roles: [] } });
    const undecided = await open({ toolName: 'd' });
    const result = await admin.revokeAll({ callerId: 'alice', approver: bob, reason: 'Left.' });
    assert.deepEqual(new Set(result.revoked), new Set([mine, also]));
    assert.deepEqual(result.refused, [leads]);
    assert.equal((await get(mine)).grant?.revoked?.reason, 'Left.');
    assert.equal(await covering({ toolName: 'a', caller: { id: 'zoe', roles: [] } }), others);
    assert.equal((await get(undecided)).status, 'pending');
    const again = await admin.revokeAll({ callerId: 'alice', approver: bob });
    assert.deepEqual(again, { revoked: [], refused: [leads] });
  });

  decides('knows no request it was never asked for', async ({ admin, store }) => {
    const id = `req-${'0'.repeat(32)}`;
    for (const promise of [
      admin.approve(id, { approver: bob }),
      admin.reject(id, { approver: bob, reason: 'no' }),
      admin.requestInfo(id, { approver: bob, message: 'why?' }),
      admin.revoke(id, { approver: bob }),
      store.cancel(id, { by: 'alice' }),
      store.respond(id, { by: 'alice', message: 'hello' }),
    ]) {
      await refused(promise, 'unknown_request');
    }
  });
});
