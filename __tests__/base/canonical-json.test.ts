import { describe, expect, it } from '@jest/globals';
import type { Json } from '../../lib/base/json.ts';
import { canonicalJson, freezePlainJson } from '../../lib/base/plain-json.ts';

// The published vectors of RFC 8785 (JSON Canonicalization Scheme).

describe('RFC 8785, section 3.2: the whole example', () => {
  const example = String.raw`{
    "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
    "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
    "literals": [null, true, false]
  }`;

  it('comes out as section 3.2.3 says', () => {
    expect(canonical(JSON.parse(example))).toBe(
      String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
    );
  });

  it('comes out as the bytes of section 3.2.4', () => {
    expect(Buffer.from(canonical(JSON.parse(example))).toString('hex')).toBe(
      [
        '7b226c69746572616c73223a5b6e756c6c2c747275652c66616c73655d2c226e756d62657273223a',
        '5b3333333333333333332e333333333333332c31652b33302c342e352c302e3030322c31652d3237',
        '5d2c22737472696e67223a22e282ac245c75303030665c6e4127425c225c5c5c5c5c222f227d',
      ].join(''),
    );
  });
});

describe('RFC 8785, section 3.2.3: sorting', () => {
  it('goes by UTF-16 code units, not by code points', () => {
    const unsorted = JSON.parse(String.raw`{
      "\u20ac": "Euro Sign",
      "\r": "Carriage Return",
      "\ufb33": "Hebrew Letter Dalet With Dagesh",
      "1": "One",
      "\ud83d\ude00": "Emoji: Grinning Face",
      "\u0080": "Control",
      "\u00f6": "Latin Small Letter O With Diaeresis"
    }`) as Record<string, string>;
    const sorted = JSON.parse(
      canonical(Object.entries(unsorted).map(([key, value]) => ({ [key]: value }))),
    );
    expect(sorted).toHaveLength(7);
    // The order is in the text: an object would put the key "1" first, whatever was written.
    const values = [...canonical(unsorted).matchAll(/:"([^"]*)"/g)].map(([, value]) => value);
    expect(values).toEqual([
      'Carriage Return',
      'One',
      'Control',
      'Latin Small Letter O With Diaeresis',
      'Euro Sign',
      'Emoji: Grinning Face',
      'Hebrew Letter Dalet With Dagesh',
    ]);
  });

  it('sorts at every depth and leaves arrays as they are', () => {
    expect(canonical({ b: [{ d: 1, c: [3, 1, 2] }], a: { z: {}, y: [] } })).toBe(
      '{"a":{"y":[],"z":{}},"b":[{"c":[3,1,2],"d":1}]}',
    );
  });
});

describe('RFC 8785, section 3.2.2.2: strings', () => {
  it('escapes what must be escaped, in the short form where there is one, and nothing else', () => {
    const controls = String.fromCharCode(...Array.from({ length: 32 }, (_, code) => code));
    expect(canonical(controls)).toBe(
      String.raw`"\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\b\t\n\u000b\f\r\u000e\u000f` +
        String.raw`\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001b\u001c\u001d\u001e\u001f"`,
    );
    expect(canonical('"\\/\u007f\u2028\u2029é😀')).toBe('"\\"\\\\/\u007f\u2028\u2029é😀"');
  });
});

describe('RFC 8785, appendix B: numbers', () => {
  it.each([
    ['0000000000000000', '0'],
    ['8000000000000000', '0'],
    ['0000000000000001', '5e-324'],
    ['8000000000000001', '-5e-324'],
    ['7fefffffffffffff', '1.7976931348623157e+308'],
    ['ffefffffffffffff', '-1.7976931348623157e+308'],
    ['4340000000000000', '9007199254740992'],
    ['c340000000000000', '-9007199254740992'],
    ['4430000000000000', '295147905179352830000'],
    ['44b52d02c7e14af5', '9.999999999999997e+22'],
    ['44b52d02c7e14af6', '1e+23'],
    ['44b52d02c7e14af7', '1.0000000000000001e+23'],
    ['444b1ae4d6e2ef4e', '999999999999999700000'],
    ['444b1ae4d6e2ef4f', '999999999999999900000'],
    ['444b1ae4d6e2ef50', '1e+21'],
    ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
    ['3eb0c6f7a0b5ed8d', '0.000001'],
    ['41b3de4355555553', '333333333.3333332'],
    ['41b3de4355555554', '333333333.33333325'],
    ['41b3de4355555555', '333333333.3333333'],
    ['41b3de4355555556', '333333333.3333334'],
    ['41b3de4355555557', '333333333.33333343'],
    ['becbf647612f3696', '-0.0000033333333333333333'],
    ['43143ff3c1cb0959', '1424953923781206.2'],
  ])('writes %s as %s', (bits, text) => {
    expect(canonical(numberOf(bits))).toBe(text);
  });

  it.each(['7fffffffffffffff', '7ff0000000000000', 'fff0000000000000'])('refuses %s', (bits) => {
    expect(() => canonical(numberOf(bits))).toThrow();
  });
});

/** As inputs come to it: taken in first. */
function canonical(value: unknown): string {
  return canonicalJson(freezePlainJson(value, 1024 * 1024) as Json);
}

function numberOf(bits: string): number {
  return Buffer.from(bits, 'hex').readDoubleBE();
}
