import type Database from 'better-sqlite3';
import { type ApprovalEvent, type LogHead, sealEvent } from '../../approvals/events.ts';
import type {
  Claim,
  Facts,
  IndexedRecord,
  Ledger,
  LedgerPage,
  LedgerQuery,
  Reading,
  Writing,
} from '../../approvals/ledger.ts';
import type { ApprovalRecord, AskedInput } from '../../approvals/record.ts';
import type { Clock } from '../../base/clock.ts';
import { openDatabase } from './open.ts';
import { querySql } from './query.ts';
import { toRow } from './rows.ts';
import { WalWatch } from './wal-watch.ts';

/** For how long a write tries to get its turn before it fails: other processes' writes are short. */
const WRITE_PATIENCE_MS = 10_000;

const SELECT = {
  head: 'SELECT seq, at, hash FROM approval_log_head',
  record: 'SELECT record FROM approval_requests WHERE id = ?',
  live: `SELECT record FROM approval_requests
    WHERE caller_id = @callerId AND live_until > 0 AND live_until > @now
      AND (@toolName IS NULL OR tool_name = @toolName)
      AND (@policyName IS NULL OR policy_name = @policyName)
      AND (@digest IS NULL OR digest IS NULL OR digest = @digest)`,
  openByCaller: `SELECT count(*) FROM approval_requests
    WHERE open_until > 0 AND open_until > @now AND caller_id = @callerId AND tenant_id IS @tenantId`,
  openInStore: 'SELECT count(*) FROM approval_requests WHERE open_until > 0 AND open_until > @now',
  inputs: `SELECT request_id, digest, input, context FROM approval_inputs
    WHERE request_id IN (SELECT value FROM json_each(?))`,
  claim: 'SELECT * FROM approval_claims WHERE id = ?',
  openClaim: `SELECT * FROM approval_claims
    WHERE outcome IS NULL AND caller_id = @callerId AND tool_name = @toolName AND digest = @digest
    ORDER BY at DESC, rowid DESC LIMIT 1`,
  events: 'SELECT * FROM approval_events WHERE seq > @afterSeq ORDER BY seq LIMIT @limit',
  eventsOf: `SELECT * FROM approval_events WHERE request_id = @requestId AND seq > @afterSeq
    ORDER BY seq LIMIT @limit`,
  history: 'SELECT record FROM approval_requests WHERE requested_ms >= ?',
};

const COLUMNS = [
  'id',
  'caller_id',
  'policy_name',
  'tool_name',
  'args_json',
  'justification',
  'requested_at',
  'grant_duration_ticks',
  'status',
  'approved_at',
  'denied_at',
  'deny_reason',
  'approver_id',
  'approver_note',
  'tenant_id',
  'record',
  'phase',
  'open_until',
  'live_until',
  'digest',
  'urgency',
  'priority',
  'risk',
  'requested_ms',
];

/** Known when a request is opened, and never changed by what happens to it. */
const FIXED = new Set(['id', 'args_json']);

const STORE = {
  record: `INSERT INTO approval_requests (${COLUMNS.join(', ')})
    VALUES (${COLUMNS.map((name) => `@${name}`).join(', ')})
    ON CONFLICT (id) DO UPDATE SET ${COLUMNS.filter((name) => !FIXED.has(name))
      .map((name) => `${name} = excluded.${name}`)
      .join(', ')}`,
  input: `INSERT OR IGNORE INTO approval_inputs (request_id, digest, input, context)
    VALUES (?, ?, ?, ?)`,
  claim: `INSERT INTO approval_claims
      (id, at, caller_id, tool_name, digest, request_ids, outcome, outcome_at)
    VALUES (@id, @at, @callerId, @toolName, @digest, @requestIds, @outcome, @outcomeAt)
    ON CONFLICT (id) DO UPDATE SET outcome = excluded.outcome, outcome_at = excluded.outcome_at`,
  event: `INSERT INTO approval_events
      (seq, at, request_id, type, by_json, data_json, previous_hash, hash)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  head: 'UPDATE approval_log_head SET seq = ?, at = ?, hash = ?',
};

type Statements<T> = { readonly [K in keyof T]: Database.Statement };

interface ClaimRow {
  readonly id: string;
  readonly at: number;
  readonly caller_id: string;
  readonly tool_name: string;
  readonly digest: string;
  readonly request_ids: string;
  readonly outcome: Claim['outcome'] | null;
  readonly outcome_at: number | null;
}

interface EventRow {
  readonly seq: number;
  readonly at: number;
  readonly request_id: string;
  readonly type: ApprovalEvent['type'];
  readonly by_json: string;
  readonly data_json: string;
  readonly previous_hash: string;
  readonly hash: string;
}

/** Approvals in one SQLite file, shared by any number of processes of one host. */
export class SqliteLedger implements Ledger {
  private readonly clock: Clock;
  private readonly database: Database.Database;
  private readonly select: Statements<typeof SELECT>;
  private readonly store: Statements<typeof STORE>;
  private readonly watchers = new Set<() => void>();
  private readonly walWatch: WalWatch;

  constructor(path: string, pollMs: number, clock: Clock) {
    this.clock = clock;
    this.database = openDatabase(path, clock);
    this.database.function('sentinel_lower', { deterministic: true }, (text: unknown) =>
      String(text).toLowerCase(),
    );
    this.select = this.prepared(SELECT);
    this.store = this.prepared(STORE);
    this.walWatch = new WalWatch(path, pollMs, clock, () => this.tellWatchers());
  }

  async read(reading: Reading): Promise<Facts> {
    return this.database.transaction(() => this.facts(reading))();
  }

  async write<T>(reading: Reading, decide: (facts: Facts) => Writing<T>): Promise<T> {
    const transaction = this.database.transaction(() => {
      const facts = this.facts(reading);
      const writing = decide(facts);
      this.keep(writing, facts.now);
      return writing;
    });
    const { events = [], answer } = await this.inTurn(() => transaction.immediate());
    if (events.length > 0) this.tellWatchers();
    return answer;
  }

  async query(query: LedgerQuery): Promise<LedgerPage> {
    return this.database.transaction(() => {
      const now = this.now();
      const { sql, parameters } = querySql(query, now);
      const rows = this.database
        .prepare<unknown[], { record: string; urgency: number }>(
          `SELECT record, urgency FROM approval_requests${sql}`,
        )
        .all(parameters);
      const page = rows.slice(0, query.limit);
      const records = Array.from(page, ({ record }) => parse<ApprovalRecord>(record));
      const last = records.at(-1);
      return {
        now,
        records,
        inputs: this.inputsOf(records.map(({ id }) => id)),
        ...(last &&
          rows.length > page.length && {
            next: {
              urgency: page.at(-1)?.urgency ?? 0,
              requestedAt: last.requestedAt,
              id: last.id,
            },
          }),
      };
    })();
  }

  async inputs(requestIds: readonly string[]): Promise<readonly AskedInput[]> {
    return this.inputsOf(requestIds);
  }

  async events(range: Parameters<Ledger['events']>[0]): Promise<readonly ApprovalEvent[]> {
    const statement = range.requestId === undefined ? this.select.events : this.select.eventsOf;
    // The driver's arrays may come from another realm (a test runner's); ours are our own.
    return Array.from(statement.all(range) as EventRow[], toEvent);
  }

  async lastSeq(): Promise<number> {
    return this.head().seq;
  }

  async history(since: number): Promise<readonly ApprovalRecord[]> {
    const rows = this.select.history.all(since) as { record: string }[];
    return Array.from(rows, ({ record }) => parse<ApprovalRecord>(record));
  }

  watch(onChange: () => void): () => void {
    const own = () => onChange();
    this.watchers.add(own);
    if (this.watchers.size === 1) this.walWatch.start();
    return () => {
      this.watchers.delete(own);
      if (this.watchers.size === 0) this.walWatch.stop();
    };
  }

  async ready(): Promise<void> {
    this.head();
  }

  async close(): Promise<void> {
    this.watchers.clear();
    this.walWatch.stop();
    this.database.close();
  }

  /**
   * Tries until the write lock is free. SQLite itself waits by standing still, so it is given a few
   * milliseconds only, and other work goes on between the tries.
   */
  private async inTurn<T>(attempt: () => T): Promise<T> {
    for (let waited = 0; ; ) {
      try {
        return attempt();
      } catch (error) {
        const isBusy = String((error as { code?: unknown }).code).startsWith('SQLITE_BUSY');
        if (!isBusy || waited >= WRITE_PATIENCE_MS) throw error;
        const pause = 1 + Math.random() * 9;
        waited += pause + 20;
        await new Promise<void>((resolve) => setTimeout(resolve, pause));
      }
    }
  }

  private facts({ ids = [], live, openOf, claim }: Reading): Facts {
    const now = this.now();
    const rows = [
      ...ids.map((id) => this.select.record.get(id)),
      ...(live ? this.select.live.all({ ...NO_FILTER, ...live, now }) : []),
    ] as ({ record: string } | undefined)[];
    const row = claim && this.findClaim(claim);
    return {
      now,
      records: rows.flatMap((found) => (found ? [parse<ApprovalRecord>(found.record)] : [])),
      open: openOf
        ? {
            byCaller: this.count(this.select.openByCaller, {
              now,
              callerId: openOf.callerId,
              tenantId: openOf.tenantId ?? null,
            }),
            inStore: this.count(this.select.openInStore, { now }),
          }
        : { byCaller: 0, inStore: 0 },
      ...(row && { claim: toClaim(row) }),
    };
  }

  private keep<T>(
    { records = [], inputs = [], claim, events = [] }: Writing<T>,
    now: number,
  ): void {
    for (const indexed of records) this.keepRecord(indexed, inputs);
    for (const { requestId, digest, input, context } of inputs) {
      const kept = context === undefined ? null : JSON.stringify(context);
      this.store.input.run(requestId, digest, JSON.stringify(input), kept);
    }
    if (claim) {
      const { requestIds, outcome = null, outcomeAt = null } = claim;
      this.store.claim.run({
        ...claim,
        requestIds: JSON.stringify(requestIds),
        outcome,
        outcomeAt,
      });
    }
    if (events.length === 0) return;
    let head = this.head();
    for (const draft of events) {
      const event = sealEvent(draft, head, now);
      this.store.event.run(
        event.seq,
        event.at,
        event.requestId,
        event.type,
        JSON.stringify(event.by),
        JSON.stringify(event.data),
        event.previousHash,
        event.hash,
      );
      head = event;
    }
    this.store.head.run(head.seq, head.at, head.hash);
  }

  private keepRecord(indexed: IndexedRecord, inputs: readonly AskedInput[]): void {
    const first = inputs.find(({ requestId }) => requestId === indexed.record.id);
    this.store.record.run(toRow(indexed, first));
  }

  private inputsOf(requestIds: readonly string[]): AskedInput[] {
    const rows = this.select.inputs.all(JSON.stringify(requestIds)) as {
      request_id: string;
      digest: string;
      input: string;
      context: string | null;
    }[];
    return Array.from(rows, ({ request_id, digest, input, context }) => ({
      requestId: request_id,
      digest,
      input: parse(input),
      ...(context !== null && { context: parse(context) }),
    }));
  }

  private findClaim(wanted: NonNullable<Reading['claim']>): ClaimRow | undefined {
    const row =
      'id' in wanted ? this.select.claim.get(wanted.id) : this.select.openClaim.get(wanted);
    return row as ClaimRow | undefined;
  }

  private now(): number {
    return Math.max(this.clock(), this.head().at);
  }

  private head(): LogHead {
    return this.select.head.get() as LogHead;
  }

  private count(statement: Database.Statement, parameters: object): number {
    return Object.values(statement.get(parameters) as Record<string, number>)[0] ?? 0;
  }

  private tellWatchers(): void {
    for (const onChange of [...this.watchers]) onChange();
  }

  private prepared<T extends Readonly<Record<string, string>>>(sql: T): Statements<T> {
    return Object.fromEntries(
      Object.entries(sql).map(([name, text]) => [name, this.database.prepare(text)]),
    ) as Statements<T>;
  }
}

const NO_FILTER = { toolName: null, policyName: null, digest: null };

function toClaim(row: ClaimRow): Claim {
  return {
    id: row.id,
    at: row.at,
    callerId: row.caller_id,
    toolName: row.tool_name,
    digest: row.digest,
    requestIds: parse(row.request_ids),
    ...(row.outcome !== null && { outcome: row.outcome as NonNullable<Claim['outcome']> }),
    ...(row.outcome_at !== null && { outcomeAt: row.outcome_at }),
  };
}

function toEvent(row: EventRow): ApprovalEvent {
  return {
    seq: row.seq,
    at: row.at,
    requestId: row.request_id,
    type: row.type,
    by: parse(row.by_json),
    data: parse(row.data_json),
    previousHash: row.previous_hash,
    hash: row.hash,
  };
}

function parse<T>(text: string): T {
  return JSON.parse(text) as T;
}
