import type { Justification } from '../approvals/justification.ts';
import type { SecurityContext } from '../approvals/people.ts';
import type { DenialCode } from '../base/codes.ts';

/** What is going on around a call: plain JSON, as far as people are to see it. */
export type CallContext = Readonly<Record<string, unknown>>;

/** A call that wants to be made. */
export interface ToolCall {
  /** On whose behalf; else who `runAs` says; else `anonymous`. */
  readonly caller?: SecurityContext | undefined;
  readonly toolName: string;
  /** The tool's arguments: plain JSON. */
  readonly input: unknown;
  readonly signal?: AbortSignal | undefined;
  /** Why the call is wanted: in the words of whoever makes it, or of whom it says. */
  readonly justification?: string | Justification | undefined;
  /**
   * What is going on around it, or a function that works it out when somebody wants to know;
   * `conversation` holds the messages, oldest first.
   */
  readonly context?: CallContext | (() => CallContext) | undefined;
}

/** A grant that covers a call. */
export interface CoveringGrant {
  readonly requestId: string;
  readonly policyName: string;
  readonly expiresAt: number;
  /** How many more calls it covers, after this one; absent: no limit. */
  readonly usesLeft?: number;
}

/** The call may be made, now. */
export interface AllowDecision {
  readonly type: 'allow';
  /** Uses were taken for this call: `recordOutcome` says what became of it. */
  readonly claimId?: string;
  /** What covers it, one per approval rule. */
  readonly grants: readonly CoveringGrant[];
}

/** The call may not be made. */
export interface DenyDecision {
  readonly type: 'deny';
  readonly policyName: string;
  /** A sentence for people; after a rejection, the approver's own words. */
  readonly reason: string;
  readonly code: DenialCode;
  readonly requestId?: string;
}

/** One approval that is missing. */
export interface MissingApproval {
  readonly policyName: string;
  readonly requestId: string;
  readonly approvalUrl: string;
  readonly requestedAt: number;
  readonly waitTimeoutMs: number;
}

/** People have to approve first. The fields beside `requests` are those of its first. */
export interface RequireApprovalDecision extends MissingApproval {
  readonly type: 'require-approval';
  readonly requests: readonly MissingApproval[];
}

/** What `guard.authorize` answers. */
export type Decision = AllowDecision | DenyDecision | RequireApprovalDecision;

/** An approval that would be missing: its request may not have been opened yet. */
export type WouldBeMissing = Pick<MissingApproval, 'policyName' | 'waitTimeoutMs'> &
  Partial<MissingApproval>;

/** What `guard.check` answers. */
export type CheckResult =
  | AllowDecision
  | DenyDecision
  | (WouldBeMissing & {
      readonly type: 'require-approval';
      readonly requests: readonly WouldBeMissing[];
    });

/** A denial, in the words of one policy. */
export function deny(
  policyName: string,
  code: DenialCode,
  reason: string,
  requestId?: string,
): DenyDecision {
  return {
    type: 'deny',
    policyName,
    reason,
    code,
    ...(requestId !== undefined && { requestId }),
  };
}
