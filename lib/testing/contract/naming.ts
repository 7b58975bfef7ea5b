import assert from 'node:assert/strict';
import type { ApprovalStore } from '../../approvals/store.ts';
import { bob, chapter, digest, malformed, pendingId } from './bench.ts';

/** Half a surrogate pair: no log can hash it and no database can hold it. */
const HALF = 'mallory\uD800';

/** What counts as a name, and what is refused before anything is stored. */
export const naming = chapter('Names, and what else is no option', ({ asks, decides }) => {
  asks('takes no caller it could not write down, and stores nothing', async (bench) => {
    const { ensure, events, store } = bench;
    const callers = {
      caller: [
        { id: HALF, roles: [] },
        { id: '', roles: [] },
        { id: ' ', roles: [] },
        { id: 'alice', roles: ['ops', HALF] },
        { id: 'alice', roles: 'ops' },
        null,
      ],
      'caller.tenantId': [{ id: 'alice', roles: [], tenantId: HALF }],
      'caller.owner': [
        { id: 'alice', roles: [], owner: HALF },
        { id: 'alice', roles: [], owner: 7 },
      ],
    };
    for (const [option, given] of Object.entries(callers)) {
      for (const caller of given) {
        await malformed(ensure({ caller: caller as never }), option);
        await malformed(store.findRequest(bench.ask({ caller: caller as never })), option);
      }
    }
    await malformed(ensure({ toolName: HALF }), 'toolName');
    await malformed(ensure({ toolName: '' }), 'toolName');
    assert.deepEqual(await events(), []);
    assert.deepEqual((await store.requests.list()).items, []);
  });

  asks('lets nobody it could not write down answer or withdraw', async (bench) => {
    const { events, get, open, store } = bench;
    const id = await open();
    for (const by of [HALF, '', undefined as never]) {
      await malformed(store.cancel(id, { by }), 'caller');
      await malformed(store.respond(id, { by, message: 'hello' }), 'caller');
    }
    assert.equal((await get(id)).status, 'pending');
    assert.equal((await events()).length, 1);
  });

  decides('lets nobody it could not write down decide', async (bench) => {
    const { admin, events, get, grant, open } = bench;
    const granted = await grant({ toolName: 'granted' });
    const id = await open();
    const before = await events();
    const approvers = {
      approver: [{ ...bob, id: HALF }, { ...bob, roles: [HALF] }, { ...bob, id: ' ' }, undefined],
      'approver.name': [{ ...bob, name: HALF }],
      'approver.email': [{ ...bob, email: HALF }],
      'approver.tenantId': [{ ...bob, tenantId: HALF }],
    };
    for (const [option, given] of Object.entries(approvers)) {
      for (const approver of given as (typeof bob)[]) {
        await malformed(admin.approve(id, { approver }), option);
        await malformed(admin.reject(id, { approver, reason: 'no' }), option);
        await malformed(admin.requestInfo(id, { approver, message: 'why?' }), option);
        await malformed(admin.revoke(granted, { approver }), option);
        await malformed(admin.revokeAll({ callerId: 'alice', approver }), option);
        await malformed(admin.may(id, approver), option);
      }
    }
    assert.equal((await get(id)).status, 'pending');
    assert.equal((await get(granted)).grant?.state, 'active');
    assert.deepEqual(await events(), before);
  });

  decides('takes names that are null or blank for absent ones', async (bench) => {
    const { admin, get, open } = bench;
    for (const none of [null, '', ' '] as unknown as undefined[]) {
      const toolName = JSON.stringify(none);
      const caller = { id: 'alice', roles: [], tenantId: none, owner: none };
      const id = await open({
        toolName,
        caller: { ...caller, claims: { email: none, sub: none } } as never,
        spec: { requiredApprovals: 2 },
      });
      assert.deepEqual((await get(id)).caller, { id: 'alice', roles: [] });
      // The same caller, and the same request, as one without such names.
      assert.equal(await open({ toolName, spec: { requiredApprovals: 2 } }), id);
      const nobody = { email: none, name: none, tenantId: none, roles: [] } as never as typeof bob;
      // Two people without an address are two people, and neither of them is the caller.
      const first = await admin.approve(id, { approver: { ...nobody, id: 'p1' } });
      assert.equal(first.status, 'pending');
      const second = await admin.approve(id, { approver: { ...nobody, id: 'p2' } });
      assert.equal(second.status, 'approved');
      assert.deepEqual(
        second.approvals.map(({ by }) => by),
        [{ id: 'p1' }, { id: 'p2' }],
      );
    }
  });

  asks('takes no option of a rule that it does not know', async ({ ensure, events }) => {
    await malformed(ensure({ spec: { rol: 'dba' } as never }), 'spec.rol');
    // What only a guard can judge would have no effect here.
    await malformed(ensure({ spec: { when: () => true } as never }), 'spec.when');
    await malformed(ensure({ spec: { estimatedCostUsd: 1 } as never }), 'spec.estimatedCostUsd');
    await malformed(ensure({ spec: { redact: ['card'] } }), 'spec.redact');
    assert.deepEqual(await events(), []);
  });

  asks('sends people to web addresses only', async ({ ensure, events }) => {
    const places = [
      'javascript:alert(1)//{id}',
      'data:text/html,{id}',
      'file:///{id}',
      'https://example.com/approvals',
      '/approvals/{id}',
      '{id}',
      '',
      7 as never,
    ];
    for (const approvalUrl of places) await malformed(ensure({ approvalUrl }), 'approvalUrl');
    assert.deepEqual(await events(), []);
    for (const approvalUrl of ['http://localhost:3000/#/{id}', 'sentinel://approve/{id}']) {
      pendingId(await ensure({ approvalUrl }));
    }
  });

  decides('takes no outcome that it does not know', async ({ events, grant, store }) => {
    const requestId = await grant();
    const { claimId } = await store.claim([{ requestId, digest: digest({ name: 'orders' }) }]);
    const before = await events();
    const report = (outcome: unknown) =>
      store.recordOutcome({ claimId, outcome } as Parameters<ApprovalStore['recordOutcome']>[0]);
    for (const outcome of ['success', 'EXECUTED', '', null, undefined]) {
      await malformed(report(outcome), 'outcome');
    }
    assert.deepEqual(await events(), before);
    await report('failed');
    assert.equal((await events()).at(-1)?.data.outcome, 'failed');
  });
});
