import type { DenialCode } from '../base/codes.ts';
import type { ToolCallDeniedError } from '../guard/denied.ts';

/**
 * What a gated tool returns instead of throwing, with `onDenied: 'return'`: plain JSON, so that it
 * survives a chat's way to the browser and back.
 */
export interface DeniedToolResult {
  readonly type: 'tool-call-denied';
  readonly code: DenialCode;
  readonly policyName: string;
  readonly reason: string;
  readonly requestId?: string;
  /** Written for the model and safe to show. */
  readonly message: string;
}

/** A denial as a tool's result. */
export function deniedResult(error: ToolCallDeniedError): DeniedToolResult {
  const { code, policyName, reason, requestId, message } = error;
  return {
    type: 'tool-call-denied',
    code,
    policyName,
    reason,
    ...(requestId !== undefined && { requestId }),
    message,
  };
}

/**
 * A tool's `toModelOutput` that tells the model of a denial as such, and leaves every other output
 * to the tool's own, or to what the AI SDK does where a tool has none. 5 calls it with the output,
 * 6 and 7 with an object that holds it; 5 knows no denied output, so the model reads an error there.
 */
export function toModelOutputWithDenials(
  own: ((argument: unknown) => unknown) | undefined,
): (argument: unknown) => unknown {
  return (argument) => {
    if (isDenied(argument)) return { type: 'error-text', value: argument.message };
    const { output } = isCallResult(argument) ? argument : { output: argument };
    if (isDenied(output)) return { type: 'execution-denied', reason: output.message };
    return own ? own(argument) : defaultOutput(output);
  };
}

function isDenied(value: unknown): value is DeniedToolResult {
  const { type, message } = (value ?? {}) as Partial<DeniedToolResult>;
  return type === 'tool-call-denied' && typeof message === 'string';
}

/** A tool of 5 may well answer with a `toolCallId` and an `output`; with all three it hardly does. */
function isCallResult(value: unknown): value is { readonly output: unknown } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'toolCallId' in value &&
    'input' in value &&
    'output' in value
  );
}

/** As the AI SDK does it: text as it is, everything else as JSON would have it. */
function defaultOutput(output: unknown): unknown {
  if (typeof output === 'string') return { type: 'text', value: output };
  const text = output === undefined ? undefined : JSON.stringify(output);
  return { type: 'json', value: text === undefined ? null : JSON.parse(text) };
}
