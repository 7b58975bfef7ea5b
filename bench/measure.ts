/** One figure of a benchmark: what was measured, and what it has to stay under, where it has to. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly below?: number;
}

/** Figures of one question, measured side by side in this process. */
export interface Benchmark {
  readonly question: string;
  run(): Promise<readonly Figure[]>;
}

/**
 * Microseconds per call of each of several ways to do the same thing. They take turns, round after
 * round, so that whatever else the machine does meets all of them. What else it does can only add,
 * so the round counts that a tenth of all rounds were quicker than.
 */
export async function compare<K extends string>(
  ways: Readonly<Record<K, () => unknown>>,
  { calls, rounds = 15 }: { readonly calls: number; readonly rounds?: number },
): Promise<Record<K, number>> {
  const names = Object.keys(ways) as K[];
  const times = new Map<K, number[]>(names.map((name) => [name, []]));
  for (let round = -2; round < rounds; round++) {
    for (const name of names) {
      const way = ways[name];
      const begin = performance.now();
      for (let call = 0; call < calls; call++) await way();
      const perCall = ((performance.now() - begin) * 1000) / calls;
      // The first rounds warm the code up.
      if (round >= 0) times.get(name)?.push(perCall);
    }
  }
  return Object.fromEntries(
    names.map((name) => [name, quantile(times.get(name) ?? [], 0.1)]),
  ) as Record<K, number>;
}

/** The value that `share` of all values do not exceed. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

/** Bytes of live JavaScript memory, after a full collection (needs `node --expose-gc`). */
export async function heapInUse(): Promise<number> {
  const { gc } = globalThis as { gc?: () => void };
  if (!gc) throw new Error('Run with `node --expose-gc`, or through `npm run bench`.');
  for (let time = 0; time < 3; time++) {
    await new Promise((resolve) => setImmediate(resolve));
    gc();
  }
  return process.memoryUsage().heapUsed;
}
