import { ApprovalError, InvalidOptionError } from '../base/errors.ts';
import type { JsonObject } from '../base/json.ts';
import { shown } from '../base/options.ts';
import { type Decision, requireEligible } from './eligibility.ts';
import type { EventDraft } from './events.ts';
import {
  beginGrant,
  coversInput,
  grantState,
  isSameTerms,
  type NarrowingWish,
  ruleOf,
  termsGiven,
  widestTerms,
} from './grants.ts';
import { type Approver, isSamePerson, nameOf, type Person, personRecord } from './people.ts';
import { isOpen, openQuestion, stateOf } from './projections.ts';
import type { ApprovalRecord, AskRecord } from './record.ts';
import type { ApprovalRule } from './spec.ts';

/** What can be done to a request. */
export type Command =
  | {
      readonly type: 'join';
      readonly ask: AskRecord;
      readonly rule: ApprovalRule;
      readonly waitingUntil?: number;
    }
  | ({
      readonly type: 'approve';
      readonly approver: Approver;
      readonly note?: string | undefined;
      readonly expectedVersion?: number | undefined;
    } & NarrowingWish)
  | { readonly type: 'reject'; readonly approver: Approver; readonly reason: string }
  | { readonly type: 'requestInfo'; readonly approver: Approver; readonly message: string }
  | { readonly type: 'revoke'; readonly approver: Approver; readonly reason?: string | undefined }
  | { readonly type: 'respond'; readonly by: Person; readonly message: string }
  | { readonly type: 'cancel'; readonly by: Person; readonly reason?: string | undefined }
  | { readonly type: 'claim'; readonly claimId: string; readonly digest: string };

/** A request as it is after a command, and the event that says so. */
export interface Change {
  readonly record: ApprovalRecord;
  readonly event: EventDraft;
}

/**
 * The rules of a request's life, as one pure function: what a command makes of a request at `now`.
 * Null means that it is as the command wants it already (the same person, the same decision).
 *
 * @throws ApprovalError with the code that says why the move is not legal
 * @throws InvalidOptionError where the command itself is malformed
 */
export function transition(record: ApprovalRecord, command: Command, now: number): Change | null {
  switch (command.type) {
    case 'join':
      return join(record, command, now);
    case 'approve':
      return approve(record, command, now);
    case 'reject':
      return reject(record, command, now);
    case 'requestInfo':
      return requestInfo(record, command, now);
    case 'revoke':
      return revoke(record, command, now);
    case 'respond':
      return respond(record, command, now);
    case 'cancel':
      return cancel(record, command, now);
    case 'claim':
      return claim(record, command, now);
  }
}

/** The longest note, reason, question or answer, in characters. */
const LONGEST_WORDS = 20_000;

/** A request is decided by then, or it never is. */
const LONGEST_THREAD = 200;

type Of<T extends Command['type']> = Extract<Command, { type: T }>;

/**
 * A new request, with the first input it is about. Where something in it is hidden from view, the
 * log also keeps the digest of what people are shown, so that neither can be exchanged unnoticed.
 */
export function open(
  facts: Omit<
    ApprovalRecord,
    'asks' | 'timesAsked' | 'thread' | 'approvals' | 'ended' | 'grant'
  > & { readonly rule: ApprovalRule },
  ask: AskRecord,
  shownDigest: string | undefined,
): Change {
  const record: ApprovalRecord = {
    ...facts,
    asks: [ask],
    timesAsked: 1,
    thread: [],
    approvals: [],
  };
  return change(record, 'requested', record.caller, {
    toolName: record.toolName,
    tenantId: record.caller.tenantId ?? null,
    ...askData(ask),
    ...(shownDigest !== undefined && { shownDigest }),
    rule: facts.rule as unknown as JsonObject,
    expiresAt: record.expiresAt,
  });
}

function join(record: ApprovalRecord, command: Of<'join'>, now: number): Change {
  const { ask, rule, waitingUntil } = command;
  requireOpen(record, record.caller, now);
  const isNew = !record.asks.some(({ digest }) => digest === ask.digest);
  if (isNew && record.rule?.grantScope === 'input') {
    throw refusal(record, 'not_allowed_now', 'The request is about another input, and only that.');
  }
  const waits = [record.waitingUntil, waitingUntil].filter((until) => until !== undefined);
  const joined: ApprovalRecord = {
    ...record,
    // A request written without a rule is judged, from now on, by the rule that asks for it.
    rule: record.rule ?? rule,
    asks: isNew ? [...record.asks, ask] : record.asks,
    timesAsked: record.timesAsked + 1,
    ...(waits.length > 0 && { waitingUntil: Math.max(...waits) }),
  };
  // What was said the first time is said; asking again and again must not fill the log with it.
  const asked = isNew ? askData(ask) : { digest: ask.digest };
  return change(joined, 'joined', record.caller, { ...asked, newInput: isNew });
}

function approve(record: ApprovalRecord, command: Of<'approve'>, now: number): Change | null {
  const { approver, expectedVersion } = command;
  const note = optionalWords('note', command.note);
  const rule = ruleOf(record);
  requireEligible(record, approver, 'approve');
  const mine = record.approvals.find(({ by }) => isSamePerson(by, approver));
  if (mine && !record.ended && !record.grant?.revoked) {
    if (!record.grant) requireOpen(record, approver, now);
    if (isSameTerms(mine.terms, termsGiven(record, rule, command))) return null;
    throw alreadyDecided(record, mine.by, mine.at, 'approved');
  }
  requireOpen(record, approver, now);
  if (expectedVersion !== undefined && expectedVersion !== record.asks.length) {
    throw refusal(record, 'changed', 'Another input joined since you looked. Look at it first.');
  }
  const given = {
    by: personRecord(approver),
    at: now,
    ...(note !== undefined && { note }),
    terms: termsGiven(record, rule, command),
  };
  const approved: ApprovalRecord = { ...record, approvals: [...record.approvals, given] };
  const missing = rule.requiredApprovals - approved.approvals.length;
  const terms = widestTerms(approved, rule);
  return change(
    missing > 0 ? approved : { ...approved, grant: beginGrant(terms, now) },
    'approved',
    given.by,
    { terms: { ...given.terms }, missing, ...(note !== undefined && { note }) },
  );
}

function reject(record: ApprovalRecord, command: Of<'reject'>, now: number): Change | null {
  const { approver } = command;
  const reason = requireText('reason', command.reason);
  requireEligible(record, approver, 'reject');
  const { ended } = record;
  if (ended?.kind === 'rejected' && isSamePerson(ended.by, approver)) return null;
  requireOpen(record, approver, now);
  const by = personRecord(approver);
  const rejected: ApprovalRecord = { ...record, ended: { kind: 'rejected', by, at: now, reason } };
  return change(rejected, 'rejected', by, { reason });
}

function requestInfo(record: ApprovalRecord, command: Of<'requestInfo'>, now: number): Change {
  const message = requireText('message', command.message);
  requireEligible(record, command.approver, 'requestInfo');
  requireOpen(record, command.approver, now);
  if (record.thread.length >= LONGEST_THREAD) {
    throw refusal(record, 'not_allowed_now', `${LONGEST_THREAD} messages are enough. Decide now.`);
  }
  const by = personRecord(command.approver);
  const asked: ApprovalRecord = {
    ...record,
    thread: [...record.thread, { kind: 'question', by, at: now, message }],
  };
  return change(asked, 'info_requested', by, { message });
}

function respond(record: ApprovalRecord, command: Of<'respond'>, now: number): Change {
  const { by } = command;
  const message = requireText('message', command.message);
  requireOpen(record, by, now);
  if (!openQuestion(record)) {
    throw refusal(record, 'not_allowed_now', 'Nobody has asked for information.');
  }
  const answered: ApprovalRecord = {
    ...record,
    thread: [...record.thread, { kind: 'answer', by, at: now, message }],
  };
  return change(answered, 'responded', by, { message });
}

function cancel(record: ApprovalRecord, command: Of<'cancel'>, now: number): Change | null {
  if (record.ended?.kind === 'cancelled') return null;
  requireOpen(record, command.by, now);
  const { by } = command;
  const reason = optionalWords('reason', command.reason) ?? `${by.id} withdrew the request.`;
  const { waitingUntil: _, ...facts } = record;
  const cancelled: ApprovalRecord = {
    ...facts,
    ended: { kind: 'cancelled', by, at: now, reason },
  };
  return change(cancelled, 'cancelled', by, { reason });
}

function revoke(record: ApprovalRecord, command: Of<'revoke'>, now: number): Change | null {
  const { approver } = command;
  const reason = optionalWords('reason', command.reason);
  requireEligible(record, approver, 'revoke');
  const { grant } = record;
  if (grant?.revoked) {
    if (isSamePerson(grant.revoked.by, approver)) return null;
    throw alreadyDecided(record, grant.revoked.by, grant.revoked.at, 'revoked');
  }
  if (!grant || grantState(grant, now) !== 'active') {
    throw refusal(record, 'not_allowed_now', 'There is no active approval to end.');
  }
  const by = personRecord(approver);
  const revoked = { by, at: now, ...(reason !== undefined && { reason }) };
  return change({ ...record, grant: { ...grant, revoked } }, 'revoked', by, {
    ...(reason !== undefined && { reason }),
  });
}

function claim(record: ApprovalRecord, { claimId, digest }: Of<'claim'>, now: number): Change {
  const { grant } = record;
  const state = stateOf(record, now);
  if (!grant || state.status !== 'active') {
    throw state.status === 'denied'
      ? refusal(record, state.code, state.reason)
      : refusal(record, 'approval_required', 'Nobody has approved it yet.');
  }
  if (!coversInput(grant, digest)) {
    throw refusal(record, 'approval_required', 'The approval is for another input.');
  }
  const claimed = { ...record, grant: { ...grant, used: grant.used + 1 } };
  return change(claimed, 'claimed', record.caller, { claimId, digest });
}

/** What an approver may do now, with the reason where they may not. */
export function whatMay(
  record: ApprovalRecord,
  approver: Approver,
  now: number,
): Record<Decision, ApprovalError | null> {
  const refusalOf = (command: Command): ApprovalError | null => {
    try {
      return transition(record, command, now)
        ? null
        : refusal(record, 'already_decided', 'You did that already.');
    } catch (error) {
      if (ApprovalError.isInstance(error)) return error;
      throw error;
    }
  };
  return {
    approve: refusalOf({ type: 'approve', approver }),
    reject: refusalOf({ type: 'reject', approver, reason: 'reason' }),
    requestInfo: refusalOf({ type: 'requestInfo', approver, message: 'message' }),
    revoke: refusalOf({ type: 'revoke', approver }),
  };
}

function requireOpen(record: ApprovalRecord, by: Person, now: number): void {
  const { ended, grant, approvals } = record;
  if (isOpen(record, now)) return;
  if (ended?.kind === 'rejected') throw alreadyDecided(record, ended.by, ended.at, 'rejected');
  const last = approvals.at(-1);
  if (grant && last) throw alreadyDecided(record, last.by, last.at, 'approved');
  if (ended) {
    throw refusal(record, 'not_allowed_now', `${nameOf(ended.by)} withdrew it: ${ended.reason}`);
  }
  throw refusal(
    record,
    'approval_expired',
    `Nobody decided in time. It ran out at ${new Date(record.expiresAt).toISOString()}; ` +
      `${by.id} is too late.`,
  );
}

function alreadyDecided(record: ApprovalRecord, by: Person, at: number, how: string) {
  return new ApprovalError(
    'already_decided',
    `${nameOf(by)} ${how} this at ${new Date(at).toISOString()}.`,
    { requestId: record.id, by: nameOf(by), at },
  );
}

function refusal(record: ApprovalRecord, code: string, message: string): ApprovalError {
  return new ApprovalError(code, message, { requestId: record.id });
}

/** Words that say something; half a surrogate pair in them could be hashed and stored nowhere. */
function requireText(option: string, value: unknown): string {
  const text = optionalWords(option, value);
  if (text !== undefined && text.trim() !== '') return text;
  throw new InvalidOptionError(option, `must say something, not ${shown(value)}.`);
}

/** What somebody says, as the log can carry it and somebody can read it. */
function optionalWords(option: string, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'string' && value.length <= LONGEST_WORDS) return value.toWellFormed();
  throw new InvalidOptionError(
    option,
    `must be a text of at most ${LONGEST_WORDS} characters, not ${
      typeof value === 'string' ? `${value.length}` : shown(value)
    }.`,
  );
}

function askData(ask: AskRecord): JsonObject {
  return {
    digest: ask.digest,
    justification: ask.justification,
    justificationSource: ask.justificationSource,
  };
}

function change(
  record: ApprovalRecord,
  type: EventDraft['type'],
  { id, email, name }: Person,
  data: JsonObject,
): Change {
  const by = { id, ...(email !== undefined && { email }), ...(name !== undefined && { name }) };
  return { record, event: { requestId: record.id, type, by, data } };
}
