import type { KnownDenialCode } from '../base/codes.ts';
import type { Json, JsonObject } from '../base/json.ts';
import { grantState, ruleOf, usesLeft, widestTerms } from './grants.ts';
import { type Caller, nameOf, type Person } from './people.ts';
import type {
  ApprovalGiven,
  ApprovalRecord,
  AskedInput,
  AskRecord,
  Grant,
  GrantTerms,
  ThreadMessage,
} from './record.ts';
import type { ApprovalRule, GrantScope, Priority, Risk } from './spec.ts';

/** What people see of a request. */
export type ApprovalStatus =
  | 'pending'
  | 'info_requested'
  | 'approved'
  | 'rejected'
  | 'expired'
  | 'cancelled';

/** An approver's open question; `seq` counts the request's messages, from 1. */
export interface InfoRequest {
  readonly message: string;
  readonly by: Person;
  readonly at: number;
  readonly seq: number;
}

/** What a caller sees of its request. Times are milliseconds since 1970, UTC. */
export type ApprovalState =
  | {
      readonly status: 'active';
      readonly requestId: string;
      readonly expiresAt: number;
      readonly usesLeft?: number;
    }
  | {
      readonly status: 'pending';
      readonly requestId: string;
      readonly approvalUrl: string;
      readonly requestedAt: number;
      readonly infoRequest?: InfoRequest;
    }
  | {
      readonly status: 'denied';
      /** Absent where nothing was opened: no justification, or too many wait already. */
      readonly requestId?: string;
      readonly code: KnownDenialCode;
      readonly reason: string;
      readonly deniedAt: number;
    };

/** What people see: the stored facts, projected to one moment. */
export interface ApprovalRequest {
  readonly id: string;
  readonly status: ApprovalStatus;
  /** Grows when what is asked for grows; an approver sends it back as `expectedVersion`. */
  readonly version: number;
  readonly caller: Caller;
  readonly toolName: string;
  readonly policyName: string;
  readonly rule?: ApprovalRule;
  readonly risk: Risk;
  readonly priority: Priority;
  readonly estimatedCostUsd?: number;
  readonly requestedAt: number;
  readonly expiresAt: number;
  /** Until when a blocked caller waits; absent: nobody does. */
  readonly waitingUntil?: number;
  readonly approvalUrl: string;
  /** Every distinct input, oldest first, with why it was asked for. */
  readonly asks: readonly (AskRecord & { readonly input: Json; readonly context?: JsonObject })[];
  readonly timesAsked: number;
  readonly thread: readonly ThreadMessage[];
  readonly infoRequest?: InfoRequest;
  readonly approvals: readonly ApprovalGiven[];
  /** The widest that can still be given: what the rule offers, as narrowed by approvals so far. */
  readonly allowed: GrantTerms;
  /** Who ended it, when and why; for an approved one, the last approval that was needed. */
  readonly decision?: { readonly by: Person; readonly at: number; readonly note?: string };
  readonly grant?: {
    readonly state: 'active' | 'expired' | 'used' | 'revoked';
    readonly scope: GrantScope;
    readonly digest?: string;
    readonly since: number;
    readonly expiresAt: number;
    readonly used: number;
    readonly usesLeft?: number;
    readonly revoked?: { readonly by: Person; readonly at: number; readonly reason?: string };
  };
}

/** Whether somebody may still decide it. */
export function isOpen(record: ApprovalRecord, now: number): boolean {
  return record.ended === undefined && record.grant === undefined && now < record.expiresAt;
}

/** The question nobody has answered yet. */
export function openQuestion(record: ApprovalRecord): InfoRequest | undefined {
  const last = record.thread.at(-1);
  if (last?.kind !== 'question') return undefined;
  return { message: last.message, by: last.by, at: last.at, seq: record.thread.length };
}

/** What people call the request's state at `now`. */
export function statusOf(record: ApprovalRecord, now: number): ApprovalStatus {
  if (record.grant) return 'approved';
  if (record.ended) return record.ended.kind;
  if (!isOpen(record, now)) return 'expired';
  return openQuestion(record) ? 'info_requested' : 'pending';
}

/** What the caller is told at `now`. */
export function stateOf(record: ApprovalRecord, now: number): ApprovalState {
  if (record.grant) return stateOfGrant(record, record.grant, now);
  if (record.ended) {
    const { kind, reason, at } = record.ended;
    const code = kind === 'rejected' ? 'approval_rejected' : 'approval_cancelled';
    return { status: 'denied', requestId: record.id, code, reason, deniedAt: at };
  }
  if (!isOpen(record, now)) {
    return denied(record, 'approval_expired', 'Nobody decided in time.', record.expiresAt);
  }
  const infoRequest = openQuestion(record);
  return {
    status: 'pending',
    requestId: record.id,
    approvalUrl: record.approvalUrl,
    requestedAt: record.requestedAt,
    ...(infoRequest && { infoRequest }),
  };
}

function stateOfGrant(record: ApprovalRecord, grant: Grant, now: number): ApprovalState {
  switch (grantState(grant, now)) {
    case 'active': {
      const left = usesLeft(grant);
      return {
        status: 'active',
        requestId: record.id,
        expiresAt: grant.expiresAt,
        ...(left !== undefined && { usesLeft: left }),
      };
    }
    case 'used':
      return denied(record, 'approval_used', 'The approval has been used up.', now);
    case 'expired':
      return denied(record, 'approval_expired', 'The approval has run out.', grant.expiresAt);
    case 'revoked': {
      const { by, reason, at } = grant.revoked as NonNullable<Grant['revoked']>;
      return denied(record, 'approval_revoked', reason ?? `${nameOf(by)} ended the approval.`, at);
    }
  }
}

function denied(
  record: ApprovalRecord,
  code: KnownDenialCode,
  reason: string,
  deniedAt: number,
): ApprovalState {
  return { status: 'denied', requestId: record.id, code, reason, deniedAt };
}

/** The request as people see it at `now`, with the inputs that belong to it. */
export function viewOf(
  record: ApprovalRecord,
  inputs: readonly AskedInput[],
  now: number,
): ApprovalRequest {
  const { ended, grant, thread, rule, waitingUntil, ...facts } = record;
  const infoRequest = isOpen(record, now) ? openQuestion(record) : undefined;
  const decision = decisionOf(record);
  return {
    ...facts,
    ...(rule && { rule }),
    ...(waitingUntil !== undefined &&
      isOpen(record, now) &&
      now < waitingUntil && { waitingUntil }),
    status: statusOf(record, now),
    version: record.asks.length,
    risk: rule?.risk ?? 'medium',
    priority: rule?.priority ?? 'medium',
    asks: record.asks.map((ask) => withInput(ask, inputs)),
    thread,
    ...(infoRequest && { infoRequest }),
    allowed: widestTerms(record, ruleOf(record)),
    ...(decision && { decision }),
    ...(grant && { grant: grantView(grant, now) }),
  };
}

function withInput(ask: AskRecord, inputs: readonly AskedInput[]): ApprovalRequest['asks'][number] {
  const asked = inputs.find(({ digest }) => digest === ask.digest);
  return { ...ask, input: asked?.input ?? null, ...(asked?.context && { context: asked.context }) };
}

function decisionOf({ ended, grant, approvals }: ApprovalRecord): ApprovalRequest['decision'] {
  if (ended) return { by: ended.by, at: ended.at, note: ended.reason };
  const last = grant && approvals.at(-1);
  return last && { by: last.by, at: last.at, ...(last.note !== undefined && { note: last.note }) };
}

function grantView(grant: Grant, now: number): NonNullable<ApprovalRequest['grant']> {
  const { maxUses: _, ...facts } = grant;
  const left = usesLeft(grant);
  return { ...facts, state: grantState(grant, now), ...(left !== undefined && { usesLeft: left }) };
}
