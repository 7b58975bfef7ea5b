import type { Clock } from '../base/clock.ts';
import type { JsonObject } from '../base/json.ts';
import type { ApprovalEvent } from './events.ts';
import type { NarrowingWish } from './grants.ts';
import type { Justification } from './justification.ts';
import type { Outcome } from './ledger.ts';
import type { Approver, SecurityContext } from './people.ts';
import type { ApprovalRequest, ApprovalState, ApprovalStatus } from './projections.ts';
import type { ApprovalSpec, Priority, Risk } from './spec.ts';
import type { Statistics } from './statistics.ts';

/** What a caller asks for. */
export interface Ask {
  readonly caller: SecurityContext;
  readonly spec: ApprovalSpec;
  readonly toolName: string;
  /** The tool's arguments: plain JSON. */
  readonly input: unknown;
  /** Why. A string counts as the call's own words; absent: the default template. */
  readonly justification?: string | Justification | undefined;
  /** What was going on around the call, for people: plain JSON, at most 64 KiB. */
  readonly context?: JsonObject | undefined;
  readonly estimatedCostUsd?: number | undefined;
  /** Where people decide, `{id}` standing for the request's id. Default `sentinel://approve/{id}`. */
  readonly approvalUrl?: string | undefined;
  /** How long the caller is going to block for an answer, in milliseconds. Absent: it does not. */
  readonly waitsForMs?: number | undefined;
}

/** One use that a call wants to take of one grant. */
export interface Use {
  readonly requestId: string;
  /** Of the input that is about to run. */
  readonly digest: string;
}

/**
 * A store of approvals: the callers' half, what people and programs read, and, where the store owns
 * its decisions, `admin`. All times are milliseconds since 1970, UTC. Every method rejects with
 * `StoreClosedError` once the store is closed.
 */
export interface ApprovalStore {
  /**
   * Finds a grant that covers the call, joins the undecided request for it, or opens one. Consumes
   * nothing. Two callers with the same question at the same instant get the same request.
   */
  ensureRequest(ask: Ask): Promise<ApprovalState>;
  /** What `ensureRequest` would answer, changing nothing; null: it would open a request. */
  findRequest(ask: Ask): Promise<ApprovalState | null>;
  /**
   * Takes one use of each grant: all, or none.
   *
   * @throws ApprovalError `unknown_request`, or why a grant is no longer active: `approval_used`,
   * `approval_expired`, `approval_revoked`, `approval_required`
   */
  claim(uses: readonly Use[]): Promise<{ readonly claimId: string }>;
  /**
   * Waits until the request is decided or ends, until an approver asks something, or until the
   * time is up (then the state is still `pending`).
   *
   * @throws the abort reason; StoreClosedError; ApprovalError `unknown_request`
   */
  waitForDecision(
    id: string,
    options?: {
      /** Default: the rule's `waitTimeout`. 0 answers at once. */
      readonly timeoutMs?: number | undefined;
      readonly signal?: AbortSignal | undefined;
      /** The `seq` of a question already seen, so that only a newer one ends the wait. */
      readonly afterInfo?: number | undefined;
    },
  ): Promise<ApprovalState>;
  /**
   * Withdraws an undecided request. With `unlessShared`, only if it was asked for once: a request
   * that others joined stays open for them.
   *
   * @throws ApprovalError `unknown_request`, `already_decided`, `approval_expired`
   */
  cancel(
    id: string,
    options: {
      readonly by: string;
      readonly reason?: string | undefined;
      readonly unlessShared?: boolean | undefined;
    },
  ): Promise<ApprovalState>;
  /**
   * Answers the open question; the request is pending again.
   *
   * @throws ApprovalError `unknown_request`, `not_allowed_now`, `already_decided`, `approval_expired`
   */
  respond(
    id: string,
    options: { readonly by: string; readonly message: string },
  ): Promise<ApprovalState>;
  /**
   * Says what became of a claimed call. The first outcome stays. Uses are never given back.
   *
   * @throws ApprovalError `unknown_request` for a claim nobody took
   */
  recordOutcome(report: { readonly claimId: string; readonly outcome: Outcome }): Promise<void>;
  readonly requests: ApprovalRequests;
  /** Deciding; absent where decisions are made elsewhere. */
  readonly admin?: ApprovalAdmin;
  /** Rejects with a clear error where the store cannot be used. */
  ready(): Promise<void>;
  /** Ends every wait with `StoreClosedError` and closes what the store itself opened. Idempotent. */
  close(): Promise<void>;
  /** The clock this store judges by; absent: the system's. */
  readonly clock?: Clock;
}

/** A store that owns its decisions. */
export type OwningStore = ApprovalStore & { readonly admin: ApprovalAdmin };

/** What can be read of a store. */
export interface ApprovalRequests {
  /** The request as it is now; null where there is none. */
  get(id: string): Promise<ApprovalRequest | null>;
  list(query?: RequestQuery): Promise<RequestPage>;
  stats(query?: StatisticsQuery): Promise<Statistics>;
  /** Events numbered above `afterSeq`, oldest first; at most `limit` (default 1,000). */
  events(
    afterSeq: number,
    options?: { readonly limit?: number; readonly requestId?: string },
  ): Promise<readonly ApprovalEvent[]>;
  /** The newest event's number; 0 where nothing ever happened. */
  lastSeq(): Promise<number>;
  /**
   * Calls `listener` with every event from now on, in order. The answer ends it.
   *
   * @throws StoreClosedError, at once
   */
  subscribe(listener: (event: ApprovalEvent) => unknown): () => void;
}

/** Which requests, in which order. */
export interface RequestQuery {
  readonly status?: ApprovalStatus | readonly ApprovalStatus[];
  readonly priority?: Priority;
  readonly risk?: Risk;
  readonly toolName?: string;
  readonly callerId?: string;
  /** Of this tenant only; null: of no tenant only; absent: of all. */
  readonly tenantId?: string | null;
  /** Occurs, in any case, in the id, tool, caller, justification or an input. */
  readonly text?: string;
  /** `newest` (default) first, or most `urgent` first: critical priority, then risk, then age. */
  readonly order?: 'newest' | 'urgent';
  /** 1 to 1,000; default 100. */
  readonly limit?: number;
  /** `nextCursor` of the page before. */
  readonly cursor?: string;
}

/** A page of requests. */
export interface RequestPage {
  readonly items: readonly ApprovalRequest[];
  /** Absent on the last page. */
  readonly nextCursor?: string;
}

/** Which requests the statistics count. */
export interface StatisticsQuery {
  /** Asked for at or after this time; default: all that are kept. */
  readonly since?: number;
  /** Only requests this says yes to. */
  readonly visible?: (request: ApprovalRequest) => boolean;
}

/**
 * Deciding. Each answers with the request as it is afterwards and throws `ApprovalError`:
 * `unknown_request`, `not_eligible`, `self_approval`, `already_decided` (with `by` and `at`),
 * `approval_expired`, `not_allowed_now`, `changed`, `cannot_widen`.
 */
export interface ApprovalAdmin {
  /** Approves, as offered by the rule or narrower. The same person doing it again changes nothing. */
  approve(
    id: string,
    decision: {
      readonly approver: Approver;
      readonly note?: string | undefined;
      /** The `version` that was looked at; refused as `changed` when another input joined since. */
      readonly expectedVersion?: number | undefined;
    } & NarrowingWish,
  ): Promise<ApprovalRequest>;
  reject(
    id: string,
    decision: { readonly approver: Approver; readonly reason: string },
  ): Promise<ApprovalRequest>;
  requestInfo(
    id: string,
    question: { readonly approver: Approver; readonly message: string },
  ): Promise<ApprovalRequest>;
  /** Ends an active grant. Calls already running are not stopped. */
  revoke(
    id: string,
    decision: { readonly approver: Approver; readonly reason?: string | undefined },
  ): Promise<ApprovalRequest>;
  /** Ends every active grant of a caller that this person may end. */
  revokeAll(decision: {
    readonly callerId: string;
    readonly approver: Approver;
    readonly reason?: string | undefined;
  }): Promise<{ readonly revoked: readonly string[]; readonly refused: readonly string[] }>;
  /** What an approver may do to a request now; null: yes, else why not. Null for an unknown id. */
  may(
    id: string,
    approver: Approver,
  ): Promise<Record<'approve' | 'reject' | 'requestInfo' | 'revoke', Error | null> | null>;
}
