import type { ApprovalState, InfoRequest } from '../approvals/projections.ts';
import { ApprovalError, StoreClosedError } from '../base/errors.ts';
import { type DenyDecision, deny, type MissingApproval, type ToolCall } from './decision.ts';
import { ToolCallDeniedError, type WaitedFor } from './denied.ts';
import type { AdmissionHooks, ApprovalSettledNotice, Doorway } from './doorway.ts';
import { className } from './judging.ts';
import type { WaitLimit } from './wait-limit.ts';

/** A call that may have come from a model. */
export type IncomingCall = ToolCall & { readonly toolCallId?: string | undefined };

/** One approval that a call waits for. */
interface Awaited {
  readonly missing: MissingApproval;
  /** What the wait for it comes to next. */
  state: Promise<ApprovalState>;
  /** The last question seen; only a newer one is news. */
  question: InfoRequest | undefined;
}

/**
 * A call that waits for everything it misses. Thousands may wait at once, so it keeps one promise
 * for each approval it waits for, and nothing suspended around it.
 */
export class WaitingCall {
  private readonly doorway: Doorway;
  private readonly call: IncomingCall;
  private readonly callerId: string;
  private readonly hooks: AdmissionHooks;
  private readonly limit: WaitLimit;
  private readonly requests: readonly MissingApproval[];
  private awaiting: readonly Awaited[];
  /** Calls off the other waits when one of several ends in a refusal. */
  private readonly others: AbortController | undefined;
  private readonly signal: AbortSignal | undefined;

  constructor(
    doorway: Doorway,
    call: IncomingCall,
    callerId: string,
    hooks: AdmissionHooks,
    limit: WaitLimit,
    requests: readonly MissingApproval[],
  ) {
    this.doorway = doorway;
    this.call = call;
    this.callerId = callerId;
    this.hooks = hooks;
    this.limit = limit;
    this.requests = requests;
    this.others = requests.length > 1 ? new AbortController() : undefined;
    this.signal = eitherOf(call.signal, this.others?.signal);
    for (const missing of requests) this.announce(missing);
    this.awaiting = requests.map((missing) => this.awaited(missing));
  }

  /** Everything was granted, or was and has been used up by somebody else. */
  get isOver(): boolean {
    return this.awaiting.length === 0;
  }

  /** The next state that anything waited for comes to. */
  next(): Promise<ApprovalState> {
    const [first, ...more] = this.awaiting;
    return first && more.length === 0
      ? first.state
      : Promise.race(this.awaiting.map(({ state }) => state));
  }

  /**
   * Goes by what happened.
   *
   * @throws ToolCallDeniedError where it ends the wait
   */
  take(state: ApprovalState): void {
    const awaited = this.awaiting.find(({ missing }) => missing.requestId === state.requestId);
    if (!awaited) throw this.unknownState(this.requests[0]);
    const { requestId, policyName } = awaited.missing;
    switch (state.status) {
      case 'active':
        this.granted(awaited);
        return;
      case 'denied':
        // Approved, and used up by others before this call came to it: it asks anew.
        if (state.code === 'approval_used') this.granted(awaited);
        else throw this.denied(deny(policyName, state.code, state.reason, requestId));
        return;
      case 'pending':
        this.stillPending(awaited, state.infoRequest);
        return;
      default:
        throw this.unknownState(awaited.missing);
    }
  }

  /** Ends the wait for whatever reason, and throws it on. */
  async giveUp(error: unknown): Promise<never> {
    const { signal } = this.call;
    this.others?.abort();
    const denial = ToolCallDeniedError.isInstance(error) ? error : this.failure(error);
    for (const { missing } of this.awaiting) {
      this.announceEnd(
        missing,
        signal?.aborted
          ? { outcome: 'aborted' }
          : { outcome: 'denied', code: denial.code, reason: denial.reason },
      );
    }
    // A request that only ran out of this call's time stays open for its next try.
    const staysOpen = denial.code === 'approval_timeout' && !signal?.aborted;
    const withdrawn = staysOpen ? undefined : this.withdraw();
    // Whoever called it off is told at once, however slow the store is.
    signal?.throwIfAborted();
    await withdrawn;
    throw denial;
  }

  private awaited(missing: MissingApproval): Awaited {
    return { missing, question: undefined, state: this.stateOf(missing, undefined) };
  }

  private stateOf(
    { requestId }: MissingApproval,
    question: InfoRequest | undefined,
  ): Promise<ApprovalState> {
    const { store } = this.doorway;
    try {
      const state = store.waitForDecision(requestId, {
        timeoutMs: this.limit.left(),
        signal: this.signal,
        afterInfo: question?.seq,
      });
      // Of several waits, one that fails while another is being dealt with is heard in its turn.
      if (this.others) state.catch(() => {});
      return state;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  private granted(awaited: Awaited): void {
    this.awaiting = this.awaiting.filter((other) => other !== awaited);
    this.announceEnd(awaited.missing, { outcome: 'approved' });
  }

  private stillPending(awaited: Awaited, infoRequest: InfoRequest | undefined): void {
    const { requestId, policyName, approvalUrl } = awaited.missing;
    if (infoRequest && infoRequest.seq !== awaited.question?.seq) {
      awaited.question = infoRequest;
      this.answer(requestId, infoRequest.message);
      awaited.state = this.stateOf(awaited.missing, infoRequest);
      return;
    }
    throw this.denied(deny(policyName, 'approval_timeout', 'Nobody decided in time.', requestId), {
      waitedMs: this.limit.ms,
      approvalUrl,
      ...(infoRequest && { question: infoRequest.message }),
    });
  }

  /** Runs beside the wait: people may decide without waiting for an answer. */
  private answer(requestId: string, message: string): void {
    const { onInfoRequested } = this.hooks;
    if (!onInfoRequested) return;
    const { store, logger } = this.doorway;
    const respond = async () => {
      const answer = await onInfoRequested({ requestId, message });
      if (typeof answer === 'string' && answer.trim() !== '') {
        await store.respond(requestId, { by: this.callerId, message: answer });
      }
    };
    respond().catch((error: unknown) => {
      logger.error('An approver’s question could not be answered.', error);
    });
  }

  /** Takes back what only this call asked for. A request that is decided by now stays as it is. */
  private async withdraw(): Promise<void> {
    const { store, logger } = this.doorway;
    const reason = 'The call was called off.';
    const withdrawn = this.requests.map(async ({ requestId }) => {
      try {
        await store.cancel(requestId, { by: this.callerId, reason, unlessShared: true });
      } catch (error) {
        // Decided by now, or closed together with everything else: there is nothing to take back.
        if (!ApprovalError.isInstance(error) && !StoreClosedError.isInstance(error)) {
          logger.error('A request could not be withdrawn; it stays open.', error);
        }
      }
    });
    await Promise.all(withdrawn);
  }

  private failure(error: unknown): ToolCallDeniedError {
    // A host that shuts down closes its store on purpose.
    if (!this.call.signal?.aborted && !StoreClosedError.isInstance(error)) {
      this.doorway.logger.error('Waiting for an approval failed; the call was denied.', error);
    }
    const [first] = this.requests;
    const reason = `The approval store failed (${className(error)}).`;
    return this.denied(
      deny(first?.policyName ?? '', 'approval_store_exception', reason, first?.requestId),
    );
  }

  private unknownState(missing: MissingApproval | undefined): ToolCallDeniedError {
    const reason = 'The approval’s state is unknown.';
    return this.denied(
      deny(missing?.policyName ?? '', 'approval_state_unknown', reason, missing?.requestId),
    );
  }

  private denied(denial: DenyDecision, waited?: WaitedFor): ToolCallDeniedError {
    return new ToolCallDeniedError(this.call.toolName, denial, waited);
  }

  private announce({ requestId, approvalUrl }: MissingApproval): void {
    const { toolName, toolCallId } = this.call;
    const waitTimeoutMs = this.limit.left();
    const notice = { requestId, approvalUrl, toolName, toolCallId, waitTimeoutMs };
    this.tell(() => this.hooks.onApprovalRequired?.(notice));
  }

  private announceEnd(
    { requestId }: MissingApproval,
    result: Pick<ApprovalSettledNotice, 'outcome' | 'code' | 'reason'>,
  ): void {
    const { toolName, toolCallId } = this.call;
    const notice = { requestId, toolName, toolCallId, ...result };
    this.tell(() => this.hooks.onApprovalSettled?.(notice));
  }

  /** A listener that fails must not decide about the call. */
  private tell(listen: () => unknown): void {
    const report = (error: unknown) =>
      this.doorway.logger.error('A listener for waiting calls failed.', error);
    try {
      Promise.resolve(listen()).catch(report);
    } catch (error) {
      report(error);
    }
  }
}

function eitherOf(
  one: AbortSignal | undefined,
  other: AbortSignal | undefined,
): AbortSignal | undefined {
  return one && other ? AbortSignal.any([one, other]) : (one ?? other);
}
