import { describe, expect, it } from '@jest/globals';
import { callerRecord, goesBy, isCaller, isSamePerson } from '../../lib/approvals/people.ts';

describe('whether two names are one', () => {
  it('does not depend on case, for any character there is', () => {
    const apart: string[] = [];
    let compared = 0;
    for (let code = 0; code <= 0x10ffff; code++) {
      if (code >= 0xd800 && code <= 0xdfff) continue;
      const character = String.fromCodePoint(code);
      // Upper case makes a plain I of it, which in every folding is another letter.
      if (character === 'ı') continue;
      for (const variant of [
        character.toUpperCase(),
        character.toLowerCase(),
        character.normalize('NFD'),
      ]) {
        if (variant === character) continue;
        compared += 1;
        if (!goesBy({ id: character }, variant)) apart.push(`${code.toString(16)} ${variant}`);
      }
    }
    expect(apart).toEqual([]);
    expect(compared).toBeGreaterThan(10_000);
  });

  it('never takes a character outside of ASCII for one of it, but for those that fold to it', () => {
    const taken: string[] = [];
    let compared = 0;
    for (let code = 0x80; code <= 0x10ffff; code++) {
      if (code >= 0xd800 && code <= 0xdfff) continue;
      const character = String.fromCodePoint(code).normalize('NFC');
      if (character.charCodeAt(0) < 0x80) continue;
      for (const plain of [character.toUpperCase(), character.toLowerCase()]) {
        if (!/^[\0-\x7f]+$/.test(plain)) continue;
        compared += 1;
        if (goesBy({ id: character }, plain)) taken.push(`${character} ${plain}`);
      }
    }
    // By Unicode's own case folding; the dotless i, whose upper case is I, is not among them.
    expect(taken).toEqual([
      'ß SS',
      'ſ S',
      'ﬀ FF',
      'ﬁ FI',
      'ﬂ FL',
      'ﬃ FFI',
      'ﬄ FFL',
      'ﬅ ST',
      'ﬆ ST',
    ]);
    expect(compared).toBe(taken.length + 1);
  });

  it('is decided by id and e-mail address, crosswise', () => {
    const one = { id: 'u-1', email: 'Ann@example.com' };
    expect(isSamePerson(one, { id: 'U-1' })).toBe(true);
    expect(isSamePerson(one, { id: 'u-2', email: 'ann@EXAMPLE.com' })).toBe(true);
    expect(isSamePerson(one, { id: 'ann@example.com' })).toBe(true);
    expect(isSamePerson({ id: 'ann@example.com' }, one)).toBe(true);
    expect(isSamePerson({ id: 'u-1' }, { id: 'u-2' })).toBe(false);
    // Two that have no address do not share one, and names are only shown.
    expect(isSamePerson({ id: 'u-1', name: 'Ann' }, { id: 'u-2', name: 'Ann' })).toBe(false);
  });
});

describe('what is kept of a caller', () => {
  it('is what eligibility needs, and no other claim', () => {
    const kept = callerRecord({
      id: 'alice',
      roles: ['ops'],
      tenantId: 't1',
      owner: 'ann',
      claims: { email: 'a@example.com', sub: 's', token: 'secret', email_verified: true },
    });
    expect(kept).toEqual({
      id: 'alice',
      roles: ['ops'],
      tenantId: 't1',
      owner: 'ann',
      email: 'a@example.com',
      sub: 's',
    });
  });

  it('takes no claim for a name that is none', () => {
    const caller = callerRecord({ id: 'alice', roles: [], claims: { email: ['bob'], sub: 5 } });
    expect(caller).toEqual({ id: 'alice', roles: [] });
    expect(isCaller({ id: 'bob' }, caller)).toBe(false);
    expect(isCaller({ id: '5' }, caller)).toBe(false);
  });
});
