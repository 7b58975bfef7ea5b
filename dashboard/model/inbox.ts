import { batch, computed, signal } from '@preact/signals';
import type { WireApproval, WireEvent } from '../../lib/inbox/wire.ts';
import { readPending } from '../api/approvals.ts';
import type { Failure } from '../api/http.ts';
import { now } from './clock.ts';
import { noticing } from './session.ts';

/** One line of the inbox; `settled` where the request waits no more but the line still stands. */
export interface InboxRow {
  readonly approval: WireApproval;
  readonly settled: boolean;
}

/** What waits, as the server said last; null before it has said anything. */
const waiting = signal<readonly WireApproval[] | null>(null);
/** The order that is on the screen. Nothing moves under the pointer or the focus. */
const shownIds = signal<readonly string[]>([]);
/** Everything that was ever in the list, for lines that outlive their request. */
const known = new Map<string, WireApproval>();

/** Why the list could not be loaded; null: it could. */
export const inboxFailure = signal<Failure | null>(null);
/** The last event of each request since the page was opened. */
export const lastEvents = signal<ReadonlyMap<string, WireEvent>>(new Map());

const reasonsToHold = signal<ReadonlySet<string>>(new Set());
let merging: ReturnType<typeof setTimeout> | undefined;
/** How long nothing has to hold the list before it changes by itself. */
const QUIET_MS = 2000;

/** The lines of the inbox; null while nothing is known. */
export const inboxRows = computed<readonly InboxRow[] | null>(() => {
  if (waiting.value === null) return null;
  const current = new Map(waiting.value.map((approval) => [approval.id, approval]));
  return shownIds.value.flatMap((id) => {
    const approval = current.get(id) ?? known.get(id);
    return approval ? [{ approval, settled: !current.has(id) }] : [];
  });
});

/** What has arrived and is not in the list yet. */
export const arrivals = computed<readonly WireApproval[]>(() => {
  const shown = new Set(shownIds.value);
  return (waiting.value ?? []).filter(({ id }) => !shown.has(id));
});

/** What waits and has time left. */
export const open = computed<readonly WireApproval[]>(() =>
  (waiting.value ?? []).filter(({ expires_at }) => Date.parse(expires_at) > now.value),
);

/** How many wait; null: not known. */
export const openCount = computed(() => (waiting.value === null ? null : open.value.length));

let loading: Promise<void> | undefined;
let again = false;

/** Asks what waits; asked again meanwhile, it asks once more afterwards. */
export function loadInbox(): Promise<void> {
  if (loading) {
    again = true;
    return loading;
  }
  loading = load().finally(() => {
    loading = undefined;
    if (!again) return;
    again = false;
    void loadInbox();
  });
  return loading;
}

async function load(): Promise<void> {
  const answer = noticing(await readPending());
  batch(() => {
    if (!answer.ok) {
      inboxFailure.value = answer.failure;
      return;
    }
    for (const approval of answer.value.approvals) known.set(approval.id, approval);
    const isFirst = waiting.value === null;
    waiting.value = answer.value.approvals;
    inboxFailure.value = null;
    if (isFirst || reasonsToHold.value.size === 0) mergeArrivals();
  });
}

/** Brings in what has arrived, in its place, and lets go of what has settled. */
export function mergeArrivals(): void {
  shownIds.value = (waiting.value ?? []).map(({ id }) => id);
}

/** Draws the list anew, where nobody has it before their eyes yet. */
export function renewInbox(): void {
  reasonsToHold.value = new Set();
  mergeArrivals();
}

/** Holds the list as it is while something speaks for it; lets it go when nothing has for a while. */
export function holdInbox(reason: string, holds: boolean): void {
  const reasons = new Set(reasonsToHold.peek());
  if (holds) reasons.add(reason);
  else reasons.delete(reason);
  reasonsToHold.value = reasons;
  clearTimeout(merging);
  if (reasons.size === 0) merging = setTimeout(mergeArrivals, QUIET_MS);
}

/** Takes a request out of those that wait, once its decision is known. */
export function takeOut(id: string): void {
  waiting.value = waiting.peek()?.filter((approval) => approval.id !== id) ?? null;
}

/** Keeps an event, so that a line can say who settled its request. */
export function noteEvent(event: WireEvent): void {
  lastEvents.value = new Map(lastEvents.value).set(event.approval_id, event);
}

/** The request after this one in the order seen; undefined: none is left. */
export function nextAfter(id: string): string | undefined {
  const order = shownIds.value;
  const waits = new Set(open.value.map((approval) => approval.id));
  const at = order.indexOf(id);
  const later = [...order.slice(at + 1), ...order.slice(0, Math.max(0, at))];
  return (
    later.find((other) => other !== id && waits.has(other)) ??
    open.value.find((other) => other.id !== id)?.id
  );
}
