import { signal } from '@preact/signals';
import type { WireApprovalDetail } from '../../lib/inbox/wire.ts';
import { readRequest } from '../api/approvals.ts';
import type { Failure } from '../api/http.ts';
import { now } from './clock.ts';
import { noticing } from './session.ts';

/** The open request: what is known of it, and whether asking for it failed. */
export interface OpenRequest {
  readonly id: string;
  readonly detail: WireApprovalDetail | null;
  readonly failure: Failure | null;
}

/** The request that is open. */
export const openRequest = signal<OpenRequest | null>(null);

/**
 * The newest version of each request that somebody has had before their eyes. Inputs that join
 * later have to be looked at first.
 */
const seenVersions = signal<ReadonlyMap<string, number>>(new Map());

/** Opens a request: shows what is known of it at once, and asks for it. */
export function showRequest(id: string): void {
  if (openRequest.peek()?.id !== id) openRequest.value = { id, detail: null, failure: null };
  void loadRequest(id);
}

/** Asks for the request again. */
export async function loadRequest(id: string): Promise<WireApprovalDetail | null> {
  const answer = noticing(await readRequest(id));
  if (openRequest.peek()?.id !== id) return answer.ok ? answer.value : null;
  if (answer.ok) {
    takeRequest(answer.value);
    return answer.value;
  }
  const detail = openRequest.peek()?.detail ?? null;
  openRequest.value = { id, detail, failure: answer.failure };
  return null;
}

/** Takes a request as the server has just given it. */
export function takeRequest(detail: WireApprovalDetail): void {
  if (!seenVersions.peek().has(detail.id)) markSeen(detail);
  if (openRequest.peek()?.id === detail.id) {
    openRequest.value = { id: detail.id, detail, failure: null };
  }
}

/** The version somebody has had before their eyes. */
export function seenVersion({ id, version }: WireApprovalDetail): number {
  return seenVersions.value.get(id) ?? version;
}

/** Whether another input joined that nobody here has looked at. */
export function hasUnseenInput(detail: WireApprovalDetail): boolean {
  return detail.version > seenVersion(detail);
}

/** Takes the request as it is now for seen. */
export function markSeen({ id, version }: WireApprovalDetail): void {
  seenVersions.value = new Map(seenVersions.peek()).set(id, version);
}

/** Whether a request still waits, as far as the time goes. */
export function isUndecided({ status, expires_at }: WireApprovalDetail): boolean {
  const isOpen = status === 'pending' || status === 'info_requested';
  return isOpen && Date.parse(expires_at) > now.value;
}
