import { createContext, runInContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Json } from '../../lib/base/json.ts';
import {
  canonicalJson,
  DEEPEST_NESTING,
  digestOf,
  freezePlainJson,
  NotPlainJsonError,
  TooLargeError,
  thawPlainJson,
} from '../../lib/base/plain-json.ts';

const MEGABYTE = 1024 * 1024;
const freeze = (value: unknown, maxBytes = MEGABYTE) => freezePlainJson(value, maxBytes);
const refuses = (value: unknown, saying = /./) => {
  expect(() => freeze(value)).toThrow(NotPlainJsonError);
  expect(() => freeze(value)).toThrow(saying);
};

function nested(depth: number): unknown {
  let value: unknown = 0;
  for (let level = 0; level < depth; level++) value = level % 2 === 0 ? [value] : { a: value };
  return value;
}

describe('freezePlainJson', () => {
  it('copies what is plain and freezes it through and through', () => {
    const value = { a: [1, 'two', { three: null }], b: { c: true } };
    const copy = freeze(value) as typeof value;
    expect(copy).toEqual(value);
    expect(copy).not.toBe(value);
    for (const part of [copy, copy.a, copy.a[2], copy.b]) expect(Object.isFrozen(part)).toBe(true);
    value.a.push(4);
    value.b.c = false;
    expect(copy).toEqual({ a: [1, 'two', { three: null }], b: { c: true } });
  });

  it.each([null, true, false, 0, -1.5, 1e308, 5e-324, '', 'é😀', [], {}])('takes %j', (value) => {
    expect(freeze(value)).toEqual(value);
  });

  it('leaves out what is undefined and makes -0 into 0', () => {
    const copy = freeze({ a: undefined, b: -0, c: [-0] }) as { b: number; c: number[] };
    expect(Object.keys(copy)).toEqual(['b', 'c']);
    expect(Object.is(copy.b, 0)).toBe(true);
    expect(Object.is(copy.c[0], 0)).toBe(true);
    expect(digestOf(copy)).toBe(digestOf(freeze({ b: 0, c: [0] })));
  });

  it.each<[string, unknown, RegExp]>([
    ['undefined', undefined, /undefined/],
    ['NaN', { a: Number.NaN }, /"\/a" is NaN/],
    ['infinity', [Number.NEGATIVE_INFINITY], /"\/0" is -Infinity/],
    ['a BigInt', { a: 1n }, /is a bigint/],
    ['a symbol', { a: Symbol('s') }, /is a symbol/],
    ['a function', { a: { b: () => 1 } }, /"\/a\/b" is a function/],
    ['a symbol as a key', { [Symbol('s')]: 1 }, /symbol as a key/],
    ['a Date', { at: new Date(0) }, /"\/at" is not a plain object/],
    ['a Map', new Map(), /not a plain object/],
    ['an Error', new Error('e'), /not a plain object/],
    ['a RegExp', /x/, /not a plain object/],
    ['a promise', Promise.resolve(1), /not a plain object/],
    ['a boxed string', new String('x'), /not a plain object/],
    ['a Buffer', Buffer.from('x'), /not a plain object/],
    ['a typed array', new Uint8Array(1), /not a plain object/],
    ['an ArrayBuffer', new ArrayBuffer(1), /not a plain object/],
    [
      'a class instance',
      new (class Point {
        x = 1;
      })(),
      /not a plain object/,
    ],
    ['an inherited object', Object.create({ a: 1 }), /not a plain object/],
    ['an array of a class', new (class List extends Array {})(), /not a plain array/],
    ['an array without a prototype', Object.setPrototypeOf([1], null), /not a plain array/],
    ['an array with a hole', new Array(3), /holes/],
    ['an array with undefined', [1, undefined], /array with undefined/],
    ['an array with a property', Object.assign([1], { more: 1 }), /properties of its own/],
    ['an array with a hole and a property', Object.assign(new Array(1), { more: 1 }), /hidden/],
    ['an array with a symbol', Object.assign([1], { [Symbol('s')]: 1 }), /properties of its own/],
    ['an enormous empty array', new Array(2 ** 32 - 1), /holes/],
    ['a lone surrogate', { a: 'x\uD800' }, /"\/a" has a lone surrogate/],
    ['surrogates the wrong way round', '\uDE00\uD83D', /lone surrogate/],
    ['a lone surrogate in a key', { '\uDC00': 1 }, /lone surrogate/],
    ['a hidden property', Object.defineProperty({}, 'a', { value: 1 }), /"\/a" is hidden/],
    ['a __proto__ key', JSON.parse('{"a":{"__proto__":{"b":1}}}'), /__proto__/],
    ['JSON itself', JSON, /./],
  ])('refuses %s', (_, value, saying) => refuses(value, saying));

  it('never runs a getter', () => {
    let read = 0;
    const lie = {
      get amount() {
        return ++read;
      },
    };
    refuses(lie, /"\/amount" is computed when read/);
    refuses(Object.defineProperty([1], 0, { get: () => ++read, enumerable: true }), /computed/);
    expect(read).toBe(0);
  });

  it('asks neither toString nor toJSON nor valueOf', () => {
    const honest = { amount: { toString: 'x', toJSON: 'y', valueOf: 1, constructor: null } };
    expect(freeze(honest)).toEqual(honest);
    expect(canonicalJson(freeze(honest))).toBe(
      '{"amount":{"constructor":null,"toJSON":"y","toString":"x","valueOf":1}}',
    );
    refuses({ amount: { toString: () => '1' } }, /is a function/);
    refuses({ toJSON: () => ({ harmless: true }), command: 'rm -rf /' }, /is a function/);
  });

  it('reads each property of a proxy once, and keeps what it read', () => {
    let reads = 0;
    const proxy = new Proxy(
      { amount: 0 },
      {
        getOwnPropertyDescriptor: () => ({
          value: ++reads,
          enumerable: true,
          configurable: true,
          writable: true,
        }),
        get: () => 1_000_000,
      },
    );
    const copy = freeze(proxy);
    expect(copy).toEqual({ amount: 1 });
    expect(copy).toEqual({ amount: 1 });
    expect(reads).toBe(1);
  });

  it.each<[string, ProxyHandler<unknown[]>]>([
    ['says it is longer than it is', { get: (_, key) => (key === 'length' ? 3 : undefined) }],
    ['says it has no end', { get: () => Number.POSITIVE_INFINITY }],
    [
      'changes its length while it is read',
      {
        get: () => ({ valueOf: () => 1 }),
        getOwnPropertyDescriptor: () => ({ value: 1, enumerable: true, configurable: true }),
      },
    ],
  ])('refuses an array that %s', (_, handler) => refuses(new Proxy([1, 2], handler)));

  it('lets no proxy end the process', () => {
    const failing = new Proxy(
      {},
      {
        ownKeys: () => {
          throw new RangeError('boom');
        },
      },
    );
    expect(() => freeze({ a: failing })).toThrow('boom');
    // A fresh object with a fresh object in it, for ever.
    const endless = (): object =>
      new Proxy(
        {},
        {
          ownKeys: () => ['a', 'b'],
          getOwnPropertyDescriptor: () => ({
            value: endless(),
            enumerable: true,
            configurable: true,
          }),
        },
      );
    expect(() => freeze(endless())).toThrow(/nests deeper/);
  });

  it('takes nesting up to its limit and refuses what is deeper, however deep', () => {
    expect(() => freeze(nested(DEEPEST_NESTING))).not.toThrow();
    refuses(nested(DEEPEST_NESTING + 1), /nests deeper than 256/);
    refuses(nested(10_000), /nests deeper/);
    refuses(nested(1_000_000), /nests deeper/);
    expect(canonicalJson(freeze(nested(DEEPEST_NESTING)))).toHaveLength(
      JSON.stringify(nested(DEEPEST_NESTING)).length,
    );
  });

  it('refuses what contains itself, and takes what is only shared', () => {
    const loop: { inner: { back?: unknown } } = { inner: {} };
    loop.inner.back = loop;
    refuses(loop, /contains itself/);
    const list: unknown[] = [];
    list.push(list);
    refuses(list, /contains itself/);
    const shared = { a: 1 };
    const copy = freeze({ one: shared, two: [shared, shared] }) as { one: unknown; two: unknown[] };
    expect(copy).toEqual({ one: { a: 1 }, two: [{ a: 1 }, { a: 1 }] });
    expect(copy.one).not.toBe(copy.two[0]);
  });

  it('refuses, rather than unfolding, sharing upon sharing', () => {
    let value: unknown = 'x';
    for (let level = 0; level < 60; level++) value = [value, value];
    expect(() => freeze(value)).toThrow(TooLargeError);
  });

  it('takes objects of another realm and of no prototype', () => {
    const realm = createContext({});
    expect(freeze(runInContext('({ a: [1, { b: 2 }] })', realm))).toEqual({ a: [1, { b: 2 }] });
    expect(freeze(structuredClone({ a: 1 }))).toEqual({ a: 1 });
    expect(freeze(Object.assign(Object.create(null), { a: 1 }))).toEqual({ a: 1 });
    refuses(runInContext('new (class A {})()', realm), /not a plain object/);
    refuses(runInContext('new Date()', realm), /not a plain object/);
    refuses(runInContext('new Map()', realm), /not a plain object/);
    refuses(runInContext('new (class A extends Array {})()', realm), /not a plain array/);
  });

  it('measures in bytes of canonical JSON, to the byte', () => {
    const exact: [Json, number][] = [
      ['x'.repeat(98), 100],
      ['é'.repeat(49), 100],
      ['\u0001'.repeat(16), 98],
      [{ ab: [1, true, null, 'c'] }, 24],
      [1e21, 5],
    ];
    for (const [value, bytes] of exact) {
      expect(Buffer.byteLength(canonicalJson(value))).toBe(bytes);
      expect(freeze(value, bytes)).toEqual(value);
      expect(() => freeze(value, bytes - 1)).toThrow(TooLargeError);
      expect(() => freeze(value, bytes - 1)).toThrow(`it is larger than ${bytes - 1} bytes`);
    }
    expect(() => freeze('x'.repeat(2 * MEGABYTE))).toThrow(TooLargeError);
    expect(() => freeze({ ['k'.repeat(2 * MEGABYTE)]: 1 })).toThrow(TooLargeError);
    // What is left out of the copy has no size.
    expect(freeze({ ['k'.repeat(200)]: undefined }, 100)).toEqual({});
  });

  it('agrees with JSON about every value that JSON can carry', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        // JSON.parse makes own `__proto__` properties, which are refused.
        fc.pre(!JSON.stringify(value).includes('__proto__'));
        const plain = JSON.parse(JSON.stringify(value));
        expect(freeze(plain)).toEqual(plain);
        expect(JSON.parse(canonicalJson(freeze(plain)))).toEqual(plain);
      }),
    );
  });

  it('never lets through what is more than its canonical JSON says', () => {
    fc.assert(
      fc.property(
        fc.anything({
          withBigInt: true,
          withDate: true,
          withMap: true,
          withSparseArray: true,
          withNullPrototype: true,
          withTypedArray: true,
          withObjectString: true,
        }),
        (value) => {
          let frozen: Json;
          try {
            frozen = freeze(value);
          } catch (error) {
            expect(error instanceof NotPlainJsonError || error instanceof TooLargeError).toBe(true);
            return;
          }
          // Whoever reads only the canonical JSON knows everything that would run.
          expect(thawPlainJson(frozen)).toEqual(JSON.parse(canonicalJson(frozen)));
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('thawPlainJson', () => {
  it('gives a fresh, mutable copy each time', () => {
    const frozen = freeze({ a: [{ b: 1 }] });
    const one = thawPlainJson(frozen) as { a: { b: number }[] };
    const other = thawPlainJson(frozen) as { a: { b: number }[] };
    one.a[0] = { b: 2 };
    one.a.push({ b: 3 });
    expect(other).toEqual({ a: [{ b: 1 }] });
    expect(frozen).toEqual({ a: [{ b: 1 }] });
  });

  it('gives back what was frozen, in the order it had', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        fc.pre(!JSON.stringify(value).includes('__proto__'));
        const frozen = freeze(JSON.parse(JSON.stringify(value)));
        expect(JSON.stringify(thawPlainJson(frozen))).toBe(JSON.stringify(frozen));
      }),
    );
  });
});

describe('the digest', () => {
  it('is the SHA-256 of the canonical JSON, in lower-case hex', () => {
    // printf '{"a":"é","b":1}' | sha256sum
    expect(digestOf({ b: 1, a: 'é' })).toBe(
      'aa58fba8483623bed37c1b02edfccbdd9a53123837c20bfa4cb4049993a2872e',
    );
  });

  it('is the same for two inputs only if they run the same', () => {
    // Values that differ little, so that equal and unequal pairs both come up.
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        fc.constantFrom<unknown>(null, 0, -0, 1, '', '0', '1', 'null', true, false, 1e21, '1e21'),
        fc.array(tie('value'), { maxLength: 2 }),
        fc.dictionary(
          fc.constantFrom('a', 'b', '0', 'toJSON'),
          fc.option(tie('value'), { nil: undefined }),
          { maxKeys: 3 },
        ),
      ),
    }));
    let equal = 0;
    fc.assert(
      fc.property(value, value, (one, other) => {
        const [first, second] = [freeze(one), freeze(other)];
        const runsTheSame = sameValue(thawPlainJson(first), thawPlainJson(second));
        if (runsTheSame) equal += 1;
        expect(digestOf(first) === digestOf(second)).toBe(runsTheSame);
      }),
      { numRuns: 5000 },
    );
    expect(equal).toBeGreaterThan(50);
  });

  it('is what it is, whatever order the keys come in', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue()), (object) => {
        fc.pre(!JSON.stringify(object).includes('__proto__'));
        const plain = JSON.parse(JSON.stringify(object));
        const reversed = Object.fromEntries(Object.entries(plain).reverse());
        expect(digestOf(freeze(reversed))).toBe(digestOf(freeze(plain)));
      }),
    );
  });
});

/** Written on its own: equal to the last bit, the order of keys aside. */
function sameValue(one: unknown, other: unknown): boolean {
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) {
    return Object.is(one, other);
  }
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const keys = Object.keys(one);
  return (
    keys.length === Object.keys(other).length &&
    keys.every(
      (key) =>
        Object.hasOwn(other, key) &&
        sameValue((one as Record<string, unknown>)[key], (other as Record<string, unknown>)[key]),
    )
  );
}
