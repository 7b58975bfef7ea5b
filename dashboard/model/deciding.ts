import { signal } from '@preact/signals';
import type { WireApproval, WireApprovalDetail } from '../../lib/inbox/wire.ts';
import { type Decision, sendDecision } from '../api/approvals.ts';
import type { Failure } from '../api/http.ts';
import { scopeWords } from '../words/coverage.ts';
import { dropDraft, keepDraft } from './drafts.ts';
import { loadInbox, nextAfter, takeOut } from './inbox.ts';
import { isUndecided, loadRequest, takeRequest } from './request.ts';
import { go, route } from './route.ts';
import { me, noticing } from './session.ts';
import { tell } from './toast.ts';

/** How the last attempt to decide a request went. */
export type Attempt =
  | { readonly kind: 'sending' }
  /** Somebody else decided first. */
  | { readonly kind: 'late' }
  /** Another input joined before the decision arrived. */
  | { readonly kind: 'changed' }
  | { readonly kind: 'not-recorded'; readonly failure: Failure; readonly decision: Decision }
  | { readonly kind: 'looking-up' }
  | { readonly kind: 'unknown'; readonly decision: Decision };

const attempts = signal<ReadonlyMap<string, Attempt>>(new Map());

/** How the last attempt to decide a request went; undefined: there is nothing to say. */
export function attemptOf(id: string): Attempt | undefined {
  return attempts.value.get(id);
}

/** Sends one decision, once. What was typed is forgotten only when it was recorded. */
export async function decide(request: WireApprovalDetail, decision: Decision): Promise<void> {
  const { id } = request;
  if (isUnderWay(attempts.peek().get(id))) return;
  note(id, { kind: 'sending' });
  const answer = noticing(await sendDecision(id, decision));
  if (answer.ok) return recorded(answer.value, decision);

  const { failure } = answer;
  const code = failure.kind === 'problem' ? failure.problem.code : undefined;
  if (failure.kind === 'no-answer') return lookUp(request, decision);
  if (code === 'already_decided' || code === 'changed') {
    await loadRequest(id);
    note(id, { kind: code === 'changed' ? 'changed' : 'late' });
    return;
  }
  note(id, { kind: 'not-recorded', failure, decision });
  if (failure.kind === 'problem') await loadRequest(id);
}

/** Forgets how the last attempt went. */
export function dropAttempt(id: string): void {
  note(id, undefined);
}

/** Whether a decision is on its way. */
export function isUnderWay(attempt: Attempt | undefined): boolean {
  return attempt?.kind === 'sending' || attempt?.kind === 'looking-up';
}

function note(id: string, attempt: Attempt | undefined): void {
  const next = new Map(attempts.peek());
  if (attempt) next.set(id, attempt);
  else next.delete(id);
  attempts.value = next;
}

/** After an answer that never came: reads the request, and never sends again by itself. */
async function lookUp(request: WireApprovalDetail, decision: Decision): Promise<void> {
  note(request.id, { kind: 'looking-up' });
  const now = await loadRequest(request.id);
  if (now && wasRecorded(now, request, decision)) return recorded(now, decision);
  note(
    request.id,
    now
      ? { kind: 'not-recorded', failure: { kind: 'no-answer' }, decision }
      : { kind: 'unknown', decision },
  );
}

function wasRecorded(now: WireApprovalDetail, before: WireApproval, decision: Decision): boolean {
  const isMine = (id: string | undefined) => id !== undefined && id === me.peek()?.id;
  switch (decision.type) {
    case 'approve':
      return now.approvals.some(({ by }) => isMine(by.id));
    case 'reject':
      return now.status === 'rejected' && isMine(now.decided_by?.id);
    case 'ask':
      return now.info_request_message === decision.message && before.info_request_message === null;
    case 'revoke':
      return isMine(now.grant?.revoked_by?.id);
  }
}

function recorded(request: WireApprovalDetail, decision: Decision): void {
  const { id } = request;
  note(id, undefined);
  // Before what was typed is dropped: the next request is the one after this in the list as seen.
  const next = nextAfter(id);
  takeRequest(request);
  if (!isUndecided(request)) takeOut(id);
  tell({ ...told(request, decision), requestId: id });
  void loadInbox();
  if (decision.type === 'ask') {
    keepDraft(id, { question: '', form: 'approve' });
    return;
  }
  dropDraft(id);
  const current = route.peek();
  if (decision.type === 'revoke' || current.page !== 'request' || current.id !== id) return;
  go(next === undefined ? { page: 'inbox' } : { page: 'request', id: next });
}

function told({ action_name, agent_id }: WireApproval, decision: Decision) {
  const by = ` by ${agent_id}`;
  switch (decision.type) {
    case 'approve':
      return {
        words: 'You approved ',
        tool: action_name,
        rest: `${by}: ${scopeWords(decision.terms)}.`,
      };
    case 'reject':
      return { words: 'You rejected ', tool: action_name, rest: `${by}.` };
    case 'ask':
      return { words: 'You asked about ', tool: action_name, rest: `${by}.` };
    case 'revoke':
      return { words: 'You ended the grant for ', tool: action_name, rest: `${by}.` };
  }
}
