import type { ApprovalEvent } from '../approvals/events.ts';
import type { Approver } from '../approvals/people.ts';
import type { ApprovalRequest, ApprovalStatus } from '../approvals/projections.ts';
import type { ApprovalStore, RequestPage, RequestQuery } from '../approvals/store.ts';
import type { Logger } from '../base/logger.ts';
import { unknownRequest } from './problem.ts';

/** Says whether an approver gets to see a request at all. */
export type CanSee = (approver: Approver, request: ApprovalRequest) => boolean;

const OPEN: readonly ApprovalStatus[] = ['pending', 'info_requested'];

/** How many requests are looked through at once for those an approver may see. */
const LOOK = 200;

/** What of a store an approver gets to see; everything the inbox shows comes from here. */
export interface InboxView {
  readonly canSee: CanSee;
  /** @throws HttpProblem the same 404 for a request that is hidden as for one that is not there */
  one(id: string, approver: Approver): Promise<ApprovalRequest>;
  /** A page that is full unless it is the last, with a cursor that names nothing hidden. */
  page(query: RequestQuery, approver: Approver): Promise<RequestPage>;
  /** Everything that waits for a decision, most urgent first. */
  open(approver: Approver): Promise<readonly ApprovalRequest[]>;
  /** For comparison: what the same caller was last allowed to do with the tool, else anybody. */
  lastApproved(request: ApprovalRequest, approver: Approver): Promise<ApprovalRequest | undefined>;
  /** Everything that happened to a request, oldest first. */
  timeline(request: ApprovalRequest): Promise<readonly ApprovalEvent[]>;
}

/** A store as approvers see it; by default, each their own tenant's part. */
export function viewOfStore(
  { requests }: ApprovalStore,
  ownCanSee: CanSee | undefined,
  logger: Logger,
): InboxView {
  const canSee = ownCanSee ? failingClosed(ownCanSee, logger) : isOfSameTenant;

  function list(query: RequestQuery, approver: Approver): Promise<RequestPage> {
    const tenant = ownCanSee ? {} : { tenantId: approver.tenantId ?? null };
    return requests.list({ ...query, ...tenant });
  }

  async function page(query: RequestQuery, approver: Approver): Promise<RequestPage> {
    const { limit = 100, cursor, ...filters } = query;
    const items: ApprovalRequest[] = [];
    let from = cursor;
    do {
      const at = { ...filters, ...(from !== undefined && { cursor: from }) };
      const wanted = limit - items.length;
      // What is hidden makes a page short, so more is looked at; never more than is asked for first.
      const look = from === cursor ? wanted : Math.max(wanted, LOOK);
      let part = await list({ ...at, limit: look }, approver);
      let shown = seenBy(approver, part);
      const last = shown[wanted - 1];
      const end = last ? part.items.indexOf(last) + 1 : part.items.length;
      // Too many: once more, only as far as is shown, so that the cursor is that of the last shown.
      if (end < part.items.length) {
        part = await list({ ...at, limit: end }, approver);
        shown = seenBy(approver, part);
      }
      items.push(...shown);
      from = part.nextCursor;
    } while (from !== undefined && items.length < limit);
    return { items, ...(from !== undefined && { nextCursor: from }) };
  }

  function seenBy(approver: Approver, { items }: RequestPage): ApprovalRequest[] {
    return items.filter((request) => canSee(approver, request));
  }

  return {
    canSee,
    page,

    async one(id, approver) {
      const request = await requests.get(id);
      if (request && canSee(approver, request)) return request;
      throw unknownRequest();
    },

    async open(approver) {
      const found: ApprovalRequest[] = [];
      let cursor: string | undefined;
      do {
        const part = await page(
          { status: OPEN, order: 'urgent', limit: 1000, ...(cursor !== undefined && { cursor }) },
          approver,
        );
        found.push(...part.items);
        cursor = part.nextCursor;
      } while (cursor !== undefined);
      return found;
    },

    async lastApproved({ id, toolName, caller }, approver) {
      for (const callerId of [{ callerId: caller.id }, {}]) {
        const query = { status: 'approved', toolName, limit: 2, ...callerId } as const;
        const { items } = await page(query, approver);
        const found = items.find((request) => request.id !== id);
        if (found) return found;
      }
      return undefined;
    },

    async timeline({ id }) {
      const events: ApprovalEvent[] = [];
      for (;;) {
        const more = await requests.events(events.at(-1)?.seq ?? 0, { requestId: id });
        if (more.length === 0) return events;
        events.push(...more);
      }
    },
  };
}

function isOfSameTenant(approver: Approver, { caller }: ApprovalRequest): boolean {
  return approver.tenantId === caller.tenantId;
}

/** The app's own `canSee`, which shows nothing where it throws, or promises instead of answering. */
function failingClosed(canSee: CanSee, logger: Logger): CanSee {
  return (approver, request) => {
    try {
      const answer: unknown = canSee(approver, request);
      if (typeof answer === 'boolean') return answer;
      // What it promises may fail, and nobody else would hear of it.
      void Promise.resolve(answer).catch(() => {});
      logger.error('`canSee` must return true or false, at once. The request is not shown.');
    } catch (error) {
      logger.error('`canSee` threw. The request is not shown.', error);
    }
    return false;
  };
}
