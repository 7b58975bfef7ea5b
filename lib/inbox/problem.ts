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
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

/** Codes of refused decisions that are no conflict with what was there. */
const STATUS_OF_CODE: Readonly<Record<string, number>> = {
  unknown_request: 404,
  not_eligible: 403,
  self_approval: 403,
  cannot_widen: 422,
};

/** Any error as the problem it is to a client. What a client may not know goes to the logger. */
export function problemOf(error: unknown, logger: Logger): HttpProblem {
  if (error instanceof HttpProblem) return error;
  if (ApprovalError.isInstance(error)) {
    const { code, by, at } = error;
    return new HttpProblem(STATUS_OF_CODE[code] ?? 409, code, error.message, {
      ...(by !== undefined && { decided_by: by }),
      ...(at !== undefined && { decided_at: new Date(at).toISOString() }),
    });
  }
  if (InvalidOptionError.isInstance(error)) {
    return new HttpProblem(400, 'invalid_request', error.message, {
      field: snakeCase(error.option),
    });
  }
  const body = problemOfBody(error);
  if (body) return body;
  logger.error('An inbox request failed.', error);
  const what = StoreClosedError.isInstance(error) ? 'is closed' : 'failed';
  return new HttpProblem(
    503,
    'approval_store_exception',
    `The approval store ${what}. Nothing was decided.`,
  );
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

/** What the body parser of Express refuses, by the `type` it gives its errors. */
function problemOfBody(error: unknown): HttpProblem | undefined {
  const { type, status } = (error ?? {}) as { type?: unknown; status?: unknown };
  if (type === 'entity.too.large') {
    return new HttpProblem(413, 'payload_too_large', 'The body is larger than 256 KiB.');
  }
  if (type === 'encoding.unsupported' || type === 'charset.unsupported') {
    return new HttpProblem(415, 'unsupported_media_type', 'The body must be JSON in UTF-8.');
  }
  if (typeof type === 'string' && typeof status === 'number' && status < 500) {
    return new HttpProblem(400, 'invalid_request', 'The body is not valid JSON.');
  }
  return undefined;
}

function snakeCase(name: string): string {
  return name
    .replace('durationMs', 'durationSeconds')
    .replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
