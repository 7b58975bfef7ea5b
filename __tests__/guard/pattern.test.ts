import { describe, expect, it } from '@jest/globals';
import { InvalidOptionError, requireApproval, requireToolPolicy } from 'ai-sentinel';
import fc from 'fast-check';
import { compilePattern } from '../../lib/guard/pattern.ts';

const matches = (pattern: string, name: string) => compilePattern(pattern)(name);

/** The same rules, written on their own: expand the lists, then match stars character by character. */
function matchesByTheBook(pattern: string, name: string): boolean {
  return expanded(pattern).some((plain) => starMatch(plain, name));
}

function expanded(pattern: string): string[] {
  const list = /\{([^{}]*)\}/.exec(pattern);
  if (!list) return [pattern];
  const before = pattern.slice(0, list.index);
  const after = pattern.slice(list.index + list[0].length);
  return (list[1] ?? '').split(',').flatMap((one) => expanded(before + one + after));
}

function starMatch(pattern: string, name: string): boolean {
  // reachable[i]: the pattern so far matches the first i characters of the name.
  let reachable = Array.from({ length: name.length + 1 }, (_, index) => index === 0);
  for (const unit of pattern.split('')) {
    const next = new Array<boolean>(name.length + 1).fill(false);
    for (let index = 0; index <= name.length; index++) {
      if (unit === '*') next[index] = reachable[index] === true || next[index - 1] === true;
      else next[index] = index > 0 && reachable[index - 1] === true && name[index - 1] === unit;
    }
    reachable = next;
  }
  return reachable[name.length] === true;
}

/** What paths, lines and the matcher's own tricks could trip over. */
const inPatterns = fc.constantFrom(
  ...[
    'a',
    'b',
    'A',
    '1',
    '3',
    '/',
    '.',
    ':',
    '-',
    '_',
    ',',
    '#',
    '%',
    '~',
    '<',
    '>',
    ';',
    '`',
    '=',
  ],
  ...[
    '&',
    '\uE000',
    '\uE001',
    '\uE002',
    '\uE003',
    '\uE004',
    '\uE007',
    '\uE008',
    'é',
    '😀',
    '..',
    './',
    '__proto__',
  ],
);
const inNames = fc.oneof(
  { weight: 3, arbitrary: inPatterns },
  fc.constantFrom(
    '\n',
    '\r',
    '\\',
    ' ',
    '\t',
    '*',
    '{',
    '}',
    '(',
    ')',
    '[',
    '?',
    '!',
    '\u2028',
    '\0',
  ),
);
const text = (unit: fc.Arbitrary<string>, maxLength: number) =>
  fc.array(unit, { maxLength }).map((parts) => parts.join(''));
const someWord = fc
  .array(fc.oneof(inPatterns, fc.constant('*')), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.join('').replaceAll(',', ''))
  .filter((word) => word !== '');
const list = fc
  .array(someWord, { minLength: 2, maxLength: 3 })
  .map((words) => `{${words.join(',')}}`);
const patterns = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: inPatterns },
      { weight: 3, arbitrary: fc.constant('*') },
      list,
    ),
    {
      minLength: 1,
      maxLength: 6,
    },
  )
  .map((parts) => parts.join(''));

describe('a pattern', () => {
  it('matches what the rules say, for any name', () => {
    fc.assert(
      fc.property(patterns, text(inNames, 8), (pattern, name) => {
        fc.pre(name !== '');
        expect([pattern, name, matches(pattern, name)]).toEqual([
          pattern,
          name,
          matchesByTheBook(pattern, name),
        ]);
      }),
      { numRuns: 5000 },
    );
  });

  it('matches names made from it', () => {
    // Random names rarely match; here every one does, until one character of it is changed.
    let matched = 0;
    fc.assert(
      fc.property(patterns, text(inNames, 4), fc.nat(), (pattern, filling, choice) => {
        const plain = expanded(pattern);
        const name = (plain[choice % plain.length] ?? '').replaceAll('*', () => filling);
        fc.pre(name !== '');
        expect([pattern, name, matches(pattern, name)]).toEqual([pattern, name, true]);
        const spoilt = `${name.slice(0, choice % name.length)}Z${name.slice((choice % name.length) + 1)}`;
        expect([pattern, spoilt, matches(pattern, spoilt)]).toEqual([
          pattern,
          spoilt,
          matchesByTheBook(pattern, spoilt),
        ]);
        matched += 1;
      }),
      { numRuns: 3000 },
    );
    expect(matched).toBeGreaterThan(1000);
  });

  it.each([
    ['*', 'anything/at.all:with\nlines\\', true],
    ['*', '.', true],
    ['*', '..', true],
    ['*', '.hidden/../x', true],
    ['delete_*', 'delete_', true],
    ['delete_*', 'delete_database', true],
    ['delete_*', 'Delete_database', false],
    ['delete_*', 'xdelete_database', false],
    ['delete', 'delete\n', false],
    ['{read,write}_file', 'write_file', true],
    ['{read,write}_file', '{read,write}_file', false],
    ['{1,3}', '2', false],
    ['a{1,2}', 'aa', false],
    ['a{1,2}', 'a2', true],
    ['{a..c,x}', 'b', false],
    ['{a..c,x}', 'a..c', true],
    ['mcp:*:{get,list}', 'mcp:github:list', true],
    ['a/b', 'a\\b', false],
    ['a.b', 'a/b', false],
    ['a.b', 'a\uE001b', false],
    ['a\uE000b', 'a/b', false],
    ['./a', 'a', false],
    ['a', './a', false],
    ['**', 'a/b', true],
    ['*/**/x', 'a/x', false],
    ['a,b', 'a', false],
    ['a,b', 'a,b', true],
    ['constructor', 'constructor', true],
  ])('%j on %j: %j', (pattern, name, expected) => {
    expect(matches(pattern, name)).toBe(expected);
  });

  const specials = '?[]()!+@|^$\\"\''.split('');
  it.each([
    ...specials.flatMap((character) => [
      character,
      `a${character}`,
      `${character}a*`,
      `{a,${character}}`,
    ]),
    ...[
      ' ',
      '\t',
      '\n',
      '\r',
      '\0',
      '\u001b',
      '\u007f',
      '\u0085',
      '\u00a0',
      '\u2003',
      '\u2028',
      '\u3000',
      '\ufeff',
    ].map((blank) => `a${blank}b`),
    ...[
      '{',
      '}',
      '{}',
      '{a}',
      '{a',
      'a}',
      '{,a}',
      '{a,}',
      '{a,,b}',
      '{a,{b,c}}',
      '{{a,b}}',
      '}a,b{',
    ],
    '!delete_*',
    '@(a|b)',
    '[a-z]',
    'a\uD800',
    ' a',
    'a ',
  ])('refuses %j', (pattern) => {
    expect(() => compilePattern(pattern)).toThrow(InvalidOptionError);
    expect(() => requireToolPolicy(pattern, () => true)).toThrow(InvalidOptionError);
    expect(() => requireApproval(pattern)).toThrow(InvalidOptionError);
  });

  it.each<unknown>(['', undefined, null, 5, /a/, ['a'], {}])('refuses %p', (pattern) => {
    expect(() => compilePattern(pattern)).toThrow(InvalidOptionError);
  });

  it('says what is wrong with it and what to write instead', () => {
    expect(() => compilePattern('delete?')).toThrow(
      'pattern "delete?": contains ?. Only * and a flat {a,b} have a special meaning here.',
    );
    expect(() => compilePattern('')).toThrow('is empty. Write a tool name, or "*" for every tool.');
    expect(() => compilePattern('{a}')).toThrow(
      'has braces that are not a flat list such as {a,b}.',
    );
  });

  it('takes every other printable character for itself', () => {
    for (let code = 0x21; code < 0x3000; code++) {
      const character = String.fromCharCode(code);
      if (/[?[\]()!+@|^$\\"'*{}\p{Cc}\p{Z}]/u.test(character)) continue;
      expect([code, matches(`a${character}b`, `a${character}b`)]).toEqual([code, true]);
      expect([code, matches(`a${character}b`, 'ab')]).toEqual([code, false]);
      expect([code, matches(character, 'a')]).toEqual([code, character === 'a']);
    }
  });
});
