import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { alikeNotes } from '../../dashboard/words/alike.ts';
import { runsOf } from '../../dashboard/words/characters.ts';
import { countVeiled, isMarked, markedPlaces } from '../../dashboard/words/veils.ts';

// What is told of a long text without drawing it has to be what would be drawn.

const ODD = [
  ...'ab0*#é…\n\r\t \u200b\u200d\u00a0\u202e\u0301\u0338\ufe0f\ufe0e\ufe01\u20e3❤👩🏽\u3164\u2800\u00ad',
  '\u{e0041}',
  '\u{e0101}',
  '\u{10ffff}',
  '\ud800',
  '\ue000',
  '\u0007',
  '\u2065',
  '\u034f',
  'р',
  'ｐ',
  'ا',
];
const text = fc.oneof(
  fc.array(fc.constantFrom(...ODD), { maxLength: 12 }).map((parts) => parts.join('')),
  fc.string({ unit: 'binary', maxLength: 12 }),
);
const isDrawnMarked = (value: string) =>
  runsOf(value).some(({ kind }) => kind === 'veiled' || kind === 'alike');

describe('what is odd about a text', () => {
  it('is told without drawing it just when drawing it shows it', () => {
    fc.assert(
      fc.property(text, (value) => {
        expect(isMarked(value)).toBe(isDrawnMarked(value));
        expect(markedPlaces(value, 99) > 0).toBe(isDrawnMarked(value));
      }),
      { numRuns: 20_000 },
    );
  });

  it('is counted no further than anybody reads', () => {
    const long = 'a\u200b'.repeat(5000);
    expect(countVeiled(long, ['invisible'], 9999)).toBe(5000);
    expect(countVeiled(long, ['invisible'], 100)).toBe(100);
    expect(markedPlaces(`a${'\u200b'.repeat(50)}b\u00a0c`, 99)).toBe(2);
  });
});

describe('letters that pass for others', () => {
  it.each([
    ['orders-eu-\u0440rod', 'р U+0440 Cyrillic looks like p'],
    ['\u0440\u0430\u0443', 'р U+0440 Cyrillic looks like p'],
    ['g\u03bfogle', 'ο U+03BF Greek looks like o'],
    ['\uff50ay', 'ｐ U+FF50 looks like p'],
    ['\u{1d5c9}\u{1d5ba}\u{1d5d2}', '𝗉 U+1D5C9 looks like p'],
    ['\u0661', '١ U+0661 is the digit 1'],
    ['\u13aa', 'Ꭺ U+13AA Cherokee looks like A'],
    ['na\u0436me', 'ж U+0436 Cyrillic'],
  ])('%s is marked, and named', (value, note) => {
    expect(isMarked(value)).toBe(true);
    expect(alikeNotes(value, 5)[0]).toBe(note);
  });

  it.each([
    'Grüße, Ærø, naïve, Łódź',
    'Он пошёл с ней и у дома, 5-го',
    'Ο Σωκράτης και η Ελλάδα',
    'm², 1ª, 3º, ½, ™, ℹ️, ①',
    '漢字かな 한글 नमस्ते שלום',
  ])('%s is left alone', (value) => {
    expect(isMarked(value)).toBe(false);
    expect(alikeNotes(value, 5)).toEqual([]);
  });
});

describe('drawing a text', () => {
  it('leaves no character out, and puts none in', () => {
    fc.assert(
      fc.property(text, (value) => {
        expect(
          runsOf(value)
            .map((run) => run.text)
            .join(''),
        ).toBe(value);
      }),
      { numRuns: 5000 },
    );
  });
});
