import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { OwningStore } from 'ai-sentinel';
import { byHeader, closeDesks, type Desk, openDesk, people, problem } from './desk.ts';
import { readEvents, type StreamEvent } from './event-reader.ts';
import { rawBytes } from './raw.ts';

afterEach(closeDesks);

const seqs = (events: readonly StreamEvent[]) => events.map(({ id }) => id);
const fromTo = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

/** One more event, on a request that is undecided. */
const say = (store: OwningStore, id: string, message: string) =>
  store.admin.requestInfo(id, { approver: people.carol, message });

/** Counts who listens to the store that the inbox is given. */
function countingListeners() {
  const counted = { now: 0, ever: 0 };
  const storeOf = (own: OwningStore): OwningStore => ({
    ...own,
    requests: {
      ...own.requests,
      subscribe(listener) {
        const end = own.requests.subscribe(listener);
        counted.now++;
        counted.ever++;
        return () => {
          counted.now--;
          end();
        };
      },
    },
  });
  return { counted, storeOf };
}

describe('a stream', () => {
  test('begins with the number of the newest event, and goes on with what happens', async () => {
    const desk = await openDesk();
    const id = await desk.ask();
    const reader = await readEvents(desk);
    expect(reader.status).toBe(200);
    expect(reader.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(reader.headers.get('cache-control')).toBe('no-store, no-transform');
    expect(await reader.next()).toEqual({ id: 1, event: 'ready', data: {} });
    await desk.api('POST', `/${id}/approve`, { body: { notes: 'Ünïcode\u2028and\nlines' } });
    const [approved] = await reader.take(1);
    expect(approved).toMatchObject({
      id: 2,
      event: 'message',
      data: {
        seq: 2,
        type: 'approved',
        approval_id: id,
        by: { id: 'bo', name: 'Bo' },
        data: { note: 'Ünïcode\u2028and\nlines' },
      },
    });
  });

  test('words cannot become events of their own', async () => {
    const desk = await openDesk();
    const reader = await readEvents(desk);
    const forged = '\n\nid: 999\nevent: ready\ndata: {}\n\n\r\r\u2029';
    await desk.ask({ table: forged }, { justification: forged });
    const [, asked] = await reader.take(2);
    expect(asked).toMatchObject({ id: 1, data: { data: { justification: forged } } });
  });

  test.each(['-1', '1.5', 'abc', '1e3', '9'.repeat(16), '1, 2', ''])(
    'refuses the Last-Event-ID %j',
    async (given) => {
      const desk = await openDesk();
      const sending = { headers: { 'last-event-id': given } };
      expect(await desk.api('GET', '/events', sending)).toMatchObject(
        problem(400, 'invalid_request', { field: 'Last-Event-ID' }),
      );
    },
  );

  test('asked for with HEAD is headers only, and over at once', async () => {
    const { counted, storeOf } = countingListeners();
    const desk = await openDesk({ storeOf });
    const { status, headers } = await desk.api('HEAD', '/events');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toMatch('text/event-stream');
    expect(counted.ever).toBe(0);
  });

  test('shows only what may be seen', async () => {
    const desk = await openDesk();
    const bo = await readEvents(desk, { as: 'bo' });
    const mallory = await readEvents(desk, { as: 'mallory' });
    const ours = await desk.ask();
    const theirs = await desk.ask({}, { caller: { id: 'zoe', roles: [], tenantId: 'globex' } });
    await say(desk.store, ours, 'Why?');
    await desk.store.admin.reject(theirs, { approver: people.mallory, reason: 'No.' });
    expect(seqs(await bo.take(3))).toEqual([0, 1, 3]);
    expect(seqs(await mallory.take(3))).toEqual([0, 2, 4]);
    const missed = await readEvents(desk, { as: 'mallory', lastEventId: 0 });
    expect(seqs(await missed.take(3))).toEqual([0, 2, 4]);
  });

  test('one person’s failing `canSee` keeps nothing from the others', async () => {
    const desk = await openDesk({
      router: {
        canSee: ({ id }) => {
          if (id === 'eve') throw new Error('no such team');
          return true;
        },
      },
    });
    await readEvents(desk, { as: 'eve' });
    const bo = await readEvents(desk, { as: 'bo' });
    await desk.ask();
    expect(seqs(await bo.take(2))).toEqual([0, 1]);
  });
});

describe('resuming', () => {
  test('sends what was missed, once, then what happens', async () => {
    const desk = await openDesk();
    const id = await desk.ask();
    for (let number = 2; number <= 250; number++) await say(desk.store, id, `Question ${number}`);
    const reader = await readEvents(desk, { lastEventId: 3 });
    // The number as it was, so that whoever is cut off again loses nothing.
    expect(await reader.next()).toMatchObject({ id: 3, event: 'ready' });
    expect(seqs(await reader.take(247))).toEqual(fromTo(4, 250));
    await say(desk.store, id, 'And?');
    expect(seqs(await reader.take(1))).toEqual([251]);
  });

  test('a number from before the store began anew is brought down to it', async () => {
    const desk = await openDesk();
    await desk.ask();
    const reader = await readEvents(desk, { lastEventId: 500 });
    expect(await reader.next()).toMatchObject({ id: 1, event: 'ready' });
    await desk.ask({}, { caller: { id: 'zoe', roles: [], tenantId: 'acme' } });
    expect(seqs(await reader.take(1))).toEqual([2]);
  });

  test('again and again, while events keep coming, misses none and repeats none', async () => {
    const desk = await openDesk();
    const id = await desk.ask();
    const TOTAL = 600;
    let written = 1;
    const writing = (async () => {
      for (; written < TOTAL; written++) {
        await say(desk.store, id, `Question ${written}`);
        if (written % 3 === 0) await nextTurn();
      }
    })();
    const seen: number[] = [];
    while (seen.at(-1) !== TOTAL) {
      const reader = await readEvents(desk, { lastEventId: seen.at(-1) ?? 0 });
      const [ready, ...events] = await reader.take(1 + Math.min(37, TOTAL - seen.length));
      expect(ready?.event).toBe('ready');
      seen.push(...seqs(events));
      await reader.leave();
    }
    await writing;
    expect(seen).toEqual(fromTo(1, TOTAL));
  });

  test('many at once, while events keep coming, each get each', async () => {
    const desk = await openDesk();
    const id = await desk.ask();
    const readers = await Promise.all(
      Array.from({ length: 10 }, (_, index) => readEvents(desk, { lastEventId: index % 2 })),
    );
    for (let number = 2; number <= 200; number++) {
      // Without waiting for each: faster than anybody is told.
      void say(desk.store, id, `Question ${number}`);
      if (number % 50 === 0) await nextTurn();
    }
    for (const [index, reader] of readers.entries()) {
      const [, ...events] = await reader.take(201 - (index % 2));
      expect(seqs(events)).toEqual(fromTo(1 + (index % 2), 200));
    }
  });
});

describe('time', () => {
  test('a heartbeat comes every 15 seconds', async () => {
    const desk = await openDesk();
    const reader = await readEvents(desk);
    await reader.take(1);
    for (let beat = 0; beat < 3; beat++) {
      await desk.clock.advance(15_000);
      expect(await reader.next()).toMatch(/^:/);
    }
  });

  test('after 15 minutes the stream ends, so that identity is asked again', async () => {
    const desk = await openDesk();
    const reader = await readEvents(desk);
    await reader.take(1);
    await desk.clock.advance(15 * 60_000 - 1);
    await desk.ask();
    for (let beat = 0; beat < 59; beat++) expect(await reader.next()).toMatch(/^:/);
    expect(await reader.next()).toMatchObject({ id: 1 });
    await desk.clock.advance(1);
    // What is left is the heartbeat of the same moment, and then nothing.
    while ((await reader.next()) !== undefined);
    await reader.leave();
    expect(desk.clock.pending).toBe(0);
  });

  test('a store that closes ends its streams with the next heartbeat', async () => {
    const desk = await openDesk();
    const reader = await readEvents(desk);
    await reader.take(1);
    await desk.store.close();
    await desk.clock.advance(15_000);
    while ((await reader.next()) !== undefined);
    await reader.leave();
    expect(desk.clock.pending).toBe(0);
    expect(desk.logged).toEqual([]);
  });
});

describe('limits', () => {
  test('one approver may have 50 streams, and another one theirs', async () => {
    const desk = await openDesk();
    const readers = await Promise.all(Array.from({ length: 50 }, () => readEvents(desk)));
    expect(readers.map(({ status }) => status)).toEqual(Array(50).fill(200));
    expect(await desk.api('GET', '/events')).toMatchObject(problem(429, 'too_many_streams'));
    expect((await readEvents(desk, { as: 'carol' })).status).toBe(200);
    await readers[7]?.leave();
    expect((await readEvents(desk)).status).toBe(200);
  });

  test('all of them together 2,000', async () => {
    const desk = await openDesk({
      router: {
        authenticate: ({ headers }) => ({ ...people.bo, id: String(headers['x-user']) }),
      },
    });
    const connect = (user: string) =>
      fetch(`${desk.url}/api/v1/approvals/events`, { headers: { 'x-user': user } });
    // Kept, because a stream that nobody holds any more is let go.
    const open: Response[] = [];
    for (let person = 0; person < 40; person++) {
      const user = `p-${person}`;
      open.push(...(await Promise.all(Array.from({ length: 50 }, () => connect(user)))));
    }
    expect(new Set(open.map(({ status }) => status))).toEqual(new Set([200]));
    expect((await connect('p-41')).status).toBe(429);
    expect(open).toHaveLength(2000);
  });
});

describe('nothing is left behind', () => {
  const idle = (desk: Desk) => expect(desk.clock.pending).toBe(0);

  test('by clients that leave', async () => {
    const { counted, storeOf } = countingListeners();
    const desk = await openDesk({ storeOf });
    const readers = [await readEvents(desk), await readEvents(desk), await readEvents(desk)];
    expect(counted).toEqual({ now: 1, ever: 1 });
    // Three ends, and one heartbeat for all.
    expect(desk.clock.pending).toBe(4);
    for (const reader of readers) await reader.leave();
    expect(counted).toEqual({ now: 0, ever: 1 });
    idle(desk);
    const again = await readEvents(desk, { lastEventId: 0 });
    await desk.ask();
    expect(seqs(await again.take(2))).toEqual([0, 1]);
    expect(counted).toEqual({ now: 1, ever: 2 });
  });

  test('by one that left while it was being identified', async () => {
    const { counted, storeOf } = countingListeners();
    let hasLeft: Promise<unknown> = Promise.resolve();
    const desk = await openDesk({
      storeOf,
      router: {
        async authenticate(request) {
          hasLeft = once(request.socket, 'close');
          await hasLeft;
          return byHeader(request);
        },
      },
    });
    const said = await rawBytes(
      desk.port,
      'GET /approvals/api/v1/approvals/events HTTP/1.1\r\nHost: x\r\nX-User: bo\r\n\r\n',
    );
    await hasLeft;
    await nextTurn();
    await nextTurn();
    expect(said).toBe('');
    expect(counted.now).toBe(0);
    idle(desk);
    expect(desk.logged).toEqual([]);
  });

  test('by one that left while the store was asked where the log ends', async () => {
    const { counted, storeOf } = countingListeners();
    const asked = Promise.withResolvers<void>();
    const mayAnswer = Promise.withResolvers<void>();
    const desk = await openDesk({
      storeOf: (own) => {
        const store = storeOf(own);
        const lastSeq = async () => {
          asked.resolve();
          await mayAnswer.promise;
          return own.requests.lastSeq();
        };
        return { ...store, requests: { ...store.requests, lastSeq } };
      },
    });
    const gone = new AbortController();
    const url = `${desk.url}/api/v1/approvals/events`;
    const answer = fetch(url, { headers: { 'x-user': 'bo' }, signal: gone.signal });
    await asked.promise;
    const left = once(desk.answers[0]?.response as NodeJS.EventEmitter, 'close');
    gone.abort();
    await expect(answer).rejects.toThrow();
    await left;
    mayAnswer.resolve();
    await nextTurn();
    expect(counted).toEqual({ now: 0, ever: 1 });
    idle(desk);
  });

  test('by a stream that the store could not begin', async () => {
    const { counted, storeOf } = countingListeners();
    const desk = await openDesk({
      storeOf: (own) => {
        const store = storeOf(own);
        const lastSeq = () => Promise.reject(new Error('no connection'));
        return { ...store, requests: { ...store.requests, lastSeq } };
      },
    });
    expect(await desk.api('GET', '/events')).toMatchObject(
      problem(503, 'approval_store_exception'),
    );
    expect(counted).toEqual({ now: 0, ever: 1 });
    idle(desk);
  });
});

describe('a store that fails for a while', () => {
  test('loses nothing: what it could not say is said with a later heartbeat', async () => {
    let isBroken = false;
    const desk = await openDesk({
      storeOf: (own) => ({
        ...own,
        requests: {
          ...own.requests,
          get: (id) =>
            isBroken ? Promise.reject(new Error('no connection')) : own.requests.get(id),
        },
      }),
    });
    const id = await desk.ask();
    const reader = await readEvents(desk);
    await reader.take(1);
    isBroken = true;
    await say(desk.store, id, 'One?');
    await say(desk.store, id, 'Two?');
    await desk.clock.advance(15_000);
    expect(await reader.next()).toMatch(/^:/);
    isBroken = false;
    await desk.clock.advance(15_000);
    expect(seqs(await reader.take(2))).toEqual([2, 3]);
    await say(desk.store, id, 'Three?');
    expect(seqs(await reader.take(1))).toEqual([4]);
    expect(desk.logged.length).toBeGreaterThan(0);
  });

  test('or that never says that something happened', async () => {
    const desk = await openDesk({
      storeOf: (own) => ({ ...own, requests: { ...own.requests, subscribe: () => () => {} } }),
    });
    const reader = await readEvents(desk);
    await desk.ask();
    await desk.clock.advance(15_000);
    expect(seqs(await reader.take(2))).toEqual([0, 1]);
  });
});
