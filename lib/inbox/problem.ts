import { ApprovalError, InvalidOptionError, StoreClosedError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { WireProblem } from './wire.ts';

/** A refusal with its HTTP status, thrown by whatever handles a request. */
export class HttpProblem extends Error {
  readonly status: number;
  readonly code: string;
  readonly facts: Pick<WireProblem, 'field' | 'decided_by' | 'decided_at'>;

  constructor(status: number, code: string, detail: string, facts: HttpProblem['facts'] = {}) {
    super(detail);
    this.status = status;
    this.code = code;
    this.facts = facts;
  }
}

/** What each status is called, as RFC 9110 has it. */
const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  409: 'Conflict',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

/** Codes of refused decisions that are no conflict with what was there. */
const STATUS_OF_CODE: ReadonlyMap<string, number> = new Map([
  ['not_eligible', 403],
  ['self_approval', 403],
  ['cannot_widen', 422],
]);

/** Codes by which a store says that it failed, not that it refused. */
const FAILURES: readonly string[] = ['approval_store_exception', 'approval_state_unknown'];

/** What a client sends, by the name of the option that it becomes. */
const FIELDS: ReadonlyMap<string, string> = new Map([
  ['durationMs', 'duration_seconds'],
  ['maxUses', 'max_uses'],
  ['expectedVersion', 'expected_version'],
  ...['scope', 'digest', 'reason', 'message', 'limit', 'cursor'].map(
    (name) => [name, name] as const,
  ),
]);

/** The same for a request that is hidden as for one that is not there. */
export function unknownRequest(): HttpProblem {
  return new HttpProblem(
    404,
    'unknown_request',
    'There is no such request, or it is not yours to see.',
  );
}

/**
 * What a handler of ours threw, as the problem it is to a client. What a client may not know goes
 * to the logger.
 */
export function problemOf(error: unknown, logger: Logger): HttpProblem {
  if (error instanceof HttpProblem) return error;
  if (ApprovalError.isInstance(error) && !FAILURES.includes(error.code)) {
    return problemOfRefusal(error);
  }
  if (InvalidOptionError.isInstance(error)) {
    const field = FIELDS.get(error.option);
    if (field !== undefined) {
      const words = error.message.slice(`${error.option}: `.length);
      return new HttpProblem(400, 'invalid_request', `${field}: ${words}`, { field });
    }
  }
  logger.error('An inbox request failed.', error);
  const what = StoreClosedError.isInstance(error) ? 'is closed' : 'failed';
  return new HttpProblem(
    503,
    'approval_store_exception',
    // It may have failed after it had stored a decision.
    `The approval store ${what}. Before you decide again, look whether it was recorded.`,
  );
}

/**
 * What Express, its body reader or its file server gave up on: below 500, the client's own doing.
 * Their words are not repeated; some quote what was sent.
 */
export function problemOfFramework(error: unknown, logger: Logger): HttpProblem {
  const { status } = (error ?? {}) as { status?: unknown };
  switch (status) {
    case 412:
      return new HttpProblem(412, 'precondition_failed', 'The file is not the one you named.');
    case 413:
      return new HttpProblem(413, 'payload_too_large', 'The body is larger than 256 KiB.');
    case 415:
      return new HttpProblem(
        415,
        'unsupported_media_type',
        'The body’s encoding is not known here.',
      );
  }
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return new HttpProblem(400, 'invalid_request', 'The request could not be read.');
  }
  logger.error('An inbox request failed.', error);
  return new HttpProblem(500, 'internal_error', 'The request could not be handled.');
}

/** The problem as it is sent. */
export function problemToWire({ status, code, message, facts }: HttpProblem): WireProblem {
  return {
    type: 'about:blank',
    title: TITLES[status] ?? 'Error',
    status,
    detail: message,
    code,
    ...facts,
  };
}

function problemOfRefusal({ code, message, by, at }: ApprovalError): HttpProblem {
  if (code === 'unknown_request') return unknownRequest();
  return new HttpProblem(STATUS_OF_CODE.get(code) ?? 409, code, message, {
    ...(by !== undefined && { decided_by: by }),
    ...(at !== undefined && { decided_at: new Date(at).toISOString() }),
  });
}
