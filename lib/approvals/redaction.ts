import type { Json, JsonObject } from '../base/json.ts';

/** What stands in place of a value that nobody is to see. */
const REDACTED = '[redacted]';

/** Shorter texts occur by chance everywhere; replacing them would garble what people read. */
const SHORTEST_SECRET = 4;

/** An input as it may be stored and shown, and a way to take the same values out of a text. */
export interface Redaction {
  readonly input: Json;
  /** Replaces each hidden value (texts of four characters and more, numbers alike) in `text`. */
  readonly scrub: (text: string) => string;
}

/**
 * Replaces what the JSON pointers point at, and the same values wherever else they stand in the
 * input. A pointer that finds nothing does nothing: tools have optional arguments.
 */
export function redact(input: Json, pointers: readonly string[]): Redaction {
  if (pointers.length === 0) return { input, scrub: (text) => text };
  const secrets = new Set<string>();
  let redacted = input;
  for (const pointer of pointers) {
    const path = pointer.split('/').slice(1).map(pointerSegment);
    redacted = replaceAt(redacted, path, secrets);
  }
  const scrub = scrubber(secrets);
  return { input: scrubbed(redacted, scrub), scrub };
}

/** A value with `scrub` done to every text in it, keys and numbers included. */
export function scrubbed(value: Json, scrub: (text: string) => string): Json {
  if (typeof value === 'string') return scrub(value);
  if (typeof value === 'number') return scrub(String(value)) === String(value) ? value : REDACTED;
  if (Array.isArray(value)) return value.map((part) => scrubbed(part, scrub));
  if (typeof value !== 'object' || value === null) return value;
  const parts: Record<string, Json> = {};
  for (const [key, part] of Object.entries(value)) {
    parts[unusedKey(scrub(key), parts)] = scrubbed(part as Json, scrub);
  }
  return parts;
}

/** Two keys that hide the same value are still two fields to look at. */
function unusedKey(key: string, taken: object): string {
  let unused = key;
  for (let number = 2; Object.hasOwn(taken, unused); number++) unused = `${key} ${number}`;
  return unused;
}

/** In one pass, or a marker could be found to contain a secret and be marked again. */
function scrubber(secrets: ReadonlySet<string>): Redaction['scrub'] {
  if (secrets.size === 0) return (text) => text;
  // The longest first, so that a secret which contains another one goes as a whole.
  const longestFirst = [...secrets].sort((one, other) => other.length - one.length);
  const any = new RegExp([REDACTED, ...longestFirst].map(literally).join('|'), 'g');
  return (text) => text.replace(any, REDACTED);
}

function literally(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

function replaceAt(value: Json, path: readonly string[], secrets: Set<string>): Json {
  const [key, ...rest] = path;
  if (key === undefined) {
    collectSecrets(value, secrets);
    return REDACTED;
  }
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return value;
  if (Array.isArray(value)) {
    return value.map((element, index) =>
      String(index) === key ? replaceAt(element, rest, secrets) : element,
    );
  }
  const object = value as JsonObject;
  return { ...object, [key]: replaceAt(object[key] as Json, rest, secrets) };
}

function collectSecrets(value: Json, secrets: Set<string>): void {
  if (typeof value === 'object' && value !== null) {
    for (const part of Object.values(value)) collectSecrets(part, secrets);
  } else if (typeof value === 'string' || typeof value === 'number') {
    const text = String(value);
    if (text.length >= SHORTEST_SECRET && text !== REDACTED) secrets.add(text);
  }
}

function pointerSegment(segment: string): string {
  return segment.replaceAll('~1', '/').replaceAll('~0', '~');
}
