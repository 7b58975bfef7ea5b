import assert from 'node:assert/strict';
import { bob, carol, chapter, digest, HOUR, MINUTE, pendingId } from './bench.ts';

/** What is opened, what is joined, and what a rule means where it says nothing. */
export const asking = chapter('Asking', ({ asks, decides }) => {
  asks('opens a request that says what was asked, by whom, why and until when', async (bench) => {
    const { clock, store, get } = bench;
    const ask = bench.ask({
      caller: {
        id: 'alice',
        roles: ['ops'],
        claims: { email: 'alice@example.com', sub: 's-1', secret: 'x' },
      },
      approvalUrl: 'https://example.com/approvals/{id}?again={id}',
      estimatedCostUsd: 12.5,
      context: { conversation: [{ role: 'user', text: 'Delete it.' }] },
      waitsForMs: MINUTE,
      spec: { description: 'Deletes a database.', risk: 'high', priority: 'low' },
    });
    const state = await store.ensureRequest(ask);
    const id = pendingId(state);
    assert.match(id, /^req-[0-9a-f]{32}$/);
    assert.deepEqual(state, {
      status: 'pending',
      requestId: id,
      approvalUrl: `https://example.com/approvals/${id}?again=${id}`,
      requestedAt: clock(),
    });
    const request = await get(id);
    assert.equal(request.status, 'pending');
    assert.equal(request.version, 1);
    assert.deepEqual(request.caller, {
      id: 'alice',
      roles: ['ops'],
      email: 'alice@example.com',
      sub: 's-1',
    });
    assert.equal(request.toolName, 'delete_database');
    assert.equal(request.policyName, 'approval:delete_database');
    assert.equal(request.risk, 'high');
    assert.equal(request.priority, 'low');
    assert.equal(request.rule?.description, 'Deletes a database.');
    assert.equal(request.estimatedCostUsd, 12.5);
    assert.equal(request.requestedAt, clock());
    assert.equal(request.expiresAt, clock() + 24 * HOUR);
    assert.equal(request.waitingUntil, clock() + MINUTE);
    assert.equal(request.timesAsked, 1);
    assert.deepEqual(request.asks, [
      {
        digest: digest({ name: 'orders' }),
        at: clock(),
        justification: 'The customer asked for it.',
        justificationSource: 'call',
        input: { name: 'orders' },
        context: { conversation: [{ role: 'user', text: 'Delete it.' }] },
      },
    ]);
    assert.deepEqual(request.approvals, []);
    assert.equal(request.decision, undefined);
    assert.equal(request.grant, undefined);
  });

  asks('points to sentinel://approve/{id} where no address is given', async ({ ensure }) => {
    const state = await ensure();
    assert.equal(
      state.status === 'pending' && state.approvalUrl,
      `sentinel://approve/${pendingId(state)}`,
    );
  });

  asks('fills in the defaults of a rule', async ({ open, get }) => {
    const { rule } = await get(await open());
    assert.deepEqual(rule, {
      name: 'approval:delete_database',
      approvers: [],
      requiredApprovals: 1,
      allowSelfApproval: false,
      grantDurationMs: 15 * MINUTE,
      grantScope: 'tool',
      requireJustification: true,
      waitTimeoutMs: 5 * MINUTE,
      expiresAfterMs: 24 * HOUR,
      rejectionHoldMs: 0,
      maxPendingPerCaller: 100,
      risk: 'medium',
      priority: 'medium',
      redact: [],
    });
  });

  asks('gives less by default at critical risk: this input, once', async ({ open, get }) => {
    const { rule } = await get(await open({ spec: { risk: 'critical' } }));
    assert.equal(rule?.grantScope, 'input');
    assert.equal(rule?.maxUses, 1);
  });

  asks('gives less by default to nobody in particular: this input', async ({ open, get }) => {
    const { rule } = await get(await open({ caller: { id: 'anonymous', roles: [] } }));
    assert.equal(rule?.grantScope, 'input');
    assert.equal(rule?.maxUses, undefined);
  });

  asks('takes a rule at its word over those defaults', async ({ open, get }) => {
    const spec = { risk: 'critical', grantScope: 'tool', maxUses: 7 } as const;
    const { rule } = await get(await open({ caller: { id: 'anonymous', roles: [] }, spec }));
    assert.equal(rule?.grantScope, 'tool');
    assert.equal(rule?.maxUses, 7);
  });

  asks('joins the undecided request for any input of the tool, and keeps each', async (bench) => {
    const { clock, get, open } = bench;
    const first = await open({ input: { name: 'a' } });
    await clock.advance(MINUTE);
    const second = await open({ input: { name: 'b' }, justification: 'b too' });
    await open({ input: { name: 'a' }, justification: 'a again' });
    assert.equal(second, first);
    const { asks: kept, timesAsked, version } = await get(first);
    assert.deepEqual(
      kept.map(({ input }) => input),
      [{ name: 'a' }, { name: 'b' }],
    );
    assert.deepEqual(
      kept.map(({ digest }) => digest),
      [digest({ name: 'a' }), digest({ name: 'b' })],
    );
    assert.deepEqual(
      kept.map(({ justification }) => justification),
      ['The customer asked for it.', 'b too'],
    );
    assert.deepEqual(
      kept.map(({ at }) => at),
      [clock() - MINUTE, clock()],
    );
    assert.equal(timesAsked, 3);
    assert.equal(version, 2);
  });

  asks('takes inputs for the same whatever the order of their keys', async ({ open, get }) => {
    const id = await open({ input: { a: 1, b: [2, { c: 3, d: 4 }] } });
    assert.equal(await open({ input: { b: [2, { d: 4, c: 3 }], a: 1 } }), id);
    assert.equal((await get(id)).version, 1);
  });

  asks('opens one request per input where the scope is one input', async ({ open, get }) => {
    const spec = { grantScope: 'input' } as const;
    const first = await open({ spec, input: { name: 'a' } });
    const second = await open({ spec, input: { name: 'b' } });
    assert.notEqual(second, first);
    assert.equal(await open({ spec, input: { name: 'a' } }), first);
    assert.equal((await get(first)).asks.length, 1);
  });

  asks('keeps callers, tenants, tools and rules apart', async ({ open }) => {
    const ids = [
      await open(),
      await open({ caller: { id: 'Alice', roles: [] } }),
      await open({ caller: { id: 'alice', roles: [], tenantId: 't1' } }),
      await open({ caller: { id: 'alice', roles: [], tenantId: 't2' } }),
      await open({ toolName: 'Delete_database' }),
      await open({ spec: { name: 'another rule' } }),
    ];
    assert.equal(new Set(ids).size, ids.length);
    assert.equal(
      await open({ caller: { id: 'alice', roles: ['another'], tenantId: 't1' } }),
      ids[2],
    );
  });

  asks('gives everybody who asks at the same instant the same request', async (bench) => {
    const { ensure, get, events } = bench;
    const states = await Promise.all(
      Array.from({ length: 50 }, (_, index) => ensure({ input: { index: index % 5 } })),
    );
    const ids = new Set(states.map(pendingId));
    assert.equal(ids.size, 1);
    const request = await get([...ids][0] as string);
    assert.equal(request.timesAsked, 50);
    assert.equal(request.asks.length, 5);
    const types = (await events()).map(({ type }) => type);
    assert.equal(types.filter((type) => type === 'requested').length, 1);
    assert.equal(types.filter((type) => type === 'joined').length, 49);
  });

  asks('waits as long as the most patient of those who asked', async ({ open, get, clock }) => {
    const id = await open({ waitsForMs: 2 * MINUTE });
    await open({ waitsForMs: MINUTE });
    await open();
    assert.equal((await get(id)).waitingUntil, clock() + 2 * MINUTE);
    await open({ waitsForMs: 100 * 24 * HOUR });
    assert.equal((await get(id)).waitingUntil, (await get(id)).expiresAt);
  });

  decides(
    'says that somebody waits only while somebody does',
    async ({ admin, clock, get, open }) => {
      const spec = { requiredApprovals: 2 };
      const ranOut = await open({ toolName: 'ran out', waitsForMs: MINUTE });
      const approved = await open({ toolName: 'approved', spec, waitsForMs: MINUTE });
      const rejected = await open({ toolName: 'rejected', waitsForMs: MINUTE });
      const half = await admin.approve(approved, { approver: bob });
      assert.equal(half.waitingUntil, clock() + MINUTE);
      assert.equal((await admin.approve(approved, { approver: carol })).waitingUntil, undefined);
      const after = await admin.reject(rejected, { approver: bob, reason: 'no' });
      assert.equal(after.waitingUntil, undefined);
      for (const id of [approved, rejected]) assert.equal((await get(id)).waitingUntil, undefined);
      await clock.advance(MINUTE - 1);
      assert.equal((await get(ranOut)).waitingUntil, clock() + 1);
      await clock.advance(1);
      assert.equal((await get(ranOut)).waitingUntil, undefined);
      assert.equal((await get(ranOut)).status, 'pending');
    },
  );
});
