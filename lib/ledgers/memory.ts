import { type ApprovalEvent, EMPTY_LOG, type LogHead, sealEvent } from '../approvals/events.ts';
import type {
  Claim,
  Facts,
  IndexEntry,
  IndexedRecord,
  Ledger,
  LedgerPage,
  LedgerQuery,
  Reading,
  Writing,
} from '../approvals/ledger.ts';
import { ledgerStore } from '../approvals/ledger-store.ts';
import type { ApprovalRecord, AskedInput } from '../approvals/record.ts';
import type { OwningStore } from '../approvals/store.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { refuseUnknownOptions, requireObject } from '../base/options.ts';

/** How many settled requests are kept before the oldest are forgotten. */
const MOST_SETTLED_IN_MEMORY = 10_000;

/** How many log entries and claims are kept, whatever they belong to: a bound, not a promise. */
const MOST_ENTRIES_IN_MEMORY = 100_000;

/** A row, with everything that hangs on it. */
interface Row extends IndexedRecord {
  readonly inputs: readonly AskedInput[];
}

/** Approvals in this process's memory, for as long as it lives. */
export class MemoryLedger implements Ledger {
  private readonly rows = new Map<string, Row>();
  /** Ids by caller of the rows that were alive when last looked at. */
  private readonly alive = new Map<string, Set<string>>();
  private readonly open = new Set<string>();
  /** Before this time none of the open ones runs out. */
  private allOpenUntil = Number.POSITIVE_INFINITY;
  /** In the order in which they settled, as far as it was noticed. */
  private readonly settled = new Set<string>();
  private readonly claims = new Map<string, Claim>();
  private log: ApprovalEvent[] = [];
  private head: LogHead = EMPTY_LOG;
  private forgottenSinceSweep = 0;
  /** More rows than this that are not known to be settled, and they are looked through. */
  private mostUnsettled: number;
  private readonly watchers = new Set<() => void>();
  private readonly clock: Clock;
  private readonly mostSettled: number;

  constructor(clock: Clock = systemClock, mostSettled = MOST_SETTLED_IN_MEMORY) {
    this.clock = clock;
    this.mostSettled = mostSettled;
    this.mostUnsettled = mostSettled;
  }

  async read(reading: Reading): Promise<Facts> {
    return this.facts(reading);
  }

  async write<T>(reading: Reading, decide: (facts: Facts) => Writing<T>): Promise<T> {
    const facts = this.facts(reading);
    const { records = [], inputs = [], claim, events = [], answer } = decide(facts);
    // Whatever can fail comes first: from here on everything is stored, or nothing was.
    const sealed: ApprovalEvent[] = [];
    for (const draft of events)
      sealed.push(sealEvent(draft, sealed.at(-1) ?? this.head, facts.now));
    for (const indexed of records) this.put(indexed, inputs, facts.now);
    if (claim) this.claims.set(claim.id, claim);
    this.log.push(...sealed);
    this.head = sealed.at(-1) ?? this.head;
    this.forgetOldest();
    if (events.length > 0) for (const onChange of [...this.watchers]) onChange();
    return answer;
  }

  async query(query: LedgerQuery): Promise<LedgerPage> {
    const now = this.now();
    const order = query.order === 'urgent' ? byUrgency : byNewest;
    const after = query.after;
    const found = [...this.rows.values()]
      .filter((row) => matches(row, query, now))
      .filter((row) => after === undefined || order(row, keyRow(after)) > 0)
      .sort(order);
    const page = found.slice(0, query.limit);
    const last = page.at(-1);
    return {
      now,
      records: page.map(({ record }) => record),
      inputs: page.flatMap(({ inputs }) => inputs),
      ...(last && found.length > page.length && { next: { ...last.record, ...last.index } }),
    };
  }

  async inputs(requestIds: readonly string[]): Promise<readonly AskedInput[]> {
    return requestIds.flatMap((id) => this.rows.get(id)?.inputs ?? []);
  }

  async events({ afterSeq, requestId, limit }: Parameters<Ledger['events']>[0]) {
    const from = this.placeAfter(afterSeq);
    if (requestId === undefined) return this.log.slice(from, from + limit);
    return this.log
      .slice(from)
      .filter((event) => event.requestId === requestId)
      .slice(0, limit);
  }

  async lastSeq(): Promise<number> {
    return this.head.seq;
  }

  async history(since: number): Promise<readonly ApprovalRecord[]> {
    return [...this.rows.values()]
      .map(({ record }) => record)
      .filter(({ requestedAt }) => requestedAt >= since);
  }

  watch(onChange: () => void): () => void {
    const own = () => onChange();
    this.watchers.add(own);
    return () => this.watchers.delete(own);
  }

  async ready(): Promise<void> {}

  async close(): Promise<void> {
    this.watchers.clear();
  }

  private now(): number {
    return Math.max(this.clock(), this.head.at);
  }

  private facts({ ids = [], live, openOf, claim }: Reading): Facts {
    const now = this.now();
    const named = ids.map((id) => this.rows.get(id));
    const found = live ? this.live(live, now) : [];
    const wanted = claim && this.findClaim(claim);
    return {
      now,
      records: [...named, ...found].flatMap((row) => (row ? [row.record] : [])),
      open: openOf ? this.countOpen(openOf, now) : { byCaller: 0, inStore: 0 },
      ...(wanted && { claim: wanted }),
    };
  }

  private live(wanted: NonNullable<Reading['live']>, now: number): Row[] {
    const { callerId, toolName, policyName, digest } = wanted;
    return this.rowsOf(callerId, now).filter(
      ({ record, index }) =>
        index.liveUntil > now &&
        (toolName === undefined || record.toolName === toolName) &&
        (policyName === undefined || record.policyName === policyName) &&
        (digest === undefined || index.digest === null || index.digest === digest),
    );
  }

  /** The caller's rows that are alive; those that have run out for good are let go. */
  private rowsOf(callerId: string, now: number): Row[] {
    const found: Row[] = [];
    for (const id of this.alive.get(callerId) ?? []) {
      const row = this.rows.get(id);
      if (row && row.index.liveUntil > now) found.push(row);
      else if (!row || this.isPast(row.index.liveUntil)) this.settle(id, callerId);
    }
    return found;
  }

  /** Whether a time will never come again: the clock may be set back, the log's time may not. */
  private isPast(time: number): boolean {
    return time <= this.head.at;
  }

  private countOpen({ callerId, tenantId }: NonNullable<Reading['openOf']>, now: number) {
    const own = this.rowsOf(callerId, now).filter(
      ({ record, index }) => index.openUntil > now && record.caller.tenantId === tenantId,
    );
    const runOut = this.countRunOut(now);
    return { byCaller: own.length, inStore: this.open.size - runOut };
  }

  /**
   * How many of the open rows have run out, letting go of those that have for good. Looks through
   * all of them, but only when one may have run out.
   */
  private countRunOut(now: number): number {
    if (now < this.allOpenUntil) return 0;
    let runOut = 0;
    this.allOpenUntil = Number.POSITIVE_INFINITY;
    for (const id of this.open) {
      const row = this.rows.get(id);
      const openUntil = row?.index.openUntil ?? 0;
      if (row && !this.isPast(openUntil)) {
        this.allOpenUntil = Math.min(this.allOpenUntil, openUntil);
        if (openUntil <= now) runOut += 1;
      } else {
        this.open.delete(id);
        if (row && this.isPast(row.index.liveUntil)) this.settle(id, row.record.caller.id);
      }
    }
    return runOut;
  }

  private findClaim(wanted: NonNullable<Reading['claim']>): Claim | undefined {
    if ('id' in wanted) return this.claims.get(wanted.id);
    return [...this.claims.values()].findLast(
      ({ callerId, toolName, digest, outcome }) =>
        outcome === undefined &&
        callerId === wanted.callerId &&
        toolName === wanted.toolName &&
        digest === wanted.digest,
    );
  }

  private put({ record, index }: IndexedRecord, inputs: readonly AskedInput[], now: number): void {
    const { id, caller } = record;
    const before = this.rows.get(id)?.inputs ?? [];
    const added = inputs.filter(({ requestId }) => requestId === id);
    this.rows.set(id, { record, index, inputs: before.concat(added) });
    if (index.openUntil > now) {
      this.open.add(id);
      this.allOpenUntil = Math.min(this.allOpenUntil, index.openUntil);
    } else {
      this.open.delete(id);
    }
    if (index.liveUntil > now) this.enliven(id, caller.id);
    else this.settle(id, caller.id);
  }

  private enliven(id: string, callerId: string): void {
    const ids = this.alive.get(callerId) ?? new Set();
    this.alive.set(callerId, ids.add(id));
  }

  private settle(id: string, callerId: string): void {
    const ids = this.alive.get(callerId);
    ids?.delete(id);
    if (ids?.size === 0) this.alive.delete(callerId);
    this.open.delete(id);
    this.settled.add(id);
  }

  /** Grants run out unnoticed where their callers never come back; now and then all are looked at. */
  private settleThosePast(): void {
    if (this.rows.size - this.settled.size <= this.mostUnsettled) return;
    for (const [id, { record, index }] of this.rows) {
      if (!this.settled.has(id) && this.isPast(index.liveUntil)) this.settle(id, record.caller.id);
    }
    this.mostUnsettled = Math.max(this.mostSettled, 2 * (this.rows.size - this.settled.size));
  }

  /** Keeps memory bounded: of settled requests only the newest stay, with what hangs on them. */
  private forgetOldest(): void {
    this.settleThosePast();
    for (const id of this.settled) {
      if (this.settled.size <= this.mostSettled) break;
      this.settled.delete(id);
      this.rows.delete(id);
      this.forgottenSinceSweep += 1;
    }
    for (const id of this.claims.keys()) {
      if (this.claims.size <= MOST_ENTRIES_IN_MEMORY) break;
      this.claims.delete(id);
    }
    // Sweeping costs the log's length, so it is done once for many requests forgotten.
    if (
      this.forgottenSinceSweep > this.mostSettled ||
      this.log.length > 2 * MOST_ENTRIES_IN_MEMORY
    ) {
      this.sweep();
    }
  }

  /** From the front only, so that what is left of the log is still one chain. */
  private sweep(): void {
    const surplus = this.log.length - MOST_ENTRIES_IN_MEMORY;
    const kept = this.log.findIndex(
      ({ requestId }, place) => place >= surplus && this.rows.has(requestId),
    );
    this.log = kept < 0 ? [] : this.log.slice(kept);
    for (const [id, { requestIds }] of this.claims) {
      if (!requestIds.some((requestId) => this.rows.has(requestId))) this.claims.delete(id);
    }
    this.forgottenSinceSweep = 0;
  }

  /** Where in the log the events above a number begin: numbers rise, though some may be forgotten. */
  private placeAfter(seq: number): number {
    let low = 0;
    let high = this.log.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.log[middle]?.seq ?? 0) > seq) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

type Sortable = { readonly record: Pick<ApprovalRecord, 'id' | 'requestedAt'> } & {
  readonly index: Pick<IndexEntry, 'urgency'>;
};

function keyRow({ urgency, requestedAt, id }: NonNullable<LedgerQuery['after']>): Sortable {
  return { record: { id, requestedAt }, index: { urgency } };
}

function byNewest(one: Sortable, other: Sortable): number {
  return (
    other.record.requestedAt - one.record.requestedAt || compare(other.record.id, one.record.id)
  );
}

function byUrgency(one: Sortable, other: Sortable): number {
  return (
    one.index.urgency - other.index.urgency ||
    one.record.requestedAt - other.record.requestedAt ||
    compare(one.record.id, other.record.id)
  );
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

function matches({ record, index, inputs }: Row, query: LedgerQuery, now: number): boolean {
  const { phases, priority, risk, toolName, callerId, tenantId, text } = query;
  return (
    (phases?.some(
      ({ phase, open }) =>
        phase === index.phase && (open === undefined || open === index.openUntil > now),
    ) ??
      true) &&
    (priority === undefined || (record.rule?.priority ?? 'medium') === priority) &&
    (risk === undefined || (record.rule?.risk ?? 'medium') === risk) &&
    (toolName === undefined || record.toolName === toolName) &&
    (callerId === undefined || record.caller.id === callerId) &&
    (tenantId === undefined || (record.caller.tenantId ?? null) === tenantId) &&
    (text === undefined || contains(record, inputs, text.toLowerCase()))
  );
}

function contains(record: ApprovalRecord, inputs: readonly AskedInput[], text: string): boolean {
  const places = [
    record.id,
    record.toolName,
    record.caller.id,
    ...record.asks.map(({ justification }) => justification),
    ...inputs.map(({ input }) => JSON.stringify(input)),
  ];
  return places.some((place) => place.toLowerCase().includes(text));
}

/**
 * The default store: decisions in this process's memory, for as long as it lives. Wakes waiting
 * calls at once.
 *
 * @param options.clock the time everything is judged by; default: the system's
 * @param options.logger told when a listener throws; default: `console`
 */
export function memoryStore(
  options: { readonly clock?: Clock; readonly logger?: Logger } = {},
): OwningStore {
  requireObject('memoryStore', options);
  refuseUnknownOptions('memoryStore', options, ['clock', 'logger']);
  return ledgerStore(new MemoryLedger(options.clock), options);
}
