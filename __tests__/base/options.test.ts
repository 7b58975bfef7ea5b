import { describe, expect, it } from '@jest/globals';
import {
  ApprovalError,
  InvalidOptionError,
  SentinelError,
  StoreClosedError,
  ToolCallDeniedError,
} from 'ai-sentinel';
import {
  flag,
  oneOf,
  optionalCount,
  optionalFunction,
  optionalText,
  refuseUnknownOptions,
  requireObject,
  shown,
  textList,
} from '../../lib/base/options.ts';

const known = ['waitTimeout', 'grantDuration', 'risk', 'when'];

describe('refuseUnknownOptions', () => {
  it('passes what is known, and what is not there', () => {
    refuseUnknownOptions('', {}, known);
    refuseUnknownOptions('', { risk: 1, when: undefined }, known);
  });

  it.each([
    ['waitTimout', 'waitTimeout'],
    ['waittimeout', 'waitTimeout'],
    ['grant_duration', 'grantDuration'],
    ['Risk', 'risk'],
    ['wen', 'when'],
  ])('names the nearest to %s', (given, nearest) => {
    const refuse = () => refuseUnknownOptions('requireApproval("x")', { [given]: 1 }, known);
    expect(refuse).toThrow(InvalidOptionError);
    expect(refuse).toThrow(
      `requireApproval("x").${given}: there is no such option. Did you mean \`${nearest}\`?`,
    );
  });

  it('names them all where none is near', () => {
    expect(() => refuseUnknownOptions('', { sandwiches: 1 }, known)).toThrow(
      'sandwiches: there is no such option. Known are waitTimeout, grantDuration, risk, when.',
    );
  });

  it('knows no option by what every object inherits', () => {
    for (const name of ['constructor', 'toString', '__proto__']) {
      const given = Object.defineProperty({}, name, { value: 1, enumerable: true });
      expect(() => refuseUnknownOptions('', given, known)).toThrow(`${name}: there is no such`);
    }
  });
});

describe('options one by one', () => {
  it.each<[string, () => unknown, RegExp]>([
    ['object: null', () => requireObject('o', null), /^o: must be an object, not null\.$/],
    ['object: a list', () => requireObject('o', []), /not a list/],
    ['object: a word', () => requireObject('o', 'x'), /not "x"/],
    [
      'text: blank',
      () => optionalText('o', '  '),
      /must be a string that is not empty, not " {2}"/,
    ],
    ['text: a number', () => optionalText('o', 5), /not 5/],
    ['list: a word', () => textList('o', 'bob'), /must be a list of strings, not "bob"/],
    ['list: a blank', () => textList('o', ['a', '']), /^o\[1\]: /],
    ['list: undefined in it', () => textList('o', [undefined]), /^o\[0\]: /],
    [
      'word: another',
      () => oneOf('o', 'hihg', ['low', 'high'], 'low'),
      /must be one of low, high, not "hihg"/,
    ],
    ['word: inherited', () => oneOf('o', 'length', ['low'], 'low'), /must be one of/],
    ['count: 0', () => optionalCount('o', 0), /whole number of at least 1, not 0/],
    ['count: a part', () => optionalCount('o', 1.5), /not 1\.5/],
    ['count: a word', () => optionalCount('o', '1'), /not "1"/],
    ['count: no number', () => optionalCount('o', Number.NaN), /not NaN/],
    ['flag: a word', () => flag('o', 'true', false), /must be true or false, not "true"/],
    ['function: a word', () => optionalFunction('o', 'x' as never), /must be a function, not "x"/],
  ])('refuses %s', (_, parse, saying) => {
    expect(parse).toThrow(InvalidOptionError);
    expect(parse).toThrow(saying);
  });

  it('fills in what is absent', () => {
    expect(optionalText('o', undefined)).toBeUndefined();
    expect(textList('o', undefined)).toEqual([]);
    expect(oneOf('o', undefined, ['low', 'high'], 'high')).toBe('high');
    expect(optionalCount('o', undefined)).toBeUndefined();
    expect(flag('o', undefined, true)).toBe(true);
    expect(flag('o', false, true)).toBe(false);
    expect(optionalFunction('o', undefined)).toBeUndefined();
  });

  it('shows values short, on one line, and never a whole object', () => {
    expect(shown('a\nb')).toBe('"a\\nb"');
    expect(shown('x'.repeat(100))).toHaveLength(63);
    expect(shown({ token: 'secret' })).toBe('an object');
    expect(shown(['secret'])).toBe('a list');
    expect(shown(undefined)).toBe('undefined');
    expect(shown(null)).toBe('null');
  });
});

describe('errors', () => {
  const denial = { type: 'deny', policyName: 'p', code: 'policy_denied', reason: 'No.' } as const;
  const errors = {
    InvalidOptionError: new InvalidOptionError('o', 'is wrong'),
    ApprovalError: new ApprovalError('changed', 'It changed.'),
    StoreClosedError: new StoreClosedError(),
    ToolCallDeniedError: new ToolCallDeniedError('tool', denial),
  };
  const classes = { InvalidOptionError, ApprovalError, StoreClosedError, ToolCallDeniedError };

  it.each(Object.keys(errors) as (keyof typeof errors)[])(
    '%s is known as itself and as one of ours',
    (name) => {
      const error = errors[name];
      expect(error.name).toBe(name);
      expect(error).toBeInstanceOf(SentinelError);
      expect(SentinelError.isInstance(error)).toBe(true);
      for (const [other, { isInstance }] of Object.entries(classes)) {
        expect(isInstance(error)).toBe(other === name);
      }
    },
  );

  it('knows the errors of another copy of the package, and nobody else’s', () => {
    // As another copy's class would make it: the same mark, another class.
    const foreign = Object.assign(new Error('No.'), { code: 'changed' });
    Object.defineProperty(foreign, Symbol.for('ai-sentinel.error'), { value: 'ApprovalError' });
    expect(foreign instanceof ApprovalError).toBe(false);
    expect(ApprovalError.isInstance(foreign)).toBe(true);
    expect(SentinelError.isInstance(foreign)).toBe(true);
    expect(StoreClosedError.isInstance(foreign)).toBe(false);
    for (const other of [new Error('x'), { name: 'ApprovalError' }, null, undefined, 'x', 5]) {
      expect(SentinelError.isInstance(other)).toBe(false);
      expect(ApprovalError.isInstance(other)).toBe(false);
    }
  });

  it('keeps who was first and when, and the cause', () => {
    const cause = new Error('why');
    const error = new ApprovalError('already_decided', 'Bob approved this.', {
      requestId: 'req-1',
      by: 'Bob',
      at: 5,
      cause,
    });
    expect(error).toMatchObject({ code: 'already_decided', requestId: 'req-1', by: 'Bob', at: 5 });
    expect(error.cause).toBe(cause);
    expect('cause' in new ApprovalError('changed', 'x')).toBe(false);
  });
});
