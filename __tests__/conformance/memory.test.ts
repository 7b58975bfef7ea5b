import { describe, expect, it } from '@jest/globals';
import { memoryStore } from 'ai-sentinel';
import { fakeClock, storeContract } from 'ai-sentinel/testing';
import { ledgerStore } from '../../lib/approvals/ledger-store.ts';
import { silentLogger } from '../../lib/base/logger.ts';
import { MemoryLedger } from '../../lib/ledgers/memory.ts';

describe('memoryStore', () => {
  storeContract({
    describe,
    it,
    createStore: ({ clock }) => memoryStore({ clock, logger: silentLogger }),
  });

  describe('what it forgets', () => {
    const bob = { id: 'bob', roles: [] };

    function forgetful(mostSettled: number) {
      const clock = fakeClock();
      const store = ledgerStore(new MemoryLedger(clock, mostSettled), { clock });
      const open = async (callerId: string) => {
        const state = await store.ensureRequest({
          caller: { id: callerId, roles: [] },
          spec: {},
          toolName: 'delete_database',
          input: {},
        });
        return state.requestId ?? '';
      };
      const kept = async () => (await store.requests.list({ limit: 1000 })).items;
      return { clock, store, open, kept };
    }

    it('is the oldest settled requests, and nothing else', async () => {
      const { store, open, kept } = forgetful(3);
      const undecided = await open('undecided');
      const granted = await open('granted');
      await store.admin.approve(granted, { approver: bob });
      const rejected: string[] = [];
      for (let index = 0; index < 10; index++) {
        const id = await open('alice');
        await store.admin.reject(id, { approver: bob, reason: 'no' });
        rejected.push(id);
      }
      const ids = new Set((await kept()).map(({ id }) => id));
      expect(ids).toEqual(new Set([undecided, granted, ...rejected.slice(-3)]));
      expect(await store.requests.get(rejected[0] ?? '')).toBeNull();
    });

    it('is also the grants of callers who never come back', async () => {
      const { clock, store, open, kept } = forgetful(5);
      for (let index = 0; index < 100; index++) {
        await store.admin.approve(await open(`caller-${index}`), { approver: bob });
        await clock.advance(60 * 60_000);
      }
      expect((await kept()).length).toBeLessThan(25);
      expect((await kept())[0]?.caller.id).toBe('caller-99');
    });

    it('is no request that a clock showed as over for a moment', async () => {
      const { clock, store, open, kept } = forgetful(1);
      const start = clock();
      const ids = [await open('a'), await open('b'), await open('c')];
      clock.set(start + 25 * 60 * 60_000);
      expect((await kept()).map(({ status }) => status)).toEqual(['expired', 'expired', 'expired']);
      for (const caller of ['a', 'b', 'c']) {
        await store.findRequest({
          caller: { id: caller, roles: [] },
          spec: {},
          toolName: 'delete_database',
          input: {},
        });
      }
      clock.set(start);
      for (const [index, caller] of ['a', 'b', 'c'].entries()) {
        expect(await open(caller)).toBe(ids[index]);
      }
    });
  });

  it('takes no more than 10,000 open requests', async () => {
    const clock = fakeClock();
    const store = memoryStore({ clock });
    const ensure = (caller: string, tool: string) =>
      store.ensureRequest({
        caller: { id: caller, roles: [] },
        spec: { expiresAfter: '1h' },
        toolName: tool,
        input: {},
      });
    for (let caller = 0; caller < 100; caller++) {
      for (let tool = 0; tool < 100; tool++) await ensure(`caller-${caller}`, `tool-${tool}`);
    }
    expect(await ensure('one more', 'tool')).toMatchObject({
      status: 'denied',
      code: 'too_many_pending',
    });
    expect(await ensure('caller-7', 'tool-7')).toMatchObject({ status: 'pending' });
    await clock.advance(60 * 60_000);
    expect(await ensure('one more', 'tool')).toMatchObject({ status: 'pending' });
  }, 60_000);

  it('takes no option that it does not know', () => {
    expect(() => memoryStore({ clocks: fakeClock() } as never)).toThrow('Did you mean `clock`?');
  });
});
