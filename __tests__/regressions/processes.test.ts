import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from '@jest/globals';

const root = resolve(import.meta.dirname, '../..');

/** What a process of its own says that makes a sentinel and then runs `script` to the end. */
async function running(script: string): Promise<{ said: string; code: unknown }> {
  const program = `
    import { createSentinel, memoryStore, requireApproval } from './lib/index.ts';
    import { setImmediate as nextTurn } from 'node:timers/promises';
    const logger = { warn() {}, error: (message) => console.log(message) };
    const caller = { id: 'alice', roles: [] };
    const call = { caller, toolName: 'wipe', input: {} };
    const rules = [requireApproval('wipe'), requireApproval('*')];
    ${script}
    for (let turn = 0; turn < 10; turn++) await nextTurn();
    console.log('still there');
  `;
  const node = spawn(process.execPath, ['--input-type=module', '--eval', program], { cwd: root });
  const [said, complaint, [code]] = await Promise.all([
    text(node.stdout),
    text(node.stderr),
    once(node, 'close'),
  ]);
  return { said: said + complaint, code };
}

test('a process outlives listeners of events that fail, now or later', async () => {
  const { said, code } = await running(`
    const sentinel = createSentinel({ rules, logger });
    sentinel.on('*', async () => { throw new Error('no such channel'); });
    sentinel.on('requested', () => { throw new Error('no such channel'); });
    sentinel.store.requests.subscribe(() => Promise.reject(new Error('no such channel')));
    await sentinel.store.requests.lastSeq();
    await sentinel.guard.authorize(call);
  `);
  const failed = 'A listener of approval events failed.\n';
  // Two requests, and three listeners each.
  expect({ said, code }).toEqual({ said: `${failed.repeat(6)}still there\n`, code: 0 });
});

test('a process outlives a store that answers one rule with nothing and fails for another', async () => {
  const { said, code } = await running(`
    const store = {
      ...memoryStore(),
      findRequest: async () => null,
      ensureRequest: async ({ spec }) => {
        if (spec.name === 'approval:wipe') return null;
        throw new Error('the database is away');
      },
    };
    const { guard } = createSentinel({ rules, store, logger });
    const decision = await guard.authorize(call);
    console.log(decision.type, decision.code);
  `);
  const failed = 'The approval store failed; the call was denied.\n';
  expect({ said, code }).toEqual({
    said: `${failed}deny approval_store_exception\nstill there\n`,
    code: 0,
  });
});

test('a process outlives callbacks that fail after nobody waits for them any more', async () => {
  const { said, code } = await running(`
    const calling = new AbortController();
    const late = Promise.withResolvers();
    const { guard } = createSentinel({ rules, logger, justification: () => late.promise });
    const decision = guard.authorize({ ...call, signal: calling.signal });
    await nextTurn();
    calling.abort('called off');
    console.log(await decision.catch((reason) => reason));
    late.reject(new Error('too late'));
  `);
  expect({ said, code }).toEqual({ said: 'called off\nstill there\n', code: 0 });
});
