import { type Clock, schedule } from '../base/clock.ts';

/** Something took longer than it was given. */
export class TookTooLong extends Error {}

/** How long to wait, by which clock, and what calls it off. */
export interface Patience {
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Waits for a promise, for so long and no longer.
 *
 * A timer costs more than a whole synchronous policy, so none is started for a promise that has
 * settled by the next microtask.
 *
 * @throws TookTooLong, or the abort reason
 */
export async function within<T>(
  promise: Promise<T>,
  { clock, timeoutMs, signal }: Patience,
): Promise<T> {
  let settled = false;
  const done = () => {
    settled = true;
  };
  promise.then(done, done);
  await null;
  if (settled) return promise;
  const timeUp = Promise.withResolvers<never>();
  const timer = schedule(clock, timeoutMs, timeUp.reject, new TookTooLong());
  try {
    return await unlessAborted(Promise.race([promise, timeUp.promise]), signal);
  } finally {
    timer[Symbol.dispose]();
  }
}

/**
 * The promise's result, or at once the abort reason when the signal fires first. Then `tidyUp` gets
 * what the promise still comes to, so that nothing begun is left behind.
 */
export async function unlessAborted<T>(
  promise: Promise<T>,
  signal: AbortSignal | undefined,
  tidyUp?: (late: T) => unknown,
): Promise<T> {
  if (!signal) return promise;
  let onAbort: () => void = () => {};
  const aborted = new Promise<'aborted'>((resolve) => {
    onAbort = () => resolve('aborted');
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    const first = await Promise.race([aborted, promise.then((result) => ({ result }))]);
    if (first !== 'aborted') return first.result;
    promise.then(tidyUp).catch(() => {});
    throw signal.reason;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
