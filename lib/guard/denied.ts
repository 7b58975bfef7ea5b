import type { DenialCode } from '../base/codes.ts';
import { durationInWords } from '../base/duration.ts';
import { kindOf, SentinelError } from '../base/errors.ts';
import type { DenyDecision } from './decision.ts';

/** More of somebody's words than this helps no model, and could drown what is said around them. */
const LONGEST_QUOTE = 2000;

/** How long a call waited, and what was asked meanwhile, for the words of a timeout. */
export interface WaitedFor {
  readonly waitedMs: number;
  readonly approvalUrl: string;
  readonly question?: string;
}

/**
 * A call that was refused, thrown before the tool runs. The message is written for the model and
 * safe to show: what was refused, why (people's and agents' words quoted) and whether retrying makes
 * sense.
 */
export class ToolCallDeniedError extends SentinelError {
  readonly toolName: string;
  readonly policyName: string;
  /** A sentence for people; after a rejection, the approver's own words. */
  readonly reason: string;
  readonly requestId: string | undefined;

  constructor(toolName: string, denial: DenyDecision, waited?: WaitedFor) {
    super(denial.code, denialInWords(toolName, denial, waited));
    this.toolName = toolName;
    this.policyName = denial.policyName;
    this.reason = denial.reason;
    this.requestId = denial.requestId;
  }

  static override isInstance(value: unknown): value is ToolCallDeniedError {
    return kindOf(value) === 'ToolCallDeniedError';
  }
}

function denialInWords(toolName: string, denial: DenyDecision, waited?: WaitedFor): string {
  const { reason, requestId } = denial;
  const request = requestId ? ` Request: ${requestId}.` : '';
  const notMade = `The call to ${quote(toolName)} was not made`;
  const known = Object.hasOwn(ADVICE, denial.code) ? ADVICE[denial.code] : undefined;
  const advice = known ?? 'Repeating it will not help.';
  switch (denial.code) {
    case 'approval_rejected':
      return `${notMade}: a person refused it. Their reason: ${quote(reason)}. ${advice}${request}`;
    case 'approval_cancelled':
      return `${notMade}: the request for it was withdrawn. The reason: ${quote(reason)}. ${advice}${request}`;
    case 'approval_revoked':
      return `${notMade}: its approval was taken back. The reason: ${quote(reason)}. ${advice}${request}`;
    case 'approval_timeout':
      return `${notMade}: ${timeoutInWords(waited)} ${advice}${request}`;
    default:
      return `${notMade}. ${sentence(reason)} ${advice}${request}`;
  }
}

/** Whether trying again makes sense; codes not named here are policies' own. */
const ADVICE: Readonly<Partial<Record<DenialCode, string>>> = {
  approval_rejected: 'Do not make the same call again; ask the user how to go on.',
  approval_cancelled: 'Ask the user before making it again.',
  approval_revoked: 'Ask the user before making it again.',
  approval_timeout: 'The request stays open: make the same call again once it is approved.',
  approval_expired: 'Nobody refused it. Making the same call again asks anew.',
  approval_used: 'Nobody refused it. Making the same call again asks anew.',
  approval_required: 'Make the same call again once it is approved.',
  approval_store_exception:
    'Nobody refused it: approvals cannot be asked for right now. Try later.',
  approval_state_unknown: 'Nobody refused it: the approval could not be read. Try later.',
  policy_timeout: 'Nobody refused it: it could not be checked in time. Trying once more may help.',
  policy_exception: 'It could not be checked, so it may not run.',
  too_many_pending: 'Wait until some of them are decided.',
  justification_required: 'Make it again with a reason.',
  input_not_serializable: 'Make it again with plain JSON arguments.',
  input_too_large: 'Make it again with less in it.',
};

function timeoutInWords(waited: WaitedFor | undefined): string {
  if (!waited) return 'nobody decided in time, and nobody refused it.';
  const asked = waited.question ? ` An approver asks: ${quote(waited.question)}.` : '';
  return (
    `nobody decided within ${durationInWords(waited.waitedMs)}, and nobody refused it.${asked} ` +
    `It can be approved at ${waited.approvalUrl}.`
  );
}

/** Somebody's words, recognisable as such: in quotes, on one line, not endless. */
function quote(words: string): string {
  const short = words.length > LONGEST_QUOTE ? `${words.slice(0, LONGEST_QUOTE)}…` : words;
  return JSON.stringify(short);
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
