/** .NET ticks (100 ns) in a millisecond. */
const TICKS_PER_MS = 10_000n;

/** Milliseconds from 0001-01-01 to 1970-01-01, both UTC, by the proleptic Gregorian calendar. */
const EPOCH_MS = 62_135_596_800_000n;

/** A time in milliseconds since 1970 as .NET ticks since the year 1. */
export function timeToTicks(milliseconds: number): bigint {
  return (BigInt(milliseconds) + EPOCH_MS) * TICKS_PER_MS;
}

/** .NET ticks since the year 1 as a time in milliseconds since 1970. */
export function ticksToTime(ticks: bigint): number {
  return Number(ticks / TICKS_PER_MS - EPOCH_MS);
}

/** A duration in milliseconds as ticks. */
export function durationToTicks(milliseconds: number): bigint {
  return BigInt(milliseconds) * TICKS_PER_MS;
}

/** A duration in ticks as milliseconds. */
export function ticksToDuration(ticks: bigint): number {
  return Number(ticks / TICKS_PER_MS);
}
