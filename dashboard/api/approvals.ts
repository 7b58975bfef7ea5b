import type {
  WireApprovalDetail,
  WireMe,
  WirePage,
  WirePending,
  WireTerms,
} from '../../lib/inbox/wire.ts';
import { type Answer, get, post } from './http.ts';

/** What an approver does to a request. */
export type Decision =
  | {
      readonly type: 'approve';
      readonly terms: WireTerms;
      readonly note: string;
      /** The version that was on the screen. */
      readonly version: number;
    }
  | { readonly type: 'reject'; readonly reason: string }
  | { readonly type: 'ask'; readonly message: string }
  | { readonly type: 'revoke'; readonly reason: string };

/** Who the page is talking for. */
export const readMe = () => get<WireMe>('me');

/** What waits, most urgent first. */
export const readPending = () => get<WirePending>('pending');

/** One request in full. */
export const readRequest = (id: string) => get<WireApprovalDetail>(encodeURIComponent(id));

/** A page of all requests, newest first. */
export function readPage(limit: number, cursor: string | null): Promise<Answer<WirePage>> {
  const query = new URLSearchParams({ limit: String(limit) });
  if (cursor !== null) query.set('cursor', cursor);
  return get<WirePage>(`?${query}`);
}

/** Sends a decision; the answer is the request as it is now. */
export function sendDecision(id: string, decision: Decision): Promise<Answer<WireApprovalDetail>> {
  const path = encodeURIComponent(id);
  switch (decision.type) {
    case 'approve':
      return post(`${path}/approve`, approval(decision));
    case 'reject':
      return post(`${path}/reject`, { reason: decision.reason });
    case 'ask':
      return post(`${path}/request-info`, { message: decision.message });
    case 'revoke':
      return post(`${path}/revoke`, decision.reason === '' ? {} : { reason: decision.reason });
  }
}

/** Every term in so many words, also where it is the rule's own: what is sent is what was read. */
function approval({ terms, note, version }: Extract<Decision, { type: 'approve' }>): object {
  return {
    ...(note !== '' && { notes: note }),
    scope: terms.scope,
    ...(terms.scope === 'input' && terms.digest !== null && { digest: terms.digest }),
    duration_seconds: terms.duration_seconds,
    ...(terms.max_uses !== null && { max_uses: terms.max_uses }),
    expected_version: version,
  };
}
