import { InvalidOptionError } from '../base/errors.ts';
import { requireObject } from '../base/options.ts';
import { type Admission, admit } from '../guard/admission.ts';
import { ToolCallDeniedError } from '../guard/denied.ts';
import type { AdmissionHooks } from '../guard/doorway.ts';
import type { Rule } from '../guard/rules.ts';
import type { SentinelInside } from '../sentinel.ts';
import { type DeniedToolResult, deniedResult } from './denied-result.ts';
import { type Execute, type ExecuteOptions, gatedTool } from './gated-tool.ts';
import { type CallSources, incomingCall } from './incoming-call.ts';

/** A map of tools as the AI SDK takes it; what a tool is besides `execute` does not matter here. */
export type ToolMap = Readonly<Record<string, object>>;

/** How tools are gated. */
export interface Gating extends AdmissionHooks, CallSources {
  readonly onDenied: 'throw' | 'return';
  /** Tools whose plain `execute` returns an async iterable that is to be streamed. */
  readonly streaming: readonly string[];
  /** Tools without `execute` that run elsewhere, and may do so in spite of a rule. */
  readonly ungated: readonly string[];
}

/** What a gated `execute` is marked with; recognised across copies of the package. */
const GATED = Symbol.for('ai-sentinel.gated');

/** How an `execute` was gated; on the function, so that a tool made of a gated one is known too. */
interface GatedAs {
  readonly toolName: string;
  readonly rules: readonly Rule[];
}

/**
 * The same map with every `execute` gated that a rule concerns. Tools that no rule can ever concern
 * are left as they are.
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
  const { policies, approvals, isSoundName } = sentinel.rulesFor(name);
  const rules: readonly Rule[] = [...policies, ...approvals];
  if (rules.length === 0 && sentinel.passesUnmatched && isSoundName) return tool;
  requireObject(`tools.${name}`, tool);
  const { execute } = tool as { execute?: Execute & { [GATED]?: GatedAs } };
  if (typeof execute !== 'function') {
    if (gating.ungated.includes(name)) return tool;
    throw new InvalidOptionError(
      `tools.${name}`,
      'has no `execute`, so it runs elsewhere and the rule that matches it could not hold. ' +
        'Give it one, or list it in `ungated` if it may run unasked.',
    );
  }
  const original = originalOf(name, tool, execute, rules);
  const gate = new Gate(name, sentinel, gating);
  const run: Execute = (input, options) => original.execute.call(original.tool, input, options);
  const gatedExecute =
    isAsyncGeneratorFunction(original.execute) || gating.streaming.includes(name)
      ? gate.streaming(run)
      : gate.plain(run);
  const mark: GatedAs = { toolName: name, rules };
  Object.defineProperty(gatedExecute, GATED, { value: mark });
  originals.set(gatedExecute, original);
  return gatedTool(tool, gatedExecute, gating.onDenied === 'return');
}

/** A tool as it was before it was gated. */
interface Original {
  readonly tool: object;
  readonly execute: Execute;
}

const originals = new WeakMap<Execute, Original>();

/**
 * What to gate: the tool, or, of one that is gated already, what is behind its gate. So a call goes
 * through one gate, and it is the gate of the client that makes the call: with its sentinel, its
 * caller, its hooks. Other rules than the ones it was gated by would be lost, so they are refused.
 */
function originalOf(
  name: string,
  tool: object,
  execute: Execute & { readonly [GATED]?: GatedAs },
  rules: readonly Rule[],
): Original {
  const gatedAs = execute[GATED];
  if (!gatedAs) return { tool, execute };
  const original = originals.get(execute);
  if (original && gatedAs.toolName === name && isSameList(gatedAs.rules, rules)) return original;
  throw new InvalidOptionError(
    `tools.${name}`,
    `is gated already, as ${JSON.stringify(gatedAs.toolName)} or by other rules. ` +
      'Gate the tool itself, once, with all its rules in one sentinel.',
  );
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
      let admission: Admission;
      try {
        const call = this.callOf(input, options);
        const asked = call instanceof Promise ? await call : call;
        admission = await admit(this.sentinel, asked, this.gating);
      } catch (error) {
        return this.denied(error);
      }
      let outcome: 'executed' | 'failed' = 'failed';
      try {
        const output = await run(admission.input, options);
        const answer = isAsyncIterable(output) ? await lastOf(output) : output;
        outcome = 'executed';
        return answer;
      } finally {
        if (admission.report) await admission.report(outcome);
      }
    };
  }

  /** For tools that answer bit by bit. The SDK looks for an iterator before it awaits anything. */
  streaming(run: Execute): Execute {
    const gate = this;
    return async function* (input, options) {
      let admission: Admission;
      try {
        admission = await admit(gate.sentinel, await gate.callOf(input, options), gate.gating);
      } catch (error) {
        yield gate.denied(error);
        return;
      }
      // Also where whoever reads it stops early: it ran.
      let outcome: 'executed' | 'failed' = 'executed';
      try {
        const output = await run(admission.input, options);
        if (isAsyncIterable(output)) yield* output;
        else yield output;
      } catch (error) {
        outcome = 'failed';
        throw error;
      } finally {
        if (admission.report) await admission.report(outcome);
      }
    };
  }

  private callOf(input: unknown, options: ExecuteOptions | undefined) {
    return incomingCall(this.toolName, input, options, this.gating, this.sentinel);
  }

  /** What a denied call answers with; any other failure, and a denial that throws, goes on up. */
  private denied(error: unknown): DeniedToolResult {
    if (this.gating.onDenied === 'return' && ToolCallDeniedError.isInstance(error)) {
      return deniedResult(error);
    }
    throw error;
  }
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
