import assert from 'node:assert/strict';
import type { ApprovalSpec } from '../../approvals/spec.ts';
import { bob, carol, chapter, denied, digest, MINUTE, pendingId } from './bench.ts';

/** What answers a call without asking anybody: a grant, a rejection that holds; and what does not. */
export const finding = chapter('Finding', ({ asks, decides }) => {
  asks('finds without changing anything', async ({ ask, store, open, events }) => {
    assert.equal(await store.findRequest(ask()), null);
    assert.deepEqual(await events(), []);
    const id = await open();
    const before = await events();
    assert.equal(pendingId((await store.findRequest(ask())) ?? assert.fail('found nothing')), id);
    assert.equal(await store.findRequest(ask({ toolName: 'another' })), null);
    assert.deepEqual(await events(), before);
  });

  asks('finds what would be refused rather than opened', async ({ ask, store, open, events }) => {
    const found = async (...changes: Parameters<typeof ask>) =>
      (await store.findRequest(ask(...changes))) ?? assert.fail('found nothing');
    denied(await found({ justification: ' ' }), 'justification_required');
    await open();
    const before = await events();
    denied(await found({ toolName: 'b', spec: { maxPendingPerCaller: 1 } }), 'too_many_pending');
    assert.deepEqual(await events(), before);
  });

  decides('finds a grant by what it covers, and consumes nothing', async (bench) => {
    const { clock, covering, ensure, grant } = bench;
    const spec = { maxUses: 2 };
    const id = await grant({ input: { name: 'a' }, spec });
    const expected = {
      status: 'active',
      requestId: id,
      expiresAt: clock() + 15 * MINUTE,
      usesLeft: 2,
    };
    for (let again = 0; again < 3; again++) {
      assert.deepEqual(await ensure({ input: { name: 'b' }, spec }), expected);
    }
    assert.deepEqual(await bench.store.findRequest(bench.ask({ spec })), expected);
    assert.equal(await covering({ spec }), id);
  });

  decides(
    'lets a grant cover nobody else, no other tool, no other rule',
    async ({ grant, open }) => {
      const id = await grant({ caller: { id: 'alice', roles: [], tenantId: 't1' } });
      const opened = [
        await open(),
        await open({ caller: { id: 'alice', roles: [], tenantId: 't2' } }),
        await open({ caller: { id: 'ALICE', roles: [], tenantId: 't1' } }),
        await open({ caller: { id: 'alice', roles: [], tenantId: 't1' }, toolName: 'other' }),
        await open({ caller: { id: 'alice', roles: [], tenantId: 't1' }, spec: { name: 'other' } }),
      ];
      assert.equal(new Set([id, ...opened]).size, 6);
    },
  );

  decides(
    'lets a grant of scope input cover that input only',
    async ({ grant, open, covering }) => {
      const spec = { grantScope: 'input' } as const;
      const id = await grant({ spec, input: { name: 'a' } });
      assert.equal(await covering({ spec, input: { name: 'a' } }), id);
      assert.notEqual(await open({ spec, input: { name: 'b' } }), id);
    },
  );

  decides('lets several grants stand side by side', async ({ admin, open, covering, get }) => {
    const first = await open({ input: { name: 'a' } });
    await admin.approve(first, { approver: bob, scope: 'input' });
    const second = await open({ input: { name: 'b' } });
    assert.notEqual(second, first);
    await admin.approve(second, { approver: bob });
    assert.equal(await covering({ input: { name: 'b' } }), second);
    // Of two that cover it the narrower one is used up first.
    assert.equal(await covering({ input: { name: 'a' } }), first);
    assert.equal((await get(first)).grant?.state, 'active');
  });

  const changesThatMatter: Record<string, ApprovalSpec> = {
    role: { role: 'dba' },
    approvers: { approvers: ['bob'] },
    quorum: { requiredApprovals: 2 },
    scope: { grantScope: 'input' },
    uses: { maxUses: 5 },
    risk: { risk: 'high' },
  };
  for (const [what, spec] of Object.entries(changesThatMatter)) {
    decides(`asks anew when the rule has changed in ${what}`, async ({ grant, open, covering }) => {
      const id = await grant();
      const anew = await open({ spec });
      assert.notEqual(anew, id);
      assert.equal(await covering(), id);
    });

    asks(`asks anew while undecided when the rule has changed in ${what}`, async ({ open }) => {
      const id = await open();
      assert.notEqual(await open({ spec }), id);
    });
  }

  decides('does not ask anew for a change in anything else', async ({ grant, covering }) => {
    const id = await grant({ spec: { approvers: ['bob', 'carol'] } });
    const harmless: ApprovalSpec[] = [
      { description: 'Now described.' },
      { priority: 'high' },
      { grantDuration: '1h' },
      { waitTimeout: '1m' },
      { expiresAfter: '1h' },
      { rejectionHold: '1m' },
      { approvers: ['carol', 'bob'] },
    ];
    for (const spec of harmless) {
      assert.equal(await covering({ spec: { approvers: ['bob', 'carol'], ...spec } }), id);
    }
  });

  decides('opens a fresh request at once after one has settled', async (bench) => {
    const { admin, clock, ensure, open, store } = bench;
    const rejected = await open();
    await admin.reject(rejected, { approver: bob, reason: 'no' });
    const cancelled = await open();
    await store.cancel(cancelled, { by: 'alice' });
    const expired = await open({ spec: { expiresAfter: '1m' } });
    await clock.advance(MINUTE);
    const revoked = await open();
    await admin.approve(revoked, { approver: bob });
    await admin.revoke(revoked, { approver: carol });
    const used = await open();
    await admin.approve(used, { approver: bob, maxUses: 1 });
    await store.claim([{ requestId: used, digest: digest({ name: 'orders' }) }]);
    const ranOut = await open();
    await admin.approve(ranOut, { approver: bob });
    await clock.advance(15 * MINUTE);
    const last = pendingId(await ensure());
    const ids = [rejected, cancelled, expired, revoked, used, ranOut, last];
    assert.equal(new Set(ids).size, ids.length);
  });

  decides('holds a rejection for as long as the rule says', async (bench) => {
    const { admin, clock, ensure, events, open } = bench;
    const spec = { rejectionHold: '10m' };
    const id = await open({ spec, input: 1 });
    await open({ spec, input: 2 });
    await admin.reject(id, { approver: bob, reason: 'Not today.' });
    const rejectedAt = clock();
    const before = await events();
    await clock.advance(10 * MINUTE - 1);
    for (const input of [1, 2]) {
      const denial = denied(await ensure({ spec, input }), 'approval_rejected');
      assert.equal(denial.requestId, id);
      assert.equal(denial.reason, 'Not today.');
      assert.equal(denial.deniedAt, rejectedAt);
    }
    assert.deepEqual(await events(), before);
    // Only for the same call.
    await open({ spec, input: 3, caller: { id: 'zoe', roles: [] } });
    await open({ spec, input: 1, toolName: 'other' });
    const unheard = await open({ spec, input: 3 });
    assert.notEqual(unheard, id);
    await clock.advance(1);
    for (const input of [1, 2]) assert.equal(await open({ spec, input }), unheard);
  });

  decides('holds nothing where the rule does not say so', async ({ admin, open }) => {
    const id = await open();
    await admin.reject(id, { approver: bob, reason: 'no' });
    assert.notEqual(await open(), id);
  });

  decides('prefers a grant that covers the call to a rejection that holds', async (bench) => {
    const { admin, covering, open } = bench;
    const spec = { rejectionHold: '10m' };
    const rejected = await open({ spec, input: 1 });
    await admin.reject(rejected, { approver: bob, reason: 'no' });
    const granted = await open({ spec, input: 2 });
    await admin.approve(granted, { approver: bob });
    assert.equal(await covering({ spec, input: 1 }), granted);
  });
});
