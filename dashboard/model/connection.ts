import { signal } from '@preact/signals';
import type { WireEvent } from '../../lib/inbox/wire.ts';
import { EVENTS_URL } from '../api/http.ts';
import { arrivals, loadInbox, noteEvent } from './inbox.ts';
import { loadRequest, openRequest } from './request.ts';
import { identify, signedOut } from './session.ts';
import { tell } from './toast.ts';

/** Whether what is shown is what is. */
export type Connection =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'live' }
  /** The server answers, but sends no events: everything is asked for again and again. */
  | { readonly kind: 'asking' }
  | { readonly kind: 'offline'; readonly since: number };

/** The connection now. */
export const connection = signal<Connection>({ kind: 'connecting' });

/** The server ends each stream from time to time; a new one within this is no news. */
const GRACE_MS = 2000;
const ASK_AGAIN_MS = 5000;

let stream: EventSource | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Loads what waits and follows what happens, for as long as the page is open. */
export function connect(): void {
  clearTimeout(timer);
  stream?.close();
  stream = new EventSource(EVENTS_URL);
  stream.onopen = () => {
    clearTimeout(timer);
    void refresh().then(backToLive);
  };
  stream.onmessage = ({ data }) => take(data);
  stream.onerror = () => {
    clearTimeout(timer);
    timer = setTimeout(examine, connection.peek().kind === 'live' ? GRACE_MS : 0);
  };
}

addEventListener('offline', () => void examine());
addEventListener('online', connect);

function backToLive(): void {
  const before = connection.peek();
  connection.value = { kind: 'live' };
  if (before.kind !== 'offline') return;
  const count = arrivals.peek().length;
  tell({ words: count > 0 ? `Live again. ${count} new.` : 'Live again.' });
}

function take(data: string): void {
  let event: WireEvent;
  try {
    event = JSON.parse(data) as WireEvent;
  } catch {
    return;
  }
  noteEvent(event);
  void loadInbox();
  if (event.approval_id === openRequest.peek()?.id) void loadRequest(event.approval_id);
}

async function refresh(): Promise<void> {
  const open = openRequest.peek();
  await Promise.all([loadInbox(), open && loadRequest(open.id)]);
}

/** Finds out why there is no stream: nobody there, nobody signed in, or only no stream. */
async function examine(): Promise<void> {
  const answer = await identify();
  if (answer.ok) {
    if (stream?.readyState === EventSource.OPEN) return backToLive();
    connection.value = { kind: 'asking' };
    await refresh();
  } else if (answer.failure.kind === 'no-answer' && connection.peek().kind !== 'offline') {
    connection.value = { kind: 'offline', since: Date.now() };
  }
  clearTimeout(timer);
  // A browser gives a refused stream up for good.
  const isGivenUp = stream?.readyState === EventSource.CLOSED;
  timer = setTimeout(isGivenUp && !signedOut.peek() ? connect : examine, ASK_AGAIN_MS);
}

/** Tries again at once, after somebody has signed in elsewhere. */
export async function tryAgain(): Promise<void> {
  const answer = await identify();
  if (answer.ok) connect();
}
