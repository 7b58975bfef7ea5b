import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import express, { type Request, type Response, type Router } from 'express';
import type { Approver } from '../approvals/people.ts';
import type { ApprovalRequest, ApprovalStatus } from '../approvals/projections.ts';
import type { ApprovalAdmin, RequestQuery } from '../approvals/store.ts';
import { InvalidOptionError } from '../base/errors.ts';
import { optionalFunction, refuseUnknownOptions, requireObject, shown } from '../base/options.ts';
import { insideOf, type Sentinel } from '../sentinel.ts';
import { approveBody, listQuery, read, rejectBody, requestInfoBody, revokeBody } from './bodies.ts';
import { EventStreams } from './event-stream.ts';
import { setSecurityHeaders } from './headers.ts';
import { type Authenticate, requireApprover, requireSameOrigin } from './identity.ts';
import { HttpProblem, problemOf, problemToWire } from './problem.ts';
import { approvalToWire, detailToWire, meToWire } from './to-wire.ts';

/** What `approvalsRouter` takes. */
export interface ApprovalsRouterOptions {
  readonly sentinel: Sentinel;
  /** Says who sent a request; nothing means 401, for every route, the panel's files included. */
  readonly authenticate: Authenticate<Request>;
  /** Where the panel is reached, such as `https://ops.example.com`, where a proxy hides it. */
  readonly publicOrigin?: string;
  /** Which requests an approver gets to see at all. Default: those of the same tenant. */
  readonly canSee?: (approver: Approver, request: ApprovalRequest) => boolean;
}

const API = '/api/v1/approvals';

const MOST_BODY_BYTES = 256 * 1024;

/**
 * An Express router (4 or 5) with the panel, the JSON API and the event stream. Mount it anywhere.
 *
 * @throws InvalidOptionError naming the option and what to write instead
 */
export function approvalsRouter(options: ApprovalsRouterOptions): Router {
  requireObject('approvalsRouter', options);
  refuseUnknownOptions('', options, ['sentinel', 'authenticate', 'publicOrigin', 'canSee']);
  const { authenticate } = options;
  if (typeof authenticate !== 'function') {
    throw new InvalidOptionError(
      'authenticate',
      'is required: a function that returns who sent a request, or nothing. Without it anybody could approve.',
    );
  }
  const { store, clock, logger } = insideOf(options.sentinel);
  const publicOrigin = originOf(options.publicOrigin);
  const ownCanSee = optionalFunction('canSee', options.canSee);
  const canSee = ownCanSee ?? isOfSameTenant;
  const streams = new EventStreams({ store, clock, logger, canSee });
  const panel = panelFolder();

  const router = express.Router();
  const approverOf = (response: Response) => response.locals.approver as Approver;

  /** A handler whose failure becomes a problem: Express 4 does not wait for promises. */
  const answering =
    (handle: (request: Request, response: Response) => Promise<unknown> | unknown) =>
    async (request: Request, response: Response, next: (error?: unknown) => void) => {
      try {
        await handle(request, response);
        if (!response.headersSent) next();
      } catch (error) {
        next(error);
      }
    };

  /** An approver's view of a request, or the same 404 for one that is hidden as for one that is not. */
  async function visible(id: string, approver: Approver): Promise<ApprovalRequest> {
    const request = await store.requests.get(id);
    if (request && canSee(approver, request)) return request;
    throw new HttpProblem(
      404,
      'unknown_request',
      'There is no such request, or it is not yours to see.',
    );
  }

  async function sendDetail(request: ApprovalRequest, response: Response): Promise<void> {
    const { id } = request;
    const may = await store.admin?.may(id, approverOf(response));
    const timeline = await store.requests.events(0, { requestId: id });
    const last = await lastApproved(request, approverOf(response));
    response.json(detailToWire(request, last, timeline, may ?? DECIDED_ELSEWHERE));
  }

  /** For comparison: what the same caller was last allowed to do with the tool, else anybody. */
  async function lastApproved(
    { id, toolName, caller }: ApprovalRequest,
    approver: Approver,
  ): Promise<ApprovalRequest | undefined> {
    for (const callerId of [{ callerId: caller.id }, {}]) {
      const query = { status: 'approved', toolName, limit: 20, ...callerId } as const;
      const { items } = await list(query, approver);
      const found = items.find((request) => request.id !== id);
      if (found) return found;
    }
    return undefined;
  }

  async function list(query: RequestQuery, approver: Approver) {
    const tenant = ownCanSee ? {} : { tenantId: approver.tenantId ?? null };
    const page = await store.requests.list({ ...query, ...tenant });
    return { ...page, items: page.items.filter((request) => canSee(approver, request)) };
  }

  router.use(
    answering((_, response) => setSecurityHeaders(response)),
    answering(async (request, response) => {
      response.locals.approver = await requireApprover(authenticate, request);
    }),
    answering((request) => {
      if (request.method === 'GET' || request.method === 'HEAD') return;
      const own = `${request.protocol}://${request.get('host')}`;
      requireSameOrigin(request, publicOrigin === undefined ? [own] : [own, publicOrigin]);
    }),
    express.json({ limit: MOST_BODY_BYTES, type: ['json', '+json'] }),
    answering(requireJsonBody),
  );

  router.get(
    `${API}/me`,
    answering((_, response) => response.json(meToWire(approverOf(response)))),
  );

  router.get(
    `${API}/pending`,
    answering(async (_, response) => {
      const approvals: ApprovalRequest[] = [];
      let cursor: string | undefined;
      do {
        const page = await list(
          { status: OPEN, order: 'urgent', limit: 1000, ...(cursor && { cursor }) },
          approverOf(response),
        );
        approvals.push(...page.items);
        cursor = page.nextCursor;
      } while (cursor);
      response.json({ approvals: approvals.map(approvalToWire) });
    }),
  );

  router.get(
    `${API}/events`,
    answering(async (request, response) => {
      await streams.open(approverOf(response), response, lastEventId(request));
    }),
  );

  router.get(
    API,
    answering(async (request, response) => {
      const { status, priority, risk_level, tool, caller, q, limit, cursor } = read(
        listQuery,
        request.query,
      );
      const page = await list(
        {
          ...(status && { status }),
          ...(priority && { priority }),
          ...(risk_level && { risk: risk_level }),
          ...(tool !== undefined && { toolName: tool }),
          ...(caller !== undefined && { callerId: caller }),
          ...(q && { text: q }),
          ...(limit && { limit }),
          ...(cursor && { cursor }),
        },
        approverOf(response),
      );
      response.json({
        approvals: page.items.map(approvalToWire),
        next_cursor: page.nextCursor ?? null,
      });
    }),
  );

  router.get(
    `${API}/:id`,
    answering(async (request, response) => {
      await sendDetail(await visible(idOf(request), approverOf(response)), response);
    }),
  );

  /** A route that decides: the body is read before the request is looked for. */
  function deciding<T>(
    path: string,
    readBody: (sent: unknown) => T,
    decide: (
      admin: ApprovalAdmin,
      id: string,
      approver: Approver,
      body: T,
    ) => Promise<ApprovalRequest>,
  ): void {
    router.post(
      `${API}/:id/${path}`,
      answering(async (request, response) => {
        const body = readBody(request.body);
        const approver = approverOf(response);
        const { id } = await visible(idOf(request), approver);
        if (!store.admin) throw elsewhere();
        await sendDetail(await decide(store.admin, id, approver, body), response);
      }),
    );
  }

  deciding(
    'approve',
    (sent) => read(approveBody, sent),
    (admin, id, approver, body) =>
      admin.approve(id, {
        approver,
        note: body.notes,
        scope: body.scope,
        digest: body.digest,
        durationMs: body.duration_seconds && body.duration_seconds * 1000,
        maxUses: body.max_uses,
        expectedVersion: body.expected_version,
      }),
  );
  for (const path of ['reject', 'deny']) {
    deciding(
      path,
      (sent) => read(rejectBody, sent),
      (admin, id, approver, { reason }) => admin.reject(id, { approver, reason }),
    );
  }
  deciding(
    'request-info',
    (sent) => read(requestInfoBody, sent),
    (admin, id, approver, { message }) => admin.requestInfo(id, { approver, message }),
  );
  deciding(
    'revoke',
    (sent) => read(revokeBody, sent),
    (admin, id, approver, { reason }) => admin.revoke(id, { approver, reason }),
  );

  router.get('/', answering(redirectToFolder));
  router.use(
    express.static(panel, {
      redirect: false,
      // The files' names change with their content, the page's does not.
      setHeaders: (response, path) => {
        if (!path.endsWith('.html')) {
          response.setHeader('Cache-Control', 'private, max-age=31536000, immutable');
        }
      },
    }),
    answering(() => {
      throw new HttpProblem(404, 'not_found', 'There is nothing at this address.');
    }),
    // Express knows an error handler by its four parameters.
    (error: unknown, _: Request, response: Response, __: unknown) => {
      const problem = problemOf(error, logger);
      if (response.headersSent) {
        response.end();
        return;
      }
      response.status(problem.status).type('application/problem+json');
      response.send(JSON.stringify(problemToWire(problem)));
    },
  );
  return router;
}

const OPEN: readonly ApprovalStatus[] = ['pending', 'info_requested'];

const DECIDED_ELSEWHERE = Object.freeze({
  approve: elsewhere(),
  reject: elsewhere(),
  requestInfo: elsewhere(),
  revoke: elsewhere(),
});

function elsewhere(): HttpProblem {
  return new HttpProblem(
    409,
    'decided_elsewhere',
    'This store does not own its decisions; decide where the request’s approval_url points.',
  );
}

function isOfSameTenant(approver: Approver, { caller }: ApprovalRequest): boolean {
  return approver.tenantId === caller.tenantId;
}

function idOf(request: Request): string {
  return String(request.params.id);
}

function lastEventId(request: Request): number | undefined {
  const given = request.get('last-event-id');
  if (given === undefined) return undefined;
  if (/^\d{1,15}$/.test(given)) return Number(given);
  throw new HttpProblem(400, 'invalid_request', 'Last-Event-ID: is not the number of an event.', {
    field: 'Last-Event-ID',
  });
}

/** An empty body is fine whatever it is called; any other has to be JSON. */
function requireJsonBody(request: Request): void {
  const { headers } = request;
  const hasBody =
    Number(headers['content-length'] ?? 0) > 0 || headers['transfer-encoding'] !== undefined;
  if (!hasBody || request.is(['json', '+json'])) return;
  throw new HttpProblem(415, 'unsupported_media_type', 'The body must be application/json.');
}

/** The panel's addresses are relative to its folder, so the address has to end with a slash. */
function redirectToFolder(request: Request, response: Response): void {
  const { pathname, search } = new URL(request.originalUrl, 'http://panel');
  if (pathname.endsWith('/')) return;
  response.redirect(301, `./${pathname.slice(pathname.lastIndexOf('/') + 1)}/${search}`);
}

/** The built panel: beside the compiled package, or, run from its sources, in their build's folder. */
function panelFolder(): string {
  const places = ['../panel/', '../../dist/panel/'].map((place) =>
    fileURLToPath(new URL(place, import.meta.url)),
  );
  const found = places.find((place) => existsSync(`${place}index.html`));
  if (found) return found;
  throw new Error('The panel has not been built. Run `npm run build` first.');
}

function originOf(given: string | undefined): string | undefined {
  if (given === undefined) return undefined;
  const url = typeof given === 'string' ? URL.parse(given) : null;
  if (url && /^https?:$/.test(url.protocol) && url.origin === given) return given;
  throw new InvalidOptionError(
    'publicOrigin',
    `must be an origin such as https://ops.example.com, without a path, not ${shown(given)}.`,
  );
}
