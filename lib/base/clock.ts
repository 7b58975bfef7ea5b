/**
 * The time in milliseconds since 1970, UTC. Passed in everywhere, so that a test can move it. A
 * clock may also bring its own `schedule`, and then nothing here uses a real timer: `fakeClock` of
 * `ai-sentinel/testing` does.
 */
export interface Clock {
  (): number;
  /** Calls `run` once, `delayMs` from now by this clock; the answer calls it off. */
  schedule?(delayMs: number, run: () => void): () => void;
}

/** The longest delay a Node timer takes; beyond it (24.8 days) `setTimeout` fires at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** The system's clock, on the system's timers. */
export const systemClock: Clock = () => Date.now();

/**
 * Calls `run` with `subject` once, after `delayMs`, unless it is disposed of before. Delays beyond
 * what a timer can hold are waited for in parts.
 */
export function schedule<T>(
  clock: Clock,
  delayMs: number,
  run: (subject: T) => void,
  subject: T,
): Disposable {
  const delay = Math.max(0, delayMs);
  if (clock.schedule) {
    return { [Symbol.dispose]: clock.schedule(delay, () => run(subject)) };
  }
  if (delay > LONGEST_TIMER) return new LongTimer(delay, () => run(subject));
  // Node's timers are disposable themselves, and take arguments: no closure for each of thousands.
  const timer = setTimeout(run, delay, subject);
  // Those that test runners put in their place are not.
  return Symbol.dispose in timer ? timer : { [Symbol.dispose]: () => clearTimeout(timer) };
}

class LongTimer implements Disposable {
  private timer: NodeJS.Timeout | undefined;

  constructor(delay: number, run: () => void) {
    this.wait(delay, run);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.timer);
  }

  private wait(left: number, run: () => void): void {
    const part = Math.min(left, LONGEST_TIMER);
    this.timer = setTimeout(() => (left > part ? this.wait(left - part, run) : run()), part);
  }
}
