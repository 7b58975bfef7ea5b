import type { ApprovalStore } from '../approvals/store.ts';
import type { Clock } from '../base/clock.ts';
import type { DenialCode } from '../base/codes.ts';
import type { Logger } from '../base/logger.ts';
import type { InnerGuard } from './guard.ts';

/** A call waits for a person. */
export interface ApprovalRequiredNotice {
  readonly requestId: string;
  readonly approvalUrl: string;
  readonly toolName: string;
  /** The model's id of the call, where the call came from one. */
  readonly toolCallId?: string | undefined;
  readonly waitTimeoutMs: number;
}

/** A call no longer waits for a person. */
export interface ApprovalSettledNotice {
  readonly requestId: string;
  readonly toolName: string;
  readonly toolCallId?: string | undefined;
  /** `approved`; `denied` (with its code); `aborted`: the call was called off while it waited. */
  readonly outcome: 'approved' | 'denied' | 'aborted';
  readonly code?: DenialCode;
  /** Why it was denied; after a rejection, the approver's own words. */
  readonly reason?: string;
}

/** Answers an approver's question; nothing said leaves it open and the call waiting. */
export type InfoAnswerer = (question: {
  readonly requestId: string;
  readonly message: string;
}) => string | undefined | null | Promise<string | undefined | null>;

/** What whoever makes the call wants to know while it waits. */
export interface AdmissionHooks {
  readonly onApprovalRequired?: ((notice: ApprovalRequiredNotice) => unknown) | undefined;
  readonly onApprovalSettled?: ((notice: ApprovalSettledNotice) => unknown) | undefined;
  readonly onInfoRequested?: InfoAnswerer | undefined;
}

/** What admitting needs of a sentinel. */
export interface Doorway {
  readonly guard: InnerGuard;
  readonly store: ApprovalStore;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How long a callback that says something about a call may take. */
  readonly policyTimeoutMs: number;
}
