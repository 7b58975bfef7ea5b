import { describe, expect, test } from '@jest/globals';
import { authorizationChatClient, memoryStore, requireApproval } from 'ai-sentinel';
import { fakeClock, scriptedModel } from 'ai-sentinel/testing';
import { z } from 'zod';
import { type Client, type Door, doors, outputsIn } from './doors.ts';
import { approving, CAROL } from './people.ts';

const inputSchema = z.object({ amount: z.number() });

interface CallResult {
  readonly output: unknown;
}

/** A tool as a class: what it knows is private, what it does is on its prototype. */
class Account {
  #balance = 100;
  /** Its own property, written while it runs; frozen, it stays as it is. */
  lastTaken = 0;
  readonly inputSchema = inputSchema;

  get description() {
    return `Takes money from an account that holds ${this.#balance}.`;
  }

  get balance() {
    return this.#balance;
  }

  async execute({ amount }: { amount: number }) {
    this.#balance -= amount;
    if (!Object.isFrozen(this)) this.lastTaken = amount;
    return { left: this.#balance };
  }

  /** 5 gives it the output, 6 and 7 an object that holds the output. */
  toModelOutput(argument: CallResult | { left: number }) {
    const { left } = ('output' in argument ? argument.output : argument) as { left: number };
    return { type: 'text', value: `${left} left of ${this.#balance + 1}` };
  }
}

/** A door with `tools` behind it, every call of which is approved, and a model that calls one. */
function setUp({ major }: Door, tools: Record<string, object>, toolName: string) {
  const clock = fakeClock();
  const store = memoryStore({ clock });
  const model = scriptedModel({
    ai: major.major,
    answers: [{ toolCalls: [{ toolName, input: { amount: 30 } }] }, 'Taken.'],
  });
  const client: Client = authorizationChatClient({
    ai: major.ai,
    model,
    tools,
    rules: [requireApproval('*')],
    store,
    clock,
    caller: CAROL,
    ...approving(store),
  });
  const approvedTools = async () =>
    (await store.requests.list({ status: 'approved' })).items.map(({ toolName }) => toolName);
  return { client, model, approvedTools };
}

describe.each(doors)('$name', (door) => {
  const accounts: Record<string, () => Account> = {
    'a class-based tool': () => new Account(),
    'a frozen class-based tool': () => {
      const account = new Account();
      Object.freeze(account);
      return account;
    },
    'a sealed class-based tool': () => Object.seal(new Account()),
    'a class-based tool with a fixed property': () =>
      Object.defineProperty(new Account(), 'execute', {
        value: Account.prototype.execute,
        configurable: false,
      }),
  };

  test.each(Object.entries(accounts))(
    '%s keeps its state, its `this` and its prototype',
    async (_, make) => {
      const account = make();
      const { client, model, approvedTools } = setUp(door, { withdraw: account }, 'withdraw');

      const said = await door.talk(client, { model });

      const gated = client.tools.withdraw as Account;
      expect(said.results).toMatchObject([{ output: { left: 70 } }]);
      expect(await approvedTools()).toEqual(['withdraw']);
      expect(outputsIn(model.prompts[1])).toEqual([{ type: 'text', value: '70 left of 71' }]);
      expect(account.balance).toBe(70);
      expect(gated.balance).toBe(70);
      expect(account.lastTaken).toBe(Object.isFrozen(account) ? 0 : 30);
      expect(gated.lastTaken).toBe(account.lastTaken);
      expect(gated.description).toBe('Takes money from an account that holds 70.');
      expect(gated).toBeInstanceOf(Account);
      expect(gated.execute).not.toBe(account.execute);
    },
  );

  test('a frozen plain tool is gated too', async () => {
    const frozen = Object.freeze({ inputSchema, execute: async () => 'ran' });
    const { client, model, approvedTools } = setUp(door, { withdraw: frozen }, 'withdraw');

    const said = await door.talk(client, { model });

    expect(said.results).toMatchObject([{ output: 'ran' }]);
    expect(await approvedTools()).toEqual(['withdraw']);
  });

  test('a dynamic tool stays one', async () => {
    const execute = async (input: unknown) => ({ got: input });
    const dynamic = door.major.ai.dynamicTool({ description: 'Anything.', inputSchema, execute });
    const { client, model, approvedTools } = setUp(door, { withdraw: dynamic }, 'withdraw');

    const said = await door.talk(client, { model });

    expect(said.results).toMatchObject([{ dynamic: true, output: { got: { amount: 30 } } }]);
    expect(await approvedTools()).toEqual(['withdraw']);
    expect(client.tools.withdraw).toHaveProperty('type', 'dynamic');
  });

  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'a tool called %s is gated like any other',
    async (name) => {
      // As JSON.parse makes it: `__proto__` as a key would set the prototype instead.
      const tools = Object.fromEntries([[name, { inputSchema, execute: async () => 'ran' }]]);
      const { client, model, approvedTools } = setUp(door, tools, name);

      const said = await door.talk(client, { model });

      expect(Object.keys(client.tools)).toEqual([name]);
      expect(said.results).toMatchObject([{ toolName: name, output: 'ran' }]);
      expect(await approvedTools()).toEqual([name]);
    },
  );
});
