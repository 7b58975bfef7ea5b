import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import type { OwningStore } from 'ai-sentinel';
import { closeDesks, openDesk, people, problem } from './desk.ts';
import { readEvents, say, seqs } from './event-reader.ts';

afterEach(closeDesks);

/** Nothing waits for time to pass, but much is sent, and other tests want the machine as well. */
jest.setTimeout(60_000);

const fromTo = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

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
    for (let number = 2; number <= 250; number++) await desk.ask();
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
    await desk.ask();
    const TOTAL = 600;
    let written = 1;
    const writing = (async () => {
      for (; written < TOTAL; written++) {
        await desk.ask();
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
    await desk.ask();
    const readers = await Promise.all(
      Array.from({ length: 10 }, (_, index) => readEvents(desk, { lastEventId: index % 2 })),
    );
    for (let number = 2; number <= 200; number++) {
      // Without waiting for each: faster than anybody is told.
      void desk.ask();
      if (number % 50 === 0) await nextTurn();
    }
    for (const [index, reader] of readers.entries()) {
      const [, ...events] = await reader.take(201 - (index % 2));
      expect(seqs(events)).toEqual(fromTo(1 + (index % 2), 200));
    }
  });
});

describe('a store whose log and news are not in step', () => {
  type Requests = OwningStore['requests'];
  const deskReading = (change: (own: Requests) => Partial<Requests>) =>
    openDesk({
      storeOf: (own) => ({ ...own, requests: { ...own.requests, ...change(own.requests) } }),
    });

  test('an event that nobody was told of comes with the next one', async () => {
    const desk = await deskReading((own) => ({
      subscribe: (listener) => own.subscribe((event) => event.seq % 3 === 0 && listener(event)),
    }));
    const id = await desk.ask();
    const reader = await readEvents(desk);
    await reader.take(1);
    for (let number = 2; number <= 9; number++) await say(desk.store, id, 'Why?');
    expect(seqs(await reader.take(8))).toEqual(fromTo(2, 9));
  });

  test('an event that is news before the log that was read has it is not lost', async () => {
    const looked = Promise.withResolvers<void>();
    const mayAnswer = Promise.withResolvers<void>();
    const desk = await deskReading((own) => ({
      async events(...given) {
        const found = await own.events(...given);
        looked.resolve();
        await mayAnswer.promise;
        return found;
      },
    }));
    const id = await desk.ask();
    const reader = await readEvents(desk);
    await looked.promise;
    await say(desk.store, id, 'One?');
    await say(desk.store, id, 'Two?');
    await nextTurn();
    mayAnswer.resolve();
    expect(seqs(await reader.take(3))).toEqual([1, 2, 3]);
    await say(desk.store, id, 'Three?');
    expect(seqs(await reader.take(1))).toEqual([4]);
  });

  test('more news than can be kept for a store that is slow is read from its log', async () => {
    let isSlow = false;
    let looks = 0;
    const mayAnswer = Promise.withResolvers<void>();
    const desk = await deskReading((own) => ({
      async get(id) {
        looks++;
        if (isSlow) await mayAnswer.promise;
        return own.get(id);
      },
    }));
    await desk.ask();
    const readers = [await readEvents(desk), await readEvents(desk, { as: 'carol' })];
    for (const reader of readers) await reader.take(1);
    isSlow = true;
    for (let number = 2; number <= 2500; number++) await desk.ask();
    isSlow = false;
    looks = 0;
    mayAnswer.resolve();
    for (const reader of readers) expect(seqs(await reader.take(2499))).toEqual(fromTo(2, 2500));
    // One for each that was kept, and one for each hundred that are read from the log.
    expect(looks).toBeLessThan(1100);
  });

  test('a heartbeat does not begin a stream that the store has yet to begin', async () => {
    const mayAnswer = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    let isSlow = true;
    const desk = await deskReading((own) => ({
      async lastSeq() {
        asked.resolve();
        if (isSlow) await mayAnswer.promise;
        return own.lastSeq();
      },
    }));
    const connecting = readEvents(desk);
    await asked.promise;
    await desk.clock.advance(15_000);
    isSlow = false;
    mayAnswer.resolve();
    const reader = await connecting;
    expect(reader.headers.get('content-type')).toMatch('text/event-stream');
    expect(await reader.next()).toMatchObject({ event: 'ready' });
  });
});
