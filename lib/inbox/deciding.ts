import type { Router } from 'express';
import type { Approver } from '../approvals/people.ts';
import type { ApprovalRequest } from '../approvals/projections.ts';
import type { ApprovalAdmin } from '../approvals/store.ts';
import { type Answering, approverOf } from './answering.ts';
import { approveBody, read, rejectBody, requestInfoBody, revokeBody } from './bodies.ts';
import { type Detail, decidedElsewhere } from './detail.ts';
import type { InboxView } from './view.ts';

/** What the deciding routes need. */
interface DecidingParts {
  readonly view: InboxView;
  /** Absent where the store does not own its decisions. */
  readonly admin: ApprovalAdmin | undefined;
  readonly detail: Detail;
  readonly answering: Answering;
}

/** The routes that decide. The body is read before the request is looked for. */
export function addDecidingRoutes(router: Router, api: string, parts: DecidingParts): void {
  const { view, admin, detail, answering } = parts;

  function deciding<T>(
    path: string,
    readBody: (sent: unknown) => T,
    decide: (
      owner: ApprovalAdmin,
      id: string,
      approver: Approver,
      body: T,
    ) => Promise<ApprovalRequest>,
  ): void {
    router.post(
      `${api}/:id/${path}`,
      answering(async (request, response) => {
        const body = readBody(request.body);
        const approver = approverOf(request);
        const { id } = await view.one(String(request.params.id), approver);
        if (!admin) throw decidedElsewhere();
        const decided = await decide(admin, id, approver, body);
        response.json(await detail.afterDeciding(decided, approver));
      }),
    );
  }

  deciding(
    'approve',
    (sent) => read(approveBody, sent),
    (owner, id, approver, body) =>
      owner.approve(id, {
        approver,
        note: body.notes,
        scope: body.scope,
        digest: body.digest,
        durationMs: body.duration_seconds && Math.round(body.duration_seconds * 1000),
        maxUses: body.max_uses,
        expectedVersion: body.expected_version,
      }),
  );
  for (const path of ['reject', 'deny']) {
    deciding(
      path,
      (sent) => read(rejectBody, sent),
      (owner, id, approver, { reason }) => owner.reject(id, { approver, reason }),
    );
  }
  deciding(
    'request-info',
    (sent) => read(requestInfoBody, sent),
    (owner, id, approver, { message }) => owner.requestInfo(id, { approver, message }),
  );
  deciding(
    'revoke',
    (sent) => read(revokeBody, sent),
    (owner, id, approver, { reason }) => owner.revoke(id, { approver, reason }),
  );
}
