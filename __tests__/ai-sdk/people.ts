import type { Approver, OwningStore, SecurityContext } from 'ai-sentinel';

export const CAROL: SecurityContext = { id: 'carol', roles: ['developer'] };

export const ANN: Approver = { id: 'ann', roles: ['dba'] };

/** Hooks that decide a request as soon as a call waits for it. */
export function approving(store: OwningStore) {
  return {
    onApprovalRequired: ({ requestId }: { requestId: string }) =>
      store.admin.approve(requestId, { approver: ANN }),
  };
}

export function rejecting(store: OwningStore, reason: string) {
  return {
    onApprovalRequired: ({ requestId }: { requestId: string }) =>
      store.admin.reject(requestId, { approver: ANN, reason }),
  };
}
