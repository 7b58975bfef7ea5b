// An event stream as a client reads it, without a browser's habit of connecting again by itself.

import type { OwningStore } from 'ai-sentinel';
import { type Desk, people, type Who } from './desk.ts';

/** One event as it came over the wire. */
export interface StreamEvent {
  readonly id: number;
  readonly event: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects to be there
  readonly data: any;
}

export interface EventReader {
  readonly status: number;
  readonly headers: Headers;
  /** What comes next: an event, or a comment; undefined: the server ended the stream. */
  next(): Promise<StreamEvent | string | undefined>;
  /** The next so many events, comments left out. */
  take(count: number): Promise<StreamEvent[]>;
  /** Leaves, as a closed tab does; fulfils once the server has noticed. */
  leave(): Promise<void>;
}

/** Connects; fulfils once the server has begun to answer. */
export async function readEvents(
  desk: Desk,
  { as = 'bo', lastEventId }: { readonly as?: Who; readonly lastEventId?: number } = {},
): Promise<EventReader> {
  const gone = new AbortController();
  const response = await fetch(`${desk.url}/api/v1/approvals/events`, {
    signal: gone.signal,
    headers: {
      ...(as && { 'x-user': as }),
      ...(lastEventId !== undefined && { 'last-event-id': String(lastEventId) }),
    },
  });
  const answered = desk.answers.at(-1)?.response;
  const left = new Promise<void>((done) => answered?.once('close', done));
  const chunks = (response.body as ReadableStream<Uint8Array>)
    .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
    .getReader();
  let text = '';

  const reader: EventReader = {
    status: response.status,
    headers: response.headers,
    async next() {
      for (;;) {
        const end = text.indexOf('\n\n');
        if (end >= 0) {
          const block = text.slice(0, end);
          text = text.slice(end + 2);
          return parsed(block);
        }
        const { value, done } = await chunks.read();
        if (done) return undefined;
        text += value;
      }
    },
    async take(count) {
      const events: StreamEvent[] = [];
      while (events.length < count) {
        const next = await reader.next();
        if (next === undefined) throw new Error(`The stream ended after ${events.length} events.`);
        if (typeof next !== 'string') events.push(next);
      }
      return events;
    },
    async leave() {
      gone.abort();
      if (!answered?.closed) await left;
    },
  };
  return reader;
}

function parsed(block: string): StreamEvent | string {
  if (block.startsWith(':')) return block;
  const fields = Object.fromEntries(
    block.split('\n').map((line) => {
      const colon = line.indexOf(': ');
      return [line.slice(0, colon), line.slice(colon + 2)];
    }),
  );
  return {
    id: Number(fields.id),
    event: fields.event ?? 'message',
    data: JSON.parse(fields.data ?? ''),
  };
}

/** The numbers of events. */
export function seqs(events: readonly StreamEvent[]): number[] {
  return events.map(({ id }) => id);
}

/** One more event, on a request that is undecided. */
export async function say(store: OwningStore, id: string, message: string): Promise<void> {
  await store.admin.requestInfo(id, { approver: people.carol, message });
}
