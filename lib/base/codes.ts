/**
 * Why a call was refused, or why a decision was not accepted: one list, read by the types, by the
 * documentation's test and by whoever maps a code to an HTTP status. Each text says what happened
 * and what the reader can do.
 */
export const DENIAL_CODES = {
  policy_denied: 'A policy does not allow this caller to make this call. Retrying does not help.',
  default_deny: 'No rule matches this tool, and `defaultToolPolicy` is `deny`. Add a rule for it.',
  policy_not_registered:
    'A rule names a policy that `policies` does not have. Register it under that name.',
  policy_exception: 'A policy threw. The logger has its message; the call was not made.',
  policy_timeout: 'A policy did not answer within `policyTimeout`. The call was not made.',
  approval_required:
    'A person has to approve this call first. Ask them, then make the same call again.',
  approval_rejected: 'A person refused this call. Their reason is quoted; do not repeat the call.',
  approval_expired:
    'Nobody decided in time, or the approval ran out. Making the call again asks anew.',
  approval_cancelled: 'The request was withdrawn before anybody decided.',
  approval_revoked: 'A person ended the approval that covered this call.',
  approval_used: 'The approval has been used up by other calls. Making the call again asks anew.',
  approval_timeout:
    'Nobody decided while the call waited. The request stays open; try again once it is approved.',
  approval_store_exception:
    'The approval store failed. Nobody refused anything; try again when it works.',
  approval_state_unknown:
    'The approval store gave an answer this version does not know. The call was not made.',
  justification_required: 'This tool may not be asked for without saying why.',
  too_many_pending:
    'Too many requests by this caller (or in this store) wait for a decision already.',
  input_not_serializable:
    'The input is not plain JSON, so nobody could see and approve exactly what would run.',
  input_too_large: 'The input is larger than `maxInputBytes`, more than a person can review.',
  self_approval: 'Nobody may approve what was asked in their own name. Somebody else has to.',
  not_eligible: 'The rule does not let this person decide. The message says who may.',
  already_decided: 'Somebody decided first. The message says who and when.',
  changed: 'What is being asked changed since it was looked at. Look again, then decide.',
  cannot_widen: 'An approver may narrow what the rule offers, never widen it.',
  not_allowed_now: 'The request is in a state that does not allow this.',
  decided_elsewhere: 'This store does not own its decisions. The message says where to decide.',
  unknown_request: 'There is no such request.',
  self_protection: 'The call would touch what guards it: the store, the configuration, the hooks.',
} as const satisfies Record<string, string>;

/** A code of ours. */
export type KnownDenialCode = keyof typeof DENIAL_CODES;

/** Why a call was refused. Open, because policies bring codes of their own. */
export type DenialCode = KnownDenialCode | (string & {});
