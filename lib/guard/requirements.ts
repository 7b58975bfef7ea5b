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
import { asks, type Bench, type Cost, estimateCost, judge } from './judging.ts';
import { within } from './patience.ts';
import type { ApprovalRequirement, MatchingRules, PolicyCall } from './rules.ts';

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
export async function requirementsOf(
  { call, caller, rules, input }: PreparedCall,
  judgement: Judgement,
): Promise<DenyDecision | readonly Requirement[]> {
  const { toolName, signal } = call;
  const bench = benchFor(judgement, signal);
  let context: CallContext | undefined;
  const plain: PolicyCall = {
    caller,
    toolName,
    input,
    get context() {
      context ??= contextFor(call, judgement);
      return context;
    },
  };
  const cost = bench.estimateCostUsd ? await estimateCost(Object.freeze(plain), bench) : {};
  const judged = Object.freeze(
    cost.usd === undefined ? plain : { ...plain, estimatedCostUsd: cost.usd },
  );
  for (const rule of rules.policies) {
    const verdict = judge(rule, judged, bench);
    const denial = verdict instanceof Promise ? await verdict : verdict;
    signal?.throwIfAborted();
    if (denial) return denial;
  }
  const required: Requirement[] = [];
  for (const rule of rules.approvals) {
    const answer = await asks(rule, judged, cost, bench);
    signal?.throwIfAborted();
    if (answer.asked) {
      required.push(await requirement(rule, call, judged, answer.cost, judgement));
    }
  }
  const matched = rules.policies.length + required.length > 0;
  return matched || judgement.defaultToolPolicy === 'allow' ? required : defaultDenial(toolName);
}

/** What no rule allows, where the default is to deny. */
export function defaultDenial(toolName: string): DenyDecision {
  return deny(toolName, 'default_deny', `No rule allows the tool ${toolName}.`);
}

async function requirement(
  rule: ApprovalRequirement,
  call: ToolCall,
  judged: PolicyCall,
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
): CallContext | undefined {
  const known = typeof context === 'function' ? askedContext(context, bench) : context;
  if (!known || includeConversation) return known;
  const { conversation: _, ...rest } = known;
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
