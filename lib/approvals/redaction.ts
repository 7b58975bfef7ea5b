import type { Json, JsonObject } from '../base/json.ts';

/** What stands in place of a value that nobody is to see. */
export const REDACTED = '[redacted]';

/** Shorter texts occur by chance everywhere; replacing them would garble what people read. */
const SHORTEST_SECRET = 4;

/** An input as it may be stored and shown, and a way to take the same values out of a text. */
export interface Redaction {
  readonly input: Json;
  /** Replaces each hidden value (texts of four characters and more, numbers alike) in `text`. */
  readonly scrub: (text: string) => string;
}

/**
 * Replaces what the JSON pointers point at. A pointer that finds nothing does nothing: tools have
 * optional arguments.
 */
export function redact(input: Json, pointers: readonly string[]): Redaction {
  if (pointers.length === 0) return { input, scrub: (text) => text };
  const secrets = new Set<string>();
  let redacted = input;
  for (const pointer of pointers) {
    const path = pointer.split('/').slice(1).map(pointerSegment);
    redacted = replaceAt(redacted, path, secrets);
  }
  // The longest first, so that a secret which contains another one goes as a whole.
  const found = [...secrets].sort((one, other) => other.length - one.length);
  return {
    input: redacted,
    scrub: (text) => found.reduce((left, secret) => left.replaceAll(secret, REDACTED), text),
  };
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
