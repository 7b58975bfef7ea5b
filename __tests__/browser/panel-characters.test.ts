import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { runsOf } from '../../dashboard/words/characters.ts';
import { countVeiled, isVeiled, veiledPlaces, veilsIn } from '../../dashboard/words/veils.ts';

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
const isDrawnVeiled = (value: string) => runsOf(value).some(({ kind }) => kind === 'veiled');

describe('what is odd about a text', () => {
  it('is told without drawing it just when drawing it shows it', () => {
    fc.assert(
      fc.property(text, (value) => {
        expect(isVeiled(value)).toBe(isDrawnVeiled(value));
        expect(veilsIn(value).length > 0).toBe(isDrawnVeiled(value));
        expect(veiledPlaces(value, 99) > 0).toBe(isDrawnVeiled(value));
      }),
      { numRuns: 20_000 },
    );
  });

  it('is counted no further than anybody reads', () => {
    const long = 'a\u200b'.repeat(5000);
    expect(countVeiled(long, ['invisible'], 9999)).toBe(5000);
    expect(countVeiled(long, ['invisible'], 100)).toBe(100);
    expect(veiledPlaces(`a${'\u200b'.repeat(50)}b\u00a0c`, 99)).toBe(2);
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
