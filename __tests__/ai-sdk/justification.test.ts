import { describe, expect, test } from '@jest/globals';
import { type AiToolCall, authorizationChatClient, requireApproval } from 'ai-sentinel';
import {
  type ScriptedAnswer,
  type ScriptedModel,
  type ScriptedModelCall,
  scriptedModel,
} from 'ai-sentinel/testing';
import { z } from 'zod';
import { doors, QUESTION } from './doors.ts';
import { CALL, mailDoor } from './mail.ts';

/** A model as providers write them: what it knows is private. */
class ClassModel implements ScriptedModel {
  readonly #model: ScriptedModel;

  constructor(model: ScriptedModel) {
    this.#model = model;
  }

  get specificationVersion() {
    return this.#model.specificationVersion;
  }

  readonly provider = 'private';
  readonly modelId = 'private';
  readonly supportedUrls = {};

  get prompts() {
    return this.#model.prompts;
  }

  doGenerate(call: ScriptedModelCall) {
    return this.#model.doGenerate(call);
  }

  doStream(call: ScriptedModelCall) {
    return this.#model.doStream(call);
  }
}

describe.each(doors)('the justification, $name', (door) => {
  const reasoned: readonly ScriptedAnswer[] = [
    { text: 'Everybody should know.', ...CALL },
    'Sent.',
  ];
  const why = async ({ asked }: ReturnType<typeof mailDoor>) => {
    const [request] = await asked();
    const { justification, justificationSource } = request?.asks[0] ?? {};
    return [justificationSource, justification];
  };

  test("is the assistant's words in that step where they are heard, else the user's", async () => {
    const bench = mailDoor(door, reasoned);
    await door.talk(authorizationChatClient(bench.options), bench.talkOptions);
    expect(await why(bench)).toEqual(
      door.listens ? ['assistant', 'Everybody should know.'] : ['user', QUESTION],
    );
  });

  test("is the user's last message where the assistant said nothing in that step", async () => {
    const earlier = { text: 'Let me look.', ...CALL };
    const bench = mailDoor(door, [earlier, CALL, 'Sent.']);
    const rules = [requireApproval('send', { when: () => bench.calls.length > 0 })];
    const client = authorizationChatClient({ ...bench.options, rules });

    await door.talk(client, bench.talkOptions);

    expect(bench.calls).toHaveLength(2);
    expect(await why(bench)).toEqual(['user', QUESTION]);
  });

  test.each([
    ['frozen', (model: ScriptedModel) => Object.freeze({ ...model })],
    ['of a class', (model: ScriptedModel) => new ClassModel(model)],
  ])('is heard from a model that is %s, too', async (_, made) => {
    const bench = mailDoor(door, reasoned);
    const model = made(scriptedModel({ ai: door.major.major, answers: reasoned }));

    const said = await door.talk(authorizationChatClient(bench.options), {
      ...bench.talkOptions,
      model,
    });

    expect(said.text).toBe('Sent.');
    const [source] = await why(bench);
    expect(source).toBe(door.listens ? 'assistant' : 'user');
  });

  test('is never what an agent around this one said', async () => {
    const inner = mailDoor(door);
    const innerClient = authorizationChatClient(inner.options);
    const outerModel = scriptedModel({
      ai: door.major.major,
      answers: [
        {
          text: 'My colleague knows how.',
          toolCalls: [{ toolName: 'delegate', toolCallId: 'outer-1' }],
        },
        'Done.',
      ],
    });
    const delegate = {
      inputSchema: z.object({}),
      execute: async () => (await door.talk(innerClient, inner.talkOptions)).text,
    };
    const outerClient = authorizationChatClient({
      ai: door.major.ai,
      tools: { delegate },
      sentinel: innerClient.sentinel,
    });

    const { major, streams } = door;
    const heard = doors.find((other) => {
      return other.listens && other.major === major && other.streams === streams;
    });
    const said = await heard?.talk(outerClient, { model: outerModel });

    expect(said?.results).toMatchObject([{ output: 'Sent.' }]);
    expect(await why(inner)).toEqual(['user', QUESTION]);
  });

  test('is what the callback says, first of all', async () => {
    const bench = mailDoor(door, reasoned);
    const justification = ({ toolName }: AiToolCall) => `ticket 7 wants ${toolName}`;
    const client = authorizationChatClient({ ...bench.options, justification });
    await door.talk(client, bench.talkOptions);
    expect(await why(bench)).toEqual(['app', 'ticket 7 wants send']);
  });

  test('comes from the next source where the callback fails', async () => {
    const bench = mailDoor(door);
    const justification = () => Promise.reject(new Error('no tickets today'));
    const client = authorizationChatClient({ ...bench.options, justification });
    await door.talk(client, bench.talkOptions);
    expect(await why(bench)).toEqual(['user', QUESTION]);
    expect(bench.logged).toHaveLength(1);
  });

  test('is the template without the conversation, which then nobody sees', async () => {
    const bench = mailDoor(door, reasoned);
    const client = authorizationChatClient({
      ...bench.options,
      includeConversationContext: false,
    });
    await door.talk(client, bench.talkOptions);
    expect(await why(bench)).toEqual(['template', 'AI agent invocation: send']);
    expect(JSON.stringify(await bench.asked())).not.toContain(QUESTION);
  });

  test('however long the assistant goes on, the user stays in sight', async () => {
    const steps = Array.from({ length: 30 }, (_, step) => ({ text: `Step ${step}.`, ...CALL }));
    const { options, talkOptions, calls, asked } = mailDoor(door, [...steps, CALL, 'Sent.']);
    const rules = [requireApproval('send', { when: () => calls.length === 30 })];

    await door.talk(authorizationChatClient({ ...options, rules }), {
      ...talkOptions,
      stopWhen: door.major.ai.stepCountIs(40),
    });

    const [request] = await asked();
    const conversation = request?.asks[0]?.context?.conversation as { text: string }[];
    expect(conversation.map(({ text }) => text)).toEqual([
      QUESTION,
      ...steps.slice(10).map(({ text }) => text),
      '',
    ]);
    expect(request?.asks[0]).toMatchObject({ justification: QUESTION });
  });

  test('an approver sees the conversation before the call', async () => {
    const { options, talkOptions, asked } = mailDoor(door);
    const messages = [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Hello' },
      { role: 'assistant', content: [{ type: 'text', text: 'What can I do?' }] },
      { role: 'user', content: [{ type: 'text', text: 'Tell all.' }] },
    ];

    await door.talk(authorizationChatClient(options), {
      ...talkOptions,
      prompt: undefined,
      messages,
      // 7 warns of system messages among the others, 5 and 6 know no such option.
      allowSystemInMessages: true,
    });

    const [request] = await asked();
    expect(request?.asks[0]?.context).toEqual({
      toolCallId: 'call-1',
      conversation: [
        { role: 'user', text: 'Hello' },
        { role: 'assistant', text: 'What can I do?' },
        { role: 'user', text: 'Tell all.' },
      ],
    });
  });
});
