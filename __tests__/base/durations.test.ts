import { describe, expect, it } from '@jest/globals';
import { durationInWords, LONGEST_DURATION, parseDuration } from '../../lib/base/duration.ts';
import { InvalidOptionError } from '../../lib/base/errors.ts';

describe('parseDuration', () => {
  it.each<[unknown, number]>([
    [1, 1],
    [0.4, 1],
    [1500.2, 1501],
    ['500ms', 500],
    ['500', 500],
    ['15m', 900_000],
    ['2 hours', 7_200_000],
    ['1.5h', 5_400_000],
    ['365d', LONGEST_DURATION],
    [LONGEST_DURATION, LONGEST_DURATION],
  ])('takes %j for %d ms', (given, milliseconds) => {
    expect(parseDuration('waitTimeout', given)).toBe(milliseconds);
  });

  it.each<unknown>([
    0,
    -1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    LONGEST_DURATION + 1,
    '366d',
    '0',
    '0s',
    '-5m',
    '',
    ' ',
    '5 apples',
    'soon',
    `${'9'.repeat(200)}d`,
    'Infinity',
    null,
    true,
    {},
    [5],
    5n,
  ])('refuses %p, naming the option', (given) => {
    const parse = () => parseDuration('rules[0].waitTimeout', given);
    expect(parse).toThrow(InvalidOptionError);
    expect(parse).toThrow(/^rules\[0\]\.waitTimeout: .*'15m'.*at most 365 days/);
  });

  it('takes 0 where it means something', () => {
    expect(parseDuration('rejectionHold', 0, { zeroAllowed: true })).toBe(0);
    expect(parseDuration('rejectionHold', '0s', { zeroAllowed: true })).toBe(0);
    expect(() => parseDuration('rejectionHold', -1, { zeroAllowed: true })).toThrow(/at least 0/);
  });
});

describe('durationInWords', () => {
  it.each([
    [900_000, '15 minutes'],
    [3_600_000, '1 hour'],
    [40_000, '40 seconds'],
    [90_000, '1 minute 30 seconds'],
    [5_400_000, '1 hour 30 minutes'],
    [86_400_000, '1 day'],
    [90_061_000, '1 day 1 hour'],
    [86_401_000, '1 day'],
    [1_500, '1 second 500 milliseconds'],
    [1, '1 millisecond'],
    [0.5, '0 milliseconds'],
  ])('says %d as %s', (milliseconds, words) => {
    expect(durationInWords(milliseconds)).toBe(words);
  });
});
