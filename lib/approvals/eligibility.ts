import { ApprovalError } from '../base/errors.ts';
import { type Approver, goesBy, isCaller } from './people.ts';
import type { ApprovalRecord } from './record.ts';

/** What an approver can do to a request. */
export type Decision = 'approve' | 'reject' | 'requestInfo' | 'revoke';

/**
 * Throws unless the rule lets this person decide. Having the role and being named both hold where
 * the rule asks for both; nobody approves what was asked in their own name, though they may refuse
 * it, ask about it or end it.
 *
 * @throws ApprovalError `not_eligible`, `self_approval`
 */
export function requireEligible(
  record: ApprovalRecord,
  approver: Approver,
  decision: Decision,
): void {
  const refuse = (code: 'not_eligible' | 'self_approval', message: string) => {
    throw new ApprovalError(code, message, { requestId: record.id });
  };
  const { rule, caller } = record;
  // An approver without a tenant is not bound to one; which requests they see is the inbox's say.
  if (approver.tenantId !== undefined && approver.tenantId !== caller.tenantId) {
    refuse('not_eligible', 'The request belongs to another tenant.');
  }
  if (rule?.role !== undefined && !approver.roles.includes(rule.role)) {
    refuse('not_eligible', `Deciding this needs the role ${rule.role}.`);
  }
  if (rule && rule.approvers.length > 0 && !rule.approvers.some((name) => goesBy(approver, name))) {
    refuse('not_eligible', `Only ${listed(rule.approvers)} may decide this.`);
  }
  if (decision === 'approve' && !rule?.allowSelfApproval && isCaller(approver, caller)) {
    refuse('self_approval', 'It was asked in your name, so somebody else has to approve it.');
  }
}

function listed(names: readonly string[]): string {
  return new Intl.ListFormat('en', { type: 'conjunction' }).format(names);
}
