import { grantState } from '../../approvals/grants.ts';
import type { IndexedRecord } from '../../approvals/ledger.ts';
import type { ApprovalRecord, AskedInput } from '../../approvals/record.ts';
import { durationToTicks, timeToTicks } from './ticks.ts';

/** The columns that AI.Sentinel for .NET reads, with the meaning they have there. */
function sharedColumns({ ended, grant, approvals, rule }: ApprovalRecord) {
  const last = approvals.at(-1);
  const ending = endingOf(ended, grant);
  const granted = grant?.expiresAt === undefined ? undefined : grant.expiresAt - grant.since;
  return {
    grant_duration_ticks: durationToTicks(granted ?? rule?.grantDurationMs ?? 0),
    status: ending ? 'Denied' : grant ? 'Active' : 'Pending',
    approved_at: grant ? timeToTicks(grant.since) : null,
    denied_at: ending ? timeToTicks(ending.at) : null,
    deny_reason: ending?.reason ?? null,
    approver_id: (ended?.kind === 'rejected' ? ended.by.id : last?.by.id) ?? null,
    approver_note: last?.note ?? null,
  };
}

/** An expired grant stays `Active` there, since its end follows from the time; others do not. */
function endingOf(
  ended: ApprovalRecord['ended'],
  grant: ApprovalRecord['grant'],
): { readonly at: number; readonly reason: string } | undefined {
  if (ended) return ended;
  if (!grant) return undefined;
  if (grant.revoked) return { at: grant.revoked.at, reason: grant.revoked.reason ?? 'revoked' };
  const isUsed = grantState(grant, grant.since) === 'used';
  return isUsed ? { at: grant.expiresAt, reason: 'used' } : undefined;
}

/** A record as the row it is kept in. `args_json` is the first input, and never changes. */
export function toRow({ record, index }: IndexedRecord, first: AskedInput | undefined) {
  return {
    id: record.id,
    caller_id: record.caller.id,
    policy_name: record.policyName,
    tool_name: record.toolName,
    args_json: JSON.stringify(first?.input ?? null),
    justification: record.asks[0]?.justification ?? null,
    requested_at: timeToTicks(record.requestedAt),
    ...sharedColumns(record),
    tenant_id: record.caller.tenantId ?? null,
    record: JSON.stringify(record),
    phase: index.phase,
    open_until: index.openUntil,
    live_until: index.liveUntil,
    digest: index.digest,
    urgency: index.urgency,
    priority: record.rule?.priority ?? 'medium',
    risk: record.rule?.risk ?? 'medium',
    requested_ms: record.requestedAt,
  };
}
