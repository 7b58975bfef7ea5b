import type { Approver } from '../approvals/people.ts';
import type { ApprovalRequest } from '../approvals/projections.ts';
import type { ApprovalStore } from '../approvals/store.ts';
import type { Logger } from '../base/logger.ts';
import { HttpProblem, problemOf, unknownRequest } from './problem.ts';
import { detailToWire, type Permissions } from './to-wire.ts';
import type { InboxView } from './view.ts';
import type { WireApprovalDetail } from './wire.ts';

/** Requests in full, as one approver sees them. */
export interface Detail {
  of(request: ApprovalRequest, approver: Approver): Promise<WireApprovalDetail>;
  /**
   * The same right after a decision. What was decided is stored, so no failure to read what belongs
   * to it may make the answer say otherwise: then that is missing.
   */
  afterDeciding(request: ApprovalRequest, approver: Approver): Promise<WireApprovalDetail>;
}

/** How the requests of a store are shown in full. */
export function detailBy(store: ApprovalStore, view: InboxView, logger: Logger): Detail {
  async function of(request: ApprovalRequest, approver: Approver): Promise<WireApprovalDetail> {
    const may = await permissions(store, request.id, approver);
    const timeline = await view.timeline(request);
    const last = await view.lastApproved(request, approver);
    return detailToWire(request, last, timeline, may);
  }
  return {
    of,
    async afterDeciding(request, approver) {
      try {
        return await of(request, approver);
      } catch (error) {
        return detailToWire(request, undefined, [], toAll(problemOf(error, logger)));
      }
    },
  };
}

async function permissions(store: ApprovalStore, id: string, approver: Approver) {
  if (!store.admin) return toAll(decidedElsewhere());
  const may: Permissions | null = await store.admin.may(id, approver);
  if (may) return may;
  // Forgotten since it was read.
  throw unknownRequest();
}

/** Refuses a decision that this store does not take. */
export function decidedElsewhere(): HttpProblem {
  return new HttpProblem(
    409,
    'decided_elsewhere',
    'This store does not own its decisions; decide where the request’s approval_url points.',
  );
}

function toAll(refusal: Error): Permissions {
  return { approve: refusal, reject: refusal, requestInfo: refusal, revoke: refusal };
}
