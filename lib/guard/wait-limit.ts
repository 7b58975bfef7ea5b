import type { Clock } from '../base/clock.ts';

/**
 * How long a call waits in all, whatever it comes to wait for. What is left never grows: a clock that
 * is set back must not make anybody wait for an hour more.
 */
export class WaitLimit {
  readonly ms: number;
  private readonly clock: Clock;
  private readonly until: number;
  private least: number;

  constructor(clock: Clock, ms: number) {
    this.clock = clock;
    this.ms = ms;
    this.until = clock() + ms;
    this.least = ms;
  }

  /** Milliseconds left, at least 0. */
  left(): number {
    this.least = Math.max(0, Math.min(this.least, this.until - this.clock()));
    return this.least;
  }
}
