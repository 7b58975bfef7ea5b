import assert from 'node:assert/strict';
import {
  activeId,
  bob,
  carol,
  chapter,
  denied,
  digest,
  MINUTE,
  malformed,
  refused,
  SECOND,
} from './bench.ts';

/** Claims: one use of each grant, all or none, and what became of them. */
export const using = chapter('Using', ({ asks, decides }) => {
  const orders = digest({ name: 'orders' });
  const once = { maxUses: 1 };

  decides('takes one use, and says what is left', async ({ ensure, get, grant, store }) => {
    const spec = { maxUses: 2 };
    const requestId = await grant({ spec });
    const { claimId } = await store.claim([{ requestId, digest: orders }]);
    assert.match(claimId, /./);
    const state = await ensure({ spec });
    assert.equal(activeId(state), requestId);
    assert.equal(state.status === 'active' && state.usesLeft, 1);
    const { grant: left } = await get(requestId);
    assert.equal(left?.used, 1);
    assert.equal(left?.usesLeft, 1);
    assert.equal(left?.state, 'active');
  });

  decides('lets a grant without a limit be used again and again', async ({ get, grant, store }) => {
    const requestId = await grant();
    const claims = [];
    for (let use = 0; use < 5; use++)
      claims.push(await store.claim([{ requestId, digest: orders }]));
    assert.equal(new Set(claims.map(({ claimId }) => claimId)).size, 5);
    const { grant: left } = await get(requestId);
    assert.equal(left?.used, 5);
    assert.equal(left?.usesLeft, undefined);
  });

  decides('has nothing left after the last use', async ({ ensure, get, grant, open, store }) => {
    const requestId = await grant({ spec: once });
    await store.claim([{ requestId, digest: orders }]);
    await refused(store.claim([{ requestId, digest: orders }]), 'approval_used');
    denied(await store.waitForDecision(requestId, { timeoutMs: 0 }), 'approval_used');
    const request = await get(requestId);
    assert.equal(request.status, 'approved');
    assert.equal(request.grant?.state, 'used');
    assert.notEqual(await open({ spec: once }), requestId);
    assert.equal((await ensure({ spec: once })).status, 'pending');
  });

  decides('lets exactly one of many racing claims have a single use', async (bench) => {
    const { events, get, grant, store } = bench;
    const requestId = await grant({ spec: once });
    const results = await Promise.allSettled(
      Array.from({ length: 25 }, () => store.claim([{ requestId, digest: orders }])),
    );
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
    for (const result of results) {
      if (result.status === 'rejected')
        await refused(Promise.reject(result.reason), 'approval_used');
    }
    assert.equal((await get(requestId)).grant?.used, 1);
    const claimed = (await events()).filter(({ type }) => type === 'claimed');
    assert.equal(claimed.length, 1);
  });

  decides('takes all or none', async ({ clock, events, get, grant, open, store }) => {
    const plenty = await grant({ toolName: 'plenty' });
    const single = await grant({ toolName: 'single', spec: once });
    const ranOut = await grant({ toolName: 'ran out', spec: { grantDuration: '1s' } });
    const pending = await open({ toolName: 'pending' });
    const unknown = `req-${'0'.repeat(32)}`;
    await store.claim([
      { requestId: plenty, digest: orders },
      { requestId: single, digest: orders },
    ]);
    await clock.advance(SECOND);
    const before = await events();
    for (const [requestId, code] of [
      [single, 'approval_used'],
      [ranOut, 'approval_expired'],
      [pending, 'approval_required'],
      [unknown, 'unknown_request'],
    ] as const) {
      const uses = [
        { requestId: plenty, digest: orders },
        { requestId, digest: orders },
      ];
      await refused(store.claim(uses), code);
      await refused(store.claim(uses.reverse()), code);
    }
    assert.equal((await get(plenty)).grant?.used, 1);
    assert.deepEqual(await events(), before);
  });

  decides('counts a grant that is named twice twice', async ({ get, grant, store }) => {
    const use = { requestId: await grant({ spec: { maxUses: 3 } }), digest: orders };
    await store.claim([use, use]);
    assert.equal((await get(use.requestId)).grant?.usesLeft, 1);
    await refused(store.claim([use, use]), 'approval_used');
    assert.equal((await get(use.requestId)).grant?.usesLeft, 1);
    const single = { requestId: await grant({ toolName: 'other', spec: once }), digest: orders };
    await refused(store.claim([single, single]), 'approval_used');
    assert.equal((await get(single.requestId)).grant?.used, 0);
  });

  decides('covers no other input than it was given for', async ({ get, grant, store }) => {
    const requestId = await grant({ spec: { grantScope: 'input' } });
    const other = digest({ name: 'other' });
    await refused(store.claim([{ requestId, digest: other }]), 'approval_required');
    assert.equal((await get(requestId)).grant?.used, 0);
    await store.claim([{ requestId, digest: orders }]);
  });

  decides('says why a grant is gone', async ({ admin, grant, open, store }) => {
    const revoked = await grant();
    await admin.revoke(revoked, { approver: carol, reason: 'Enough.' });
    const error = await refused(
      store.claim([{ requestId: revoked, digest: orders }]),
      'approval_revoked',
    );
    assert.match(error.message, /Enough\./);
    const rejected = await open({ toolName: 'other' });
    await admin.reject(rejected, { approver: bob, reason: 'no' });
    await refused(store.claim([{ requestId: rejected, digest: orders }]), 'approval_rejected');
  });

  asks('claims nothing where nothing is named', async ({ store, events }) => {
    await malformed(store.claim([]), 'uses');
    assert.deepEqual(await events(), []);
  });

  decides('lasts to the millisecond', async ({ clock, covering, get, grant, open, store }) => {
    const requestId = await grant({ spec: { grantDuration: '1m' } });
    await clock.advance(MINUTE - 1);
    assert.equal(await covering({ spec: { grantDuration: '1m' } }), requestId);
    await store.claim([{ requestId, digest: orders }]);
    await clock.advance(1);
    await refused(store.claim([{ requestId, digest: orders }]), 'approval_expired');
    const request = await get(requestId);
    assert.equal(request.status, 'approved');
    assert.equal(request.grant?.state, 'expired');
    const denial = denied(
      await store.waitForDecision(requestId, { timeoutMs: 0 }),
      'approval_expired',
    );
    assert.equal(denial.deniedAt, clock());
    assert.notEqual(await open({ spec: { grantDuration: '1m' } }), requestId);
  });

  decides('records what became of a call, the first report counting', async (bench) => {
    const { events, grant, store } = bench;
    const first = await grant({ toolName: 'a' });
    const second = await grant({ toolName: 'b' });
    const { claimId } = await store.claim([
      { requestId: first, digest: orders },
      { requestId: second, digest: orders },
    ]);
    await store.recordOutcome({ claimId, outcome: 'failed' });
    await store.recordOutcome({ claimId, outcome: 'executed' });
    const outcomes = (await events()).filter(({ type }) => type === 'outcome');
    assert.deepEqual(
      outcomes.map(({ requestId, data }) => [requestId, data.outcome, data.claimId]),
      [
        [first, 'failed', claimId],
        [second, 'failed', claimId],
      ],
    );
  });

  decides('never gives a use back', async ({ get, grant, store }) => {
    const requestId = await grant({ spec: once });
    const { claimId } = await store.claim([{ requestId, digest: orders }]);
    await store.recordOutcome({ claimId, outcome: 'not_run' });
    assert.equal((await get(requestId)).grant?.state, 'used');
    await refused(store.claim([{ requestId, digest: orders }]), 'approval_used');
  });

  asks('knows no claim that nobody took', async ({ store }) => {
    const report = { claimId: `claim-${'0'.repeat(32)}`, outcome: 'executed' } as const;
    await refused(store.recordOutcome(report), 'unknown_request');
  });

  decides('revives nothing when the clock jumps back', async (bench) => {
    const { admin, clock, covering, ensure, get, grant, open, store } = bench;
    const spec = { grantDuration: '1m', expiresAfter: '5m' };
    const start = clock();
    const granted = await grant({ spec });
    const undecided = await open({ toolName: 'undecided', spec });
    await clock.advance(10 * MINUTE);
    // Something happens in the store at the later time: from then on that is the least it can be.
    const later = await open({ toolName: 'later' });
    clock.set(start + 1);
    assert.equal((await get(granted)).grant?.state, 'expired');
    assert.equal((await get(undecided)).status, 'expired');
    await refused(store.claim([{ requestId: granted, digest: orders }]), 'approval_expired');
    await refused(admin.approve(undecided, { approver: bob }), 'approval_expired');
    assert.notEqual((await ensure({ spec })).status, 'active');
    assert.notEqual(await open({ toolName: 'undecided', spec }), undecided);
    // And what is decided now is dated no earlier.
    const { decision } = await admin.approve(later, { approver: bob });
    assert.equal(decision?.at, start + 10 * MINUTE);
    assert.equal(await covering({ toolName: 'later' }), later);
  });

  decides(
    'says the same of a request in every way of asking, while the clock jumps',
    async (bench) => {
      const { clock, get, open, store } = bench;
      const spec = { expiresAfter: '5m' };
      const id = await open({ spec });
      const start = clock();
      clock.set(start + 10 * MINUTE);
      assert.equal((await get(id)).status, 'expired');
      denied(await store.waitForDecision(id, { timeoutMs: 0 }), 'approval_expired');
      assert.equal((await store.requests.list({ status: 'expired' })).items.length, 1);
      assert.equal(await store.findRequest(bench.ask({ spec })), null);
      // Nothing happened meanwhile, so it is as it was: one undecided request, and the same.
      clock.set(start);
      assert.equal((await get(id)).status, 'pending');
      assert.equal((await store.requests.list({ status: 'pending' })).items.length, 1);
      assert.equal(await open({ spec }), id);
    },
  );
});
