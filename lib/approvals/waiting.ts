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
export async function waitForDecision(room: WaitingRoom, wait: Wait): Promise<ApprovalState> {
  wait.signal?.throwIfAborted();
  const bell = new Bell();
  const leave: (() => void)[] = [room.feed.onRequest(wait.requestId, () => bell.ring())];
  const onAbort = () => bell.ring();
  wait.signal?.addEventListener('abort', onAbort, { once: true });
  leave.push(() => wait.signal?.removeEventListener('abort', onAbort));
  try {
    await room.feed.started();
    const first = await room.look(wait.requestId);
    const timeoutMs = wait.timeoutMs ?? first.record.rule?.waitTimeoutMs ?? 0;
    let timedOut = timeoutMs <= 0;
    if (!timedOut) {
      const atDeadline = () => {
        timedOut = true;
        bell.ring();
      };
      leave.push(schedule(room.clock, timeoutMs, atDeadline));
      const untilExpiry = first.record.expiresAt - first.now;
      if (untilExpiry < timeoutMs) {
        leave.push(schedule(room.clock, untilExpiry, () => bell.ring()));
      }
    }
    let { record, now } = first;
    while (!timedOut && isUneventful(record, now, wait.afterInfo)) {
      await bell.rung();
      wait.signal?.throwIfAborted();
      ({ record, now } = await room.look(wait.requestId));
    }
    wait.signal?.throwIfAborted();
    return stateOf(record, now);
  } finally {
    for (const step of leave) step();
  }
}

/** Still undecided, and nobody has asked anything new. */
function isUneventful(record: ApprovalRecord, now: number, afterInfo: number): boolean {
  const question = openQuestion(record);
  return stateOf(record, now).status === 'pending' && !(question && question.seq > afterInfo);
}

/** Rings for one listener; a ring while nobody listens is kept. */
class Bell {
  private rang = false;
  private wake: (() => void) | undefined;

  ring(): void {
    this.rang = true;
    this.wake?.();
  }

  async rung(): Promise<void> {
    if (!this.rang) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
      this.wake = undefined;
    }
    this.rang = false;
  }
}
