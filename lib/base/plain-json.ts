import { hash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { Json, JsonObject } from './json.ts';

/** Deeper than any input a person could review, and shallow enough that nothing overflows. */
export const DEEPEST_NESTING = 256;

/** A value is not plain JSON; `message` says where in it and why. */
export class NotPlainJsonError extends Error {}

/** A plain JSON value would be larger than allowed. */
export class TooLargeError extends Error {}

/**
 * A deeply frozen copy of `value`, which must be plain JSON: null, booleans, finite numbers, well
 * formed strings, dense arrays, and objects that have nothing but own enumerable data properties.
 * Each property is read once, so what a proxy or a getter would say later cannot matter. Properties
 * that are `undefined` are left out and `-0` becomes `0`, as JSON would have it.
 *
 * @throws NotPlainJsonError naming the place; TooLargeError above `maxBytes` (UTF-8, as canonical
 * JSON).
 */
export function freezePlainJson(value: unknown, maxBytes: number): Json {
  const copy = new Copier(maxBytes).copy(value);
  // Six bytes a character (`\u0001`) and the punctuation is the most a value can need; only what
  // comes near the limit by that measure is measured exactly.
  if (copy.upperBound > maxBytes && canonicalBytes(copy.value) > maxBytes) {
    throw tooLarge(maxBytes);
  }
  return copy.value;
}

/** A fresh, mutable copy of a frozen plain value, for whoever is to run with it. */
export function thawPlainJson(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(thawPlainJson);
  const copy: Record<string, Json> = {};
  for (const key of Object.keys(value))
    copy[key] = thawPlainJson((value as JsonObject)[key] as Json);
  return copy;
}

/** RFC 8785 canonical JSON: the same text for the same value, whatever its keys' order. */
export function canonicalJson(value: Json): string {
  return canonicalize(value) as string;
}

/** SHA-256, in lower-case hex, of the value's canonical JSON. */
export function digestOf(value: Json): string {
  return sha256(canonicalJson(value));
}

/** SHA-256 of a text's UTF-8 bytes, in lower-case hex. */
export function sha256(text: string): string {
  return hash('sha256', text);
}

function canonicalBytes(value: Json): number {
  return Buffer.byteLength(canonicalJson(value));
}

/**
 * One walk over one value: it remembers where it is and how large the copy may be. It ends as soon
 * as the copy is too large for certain: objects that are shared many times over can stand for more
 * than any memory holds.
 */
class Copier {
  private upperBound = 0;
  private lowerBound = 0;
  private readonly maxBytes: number;
  /** The containers that are being copied, outermost first, and the keys that lead into them. */
  private readonly open: object[] = [];
  private readonly path: string[] = [];

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  copy(value: unknown): { value: Json; upperBound: number } {
    const copied = this.any(value);
    return { value: copied, upperBound: this.upperBound };
  }

  /** Counts a part of the copy that takes at least and at most so many bytes. */
  private count(least: number, most: number): void {
    this.lowerBound += least;
    this.upperBound += most;
    if (this.lowerBound > this.maxBytes) throw tooLarge(this.maxBytes);
  }

  private any(value: unknown): Json {
    switch (typeof value) {
      case 'string':
        return this.text(value);
      case 'number':
        if (!Number.isFinite(value)) throw this.refusal(`is ${value}`);
        this.count(1, 25);
        return value === 0 ? 0 : value;
      case 'boolean':
        this.count(4, 6);
        return value;
      case 'object':
        this.count(2, 5);
        return value === null ? null : this.container(value);
      default:
        throw this.refusal(value === undefined ? 'is undefined' : `is a ${typeof value}`);
    }
  }

  private text(text: string): string {
    if (!text.isWellFormed()) throw this.refusal('has a lone surrogate');
    this.count(text.length + 2, text.length * 6 + 3);
    return text;
  }

  private container(value: object): Json {
    if (this.open.length >= DEEPEST_NESTING) {
      throw this.refusal(`nests deeper than ${DEEPEST_NESTING} levels`);
    }
    if (this.open.includes(value)) throw this.refusal('contains itself');
    this.open.push(value);
    const copy = Array.isArray(value) ? this.array(value) : this.object(value);
    this.open.pop();
    return Object.freeze(copy);
  }

  private array(value: unknown[]): Json[] {
    if (!Array.isArray(Object.getPrototypeOf(value))) throw this.refusal('is not a plain array');
    // `length` and every element, and nothing besides. Keys cannot be more than there are, whatever
    // a proxy says about its length.
    const length = Reflect.ownKeys(value).length - 1;
    if (value.length !== length) {
      throw this.refusal('is an array with holes or with properties of its own');
    }
    const copy: Json[] = [];
    for (let index = 0; index < length; index++) {
      const copied = this.property(value, String(index));
      if (copied === undefined) throw this.refusal('is an array with undefined');
      copy.push(copied);
    }
    return copy;
  }

  private object(value: object): JsonObject {
    if (!isPlainPrototype(Object.getPrototypeOf(value)))
      throw this.refusal('is not a plain object');
    const copy: Record<string, Json> = {};
    for (const key of Reflect.ownKeys(value)) {
      if (typeof key === 'symbol') throw this.refusal('has a symbol as a key');
      // As a key of a copy it would set the prototype instead of a property.
      if (key === '__proto__') throw this.refusal('has a key "__proto__"');
      const copied = this.property(value, key);
      if (copied !== undefined) copy[this.text(key)] = copied;
    }
    return copy;
  }

  private property(owner: object, key: string): Json | undefined {
    this.path.push(key);
    const descriptor = Object.getOwnPropertyDescriptor(owner, key);
    if (!descriptor?.enumerable) throw this.refusal('is hidden');
    if (!('value' in descriptor)) throw this.refusal('is computed when read');
    const copied = descriptor.value === undefined ? undefined : this.any(descriptor.value);
    this.path.pop();
    return copied;
  }

  private refusal(problem: string): NotPlainJsonError {
    const at = this.path.map((key) => `/${key}`).join('');
    const place = at === '' ? 'it' : JSON.stringify(at.length > 80 ? `${at.slice(0, 80)}…` : at);
    return new NotPlainJsonError(`${place} ${problem}`);
  }
}

/** None, or `Object.prototype` of this or another realm (a worker's message, a test's sandbox). */
function isPlainPrototype(prototype: object | null): boolean {
  return (
    prototype === null ||
    prototype === Object.prototype ||
    (Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf'))
  );
}

function tooLarge(maxBytes: number): TooLargeError {
  return new TooLargeError(`it is larger than ${maxBytes} bytes`);
}
