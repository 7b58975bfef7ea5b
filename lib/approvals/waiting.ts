import { type Clock, schedule } from '../base/clock.ts';
import type { EventFeed } from './feed.ts';
import { type ApprovalState, openQuestion, stateOf } from './projections.ts';
import type { ApprovalRecord } from './record.ts';

/** What one wait is for. */
export interface Wait {
  readonly requestId: string;
  readonly timeoutMs: number | undefined;
  readonly signal: AbortSignal | undefined;
  readonly afterInfo: number;
}

/** What waiting needs of the store. */
export interface WaitingRoom {
  readonly feed: EventFeed;
  readonly clock: Clock;
  /** The record as it is, with the time it is that; rejects when it is unknown or all is closed. */
  look(requestId: string): Promise<{ readonly record: ApprovalRecord; readonly now: number }>;
}

/**
 * Waits for one request: woken by its events, by its end, by the deadline or by an abort, and by
 * nothing else. Whoever is woken looks at the record; no wake-up is taken for an answer.
 */
export function waitForDecision(room: WaitingRoom, wait: Wait): Promise<ApprovalState> {
  return new Promise((resolve, reject) => {
    new Waiter(room, wait, resolve, reject).begin();
  });
}

/**
 * One wait. Thousands may be under way at once, so it is one small object that the feed, the timer
 * and the abort signal know as it is, instead of a chain of suspended functions.
 */
class Waiter {
  private readonly room: WaitingRoom;
  private readonly wait: Wait;
  private readonly resolve: (state: ApprovalState) => void;
  private readonly reject: (reason: unknown) => void;
  private deadline: Disposable | undefined;
  private expiry: Disposable | undefined;
  private timedOut = false;
  private looking = false;
  private lookAgain = false;
  private over = false;

  constructor(
    room: WaitingRoom,
    wait: Wait,
    resolve: (state: ApprovalState) => void,
    reject: (reason: unknown) => void,
  ) {
    this.room = room;
    this.wait = wait;
    this.resolve = resolve;
    this.reject = reject;
  }

  /** Listens first and looks then, so that nothing happens in between unnoticed. */
  begin(): void {
    const { signal, requestId } = this.wait;
    if (signal?.aborted) {
      this.handleEvent();
      return;
    }
    signal?.addEventListener('abort', this);
    this.room.feed.addWaiter(requestId, this);
    this.wake();
  }

  /** Something may have changed: looks, once at a time. */
  wake(): void {
    if (this.looking) {
      this.lookAgain = true;
      return;
    }
    this.looking = true;
    this.look().catch((error: unknown) => this.leave(() => this.reject(error)));
  }

  /** The abort event's. */
  handleEvent(): void {
    this.leave(() => this.reject(this.wait.signal?.reason));
  }

  private async look(): Promise<void> {
    await this.room.feed.started();
    do {
      this.lookAgain = false;
      const { record, now } = await this.room.look(this.wait.requestId);
      if (this.over) return;
      this.setTimers(record, now);
      if (this.timedOut || !isUneventful(record, now, this.wait.afterInfo)) {
        const state = stateOf(record, now);
        this.leave(() => this.resolve(state));
      }
    } while (this.lookAgain && !this.over);
    this.looking = false;
  }

  private setTimers(record: ApprovalRecord, now: number): void {
    if (this.timedOut) return;
    const { clock } = this.room;
    const timeoutMs = this.wait.timeoutMs ?? record.rule?.waitTimeoutMs ?? 0;
    if (timeoutMs <= 0) {
      this.timedOut = true;
      return;
    }
    this.deadline ??= schedule(clock, timeoutMs, atDeadline, this);
    const untilExpiry = record.expiresAt - now;
    if (untilExpiry < timeoutMs) this.expiry ??= schedule(clock, untilExpiry, atExpiry, this);
  }

  /** By the deadline itself; the state is looked at once more, since that is what is answered. */
  timeOut(): void {
    this.timedOut = true;
    this.wake();
  }

  /** The timer may have come early, by the store's clock: then looking sets it again. */
  expire(): void {
    this.expiry = undefined;
    this.wake();
  }

  private leave(settle: () => void): void {
    if (this.over) return;
    this.over = true;
    this.deadline?.[Symbol.dispose]();
    this.expiry?.[Symbol.dispose]();
    this.wait.signal?.removeEventListener('abort', this);
    this.room.feed.removeWaiter(this.wait.requestId, this);
    settle();
  }
}

function atDeadline(waiter: Waiter): void {
  waiter.timeOut();
}

function atExpiry(waiter: Waiter): void {
  waiter.expire();
}

/** Still undecided, and nobody has asked anything new. */
function isUneventful(record: ApprovalRecord, now: number, afterInfo: number): boolean {
  const question = openQuestion(record);
  return stateOf(record, now).status === 'pending' && !(question && question.seq > afterInfo);
}
