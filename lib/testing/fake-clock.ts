import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../base/clock.ts';

/** A clock that stands still until it is told to move, with timers of its own. */
export interface FakeClock extends Clock {
  (): number;
  schedule(delayMs: number, run: () => void): () => void;
  /**
   * Lets time pass: timers that fall due run at their own time and in order, those set meanwhile
   * included. Before the first, between any two and after the last, whatever waits on settled
   * promises goes on, so that a chain such as "the deadline passed, so ask again" is over when this
   * fulfils.
   */
  advance(ms: number): Promise<void>;
  /**
   * Sets the time, forth or back, as an operator or a time server would. No time passes by it, so no
   * timer runs: one that was due in a second is still due in a second.
   */
  set(ms: number): void;
  /** How many timers are set and have neither run nor been called off. */
  readonly pending: number;
}

interface Timer {
  /** In milliseconds that have passed, whatever the clock was set to. */
  readonly due: number;
  readonly run: () => void;
}

/**
 * A clock for tests, for everything that takes a `clock`: nothing in this package sets a real timer
 * when it is given one.
 *
 * @param start milliseconds since 1970; default: the first of January 2026, 00:00 UTC
 */
export function fakeClock(start: number = Date.UTC(2026, 0, 1)): FakeClock {
  let passed = 0;
  let offset = start;
  const timers = new Set<Timer>();

  /** The earliest timer due by then; of several due at once, the one set first. */
  const nextDueBy = (end: number) =>
    [...timers]
      .filter(({ due }) => due <= end)
      .reduce<Timer | undefined>((first, timer) => {
        return first === undefined || timer.due < first.due ? timer : first;
      }, undefined);

  const moves = {
    schedule(delayMs: number, run: () => void): () => void {
      const timer = { due: passed + Math.max(0, delayMs), run };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    async advance(ms: number): Promise<void> {
      if (!(ms >= 0))
        throw new RangeError(`advance: must be 0 or more, not ${ms}; set() goes back.`);
      const end = passed + ms;
      await nextTurn();
      for (let timer = nextDueBy(end); timer; timer = nextDueBy(end)) {
        passed = Math.max(passed, timer.due);
        timers.delete(timer);
        timer.run();
        await nextTurn();
      }
      passed = Math.max(passed, end);
      await nextTurn();
    },
    set(ms: number): void {
      offset = ms - passed;
    },
  };
  const clock = Object.assign(() => offset + passed, moves);
  return Object.defineProperty(clock as FakeClock, 'pending', { get: () => timers.size });
}
