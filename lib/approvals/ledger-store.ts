import { randomBytes } from 'node:crypto';
import { type Clock, systemClock } from '../base/clock.ts';
import { ApprovalError, InvalidOptionError, StoreClosedError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { oneOf, refuseUnknownOptions } from '../base/options.ts';
import {
  answerQuestion,
  findSettled,
  findUndecided,
  prepareQuestion,
  type Question,
  readingFor,
  type Unaskable,
} from './asking.ts';
import type { EventDraft } from './events.ts';
import { EventFeed } from './feed.ts';
import { indexEntry } from './index-entry.ts';
import { type Facts, type Ledger, OUTCOMES, type Writing } from './ledger.ts';
import { type Change, type Command, transition, whatMay } from './lifecycle.ts';
import { type Approver, checkedApprover, checkedCaller, type Person } from './people.ts';
import { type ApprovalRequest, type ApprovalState, stateOf, viewOf } from './projections.ts';
import type { ApprovalRecord } from './record.ts';
import { requestReader } from './requests.ts';
import type { ApprovalAdmin, OwningStore, Use } from './store.ts';
import { type WaitingRoom, waitForDecision } from './waiting.ts';

/** A narrowing that was lost to a spelling mistake would be an approval of too much. */
const DECISION_OPTIONS = {
  approve: ['note', 'scope', 'digest', 'durationMs', 'maxUses', 'expectedVersion'],
  reject: ['reason'],
  requestInfo: ['message'],
  revoke: ['reason'],
} as const;

/** A store that owns its decisions: the rules of approvals, run over a ledger. */
export function ledgerStore(
  ledger: Ledger,
  {
    clock = systemClock,
    logger = console,
  }: { readonly clock?: Clock; readonly logger?: Logger } = {},
): OwningStore {
  const feed = new EventFeed(ledger, clock, logger);
  let closed = false;

  /** Every way into the store: nothing is begun, and nothing fails strangely, once it is closed. */
  async function whileOpen<T>(work: () => Promise<T>): Promise<T> {
    if (closed) throw new StoreClosedError();
    try {
      return await work();
    } catch (error) {
      if (closed) throw new StoreClosedError();
      throw error;
    }
  }

  async function look(id: string): Promise<{ record: ApprovalRecord; now: number }> {
    const { records, now } = await whileOpen(() => ledger.read({ ids: [id] }));
    return { record: only(records, id), now };
  }

  const room: WaitingRoom = { feed, clock, look };

  /** Puts one command to one request and answers with what became of it. */
  function command<T>(
    id: string,
    toCommand: (record: ApprovalRecord) => Command | null,
    answer: (record: ApprovalRecord, now: number) => T,
  ): Promise<T> {
    return whileOpen(() =>
      ledger.write({ ids: [id] }, ({ records, now }) => {
        const record = only(records, id);
        const given = toCommand(record);
        const change = given && transition(record, given, now);
        return storing(change ? [change] : [], answer(change?.record ?? record, now));
      }),
    );
  }

  async function decide(
    id: string,
    given: Extract<Command, { readonly approver: Approver }>,
  ): Promise<ApprovalRequest> {
    refuseUnknownOptions(given.type, given, ['type', 'approver', ...DECISION_OPTIONS[given.type]]);
    const approver = checkedApprover(given.approver);
    const [record, now] = await command(
      id,
      () => ({ ...given, approver }),
      (after, at) => [after, at] as const,
    );
    return viewOf(record, await ledger.inputs([id]), now);
  }

  const admin: ApprovalAdmin = {
    approve: (id, decision) => decide(id, { type: 'approve', ...decision }),
    reject: (id, decision) => decide(id, { type: 'reject', ...decision }),
    requestInfo: (id, question) => decide(id, { type: 'requestInfo', ...question }),
    revoke: (id, decision) => decide(id, { type: 'revoke', ...decision }),
    revokeAll: ({ callerId, approver: given, reason }) =>
      whileOpen(async () => {
        const approver = checkedApprover(given);
        return ledger.write({ live: { callerId } }, (facts) => {
          const granting = facts.records.filter(
            (record) => stateOf(record, facts.now).status === 'active',
          );
          const changes: Change[] = [];
          const refused: string[] = [];
          for (const record of granting) {
            try {
              const change = transition(record, { type: 'revoke', approver, reason }, facts.now);
              if (change) changes.push(change);
            } catch (error) {
              if (!ApprovalError.isInstance(error)) throw error;
              refused.push(record.id);
            }
          }
          return storing(changes, { revoked: changes.map(({ record }) => record.id), refused });
        });
      }),
    may: async (id, given) => {
      const approver = checkedApprover(given);
      const { records, now } = await whileOpen(() => ledger.read({ ids: [id] }));
      const [record] = records;
      return record ? whatMay(record, approver, now) : null;
    },
  };

  return {
    clock,
    admin,
    requests: requestReader(ledger, feed, whileOpen),

    ensureRequest: (ask) =>
      whileOpen(async () => {
        const question = prepareQuestion(ask);
        if (isUnaskable(question)) return refusedState(question, ledger);
        const reading = readingFor(question);
        const settled = findSettled(question, await ledger.read(reading));
        return settled ?? ledger.write(reading, (facts) => answerQuestion(question, facts));
      }),

    findRequest: (ask) =>
      whileOpen(async () => {
        const question = prepareQuestion(ask);
        if (isUnaskable(question)) return refusedState(question, ledger);
        const facts = await ledger.read(readingFor(question));
        const { records, answer } = answerQuestion(question, facts);
        // Nothing to store: it is granted, held, or would be refused rather than asked.
        if (!records) return answer;
        const undecided = findUndecided(question, facts);
        return undecided ? stateOf(undecided, facts.now) : null;
      }),

    claim: (uses) =>
      whileOpen(() =>
        ledger.write({ ids: uses.map(({ requestId }) => requestId) }, (facts) =>
          takeUses(uses, facts),
        ),
      ),

    waitForDecision: (id, { timeoutMs, signal, afterInfo = 0 } = {}) => {
      if (timeoutMs !== undefined && !(timeoutMs >= 0)) {
        const problem = `must be 0 or more, not ${timeoutMs}.`;
        return Promise.reject(new InvalidOptionError('timeoutMs', problem));
      }
      if (closed) return Promise.reject(new StoreClosedError());
      return waitForDecision(room, { requestId: id, timeoutMs, signal, afterInfo });
    },

    cancel: (id, { by, reason, unlessShared = false }) =>
      command(
        id,
        (record) =>
          unlessShared && record.timesAsked > 1
            ? null
            : { type: 'cancel', by: callerNamed(by), reason },
        stateOf,
      ),

    respond: (id, { by, message }) =>
      command(id, () => ({ type: 'respond', by: callerNamed(by), message }), stateOf),

    recordOutcome: ({ claimId, outcome }) =>
      whileOpen(async () => {
        oneOf('outcome', outcome ?? null, OUTCOMES, 'not_run');
        return ledger.write({ claim: { id: claimId } }, ({ claim, now }) => {
          if (!claim) throw new ApprovalError('unknown_request', `There is no claim ${claimId}.`);
          if (claim.outcome) return { answer: undefined };
          const events = claim.requestIds.map(
            (requestId): EventDraft => ({
              requestId,
              type: 'outcome',
              by: { id: claim.callerId },
              data: { claimId, outcome },
            }),
          );
          return { claim: { ...claim, outcome, outcomeAt: now }, events, answer: undefined };
        });
      }),

    ready: () => whileOpen(() => ledger.ready()),

    async close() {
      if (closed) return;
      closed = true;
      feed.close();
      await ledger.close();
    },
  };
}

function callerNamed(id: string): Person {
  return { id: checkedCaller({ id, roles: [] }).id };
}

/** Takes one use of each grant, or throws for the first that has none left for this input. */
function takeUses(
  uses: readonly Use[],
  { records, now }: Facts,
): Writing<{ readonly claimId: string }> {
  const claimId = `claim-${randomBytes(16).toString('hex')}`;
  // The same grant may be named twice: then it has to have two uses left.
  const latest = new Map(records.map((record) => [record.id, record]));
  const changes = uses.map(({ requestId, digest }) => {
    const record = only([latest.get(requestId)], requestId);
    const change = transition(record, { type: 'claim', claimId, digest }, now) as Change;
    latest.set(requestId, change.record);
    return change;
  });
  const [first] = changes;
  if (!first) throw new InvalidOptionError('uses', 'is empty: there is nothing to claim.');
  const { caller, toolName } = first.record;
  return {
    ...storing(changes, { claimId }),
    claim: {
      id: claimId,
      at: now,
      callerId: caller.id,
      toolName,
      digest: uses[0]?.digest ?? '',
      requestIds: uses.map(({ requestId }) => requestId),
    },
  };
}

/** What a ledger stores for some changes; of several to one record, the last. */
function storing<T>(changes: readonly Change[], answer: T): Writing<T> {
  const latest = new Map(changes.map(({ record }) => [record.id, record]));
  return {
    records: [...latest.values()].map((record) => ({ record, index: indexEntry(record) })),
    events: changes.map(({ event }) => event),
    answer,
  };
}

function only(records: readonly (ApprovalRecord | undefined)[], id: string): ApprovalRecord {
  const [record] = records;
  if (record) return record;
  throw new ApprovalError('unknown_request', `There is no request ${id}.`, { requestId: id });
}

function isUnaskable(question: Question | Unaskable): question is Unaskable {
  return 'code' in question;
}

async function refusedState({ code, reason }: Unaskable, ledger: Ledger): Promise<ApprovalState> {
  const { now } = await ledger.read({});
  return { status: 'denied', code, reason, deniedAt: now };
}
