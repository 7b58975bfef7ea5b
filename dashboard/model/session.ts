import { signal } from '@preact/signals';
import type { WireMe } from '../../lib/inbox/wire.ts';
import { readMe } from '../api/approvals.ts';
import type { Answer } from '../api/http.ts';

/** Who the page is talking for; null until known. */
export const me = signal<WireMe | null>(null);

/** Whether the server no longer knows who this is. */
export const signedOut = signal(false);

/** Asks who this is. */
export async function identify(): Promise<Answer<WireMe>> {
  const answer = noticing(await readMe());
  if (answer.ok) me.value = answer.value;
  return answer;
}

/** Passes an answer on, and keeps what it says about being signed in. */
export function noticing<T>(answer: Answer<T>): Answer<T> {
  if (answer.ok) signedOut.value = false;
  else if (answer.failure.kind === 'signed-out') signedOut.value = true;
  return answer;
}
