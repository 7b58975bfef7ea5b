import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import type { OwningStore } from 'ai-sentinel';
import { byHeader, closeDesks, type Desk, openDesk, people, problem } from './desk.ts';
import { readEvents, say, seqs } from './event-reader.ts';
import { rawBytes } from './raw.ts';

afterEach(closeDesks);

/** Nothing waits for time to pass, but much is sent, and other tests want the machine as well. */
jest.setTimeout(60_000);

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

  test('asked for with HEAD is headers only, and over at once', async () => {
    const { counted, storeOf } = countingListeners();
    const desk = await openDesk({ storeOf });
    const { status, headers } = await desk.api('HEAD', '/events');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toMatch('text/event-stream');
    expect(counted.ever).toBe(0);
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
