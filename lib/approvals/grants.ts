import { durationInWords } from '../base/duration.ts';
import { ApprovalError, InvalidOptionError } from '../base/errors.ts';
import { optionalCount, shown } from '../base/options.ts';
import type { ApprovalRecord, Grant, GrantTerms } from './record.ts';
import { type ApprovalRule, type GrantScope, resolveSpec, ruleFingerprint } from './spec.ts';

/** How an approver wishes to narrow what the rule offers; what is left out stays as offered. */
export interface NarrowingWish {
  readonly scope?: GrantScope | undefined;
  readonly digest?: string | undefined;
  readonly durationMs?: number | undefined;
  readonly maxUses?: number | undefined;
}

/** A call that wants to be covered. */
export interface CallToCover {
  readonly tenantId: string | undefined;
  readonly callerId: string;
  readonly toolName: string;
  readonly policyName: string;
  readonly digest: string;
  /** `ruleFingerprint` of the rule that asks, now. */
  readonly fingerprint: string;
}

/** What judges a request: its own rule, or, where none was kept, a rule that asks for no role. */
export function ruleOf(record: ApprovalRecord): ApprovalRule {
  return record.rule ?? resolveSpec({}, 'rule', record.policyName, record.caller.id);
}

/** What the record's rule offers an approver, before anybody narrowed it. */
function offeredTerms(record: ApprovalRecord, rule: ApprovalRule): GrantTerms {
  const [first] = record.asks;
  return {
    scope: rule.grantScope,
    ...(rule.grantScope === 'input' && first && { digest: first.digest }),
    durationMs: rule.grantDurationMs,
    ...(rule.maxUses !== undefined && { maxUses: rule.maxUses }),
  };
}

/** The widest an approver can still give: what the rule offers, as narrowed by approvals so far. */
export function widestTerms(record: ApprovalRecord, rule: ApprovalRule): GrantTerms {
  return record.approvals.reduce(
    (terms, given) => narrowest(terms, given.terms),
    offeredTerms(record, rule),
  );
}

/**
 * The terms one approver gives: the rule's, narrowed as wished.
 *
 * @throws ApprovalError `cannot_widen` for more than the rule offers, for an input nobody asked
 * for, and for another input than an earlier approver narrowed to
 */
export function termsGiven(
  record: ApprovalRecord,
  rule: ApprovalRule,
  wish: NarrowingWish,
): GrantTerms {
  const offered = offeredTerms(record, rule);
  const digest = wishedDigest(record, offered, wish);
  const { durationMs = offered.durationMs } = wish;
  if (!Number.isFinite(durationMs) || durationMs <= 0) {
    throw new InvalidOptionError(
      'durationMs',
      `must be a number of milliseconds above 0, not ${shown(durationMs)}.`,
    );
  }
  const maxUses = optionalCount('maxUses', wish.maxUses) ?? offered.maxUses;
  if (durationMs > offered.durationMs) {
    throw widening(
      record,
      `at most ${durationInWords(offered.durationMs)}, not ${durationInWords(durationMs)}`,
    );
  }
  if (offered.maxUses !== undefined && maxUses !== undefined && maxUses > offered.maxUses) {
    throw widening(record, `at most ${offered.maxUses} calls, not ${maxUses}`);
  }
  const terms: GrantTerms = {
    scope: digest === undefined ? 'tool' : 'input',
    ...(digest !== undefined && { digest }),
    durationMs,
    ...(maxUses !== undefined && { maxUses }),
  };
  const { digest: agreed } = widestTerms(record, rule);
  if (agreed !== undefined && digest !== undefined && agreed !== digest) {
    throw widening(record, `the input ${agreed}, which an earlier approval was narrowed to`);
  }
  return terms;
}

/** The input an approval is narrowed to; undefined: any input of the tool. */
function wishedDigest(
  record: ApprovalRecord,
  offered: GrantTerms,
  wish: NarrowingWish,
): string | undefined {
  if (wish.scope !== undefined && wish.scope !== 'tool' && wish.scope !== 'input') {
    throw new InvalidOptionError('scope', `must be tool or input, not ${shown(wish.scope)}.`);
  }
  if (wish.scope === 'tool' && wish.digest !== undefined) {
    throw new InvalidOptionError('digest', 'goes with scope input only.');
  }
  if (wish.scope === 'tool' && offered.scope === 'input') {
    throw widening(record, 'this input only');
  }
  const asked = record.asks.map((ask) => ask.digest);
  if (wish.digest !== undefined) {
    if (asked.includes(wish.digest)) return wish.digest;
    throw widening(record, 'one of the inputs that were asked for');
  }
  if (offered.digest !== undefined || wish.scope !== 'input') return offered.digest;
  if (asked.length > 1) {
    throw new InvalidOptionError(
      'digest',
      `${asked.length} different inputs were asked for. Name the one to approve.`,
    );
  }
  return asked[0];
}

/** Of several approvals the narrowest counts, in each respect. */
function narrowest(one: GrantTerms, other: GrantTerms): GrantTerms {
  const digest = one.digest ?? other.digest;
  const uses = [one.maxUses, other.maxUses].filter((count) => count !== undefined);
  return {
    scope: digest === undefined ? 'tool' : 'input',
    ...(digest !== undefined && { digest }),
    durationMs: Math.min(one.durationMs, other.durationMs),
    ...(uses.length > 0 && { maxUses: Math.min(...uses) }),
  };
}

/** Whether two approvals go equally far. */
export function isSameTerms(one: GrantTerms, other: GrantTerms): boolean {
  return (
    one.scope === other.scope &&
    one.digest === other.digest &&
    one.durationMs === other.durationMs &&
    one.maxUses === other.maxUses
  );
}

/** The grant that begins at `now` on these terms. */
export function beginGrant(terms: GrantTerms, now: number): Grant {
  const { durationMs, ...scope } = terms;
  return { ...scope, since: now, expiresAt: now + durationMs, used: 0 };
}

/** What is left of a grant at `now`. */
export function grantState(grant: Grant, now: number): 'active' | 'expired' | 'used' | 'revoked' {
  if (grant.revoked) return 'revoked';
  if (usesLeft(grant) === 0) return 'used';
  return now < grant.expiresAt ? 'active' : 'expired';
}

/** How many more calls a grant covers; undefined: no limit. */
export function usesLeft(grant: Grant): number | undefined {
  return grant.maxUses === undefined ? undefined : Math.max(0, grant.maxUses - grant.used);
}

/** Whether the grant, in itself, covers an input. */
export function coversInput(grant: Grant, digest: string): boolean {
  return grant.scope === 'tool' || grant.digest === digest;
}

/**
 * Whether the record's grant covers a call at `now`: the same tenant, caller, tool and rule, the
 * rule unchanged in what matters, the input within scope, and the grant still active. A record
 * without a rule of its own is judged by the rule that asks.
 */
export function covers(record: ApprovalRecord, call: CallToCover, now: number): boolean {
  const { grant, rule } = record;
  return (
    grant !== undefined &&
    grantState(grant, now) === 'active' &&
    record.caller.id === call.callerId &&
    record.caller.tenantId === call.tenantId &&
    record.toolName === call.toolName &&
    record.policyName === call.policyName &&
    (rule === undefined || ruleFingerprint(rule) === call.fingerprint) &&
    coversInput(grant, call.digest)
  );
}

function widening(record: ApprovalRecord, allowed: string): ApprovalError {
  return new ApprovalError('cannot_widen', `The rule allows ${allowed}.`, { requestId: record.id });
}
