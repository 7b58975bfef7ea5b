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
 * Calls `run` once after `delayMs`; the answer calls it off. Delays beyond what a timer can hold
 * are waited for in parts.
 */
export function schedule(clock: Clock, delayMs: number, run: () => void): () => void {
  const delay = Math.max(0, delayMs);
  if (clock.schedule) return clock.schedule(delay, run);
  let timer: NodeJS.Timeout;
  const arm = (left: number) => {
    const part = Math.min(left, LONGEST_TIMER);
    timer = setTimeout(() => (left > part ? arm(left - part) : run()), part);
  };
  arm(delay);
  return () => clearTimeout(timer);
}
