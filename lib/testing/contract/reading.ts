import assert from 'node:assert/strict';
import type { RequestQuery } from '../../approvals/store.ts';
import { StoreClosedError } from '../../base/errors.ts';
import { bob, carol, chapter, HOUR, MINUTE, malformed, rejection, SECOND } from './bench.ts';

/** Getting, listing, searching and counting requests; and a store that is closed. */
export const reading = chapter('Reading', ({ asks, decides }) => {
  asks('knows nothing it was never told', async ({ store }) => {
    const { requests } = store;
    assert.equal(await requests.get(`req-${'0'.repeat(32)}`), null);
    assert.equal(await requests.get("'; --"), null);
    assert.deepEqual(await requests.list(), { items: [] });
    assert.deepEqual(await requests.events(0), []);
    assert.equal(await requests.lastSeq(), 0);
    const stats = await requests.stats();
    assert.equal(stats.pending, 0);
    assert.equal(stats.oldestPendingAt, null);
    assert.equal(stats.approvalRate, null);
    assert.equal(stats.decisionTimeMs.p50, null);
  });

  decides('finds requests by status, each where it belongs and nowhere else', async (bench) => {
    const { admin, clock, grant, open, store } = bench;
    const ids: Record<string, string> = {};
    ids.expired = await open({ toolName: 'expired', spec: { expiresAfter: '1m' } });
    const asked = await open({ toolName: 'expired, asked', spec: { expiresAfter: '1m' } });
    await admin.requestInfo(asked, { approver: bob, message: 'why?' });
    await clock.advance(MINUTE);
    ids.pending = await open({ toolName: 'pending' });
    ids.info_requested = await open({ toolName: 'asked' });
    await admin.requestInfo(ids.info_requested, { approver: bob, message: 'why?' });
    ids.approved = await grant({ toolName: 'approved' });
    ids.rejected = await open({ toolName: 'rejected' });
    await admin.reject(ids.rejected, { approver: bob, reason: 'no' });
    ids.cancelled = await open({ toolName: 'cancelled' });
    await store.cancel(ids.cancelled, { by: 'alice' });
    const found = async (query: RequestQuery) =>
      (await store.requests.list(query)).items.map(({ id }) => id).sort();
    for (const [status, id] of Object.entries(ids)) {
      const expected = status === 'expired' ? [id, asked].sort() : [id];
      assert.deepEqual(await found({ status: status as 'pending' }), expected, status);
    }
    assert.deepEqual(
      await found({ status: ['pending', 'info_requested'] }),
      [ids.pending, ids.info_requested].sort(),
    );
    assert.deepEqual(await found({ status: [] }), []);
    assert.deepEqual(await found({}), [...Object.values(ids), asked].sort());
  });

  asks('finds requests by whatever else they have', async ({ open, store }) => {
    const one = await open({
      toolName: 'one',
      caller: { id: 'zoe', roles: [], tenantId: 't1' },
      spec: { priority: 'high', risk: 'low' },
    });
    const two = await open({ toolName: 'two', spec: { priority: 'high' } });
    const found = async (query: RequestQuery) =>
      (await store.requests.list(query)).items.map(({ id }) => id);
    assert.deepEqual(await found({ toolName: 'one' }), [one]);
    assert.deepEqual(await found({ toolName: 'ONE' }), []);
    assert.deepEqual(await found({ callerId: 'alice' }), [two]);
    assert.deepEqual(await found({ risk: 'low' }), [one]);
    assert.deepEqual((await found({ priority: 'high' })).sort(), [one, two].sort());
    assert.deepEqual(await found({ priority: 'high', risk: 'medium' }), [two]);
    assert.deepEqual(await found({ tenantId: 't1' }), [one]);
    assert.deepEqual(await found({ tenantId: null }), [two]);
    assert.deepEqual(await found({ tenantId: 't2' }), []);
  });

  asks(
    'finds text in any case, in ids, tools, callers, justifications and inputs',
    async (bench) => {
      const { open, store } = bench;
      const id = await open({
        toolName: 'Drop_Table',
        caller: { id: 'Zoë', roles: [] },
        justification: 'Because of ÄRGER.',
        input: { table: 'Customers', nested: [{ note: '100%_sure' }] },
      });
      await open({
        input: { joined: 'Later' },
        toolName: 'Drop_Table',
        caller: { id: 'Zoë', roles: [] },
      });
      await open({ toolName: 'other' });
      const found = async (text: string) =>
        (await store.requests.list({ text })).items.map((request) => request.id);
      for (const text of [id, 'drop_t', 'zoË', 'ärger', 'CUSTOMERS', '100%_SURE', 'later']) {
        assert.deepEqual(await found(text), [id], text);
      }
      for (const text of ['100__sure', 'drop%', '%', 'nowhere', "'"]) {
        assert.deepEqual(await found(text), text === '%' ? [id] : [], text);
      }
      assert.equal((await found('')).length, 2);
    },
  );

  asks('lists the newest first, or the most urgent', async ({ clock, open, store }) => {
    const ids: string[] = [];
    for (const [priority, risk] of [
      ['low', 'medium'],
      ['critical', 'low'],
      ['medium', 'critical'],
      ['high', 'medium'],
      ['critical', 'high'],
    ] as const) {
      ids.push(await open({ toolName: `${priority} ${risk}`, spec: { priority, risk } }));
      await clock.advance(SECOND);
    }
    const listed = async (order?: 'newest' | 'urgent') =>
      (await store.requests.list(order && { order })).items.map(({ id }) => ids.indexOf(id));
    assert.deepEqual(await listed(), [4, 3, 2, 1, 0]);
    assert.deepEqual(await listed('newest'), [4, 3, 2, 1, 0]);
    // Critical priority first; then risk; then whoever has waited longest.
    assert.deepEqual(await listed('urgent'), [4, 1, 2, 0, 3]);
  });

  for (const order of ['newest', 'urgent'] as const) {
    asks(
      `pages through all requests once, ${order} first, whatever comes and goes`,
      async (bench) => {
        const { clock, open, store } = bench;
        const ids: string[] = [];
        for (let index = 0; index < 11; index++) {
          // Several at the same instant, so that only the id tells them apart.
          if (index % 4 === 0) await clock.advance(SECOND);
          const priority = index % 3 === 0 ? 'critical' : 'low';
          ids.push(await open({ toolName: `t${index}`, spec: { priority } }));
        }
        const all = (await store.requests.list({ order })).items.map(({ id }) => id);
        assert.deepEqual([...all].sort(), [...ids].sort());
        const seen: string[] = [];
        let cursor: string | undefined;
        do {
          const page = await store.requests.list({ order, limit: 3, ...(cursor && { cursor }) });
          assert.ok(page.items.length <= 3 && page.items.length > 0);
          seen.push(...page.items.map(({ id }) => id));
          cursor = page.nextCursor;
          // A newcomer moves nothing that is still to come; a change of state drops nothing either.
          await open({ toolName: `newcomer ${seen.length}`, caller: { id: 'zoe', roles: [] } });
          await store.cancel(seen.at(-1) as string, { by: 'alice' });
        } while (cursor !== undefined && seen.length < 100);
        assert.deepEqual(
          seen.filter((id) => ids.includes(id)),
          all,
        );
        assert.equal(new Set(seen).size, seen.length);
      },
    );
  }

  asks('has no further page where the last one was full', async ({ open, store }) => {
    await open({ toolName: 'a' });
    await open({ toolName: 'b' });
    const page = await store.requests.list({ limit: 2 });
    assert.equal(page.items.length, 2);
    assert.equal(page.nextCursor, undefined);
  });

  asks('refuses limits, orders and cursors that are none', async ({ store }) => {
    const { list } = store.requests;
    for (const limit of [0, -1, 1001, 1.5, Number.NaN]) await malformed(list({ limit }), 'limit');
    await malformed(list({ order: 'random' as never }), 'order');
    for (const cursor of ['', 'nonsense', '%%%', Buffer.from('[1]').toString('base64url')]) {
      await malformed(list({ cursor }), 'cursor');
    }
  });

  decides('counts and measures', async ({ admin, clock, grant, open, store }) => {
    await grant({ toolName: 'old' });
    await clock.advance(HOUR);
    const since = clock();
    const first = await open({ toolName: 'a', spec: { risk: 'high' } });
    await clock.advance(10 * SECOND);
    await admin.approve(first, { approver: bob });
    const second = await open({
      toolName: 'a',
      caller: { id: 'zoe', roles: [] },
      spec: { risk: 'high', priority: 'low' },
    });
    await clock.advance(20 * SECOND);
    await admin.reject(second, { approver: carol, reason: 'no' });
    await open({ toolName: '__proto__', spec: { expiresAfter: '1s' } });
    await clock.advance(SECOND);
    const oldest = clock();
    await open({ toolName: 'b', spec: { risk: 'high' } });
    const asked = await open({ toolName: 'c' });
    await admin.requestInfo(asked, { approver: bob, message: 'why?' });
    const stats = await store.requests.stats({ since });
    assert.equal(stats.pending, 2);
    assert.equal(stats.oldestPendingAt, oldest);
    assert.equal(stats.decided, 2);
    assert.equal(stats.approvalRate, 0.5);
    assert.equal(stats.rejectionRate, 0.5);
    assert.deepEqual(stats.decisionTimeMs, {
      average: 15_000,
      p50: 10_000,
      p90: 20_000,
      p99: 20_000,
    });
    assert.deepEqual(stats.byStatus, {
      pending: 1,
      info_requested: 1,
      approved: 1,
      rejected: 1,
      expired: 1,
      cancelled: 0,
    });
    assert.deepEqual(stats.byRisk.high, { total: 3, approved: 1, rejected: 1 });
    assert.deepEqual(stats.byRisk.minimal, { total: 0, approved: 0, rejected: 0 });
    assert.deepEqual(stats.byPriority.low, { total: 1, approved: 0, rejected: 1 });
    assert.deepEqual(stats.byTool.a, { total: 2, approved: 1, rejected: 1 });
    assert.ok(Object.hasOwn(stats.byTool, '__proto__'));
    assert.deepEqual(stats.byApprover.Bob, { total: 1, approved: 1, rejected: 0 });
    assert.deepEqual(stats.byApprover['carol@example.com'], { total: 1, approved: 0, rejected: 1 });
    const all = await store.requests.stats();
    assert.equal(all.byStatus.approved, 2);
    const visible = await store.requests.stats({ visible: ({ toolName }) => toolName === 'old' });
    assert.equal(visible.decided, 1);
    assert.equal(visible.pending, 0);
  });

  decides('does nothing any more once it is closed', async ({ admin, ask, clock, open, store }) => {
    const id = await open();
    await store.close();
    await store.close();
    const { requests } = store;
    const ways: Record<string, () => Promise<unknown>> = {
      ensureRequest: () => store.ensureRequest(ask()),
      findRequest: () => store.findRequest(ask()),
      claim: () => store.claim([{ requestId: id, digest: '' }]),
      waitForDecision: () => store.waitForDecision(id, { timeoutMs: 0 }),
      cancel: () => store.cancel(id, { by: 'alice' }),
      respond: () => store.respond(id, { by: 'alice', message: 'hello' }),
      recordOutcome: () => store.recordOutcome({ claimId: 'claim-0', outcome: 'executed' }),
      ready: () => store.ready(),
      get: () => requests.get(id),
      list: () => requests.list(),
      stats: () => requests.stats(),
      events: () => requests.events(0),
      lastSeq: () => requests.lastSeq(),
      subscribe: async () => requests.subscribe(() => {}),
      approve: () => admin.approve(id, { approver: bob }),
      reject: () => admin.reject(id, { approver: bob, reason: 'no' }),
      requestInfo: () => admin.requestInfo(id, { approver: bob, message: 'why?' }),
      revoke: () => admin.revoke(id, { approver: bob }),
      revokeAll: () => admin.revokeAll({ callerId: 'alice', approver: bob }),
      may: () => admin.may(id, bob),
    };
    for (const [name, way] of Object.entries(ways)) {
      const error = await rejection(way());
      assert.ok(StoreClosedError.isInstance(error), `${name}: ${error}`);
    }
    assert.equal(clock.pending, 0);
  });
});
