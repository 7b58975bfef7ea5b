import { describe, expect, test } from '@jest/globals';
import {
  authorizationChatClient,
  createSentinel,
  InvalidOptionError,
  memoryStore,
  requireApproval,
  requireToolPolicy,
} from 'ai-sentinel';
import { fakeClock, scriptedModel } from 'ai-sentinel/testing';
import { z } from 'zod';
import { type Client, doors } from './doors.ts';
import { approving, CAROL } from './people.ts';

const inputSchema = z.object({});
const wipe = { inputSchema, execute: async () => 'wiped' };
/** A tool of the browser, or of the provider: it has no `execute` of ours. */
const askUser = { inputSchema };

/** What `authorizationChatClient` says to options it cannot take. */
function refusal(options: object): string {
  try {
    authorizationChatClient(options as never);
  } catch (error) {
    if (InvalidOptionError.isInstance(error)) return error.message;
    throw error;
  }
  throw new Error('It took them.');
}

describe('refused when made', () => {
  const rules = [requireApproval('*')];

  test('a rule on a tool without `execute`, which is named', () => {
    expect(refusal({ tools: { wipe, askUser }, rules })).toMatch(
      /tools\.askUser.*no `execute`.*`ungated`/,
    );
  });

  test('a tool without `execute` where no rule allows it', () => {
    expect(refusal({ tools: { askUser }, defaultToolPolicy: 'deny' })).toContain('tools.askUser');
  });

  test('an `execute` that is no function', () => {
    expect(refusal({ tools: { wipe: { execute: 'wiped' } }, rules })).toContain('tools.wipe');
  });

  test('`ungated` and `streaming` for tools that are not there, inherited ones included', () => {
    expect(refusal({ tools: { wipe }, ungated: ['whipe'] })).toMatch(/ungated.*"whipe"/);
    expect(refusal({ tools: { wipe }, streaming: ['toString'] })).toMatch(/streaming.*"toString"/);
  });

  test('`ungated` for a tool that can be gated', () => {
    expect(refusal({ tools: { wipe }, rules, ungated: ['wipe'] })).toMatch(
      /ungated.*"wipe".*off the list/,
    );
  });

  test('unknown options, with the nearest one', () => {
    expect(refusal({ tools: { wipe }, onDenyed: 'return' })).toMatch(/onDenyed.*onDenied/);
    expect(refusal({ tools: { wipe }, rule: rules })).toMatch(/rule.*rules/);
  });

  test.each([
    ['tools', { tools: undefined }],
    ['tools', { tools: [wipe], rules }],
    ['tools.wipe', { tools: { wipe: undefined }, rules }],
    ['tools.wipe', { tools: { wipe: null }, rules }],
    ['onDenied', { tools: { wipe }, onDenied: 'ignore' }],
    ['onApprovalRequired', { tools: { wipe }, onApprovalRequired: true }],
    ['onApprovalSettled', { tools: { wipe }, onApprovalSettled: 'log' }],
    ['onInfoRequested', { tools: { wipe }, onInfoRequested: 'yes' }],
    ['justification', { tools: { wipe }, justification: 'because' }],
    ['streaming', { tools: { wipe }, streaming: 'wipe' }],
    ['caller', { tools: { wipe }, caller: 'carol' }],
    ['caller', { tools: { wipe }, caller: { id: '', roles: [] } }],
    ['caller', { tools: { wipe }, caller: { id: 'carol' } }],
    ['ai', { tools: { wipe }, ai: {} }],
    ['sentinel', { tools: { wipe }, sentinel: {} }],
  ])('%s as in %j', (option, options) => {
    expect(refusal(options)).toContain(option);
  });

  test('a sentinel together with options of one', () => {
    const sentinel = createSentinel({ rules });
    expect(refusal({ tools: { wipe }, sentinel, rules })).toMatch(/rules.*sentinel/);
    expect(refusal({ tools: { wipe }, sentinel, clock: Date.now })).toMatch(/clock.*sentinel/);
  });
});

describe('left alone', () => {
  test('a tool that no rule concerns is the very same object', () => {
    const { tools } = authorizationChatClient({ tools: { wipe }, rules: [requireApproval('x')] });
    expect(tools.wipe).toBe(wipe);
  });

  test('a tool without `execute` that is listed in `ungated`', () => {
    const rules = [requireApproval('*')];
    const { tools } = authorizationChatClient({
      tools: { wipe, askUser },
      rules,
      ungated: ['askUser'],
    });
    expect(tools.askUser).toBe(askUser);
    expect(tools.wipe).not.toBe(wipe);
  });

  test('the map and the tools that were given', () => {
    const given = Object.freeze({ wipe: Object.freeze({ ...wipe }) });
    const { tools } = authorizationChatClient({ tools: given, rules: [requireApproval('*')] });
    expect(given.wipe.execute).toBe(wipe.execute);
    expect(tools.wipe.execute).not.toBe(wipe.execute);
  });
});

describe('the bound functions', () => {
  const ai = { generateText: async () => 'never', streamText: () => 'never' };
  const client = authorizationChatClient({ ai, tools: { wipe }, rules: [] }) as unknown as {
    generateText(options: object): unknown;
    streamText(options: object): unknown;
  };

  test.each(['generateText', 'streamText'] as const)('%s takes no tools of its own', (name) => {
    const call = () => client[name]({ model: 'any', tools: { wipe } });
    expect(call).toThrow(/tools.*ungated/);
  });

  test.each(['generateText', 'streamText'] as const)('%s needs a model from somewhere', (name) => {
    expect(() => client[name]({ prompt: 'Hello' })).toThrow(/model.*authorizationChatClient/);
  });
});

describe('closing', () => {
  const wiped = { caller: CAROL, toolName: 'wipe', input: {} };

  test('closes a sentinel made for the client, more than once', async () => {
    const { sentinel, close } = authorizationChatClient({
      tools: { wipe },
      rules: [requireApproval('*')],
    });
    await close();
    await close();
    await expect(sentinel.store.ready()).rejects.toThrow(/closed/i);
  });

  test('leaves a sentinel and a store that were given open', async () => {
    const rules = [requireApproval('*')];
    const sentinel = createSentinel({ rules });
    await authorizationChatClient({ tools: { wipe }, sentinel }).close();
    expect(await sentinel.guard.authorize(wiped)).toMatchObject({ type: 'require-approval' });

    const store = memoryStore();
    await authorizationChatClient({ tools: { wipe }, rules, store }).close();
    await store.ready();
  });
});

describe.each(doors)('gated twice: $name', ({ major, talk }) => {
  /** A client around the tools of another, and a model that calls one of them once. */
  function setUp() {
    const clock = fakeClock();
    const store = memoryStore({ clock });
    const rules = [
      requireToolPolicy('w*', () => {
        judged += 1;
        return true;
      }),
      requireApproval('wipe', { maxUses: 1 }),
    ];
    let judged = 0;
    const answers = [{ toolCalls: [{ toolName: 'wipe' }] }, 'Done.'];
    const model = scriptedModel({ ai: major.major, answers });
    const options = { ai: major.ai, model, clock, caller: CAROL, ...approving(store) };
    const inner = authorizationChatClient({ ...options, tools: { wipe }, rules, store });
    return { inner, options, rules, store, model, judged: () => judged };
  }

  test.each([
    ['by the same sentinel', (tool: object) => tool],
    ['by the same sentinel, spread', (tool: object) => ({ ...tool, description: 'Wipes.' })],
  ])('%s, a tool asks once', async (_, made) => {
    const { inner, options, store, model, judged } = setUp();
    const tools = { wipe: made(inner.tools.wipe) };
    const { ai, caller, onApprovalRequired } = options;
    const { sentinel } = inner;
    const outer: Client = authorizationChatClient({
      ai,
      model,
      caller,
      onApprovalRequired,
      tools,
      sentinel,
    });

    const said = await talk(outer, { model });

    expect(said.results).toMatchObject([{ output: 'wiped' }]);
    expect((await store.requests.list()).items).toHaveLength(1);
    // Once when it was called, and once when the approval was there.
    expect(judged()).toBe(2);
  });

  test('by other rules, or under another name, is refused', () => {
    const { inner, options, rules } = setUp();
    const { wipe: gated } = inner.tools;
    const others = [requireApproval('wipe')];
    expect(refusal({ ...options, tools: { wipe: gated }, rules: others })).toMatch(
      /tools\.wipe.*gated already/,
    );
    expect(refusal({ ...options, tools: { wipe: gated }, rules: rules.slice(0, 1) })).toMatch(
      /tools\.wipe.*gated already/,
    );
    expect(refusal({ ...options, tools: { wash: gated }, rules })).toMatch(
      /tools\.wash.*gated already, as "wipe"/,
    );
  });
});
