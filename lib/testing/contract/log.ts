import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type ApprovalEvent, findBrokenEvent, GENESIS_HASH } from '../../approvals/events.ts';
import {
  bob,
  carol,
  chapter,
  type DecidingBench,
  digest,
  MINUTE,
  rejection,
  SECOND,
} from './bench.ts';

/** The append-only log: complete, in order, chained, and told to whoever listens. */
export const log = chapter('The log', ({ asks, decides }) => {
  decides('has an entry for every change, and says who did it', async (bench) => {
    const ids = await aWholeStory(bench);
    const entries = await bench.events();
    assert.deepEqual(
      entries.map(({ type, by, requestId }) => [type, by.id, ids.indexOf(requestId)]),
      [
        ['requested', 'alice', 0],
        ['joined', 'alice', 0],
        ['info_requested', 'bob', 0],
        ['responded', 'alice', 0],
        ['approved', 'bob', 0],
        ['claimed', 'alice', 0],
        ['outcome', 'alice', 0],
        ['revoked', 'carol', 0],
        ['requested', 'alice', 1],
        ['rejected', 'carol', 1],
        ['requested', 'alice', 2],
        ['cancelled', 'alice', 2],
      ],
    );
  });

  decides('numbers without gaps, dates without falling, and chains', async (bench) => {
    await aWholeStory(bench);
    const entries = await bench.events();
    let before = { seq: 0, at: 0, hash: GENESIS_HASH };
    for (const entry of entries) {
      assert.equal(entry.seq, before.seq + 1);
      assert.ok(entry.at >= before.at);
      assert.equal(entry.previousHash, before.hash);
      before = entry;
    }
    assert.equal(await bench.store.requests.lastSeq(), entries.length);
    assert.equal(findBrokenEvent(entries), undefined);
    const half = entries[5] ?? assert.fail();
    assert.equal(findBrokenEvent(entries.slice(6), half), undefined);
  });

  decides('shows every edit of a part', async (bench) => {
    await aWholeStory(bench);
    const entries = await bench.events();
    const edits: Record<string, (entry: ApprovalEvent) => ApprovalEvent> = {
      at: (entry) => ({ ...entry, at: entry.at + 1 }),
      who: (entry) => ({ ...entry, by: { id: 'mallory' } }),
      what: (entry) => ({ ...entry, type: 'approved', data: { ...entry.data, more: 1 } }),
      which: (entry) => ({ ...entry, requestId: `${entry.requestId}0` }),
      number: (entry) => ({ ...entry, seq: entry.seq + 1 }),
      link: (entry) => ({ ...entry, previousHash: 'f'.repeat(64) }),
      hash: (entry) => ({ ...entry, hash: 'f'.repeat(64) }),
    };
    for (const [what, edit] of Object.entries(edits)) {
      for (const index of [0, 4, entries.length - 1]) {
        const edited = entries.map((entry, place) => (place === index ? edit(entry) : entry));
        assert.equal(findBrokenEvent(edited), edited[index], `${what} of entry ${index}`);
      }
    }
    const removed = entries.filter((_, place) => place !== 4);
    assert.equal(findBrokenEvent(removed), removed[4]);
    const swapped = [...entries.slice(0, 4), ...entries.slice(4, 6).reverse(), ...entries.slice(6)];
    assert.equal(findBrokenEvent(swapped), swapped[4]);
  });

  asks('numbers without gaps also when all write at once', async ({ ensure, events, store }) => {
    await Promise.all(
      Array.from({ length: 40 }, (_, index) => ensure({ toolName: `tool-${index % 8}` })),
    );
    const entries = await events();
    assert.deepEqual(
      entries.map(({ seq }) => seq),
      Array.from({ length: 40 }, (_, index) => index + 1),
    );
    assert.equal(findBrokenEvent(entries), undefined);
    assert.equal(await store.requests.lastSeq(), 40);
  });

  asks('never dates an entry before the one in front of it', async (bench) => {
    const { clock, events, open } = bench;
    const start = clock();
    await open({ toolName: 'a' });
    await clock.advance(MINUTE);
    await open({ toolName: 'b' });
    clock.set(start - MINUTE);
    await open({ toolName: 'c' });
    clock.set(start + 2 * MINUTE);
    await open({ toolName: 'd' });
    assert.deepEqual(
      (await events()).map(({ at }) => at - start),
      [0, MINUTE, MINUTE, 2 * MINUTE],
    );
  });

  decides('writes nothing for what was refused or found', async (bench) => {
    const { admin, ask, clock, events, grant, store } = bench;
    const id = await grant({ spec: { maxUses: 1 } });
    const before = await events();
    await clock.advance(SECOND);
    await store.ensureRequest(ask({ spec: { maxUses: 1 } }));
    await store.findRequest(ask());
    await store.ensureRequest(ask({ toolName: 'other', justification: '' }));
    await rejection(admin.reject(id, { approver: carol, reason: 'no' }));
    await rejection(store.claim([{ requestId: 'nothing', digest: '' }]));
    await rejection(store.respond(id, { by: 'alice', message: 'hello' }));
    await store.waitForDecision(id, { timeoutMs: 0 });
    await store.requests.list();
    await store.requests.stats();
    assert.deepEqual(await events(), before);
  });

  decides('is read from any number on, in parts, or of one request', async (bench) => {
    const ids = await aWholeStory(bench);
    const { events } = bench.store.requests;
    const all = await events(0);
    assert.deepEqual(await events(5), all.slice(5));
    assert.deepEqual(await events(5, { limit: 3 }), all.slice(5, 8));
    assert.deepEqual(await events(all.length), []);
    assert.deepEqual(await events(all.length + 100), []);
    const [, second] = ids as [string, string];
    const its = all.filter(({ requestId }) => requestId === second);
    assert.equal(its.length, 2);
    assert.deepEqual(await events(0, { requestId: second }), its);
    assert.deepEqual(await events(0, { requestId: second, limit: 1 }), its.slice(0, 1));
    assert.deepEqual(await events(0, { requestId: 'nothing' }), []);
  });

  decides('tells each listener each entry once, in order, from now on', async (bench) => {
    const { events, open, store } = bench;
    await open({ toolName: 'before' });
    const heard: ApprovalEvent[][] = [[], []];
    const leave = heard.map((list) => store.requests.subscribe((entry) => list.push(entry)));
    // Where a listener begins may have to be read first.
    await store.requests.lastSeq();
    await aWholeStory(bench);
    await Promise.all(
      Array.from({ length: 20 }, (_, index) => open({ toolName: `tool-${index}` })),
    );
    const expected = (await events()).slice(1);
    await until(() => heard.every(({ length }) => length >= expected.length));
    for (const list of heard) assert.deepEqual(list, expected);
    leave[0]?.();
    leave[0]?.();
    await open({ toolName: 'after' });
    await until(() => heard[1]?.length === expected.length + 1);
    assert.equal(heard[0]?.length, expected.length);
    leave[1]?.();
    assert.equal(bench.clock.pending, 0);
  });

  asks('tells the others also where one listener throws or leaves', async ({ open, store }) => {
    const heard: string[] = [];
    let leaveSecond: () => void = () => {};
    store.requests.subscribe(() => {
      heard.push('first');
      leaveSecond();
      throw new Error('a listener that fails');
    });
    leaveSecond = store.requests.subscribe(() => heard.push('second'));
    store.requests.subscribe(() => heard.push('third'));
    await store.requests.lastSeq();
    await open({ toolName: 'a' });
    await until(() => heard.includes('third'));
    await open({ toolName: 'b' });
    await until(() => heard.length >= 4);
    assert.deepEqual(heard, ['first', 'third', 'first', 'third']);
  });
});

/** Everything that can happen, in order; the ids of the three requests it happens to. */
async function aWholeStory(bench: DecidingBench): Promise<readonly string[]> {
  const { admin, clock, open, store } = bench;
  const first = await open();
  await clock.advance(SECOND);
  await open({ input: { name: 'another' } });
  await admin.requestInfo(first, { approver: bob, message: 'Which one?' });
  await store.respond(first, { by: 'alice', message: 'Both.' });
  await clock.advance(SECOND);
  await admin.approve(first, { approver: bob, note: 'Go on.' });
  const use = { requestId: first, digest: digest({ name: 'another' }) };
  const { claimId } = await store.claim([use]);
  await store.recordOutcome({ claimId, outcome: 'executed' });
  await admin.revoke(first, { approver: carol });
  await clock.advance(SECOND);
  const second = await open();
  await admin.reject(second, { approver: carol, reason: 'no' });
  const third = await open();
  await store.cancel(third, { by: 'alice' });
  return [first, second, third];
}

/** Fulfils once it is so; whatever a store tells its listeners, it tells them soon. */
async function until(isSo: () => boolean): Promise<void> {
  const givenUpAt = performance.now() + 5 * SECOND;
  while (!isSo()) {
    assert.ok(performance.now() < givenUpAt, 'listeners were not told');
    await nextTurn();
  }
  for (let turn = 0; turn < 5; turn++) await nextTurn();
}
