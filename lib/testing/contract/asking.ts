import assert from 'node:assert/strict';
import type { ApprovalSpec } from '../../approvals/spec.ts';
import { bob, carol, chapter, denied, digest, HOUR, MINUTE, pendingId } from './bench.ts';

/** Opening, joining and finding requests; keys, caps and justifications. */
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

  asks('keeps where a justification came from', async ({ open, get }) => {
    for (const source of ['call', 'app', 'assistant', 'user', 'template'] as const) {
      const justification = { text: `said by ${source}`, source };
      const { asks: kept } = await get(await open({ toolName: source, justification }));
      assert.equal(kept[0]?.justification, `said by ${source}`);
      assert.equal(kept[0]?.justificationSource, source);
    }
    const { asks: kept } = await get(await open({ toolName: '$&', justification: undefined }));
    assert.equal(kept[0]?.justification, 'AI agent invocation: $&');
    assert.equal(kept[0]?.justificationSource, 'template');
  });

  asks('opens and joins nothing without a justification', async ({ ensure, open, get, events }) => {
    for (const justification of ['', ' \n\t\u00A0', { text: ' ', source: 'template' } as const]) {
      const denial = denied(await ensure({ justification }), 'justification_required');
      assert.equal(denial.requestId, undefined);
    }
    assert.deepEqual(await events(), []);
    const id = await open();
    denied(await ensure({ justification: ' ' }), 'justification_required');
    assert.equal((await get(id)).timesAsked, 1);
  });

  asks('opens without one where the rule does not want any', async ({ open, get }) => {
    const id = await open({ justification: '', spec: { requireJustification: false } });
    assert.equal((await get(id)).asks[0]?.justification, '');
  });

  decides('needs no justification where nobody has to be asked', async ({ grant, covering }) => {
    const id = await grant();
    assert.equal(await covering({ justification: '' }), id);
  });

  asks('opens no more requests by one caller than the rule allows', async (bench) => {
    const { clock, ensure, open, store } = bench;
    const spec = { maxPendingPerCaller: 3, expiresAfter: '1h' };
    const ids = [];
    for (const toolName of ['a', 'b', 'c']) ids.push(await open({ toolName, spec }));
    const denial = denied(await ensure({ toolName: 'd', spec }), 'too_many_pending');
    assert.equal(denial.requestId, undefined);
    // Joining one of them and asking as somebody else are still possible.
    assert.equal(await open({ toolName: 'a', spec }), ids[0]);
    await open({ toolName: 'd', spec, caller: { id: 'zoe', roles: [] } });
    await open({ toolName: 'd', spec, caller: { id: 'alice', roles: [], tenantId: 't1' } });
    await store.cancel(ids[0] as string, { by: 'alice' });
    await open({ toolName: 'd', spec });
    denied(await ensure({ toolName: 'e', spec }), 'too_many_pending');
    await clock.advance(HOUR);
    await open({ toolName: 'e', spec });
  });

  asks('keeps no more distinct inputs in one request than that', async ({ ensure, open, get }) => {
    const spec = { maxPendingPerCaller: 3 };
    const id = await open({ spec, input: 0 });
    await open({ spec, input: 1 });
    await open({ spec, input: 2 });
    denied(await ensure({ spec, input: 3 }), 'too_many_pending');
    assert.equal(await open({ spec, input: 1 }), id);
    assert.equal((await get(id)).asks.length, 3);
  });

  asks('counts exactly, also when all ask at once', async ({ ensure }) => {
    const spec = { maxPendingPerCaller: 5 };
    const states = await Promise.all(
      Array.from({ length: 20 }, (_, index) => ensure({ spec, toolName: `tool-${index}` })),
    );
    assert.equal(states.filter(({ status }) => status === 'pending').length, 5);
    for (const state of states.filter(({ status }) => status !== 'pending')) {
      denied(state, 'too_many_pending');
    }
  });

  asks('does not ask anybody about what cannot be shown exactly', async ({ ensure, events }) => {
    const loop: { self?: unknown } = {};
    loop.self = loop;
    for (const input of [undefined, 1n, Number.NaN, new Date(0), new Array(2), '\uD800', loop]) {
      denied(await ensure({ input }), 'input_not_serializable');
    }
    assert.deepEqual(await events(), []);
  });

  asks('leaves out a context that cannot be kept, rather than refusing the call', async (bench) => {
    const { get, open } = bench;
    const strange = await get(await open({ context: { when: new Date(0) } as never }));
    assert.equal(typeof strange.asks[0]?.context?.omitted, 'string');
    const large = await get(
      await open({ toolName: 'b', context: { text: 'x'.repeat(65 * 1024) } }),
    );
    assert.equal(typeof large.asks[0]?.context?.omitted, 'string');
  });

  asks('keeps text that no database could hold, made sound', async ({ open, get, events }) => {
    const id = await open({ justification: 'half a pair: \uD83D' });
    assert.equal((await get(id)).asks[0]?.justification, 'half a pair: \uFFFD');
    assert.equal((await events()).length, 1);
  });

  asks('keeps names and values that other languages give a meaning to', async ({ open, get }) => {
    const hostile = `'; DROP TABLE approval_requests; -- \u0000 \\ " % _ $1 {id} \u2028 <b>`;
    const caller = { id: hostile, roles: [hostile] };
    const input = { [hostile]: hostile, constructor: 1, toString: null, 'a/b~c': ['\u{1F600}'] };
    const changes = { caller, input, toolName: hostile, justification: hostile };
    const request = await get(await open(changes));
    assert.equal(request.caller.id, hostile);
    assert.equal(request.toolName, hostile);
    assert.deepEqual(request.asks[0]?.input, input);
    assert.equal(request.asks[0]?.justification, hostile);
    assert.equal(await open(changes), request.id);
  });
});
