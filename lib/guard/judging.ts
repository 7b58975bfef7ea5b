import type { Logger } from '../base/logger.ts';
import { shown } from '../base/options.ts';
import { type DenyDecision, deny } from './decision.ts';
import type { JudgedCall } from './judged-call.ts';
import { type Patience, TookTooLong, within } from './patience.ts';
import {
  type ApprovalRequirement,
  isCostUsd,
  type Policy,
  type PolicyCall,
  type PolicyRule,
  type PolicyVerdict,
} from './rules.ts';

/** What judging a call needs besides the call. */
export interface Bench {
  readonly policies: ReadonlyMap<string, Policy>;
  readonly estimateCostUsd: ((call: PolicyCall) => number | Promise<number>) | undefined;
  readonly patience: Patience;
  readonly logger: Logger;
}

/** Null: the policy allows the call. Whatever goes wrong denies it, and says so in its own code. */
export function judge(
  rule: PolicyRule,
  call: PolicyCall,
  bench: Bench,
): DenyDecision | null | Promise<DenyDecision | null> {
  const policy = typeof rule.policy === 'string' ? bench.policies.get(rule.policy) : rule.policy;
  if (!policy) {
    return deny(
      rule.policyName,
      'policy_not_registered',
      `The policy ${shown(rule.policyName)} is not registered in \`policies\`.`,
    );
  }
  try {
    const verdict = policy(call);
    return isPromise(verdict)
      ? within(Promise.resolve(verdict), bench.patience)
          .then((late) => denialOf(rule, late))
          .catch((error: unknown) => failure(rule, error, bench))
      : denialOf(rule, verdict);
  } catch (error) {
    return failure(rule, error, bench);
  }
}

function denialOf({ policyName }: PolicyRule, verdict: PolicyVerdict): DenyDecision | null {
  if (verdict === true) return null;
  if (verdict === false) {
    return deny(policyName, 'policy_denied', `The policy ${policyName} does not allow this call.`);
  }
  // Types are not there at run time: what is neither yes nor no is not a yes.
  const { allowed, reason, code } = (verdict ?? {}) as Partial<Exclude<PolicyVerdict, boolean>>;
  if (allowed === true) return null;
  if (allowed === false) {
    return deny(
      policyName,
      typeof code === 'string' && code !== '' ? code : 'policy_denied',
      typeof reason === 'string' && reason !== ''
        ? reason
        : `The policy ${policyName} does not allow this call.`,
    );
  }
  return deny(policyName, 'policy_exception', `The policy ${policyName} gave no clear answer.`);
}

/** The error's class is named, its message goes to the logger: it may hold what no agent may see. */
function failure({ policyName }: PolicyRule, error: unknown, bench: Bench): DenyDecision {
  const { signal, timeoutMs } = bench.patience;
  if (signal?.aborted && error === signal.reason) throw error;
  if (error instanceof TookTooLong) {
    return deny(
      policyName,
      'policy_timeout',
      `The policy ${policyName} did not answer within ${timeoutMs} ms.`,
    );
  }
  bench.logger.error(`The policy ${policyName} failed; the call was denied.`, error);
  return deny(
    policyName,
    'policy_exception',
    `The policy ${policyName} failed (${className(error)}).`,
  );
}

/** What a call costs; `failed` where an estimate exists but gave no amount. */
export type Cost = { readonly usd?: number; readonly failed?: true };

/** The app's estimate of a call's cost, where it has one. */
export function estimateCost(call: PolicyCall, bench: Bench): Promise<Cost> {
  return amountOf(bench.estimateCostUsd && (() => bench.estimateCostUsd?.(call)), bench);
}

/**
 * Whether a rule asks for this call, and at what cost. Only a clear `false` of `when` lets a call
 * pass unasked; where the cost or the predicate fails, people are asked.
 */
export async function asks(
  rule: ApprovalRequirement,
  call: JudgedCall,
  appCost: Cost,
  bench: Bench,
): Promise<{ readonly asked: boolean; readonly cost: Cost }> {
  const { estimatedCostUsd, when } = rule;
  const own =
    typeof estimatedCostUsd === 'function'
      ? () => estimatedCostUsd(call.input)
      : () => estimatedCostUsd;
  const cost = estimatedCostUsd === undefined ? appCost : await amountOf(own, bench);
  if (when === undefined || cost.failed) return { asked: true, cost };
  try {
    const answer = when(call.costing(cost.usd));
    const settled = isPromise(answer)
      ? await within(Promise.resolve(answer), bench.patience)
      : answer;
    return { asked: settled !== false, cost };
  } catch (error) {
    bench.patience.signal?.throwIfAborted();
    bench.logger.error(`\`when\` of ${rule.policyName} failed; people are asked.`, error);
    return { asked: true, cost };
  }
}

async function amountOf(estimate: (() => unknown) | undefined, bench: Bench): Promise<Cost> {
  if (!estimate) return {};
  try {
    const answer = estimate();
    const usd = isPromise(answer) ? await within(Promise.resolve(answer), bench.patience) : answer;
    if (isCostUsd(usd)) return { usd };
    bench.logger.warn(
      `A cost estimate answered ${shown(usd)}, which is no amount; people are asked.`,
    );
  } catch (error) {
    bench.patience.signal?.throwIfAborted();
    bench.logger.error('A cost estimate failed; people are asked.', error);
  }
  return { failed: true };
}

/** The name of an error's class, which is all of it that a caller is told. */
export function className(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const name: unknown = error.constructor?.name;
  return typeof name === 'string' && name !== '' ? name : 'Error';
}

function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}
