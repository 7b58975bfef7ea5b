import { beforeEach, describe, expect, it } from '@jest/globals';
import type { ApprovalEvent } from '../../lib/approvals/events.ts';
import { EventFeed } from '../../lib/approvals/feed.ts';
import { StoreClosedError } from '../../lib/base/errors.ts';
import { silentLogger } from '../../lib/base/logger.ts';
import { type FakeClock, fakeClock } from '../../lib/testing/fake-clock.ts';
import { settled } from './turns.ts';

/** A log that can be told to fail, or to answer late, and counts who watches it. */
class FakeLog {
  readonly entries: ApprovalEvent[] = [];
  readonly watchers = new Set<() => void>();
  failing = false;
  reads = 0;
  gate: Promise<unknown> = Promise.resolve();

  add(requestId = 'req'): void {
    const seq = this.entries.length + 1;
    this.entries.push({ seq, requestId, type: 'joined' } as ApprovalEvent);
    this.change();
  }

  change(): void {
    for (const watcher of this.watchers) watcher();
  }

  async lastSeq(): Promise<number> {
    if (this.failing) throw new Error('the database is away');
    return this.entries.length;
  }

  async events({ afterSeq, limit }: { afterSeq: number; limit: number }) {
    this.reads += 1;
    const found = this.entries.slice(afterSeq, afterSeq + limit);
    await this.gate;
    if (this.failing) throw new Error('the database is away');
    return found;
  }

  watch(onChange: () => void): () => void {
    this.watchers.add(onChange);
    return () => this.watchers.delete(onChange);
  }
}

describe('EventFeed', () => {
  let clock: FakeClock;
  let log: FakeLog;
  let feed: EventFeed;
  let heard: number[];
  const hear = ({ seq }: ApprovalEvent) => heard.push(seq);

  beforeEach(() => {
    clock = fakeClock();
    log = new FakeLog();
    feed = new EventFeed(log, clock, silentLogger);
    heard = [];
  });

  it('has one watcher while anybody listens or waits, and none otherwise', () => {
    expect(log.watchers.size).toBe(0);
    const leave = [feed.subscribe(hear), feed.subscribe(hear)];
    const waiter = { wake() {} };
    feed.addWaiter('req', waiter);
    feed.addWaiter('other', waiter);
    expect(log.watchers.size).toBe(1);
    for (const end of leave) end();
    feed.removeWaiter('req', waiter);
    expect(log.watchers.size).toBe(1);
    feed.removeWaiter('other', waiter);
    expect(log.watchers.size).toBe(0);
  });

  it('tells every entry once, however often it is told of changes', async () => {
    feed.subscribe(hear);
    await feed.started();
    for (let index = 0; index < 5; index++) {
      log.add();
      log.change();
    }
    await settled();
    log.change();
    await settled();
    expect(heard).toEqual([1, 2, 3, 4, 5]);
  });

  it('reads on where one reading does not hold everything', async () => {
    feed.subscribe(hear);
    await feed.started();
    log.gate = settled();
    for (let index = 0; index < 2500; index++) log.add();
    for (let turn = 0; heard.length < 2500 && turn < 100; turn++) await settled();
    expect(heard).toEqual(Array.from({ length: 2500 }, (_, index) => index + 1));
  });

  it('begins at the end of the log', async () => {
    log.add();
    feed.subscribe(hear);
    await feed.started();
    log.change();
    await settled();
    expect(heard).toEqual([]);
    log.add();
    await settled();
    expect(heard).toEqual([2]);
  });

  it('tells nothing twice when listeners leave and come while it reads', async () => {
    const leave = feed.subscribe(hear);
    await feed.started();
    const { promise, resolve } = Promise.withResolvers<void>();
    log.gate = promise;
    log.add();
    await settled();
    leave();
    feed.subscribe(hear);
    resolve();
    await settled();
    expect(heard).toEqual([]);
    log.add();
    await settled();
    expect(heard).toEqual([2]);
  });

  it('wakes only those who wait for that request', async () => {
    const woken: string[] = [];
    feed.addWaiter('a', { wake: () => woken.push('a1') });
    feed.addWaiter('a', { wake: () => woken.push('a2') });
    feed.addWaiter('b', { wake: () => woken.push('b') });
    await feed.started();
    log.add('a');
    await settled();
    expect(woken).toEqual(['a1', 'a2']);
  });

  it('goes on after a failed reading, with nothing lost', async () => {
    feed.subscribe(hear);
    await feed.started();
    log.failing = true;
    log.add();
    await settled();
    expect(heard).toEqual([]);
    log.failing = false;
    log.add();
    await settled();
    expect(heard).toEqual([1, 2]);
  });

  it('reads again after a failure by itself, later each time', async () => {
    feed.subscribe(hear);
    await feed.started();
    log.failing = true;
    log.add();
    await settled();
    await clock.advance(100);
    expect(heard).toEqual([]);
    log.failing = false;
    await clock.advance(199);
    expect(heard).toEqual([]);
    await clock.advance(1);
    expect(heard).toEqual([1]);
    expect(clock.pending).toBe(0);
  });

  it('does not end the process where an asynchronous listener fails', async () => {
    feed.subscribe(() => Promise.reject(new Error('no such channel')));
    feed.subscribe(hear);
    await feed.started();
    log.add();
    await settled();
    expect(heard).toEqual([1]);
  });

  it('asks again where the log ends when that could not be read at first', async () => {
    log.failing = true;
    feed.subscribe(hear);
    await expect(feed.started()).rejects.toThrow('the database is away');
    log.failing = false;
    await feed.started();
    log.add();
    await settled();
    expect(heard).toEqual([1]);
  });

  it('wakes everybody when it closes, forgets them, and takes nobody any more', async () => {
    const woken: string[] = [];
    feed.subscribe(hear);
    feed.addWaiter('a', { wake: () => woken.push('a') });
    await feed.started();
    feed.close();
    expect(woken).toEqual(['a']);
    expect(log.watchers.size).toBe(0);
    log.add('a');
    await settled();
    expect(heard).toEqual([]);
    expect(() => feed.subscribe(hear)).toThrow(StoreClosedError);
    expect(log.watchers.size).toBe(0);
  });
});
