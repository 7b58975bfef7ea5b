import type { DenialCode } from './codes.ts';

const KIND = Symbol.for('ai-sentinel.error');

/**
 * The base of every error this library throws on purpose. `isInstance`, here and on each class
 * below, also recognises errors of another copy of the package in the same process, which
 * `instanceof` does not.
 */
export class SentinelError extends Error {
  /** What happened, from one list (`DENIAL_CODES`) or a policy's own. */
  readonly code: DenialCode;

  constructor(code: DenialCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.name = new.target.name;
    Object.defineProperty(this, KIND, { value: new.target.name });
  }

  static isInstance(value: unknown): value is SentinelError {
    return kindOf(value) !== undefined;
  }
}

/** The name of the class of ours that made `value`, whichever copy of the package it was. */
export function kindOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null && KIND in value ? value[KIND] : undefined;
}

/** An option or argument is wrong. The message names it, says what was given and what to write. */
export class InvalidOptionError extends SentinelError {
  /** The option's name, with its path where it is nested: `rules[2].grantDuration`. */
  readonly option: string;

  constructor(option: string, problem: string) {
    super('invalid_option', `${option}: ${problem}`);
    this.option = option;
  }

  static override isInstance(value: unknown): value is InvalidOptionError {
    return kindOf(value) === 'InvalidOptionError';
  }
}

/**
 * A decision, an answer or a claim that could not be accepted. Where somebody was faster, `by` and
 * `at` (milliseconds since 1970, UTC) say who and when.
 */
export class ApprovalError extends SentinelError {
  /** The request it is about, if there is one. */
  readonly requestId: string | undefined;
  /** Who decided first, for `already_decided`. */
  readonly by: string | undefined;
  /** When they did, in milliseconds since 1970. */
  readonly at: number | undefined;

  constructor(
    code: DenialCode,
    message: string,
    facts: { requestId?: string; by?: string; at?: number; cause?: unknown } = {},
  ) {
    super(code, message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.requestId = facts.requestId;
    this.by = facts.by;
    this.at = facts.at;
  }

  static override isInstance(value: unknown): value is ApprovalError {
    return kindOf(value) === 'ApprovalError';
  }
}

/** The store was closed (the host is shutting down) while a call waited in it, or before. */
export class StoreClosedError extends SentinelError {
  constructor() {
    super('store_closed', 'The approval store is closed. Nothing was decided and nothing ran.');
  }

  static override isInstance(value: unknown): value is StoreClosedError {
    return kindOf(value) === 'StoreClosedError';
  }
}
