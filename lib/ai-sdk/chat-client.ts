import { createRequire } from 'node:module';
import { checkedCaller } from '../approvals/people.ts';
import { InvalidOptionError, SentinelError } from '../base/errors.ts';
import {
  oneOf,
  optionalFunction,
  refuseUnknownOptions,
  requireObject,
  shown,
  textList,
} from '../base/options.ts';
import type { AdmissionHooks } from '../guard/doorway.ts';
import {
  createSentinel,
  insideOf,
  SENTINEL_OPTIONS,
  type Sentinel,
  type SentinelOptions,
} from '../sentinel.ts';
import { listening } from './conversation.ts';
import { gateTools, type ToolMap } from './gate-tools.ts';
import type { CallerOf, JustificationOf } from './incoming-call.ts';

/** The AI SDK, as much of it as is used here: 5, 6 and 7 fit. */
export interface AiModule {
  // biome-ignore lint/suspicious/noExplicitAny: three majors with options of their own.
  generateText(options: any): any;
  // biome-ignore lint/suspicious/noExplicitAny: three majors with options of their own.
  streamText(options: any): any;
}

type InstalledAi = typeof import('ai');

/** Leaves keys out of each member of a union by itself: a prompt or messages, never both. */
type WithoutEach<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** A function of the AI SDK whose tools are the client's, and its model too unless one is given. */
type Bound<F extends (options: never) => unknown> = (
  options: WithoutEach<Parameters<F>[0], 'tools' | 'model'> & { readonly model?: unknown },
) => ReturnType<F>;

/** What only `authorizationChatClient` takes. */
interface ChatOptions<T extends ToolMap, A extends AiModule> extends AdmissionHooks {
  /** The model of the client's own `generateText` and `streamText`. */
  readonly model?: unknown;
  /** The tools to gate, as the AI SDK takes them. */
  readonly tools: T;
  /** On whose behalf, or a function that says so for each call. Else `runAs`; else anonymous. */
  readonly caller?: CallerOf;
  /** Why a call is wanted. Else the conversation says so. */
  readonly justification?: JustificationOf;
  /** A denied call throws `ToolCallDeniedError` (default), or returns a `DeniedToolResult`. */
  readonly onDenied?: 'throw' | 'return';
  /** Tools whose plain `execute` returns an async iterable that is to be streamed. */
  readonly streaming?: readonly (keyof T & string)[];
  /** Tools without `execute`, which run elsewhere, that may do so in spite of a matching rule. */
  readonly ungated?: readonly (keyof T & string)[];
  /** The `ai` module to use, where it is not the one installed beside this package. */
  readonly ai?: A;
}

/** What `authorizationChatClient` takes: a sentinel, or the options of one in its place. */
export type AuthorizationChatOptions<T extends ToolMap, A extends AiModule = InstalledAi> =
  | (ChatOptions<T, A> & { readonly sentinel: Sentinel } & {
      readonly [K in Exclude<keyof SentinelOptions, keyof ChatOptions<T, A>>]?: never;
    })
  | (ChatOptions<T, A> & { readonly sentinel?: undefined } & Omit<
        SentinelOptions,
        keyof ChatOptions<T, A>
      >);

/** Gated tools, and the AI SDK's functions bound to them. */
export interface AuthorizationChatClient<T extends ToolMap, A extends AiModule = InstalledAi> {
  /** The same map with every `execute` gated: for your own `generateText`, `streamText`, agents. */
  readonly tools: T;
  /** The AI SDK's, with the client's model and tools. */
  readonly generateText: Bound<A['generateText']>;
  /** The AI SDK's, with the client's model and tools. */
  readonly streamText: Bound<A['streamText']>;
  readonly sentinel: Sentinel;
  /** Closes the sentinel if this client made it. Idempotent. */
  close(): Promise<void>;
}

const CHAT_OPTIONS: readonly string[] = [
  'model',
  'tools',
  'caller',
  'justification',
  'onDenied',
  'onApprovalRequired',
  'onApprovalSettled',
  'onInfoRequested',
  'streaming',
  'ungated',
  'ai',
  'sentinel',
] satisfies readonly (keyof ChatOptions<ToolMap, AiModule> | 'sentinel')[];

/**
 * Gates a map of AI SDK tools: each call is judged by policy, then approved by people where a rule
 * asks for it (the call waits), and only then made, with exactly the input that was approved. Works
 * with `ai` 5, 6 and 7.
 *
 * @throws InvalidOptionError naming the option or tool and what to write instead
 */
export function authorizationChatClient<T extends ToolMap, A extends AiModule = InstalledAi>(
  options: AuthorizationChatOptions<T, A>,
): AuthorizationChatClient<T, A> {
  requireObject('authorizationChatClient', options);
  refuseUnknownOptions('', options, [...new Set([...CHAT_OPTIONS, ...SENTINEL_OPTIONS])]);
  requireObject('tools', options.tools);
  const sentinel = sentinelOf(options);
  const inside = insideOf(sentinel);
  const tools = gateTools(options.tools, inside, {
    caller: callerOption(options.caller),
    justification: optionalFunction('justification', options.justification),
    onDenied: oneOf('onDenied', options.onDenied, ['throw', 'return'], 'throw'),
    onApprovalRequired: optionalFunction('onApprovalRequired', options.onApprovalRequired),
    onApprovalSettled: optionalFunction('onApprovalSettled', options.onApprovalSettled),
    onInfoRequested:
      optionalFunction('onInfoRequested', options.onInfoRequested) ?? inside.onInfoRequested,
    streaming: textList('streaming', options.streaming),
    ungated: textList('ungated', options.ungated),
  });

  let loaded: AiModule | undefined = aiModule(options.ai);
  function bound(name: keyof AiModule) {
    return (given: Record<string, unknown>) => {
      if (given.tools !== undefined) {
        throw new InvalidOptionError(
          'tools',
          `give them to authorizationChatClient, not to ${name}: here they would run ungated.`,
        );
      }
      const model = given.model ?? options.model;
      if (model === undefined) {
        throw new InvalidOptionError('model', `give one to authorizationChatClient or to ${name}.`);
      }
      loaded ??= installedAi();
      const call = loaded[name];
      return listening(model, (heard) => call({ ...given, model: heard, tools }));
    };
  }

  return {
    tools,
    generateText: bound('generateText') as Bound<A['generateText']>,
    streamText: bound('streamText') as Bound<A['streamText']>,
    sentinel,
    close: () => (options.sentinel ? Promise.resolve() : sentinel.close()),
  };
}

function callerOption(given: CallerOf | undefined): CallerOf | undefined {
  return given === undefined || typeof given === 'function' ? given : checkedCaller(given);
}

function sentinelOf(options: object): Sentinel {
  const given = options as Readonly<Record<string, unknown>>;
  const own = Object.keys(given).filter(
    (key) => given[key] !== undefined && !CHAT_OPTIONS.includes(key),
  );
  if (given.sentinel === undefined) {
    return createSentinel(Object.fromEntries(own.map((key) => [key, given[key]])));
  }
  const [clash] = own;
  if (clash === undefined) return given.sentinel as Sentinel;
  throw new InvalidOptionError(
    clash,
    `belongs to createSentinel; with \`sentinel\` given it would have no effect (${shown(given[clash])}).`,
  );
}

function aiModule(given: AiModule | undefined): AiModule | undefined {
  if (given === undefined) return undefined;
  const { generateText, streamText } = given ?? {};
  if (typeof generateText === 'function' && typeof streamText === 'function') return given;
  throw new InvalidOptionError(
    'ai',
    `must be the \`ai\` module, as in \`import * as ai from 'ai'\`, not ${shown(given)}.`,
  );
}

/** Loaded when first needed, since apps that only want the gated tools bring their own. */
function installedAi(): AiModule {
  try {
    return createRequire(import.meta.url)('ai') as AiModule;
  } catch (cause) {
    throw new SentinelError(
      'missing_package',
      'The package `ai` could not be loaded. Run `npm install ai`, or pass the module as the option `ai`.',
      { cause },
    );
  }
}
