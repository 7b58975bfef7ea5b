import assert from 'node:assert/strict';
import type { SecurityContext } from '../../approvals/people.ts';
import {
  bob,
  carol,
  chapter,
  dave,
  denied,
  HOUR,
  MINUTE,
  malformed,
  pendingId,
  refused,
  SECOND,
} from './bench.ts';

/** Who may decide, what a decision does, and who was first. */
export const deciding = chapter('Deciding', ({ asks, decides }) => {
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
