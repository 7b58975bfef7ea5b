import { nameOf } from './people.ts';
import type { ApprovalRequest, ApprovalStatus } from './projections.ts';
import { PRIORITIES, type Priority, RISKS, type Risk } from './spec.ts';

/** Counts by outcome of one group of requests. */
export interface OutcomeCounts {
  readonly total: number;
  readonly approved: number;
  readonly rejected: number;
}

/** How requests were dealt with. Durations are milliseconds; null where nothing was decided. */
export interface Statistics {
  readonly pending: number;
  readonly oldestPendingAt: number | null;
  readonly decided: number;
  readonly decisionTimeMs: {
    readonly average: number | null;
    readonly p50: number | null;
    readonly p90: number | null;
    readonly p99: number | null;
  };
  /** Approved among the approved and rejected, 0 to 1. */
  readonly approvalRate: number | null;
  readonly rejectionRate: number | null;
  readonly byStatus: Readonly<Record<ApprovalStatus, number>>;
  readonly byPriority: Readonly<Record<Priority, OutcomeCounts>>;
  readonly byRisk: Readonly<Record<Risk, OutcomeCounts>>;
  readonly byTool: Readonly<Record<string, OutcomeCounts>>;
  readonly byApprover: Readonly<Record<string, OutcomeCounts>>;
}

/** Counts requests and measures how long people took to decide them. */
export function statisticsOf(requests: readonly ApprovalRequest[]): Statistics {
  const waiting = requests.filter(({ status }) => isWaiting(status));
  const approved = requests.filter(({ status }) => status === 'approved').length;
  const rejected = requests.filter(({ status }) => status === 'rejected').length;
  const decided = approved + rejected;
  const times = requests
    .filter(({ status, decision }) => decision && (status === 'approved' || status === 'rejected'))
    .map(({ decision, requestedAt }) => (decision?.at ?? 0) - requestedAt)
    .sort((one, other) => one - other);
  return {
    pending: waiting.length,
    oldestPendingAt: waiting.length > 0 ? least(waiting.map((r) => r.requestedAt)) : null,
    decided,
    decisionTimeMs: {
      average: times.length > 0 ? times.reduce((sum, time) => sum + time, 0) / times.length : null,
      p50: percentile(times, 0.5),
      p90: percentile(times, 0.9),
      p99: percentile(times, 0.99),
    },
    approvalRate: decided > 0 ? approved / decided : null,
    rejectionRate: decided > 0 ? rejected / decided : null,
    byStatus: countStatuses(requests),
    byPriority: groups(requests, PRIORITIES, (request) => [request.priority]),
    byRisk: groups(requests, RISKS, (request) => [request.risk]),
    byTool: groups(requests, [], (request) => [request.toolName]),
    byApprover: groups(requests, [], deciders),
  };
}

function isWaiting(status: ApprovalStatus): boolean {
  return status === 'pending' || status === 'info_requested';
}

function deciders({ approvals, decision, status }: ApprovalRequest): string[] {
  const names = approvals.map(({ by }) => nameOf(by));
  return status === 'rejected' && decision ? [nameOf(decision.by)] : names;
}

function countStatuses(requests: readonly ApprovalRequest[]): Record<ApprovalStatus, number> {
  const counts = {
    pending: 0,
    info_requested: 0,
    approved: 0,
    rejected: 0,
    expired: 0,
    cancelled: 0,
  };
  for (const { status } of requests) counts[status] += 1;
  return counts;
}

/** A Map first, because names such as `__proto__` are legal tool names. */
function groups<K extends string>(
  requests: readonly ApprovalRequest[],
  always: readonly K[],
  namesOf: (request: ApprovalRequest) => readonly K[],
): Record<K, OutcomeCounts> {
  const none: OutcomeCounts = { total: 0, approved: 0, rejected: 0 };
  const counts = new Map<K, OutcomeCounts>(always.map((name) => [name, none]));
  for (const request of requests) {
    for (const name of namesOf(request)) {
      const { total, approved, rejected } = counts.get(name) ?? none;
      counts.set(name, {
        total: total + 1,
        approved: approved + (request.status === 'approved' ? 1 : 0),
        rejected: rejected + (request.status === 'rejected' ? 1 : 0),
      });
    }
  }
  return Object.fromEntries(counts) as Record<K, OutcomeCounts>;
}

/** Nearest rank: the smallest value that at least this share of all values do not exceed. */
function percentile(sorted: readonly number[], share: number): number | null {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? null;
}

function least(numbers: readonly number[]): number {
  return numbers.reduce((one, other) => Math.min(one, other));
}
