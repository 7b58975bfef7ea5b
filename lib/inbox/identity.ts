import type { IncomingMessage } from 'node:http';
import type { Approver } from '../approvals/people.ts';
import type { Logger } from '../base/logger.ts';
import { shown } from '../base/options.ts';
import { HttpProblem } from './problem.ts';

/** Says who sent a request; nothing: nobody that is known here. */
export type Authenticate<R extends IncomingMessage = IncomingMessage> = (
  request: R,
) => Approver | null | undefined | Promise<Approver | null | undefined>;

/**
 * The approver a request comes from. An `authenticate` that throws, or returns what is no approver,
 * knows nobody either; the logger is told.
 *
 * @throws HttpProblem 401
 */
export async function requireApprover<R extends IncomingMessage>(
  authenticate: Authenticate<R>,
  request: R,
  logger: Logger,
): Promise<Approver> {
  const approver = await approverBehind(authenticate, request, logger);
  if (approver) return approver;
  throw new HttpProblem(401, 'unauthenticated', 'Sign in to see and decide approvals.');
}

async function approverBehind<R extends IncomingMessage>(
  authenticate: Authenticate<R>,
  request: R,
  logger: Logger,
): Promise<Approver | undefined> {
  let given: unknown;
  try {
    given = await authenticate(request);
    if (!given) return undefined;
    // Read in here, too: an object of the app's own may have getters that throw.
    const approver = approverIn(given);
    if (approver) return approver;
  } catch (error) {
    logger.error(
      '`authenticate` threw, so nobody is signed in.',
      withoutCredentials(error, request),
    );
    return undefined;
  }
  logger.error(
    '`authenticate` returned neither an approver nor nothing, so nobody is signed in. It must ' +
      'return { id: string, roles: string[], email?: string, name?: string, tenantId?: string }.',
  );
  return undefined;
}

/**
 * What of an approver counts, each property read once: an object of a class of the app's own may
 * have getters, which a copy of its own properties would lose.
 */
function approverIn(given: object): Approver | undefined {
  const { id, roles, email, name, tenantId } = given as Record<string, unknown>;
  if (!isText(id) || id.trim() === '' || !isListOfText(roles ?? [])) return undefined;
  const optional = Object.entries({ email, name, tenantId }).filter(([, value]) => value != null);
  if (!optional.every(([, value]) => isText(value))) return undefined;
  return { id, roles: [...((roles ?? []) as string[])], ...Object.fromEntries(optional) };
}

/** Half a surrogate pair in a name could be neither stored nor hashed. */
function isText(value: unknown): value is string {
  return typeof value === 'string' && value.isWellFormed();
}

function isListOfText(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(isText);
}

/** What the app's own code threw, for the logger: it may quote the very token it could not read. */
function withoutCredentials(error: unknown, { headers, url = '' }: IncomingMessage): string {
  const said = error instanceof Error ? (error.stack ?? error.message) : shown(error);
  return [...Object.values(headers), url]
    .flatMap((value) => String(value).split(/[\s,;=.&?]+/))
    .filter((part) => part.length >= 8)
    .sort((one, other) => other.length - one.length)
    .reduce((text, part) => text.replaceAll(part, '[hidden]'), said);
}

/**
 * Refuses a change that another site's page could have sent in the person's name. A browser says
 * where a request comes from; one that says nothing is refused, too. Tokens in a header are never
 * sent by a browser on its own, so they are exempt.
 *
 * @param seenOrigin the address as this server sees it, which may not be quite the browser's: a
 *   proxy that ends TLS makes `http:` of `https:`. It counts only where the browser does not say
 *   that another site is asking
 * @throws HttpProblem 403
 */
export function requireSameOrigin(
  request: IncomingMessage,
  seenOrigin: string,
  publicOrigin: string | undefined,
): void {
  const { authorization, cookie, origin, 'sec-fetch-site': site } = request.headers;
  // With a cookie beside it, who was identified by which is not known here.
  if (/^(?:bearer|apikey) /i.test(authorization ?? '') && cookie === undefined) return;
  if (site === 'same-origin') return;
  if (origin !== undefined && origin === publicOrigin) return;
  if (origin === seenOrigin && (site === undefined || site === 'none')) return;
  throw new HttpProblem(
    403,
    'foreign_origin',
    origin === undefined
      ? 'The request does not say that it comes from here (by Sec-Fetch-Site or Origin).'
      : `Decisions are not taken from ${shown(origin)}. If that is this panel’s address, set \`publicOrigin\` to it.`,
  );
}
