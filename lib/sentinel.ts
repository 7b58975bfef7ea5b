import { AsyncLocalStorage } from 'node:async_hooks';
import { requireApprovalUrl } from './approvals/asking.ts';
import { type ApprovalEvent, type ApprovalEventType, EVENT_TYPES } from './approvals/events.ts';
import { JUSTIFICATION_TEMPLATE } from './approvals/justification.ts';
import type { SecurityContext } from './approvals/people.ts';
import { jsonPointers } from './approvals/spec.ts';
import type { ApprovalStore } from './approvals/store.ts';
import { type Clock, systemClock } from './base/clock.ts';
import { type Duration, parseDuration } from './base/duration.ts';
import { InvalidOptionError } from './base/errors.ts';
import type { Logger } from './base/logger.ts';
import {
  flag,
  oneOf,
  optionalCount,
  optionalFunction,
  refuseUnknownOptions,
  requireObject,
  shown,
} from './base/options.ts';
import type { Doorway, InfoAnswerer } from './guard/doorway.ts';
import { createGuard, type Guard } from './guard/guard.ts';
import {
  type MatchingRules,
  type Policy,
  type PolicyCall,
  type Rule,
  ruleBook,
} from './guard/rules.ts';
import { memoryStore } from './ledgers/memory.ts';

/** What `createSentinel` takes. Every option may be left out. */
export interface SentinelOptions {
  /** Made by `requireToolPolicy` and `requireApproval`. Default: none, and every call passes. */
  readonly rules?: readonly Rule[];
  /** Where requests and decisions are kept. Default: `memoryStore()`. */
  readonly store?: ApprovalStore;
  /** Policies that rules name. */
  readonly policies?: Readonly<Record<string, Policy>>;
  /** What happens to a call that no rule matches. Default `allow`. */
  readonly defaultToolPolicy?: 'allow' | 'deny';
  /** How long a policy, a predicate or an estimate may take. Default 5 seconds. */
  readonly policyTimeout?: Duration;
  /** Where people decide: an http(s) address with `{id}`. Default `sentinel://approve/{id}`. */
  readonly approvalUrl?: string;
  /** What a call costs, in US dollars, where its rule does not say. */
  readonly estimateCostUsd?: (call: PolicyCall) => number | Promise<number>;
  /** Why a call is wanted, where it does not say so itself. */
  readonly justification?: (call: PolicyCall) => string | undefined | Promise<string | undefined>;
  /** The last resort; `{tool}` is the tool's name. Default `AI agent invocation: {tool}`. */
  readonly justificationTemplate?: string;
  /** Whether approvers (and policies) see the conversation before the call. Default true. */
  readonly includeConversationContext?: boolean;
  /** Answers approvers' questions on behalf of every waiting call. */
  readonly onInfoRequested?: InfoAnswerer;
  /** JSON pointers (RFC 6901) into every input whose values nobody is to see; beside rules' own. */
  readonly redact?: readonly string[];
  /** The largest input that can be judged, in bytes of canonical JSON. Default 1 MiB, at most 16 MiB. */
  readonly maxInputBytes?: number;
  /** Default: the system's. Also given to the default store. */
  readonly clock?: Clock;
  /** Told what no caller may see. Default: `console`. */
  readonly logger?: Logger;
}

/** A guard, the store it asks, and what belongs to both. */
export interface Sentinel {
  readonly guard: Guard;
  readonly store: ApprovalStore;
  /** Calls `listener` for events of one type, or of all (`*`). The answer ends it. */
  on(type: ApprovalEventType | '*', listener: (event: ApprovalEvent) => unknown): () => void;
  /** Runs `fn`; whatever it calls, now or later, is called on behalf of `caller`. */
  runAs<T>(caller: SecurityContext, fn: () => T): T;
  /** Closes what this sentinel made itself: a store that was given stays open. Idempotent. */
  close(): Promise<void>;
}

/** What the doors of this package need of a sentinel, beyond what an app does. */
export interface SentinelInside extends Doorway {
  readonly onInfoRequested: InfoAnswerer | undefined;
  /** The rules that concern a tool, and whether it can be called without any. */
  readonly rulesFor: (toolName: string) => MatchingRules;
  readonly passesUnmatched: boolean;
}

const insides = new WeakMap<Sentinel, SentinelInside>();

const OPTIONS = [
  'rules',
  'store',
  'policies',
  'defaultToolPolicy',
  'policyTimeout',
  'approvalUrl',
  'estimateCostUsd',
  'justification',
  'justificationTemplate',
  'includeConversationContext',
  'onInfoRequested',
  'redact',
  'maxInputBytes',
  'clock',
  'logger',
] as const satisfies readonly (keyof SentinelOptions)[];

/** The names of `SentinelOptions`, for whoever takes them beside options of its own. */
export const SENTINEL_OPTIONS: readonly string[] = OPTIONS;

/** As much as a store takes of one input. */
const MOST_INPUT_BYTES = 16 * 1024 * 1024;

/**
 * A sentinel: rules, and a store in which people decide.
 *
 * @throws InvalidOptionError naming the option, what was given and what to write instead
 */
export function createSentinel(options: SentinelOptions = {}): Sentinel {
  requireObject('createSentinel', options);
  refuseUnknownOptions('', options, OPTIONS);
  const clock = optionalFunction('clock', options.clock) ?? systemClock;
  const logger = options.logger ?? console;
  requireLogger(logger);
  const rules = options.rules ?? [];
  const rulesFor = ruleBook(rules, jsonPointers('redact', options.redact));
  const policyTimeoutMs = parseDuration('policyTimeout', options.policyTimeout ?? '5s');
  const defaultToolPolicy = oneOf(
    'defaultToolPolicy',
    options.defaultToolPolicy,
    ['allow', 'deny'],
    'allow',
  );
  requireApprovalUrl(options.approvalUrl);
  const callers = new AsyncLocalStorage<SecurityContext>();
  const ownStore = options.store ? undefined : memoryStore({ clock, logger });
  const store = options.store ?? (ownStore as ApprovalStore);
  requireStore(store);
  const guard = createGuard({
    rulesFor,
    store,
    judgement: {
      bench: {
        policies: policyMap(options.policies),
        estimateCostUsd: optionalFunction('estimateCostUsd', options.estimateCostUsd),
        patience: { clock, timeoutMs: policyTimeoutMs },
        logger,
      },
      defaultToolPolicy,
      approvalUrl: options.approvalUrl,
      justify: optionalFunction('justification', options.justification),
      justificationTemplate: template(options.justificationTemplate),
      includeConversation: flag(
        'includeConversationContext',
        options.includeConversationContext,
        true,
      ),
    },
    maxInputBytes: inputLimit(options.maxInputBytes),
    callerInForce: () => callers.getStore(),
    logger,
  });
  const sentinel: Sentinel = {
    guard: { authorize: guard.authorize, check: guard.check },
    store,
    on(type, listener) {
      oneOf('on', type, [...EVENT_TYPES, '*'], '*');
      return store.requests.subscribe((event) =>
        type === '*' || event.type === type ? listener(event) : undefined,
      );
    },
    runAs: (caller, fn) => callers.run(caller, fn),
    async close() {
      await ownStore?.close();
    },
  };
  insides.set(sentinel, {
    guard,
    store,
    clock,
    logger,
    policyTimeoutMs,
    onInfoRequested: optionalFunction('onInfoRequested', options.onInfoRequested),
    rulesFor,
    passesUnmatched: defaultToolPolicy === 'allow',
  });
  return Object.freeze(sentinel);
}

/**
 * The inside of a sentinel that this copy of the package made.
 *
 * @throws InvalidOptionError for anything else
 */
export function insideOf(sentinel: unknown): SentinelInside {
  const inside = insides.get(sentinel as Sentinel);
  if (inside) return inside;
  throw new InvalidOptionError(
    'sentinel',
    `must come from createSentinel of this same copy of ai-sentinel, not ${shown(sentinel)}.`,
  );
}

/** By name, and without what an object inherits: a rule may name any string. */
function policyMap(policies: SentinelOptions['policies']): ReadonlyMap<string, Policy> {
  if (policies === undefined) return new Map();
  requireObject('policies', policies);
  const entries = Object.entries(policies);
  for (const [name, policy] of entries) {
    if (typeof policy !== 'function') {
      throw new InvalidOptionError(`policies.${name}`, `must be a function, not ${shown(policy)}.`);
    }
  }
  return new Map(entries);
}

function requireLogger(logger: Logger): void {
  if (typeof logger?.warn === 'function' && typeof logger.error === 'function') return;
  throw new InvalidOptionError(
    'logger',
    `must have the functions warn and error, as console does, not ${shown(logger)}.`,
  );
}

/** Empty is allowed: then nothing may be asked for without a justification of its own. */
function template(given: string | undefined): string {
  if (given === undefined) return JUSTIFICATION_TEMPLATE;
  if (typeof given === 'string') return given;
  throw new InvalidOptionError('justificationTemplate', `must be a string, not ${shown(given)}.`);
}

function inputLimit(given: number | undefined): number {
  const bytes = optionalCount('maxInputBytes', given) ?? 1024 * 1024;
  if (bytes <= MOST_INPUT_BYTES) return bytes;
  throw new InvalidOptionError(
    'maxInputBytes',
    `must be at most ${MOST_INPUT_BYTES} (16 MiB), not ${shown(given)}.`,
  );
}

function requireStore(store: ApprovalStore): void {
  if (typeof store?.ensureRequest === 'function' && typeof store.requests?.get === 'function')
    return;
  throw new InvalidOptionError(
    'store',
    `must be an approval store, such as memoryStore(), not ${shown(store)}.`,
  );
}
