import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { closeDesks, type Desk, openDesk, people } from './desk.ts';
import { readEvents } from './event-reader.ts';

afterEach(closeDesks);

/** Nothing waits for time to pass, but much is sent, and other tests want the machine as well. */
jest.setTimeout(60_000);

/** Far more than the buffers of a connection hold, on both of its sides. */
const EVENTS = 1800;
const WORDS = 'x'.repeat(10_000);

/** An event stream whose client reads nothing until it is told to. */
async function openSlowly(desk: Desk): Promise<IncomingMessage> {
  const sent = request(`${desk.url}/api/v1/approvals/events`, {
    agent: false,
    headers: { 'x-user': 'carol', 'last-event-id': '0' },
  });
  sent.end();
  const [answer] = await once(sent, 'response');
  return answer;
}

/** Many long events; a request takes only so many questions, so there are several. */
async function talk(desk: Desk): Promise<void> {
  for (let event = 0; event < EVENTS; ) {
    const id = await desk.ask(
      {},
      { caller: { id: `agent-${event}`, roles: [], tenantId: 'acme' } },
    );
    event++;
    for (const end = event + 149; event < end; event++) {
      await desk.store.admin.requestInfo(id, { approver: people.bo, message: WORDS });
      if (event % 20 === 0) await nextTurn();
    }
  }
}

/** Reads on; the numbers of all events, until the one that is the last. */
async function readNumbers(answer: IncomingMessage, last: number): Promise<number[]> {
  const seen: number[] = [];
  let text = '';
  for await (const chunk of answer.setEncoding('utf8')) {
    const blocks = `${text}${chunk}`.split('\n\n');
    text = blocks.pop() ?? '';
    const events = blocks.filter((block) => !block.includes('event: ready'));
    seen.push(...events.map((block) => Number(/^id: (\d+)\n/.exec(block)?.[1])));
    if (seen.at(-1) === last) break;
  }
  return seen;
}

describe.each(['while it is live', 'while it is being sent what it missed'])(
  'a client that does not read %s',
  (when) => {
    test('costs what its connection holds, keeps nobody else waiting, and gets everything', async () => {
      const desk = await openDesk();
      const isLive = when === 'while it is live';
      if (!isLive) await talk(desk);
      const answer = await openSlowly(desk);
      const slow = desk.answers.at(-1)?.response;
      const other = await readEvents(desk, { lastEventId: 0 });
      let most = 0;
      const watching = (async () => {
        // The first is `ready`.
        await other.take(1);
        for (let event = 0; event < EVENTS; event += 100) {
          await other.take(100);
          most = Math.max(most, slow?.writableLength ?? Number.POSITIVE_INFINITY);
        }
      })();
      if (isLive) await talk(desk);
      await watching;
      expect(slow?.writableNeedDrain).toBe(true);
      // An event that went in last, and what the connection itself keeps.
      expect(most).toBeLessThan(100_000);
      expect(await readNumbers(answer, EVENTS)).toEqual(
        Array.from({ length: EVENTS }, (_, index) => index + 1),
      );
    });
  },
);

test('a client that never reads is cut off when its time is up', async () => {
  const desk = await openDesk();
  const answer = await openSlowly(desk);
  answer.on('error', () => {});
  await talk(desk);
  const slow = desk.answers.at(-1)?.response;
  expect(slow?.writableNeedDrain).toBe(true);
  const closed = once(slow as NodeJS.EventEmitter, 'close');
  await desk.clock.advance(15 * 60_000);
  expect(slow?.writableEnded).toBe(true);
  await desk.clock.advance(15_000);
  await closed;
  expect(desk.clock.pending).toBe(0);
  answer.destroy();
});
