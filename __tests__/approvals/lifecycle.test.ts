import assert from 'node:assert/strict';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { covers, grantState } from '../../lib/approvals/grants.ts';
import { indexEntry, phasesOf } from '../../lib/approvals/index-entry.ts';
import { type Change, type Command, open, transition } from '../../lib/approvals/lifecycle.ts';
import { isSamePerson } from '../../lib/approvals/people.ts';
import { type ApprovalStatus, isOpen, stateOf, statusOf } from '../../lib/approvals/projections.ts';
import type { ApprovalRecord } from '../../lib/approvals/record.ts';
import { type ApprovalRule, resolveSpec, ruleFingerprint } from '../../lib/approvals/spec.ts';
import { ApprovalError, InvalidOptionError } from '../../lib/base/errors.ts';
import { canonicalJson, freezePlainJson } from '../../lib/base/plain-json.ts';

const STATUSES: readonly ApprovalStatus[] = [
  'pending',
  'info_requested',
  'approved',
  'rejected',
  'expired',
  'cancelled',
];

const specs = fc.record(
  {
    requiredApprovals: fc.constantFrom(1, 2, 3),
    grantScope: fc.constantFrom('tool' as const, 'input' as const),
    maxUses: fc.constantFrom(1, 2, 3),
    grantDuration: fc.constantFrom(10, 50),
    expiresAfter: fc.constantFrom(30, 100),
    rejectionHold: fc.constantFrom(0, 20),
    role: fc.constant('dba'),
    allowSelfApproval: fc.boolean(),
    risk: fc.constantFrom('low' as const, 'critical' as const),
  },
  { requiredKeys: [] },
);

const digests = fc.constantFrom('d1', 'd2', 'd3');
const approvers = fc.constantFrom(
  { id: 'bob', roles: ['dba'] },
  { id: 'BOB', roles: ['dba'] },
  { id: 'carol', email: 'carol@example.com', roles: ['dba'] },
  { id: 'Carol@example.com', roles: ['dba'] },
  { id: 'dave', roles: ['dba'] },
  { id: 'mallory', roles: [] },
  { id: 'alice', roles: ['dba'] },
);

/** Mostly left out, since a story in which every wish is refused goes nowhere. */
const optional = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 6, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });
const people = fc.constant({ id: 'alice' });
const commands = (rule: ApprovalRule): fc.Arbitrary<Command> =>
  fc.oneof(
    fc.record({
      type: fc.constant('join' as const),
      ask: digests.map(askFor),
      rule: fc.constant(rule),
    }),
    {
      weight: 4,
      arbitrary: fc.record({
        type: fc.constant('approve' as const),
        approver: approvers,
        note: optional(fc.constant('note')),
        expectedVersion: optional(fc.constantFrom(1, 2)),
        scope: optional(fc.constantFrom('tool' as const, 'input' as const)),
        digest: optional(digests),
        durationMs: optional(fc.constantFrom(0, 5, 10, 50, 51)),
        maxUses: optional(fc.constantFrom(0, 1, 2, 3, 4)),
      }),
    },
    fc.record({
      type: fc.constant('reject' as const),
      approver: approvers,
      reason: fc.constantFrom('no', ''),
    }),
    fc.record({
      type: fc.constant('requestInfo' as const),
      approver: approvers,
      message: fc.constant('why?'),
    }),
    {
      weight: 2,
      arbitrary: fc.record({ type: fc.constant('revoke' as const), approver: approvers }),
    },
    fc.record({ type: fc.constant('respond' as const), by: people, message: fc.constant('so') }),
    fc.record({ type: fc.constant('cancel' as const), by: people }),
    {
      weight: 3,
      arbitrary: fc.record({
        type: fc.constant('claim' as const),
        claimId: fc.constant('claim-1'),
        digest: digests,
      }),
    },
  );

const stories = specs.chain((spec) => {
  const rule = resolveSpec(spec, 'spec', 'rule', 'alice');
  const steps = fc.array(
    fc.record({
      command: commands(rule),
      passes: fc.constantFrom(0, 0, 0, 0, 0, 1, 5, 9, 10, 30, 100),
    }),
    { minLength: 3, maxLength: 25 },
  );
  return fc.record({ rule: fc.constant(rule), steps });
});

describe('the life of a request', () => {
  it('never reaches a state that it may not', () => {
    const seen = new Map<string, number>();
    fc.assert(
      fc.property(stories, ({ rule, steps }) => {
        let now = 1000;
        let record = opened(rule, now).record;
        checkState(record, rule, now);
        for (const { command, passes } of steps) {
          now += passes;
          const before = record;
          const change = attempt(record, command, now);
          if (change === 'refused' || change === null) {
            seen.set(`${command.type} ${change}`, (seen.get(`${command.type} ${change}`) ?? 0) + 1);
            continue;
          }
          record = change.record;
          seen.set(command.type, (seen.get(command.type) ?? 0) + 1);
          checkMove(before, record, command, now);
          checkEvent(change);
          checkState(record, rule, now);
          for (const later of [1, 10, 30, 100]) {
            checkState(record, rule, now + later);
          }
        }
        for (const status of [statusOf(record, now)]) seen.set(status, (seen.get(status) ?? 0) + 1);
      }),
      { numRuns: 2000 },
    );
    // Random stories that never got anywhere would prove nothing.
    const musts = [
      'join',
      'approve',
      'reject',
      'requestInfo',
      'revoke',
      'respond',
      'cancel',
      'claim',
    ];
    for (const what of [
      ...musts,
      ...STATUSES,
      'approve null',
      'approve refused',
      'claim refused',
    ]) {
      expect([what, (seen.get(what) ?? 0) >= 10]).toEqual([what, true]);
    }
  });

  it('never takes a clock’s word for an earlier time than it has seen', () => {
    const rule = resolveSpec({}, 'spec', 'rule', 'alice');
    const { record } = opened(rule, 1000);
    const approver = { id: 'bob', roles: [] };
    const approved = transition(record, { type: 'approve', approver }, 2000) as Change;
    expect(approved.record.grant).toMatchObject({ since: 2000, expiresAt: 2000 + 900_000 });
  });

  it('leaves the record it was given as it was', () => {
    fc.assert(
      fc.property(stories, ({ rule, steps }) => {
        let now = 1000;
        let { record } = opened(rule, now);
        for (const { command, passes } of steps) {
          now += passes;
          const text = JSON.stringify(record);
          const change = attempt(deepFreeze(record), command, now);
          expect(JSON.stringify(record)).toBe(text);
          if (change !== 'refused' && change) record = change.record;
        }
      }),
      { numRuns: 200 },
    );
  });
});

function attempt(record: ApprovalRecord, command: Command, now: number): Change | null | 'refused' {
  try {
    return transition(record, command, now);
  } catch (error) {
    // Anything else is a fault of ours.
    if (ApprovalError.isInstance(error) || InvalidOptionError.isInstance(error)) return 'refused';
    throw error;
  }
}

/** What one move may change. */
function checkMove(before: ApprovalRecord, after: ApprovalRecord, command: Command, now: number) {
  const decided = before.grant !== undefined || before.ended !== undefined;
  assert.deepEqual(after.asks.slice(0, before.asks.length), before.asks);
  assert.deepEqual(after.thread.slice(0, before.thread.length), before.thread);
  assert.deepEqual(after.approvals.slice(0, before.approvals.length), before.approvals);
  assert.equal(after.requestedAt, before.requestedAt);
  assert.equal(after.expiresAt, before.expiresAt);
  if (before.ended) assert.deepEqual(after.ended, before.ended);
  if (decided) assert.deepEqual(after.approvals, before.approvals);
  if (command.type !== 'claim' && command.type !== 'revoke') {
    // Nobody joins, decides, asks, answers or withdraws but while it is open.
    assert.equal(isOpen(before, now), true);
  }
  if (before.rule?.grantScope === 'input') assert.deepEqual(after.asks, before.asks);
  if (before.grant) {
    const { used, revoked, ...terms } = before.grant;
    assert.partialDeepStrictEqual(after.grant, terms);
    assert.equal(after.grant?.used, used + (command.type === 'claim' ? 1 : 0));
    if (revoked) assert.deepEqual(after.grant?.revoked, revoked);
    assert.equal(grantState(before.grant, now), 'active');
  }
  if (command.type === 'approve') {
    assert.equal(command.approver.roles.includes('dba') || before.rule?.role === undefined, true);
    assert.equal(command.approver.id === 'alice' && !before.rule?.allowSelfApproval, false);
    assert.equal(
      before.approvals.some(({ by }) => isSamePerson(by, command.approver)),
      false,
    );
  }
}

/** What must hold of a record at any time. */
function checkState(record: ApprovalRecord, rule: ApprovalRule, now: number) {
  const { grant, ended, approvals, asks } = record;
  assert.equal(grant !== undefined && ended !== undefined, false);
  assert.equal(grant !== undefined, approvals.length >= rule.requiredApprovals);
  assert.ok(approvals.length <= rule.requiredApprovals);
  if (grant) {
    const uses = grant.maxUses ?? Number.POSITIVE_INFINITY;
    assert.ok(grant.used <= (grant.maxUses ?? Number.POSITIVE_INFINITY));
    assert.ok(grant.expiresAt - grant.since <= rule.grantDurationMs);
    assert.ok(grant.expiresAt > grant.since);
    if (rule.maxUses !== undefined) assert.ok(uses <= rule.maxUses);
    if (rule.grantScope === 'input')
      assert.partialDeepStrictEqual(grant, { scope: 'input', digest: 'd1' });
    if (grant.scope === 'input') assert.ok(asks.some(({ digest }) => digest === grant.digest));
    else assert.equal(grant.digest, undefined);
    for (const { terms } of approvals) {
      assert.ok(grant.expiresAt - grant.since <= terms.durationMs);
      if (terms.maxUses !== undefined) assert.ok(uses <= terms.maxUses);
      if (terms.digest !== undefined) assert.equal(grant.digest, terms.digest);
    }
  }
  checkProjections(record, now);
  checkIndex(record, rule, now);
  // What is stored is plain JSON, whatever keeps it.
  assert.deepEqual(freezePlainJson(record, 1024 * 1024), record);
}

/** What people see and what the caller sees are the same facts. */
function checkProjections(record: ApprovalRecord, now: number) {
  const status = statusOf(record, now);
  const state = stateOf(record, now);
  const codes: Partial<Record<ApprovalStatus, string>> = {
    rejected: 'approval_rejected',
    cancelled: 'approval_cancelled',
    expired: 'approval_expired',
  };
  if (status === 'pending' || status === 'info_requested') {
    assert.equal(state.status, 'pending');
    assert.equal(
      state.status === 'pending' && state.infoRequest !== undefined,
      status === 'info_requested',
    );
  } else if (status === 'approved') {
    const left = record.grant && grantState(record.grant, now);
    assert.partialDeepStrictEqual(
      state,
      left === 'active' ? { status: 'active' } : { status: 'denied', code: `approval_${left}` },
    );
  } else {
    assert.partialDeepStrictEqual(state, { status: 'denied', code: codes[status] });
  }
}

/** A ledger that only compares columns finds exactly what the rules mean. */
function checkIndex(record: ApprovalRecord, rule: ApprovalRule, now: number) {
  const index = indexEntry(record);
  const found = STATUSES.filter((status) =>
    phasesOf(status).some(
      ({ phase, open: wantsOpen }) =>
        phase === index.phase && (wantsOpen === undefined || wantsOpen === index.openUntil > now),
    ),
  );
  assert.deepEqual(found, [statusOf(record, now)]);
  assert.equal(index.openUntil > now, isOpen(record, now));
  const { ended } = record;
  const held = ended?.kind === 'rejected' && now < ended.at + rule.rejectionHoldMs;
  for (const digest of ['d1', 'd2', 'd3']) {
    const bearsOnIt =
      covers(
        record,
        {
          tenantId: undefined,
          callerId: 'alice',
          toolName: 'tool',
          policyName: 'rule',
          digest,
          fingerprint: ruleFingerprint(rule),
        },
        now,
      ) ||
      ((held || isOpen(record, now)) && record.asks.some((ask) => ask.digest === digest)) ||
      (isOpen(record, now) && rule.grantScope === 'tool');
    // It may find too much, never too little.
    if (bearsOnIt) {
      assert.ok(index.liveUntil > now);
      assert.ok([null, digest].includes(index.digest));
    }
  }
}

function checkEvent({ record, event }: Change) {
  assert.equal(event.requestId, record.id);
  canonicalJson(freezePlainJson(event, 1024 * 1024));
}

function askFor(digest: string) {
  return { digest, at: 0, justification: 'why', justificationSource: 'call' as const };
}

function opened(rule: ApprovalRule, now: number): Change {
  return open(
    {
      id: 'req-1',
      caller: { id: 'alice', roles: [] },
      toolName: 'tool',
      policyName: 'rule',
      rule,
      requestedAt: now,
      expiresAt: now + rule.expiresAfterMs,
      approvalUrl: 'sentinel://approve/req-1',
    },
    askFor('d1'),
    undefined,
  );
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(deepFreeze);
  return Object.freeze(value);
}
