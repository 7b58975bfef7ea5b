import { InvalidOptionError } from './errors.ts';

/** Throws unless every own key of `given` is in `known`, naming the nearest known one. */
export function refuseUnknownOptions(where: string, given: object, known: readonly string[]): void {
  for (const key of Object.keys(given)) {
    if (known.includes(key)) continue;
    const nearest = nearestName(key, known);
    const hint = nearest ? `Did you mean \`${nearest}\`?` : `Known are ${known.join(', ')}.`;
    throw new InvalidOptionError(path(where, key), `there is no such option. ${hint}`);
  }
}

/** Throws unless `value` is an object of options (not null, not an array). */
export function requireObject(where: string, value: unknown): asserts value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidOptionError(where, `must be an object, not ${shown(value)}.`);
  }
}

/** A string that is not blank; absent stays absent. */
export function optionalText(option: string, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'string' && value.trim() !== '' && value.isWellFormed()) return value;
  throw new InvalidOptionError(option, `must be a string that is not empty, not ${shown(value)}.`);
}

/** A list of strings that are not blank; absent or empty is an empty list. */
export function textList(option: string, value: unknown): readonly string[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) {
    throw new InvalidOptionError(option, `must be a list of strings, not ${shown(value)}.`);
  }
  return value.map((item, index) => {
    const text = optionalText(`${option}[${index}]`, item ?? null);
    return text as string;
  });
}

/** One of the `allowed` words; absent is `fallback`. */
export function oneOf<T extends string>(
  option: string,
  value: unknown,
  allowed: readonly T[],
  fallback: T,
): T {
  if (value === undefined) return fallback;
  if (typeof value === 'string' && (allowed as readonly string[]).includes(value)) {
    return value as T;
  }
  throw new InvalidOptionError(
    option,
    `must be one of ${allowed.join(', ')}, not ${shown(value)}.`,
  );
}

/** A whole number of at least 1; absent stays absent. */
export function optionalCount(option: string, value: unknown): number | undefined {
  if (value === undefined) return undefined;
  if (Number.isSafeInteger(value) && (value as number) >= 1) return value as number;
  throw new InvalidOptionError(
    option,
    `must be a whole number of at least 1, not ${shown(value)}.`,
  );
}

/** True or false; absent is `fallback`. */
export function flag(option: string, value: unknown, fallback: boolean): boolean {
  if (value === undefined) return fallback;
  if (typeof value === 'boolean') return value;
  throw new InvalidOptionError(option, `must be true or false, not ${shown(value)}.`);
}

/** A function; absent stays absent. */
export function optionalFunction<F>(option: string, value: F | undefined): F | undefined {
  if (value === undefined || typeof value === 'function') return value;
  throw new InvalidOptionError(option, `must be a function, not ${shown(value)}.`);
}

/** A value as an error message may quote it: short, on one line, never a whole object. */
export function shown(value: unknown): string {
  if (typeof value === 'string') {
    return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  }
  if (value === null || typeof value !== 'object') return String(value);
  return Array.isArray(value) ? 'a list' : 'an object';
}

/** `a.b` for an option inside a named object, `b` at the top. */
function path(where: string, key: string): string {
  return where === '' ? key : `${where}.${key}`;
}

function nearestName(name: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Levenshtein distance, one row at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next[j] = Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1);
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
