import { type Clock, schedule } from '../base/clock.ts';
import { StoreClosedError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { ApprovalEvent } from './events.ts';
import type { Ledger } from './ledger.ts';

const BATCH = 1000;

/** Somebody who wants to look again whenever something happened. */
export interface Wakeable {
  wake(): void;
}

/**
 * Follows a ledger's log on behalf of any number of listeners: one watcher while somebody listens,
 * none otherwise. Whatever the watcher says, the log decides: events are read by number, so none is
 * missed and none comes twice.
 */
export class EventFeed {
  private readonly listeners = new Set<(event: ApprovalEvent) => unknown>();
  private readonly waiters = new Map<string, Wakeable[]>();
  private unwatch: (() => void) | undefined;
  private position: Promise<number> | undefined;
  private closed = false;
  private reading = false;
  private readAgain = false;
  private readonly ledger: Pick<Ledger, 'events' | 'lastSeq' | 'watch'>;
  private readonly clock: Clock;
  private readonly logger: Logger;
  private retry: Disposable | undefined;
  private failures = 0;

  constructor(ledger: Pick<Ledger, 'events' | 'lastSeq' | 'watch'>, clock: Clock, logger: Logger) {
    this.ledger = ledger;
    this.clock = clock;
    this.logger = logger;
  }

  /** Calls `listener` with every event from now on. */
  subscribe(listener: (event: ApprovalEvent) => unknown): () => void {
    if (this.closed) throw new StoreClosedError();
    // A listener given twice is two subscriptions.
    const own = (event: ApprovalEvent) => listener(event);
    this.listeners.add(own);
    this.start();
    return () => {
      this.listeners.delete(own);
      this.stopIfIdle();
    };
  }

  /** Wakes `waiter` whenever something happened to one request, until it is removed. */
  addWaiter(requestId: string, waiter: Wakeable): void {
    const others = this.waiters.get(requestId);
    if (others) others.push(waiter);
    else this.waiters.set(requestId, [waiter]);
    this.start();
  }

  removeWaiter(requestId: string, waiter: Wakeable): void {
    const waiting = this.waiters.get(requestId);
    const place = waiting?.lastIndexOf(waiter) ?? -1;
    if (waiting && place >= 0) waiting.splice(place, 1);
    if (waiting?.length === 0) this.waiters.delete(requestId);
    this.stopIfIdle();
  }

  /** Fulfils once the feed knows where it starts: what happens after that is not missed. */
  async started(): Promise<void> {
    if (this.unwatch) await (this.position ?? this.begin());
  }

  /** Wakes every waiter and forgets everybody. */
  close(): void {
    this.closed = true;
    const waiting = [...this.waiters.values()].flat();
    this.listeners.clear();
    this.waiters.clear();
    this.stopIfIdle();
    for (const waiter of waiting) waiter.wake();
  }

  private start(): void {
    if (this.unwatch) return;
    this.unwatch = this.ledger.watch(() => void this.catchUp());
    void this.begin();
  }

  /** Asks where the log ends. Whoever waits for the answer reports a failure; the next asks again. */
  private begin(): Promise<number> {
    const position = this.ledger.lastSeq();
    this.position = position;
    position.catch(() => {
      if (this.position === position) this.position = undefined;
    });
    return position;
  }

  private stopIfIdle(): void {
    if (this.listeners.size > 0 || this.waiters.size > 0) return;
    this.unwatch?.();
    this.retry?.[Symbol.dispose]();
    this.unwatch = undefined;
    this.retry = undefined;
    this.position = undefined;
  }

  private async catchUp(): Promise<void> {
    if (this.reading) {
      this.readAgain = true;
      return;
    }
    this.reading = true;
    try {
      do {
        this.readAgain = false;
        await this.readNew();
      } while (this.readAgain);
      this.failures = 0;
    } catch (error) {
      this.failures += 1;
      this.logger.error('The approvals log could not be read; trying again.', error);
      if (this.unwatch) {
        const delay = retryDelay(this.failures);
        this.retry = schedule(this.clock, delay, (feed) => void feed.catchUp(), this);
      }
    } finally {
      this.reading = false;
    }
  }

  private async readNew(): Promise<void> {
    while (this.unwatch) {
      const from = this.position ?? this.begin();
      const events = await this.ledger.events({ afterSeq: await from, limit: BATCH });
      const last = events.at(-1);
      // Everybody may have left, and others come, while the log was being read.
      if (!last || this.position !== from) return;
      this.position = Promise.resolve(last.seq);
      for (const event of events) this.deliver(event);
      if (events.length < BATCH) return;
    }
  }

  private deliver(event: ApprovalEvent): void {
    for (const waiter of [...(this.waiters.get(event.requestId) ?? [])]) waiter.wake();
    for (const listener of [...this.listeners]) {
      // One listener may have ended another.
      if (!this.listeners.has(listener)) continue;
      // An asynchronous listener's failure must not end the process.
      new Promise((resolve) => resolve(listener(event))).catch((error: unknown) => {
        this.logger.error('A listener of approval events failed.', error);
      });
    }
  }
}

/** 0.1 s after the first failure, twice as long after each further one, 5 s at the most. */
function retryDelay(failures: number): number {
  return Math.min(100 * 2 ** (failures - 1), 5000);
}
