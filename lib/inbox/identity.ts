import type { IncomingMessage } from 'node:http';
import type { Approver } from '../approvals/people.ts';
import { shown } from '../base/options.ts';
import { HttpProblem } from './problem.ts';

/** Says who sent a request; nothing: nobody that is known here. */
export type Authenticate<R extends IncomingMessage = IncomingMessage> = (
  request: R,
) => Approver | null | undefined | Promise<Approver | null | undefined>;

/**
 * The approver a request comes from.
 *
 * @throws HttpProblem 401 where `authenticate` knows nobody
 */
export async function requireApprover<R extends IncomingMessage>(
  authenticate: Authenticate<R>,
  request: R,
): Promise<Approver> {
  const approver = await authenticate(request);
  if (!approver) {
    throw new HttpProblem(401, 'unauthenticated', 'Sign in to see and decide approvals.');
  }
  const { id, roles = [] } = approver;
  if (typeof id !== 'string' || id.trim() === '' || !Array.isArray(roles)) {
    throw new TypeError(
      `\`authenticate\` must return an approver { id, roles } or nothing, not ${shown(approver)}.`,
    );
  }
  return { ...approver, roles };
}

/**
 * Refuses a change that another site's page could have sent in the person's name. A browser says
 * where a request comes from; one that says nothing is refused, too. Tokens in a header are never
 * sent by a browser on its own, so they are exempt.
 *
 * @throws HttpProblem 403
 */
export function requireSameOrigin(request: IncomingMessage, ownOrigins: readonly string[]): void {
  const { headers } = request;
  if (/^(?:bearer|apikey) /i.test(headers.authorization ?? '')) return;
  if (headers['sec-fetch-site'] === 'same-origin') return;
  const { origin } = headers;
  if (origin !== undefined && ownOrigins.includes(origin)) return;
  throw new HttpProblem(
    403,
    'foreign_origin',
    origin === undefined
      ? 'The request does not say where it comes from (neither Sec-Fetch-Site nor Origin).'
      : `Decisions are not taken from ${shown(origin)}. If that is this panel’s address, set \`publicOrigin\` to it.`,
  );
}
