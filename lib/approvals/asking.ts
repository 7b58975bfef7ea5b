import { randomBytes } from 'node:crypto';
import type { KnownDenialCode } from '../base/codes.ts';
import { InvalidOptionError } from '../base/errors.ts';
import type { JsonObject } from '../base/json.ts';
import { optionalText, shown } from '../base/options.ts';
import { digestOf, freezePlainJson, NotPlainJsonError, TooLargeError } from '../base/plain-json.ts';
import { type CallToCover, covers } from './grants.ts';
import { indexEntry } from './index-entry.ts';
import { isBlank, JUSTIFICATION_TEMPLATE, justificationFromTemplate } from './justification.ts';
import type { Facts, Reading, Writing } from './ledger.ts';
import { type Change, open, transition } from './lifecycle.ts';
import { type Caller, callerRecord, checkedCaller } from './people.ts';
import { type ApprovalState, isOpen, stateOf } from './projections.ts';
import type { ApprovalRecord, AskedInput, AskRecord } from './record.ts';
import { redact, scrubbed } from './redaction.ts';
import {
  type ApprovalRule,
  refuseUnknownSpecOptions,
  resolveSpec,
  ruleFingerprint,
} from './spec.ts';
import type { Ask } from './store.ts';

/** More than this many open requests in one store, and nobody is deciding anything any more. */
const MOST_OPEN_IN_STORE = 10_000;

/** The largest input and the largest context a request keeps, in bytes of canonical JSON. */
const MOST_INPUT_BYTES = 16 * 1024 * 1024;
const MOST_CONTEXT_BYTES = 64 * 1024;

/** More than anybody reads of why a call is wanted. */
const LONGEST_JUSTIFICATION = 10_000;

/** Where a terminal's user is pointed, when nobody said where people decide. */
const DEFAULT_APPROVAL_URL = 'sentinel://approve/{id}';

/** A question put to the store, with everything worked out that does not depend on what is there. */
export interface Question {
  readonly call: CallToCover;
  readonly rule: ApprovalRule;
  readonly caller: Caller;
  readonly justification: Omit<AskRecord, 'at' | 'digest'>;
  /** The input and the context as they may be stored and shown. */
  readonly shown: Omit<AskedInput, 'requestId'>;
  readonly estimatedCostUsd?: number;
  readonly approvalUrl: string;
  readonly waitsForMs?: number;
}

/** An ask that cannot be put to anybody: which code, and what is wrong with it. */
export interface Unaskable {
  readonly code: KnownDenialCode;
  readonly reason: string;
}

/** Works out an ask: checks its input, names its rule, hides what nobody is to see. */
export function prepareQuestion(ask: Ask): Question | Unaskable {
  const caller = checkedCaller(ask.caller);
  refuseUnknownSpecOptions(ask.spec, 'spec');
  const rule = resolveSpec(ask.spec, 'spec', `approval:${ask.toolName}`, caller.id);
  optionalText('toolName', ask.toolName ?? null);
  requireApprovalUrl(ask.approvalUrl);
  requireAmount('estimatedCostUsd', ask.estimatedCostUsd);
  requireAmount('waitsForMs', ask.waitsForMs);
  try {
    const input = freezePlainJson(ask.input, MOST_INPUT_BYTES);
    const digest = digestOf(input);
    const { input: shownInput, scrub } = redact(input, rule.redact);
    const context = ask.context && shownContext(ask.context, scrub);
    const { text, source } = justificationOf(ask);
    return {
      call: {
        tenantId: caller.tenantId,
        callerId: caller.id,
        toolName: ask.toolName,
        policyName: rule.name,
        digest,
        fingerprint: ruleFingerprint(rule),
      },
      rule,
      caller: callerRecord(caller),
      // Half a surrogate pair can be hashed nowhere and stored in no database.
      justification: {
        justification: clipped(scrub(text).toWellFormed()),
        justificationSource: source,
      },
      shown: { digest, input: shownInput, ...(context && { context }) },
      ...(ask.estimatedCostUsd !== undefined && { estimatedCostUsd: ask.estimatedCostUsd }),
      approvalUrl: ask.approvalUrl ?? DEFAULT_APPROVAL_URL,
      ...(ask.waitsForMs !== undefined && { waitsForMs: ask.waitsForMs }),
    };
  } catch (error) {
    if (error instanceof NotPlainJsonError) {
      return {
        code: 'input_not_serializable',
        reason: `The input is not plain JSON: ${error.message}.`,
      };
    }
    if (error instanceof TooLargeError) {
      return { code: 'input_too_large', reason: `The input is too large: ${error.message}.` };
    }
    throw error;
  }
}

/**
 * Throws unless the address is one that a person can be sent to: http(s), with `{id}` in it.
 *
 * @throws InvalidOptionError
 */
export function requireApprovalUrl(given: unknown): void {
  if (given === undefined || given === DEFAULT_APPROVAL_URL) return;
  const protocol =
    typeof given === 'string' && given.includes('{id}')
      ? URL.parse(given.replaceAll('{id}', 'id'))?.protocol
      : undefined;
  if (protocol === 'https:' || protocol === 'http:') return;
  throw new InvalidOptionError(
    'approvalUrl',
    `must be an http(s) address with {id} in it, such as https://example.com/approvals/#/r/{id}, not ${shown(given)}.`,
  );
}

function requireAmount(option: string, value: number | undefined): void {
  if (value === undefined || (Number.isFinite(value) && value >= 0)) return;
  throw new InvalidOptionError(option, `must be a number of at least 0, not ${shown(value)}.`);
}

/** What has to be known to answer a question. */
export function readingFor({ call }: Question): Reading {
  const { callerId, tenantId, toolName, policyName, digest } = call;
  return {
    live: { callerId, toolName, policyName, digest },
    openOf: { callerId, tenantId },
  };
}

/**
 * What is there already that answers a question without a person: a grant that covers it, or a
 * rejection that still holds.
 */
export function findSettled(question: Question, { records, now }: Facts): ApprovalState | null {
  const granting = records.filter((record) => covers(record, question.call, now));
  const best = granting.sort(byWorthKeeping).at(0);
  if (best) return stateOf(best, now);
  const held = records.find((record) => isHeldBy(record, question, now));
  return held ? stateOf(held, now) : null;
}

/** The undecided request that the question belongs to. */
export function findUndecided(question: Question, facts: Facts): ApprovalRecord | undefined {
  return facts.records.find((record) => isUndecidedFor(record, question, facts.now));
}

/** Answers a question from what is there: joins the undecided request for it, or opens one. */
export function answerQuestion(question: Question, facts: Facts): Writing<ApprovalState> {
  const settled = findSettled(question, facts);
  if (settled) return { answer: settled };
  const { rule, justification } = question;
  if (rule.requireJustification && isBlank(justification.justification)) {
    return refuse(facts, 'justification_required', 'Say why the call is wanted.');
  }
  const undecided = findUndecided(question, facts);
  const tooMany = tooManyPending(question, undecided, facts);
  if (tooMany) return refuse(facts, 'too_many_pending', tooMany);
  const change = undecided
    ? joinRequest(undecided, question, facts.now)
    : openRequest(question, facts.now);
  const isNewInput = change.record.asks.length > (undecided?.asks.length ?? 0);
  return {
    records: [{ record: change.record, index: indexEntry(change.record) }],
    inputs: isNewInput ? [{ requestId: change.record.id, ...question.shown }] : [],
    events: [change.event],
    answer: stateOf(change.record, facts.now),
  };
}

function openRequest(question: Question, now: number): Change {
  const { call, rule, caller, estimatedCostUsd, waitsForMs, shown } = question;
  const id = `req-${randomBytes(16).toString('hex')}`;
  const expiresAt = now + rule.expiresAfterMs;
  return open(
    {
      id,
      caller,
      toolName: call.toolName,
      policyName: call.policyName,
      rule,
      requestedAt: now,
      expiresAt,
      approvalUrl: question.approvalUrl.replaceAll('{id}', id),
      ...(estimatedCostUsd !== undefined && { estimatedCostUsd }),
      ...(waitsForMs !== undefined && { waitingUntil: Math.min(now + waitsForMs, expiresAt) }),
    },
    askRecord(question, now),
    rule.redact.length > 0 ? digestOf(shown.input) : undefined,
  );
}

function joinRequest(undecided: ApprovalRecord, question: Question, now: number): Change {
  const { rule, waitsForMs } = question;
  const change = transition(
    undecided,
    {
      type: 'join',
      ask: askRecord(question, now),
      rule,
      ...(waitsForMs !== undefined && {
        waitingUntil: Math.min(now + waitsForMs, undecided.expiresAt),
      }),
    },
    now,
  );
  return change as Change;
}

function askRecord({ call, justification }: Question, at: number): AskRecord {
  return { digest: call.digest, at, ...justification };
}

/**
 * One undecided request per tenant, caller, rule and tool, and per input where the rule's scope is
 * one input. A rule that has changed asks anew: an approval of the old one would not count.
 */
function isUndecidedFor(record: ApprovalRecord, { call, rule }: Question, now: number): boolean {
  return (
    isOpen(record, now) &&
    isSameSubject(record, call) &&
    (record.rule === undefined || ruleFingerprint(record.rule) === call.fingerprint) &&
    (rule.grantScope === 'tool' || record.asks.some(({ digest }) => digest === call.digest))
  );
}

function isHeldBy(record: ApprovalRecord, { call }: Question, now: number): boolean {
  const { ended, rule, asks } = record;
  return (
    ended?.kind === 'rejected' &&
    now < ended.at + (rule?.rejectionHoldMs ?? 0) &&
    isSameSubject(record, call) &&
    asks.some(({ digest }) => digest === call.digest)
  );
}

function isSameSubject(record: ApprovalRecord, call: CallToCover): boolean {
  return (
    record.caller.id === call.callerId &&
    record.caller.tenantId === call.tenantId &&
    record.toolName === call.toolName &&
    record.policyName === call.policyName
  );
}

/** Of several grants the narrowest and the soonest gone is used first, so that most is left. */
function byWorthKeeping(one: ApprovalRecord, other: ApprovalRecord): number {
  const rank = ({ grant }: ApprovalRecord) => (grant?.scope === 'input' ? 0 : 1);
  return rank(one) - rank(other) || (one.grant?.expiresAt ?? 0) - (other.grant?.expiresAt ?? 0);
}

function tooManyPending(
  { rule, call }: Question,
  undecided: ApprovalRecord | undefined,
  { open }: Facts,
): string | undefined {
  const most = rule.maxPendingPerCaller;
  if (undecided) {
    const isNew = !undecided.asks.some(({ digest }) => digest === call.digest);
    return isNew && undecided.asks.length >= most
      ? `${most} different inputs wait in one request already.`
      : undefined;
  }
  if (open.byCaller >= most) return `${most} requests by this caller wait already.`;
  if (open.inStore >= MOST_OPEN_IN_STORE) return `${MOST_OPEN_IN_STORE} requests wait already.`;
  return undefined;
}

function refuse({ now }: Facts, code: KnownDenialCode, reason: string): Writing<ApprovalState> {
  return { answer: { status: 'denied', code, reason, deniedAt: now } };
}

function justificationOf({ justification, toolName }: Ask) {
  if (justification === undefined) {
    return justificationFromTemplate(JUSTIFICATION_TEMPLATE, toolName);
  }
  return typeof justification === 'string'
    ? { text: justification, source: 'call' as const }
    : justification;
}

/** The context is for reading along; one that cannot be kept is left out rather than refused. */
function shownContext(context: JsonObject, scrub: (text: string) => string): JsonObject {
  try {
    const plain = freezePlainJson(context, MOST_CONTEXT_BYTES);
    return scrubbed(plain, scrub) as JsonObject;
  } catch (error) {
    if (error instanceof NotPlainJsonError || error instanceof TooLargeError) {
      return { omitted: error.message };
    }
    throw error;
  }
}

/** Said when cut: nobody is to think that this was all. */
function clipped(text: string): string {
  const more = text.length - LONGEST_JUSTIFICATION;
  return more > 0
    ? `${text.slice(0, LONGEST_JUSTIFICATION).toWellFormed()}… (${more} more characters)`
    : text;
}
