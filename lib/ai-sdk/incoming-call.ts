import type { Justification } from '../approvals/justification.ts';
import { checkedCaller, type SecurityContext } from '../approvals/people.ts';
import { deny } from '../guard/decision.ts';
import { ToolCallDeniedError } from '../guard/denied.ts';
import type { Doorway } from '../guard/doorway.ts';
import { className } from '../guard/judging.ts';
import { within } from '../guard/patience.ts';
import type { IncomingCall } from '../guard/waiting-call.ts';
import { conversationBefore } from './conversation.ts';
import type { ExecuteOptions } from './gated-tool.ts';

type Awaitable<T> = T | Promise<T>;

/** A call of a tool, as a `caller` function sees it. */
export interface AiToolCall {
  readonly toolName: string;
  readonly toolCallId: string | undefined;
  readonly input: unknown;
  /** `context` (ai 7) or `experimental_context` (5 and 6) of the call. */
  readonly context: unknown;
}

/** Says on whose behalf a call is made. */
export type CallerOf =
  | SecurityContext
  | ((call: AiToolCall) => SecurityContext | undefined | Promise<SecurityContext | undefined>);

/** Says why a call is wanted. */
export type JustificationOf = (
  call: AiToolCall,
) => string | undefined | Promise<string | undefined>;

/** Where a call's facts come from, beside the call itself. */
export interface CallSources {
  readonly caller: CallerOf | undefined;
  readonly justification: JustificationOf | undefined;
}

/**
 * A call as the guard takes it, out of what the AI SDK hands to `execute`.
 *
 * @throws ToolCallDeniedError where `caller` fails; the abort reason
 */
export function incomingCall(
  toolName: string,
  input: unknown,
  options: ExecuteOptions = {},
  { caller, justification }: CallSources,
  doorway: Doorway,
): IncomingCall | Promise<IncomingCall> {
  const { toolCallId, abortSignal, messages } = options;
  const call: IncomingCall = {
    toolName,
    toolCallId,
    input,
    signal: abortSignal,
    caller: typeof caller === 'function' ? undefined : caller,
    context: () => ({
      conversation: conversationBefore(messages, toolCallId),
      ...(toolCallId !== undefined && { toolCallId }),
    }),
  };
  if (typeof caller !== 'function' && !justification) return call;
  const context = options.context ?? options.experimental_context;
  return askedFor(
    call,
    { toolName, toolCallId, input, context },
    { caller, justification },
    doorway,
  );
}

/** The call, with what the app's callbacks say about it. */
async function askedFor(
  call: IncomingCall,
  asked: AiToolCall,
  { caller, justification }: CallSources,
  doorway: Doorway,
): Promise<IncomingCall> {
  return {
    ...call,
    caller:
      typeof caller === 'function'
        ? await callerFrom(() => caller(asked), call, doorway)
        : call.caller,
    justification:
      justification && (await justificationFrom(() => justification(asked), call, doorway)),
  };
}

/** Whose words an exception has is not known, so no model gets to read them. */
async function callerFrom(
  ask: () => Awaitable<SecurityContext | undefined>,
  { toolName, signal }: IncomingCall,
  { logger, clock, policyTimeoutMs: timeoutMs }: Doorway,
): Promise<SecurityContext | undefined> {
  try {
    const caller = await within(Promise.resolve(ask()), { clock, timeoutMs, signal });
    return caller && checkedCaller(caller);
  } catch (error) {
    signal?.throwIfAborted();
    logger.error('The `caller` callback failed; the call was denied.', error);
    const reason = `On whose behalf it is made could not be found out (${className(error)}).`;
    throw new ToolCallDeniedError(toolName, deny('caller', 'policy_exception', reason));
  }
}

async function justificationFrom(
  ask: () => Awaitable<string | undefined>,
  { signal }: IncomingCall,
  { logger, clock, policyTimeoutMs: timeoutMs }: Doorway,
): Promise<Justification | undefined> {
  try {
    const text = await within(Promise.resolve(ask()), { clock, timeoutMs, signal });
    return typeof text === 'string' ? { text, source: 'app' } : undefined;
  } catch (error) {
    signal?.throwIfAborted();
    logger.error('The `justification` callback failed; the next source is used.', error);
    return undefined;
  }
}
