import { describe, expect, it } from '@jest/globals';
import { EMPTY_LOG, findBrokenEvent, GENESIS_HASH, sealEvent } from '../../lib/approvals/events.ts';
import { canonicalJson, sha256 } from '../../lib/base/plain-json.ts';

const draft = {
  requestId: 'req-1',
  type: 'requested',
  by: { id: 'alice' },
  data: { a: 1 },
} as const;

describe('an entry of the log', () => {
  it('continues the one before it, and can be checked by anybody', () => {
    const first = sealEvent(draft, EMPTY_LOG, 1000);
    const second = sealEvent({ ...draft, type: 'joined' }, first, 1500);
    expect(first).toMatchObject({ ...draft, seq: 1, at: 1000, previousHash: GENESIS_HASH });
    expect(second).toMatchObject({ seq: 2, at: 1500, previousHash: first.hash });
    const { hash, ...entry } = second;
    expect(hash).toBe(sha256(canonicalJson({ ...entry, by: { ...entry.by } })));
    expect(findBrokenEvent([first, second])).toBeUndefined();
    expect(findBrokenEvent([second], first)).toBeUndefined();
    expect(findBrokenEvent([second])).toBe(second);
  });

  it('is never dated before the one in front of it', () => {
    const first = sealEvent(draft, EMPTY_LOG, 1000);
    expect(sealEvent(draft, first, 10).at).toBe(1000);
  });
});
