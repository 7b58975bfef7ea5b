import ms from 'ms';
import { InvalidOptionError } from './errors.ts';
import { shown } from './options.ts';

/** Milliseconds, or a string of the `ms` package's grammar such as `'15m'`, `'2 hours'`, `'500ms'`. */
export type Duration = number | (string & {});

const DAY = 24 * 60 * 60 * 1000;

/** The longest duration any option takes: 365 days, in milliseconds. */
export const LONGEST_DURATION = 365 * DAY;

/**
 * A duration option in milliseconds: finite, above 0 (or from 0 where `zeroAllowed`), at most 365
 * days. Anything else throws, naming the option.
 */
export function parseDuration(
  option: string,
  value: unknown,
  { zeroAllowed = false }: { zeroAllowed?: boolean } = {},
): number {
  const milliseconds = typeof value === 'string' ? fromText(value) : value;
  const lowest = zeroAllowed ? 0 : Number.MIN_VALUE;
  if (
    typeof milliseconds === 'number' &&
    milliseconds >= lowest &&
    milliseconds <= LONGEST_DURATION
  ) {
    return Math.ceil(milliseconds);
  }
  throw new InvalidOptionError(
    option,
    `must be milliseconds or a string such as '15m', ${zeroAllowed ? 'at least 0' : 'above 0'} and at most 365 days, not ${shown(value)}.`,
  );
}

function fromText(text: string): number | undefined {
  // `ms` throws on empty and over-long strings and answers undefined or NaN on other nonsense.
  try {
    return ms(text as ms.StringValue);
  } catch {
    return undefined;
  }
}

const UNITS = [
  ['day', DAY],
  ['hour', 60 * 60 * 1000],
  ['minute', 60 * 1000],
  ['second', 1000],
  ['millisecond', 1],
] as const;

/**
 * A duration in words for people, in its two largest units: `15 minutes`, `1 hour 30 minutes`,
 * `40 seconds`. What is smaller is left out, never rounded up.
 */
export function durationInWords(milliseconds: number): string {
  let left = Math.floor(milliseconds);
  const parts = UNITS.map(([unit, length]) => {
    const count = Math.floor(left / length);
    left -= count * length;
    return count === 0 ? '' : `${count} ${unit}${count === 1 ? '' : 's'}`;
  });
  const largest = parts.findIndex((part) => part !== '');
  if (largest === -1) return '0 milliseconds';
  return parts
    .slice(largest, largest + 2)
    .join(' ')
    .trimEnd();
}
