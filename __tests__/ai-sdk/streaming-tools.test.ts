import { describe, expect, test } from '@jest/globals';
import { authorizationChatClient, memoryStore, requireApproval } from 'ai-sentinel';
import { fakeClock, scriptedModel } from 'ai-sentinel/testing';
import { z } from 'zod';
import { type Door, doors, outputsIn } from './doors.ts';
import { approving, CAROL, rejecting } from './people.ts';

type Execute = (input: { rows: number }, options: { abortSignal?: AbortSignal }) => unknown;

/** A door with an export behind it that is called once. */
function setUp({ major }: Door, execute: Execute) {
  const clock = fakeClock();
  const store = memoryStore({ clock });
  const outcomes: unknown[] = [];
  store.requests.subscribe((event) => {
    if (event.type === 'outcome') outcomes.push(event.data.outcome);
  });
  const inputSchema = z.object({ rows: z.number() });
  const tools = { export_rows: major.ai.tool({ inputSchema, execute }) };
  const model = scriptedModel({
    ai: major.major,
    answers: [{ toolCalls: [{ toolName: 'export_rows', input: { rows: 2 } }] }, 'Exported.'],
  });
  const rules = [requireApproval('export_*')];
  const options = { ai: major.ai, model, tools, rules, store, clock, caller: CAROL };
  return { store, clock, model, options, outcomes };
}

const outputs = (parts: readonly { output?: unknown }[]) => parts.map(({ output }) => output);

async function* rows({ rows }: { rows: number }) {
  for (let row = 1; row <= rows; row++) yield `${row} of ${rows}`;
  yield 'all there';
}

describe.each(doors)('$name', (door) => {
  test('an async generator stays one: what it says on the way is seen, its last word counts', async () => {
    const { options, model, store, outcomes } = setUp(door, rows);
    const client = authorizationChatClient({ ...options, ...approving(store) });

    const said = await door.talk(client, { model });

    const onTheWay = ['1 of 2', '2 of 2', 'all there'];
    expect(outputs(said.preliminary)).toEqual(door.streams ? onTheWay : []);
    expect(outputs(said.results)).toEqual(['all there']);
    expect(outputsIn(model.prompts[1])).toEqual([{ type: 'text', value: 'all there' }]);
    expect(outcomes).toEqual(['executed']);
  });

  test('an async generator that is refused never starts', async () => {
    let started = 0;
    const { options, model, store, clock } = setUp(door, async function* () {
      started += 1;
      yield 'never';
    });
    const client = authorizationChatClient({ ...options, ...rejecting(store, 'Too many rows.') });

    const said = await door.talk(client, { model });

    expect(started).toBe(0);
    expect(said.preliminary).toEqual([]);
    expect(said.errors).toMatchObject([{ error: { reason: 'Too many rows.' } }]);
    expect(clock.pending).toBe(0);
  });

  test('a plain function that returns an iterable is drained to its last word', async () => {
    const { options, model, store, outcomes } = setUp(door, (input) => rows(input));
    const client = authorizationChatClient({ ...options, ...approving(store) });

    const said = await door.talk(client, { model });

    expect(said.preliminary).toEqual([]);
    expect(outputs(said.results)).toEqual(['all there']);
    expect(outcomes).toEqual(['executed']);
  });

  test('and is streamed where `streaming` names it', async () => {
    const { options, model, store, outcomes } = setUp(door, (input) => rows(input));
    const client = authorizationChatClient({
      ...options,
      ...approving(store),
      streaming: ['export_rows'],
    });

    const said = await door.talk(client, { model });

    const onTheWay = ['1 of 2', '2 of 2', 'all there'];
    expect(outputs(said.preliminary)).toEqual(door.streams ? onTheWay : []);
    expect(outputs(said.results)).toEqual(['all there']);
    expect(outcomes).toEqual(['executed']);
  });

  test('a tool named in `streaming` that answers once after all is heard', async () => {
    const { options, model, store } = setUp(door, async () => 'all at once');
    const client = authorizationChatClient({
      ...options,
      ...approving(store),
      streaming: ['export_rows'],
    });

    const said = await door.talk(client, { model });

    expect(outputs(said.results)).toEqual(['all at once']);
  });

  test('a generator that fails on the way is recorded as failed', async () => {
    const { options, model, store, outcomes } = setUp(door, async function* () {
      yield 'so far';
      throw new Error('disk full');
    });
    const client = authorizationChatClient({ ...options, ...approving(store) });

    const said = await door.talk(client, { model });

    expect(said.errors).toMatchObject([{ error: { message: 'disk full' } }]);
    expect(outcomes).toEqual(['failed']);
  });

  test('a tool that fails is recorded as failed, and its own error is what the model reads', async () => {
    const { options, model, store, outcomes } = setUp(door, async () => {
      throw new TypeError('no such table');
    });
    const client = authorizationChatClient({ ...options, ...approving(store) });

    const said = await door.talk(client, { model });

    expect(said.errors).toMatchObject([{ error: new TypeError('no such table') }]);
    expect(outputsIn(model.prompts[1])).toEqual([
      { type: 'error-text', value: expect.stringContaining('no such table') },
    ]);
    expect(outcomes).toEqual(['failed']);
  });
});

describe('called without the AI SDK', () => {
  /** The gated tool's `execute`, as an agent framework of one's own would call it. */
  function direct(execute: (input: { rows: number }) => AsyncIterable<unknown>) {
    const clock = fakeClock();
    const store = memoryStore({ clock });
    const outcomes: unknown[] = [];
    store.requests.subscribe(({ type, data }) => {
      if (type === 'outcome') outcomes.push(data.outcome);
    });
    const { tools } = authorizationChatClient({
      tools: { export_rows: { execute } },
      rules: [requireApproval('export_*')],
      store,
      clock,
      caller: CAROL,
      ...approving(store),
    });
    return { tools, store, outcomes };
  }

  test('a generator stopped early is told so; it ran, and did not fail', async () => {
    let tidied = 0;
    const { tools, outcomes } = direct(async function* () {
      try {
        yield 1;
        yield 2;
      } finally {
        tidied += 1;
      }
    });

    for await (const output of tools.export_rows.execute({ rows: 2 })) {
      expect(output).toBe(1);
      break;
    }

    expect(tidied).toBe(1);
    expect(outcomes).toEqual(['executed']);
  });

  test('a generator that nobody asks for anything asks nobody', async () => {
    const { tools, store } = direct(rows);

    tools.export_rows.execute({ rows: 2 });
    await new Promise((resolve) => setImmediate(resolve));

    expect((await store.requests.list()).items).toEqual([]);
  });

  test('a bound generator function is known as one', async () => {
    const { tools } = direct(rows.bind(undefined));

    const seen = await Array.fromAsync(tools.export_rows.execute({ rows: 1 }));

    expect(seen).toEqual(['1 of 1', 'all there']);
  });
});
