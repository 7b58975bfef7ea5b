import express, { type Request, type RequestHandler } from 'express';
import type { Answering } from './answering.ts';
import { HttpProblem } from './problem.ts';

const MOST_BODY_BYTES = 256 * 1024;

/**
 * Reads a request's body as JSON into `request.body`: undefined for an empty one, whatever it calls
 * itself. Bytes that are not UTF-8 are refused rather than replaced: the words of a decision are
 * kept as they were sent. A body that the app around the router has parsed is taken as it is.
 */
export function readingJson(answering: Answering): RequestHandler[] {
  return [
    express.raw({ limit: MOST_BODY_BYTES, type: ({ method }) => !isReading(method) }),
    answering((request) => {
      request.body = isReading(request.method) ? undefined : jsonOf(request);
    }),
  ];
}

/** Whether a method only reads. */
export function isReading(method: string | undefined): boolean {
  return method === 'GET' || method === 'HEAD';
}

function jsonOf(request: Request): unknown {
  const body: unknown = request.body;
  if (isEmpty(body)) return undefined;
  if (!request.is(['json', '+json'])) {
    throw new HttpProblem(415, 'unsupported_media_type', 'The body must be application/json.');
  }
  if (!Buffer.isBuffer(body)) return body;
  const charset = /;\s*charset\s*=\s*"?([^";\s]*)/i.exec(request.get('content-type') ?? '')?.[1];
  if (charset !== undefined && !/^utf-?8$/i.test(charset)) {
    throw new HttpProblem(415, 'unsupported_media_type', 'The body must be JSON in UTF-8.');
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    throw new HttpProblem(400, 'invalid_request', 'The body is not valid JSON in UTF-8.');
  }
}

/** Express 4 says `{}` where there is no body, Express 5 undefined, the reader above no bytes. */
function isEmpty(body: unknown): boolean {
  if (Buffer.isBuffer(body)) return body.length === 0;
  if (typeof body === 'object' && body !== null) return Object.keys(body).length === 0;
  return body === undefined || body === '';
}
