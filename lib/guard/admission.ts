import { thawPlainJson } from '../base/plain-json.ts';
import type { MissingApproval } from './decision.ts';
import { ToolCallDeniedError } from './denied.ts';
import type { AdmissionHooks, Doorway } from './doorway.ts';
import { within } from './patience.ts';
import type { PreparedCall } from './requirements.ts';
import { WaitLimit } from './wait-limit.ts';
import { type IncomingCall, WaitingCall } from './waiting-call.ts';

/** A call that may run now. */
export interface Admission {
  /** What to run it with: a fresh copy of what was judged and approved. */
  readonly input: unknown;
  /** Says what became of the call, where anybody keeps count. Never throws: it is over either way. */
  readonly report?: (outcome: 'executed' | 'failed' | 'not_run') => Promise<void>;
}

/** How long a finished call waits for its outcome to be recorded. */
const REPORT_PATIENCE_MS = 5000;

/**
 * Takes a call through the guard, waiting for people as long as their rule allows: until it is
 * allowed, denied, or one deadline has passed, counted from the first ask. After a denial it never
 * asks again.
 *
 * @throws ToolCallDeniedError; the abort reason, with the request withdrawn if nobody else asked
 */
export async function admit(
  doorway: Doorway,
  call: IncomingCall,
  hooks: AdmissionHooks = {},
): Promise<Admission> {
  const prepared = doorway.guard.prepare(call);
  if (prepared === null) return { input: call.input };
  if ('type' in prepared) throw new ToolCallDeniedError(call.toolName, prepared);
  let limit: WaitLimit | undefined;
  for (;;) {
    const decision = await doorway.guard.decide(
      prepared,
      limit?.left() ?? Number.POSITIVE_INFINITY,
    );
    if (decision.type === 'allow') return admission(doorway, prepared, decision.claimId);
    if (decision.type === 'deny') throw new ToolCallDeniedError(call.toolName, decision);
    const { requests } = decision;
    limit ??= new WaitLimit(doorway.clock, leastPatient(requests));
    const waiting = new WaitingCall(doorway, call, prepared.caller.id, hooks, limit, requests);
    try {
      while (!waiting.isOver) waiting.take(await waiting.next());
    } catch (error) {
      await waiting.giveUp(error);
    }
  }
}

/** No rule's approval is waited for longer than that rule says, whichever rule comes first. */
function leastPatient(requests: readonly MissingApproval[]): number {
  return Math.min(...requests.map(({ waitTimeoutMs }) => waitTimeoutMs));
}

function admission(
  { store, logger, clock }: Doorway,
  { call, input }: PreparedCall,
  claimId: string | undefined,
): Admission | Promise<Admission> {
  if (claimId === undefined) return { input: thawPlainJson(input) };
  const report: NonNullable<Admission['report']> = async (outcome) => {
    try {
      // The call is over: its result must not be kept back by a store that hangs.
      const recorded = store.recordOutcome({ claimId, outcome });
      await within(recorded, { clock, timeoutMs: REPORT_PATIENCE_MS });
    } catch (error) {
      logger.error(`The outcome of ${claimId} could not be recorded; it stays unknown.`, error);
    }
  };
  if (call.signal?.aborted) {
    // Not waited for: whoever called it off is told at once, however slow the store is.
    void report('not_run');
    return Promise.reject(call.signal.reason);
  }
  return { input: thawPlainJson(input), report };
}
