import type { NextFunction, Request, RequestHandler, Response } from 'express';
import type { Approver } from '../approvals/people.ts';
import type { Logger } from '../base/logger.ts';
import { HttpProblem, problemOf, problemOfFramework, problemToWire } from './problem.ts';

/** What answers a request, or looks at it and lets the next one answer. */
export type Handle = (request: Request, response: Response) => unknown;

/** Makes a handler of Express of what may fail. */
export type Answering = (handle: Handle) => RequestHandler;

/** Who sent a request. Not on `response.locals`: those belong to the app around the router. */
const approvers = new WeakMap<Request, Approver>();

/** Keeps who sent a request, for the handlers after this one. */
export function rememberApprover(request: Request, approver: Approver): void {
  approvers.set(request, approver);
}

/** Who sent a request. */
export function approverOf(request: Request): Approver {
  const approver = approvers.get(request);
  if (approver) return approver;
  throw new Error('Nobody asked who sent this request.');
}

/**
 * Handlers whose failure becomes a problem. Express 4 does not wait for promises, and neither
 * version may mistake an error of the store, with whatever `status` it carries, for one of its own.
 */
export function answeringWith(logger: Logger): Answering {
  return (handle) => async (request, response, next) => {
    try {
      await handle(request, response);
    } catch (error) {
      next(problemOf(error, logger));
      return;
    }
    if (!response.headersSent && !response.destroyed) next();
  };
}

/** Sends every failure as the problem it is. Express knows it by its four parameters. */
export function sendProblems(logger: Logger) {
  return (error: unknown, _: Request, response: Response, __: NextFunction): void => {
    const problem = error instanceof HttpProblem ? error : problemOfFramework(error, logger);
    if (response.headersSent) {
      // Ended in order, half an answer could be taken for a whole one.
      response.destroy();
      return;
    }
    // Whatever was about to be sent may have been allowed to be kept.
    response.set('Cache-Control', 'no-store');
    response.status(problem.status).type('application/problem+json');
    response.send(JSON.stringify(problemToWire(problem)));
  };
}
