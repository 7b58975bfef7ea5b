import express, { type Request, type Router } from 'express';
import { InvalidOptionError } from '../base/errors.ts';
import { optionalFunction, refuseUnknownOptions, requireObject, shown } from '../base/options.ts';
import { insideOf, type Sentinel } from '../sentinel.ts';
import { answeringWith, rememberApprover, sendProblems } from './answering.ts';
import { calmLogger } from './calm-logger.ts';
import { addDecidingRoutes } from './deciding.ts';
import { detailBy } from './detail.ts';
import { EventStreams } from './event-stream.ts';
import { setSecurityHeaders } from './headers.ts';
import { type Authenticate, requireApprover, requireSameOrigin } from './identity.ts';
import { isReading, readingJson } from './json-body.ts';
import { panelFiles } from './panel.ts';
import { HttpProblem } from './problem.ts';
import { addReadingRoutes } from './reading.ts';
import { type CanSee, viewOfStore } from './view.ts';

/** What `approvalsRouter` takes. */
export interface ApprovalsRouterOptions {
  readonly sentinel: Sentinel;
  /** Says who sent a request; nothing means 401, for every route, the panel's files included. */
  readonly authenticate: Authenticate<Request>;
  /** Where the panel is reached, such as `https://ops.example.com`, where a proxy hides it. */
  readonly publicOrigin?: string;
  /** Which requests an approver gets to see at all. Default: those of the same tenant. */
  readonly canSee?: CanSee;
}

const API = '/api/v1/approvals';

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
  const { store, clock, logger: told } = insideOf(options.sentinel);
  const logger = calmLogger(told);
  const publicOrigin = originOf(options.publicOrigin);
  const view = viewOfStore(store, optionalFunction('canSee', options.canSee), logger);
  const streams = new EventStreams({ store, clock, logger, canSee: view.canSee });
  const answering = answeringWith(logger);
  const detail = detailBy(store, view, logger);

  const router = express.Router();
  // The order of checks: identity, origin, body; then, in each route, existence and eligibility.
  router.use(
    answering((_, response) => setSecurityHeaders(response)),
    answering(async (request) => {
      rememberApprover(request, await requireApprover(authenticate, request, logger));
    }),
    answering((request) => {
      if (isReading(request.method)) return;
      requireSameOrigin(request, `${request.protocol}://${request.get('host')}`, publicOrigin);
    }),
    ...readingJson(answering),
  );
  addReadingRoutes(router, API, { view, streams, detail, answering });
  addDecidingRoutes(router, API, { view, admin: store.admin, detail, answering });
  router.use(
    panelFiles(answering),
    answering(() => {
      throw new HttpProblem(404, 'not_found', 'There is nothing at this address.');
    }),
    sendProblems(logger),
  );
  return router;
}

function originOf(given: string | undefined): string | undefined {
  if (given === undefined) return undefined;
  const url = typeof given === 'string' ? URL.parse(given) : null;
  if (url && /^https?:$/.test(url.protocol) && url.origin === given) return given;
  const example = url && /^https?:$/.test(url.protocol) ? url.origin : 'https://ops.example.com';
  throw new InvalidOptionError(
    'publicOrigin',
    `must be an origin such as ${example}, without a path, not ${shown(given)}.`,
  );
}
