import assert from 'node:assert/strict';
import type { SecurityContext } from '../../approvals/people.ts';
import { bob, carol, chapter, dave, HOUR, MINUTE, pendingId, refused } from './bench.ts';

/** Who may decide: roles, names, tenants, nobody for themselves, several people. */
export const eligibility = chapter('Who may decide', ({ decides }) => {
  decides('lets only those with the role decide', async ({ admin, open }) => {
    const id = await open({ spec: { role: 'lead' } });
    const { approve, reject, requestInfo } = admin;
    await refused(approve(id, { approver: bob }), 'not_eligible');
    await refused(reject(id, { approver: bob, reason: 'no' }), 'not_eligible');
    await refused(requestInfo(id, { approver: bob, message: 'why?' }), 'not_eligible');
    await refused(approve(id, { approver: { ...bob, roles: ['LEAD', 'lead '] } }), 'not_eligible');
    await approve(id, { approver: carol });
    await refused(admin.revoke(id, { approver: bob }), 'not_eligible');
  });

  decides('lets only those who are named decide, by id or e-mail in any case', async (bench) => {
    const { admin, open } = bench;
    const spec = { approvers: ['Carol', 'bob@EXAMPLE.com'] };
    const id = await open({ spec });
    await refused(admin.approve(id, { approver: dave }), 'not_eligible');
    // A name is what a person calls themselves.
    await refused(admin.approve(id, { approver: { ...dave, name: 'carol' } }), 'not_eligible');
    // A dotless i is another letter, whatever upper case makes of it.
    await refused(
      admin.approve(await open({ toolName: 'b', spec: { approvers: ['admin'] } }), {
        approver: { id: 'adm\u0131n', roles: [] },
      }),
      'not_eligible',
    );
    assert.equal((await admin.approve(id, { approver: bob })).status, 'approved');
    const again = await open({ toolName: 'c', spec });
    assert.equal((await admin.approve(again, { approver: carol })).status, 'approved');
  });

  decides('wants both the role and the name where the rule gives both', async (bench) => {
    const { admin, open } = bench;
    const id = await open({ spec: { role: 'dba', approvers: ['carol', 'dave'] } });
    await refused(admin.approve(id, { approver: bob }), 'not_eligible');
    await refused(admin.approve(id, { approver: dave }), 'not_eligible');
    await admin.approve(id, { approver: carol });
  });

  decides('judges by the rule the request was opened with', async ({ admin, open }) => {
    const id = await open({ spec: { role: 'lead' } });
    await open({ spec: { role: 'dba' } });
    await refused(admin.approve(id, { approver: bob }), 'not_eligible');
  });

  decides('lets an approver decide in their own tenant only', async ({ admin, open }) => {
    const id = await open({ caller: { id: 'alice', roles: [], tenantId: 't1' } });
    await refused(admin.approve(id, { approver: { ...bob, tenantId: 't2' } }), 'not_eligible');
    await admin.approve(id, { approver: { ...bob, tenantId: 't1' } });
    const other = await open();
    await refused(admin.approve(other, { approver: { ...bob, tenantId: 't1' } }), 'not_eligible');
  });

  const selves: Record<
    string,
    { caller: SecurityContext; approver: { id: string; email?: string } }
  > = {
    id: { caller: { id: 'alice', roles: [] }, approver: { id: 'alice' } },
    'id in another case': { caller: { id: 'alice', roles: [] }, approver: { id: 'ALICE' } },
    'id against e-mail': {
      caller: { id: 'alice@example.com', roles: [] },
      approver: { id: 'a-1', email: 'Alice@Example.com' },
    },
    'e-mail claim against e-mail': {
      caller: { id: 'u-1', roles: [], claims: { email: 'alice@example.com' } },
      approver: { id: 'a-1', email: 'alice@example.COM' },
    },
    'e-mail claim against id': {
      caller: { id: 'u-1', roles: [], claims: { email: 'alice@example.com' } },
      approver: { id: 'alice@example.com' },
    },
    'sub claim': {
      caller: { id: 'u-1', roles: [], claims: { sub: 's-9' } },
      approver: { id: 'S-9' },
    },
    'owner of the token': {
      caller: { id: 'bot', roles: [], owner: 'alice' },
      approver: { id: 'Alice' },
    },
    'owner of the token by e-mail': {
      caller: { id: 'bot', roles: [], owner: 'alice@example.com' },
      approver: { id: 'a-1', email: 'alice@example.com' },
    },
    'composed and decomposed letters': {
      caller: { id: 'ren\u00E9e', roles: [] },
      approver: { id: 'RENE\u0301E' },
    },
    'sharp s': { caller: { id: 'stra\u00DFe', roles: [] }, approver: { id: 'STRA\u1E9EE' } },
    'sharp s as two': { caller: { id: 'stra\u00DFe', roles: [] }, approver: { id: 'STRASSE' } },
    'final sigma': {
      caller: { id: '\u03BF\u03B4\u03C5\u03C3\u03C3\u03B5\u03C5\u03C2', roles: [] },
      approver: { id: '\u039F\u0394\u03A5\u03A3\u03A3\u0395\u03A5\u03A3' },
    },
  };
  for (const [how, { caller, approver }] of Object.entries(selves)) {
    decides(`lets nobody approve what was asked in their own name: ${how}`, async (bench) => {
      const { admin, get, open } = bench;
      const self = { ...approver, roles: [] };
      const id = await open({ caller });
      await refused(admin.approve(id, { approver: self }), 'self_approval');
      assert.equal((await get(id)).status, 'pending');
      // Asking oneself and refusing oneself harm nobody.
      await admin.requestInfo(id, { approver: self, message: 'Do I mean it?' });
      const { status } = await admin.reject(id, { approver: self, reason: 'I do not.' });
      assert.equal(status, 'rejected');
    });
  }

  decides('lets them where the rule says so', async ({ admin, open }) => {
    const id = await open({ spec: { allowSelfApproval: true } });
    const request = await admin.approve(id, { approver: { id: 'alice', roles: [] } });
    assert.equal(request.status, 'approved');
  });

  decides('counts different people only', async ({ admin, open, get }) => {
    const id = await open({ spec: { requiredApprovals: 3 } });
    const approve = (person: { id: string; email?: string }) =>
      admin.approve(id, { approver: { ...person, roles: [] } });
    await approve({ id: 'p1', email: 'p1@example.com' });
    await approve({ id: 'P1', email: 'else@example.com' });
    await approve({ id: 'else', email: 'P1@example.com' });
    await approve({ id: 'p1@example.com' });
    assert.equal((await get(id)).approvals.length, 1);
    assert.equal((await approve({ id: 'p2' })).status, 'pending');
    const request = await approve({ id: 'p3', email: 'p3@example.com' });
    assert.equal(request.status, 'approved');
    assert.deepEqual(
      request.approvals.map(({ by }) => by.id),
      ['p1', 'p2', 'p3'],
    );
    assert.equal(request.decision?.by.id, 'p3');
  });

  decides('waits for everybody, and grants from the last approval on', async (bench) => {
    const { admin, clock, ensure, open, store } = bench;
    const spec = { requiredApprovals: 2 };
    const id = await open({ spec });
    await admin.approve(id, { approver: bob });
    assert.equal(pendingId(await ensure({ spec })), id);
    assert.equal((await store.waitForDecision(id, { timeoutMs: 0 })).status, 'pending');
    await clock.advance(HOUR);
    const { grant } = await admin.approve(id, { approver: carol });
    assert.equal(grant?.since, clock());
    assert.equal(grant?.expiresAt, clock() + 15 * MINUTE);
  });

  decides('ends with one rejection, however many have approved', async ({ admin, open }) => {
    const id = await open({ spec: { requiredApprovals: 2 } });
    await admin.approve(id, { approver: bob });
    const request = await admin.reject(id, { approver: carol, reason: 'no' });
    assert.equal(request.status, 'rejected');
    await refused(admin.approve(id, { approver: dave }), 'already_decided');
  });

  decides('says what an approver may do, and why not', async ({ admin, grant, open }) => {
    assert.equal(await admin.may(`req-${'0'.repeat(32)}`, bob), null);
    const id = await open({ spec: { role: 'dba' } });
    const codes = async (request: string, approver: typeof bob) => {
      const may = (await admin.may(request, approver)) ?? assert.fail('unknown');
      return Object.fromEntries(
        Object.entries(may).map(([what, error]) => [
          what,
          (error as { code?: string } | null)?.code ?? null,
        ]),
      );
    };
    assert.deepEqual(await codes(id, bob), {
      approve: null,
      reject: null,
      requestInfo: null,
      revoke: 'not_allowed_now',
    });
    assert.deepEqual(await codes(id, { id: 'alice', roles: ['dba'] }), {
      approve: 'self_approval',
      reject: null,
      requestInfo: null,
      revoke: 'not_allowed_now',
    });
    const granted = await grant({ toolName: 'other' });
    assert.deepEqual(await codes(granted, carol), {
      approve: 'already_decided',
      reject: 'already_decided',
      requestInfo: 'already_decided',
      revoke: null,
    });
    // What this person did already is nothing they may do.
    assert.deepEqual(await codes(granted, bob), {
      approve: 'already_decided',
      reject: 'already_decided',
      requestInfo: 'already_decided',
      revoke: null,
    });
    await admin.revoke(granted, { approver: bob });
    assert.equal((await codes(granted, bob)).revoke, 'already_decided');
    const rejected = await open({ toolName: 'third' });
    await admin.reject(rejected, { approver: bob, reason: 'no' });
    assert.equal((await codes(rejected, bob)).reject, 'already_decided');
    const half = await open({ toolName: 'fourth', spec: { requiredApprovals: 2 } });
    await admin.approve(half, { approver: bob });
    assert.equal((await codes(half, bob)).approve, 'already_decided');
    assert.equal((await codes(half, carol)).approve, null);
  });
});
