import {
  type ConversationMessage,
  isBlank,
  type Justification,
  justificationFromConversation,
  justificationFromTemplate,
} from '../approvals/justification.ts';
import type { SecurityContext } from '../approvals/people.ts';
import { resolveSpec } from '../approvals/spec.ts';
import type { Ask } from '../approvals/store.ts';
import type { Json, JsonObject } from '../base/json.ts';
import { type CallContext, type DenyDecision, deny, type ToolCall } from './decision.ts';
import { JudgedCall } from './judged-call.ts';
import { asks, type Bench, type Cost, estimateCost, judge } from './judging.ts';
import { within } from './patience.ts';
import type { ApprovalRequirement, MatchingRules, PolicyCall, PolicyRule } from './rules.ts';

/** A call that was taken in: its rules found, its input copied and frozen. */
export interface PreparedCall {
  readonly call: ToolCall;
  readonly caller: SecurityContext;
  readonly rules: MatchingRules;
  readonly input: Json;
}

/** An approval that a call needs. */
export interface Requirement {
  readonly policyName: string;
  readonly waitTimeoutMs: number;
  readonly ask: Ask;
}

/** How an app wants calls to be judged and asked for. */
export interface Judgement {
  readonly bench: Bench;
  readonly defaultToolPolicy: 'allow' | 'deny';
  readonly approvalUrl: string | undefined;
  readonly justify: ((call: PolicyCall) => unknown) | undefined;
  readonly justificationTemplate: string;
  readonly includeConversation: boolean;
}

/**
 * Lets every matching policy judge the call, in order, the first refusal ending it; only then works
 * out which approvals it needs, so that no person is asked about a call that policy refuses.
 */
export function requirementsOf(
  prepared: PreparedCall,
  judgement: Judgement,
): Found | Promise<Found> {
  const { call, caller, rules, input } = prepared;
  const bench = benchFor(judgement, call.signal);
  const context = contextFor(call, judgement);
  const judged = new JudgedCall({ caller, toolName: call.toolName, input }, undefined, context);
  if (bench.estimateCostUsd || rules.approvals.length > 0) {
    return requirementsAtCost(prepared, judged, judgement, bench);
  }
  // Most calls are judged by quick policies alone, and need not wait for anything.
  const refusal = refusalBy(rules.policies, judged, bench);
  return refusal instanceof Promise
    ? refusal.then((denial) => denial ?? NOTHING)
    : (refusal ?? NOTHING);
}

/** Why a call is refused, or which approvals it needs. */
type Found = DenyDecision | readonly Requirement[];

const NOTHING: readonly Requirement[] = [];

async function requirementsAtCost(
  { call, rules }: PreparedCall,
  uncosted: JudgedCall,
  judgement: Judgement,
  bench: Bench,
): Promise<Found> {
  const cost = bench.estimateCostUsd ? await estimateCost(uncosted, bench) : {};
  const judged = uncosted.costing(cost.usd);
  const refusal = await refusalBy(rules.policies, judged, bench);
  if (refusal) return refusal;
  const required: Requirement[] = [];
  for (const rule of rules.approvals) {
    const answer = await asks(rule, judged, cost, bench);
    call.signal?.throwIfAborted();
    if (answer.asked) {
      required.push(await requirement(rule, call, judged, answer.cost, judgement));
    }
  }
  const matched = rules.policies.length + required.length > 0;
  if (matched || judgement.defaultToolPolicy === 'allow') return required;
  return defaultDenial(call.toolName);
}

/** The first policy that refuses; they are asked in order, each once the one before has allowed. */
function refusalBy(
  policies: readonly PolicyRule[],
  judged: JudgedCall,
  bench: Bench,
): DenyDecision | null | Promise<DenyDecision | null> {
  for (const [place, rule] of policies.entries()) {
    const verdict = judge(rule, judged, bench);
    if (verdict instanceof Promise) {
      return verdict.then((denial) => {
        bench.patience.signal?.throwIfAborted();
        return denial ?? refusalBy(policies.slice(place + 1), judged, bench);
      });
    }
    bench.patience.signal?.throwIfAborted();
    if (verdict) return verdict;
  }
  return null;
}

/** What no rule allows, where the default is to deny. */
export function defaultDenial(toolName: string): DenyDecision {
  return deny(toolName, 'default_deny', `No rule allows the tool ${toolName}.`);
}

async function requirement(
  rule: ApprovalRequirement,
  call: ToolCall,
  judged: JudgedCall,
  cost: Cost,
  judgement: Judgement,
): Promise<Requirement> {
  const { caller, toolName, input, context } = judged;
  const { policyName, spec, pattern } = rule;
  const { approvalUrl } = judgement;
  return {
    policyName,
    waitTimeoutMs: resolveSpec(spec, pattern, policyName, caller.id).waitTimeoutMs,
    ask: {
      caller,
      spec,
      toolName,
      input,
      justification: await justification(call, judged, judgement),
      ...(context && { context: context as JsonObject }),
      ...(cost.usd !== undefined && { estimatedCostUsd: cost.usd }),
      ...(approvalUrl !== undefined && { approvalUrl }),
    },
  };
}

/**
 * The first that says something: the call's words, the app's, the conversation's, the template's.
 */
async function justification(
  call: ToolCall,
  judged: PolicyCall,
  judgement: Judgement,
): Promise<Justification> {
  const own = justificationOfCall(call);
  if (own && !isBlank(own.text)) return own;
  return (
    (await justificationOfApp(judged, judgement, call.signal)) ??
    justificationFromConversation(conversationOf(judged.context)) ??
    justificationFromTemplate(judgement.justificationTemplate, call.toolName)
  );
}

function justificationOfCall({ justification }: ToolCall): Justification | undefined {
  return typeof justification === 'string'
    ? { text: justification, source: 'call' }
    : justification;
}

async function justificationOfApp(
  judged: PolicyCall,
  judgement: Judgement,
  signal: AbortSignal | undefined,
): Promise<Justification | undefined> {
  const { justify } = judgement;
  if (!justify) return undefined;
  const bench = benchFor(judgement, signal);
  try {
    const text = await within(new Promise((resolve) => resolve(justify(judged))), bench.patience);
    return typeof text === 'string' && !isBlank(text) ? { text, source: 'app' } : undefined;
  } catch (error) {
    signal?.throwIfAborted();
    bench.logger.error('The `justification` callback failed; the next source is used.', error);
    return undefined;
  }
}

/** The context people and policies see: without the conversation where that is not wanted. */
function contextFor(
  { context }: ToolCall,
  { includeConversation, bench }: Judgement,
): CallContext | (() => CallContext | undefined) | undefined {
  const seen = includeConversation ? (known?: CallContext) => known : withoutConversation;
  return typeof context === 'function' ? () => seen(askedContext(context, bench)) : seen(context);
}

function withoutConversation(context: CallContext | undefined): CallContext | undefined {
  if (!context) return undefined;
  const { conversation: _, ...rest } = context;
  return rest;
}

/** The context is for reading along: a call without one can still be judged. */
function askedContext(ask: () => CallContext, { logger }: Bench): CallContext | undefined {
  try {
    return ask();
  } catch (error) {
    logger.error('The call’s `context` failed; the call goes on without one.', error);
    return undefined;
  }
}

function conversationOf(context: CallContext | undefined): readonly ConversationMessage[] {
  const messages = context?.conversation;
  return Array.isArray(messages) ? messages.filter(isMessage) : [];
}

function isMessage(message: unknown): message is ConversationMessage {
  const { role, text } = (message ?? {}) as Partial<ConversationMessage>;
  return (role === 'user' || role === 'assistant') && typeof text === 'string';
}

function benchFor({ bench }: Judgement, signal: AbortSignal | undefined): Bench {
  return signal ? { ...bench, patience: { ...bench.patience, signal } } : bench;
}
