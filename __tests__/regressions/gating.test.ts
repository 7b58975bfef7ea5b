import { describe, expect, it, test } from '@jest/globals';
import {
  authorizationChatClient,
  createSentinel,
  requireApproval,
  requireToolPolicy,
  type SecurityContext,
  type ToolMap,
} from 'ai-sentinel';
import { type ScriptedAnswer, scriptedModel } from 'ai-sentinel/testing';
import { z } from 'zod';
import { type Client, doors, outputsIn } from '../ai-sdk/doors.ts';
import { settled } from '../approvals/turns.ts';
import { alice, denial, scene } from '../guard/scene.ts';

type Execute = (input?: unknown, options?: object) => Promise<unknown>;

function executeOf(tools: ToolMap, name: string): Execute {
  return (tools[name] as { execute: Execute }).execute;
}

const zoe: SecurityContext = { id: 'zoe', roles: [] };

describe('a tool whose name no tool may have', () => {
  const unsound = [
    'delete_db ',
    ' delete_db',
    'delete\0_db',
    'delete_db\n',
    ' ',
    '',
    'half\uD800',
    'x'.repeat(300),
  ];
  const ruleBooks = {
    'a rule for it': [requireApproval('*')],
    'a rule for another': [requireToolPolicy('send', () => true)],
  };
  for (const [which, rules] of Object.entries(ruleBooks)) {
    it.each(unsound)(`is denied and not run, where there is ${which}: %j`, async (name) => {
      let ran = 0;
      const { sentinel, store } = scene({ rules });
      const tools: ToolMap = { [name]: { execute: async () => (ran += 1) } };
      const client = authorizationChatClient({ sentinel, tools });
      const error = await denial(executeOf(client.tools, name)());
      expect(error).toMatchObject({ code: 'policy_denied', policyName: 'tool name' });
      expect(ran).toBe(0);
      expect(await store.requests.lastSeq()).toBe(0);
    });
  }

  it('is left alone where there are no rules', async () => {
    const tools: ToolMap = { 'delete_db ': { execute: async () => 'deleted' } };
    const client = authorizationChatClient({ tools });
    expect(client.tools['delete_db ']).toBe(tools['delete_db ']);
    await client.close();
  });
});

describe('a gated map that is gated again', () => {
  function setUp() {
    const judged: string[] = [];
    const rules = [
      requireToolPolicy('wipe', ({ caller }) => {
        judged.push(caller.id);
        return caller.id === 'zoe' ? { allowed: false, reason: 'Not zoe.' } : true;
      }),
    ];
    let ran = 0;
    const tools = { wipe: { execute: (async () => (ran += 1)) as Execute } };
    const first = scene({ rules }).sentinel;
    const inner = authorizationChatClient({ sentinel: first, caller: alice, tools });
    return { rules, judged, inner, first, ran: () => ran };
  }

  it.each([
    ['as it is', (tool: object) => tool],
    ['spread', (tool: object) => ({ ...tool })],
  ])('goes by the new client’s caller, once: %s', async (_, made) => {
    const { inner, first, judged, ran } = setUp();
    const tools: ToolMap = { wipe: made(inner.tools.wipe) };
    const carol = { id: 'carol', roles: [] };
    const allowed = authorizationChatClient({ sentinel: first, caller: carol, tools });
    await executeOf(allowed.tools, 'wipe')();
    expect(judged).toEqual(['carol']);
    const refused = authorizationChatClient({ sentinel: first, caller: zoe, tools: allowed.tools });
    expect((await denial(executeOf(refused.tools, 'wipe')())).reason).toBe('Not zoe.');
    expect(judged).toEqual(['carol', 'zoe']);
    expect(ran()).toBe(1);
    // The first client's map is as it was.
    await inner.tools.wipe.execute();
    expect(judged).toEqual(['carol', 'zoe', 'alice']);
  });

  it('answers denials as the new client says, both ways', async () => {
    const { inner, first } = setUp();
    const returns = authorizationChatClient({
      sentinel: first,
      caller: zoe,
      onDenied: 'return',
      tools: inner.tools,
    });
    expect(await returns.tools.wipe.execute()).toMatchObject({ type: 'tool-call-denied' });
    const throws = authorizationChatClient({ sentinel: first, caller: zoe, tools: returns.tools });
    expect((await denial(throws.tools.wipe.execute())).reason).toBe('Not zoe.');
  });

  it('asks the new client’s sentinel, and nobody else’s', async () => {
    const rules = [requireApproval('wipe')];
    const [one, other] = [scene({ rules }), scene({ rules })];
    const tools = { wipe: { execute: (async () => 'wiped') as Execute } };
    const inner = authorizationChatClient({ sentinel: one.sentinel, caller: alice, tools });
    const outer = authorizationChatClient({
      sentinel: other.sentinel,
      caller: zoe,
      tools: inner.tools,
    });
    const wiping = outer.tools.wipe.execute();
    await settled();
    expect(await other.open()).toMatchObject([{ caller: { id: 'zoe' } }]);
    await other.approveAll();
    expect(await wiping).toBe('wiped');
    expect(await one.store.requests.lastSeq()).toBe(0);
  });

  it('is refused by other rules, more of them or fewer', () => {
    const { inner, rules } = setUp();
    const others = [[...rules, requireApproval('*')], [requireApproval('wipe')], []];
    for (const given of others) {
      const sentinel = createSentinel({ rules: given, defaultToolPolicy: 'deny' });
      expect(() => authorizationChatClient({ sentinel, tools: inner.tools })).toThrow(
        /tools\.wipe: is gated already/,
      );
    }
  });
});

describe('another `execute` put on a gated tool', () => {
  class Wiper {
    #done = 'wiped';
    async execute(): Promise<unknown> {
      return this.#done;
    }
  }
  const made: [string, () => object][] = [
    ['plain', () => ({ execute: async () => 'wiped' })],
    ['plain and told denials', () => ({ execute: async () => 'wiped', toModelOutput: () => ({}) })],
    ['of a class', () => new Wiper()],
    ['frozen', () => Object.freeze({ execute: async () => 'wiped' })],
  ];
  const ungated = async () => 'ungated';
  it.each(made)('is refused, and the gate stays: %s', async (_, make) => {
    const { sentinel } = scene({ rules: [requireToolPolicy('wipe', () => false)] });
    const tool = make();
    const client = authorizationChatClient({ sentinel, tools: { wipe: tool } as ToolMap });
    const gated = client.tools.wipe as { execute: Execute };
    const gate = gated.execute;
    expect(() => {
      gated.execute = ungated;
    }).toThrow(TypeError);
    expect(() => Object.assign(gated, { execute: ungated })).toThrow(TypeError);
    expect(gated.execute).toBe(gate);
    expect(await denial(gated.execute())).toMatchObject({ code: 'policy_denied' });
    // Nor has it got at the tool behind the gate.
    expect(await (tool as { execute: Execute }).execute()).toBe('wiped');
  });
});

const CALL: ScriptedAnswer = { toolCalls: [{ toolName: 'wipe', input: { name: 'orders' } }] };

describe.each(doors)('a copy of a gated tool, $name', (door) => {
  const execute = async () => 'wiped';
  test.each([
    ['without', {}],
    ['with', { toModelOutput: () => ({ type: 'text', value: 'in its own words' }) }],
  ])('tells the model of a denial as such, %s a toModelOutput of its own', async (_, own) => {
    const { ai, major, denied } = door.major;
    const model = scriptedModel({ ai: major, answers: [CALL, 'As you wish.'] });
    const { sentinel } = scene({ rules: [requireToolPolicy('wipe', () => false)] });
    const tool = { inputSchema: z.object({ name: z.string() }), execute, ...own };
    const options = { ai, model, sentinel, onDenied: 'return' as const };
    const client = authorizationChatClient({ ...options, tools: { wipe: tool } });

    const tools: ToolMap = { wipe: { ...client.tools.wipe, description: 'Wipes.' } };
    // The door talks with the client's tools: the copy stands in for them, or is gated again.
    const outer: Client = door.listens
      ? authorizationChatClient({ ...options, tools })
      : { ...(client as Client), tools };
    const { results } = await door.talk(outer, { model });

    const [output] = results.map((result) => result.output as { message: string });
    expect(output).toMatchObject({ type: 'tool-call-denied', code: 'policy_denied' });
    expect(outputsIn(model.prompts[1])).toEqual([denied(output?.message ?? '')]);
  });
});
