import type { JsonObject } from '../base/json.ts';
import { canonicalJson, sha256 } from '../base/plain-json.ts';
import type { Person } from './people.ts';

/** Everything that can happen to a request. */
export const EVENT_TYPES = [
  'requested',
  'joined',
  'info_requested',
  'responded',
  'approved',
  'rejected',
  'cancelled',
  'revoked',
  'claimed',
  'outcome',
] as const;
export type ApprovalEventType = (typeof EVENT_TYPES)[number];

/** What happened, before it has its place in the log. */
export interface EventDraft {
  readonly requestId: string;
  readonly type: ApprovalEventType;
  /** Who did it; a caller is a person with its caller id. */
  readonly by: Person;
  readonly data: JsonObject;
}

/** One entry of a store's append-only log. */
export interface ApprovalEvent extends EventDraft {
  /** Its number: from 1, without gaps, in commit order. */
  readonly seq: number;
  /** Milliseconds since 1970, UTC; never before the entry in front of it. */
  readonly at: number;
  /** The hash of the entry in front of it; `GENESIS_HASH` for the first. */
  readonly previousHash: string;
  /** SHA-256 of this entry's canonical JSON without `hash`. */
  readonly hash: string;
}

/** What the first entry of a log names as the hash before it. */
export const GENESIS_HASH = '0'.repeat(64);

/** The end of a log: what the next entry continues. */
export interface LogHead {
  readonly seq: number;
  readonly at: number;
  readonly hash: string;
}

/** The head of a log without entries. */
export const EMPTY_LOG: LogHead = { seq: 0, at: 0, hash: GENESIS_HASH };

/** Gives a draft the place after `head`: its number, its time and its link in the chain. */
export function sealEvent(draft: EventDraft, head: LogHead, now: number): ApprovalEvent {
  const { requestId, type, by, data } = draft;
  const at = Math.max(now, head.at);
  const entry = { seq: head.seq + 1, at, requestId, type, by, data, previousHash: head.hash };
  return { ...entry, hash: hashOf(entry) };
}

/** The first entry that does not continue the one before it, or was changed since it was written. */
export function findBrokenEvent(
  events: Iterable<ApprovalEvent>,
  start: Pick<LogHead, 'seq' | 'hash'> = EMPTY_LOG,
): ApprovalEvent | undefined {
  let { seq, hash } = start;
  for (const event of events) {
    const { hash: claimed, ...entry } = event;
    if (event.seq !== seq + 1 || event.previousHash !== hash || hashOf(entry) !== claimed) {
      return event;
    }
    ({ seq, hash } = event);
  }
  return undefined;
}

function hashOf(entry: Omit<ApprovalEvent, 'hash'>): string {
  return sha256(canonicalJson(entry as unknown as JsonObject));
}
