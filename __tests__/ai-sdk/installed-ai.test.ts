import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';

// In a process of its own: Jest has a module loader of its own, and what is tried here is Node's.
const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));

/** What a program prints that imports the library's sources; each `print` is one line. */
async function printed(program: string): Promise<string[]> {
  const { stdout } = await run(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', program],
    { cwd: root },
  );
  return stdout.trim().split('\n');
}

test('without the option `ai`, the installed one is used', async () => {
  const lines = await printed(`
    import { authorizationChatClient, memoryStore, requireApproval } from './lib/index.ts';
    import { scriptedModel } from './lib/testing/scripted-model.ts';
    const store = memoryStore();
    const drop = { inputSchema: (await import('zod')).z.object({}), execute: async () => 'dropped' };
    const client = authorizationChatClient({
      tools: { drop },
      rules: [requireApproval('drop')],
      store,
      onApprovalRequired: ({ requestId }) =>
        store.admin.approve(requestId, { approver: { id: 'ann', roles: [] } }),
    });
    const answers = [{ toolCalls: [{ toolName: 'drop' }] }, 'Gone.'];
    const { isStepCount } = await import('ai');
    const options = { prompt: 'Drop it.', stopWhen: isStepCount(3) };
    const whole = await client.generateText({ model: scriptedModel({ answers }), ...options });
    console.log(whole.text, whole.steps[0].toolResults[0].output);
    const streamed = client.streamText({ model: scriptedModel({ answers }), ...options });
    console.log(await streamed.text);
  `);
  expect(lines).toEqual(['Gone. dropped', 'Gone.']);
});

test('gating tools loads no `ai`, and neither does importing the library', async () => {
  const lines = await printed(`
    import { registerHooks } from 'node:module';
    const loaded = [];
    registerHooks({
      resolve(specifier, context, next) {
        if (/^(ai|express|better-sqlite3|@ai-sdk\\/.*)$/.test(specifier)) loaded.push(specifier);
        return next(specifier, context);
      },
    });
    const { authorizationChatClient, requireApproval } = await import('./lib/index.ts');
    const tools = { drop: { execute: async () => 'dropped' } };
    const client = authorizationChatClient({ tools, rules: [requireApproval('other')] });
    console.log(JSON.stringify(loaded));
    await client.tools.drop.execute({});
    console.log(JSON.stringify(loaded));
    const { scriptedModel } = await import('./lib/testing/scripted-model.ts');
    await client.generateText({ model: scriptedModel({ answers: ['Hi.'] }), prompt: 'Hello' });
    console.log(loaded.includes('ai'));
  `);
  expect(lines).toEqual(['[]', '[]', 'true']);
});

test('a missing `ai` is named, with what to do about it', async () => {
  const lines = await printed(`
    import { registerHooks } from 'node:module';
    registerHooks({
      resolve(specifier, context, next) {
        if (specifier === 'ai') throw new Error('Cannot find module');
        return next(specifier, context);
      },
    });
    const { authorizationChatClient } = await import('./lib/index.ts');
    const client = authorizationChatClient({ tools: {}, model: 'any' });
    try {
      client.streamText({ prompt: 'Hello' });
    } catch ({ code, message, cause }) {
      console.log(code + '\\n' + message + '\\n' + cause.message);
    }
  `);
  expect(lines).toEqual([
    'missing_package',
    expect.stringMatching(/`ai`.*`npm install ai`/),
    'Cannot find module',
  ]);
});
