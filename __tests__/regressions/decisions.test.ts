import { describe, expect, it } from '@jest/globals';
import { memoryStore } from 'ai-sentinel';

const alice = { id: 'alice', roles: [] };
const bo = { id: 'bo', roles: [] };

describe('a decision with an option that does not exist', () => {
  it.each([
    [{ maxUse: 1 }, 'maxUses'],
    [{ grantDuration: '1m' }, 'there is no such option'],
    [{ durationMs: '5m' }, 'a number of milliseconds'],
  ])('%j is refused, and nothing is granted', async (narrowing, hint) => {
    const store = memoryStore();
    const state = await store.ensureRequest({
      caller: alice,
      spec: {},
      toolName: 'pay',
      input: { amount: 5 },
    });
    const id = state.requestId as string;
    await expect(
      store.admin.approve(id, { approver: bo, ...(narrowing as object) }),
    ).rejects.toThrow(hint);
    expect((await store.requests.get(id))?.status).toBe('pending');
    await store.close();
  });
});
