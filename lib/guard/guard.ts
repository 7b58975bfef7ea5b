import { ANONYMOUS, checkedCaller, type SecurityContext } from '../approvals/people.ts';
import type { ApprovalState } from '../approvals/projections.ts';
import type { ApprovalStore } from '../approvals/store.ts';
import { ApprovalError, InvalidOptionError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { shown } from '../base/options.ts';
import { digestOf, freezePlainJson, NotPlainJsonError, TooLargeError } from '../base/plain-json.ts';
import {
  type CheckResult,
  type CoveringGrant,
  type Decision,
  type DenyDecision,
  deny,
  type MissingApproval,
  type RequireApprovalDecision,
  type ToolCall,
  type WouldBeMissing,
} from './decision.ts';
import { className } from './judging.ts';
import { unlessAborted } from './patience.ts';
import {
  defaultDenial,
  type Judgement,
  type PreparedCall,
  type Requirement,
  requirementsOf,
} from './requirements.ts';
import type { MatchingRules } from './rules.ts';

/** Decides about calls. */
export interface Guard {
  /**
   * Judges a call: policies first, then approvals. Opens or joins the requests that are missing;
   * where all are granted, takes one use of each. After `allow` with a `claimId`, report what became
   * of the call with `store.recordOutcome`.
   *
   * @throws the abort reason, and InvalidOptionError for a malformed call; whatever else goes wrong
   * is a denial
   */
  authorize(call: ToolCall): Promise<Decision>;
  /** What `authorize` would answer, writing nothing and taking no use. */
  check(call: ToolCall): Promise<CheckResult>;
}

/** The guard, with the two steps that waiting calls take one by one. */
export interface InnerGuard extends Guard {
  /** Null: no rule concerns the tool, and it runs with whatever it was given. */
  prepare(call: ToolCall): PreparedCall | DenyDecision | null;
  /** With `blocksForMs`, the requests say until when the caller waits. */
  decide(prepared: PreparedCall, blocksForMs?: number): Promise<Decision>;
}

/** What a guard goes by, all resolved. */
export interface GuardParts {
  readonly rulesFor: (toolName: string) => MatchingRules;
  readonly store: ApprovalStore;
  readonly judgement: Judgement;
  readonly maxInputBytes: number;
  readonly callerInForce: () => SecurityContext | undefined;
  readonly logger: Logger;
}

/** Grants come and go between finding and claiming them; this often, the store must be broken. */
const MOST_CLAIM_ATTEMPTS = 100;

/** The guard over a store. */
export function createGuard(parts: GuardParts): InnerGuard {
  const { store, judgement, logger } = parts;

  function prepare(call: ToolCall): PreparedCall | DenyDecision | null {
    call.signal?.throwIfAborted();
    const { toolName } = call;
    if (typeof toolName !== 'string') {
      throw new InvalidOptionError('toolName', `must be a string, not ${shown(toolName)}.`);
    }
    const rules = parts.rulesFor(toolName);
    if (!rules.isSoundName) {
      return deny(
        'tool name',
        'policy_denied',
        'The tool’s name is empty, too long, has control characters or has spaces at its ends.',
      );
    }
    const first = rules.policies[0] ?? rules.approvals[0];
    if (!first) return judgement.defaultToolPolicy === 'allow' ? null : defaultDenial(toolName);
    const given = call.caller ?? parts.callerInForce() ?? undefined;
    const caller = given === undefined ? ANONYMOUS : checkedCaller(given);
    try {
      const given = call.input === undefined ? {} : call.input;
      return { call, caller, rules, input: freezePlainJson(given, parts.maxInputBytes) };
    } catch (error) {
      return unusableInput(first.policyName, error);
    }
  }

  async function decide(prepared: PreparedCall, blocksForMs?: number): Promise<Decision> {
    const found = requirementsOf(prepared, judgement);
    const required = found instanceof Promise ? await found : found;
    if ('type' in required) return required;
    if (required.length === 0) return { type: 'allow', grants: [] };
    try {
      return await settle(prepared, required, blocksForMs);
    } catch (error) {
      prepared.call.signal?.throwIfAborted();
      return storeFailure(required, error);
    }
  }

  /** Finds or opens what is missing; where nothing is, claims one use of each, all or none. */
  async function settle(
    prepared: PreparedCall,
    required: readonly Requirement[],
    blocksForMs: number | undefined,
  ): Promise<Decision> {
    const { signal } = prepared.call;
    const digest = digestOf(prepared.input);
    for (let attempt = 0; attempt < MOST_CLAIM_ATTEMPTS; attempt++) {
      const states = await ensureAll(required, signal, blocksForMs);
      const denial = denialAmong(required, states) ?? unknownAmong(required, states);
      if (denial) {
        await Promise.all(asked(required, states).map(withdraw));
        return denial;
      }
      const missing = missingAmong(required, states);
      if (missing) return missing;
      const grants = grantsOf(required, states);
      try {
        const { claimId } = await unlessAborted(
          store.claim(grants.map(({ requestId }) => ({ requestId, digest }))),
          signal,
          (late) => store.recordOutcome({ claimId: late.claimId, outcome: 'not_run' }),
        );
        if (typeof claimId !== 'string') throw new TypeError('The store gave no claim id.');
        return { type: 'allow', claimId, grants: grants.map(lessOne) };
      } catch (error) {
        // A grant that was there a moment ago is gone: somebody was faster. See what is there now.
        if (!ApprovalError.isInstance(error)) throw error;
      }
    }
    throw new Error('Grants kept vanishing between being found and being claimed.');
  }

  /**
   * Finds before it opens, so that nobody is asked to approve one half of a call whose other half is
   * refused already; then opens together whatever is missing.
   */
  async function ensureAll(
    required: readonly Requirement[],
    signal: AbortSignal | undefined,
    blocksForMs: number | undefined,
  ): Promise<readonly (ApprovalState | null)[]> {
    if (required.length > 1) {
      const found = await unlessAborted(findAll(required), signal);
      if (denialAmong(required, found)) return found;
    }
    const ensured = required.map(async ({ ask, waitTimeoutMs }) => {
      const waitsForMs = blocksForMs && Math.min(blocksForMs, waitTimeoutMs);
      const state = await store.ensureRequest({ ...ask, waitsForMs });
      return { state, by: ask.caller.id };
    });
    try {
      const opened = await unlessAborted(Promise.all(ensured), signal);
      return opened.map(({ state }) => state);
    } catch (error) {
      // Whatever was opened already, or still comes to be, is nobody's any more.
      for (const late of ensured) late.then(withdraw, () => {});
      throw error;
    }
  }

  /** Takes back what was asked for a call that will not be made after all. */
  async function withdraw({
    state,
    by,
  }: {
    readonly state: ApprovalState | null;
    readonly by: string;
  }) {
    // A store may answer with anything, and nobody is left to hear of it.
    if (state?.status !== 'pending') return;
    try {
      await store.cancel(state.requestId, { by, unlessShared: true });
    } catch (error) {
      if (!ApprovalError.isInstance(error)) {
        logger.error('A request could not be withdrawn; it stays open.', error);
      }
    }
  }

  function findAll(required: readonly Requirement[]): Promise<(ApprovalState | null)[]> {
    return Promise.all(required.map(({ ask }) => store.findRequest(ask)));
  }

  async function check(call: ToolCall): Promise<CheckResult> {
    const prepared = prepare(call);
    if (prepared === null) return { type: 'allow', grants: [] };
    if ('type' in prepared) return prepared;
    const required = await requirementsOf(prepared, judgement);
    if ('type' in required) return required;
    try {
      const states = await unlessAborted(findAll(required), call.signal);
      const denial = denialAmong(required, states);
      if (denial) return denial;
      const missing = wouldBeMissing(required, states);
      const [first] = missing;
      return first
        ? { type: 'require-approval', ...first, requests: missing }
        : { type: 'allow', grants: grantsOf(required, states) };
    } catch (error) {
      call.signal?.throwIfAborted();
      return storeFailure(required, error);
    }
  }

  function storeFailure([first]: readonly Requirement[], error: unknown): DenyDecision {
    logger.error('The approval store failed; the call was denied.', error);
    return deny(
      first?.policyName ?? 'approval',
      'approval_store_exception',
      `The approval store failed (${className(error)}).`,
    );
  }

  return {
    prepare,
    decide,
    check,
    async authorize(call) {
      const prepared = prepare(call);
      if (prepared === null) return { type: 'allow', grants: [] };
      return 'type' in prepared ? prepared : decide(prepared);
    },
  };
}

type States = readonly (ApprovalState | null)[];

/** What was opened for a call, and in whose name. */
function asked(required: readonly Requirement[], states: States) {
  return pairs(required, states)
    .filter(isPending)
    .map(({ requirement, state }) => ({ state, by: requirement.ask.caller.id }));
}

/** A store that was asked to make sure of a request, and answered with none. */
function unknownAmong(required: readonly Requirement[], states: States): DenyDecision | undefined {
  const odd = pairs(required, states).find(({ state }) => state === null);
  return odd && unknownState(odd.requirement);
}

function unknownState({ policyName }: Requirement): DenyDecision {
  return deny(policyName, 'approval_state_unknown', 'The approval’s state is unknown.');
}

/** Each requirement with its state; null: nothing was opened for it. */
function pairs(required: readonly Requirement[], states: States) {
  return required.map((requirement, index) => ({ requirement, state: states[index] ?? null }));
}

function denialAmong(required: readonly Requirement[], states: States): DenyDecision | undefined {
  for (const { requirement, state } of pairs(required, states)) {
    const { policyName } = requirement;
    if (state?.status === 'denied')
      return deny(policyName, state.code, state.reason, state.requestId);
    if (state && state.status !== 'active' && state.status !== 'pending') {
      return unknownState(requirement);
    }
  }
  return undefined;
}

function missingAmong(
  required: readonly Requirement[],
  states: States,
): RequireApprovalDecision | undefined {
  const requests = pairs(required, states).filter(isPending).map(missingApproval);
  const [first] = requests;
  return first && { type: 'require-approval', ...first, requests };
}

function wouldBeMissing(required: readonly Requirement[], states: States): WouldBeMissing[] {
  return pairs(required, states).flatMap((pair) => {
    const { policyName, waitTimeoutMs } = pair.requirement;
    if (pair.state === null) return [{ policyName, waitTimeoutMs }];
    return isPending(pair) ? [missingApproval(pair)] : [];
  });
}

type Pair = ReturnType<typeof pairs>[number];
type PendingPair = Pair & { readonly state: Extract<ApprovalState, { status: 'pending' }> };

function isPending(pair: Pair): pair is PendingPair {
  return pair.state?.status === 'pending';
}

function missingApproval({ requirement, state }: PendingPair): MissingApproval {
  const { requestId, approvalUrl, requestedAt } = state;
  const { policyName, waitTimeoutMs } = requirement;
  return { policyName, requestId, approvalUrl, requestedAt, waitTimeoutMs };
}

function grantsOf(required: readonly Requirement[], states: States): CoveringGrant[] {
  return pairs(required, states).flatMap(({ requirement: { policyName }, state }) => {
    if (state?.status !== 'active') return [];
    const { requestId, expiresAt, usesLeft } = state;
    return [{ requestId, policyName, expiresAt, ...(usesLeft !== undefined && { usesLeft }) }];
  });
}

/** A grant as it is after this call's use of it. */
function lessOne(grant: CoveringGrant): CoveringGrant {
  return grant.usesLeft === undefined ? grant : { ...grant, usesLeft: grant.usesLeft - 1 };
}

function unusableInput(policyName: string, error: unknown): DenyDecision {
  if (error instanceof TooLargeError) {
    return deny(policyName, 'input_too_large', `The input is too large: ${error.message}.`);
  }
  // A proxy's trap may throw anything; what it threw is no business of the model's.
  const why = error instanceof NotPlainJsonError ? error.message : `reading it failed`;
  return deny(policyName, 'input_not_serializable', `The input is not plain JSON: ${why}.`);
}
