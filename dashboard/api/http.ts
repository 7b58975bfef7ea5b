import type { WireProblem } from '../../lib/inbox/wire.ts';

/** Why there is no answer to show. */
export type Failure =
  /** The server said no, and what it said. Nothing was changed. */
  | { readonly kind: 'problem'; readonly problem: WireProblem }
  | { readonly kind: 'signed-out' }
  /** Nothing came back, or nothing of the server's own: it is not known what happened. */
  | { readonly kind: 'no-answer' };

/** What a request to the API came to. */
export type Answer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly failure: Failure };

// Relative to the page, which is served where the router is mounted.
const BASE = 'api/v1/approvals/';

/** Where the event stream is. */
export const EVENTS_URL = `${BASE}events`;

/** Reads from the API. */
export function get<T>(path: string): Promise<Answer<T>> {
  return ask<T>(path, { method: 'GET' });
}

/** Sends a decision. */
export function post<T>(path: string, body: object): Promise<Answer<T>> {
  return ask<T>(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

async function ask<T>(path: string, options: RequestInit): Promise<Answer<T>> {
  let response: Response;
  try {
    response = await fetch(BASE + path, {
      ...options,
      credentials: 'same-origin',
      cache: 'no-store',
      // Whoever redirects an API call wants somebody to sign in.
      redirect: 'manual',
    });
  } catch {
    return { ok: false, failure: { kind: 'no-answer' } };
  }
  if (response.status === 401 || response.type === 'opaqueredirect') {
    return { ok: false, failure: { kind: 'signed-out' } };
  }
  const body: unknown = await response.json().catch(() => undefined);
  if (response.ok && body !== undefined) return { ok: true, value: body as T };
  return {
    ok: false,
    failure: isProblem(body)
      ? { kind: 'problem', problem: { ...body, status: response.status } }
      : unexplained(response),
  };
}

function isProblem(body: unknown): body is WireProblem {
  return typeof body === 'object' && body !== null && 'code' in body;
}

/** An answer that is not the API's: below 500 something refused to pass the request on. */
function unexplained({ status, statusText }: Response): Failure {
  if (status >= 500 || status < 400) return { kind: 'no-answer' };
  const words = statusText.toLowerCase();
  return {
    kind: 'problem',
    problem: { type: 'about:blank', title: words, detail: words, code: words, status },
  };
}

/** `503, approval_store_exception`: what the server said, as people are told. */
export function serverSaid(failure: Failure): string {
  switch (failure.kind) {
    case 'problem':
      return `The server said: ${failure.problem.status}, ${failure.problem.code}.`;
    case 'signed-out':
      return 'The server said: 401, signed out.';
    case 'no-answer':
      return 'The server did not answer.';
  }
}
