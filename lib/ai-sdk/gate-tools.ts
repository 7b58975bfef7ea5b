import type { SecurityContext } from '../approvals/people.ts';
import { InvalidOptionError } from '../base/errors.ts';
import { type Admission, type AdmissionHooks, admit } from '../guard/admission.ts';
import { ToolCallDeniedError } from '../guard/denied.ts';
import type { Rule } from '../guard/rules.ts';
import type { SentinelInside } from '../sentinel.ts';
import { conversationBefore } from './conversation.ts';
import { type DeniedToolResult, deniedResult, toModelOutputWithDenials } from './denied-result.ts';

/** A map of tools as the AI SDK takes it; what a tool is besides `execute` does not matter here. */
export type ToolMap = Readonly<Record<string, object>>;

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

/** How tools are gated. */
export interface Gating extends AdmissionHooks {
  readonly caller: CallerOf | undefined;
  readonly justification:
    | ((call: AiToolCall) => string | undefined | Promise<string | undefined>)
    | undefined;
  readonly onDenied: 'throw' | 'return';
  /** Tools whose plain `execute` returns an async iterable that is to be streamed. */
  readonly streaming: readonly string[];
  /** Tools without `execute` that run elsewhere, and may do so in spite of a rule. */
  readonly ungated: readonly string[];
}

/** What the AI SDK passes to `execute` beside the input, as far as it matters here. */
interface ExecuteOptions {
  readonly toolCallId?: string;
  readonly messages?: unknown;
  readonly abortSignal?: AbortSignal;
  readonly context?: unknown;
  readonly experimental_context?: unknown;
}

type Execute = (input: unknown, options?: ExecuteOptions) => unknown;

/** Which sentinel's rules a gated tool is under; recognised across copies of the package. */
const GATED = Symbol.for('ai-sentinel.gated');

/**
 * The same map with every `execute` gated that a rule concerns. Tools that no rule can ever concern
 * are left as they are, and so are tools gated by the same rules already.
 *
 * @throws InvalidOptionError for a tool that a rule matches but that has no `execute` to gate, and
 * for names in `streaming` and `ungated` that do not fit
 */
export function gateTools<T extends ToolMap>(
  tools: T,
  sentinel: SentinelInside,
  gating: Gating,
): T {
  requireKnownNames(tools, gating);
  const gated: Record<string, object> = {};
  for (const name of Object.keys(tools)) {
    // As an own property whatever its name, `__proto__` included.
    Object.defineProperty(gated, name, {
      value: gateTool(name, tools[name] as object, sentinel, gating),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return gated as T;
}

function gateTool(name: string, tool: object, sentinel: SentinelInside, gating: Gating): object {
  const { policies, approvals } = sentinel.rulesFor(name);
  const rules: readonly Rule[] = [...policies, ...approvals];
  if (rules.length === 0 && sentinel.passesUnmatched) return tool;
  const { execute, [GATED]: gatedBy } = tool as { execute?: unknown; [GATED]?: readonly Rule[] };
  if (gatedBy) {
    if (isSameList(gatedBy, rules)) return tool;
    throw new InvalidOptionError(
      `tools.${name}`,
      'is gated already, by other rules. Gate the tool itself, with all its rules in one sentinel.',
    );
  }
  if (typeof execute !== 'function') {
    if (gating.ungated.includes(name)) return tool;
    throw new InvalidOptionError(
      `tools.${name}`,
      'has no `execute`, so it runs elsewhere and the rule that matches it could not hold. ' +
        'Give it one, or list it in `ungated` if it may run unasked.',
    );
  }
  const gate = new Gate(name, sentinel, gating);
  const run: Execute = (input, options) => execute.call(tool, input, options);
  const gatedExecute =
    isAsyncGeneratorFunction(execute) || gating.streaming.includes(name)
      ? gate.streaming(run)
      : gate.plain(run);
  return withExecute(tool, gatedExecute, rules, gating.onDenied);
}

/**
 * The tool, with another `execute`. A proxy, because a copy would lose what classes keep on their
 * prototype and in private fields, and would not see what the tool changes on itself.
 */
function withExecute(
  tool: object,
  execute: Execute,
  rules: readonly Rule[],
  onDenied: Gating['onDenied'],
): object {
  const bound = new Map<PropertyKey, unknown>();
  const once = (property: PropertyKey, make: () => unknown) => {
    if (!bound.has(property)) bound.set(property, make());
    return bound.get(property);
  };
  // A proxy may not answer otherwise than a fixed property of its target; for a tool that has such,
  // a copy stands in.
  const target = hasFixedProperties(tool) ? unfixed(tool) : tool;
  return new Proxy(target, {
    get(_, property) {
      if (property === 'execute') return execute;
      if (property === GATED) return rules;
      const value = Reflect.get(target, property, target);
      if (property === 'toModelOutput' && onDenied === 'return') {
        const own = typeof value === 'function' ? value.bind(tool) : undefined;
        return once(property, () => toModelOutputWithDenials(own));
      }
      // Methods of a class reach its private fields only on the object itself.
      const isMethod = typeof value === 'function' && !Object.hasOwn(target, property);
      return isMethod ? once(property, () => value.bind(tool)) : value;
    },
    getOwnPropertyDescriptor(_, property) {
      const descriptor = Reflect.getOwnPropertyDescriptor(target, property);
      return property === 'execute' && descriptor
        ? { ...withoutAccessors(descriptor), value: execute, writable: true }
        : descriptor;
    },
  });
}

function hasFixedProperties(tool: object): boolean {
  const descriptors = Object.values(Object.getOwnPropertyDescriptors(tool));
  return descriptors.some(({ configurable }) => !configurable);
}

function unfixed(tool: object): object {
  const descriptors = Object.getOwnPropertyDescriptors(tool);
  for (const descriptor of Object.values(descriptors)) descriptor.configurable = true;
  return Object.create(Object.getPrototypeOf(tool), descriptors);
}

function withoutAccessors({ get: _, set: __, ...rest }: PropertyDescriptor): PropertyDescriptor {
  return rest;
}

/** One tool's door: every call goes through it before the tool sees it. */
class Gate {
  private readonly toolName: string;
  private readonly sentinel: SentinelInside;
  private readonly gating: Gating;

  constructor(toolName: string, sentinel: SentinelInside, gating: Gating) {
    this.toolName = toolName;
    this.sentinel = sentinel;
    this.gating = gating;
  }

  /** For tools that answer once. An async iterable, which nobody said would come, is drained. */
  plain(run: Execute): Execute {
    return async (input, options) => {
      const admission = await this.admit(input, options);
      if ('type' in admission) return admission;
      return reported(admission, async () => {
        const output = await run(admission.input, options);
        return isAsyncIterable(output) ? lastOf(output) : output;
      });
    };
  }

  /** For tools that answer bit by bit. The SDK looks for an iterator before it awaits anything. */
  streaming(run: Execute): Execute {
    const admitted = (input: unknown, options?: ExecuteOptions) => this.admit(input, options);
    return async function* (input, options) {
      const admission = await admitted(input, options);
      if ('type' in admission) {
        yield admission;
        return;
      }
      let outcome: 'executed' | 'failed' = 'failed';
      try {
        const output = await run(admission.input, options);
        if (isAsyncIterable(output)) yield* output;
        else yield output;
        outcome = 'executed';
      } finally {
        await admission.report(outcome);
      }
    };
  }

  private async admit(
    input: unknown,
    options: ExecuteOptions = {},
  ): Promise<Admission | DeniedToolResult> {
    const { toolName, gating } = this;
    const { toolCallId, abortSignal, messages } = options;
    const call: AiToolCall = {
      toolName,
      toolCallId,
      input,
      context: options.context ?? options.experimental_context,
    };
    try {
      const caller = await valueFor(gating.caller, call);
      const justification = await valueFor(gating.justification, call);
      const conversation = conversationBefore(messages);
      return await admit(
        this.sentinel,
        {
          caller,
          toolName,
          input,
          signal: abortSignal,
          justification,
          toolCallId,
          context: { conversation, ...(toolCallId !== undefined && { toolCallId }) },
        },
        gating,
      );
    } catch (error) {
      if (gating.onDenied === 'return' && ToolCallDeniedError.isInstance(error)) {
        return deniedResult(error);
      }
      throw error;
    }
  }
}

async function reported(admission: Admission, run: () => Promise<unknown>): Promise<unknown> {
  let outcome: 'executed' | 'failed' = 'failed';
  try {
    const output = await run();
    outcome = 'executed';
    return output;
  } finally {
    await admission.report(outcome);
  }
}

function valueFor<T>(
  option: T | ((call: AiToolCall) => T | Promise<T>),
  call: AiToolCall,
): T | Promise<T> {
  return typeof option === 'function'
    ? (option as (call: AiToolCall) => T | Promise<T>)(call)
    : option;
}

async function lastOf(outputs: AsyncIterable<unknown>): Promise<unknown> {
  let last: unknown;
  for await (const output of outputs) last = output;
  return last;
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return (
    typeof (value as { [Symbol.asyncIterator]?: unknown } | null | undefined)?.[
      Symbol.asyncIterator
    ] === 'function'
  );
}

/** Also of another realm, and bound: the tag is inherited from the function's prototype. */
function isAsyncGeneratorFunction(value: unknown): boolean {
  return Object.prototype.toString.call(value) === '[object AsyncGeneratorFunction]';
}

function isSameList(one: readonly Rule[], other: readonly Rule[]): boolean {
  return one.length === other.length && one.every((rule, index) => rule === other[index]);
}

function requireKnownNames(tools: ToolMap, { streaming, ungated }: Gating): void {
  for (const [option, names] of Object.entries({ streaming, ungated })) {
    for (const name of names) {
      if (!Object.hasOwn(tools, name)) {
        throw new InvalidOptionError(option, `names ${JSON.stringify(name)}, which is no tool.`);
      }
    }
  }
  for (const name of ungated) {
    if (typeof (tools[name] as { execute?: unknown }).execute === 'function') {
      throw new InvalidOptionError(
        'ungated',
        `names ${JSON.stringify(name)}, which has an \`execute\` and can be gated. Take it off the list.`,
      );
    }
  }
}
