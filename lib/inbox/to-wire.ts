import type { ApprovalEvent } from '../approvals/events.ts';
import type { Approver, Person } from '../approvals/people.ts';
import type { ApprovalRequest } from '../approvals/projections.ts';
import type { GrantTerms } from '../approvals/record.ts';
import type { Json } from '../base/json.ts';
import { previewOf } from './preview.ts';
import type {
  WireApproval,
  WireApprovalDetail,
  WireEvent,
  WireGrant,
  WireMe,
  WirePermission,
  WirePerson,
  WireTerms,
} from './wire.ts';

/** What may be done to a request, each with the refusal where not. */
export type Permissions = Readonly<
  Record<'approve' | 'reject' | 'requestInfo' | 'revoke', Error | null>
>;

/** A request as listings show it: with as much of its inputs as tells requests apart. */
export function listedToWire(request: ApprovalRequest): WireApproval {
  const { inputs, isCut } = previewOf(request.asks.map(({ input }) => input));
  return approvalToWire(
    {
      ...request,
      asks: request.asks.map(({ context: _, ...ask }, at) => ({
        ...ask,
        input: inputs[at] ?? null,
      })),
    },
    isCut || request.asks.some(({ context }) => context !== undefined),
  );
}

/** A request with its inputs as they are given. */
function approvalToWire(request: ApprovalRequest, inputsCut: boolean): WireApproval {
  const { rule, caller, decision, grant } = request;
  const asks = request.asks.map((ask) => ({
    digest: ask.digest,
    asked_at: time(ask.at),
    action_inputs: ask.input,
    justification: ask.justification,
    justification_source: ask.justificationSource,
    context: ask.context ?? null,
  }));
  return {
    id: request.id,
    approval_id: request.id,
    status: request.status,
    version: request.version,
    action_name: request.toolName,
    policy_name: request.policyName,
    agent_id: caller.id,
    agent_roles: caller.roles,
    tenant_id: caller.tenantId ?? null,
    description: rule?.description ?? null,
    description_by: rule?.description === undefined ? null : 'rule',
    risk_level: request.risk,
    priority: request.priority,
    estimated_cost_usd: request.estimatedCostUsd ?? null,
    action_inputs: asks[0]?.action_inputs ?? null,
    inputs_cut: inputsCut,
    justification: asks[0]?.justification ?? '',
    asks,
    times_asked: request.timesAsked,
    created_at: time(request.requestedAt),
    expires_at: time(request.expiresAt),
    waiting_until: timeOrNull(request.waitingUntil),
    approval_url: request.approvalUrl,
    required_role: rule?.role ?? null,
    approvers: rule?.approvers ?? [],
    required_approvals: rule?.requiredApprovals ?? 1,
    allowed: termsToWire(request.allowed),
    approvals: request.approvals.map(({ by, at, note, terms }) => ({
      by: personToWire(by),
      at: time(at),
      note: note ?? null,
      terms: termsToWire(terms),
    })),
    info_request_message: request.infoRequest?.message ?? null,
    decided_at: timeOrNull(decision?.at),
    decided_by: decision ? personToWire(decision.by) : null,
    decided_by_email: decision?.by.email ?? null,
    decision_notes: decision?.note ?? null,
    grant: grant ? grantToWire(grant) : null,
  };
}

/** A request in full, with what one approver may do to it. */
export function detailToWire(
  request: ApprovalRequest,
  lastApproved: ApprovalRequest | undefined,
  timeline: readonly ApprovalEvent[],
  may: Permissions,
): WireApprovalDetail {
  return {
    ...approvalToWire(request, false),
    last_approved: lastApproved ? approvalToWire(lastApproved, false) : null,
    timeline: timeline.map(eventToWire),
    thread: request.thread.map(({ kind, by, at, message }) => ({
      kind,
      by: personToWire(by),
      at: time(at),
      message,
    })),
    can: {
      approve: permissionToWire(may.approve),
      reject: permissionToWire(may.reject),
      request_info: permissionToWire(may.requestInfo),
      revoke: permissionToWire(may.revoke),
    },
  };
}

/** One entry of the log. */
export function eventToWire({ seq, at, type, requestId, by, data }: ApprovalEvent): WireEvent {
  return { seq, at: time(at), type, approval_id: requestId, by: personToWire(by), data };
}

/** Who the panel is talking to. */
export function meToWire(approver: Approver): WireMe {
  return { ...personToWire(approver), roles: approver.roles };
}

function personToWire({ id, email, name }: Person): WirePerson {
  return { id, email: email ?? null, name: name ?? null };
}

function termsToWire({ scope, digest, durationMs, maxUses }: GrantTerms): WireTerms {
  return {
    scope,
    digest: digest ?? null,
    duration_seconds: durationMs / 1000,
    max_uses: maxUses ?? null,
  };
}

function grantToWire(grant: NonNullable<ApprovalRequest['grant']>): WireGrant {
  const { revoked } = grant;
  return {
    state: grant.state,
    scope: grant.scope,
    digest: grant.digest ?? null,
    granted_at: time(grant.since),
    expires_at: time(grant.expiresAt),
    used: grant.used,
    uses_left: grant.usesLeft ?? null,
    revoked_by: revoked ? personToWire(revoked.by) : null,
    revoked_at: timeOrNull(revoked?.at),
    revoke_reason: revoked?.reason ?? null,
  };
}

function permissionToWire(refusal: Error | null): WirePermission {
  if (!refusal) return { allowed: true, code: null, reason: null };
  const { code } = refusal as { code?: Json };
  return {
    allowed: false,
    code: typeof code === 'string' ? code : null,
    reason: refusal.message,
  };
}

function time(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

function timeOrNull(milliseconds: number | undefined): string | null {
  return milliseconds === undefined ? null : time(milliseconds);
}
