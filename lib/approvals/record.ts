import type { Json, JsonObject } from '../base/json.ts';
import type { JustificationSource } from './justification.ts';
import type { Caller, Person } from './people.ts';
import type { ApprovalRule, GrantScope } from './spec.ts';

/**
 * The stored facts of one request. Nothing in it changes by time passing: what it amounts to at a
 * given moment is said in `projections.ts`; `lifecycle.ts` is the only place that makes a new one.
 */
export interface ApprovalRecord {
  readonly id: string;
  readonly caller: Caller;
  readonly toolName: string;
  readonly policyName: string;
  /** Absent only on requests written by AI.Sentinel for .NET, which kept no rule. */
  readonly rule?: ApprovalRule;
  readonly requestedAt: number;
  /** When it ends undecided. */
  readonly expiresAt: number;
  readonly approvalUrl: string;
  readonly estimatedCostUsd?: number;
  /** Every distinct input that was asked for, oldest first. Append-only. */
  readonly asks: readonly AskRecord[];
  /** How often it was asked for, the same input again included. */
  readonly timesAsked: number;
  /** Until when a blocked caller waits; absent where nobody blocks. */
  readonly waitingUntil?: number;
  readonly thread: readonly ThreadMessage[];
  readonly approvals: readonly ApprovalGiven[];
  /** Set once it ended without an approval. */
  readonly ended?: Ending;
  /** Set once enough people approved. */
  readonly grant?: Grant;
}

/** One distinct input that was asked for. What was asked, in full, is an `AskedInput` beside it. */
export interface AskRecord {
  readonly digest: string;
  readonly at: number;
  readonly justification: string;
  readonly justificationSource: JustificationSource;
}

/** An input as people may see it: redacted, with what was said around the call. */
export interface AskedInput {
  readonly requestId: string;
  readonly digest: string;
  readonly input: Json;
  readonly context?: JsonObject;
}

/** A question of an approver or an answer of the caller's side. */
export interface ThreadMessage {
  readonly kind: 'question' | 'answer';
  readonly by: Person;
  readonly at: number;
  readonly message: string;
}

/** One person's approval, and how far it goes. */
export interface ApprovalGiven {
  readonly by: Person;
  readonly at: number;
  readonly note?: string;
  readonly terms: GrantTerms;
}

/** How a request ended without an approval. */
export interface Ending {
  readonly kind: 'rejected' | 'cancelled';
  readonly by: Person;
  readonly at: number;
  readonly reason: string;
}

/** What the approval gave, and how much of it is gone. */
export interface Grant {
  readonly scope: GrantScope;
  /** The only input it covers, where `scope` is `input`. */
  readonly digest?: string;
  readonly since: number;
  readonly expiresAt: number;
  readonly maxUses?: number;
  readonly used: number;
  readonly revoked?: { readonly by: Person; readonly at: number; readonly reason?: string };
}

/** How far an approval goes. */
export interface GrantTerms {
  readonly scope: GrantScope;
  /** The only input it covers, where `scope` is `input`. */
  readonly digest?: string;
  readonly durationMs: number;
  /** Absent: as many calls as the caller likes. */
  readonly maxUses?: number;
}
