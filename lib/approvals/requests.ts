import { InvalidOptionError } from '../base/errors.ts';
import { oneOf, shown } from '../base/options.ts';
import type { EventFeed } from './feed.ts';
import { phasesOf } from './index-entry.ts';
import type { Ledger, LedgerQuery, SortKey } from './ledger.ts';
import { viewOf } from './projections.ts';
import { statisticsOf } from './statistics.ts';
import type { ApprovalRequests, RequestQuery } from './store.ts';

/** The reading side of a store over a ledger. */
export function requestReader(
  ledger: Ledger,
  feed: EventFeed,
  whileOpen: <T>(work: () => Promise<T>) => Promise<T>,
): ApprovalRequests {
  return {
    get: (id) =>
      whileOpen(async () => {
        const { records, now } = await ledger.read({ ids: [id] });
        const [record] = records;
        return record ? viewOf(record, await ledger.inputs([id]), now) : null;
      }),

    list: (query = {}) =>
      whileOpen(async () => {
        const page = await ledger.query(ledgerQuery(query));
        const items = page.records.map((record) =>
          viewOf(
            record,
            page.inputs.filter(({ requestId }) => requestId === record.id),
            page.now,
          ),
        );
        return { items, ...(page.next && { nextCursor: writeCursor(page.next) }) };
      }),

    stats: ({ since = 0, visible = () => true } = {}) =>
      whileOpen(async () => {
        const { now } = await ledger.read({});
        const records = await ledger.history(since);
        return statisticsOf(records.map((record) => viewOf(record, [], now)).filter(visible));
      }),

    events: (afterSeq, { limit = 1000, requestId } = {}) =>
      whileOpen(() =>
        ledger.events({ afterSeq, limit, ...(requestId !== undefined && { requestId }) }),
      ),

    lastSeq: () => whileOpen(() => ledger.lastSeq()),

    subscribe: (listener) => feed.subscribe(listener),
  };
}

function ledgerQuery(query: RequestQuery): LedgerQuery {
  const { status, text, cursor, order, limit = 100, ...filters } = query;
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000) {
    throw new InvalidOptionError('limit', `must be 1 to 1000, not ${shown(limit)}.`);
  }
  const statuses = typeof status === 'string' ? [status] : status;
  return {
    ...filters,
    ...(statuses && { phases: statuses.flatMap(phasesOf) }),
    ...(text && { text }),
    order: oneOf('order', order, ['newest', 'urgent'], 'newest'),
    ...(cursor !== undefined && { after: readCursor(cursor) }),
    limit,
  };
}

function writeCursor({ urgency, requestedAt, id }: SortKey): string {
  return Buffer.from(JSON.stringify([urgency, requestedAt, id])).toString('base64url');
}

function readCursor(cursor: string): SortKey {
  try {
    const [urgency, requestedAt, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (Number.isFinite(urgency) && Number.isFinite(requestedAt) && typeof id === 'string') {
      return { urgency, requestedAt, id };
    }
  } catch {
    // Said below, in the same words as any other cursor that is none of ours.
  }
  throw new InvalidOptionError('cursor', 'is not a `nextCursor` of an earlier page.');
}
