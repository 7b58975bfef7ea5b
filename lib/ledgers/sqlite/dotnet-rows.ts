import type Database from 'better-sqlite3';
import { indexEntry } from '../../approvals/index-entry.ts';
import type { ApprovalRecord, AskedInput, Ending, Grant } from '../../approvals/record.ts';
import type { Json } from '../../base/json.ts';
import { digestOf } from '../../base/plain-json.ts';
import { toRow } from './rows.ts';
import { ticksToDuration, ticksToTime } from './ticks.ts';

/** A row as AI.Sentinel for .NET wrote it. */
interface DotnetRow {
  readonly id: string;
  readonly caller_id: string;
  readonly policy_name: string;
  readonly tool_name: string;
  readonly args_json: string;
  readonly justification: string | null;
  readonly requested_at: bigint;
  readonly grant_duration_ticks: bigint;
  readonly status: string;
  readonly approved_at: bigint | null;
  readonly denied_at: bigint | null;
  readonly deny_reason: string | null;
  readonly approver_id: string | null;
  readonly approver_note: string | null;
}

/** There, an undecided request never ran out; here it gets a day from its migration. */
const DAY_MS = 24 * 60 * 60 * 1000;

/** Gives every row that .NET wrote the record it amounts to. Runs inside the migration. */
export function adoptDotnetRows(database: Database.Database, now: number): void {
  const rows = database
    .prepare<[], DotnetRow>('SELECT * FROM approval_requests WHERE record IS NULL')
    .safeIntegers()
    .all();
  const update = database.prepare(
    `UPDATE approval_requests SET record = @record, phase = @phase, open_until = @open_until,
       live_until = @live_until, digest = @digest, urgency = @urgency, requested_ms = @requested_ms
     WHERE id = @id`,
  );
  const keepInput = database.prepare(
    'INSERT INTO approval_inputs (request_id, digest, input) VALUES (?, ?, ?)',
  );
  for (const row of rows) {
    const { record, input } = recordOf(row, now);
    const { id, ...columns } = toRow({ record, index: indexEntry(record) }, input);
    update.run({
      id,
      record: columns.record,
      phase: columns.phase,
      open_until: columns.open_until,
      live_until: columns.live_until,
      digest: columns.digest,
      urgency: columns.urgency,
      requested_ms: columns.requested_ms,
    });
    keepInput.run(id, input.digest, JSON.stringify(input.input));
  }
}

function recordOf(row: DotnetRow, now: number): { record: ApprovalRecord; input: AskedInput } {
  const input = parsed(row.args_json);
  const digest = digestOf(input);
  const requestedAt = ticksToTime(row.requested_at);
  const grant = grantOf(row);
  const ended = endingOf(row);
  const isUndecided = !grant && !ended;
  return {
    input: { requestId: row.id, digest, input },
    record: {
      id: row.id,
      caller: { id: row.caller_id, roles: [] },
      toolName: row.tool_name,
      policyName: row.policy_name,
      requestedAt,
      expiresAt: (isUndecided ? now : requestedAt) + DAY_MS,
      approvalUrl: `sentinel://approve/${row.id}`,
      asks: [
        {
          digest,
          at: requestedAt,
          justification: row.justification ?? '',
          justificationSource: 'call',
        },
      ],
      timesAsked: 1,
      thread: [],
      approvals: grant
        ? [
            {
              by: { id: row.approver_id ?? 'unknown' },
              at: grant.since,
              ...(row.approver_note !== null && { note: row.approver_note }),
              terms: { scope: 'tool', durationMs: grant.expiresAt - grant.since },
            },
          ]
        : [],
      ...(grant && { grant }),
      ...(ended && { ended }),
    },
  };
}

function grantOf({ status, approved_at, grant_duration_ticks }: DotnetRow): Grant | undefined {
  if (status !== 'Active' || approved_at === null) return undefined;
  const since = ticksToTime(approved_at);
  return {
    scope: 'tool',
    since,
    expiresAt: since + ticksToDuration(grant_duration_ticks),
    used: 0,
  };
}

function endingOf({ status, denied_at, deny_reason, approver_id }: DotnetRow): Ending | undefined {
  if (status !== 'Denied') return undefined;
  return {
    kind: 'rejected',
    by: { id: approver_id ?? 'unknown' },
    at: denied_at === null ? 0 : ticksToTime(denied_at),
    reason: deny_reason ?? 'No reason was kept.',
  };
}

/** Whatever was kept is shown, JSON or not. */
function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}
