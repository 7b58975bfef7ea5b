import type { InfoRequest } from '../approvals/projections.ts';
import type { ApprovalStore } from '../approvals/store.ts';
import type { Clock } from '../base/clock.ts';
import type { DenialCode } from '../base/codes.ts';
import { ApprovalError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { thawPlainJson } from '../base/plain-json.ts';
import {
  deny,
  type MissingApproval,
  type RequireApprovalDecision,
  type ToolCall,
} from './decision.ts';
import { ToolCallDeniedError } from './denied.ts';
import type { InnerGuard } from './guard.ts';
import { className } from './judging.ts';
import type { PreparedCall } from './requirements.ts';

/** A call waits for a person. */
export interface ApprovalRequiredNotice {
  readonly requestId: string;
  readonly approvalUrl: string;
  readonly toolName: string;
  /** The model's id of the call, where the call came from one. */
  readonly toolCallId?: string | undefined;
  readonly waitTimeoutMs: number;
}

/** A call no longer waits for a person. */
export interface ApprovalSettledNotice {
  readonly requestId: string;
  readonly toolName: string;
  readonly toolCallId?: string | undefined;
  /** `approved`; `denied` (with its code); `aborted`: the call was called off while it waited. */
  readonly outcome: 'approved' | 'denied' | 'aborted';
  readonly code?: DenialCode;
}

/** Answers an approver's question; nothing said leaves it open and the call waiting. */
export type InfoAnswerer = (question: {
  readonly requestId: string;
  readonly message: string;
}) => string | undefined | null | Promise<string | undefined | null>;

/** What whoever makes the call wants to know while it waits. */
export interface AdmissionHooks {
  readonly onApprovalRequired?: ((notice: ApprovalRequiredNotice) => unknown) | undefined;
  readonly onApprovalSettled?: ((notice: ApprovalSettledNotice) => unknown) | undefined;
  readonly onInfoRequested?: InfoAnswerer | undefined;
}

/** A call that may run now. */
export interface Admission {
  /** What to run it with: a fresh copy of what was judged and approved. */
  readonly input: unknown;
  /** Says what became of the call. Never throws: the call is over either way. */
  readonly report: (outcome: 'executed' | 'failed' | 'not_run') => Promise<void>;
}

/** What admitting needs of a sentinel. */
export interface Doorway {
  readonly guard: InnerGuard;
  readonly store: ApprovalStore;
  readonly clock: Clock;
  readonly logger: Logger;
}

const reportNothing = async () => {};

/**
 * Takes a call through the guard, waiting for people as long as their rule allows: until it is
 * allowed, denied, or one deadline has passed, counted from the first ask. After a denial it never
 * asks again.
 *
 * @throws ToolCallDeniedError; the abort reason, with the request withdrawn if nobody else asked
 */
export async function admit(
  doorway: Doorway,
  call: ToolCall & { readonly toolCallId?: string | undefined },
  hooks: AdmissionHooks = {},
): Promise<Admission> {
  const { guard, clock } = doorway;
  const prepared = guard.prepare(call);
  if (prepared === null) return { input: call.input, report: reportNothing };
  if ('type' in prepared) throw new ToolCallDeniedError(call.toolName, prepared);
  let deadline: number | undefined;
  for (;;) {
    const decision = await guard.decide(prepared, { blocks: true });
    if (decision.type === 'allow') return admission(doorway, prepared, decision.claimId);
    if (decision.type === 'deny') throw new ToolCallDeniedError(call.toolName, decision);
    deadline ??= clock() + decision.waitTimeoutMs;
    await new Wait(doorway, prepared, hooks, call.toolCallId).until(decision, deadline);
  }
}

function admission(
  { store, logger }: Doorway,
  { call, input }: PreparedCall,
  claimId: string | undefined,
): Admission | Promise<Admission> {
  if (claimId === undefined) return { input: thawPlainJson(input), report: reportNothing };
  const report: Admission['report'] = async (outcome) => {
    try {
      await store.recordOutcome({ claimId, outcome });
    } catch (error) {
      logger.error(`The outcome of ${claimId} could not be recorded; it stays unknown.`, error);
    }
  };
  if (call.signal?.aborted) {
    const { reason } = call.signal;
    return report('not_run').then(() => Promise.reject(reason));
  }
  return { input: thawPlainJson(input), report };
}

/** One call waiting for everything it misses. */
class Wait {
  private readonly doorway: Doorway;
  private readonly prepared: PreparedCall;
  private readonly hooks: AdmissionHooks;
  private readonly toolCallId: string | undefined;

  constructor(
    doorway: Doorway,
    prepared: PreparedCall,
    hooks: AdmissionHooks,
    toolCallId: string | undefined,
  ) {
    this.doorway = doorway;
    this.prepared = prepared;
    this.hooks = hooks;
    this.toolCallId = toolCallId;
  }

  /** Returns once everything missing is granted, or was and has been used up by somebody else. */
  async until({ requests }: RequireApprovalDecision, deadline: number): Promise<void> {
    const { signal } = this.prepared.call;
    // The first refusal ends the wait for all the others.
    const others = new AbortController();
    const both = signal ? AbortSignal.any([signal, others.signal]) : others.signal;
    try {
      await Promise.all(requests.map((missing) => this.untilOne(missing, deadline, both)));
    } catch (error) {
      others.abort();
      const isTimeout = ToolCallDeniedError.isInstance(error) && error.code === 'approval_timeout';
      if (signal?.aborted || !isTimeout) await this.withdraw(requests);
      signal?.throwIfAborted();
      throw error;
    }
  }

  private async untilOne(
    missing: MissingApproval,
    deadline: number,
    signal: AbortSignal,
  ): Promise<void> {
    const { requestId, approvalUrl, waitTimeoutMs } = missing;
    const notice = { requestId, toolName: this.toolName, toolCallId: this.toolCallId };
    this.tell(() => this.hooks.onApprovalRequired?.({ ...notice, approvalUrl, waitTimeoutMs }));
    try {
      const denial = await this.decisionOn(missing, deadline, signal);
      if (denial) throw denial;
      this.tell(() => this.hooks.onApprovalSettled?.({ ...notice, outcome: 'approved' }));
    } catch (error) {
      const denied = ToolCallDeniedError.isInstance(error);
      this.tell(() =>
        this.hooks.onApprovalSettled?.({
          ...notice,
          ...(denied ? { outcome: 'denied', code: error.code } : { outcome: 'aborted' }),
        }),
      );
      throw error;
    }
  }

  /** Null: granted, or gone again and to be asked for anew. */
  private async decisionOn(
    { requestId, policyName, waitTimeoutMs, approvalUrl }: MissingApproval,
    deadline: number,
    signal: AbortSignal,
  ): Promise<ToolCallDeniedError | null> {
    const { store, clock } = this.doorway;
    let question: InfoRequest | undefined;
    for (;;) {
      const timeoutMs = Math.max(0, deadline - clock());
      const state = await this.waitFor(requestId, policyName, {
        timeoutMs,
        signal,
        afterInfo: question?.seq,
      });
      if ('type' in state) return new ToolCallDeniedError(this.toolName, state);
      if (state.status === 'active') return null;
      if (state.status === 'denied') {
        if (state.code === 'approval_used') return null;
        const denial = deny(policyName, state.code, state.reason, requestId);
        return new ToolCallDeniedError(this.toolName, denial);
      }
      if (state.status !== 'pending') {
        const reason = 'The approval’s state is unknown.';
        return new ToolCallDeniedError(
          this.toolName,
          deny(policyName, 'approval_state_unknown', reason, requestId),
        );
      }
      const { infoRequest } = state;
      if (infoRequest && infoRequest.seq !== question?.seq) {
        question = infoRequest;
        this.answer(store, requestId, infoRequest.message);
        continue;
      }
      return new ToolCallDeniedError(
        this.toolName,
        deny(policyName, 'approval_timeout', 'Nobody decided in time.', requestId),
        {
          waitedMs: waitTimeoutMs,
          approvalUrl,
          ...(infoRequest && { question: infoRequest.message }),
        },
      );
    }
  }

  private async waitFor(
    requestId: string,
    policyName: string,
    options: { timeoutMs: number; signal: AbortSignal; afterInfo: number | undefined },
  ) {
    try {
      return await this.doorway.store.waitForDecision(requestId, options);
    } catch (error) {
      options.signal.throwIfAborted();
      this.doorway.logger.error('Waiting for an approval failed; the call was denied.', error);
      const reason = `The approval store failed (${className(error)}).`;
      return deny(policyName, 'approval_store_exception', reason, requestId);
    }
  }

  /** Runs beside the wait: people may decide without waiting for an answer. */
  private answer(store: ApprovalStore, requestId: string, message: string): void {
    const { onInfoRequested } = this.hooks;
    if (!onInfoRequested) return;
    const by = this.prepared.caller.id;
    const respond = async () => {
      const answer = await onInfoRequested({ requestId, message });
      if (typeof answer === 'string' && answer.trim() !== '') {
        await store.respond(requestId, { by, message: answer });
      }
    };
    respond().catch((error: unknown) => {
      this.doorway.logger.error('An approver’s question could not be answered.', error);
    });
  }

  /** Takes back what only this call asked for. A request that is decided by now stays as it is. */
  private async withdraw(requests: readonly MissingApproval[]): Promise<void> {
    const { store, logger } = this.doorway;
    const by = this.prepared.caller.id;
    const reason = 'The call was called off.';
    const withdrawn = requests.map(({ requestId }) =>
      store.cancel(requestId, { by, reason, unlessShared: true }).catch((error: unknown) => {
        if (!ApprovalError.isInstance(error)) {
          logger.error('A request could not be withdrawn; it stays open.', error);
        }
      }),
    );
    await Promise.all(withdrawn);
  }

  private get toolName(): string {
    return this.prepared.call.toolName;
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
