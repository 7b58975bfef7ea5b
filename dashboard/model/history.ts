import { signal } from '@preact/signals';
import type { WireApproval } from '../../lib/inbox/wire.ts';
import { readPage } from '../api/approvals.ts';
import type { Failure } from '../api/http.ts';
import { noticing } from './session.ts';

/** The settled requests that were loaded, newest first. */
export interface History {
  readonly settled: readonly WireApproval[] | null;
  readonly cursor: string | null;
  readonly failure: Failure | null;
}

const PAGE = 50;
const NOTHING: History = { settled: null, cursor: null, failure: null };

/** What is shown of the past. */
export const history = signal<History>(NOTHING);

/** Loads the newest page, or, with what is loaded already, the one after it. */
export async function loadHistory(from: 'newest' | 'older'): Promise<void> {
  const before = from === 'older' ? history.peek() : NOTHING;
  const answer = noticing(await readPage(PAGE, before.cursor));
  if (!answer.ok) {
    history.value = { ...history.peek(), failure: answer.failure };
    return;
  }
  const { approvals, next_cursor } = answer.value;
  history.value = {
    settled: [...(before.settled ?? []), ...approvals.filter(isSettled)],
    cursor: next_cursor,
    failure: null,
  };
}

function isSettled({ status }: WireApproval): boolean {
  return status !== 'pending' && status !== 'info_requested';
}
