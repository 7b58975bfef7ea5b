import { describe, expect, test } from '@jest/globals';
import {
  authorizationChatClient,
  type DeniedToolResult,
  memoryStore,
  type Policy,
  requireApproval,
  requireToolPolicy,
} from 'ai-sentinel';
import { fakeClock, type ScriptedPrompt, scriptedModel } from 'ai-sentinel/testing';
import { z } from 'zod';
import { type Client, type Door, doors, outputsIn, QUESTION, type Transcript } from './doors.ts';
import { majors } from './majors.ts';
import { CAROL, rejecting } from './people.ts';

const REASON = 'The press must not know.';

/** A door with `publish` behind it, whose denials are returned, and a model that calls it once. */
function setUp({ major }: Door, publish: object, policy: Policy) {
  const clock = fakeClock();
  const store = memoryStore({ clock });
  const model = scriptedModel({
    ai: major.major,
    answers: [{ toolCalls: [{ toolName: 'publish', input: { text: 'Hi' } }] }, 'As you wish.'],
  });
  const client: Client = authorizationChatClient({
    ai: major.ai,
    model,
    tools: { publish: { inputSchema: z.object({ text: z.string() }), ...publish } },
    rules: [requireToolPolicy('publish', policy), requireApproval('publish')],
    store,
    clock,
    caller: CAROL,
    onDenied: 'return',
    ...rejecting(store, REASON),
  });
  return { client, model, store };
}

function denialIn({ results }: Transcript): DeniedToolResult {
  expect(results).toHaveLength(1);
  return results[0]?.output as DeniedToolResult;
}

const allow = () => true;
const deny = () => ({ allowed: false, reason: REASON, code: 'secret' });

const published = { id: 7, toolCallId: 'a column of the database', output: 'another one' };
const ownWords = () => ({ type: 'text', value: 'in its own words' });

describe.each(doors)('$name', (door) => {
  const { denied, modelOutputArgument } = door.major;
  const execute = async () => published;

  test('a rejected call answers with the denial, which the model reads as one', async () => {
    const { client, model, store } = setUp(door, { execute }, allow);

    const said = await door.talk(client, { model });

    expect(said.errors).toEqual([]);
    const [request] = (await store.requests.list()).items;
    const output = denialIn(said);
    expect(output).toEqual({
      type: 'tool-call-denied',
      code: 'approval_rejected',
      policyName: 'approval:publish',
      reason: REASON,
      requestId: request?.id,
      message: expect.stringContaining(`"${REASON}"`),
    });
    expect(JSON.parse(JSON.stringify(output))).toEqual(output);
    expect(outputsIn(model.prompts[1])).toEqual([denied(output.message)]);
  });

  test('a call that policy denies has no request to name', async () => {
    const { client, model } = setUp(door, { execute }, deny);

    const said = await door.talk(client, { model });

    const output = denialIn(said);
    expect(output).toMatchObject({ code: 'secret', reason: REASON });
    expect(output).not.toHaveProperty('requestId');
    expect(outputsIn(model.prompts[1])).toEqual([denied(output.message)]);
  });

  test("a tool's own toModelOutput is not asked about a denial", async () => {
    const asked: unknown[] = [];
    const toModelOutput = (argument: unknown) => asked.push(argument);
    const { client, model } = setUp(door, { execute, toModelOutput }, deny);

    const said = await door.talk(client, { model });

    const { message } = denialIn(said);
    expect(outputsIn(model.prompts[1])).toEqual([denied(message)]);
    expect(asked).toEqual([]);
  });

  test('a streaming tool says so once, and that it is denied', async () => {
    const stream = async function* () {
      yield 'never';
    };
    const { client, model } = setUp(door, { execute: stream }, deny);

    const said = await door.talk(client, { model });

    const { message } = denialIn(said);
    expect(outputsIn(model.prompts[1])).toEqual([denied(message)]);
  });

  describe('a call that runs', () => {
    const run = async (output: unknown, more: object = {}) => {
      const clock = fakeClock();
      const answers = [{ toolCalls: [{ toolName: 'look' }] }, 'Seen.'];
      const model = scriptedModel({ ai: door.major.major, answers });
      const look = { inputSchema: z.object({}), execute: async () => output, ...more };
      const client: Client = authorizationChatClient({
        ai: door.major.ai,
        model,
        tools: { look },
        rules: [requireToolPolicy('look', allow)],
        clock,
        onDenied: 'return',
      });
      await door.talk(client, { model });
      return outputsIn(model.prompts[1]);
    };

    test.each([
      ['text', 'plain words', { type: 'text', value: 'plain words' }],
      ['nothing', undefined, { type: 'json', value: null }],
      ['an object', { rows: [1, 2] }, { type: 'json', value: { rows: [1, 2] } }],
      ['an object that looks like a call', published, { type: 'json', value: published }],
    ])('is told to the model as ever: %s', async (_, output, read) => {
      expect(await run(output)).toEqual([read]);
    });

    test("is told in the tool's own words where it has some", async () => {
      const asked: unknown[] = [];
      const toModelOutput = (argument: unknown) => {
        asked.push(argument);
        return ownWords();
      };

      expect(await run(published, { toModelOutput })).toEqual([ownWords()]);

      const call = { toolCallId: 'call-1', input: {}, output: published };
      // 5 asks more than once of a stream's.
      expect(asked.slice(0, 1)).toEqual([modelOutputArgument(call)]);
    });
  });
});

describe.each(majors)('ai $major, in the browser and back', ({ major, ai, denied }) => {
  test('the denial is still one when the conversation goes on', async () => {
    const door = doors.find(({ major: of, streams }) => of.major === major && streams);
    if (!door) throw new Error('no such door');
    const { client, model } = setUp(door, { execute: async () => published }, deny);
    const { streamText } = client as Pick<typeof ai, 'streamText'>;
    const streamed = streamText({ prompt: QUESTION, stopWhen: ai.stepCountIs(3) });

    // What the browser keeps, and what it sends back with the user's next words.
    let answer: object = {};
    const stream = streamed.toUIMessageStream();
    for await (const message of ai.readUIMessageStream({ stream })) answer = message;
    const kept = JSON.parse(JSON.stringify(answer)) as {
      parts: { type: string; output?: unknown }[];
    };
    const [part] = kept.parts.filter(({ type }) => type === 'tool-publish');
    expect(part?.output).toMatchObject({ type: 'tool-call-denied', reason: REASON });

    const { tools } = client;
    const messages = (await ai.convertToModelMessages([kept], { tools })) as ScriptedPrompt;
    const { message } = (part?.output ?? {}) as DeniedToolResult;
    expect(outputsIn(messages)).toEqual([denied(message)]);
    expect(outputsIn(model.prompts[1])).toEqual([denied(message)]);
  });
});
