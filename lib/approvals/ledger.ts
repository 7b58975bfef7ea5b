import type { ApprovalEvent, EventDraft } from './events.ts';
import type { ApprovalRecord, AskedInput } from './record.ts';
import type { Priority, Risk } from './spec.ts';

/**
 * What a database has to do for approvals: keep records, keep the log, and tell that something
 * changed. It knows no rule about approvals; whatever it compares (`IndexEntry`) was computed above.
 */
export interface Ledger {
  /**
   * The facts asked for, as of one moment. `now` is the later of the clock and the newest event's
   * time, so that a clock that jumps back revives nothing.
   */
  read(reading: Reading): Promise<Facts>;
  /**
   * Reads, lets `decide` choose, and stores what it chose: all of it or nothing. One write at a
   * time per store, across processes: no other write happens between this one's reading and its
   * storing. Events are numbered, timed and chained here, in commit order. The promise fulfils
   * once the write is as durable as the store promises. What `decide` throws is thrown on, with
   * nothing stored. `decide` is pure and may be called again with newer facts.
   */
  write<T>(reading: Reading, decide: (facts: Facts) => Writing<T>): Promise<T>;
  /** Records in order, a page at a time. */
  query(query: LedgerQuery): Promise<LedgerPage>;
  /** What was asked for in these requests, in full. Unknown ids are left out. */
  inputs(requestIds: readonly string[]): Promise<readonly AskedInput[]>;
  /** Events numbered above `afterSeq`, oldest first, of one request or of all; at most `limit`. */
  events(range: {
    readonly afterSeq: number;
    readonly requestId?: string;
    readonly limit: number;
  }): Promise<readonly ApprovalEvent[]>;
  /** The newest event's number; 0 for an empty log. */
  lastSeq(): Promise<number>;
  /** Every request asked for since a time, as the statistics need them. */
  history(since: number): Promise<readonly ApprovalRecord[]>;
  /** Calls `onChange` soon after events were added, by this process or another. May call too often. */
  watch(onChange: () => void): () => void;
  /** Rejects with a clear error where the store cannot be used. */
  ready(): Promise<void>;
  /** Closes what the ledger itself opened. Idempotent. */
  close(): Promise<void>;
}

/** What a read or a write needs to know. Everything named is in the facts. */
export interface Reading {
  /** These records, in this order; unknown ones are left out. */
  readonly ids?: readonly string[];
  /** The records that may still bear on a call: alive at `now`, any digest where none is kept. */
  readonly live?: {
    readonly callerId: string;
    readonly toolName?: string;
    readonly policyName?: string;
    readonly digest?: string;
  };
  /** How many requests are open: this caller's, and the store's. */
  readonly openOf?: { readonly callerId: string; readonly tenantId?: string | undefined };
  /** The claim of this id; or the newest one without an outcome of such a call. */
  readonly claim?:
    | { readonly id: string }
    | { readonly callerId: string; readonly toolName: string; readonly digest: string };
}

/** What a reading found. */
export interface Facts {
  readonly now: number;
  readonly records: readonly ApprovalRecord[];
  readonly open: { readonly byCaller: number; readonly inStore: number };
  readonly claim?: Claim;
}

/** What a write stores, and what it answers. */
export interface Writing<T> {
  /** New or changed records; one that is there already is replaced. */
  readonly records?: readonly IndexedRecord[];
  /** What was asked for anew. Never changed, never removed. */
  readonly inputs?: readonly AskedInput[];
  /** A new claim, or one with its outcome. */
  readonly claim?: Claim;
  readonly events?: readonly EventDraft[];
  readonly answer: T;
}

/** Uses of grants that were taken together for one call. */
export interface Claim {
  readonly id: string;
  readonly at: number;
  readonly callerId: string;
  readonly toolName: string;
  readonly digest: string;
  readonly requestIds: readonly string[];
  readonly outcome?: Outcome;
  readonly outcomeAt?: number;
}

/** What became of a call: it ran; it ran and threw; it never started. */
export const OUTCOMES = ['executed', 'failed', 'not_run'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** The part of a request's state that never depends on the time. */
export type Phase = 'pending' | 'info_requested' | 'approved' | 'rejected' | 'cancelled';

/** A record with what it is found and sorted by. */
export interface IndexedRecord {
  readonly record: ApprovalRecord;
  readonly index: IndexEntry;
}

/** Columns of a record's row, computed by the domain; a ledger compares them and nothing else. */
export interface IndexEntry {
  readonly phase: Phase;
  /** Somebody may still decide it before this time; 0 once decided. */
  readonly openUntil: number;
  /** It may bear on new calls before this time: open, granting, or holding after a rejection. */
  readonly liveUntil: number;
  /** The one input it bears on; null: any. */
  readonly digest: string | null;
  /** The smaller the more urgent: critical priority first, then by risk. */
  readonly urgency: number;
}

/** Which records, in which order. */
export interface LedgerQuery {
  /** Any of these; empty: none. Absent: all. */
  readonly phases?: readonly {
    readonly phase: Phase;
    /** Only those still (or no longer) to be decided at the ledger's `now`. */
    readonly open?: boolean;
  }[];
  readonly priority?: Priority;
  readonly risk?: Risk;
  readonly toolName?: string;
  readonly callerId?: string;
  /** Of this tenant only; null: of no tenant only. */
  readonly tenantId?: string | null;
  /** Occurs, in any case, in the id, tool, caller, justification or an input. */
  readonly text?: string;
  /** Newest: by `requestedAt` and id, descending. Urgent: by urgency, then oldest first. */
  readonly order: 'newest' | 'urgent';
  /** Only what comes after this place in the order. */
  readonly after?: SortKey;
  readonly limit: number;
}

/** A place in an order. */
export interface SortKey {
  readonly urgency: number;
  readonly requestedAt: number;
  readonly id: string;
}

/** A page of records, with the inputs that belong to them. */
export interface LedgerPage {
  readonly now: number;
  readonly records: readonly ApprovalRecord[];
  readonly inputs: readonly AskedInput[];
  /** Where the next page begins; absent on the last one. */
  readonly next?: SortKey;
}
