import { grantState } from './grants.ts';
import type { IndexEntry, LedgerQuery, Phase } from './ledger.ts';
import { type ApprovalStatus, openQuestion } from './projections.ts';
import type { ApprovalRecord } from './record.ts';
import { RISKS } from './spec.ts';

/** What a record is found and sorted by; a ledger keeps it beside the record. */
export function indexEntry(record: ApprovalRecord): IndexEntry {
  const undecided = record.ended === undefined && record.grant === undefined;
  return {
    phase: phaseOf(record),
    openUntil: undecided ? record.expiresAt : 0,
    liveUntil: liveUntil(record),
    digest: boundDigest(record),
    urgency: urgencyOf(record),
  };
}

/** How a status is found: by phase, and by whether the time to decide has passed. */
export function phasesOf(status: ApprovalStatus): NonNullable<LedgerQuery['phases']> {
  switch (status) {
    case 'pending':
    case 'info_requested':
      return [{ phase: status, open: true }];
    case 'expired':
      return [
        { phase: 'pending', open: false },
        { phase: 'info_requested', open: false },
      ];
    default:
      return [{ phase: status }];
  }
}

function phaseOf(record: ApprovalRecord): Phase {
  if (record.grant) return 'approved';
  if (record.ended) return record.ended.kind;
  return openQuestion(record) ? 'info_requested' : 'pending';
}

function liveUntil({ grant, ended, rule, expiresAt }: ApprovalRecord): number {
  if (grant) return grantState(grant, grant.since) === 'active' ? grant.expiresAt : 0;
  if (ended?.kind === 'rejected') return ended.at + (rule?.rejectionHoldMs ?? 0);
  return ended ? 0 : expiresAt;
}

/** An open request of scope `tool` and a rejection bear on every input, whatever joined them. */
function boundDigest({ grant, rule, asks }: ApprovalRecord): string | null {
  if (grant) return grant.digest ?? null;
  return rule?.grantScope === 'input' ? (asks[0]?.digest ?? null) : null;
}

function urgencyOf({ rule }: ApprovalRecord): number {
  const byRisk = RISKS.length - RISKS.indexOf(rule?.risk ?? 'medium');
  return rule?.priority === 'critical' ? byRisk : byRisk + RISKS.length;
}
