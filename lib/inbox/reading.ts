import type { Request, Router } from 'express';
import { type Answering, approverOf } from './answering.ts';
import { listQuery, read } from './bodies.ts';
import type { Detail } from './detail.ts';
import type { EventStreams } from './event-stream.ts';
import { HttpProblem } from './problem.ts';
import { listedToWire, meToWire } from './to-wire.ts';
import type { InboxView } from './view.ts';

/** What the reading routes need. */
interface ReadingParts {
  readonly view: InboxView;
  readonly streams: EventStreams;
  readonly detail: Detail;
  readonly answering: Answering;
}

/** The routes that show something. None of them changes anything: mail scanners follow links. */
export function addReadingRoutes(router: Router, api: string, parts: ReadingParts): void {
  const { view, streams, detail, answering } = parts;

  router.get(
    `${api}/me`,
    answering((request, response) => response.json(meToWire(approverOf(request)))),
  );

  router.get(
    `${api}/pending`,
    answering(async (request, response) => {
      const open = await view.open(approverOf(request));
      response.json({ approvals: open.map(listedToWire) });
    }),
  );

  router.get(
    `${api}/events`,
    answering(async (request, response) => {
      const afterSeq = lastEventId(request);
      if (request.method === 'HEAD') {
        response.type('text/event-stream').end();
        return;
      }
      await streams.open(approverOf(request), response, afterSeq);
    }),
  );

  router.get(
    api,
    answering(async (request, response) => {
      const { status, priority, risk_level, tool, caller, q, limit, cursor } = read(
        listQuery,
        queryOf(request),
      );
      const page = await view.page(
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
        approverOf(request),
      );
      response.json({
        approvals: page.items.map(listedToWire),
        next_cursor: page.nextCursor ?? null,
      });
    }),
  );

  router.get(
    `${api}/:id`,
    answering(async (request, response) => {
      const approver = approverOf(request);
      response.json(await detail.of(await view.one(String(request.params.id), approver), approver));
    }),
  );
}

/**
 * The query, parsed here: how `request.query` is read, or whether it is at all, is a setting of the
 * app around the router, and a filter that is not understood must not be left out.
 */
function queryOf({ url }: Request): Record<string, string | string[]> {
  const start = url.indexOf('?');
  const given = new URLSearchParams(start < 0 ? '' : url.slice(start));
  const names = [...new Set(given.keys())];
  return Object.fromEntries(
    names.map((name) => {
      const [first = '', ...others] = given.getAll(name);
      return [name, others.length > 0 ? [first, ...others] : first];
    }),
  );
}

function lastEventId(request: Request): number | undefined {
  const given = request.get('last-event-id');
  if (given === undefined) return undefined;
  if (/^\d{1,15}$/.test(given)) return Number(given);
  throw new HttpProblem(400, 'invalid_request', 'Last-Event-ID: is not the number of an event.', {
    field: 'Last-Event-ID',
  });
}
