import type { SecurityContext } from '../approvals/people.ts';
import type { Json } from '../base/json.ts';
import type { CallContext } from './decision.ts';
import type { PolicyCall } from './rules.ts';

type AskContext = () => CallContext | undefined;

/**
 * A call as policies and predicates see it. A context that has to be worked out is, when one of
 * them looks: going through a long conversation costs more than most policies do.
 */
export class JudgedCall implements PolicyCall {
  readonly caller: SecurityContext;
  readonly toolName: string;
  readonly input: Json;
  readonly estimatedCostUsd: number | undefined;
  readonly #askContext: AskContext | undefined;
  #asked: { readonly context: CallContext | undefined } | undefined;

  constructor(
    call: Pick<PolicyCall, 'caller' | 'toolName' | 'input'>,
    estimatedCostUsd: number | undefined,
    context: CallContext | AskContext | undefined,
  ) {
    this.caller = call.caller;
    this.toolName = call.toolName;
    this.input = call.input;
    this.estimatedCostUsd = estimatedCostUsd;
    if (typeof context === 'function') {
      this.#askContext = context as AskContext;
    } else if (context) {
      Object.defineProperty(this, 'context', { value: context, enumerable: true });
    }
    Object.freeze(this);
  }

  get context(): CallContext | undefined {
    this.#asked ??= { context: this.#askContext?.() };
    return this.#asked.context;
  }

  /** The same call, at a cost. */
  costing(usd: number | undefined): JudgedCall {
    if (usd === this.estimatedCostUsd) return this;
    return new JudgedCall(this, usd, this.#askContext ?? this.context);
  }
}
