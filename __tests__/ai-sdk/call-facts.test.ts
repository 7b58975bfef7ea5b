import { describe, expect, test } from '@jest/globals';
import {
  type AiToolCall,
  authorizationChatClient,
  createSentinel,
  memoryStore,
  requireApproval,
  requireToolPolicy,
  type SecurityContext,
} from 'ai-sentinel';
import {
  fakeClock,
  type ScriptedAnswer,
  type ScriptedModel,
  type ScriptedModelCall,
  scriptedModel,
} from 'ai-sentinel/testing';
import { z } from 'zod';
import { type Door, doors, outputsIn, QUESTION } from './doors.ts';
import { ANN, approving, CAROL } from './people.ts';

const DAVE: SecurityContext = { id: 'dave', roles: ['intern'] };

const CALL = { toolCalls: [{ toolName: 'send', input: { to: 'all' } }] };

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

/** A door with a mail tool behind it that remembers how it was called. */
function setUp({ major }: Door, answers: readonly ScriptedAnswer[] = [CALL, 'Sent.']) {
  const clock = fakeClock();
  const store = memoryStore({ clock });
  const logged: unknown[] = [];
  const logger = { error: (...words: unknown[]) => logged.push(words), warn: () => {} };
  const calls: { input: unknown; options: Record<string, unknown> }[] = [];
  const tools = {
    send: major.ai.tool({
      inputSchema: z.object({ to: z.string() }),
      ...major.contextSchema(z.object({ user: z.string() })),
      execute: async (input: { to: string }, options: Record<string, unknown>) => {
        calls.push({ input, options });
        return 'sent';
      },
    }),
  };
  const model = scriptedModel({ ai: major.major, answers });
  const talkOptions = { model, ...major.context('send', { user: 'dave' }) };
  const options = {
    ai: major.ai,
    model,
    tools,
    rules: [requireApproval('send')],
    store,
    clock,
    logger,
    ...approving(store),
  };
  const asked = async () => (await store.requests.list()).items;
  return { options, talkOptions, store, clock, calls, logged, asked, model };
}

describe.each(doors)('$name', (door) => {
  describe('the caller', () => {
    test('is the value that was given', async () => {
      const { options, talkOptions, asked } = setUp(door);
      await door.talk(authorizationChatClient({ ...options, caller: CAROL }), talkOptions);
      expect(await asked()).toMatchObject([{ caller: { id: 'carol', roles: ['developer'] } }]);
    });

    test('is what a function says, which sees the call and the context of the app', async () => {
      const { options, talkOptions, asked } = setUp(door);
      const seen: AiToolCall[] = [];
      const caller = async (call: AiToolCall) => {
        seen.push(call);
        return { id: (call.context as { user: string }).user, roles: [] };
      };

      await door.talk(authorizationChatClient({ ...options, caller }), talkOptions);

      const context = { user: 'dave' };
      const call = { toolName: 'send', toolCallId: 'call-1', input: { to: 'all' }, context };
      expect(seen).toEqual([call]);
      expect(await asked()).toMatchObject([{ caller: { id: 'dave' } }]);
    });

    test('is who `runAs` says, where nothing else does', async () => {
      const { options, talkOptions, asked } = setUp(door);
      const client = authorizationChatClient({ ...options, caller: () => undefined });
      await client.sentinel.runAs(DAVE, () => door.talk(client, talkOptions));
      expect(await asked()).toMatchObject([{ caller: { id: 'dave' } }]);
    });

    test('is anonymous where nobody says, and then an approval covers one input only', async () => {
      const { options, talkOptions, asked } = setUp(door);
      await door.talk(authorizationChatClient(options), talkOptions);
      expect(await asked()).toMatchObject([
        { caller: { id: 'anonymous' }, grant: { scope: 'input' } },
      ]);
    });

    test.each([
      ['throws', () => Promise.reject(new RangeError('token sk-123 is not valid')), 'RangeError'],
      ['names nobody', () => ({ id: ' ', roles: ['sk-123'] }), 'InvalidOptionError'],
    ])('denies where the function %s, without its words', async (_, caller, kind) => {
      const { options, talkOptions, calls, logged, model } = setUp(door);
      const client = authorizationChatClient({ ...options, caller });

      const said = await door.talk(client, talkOptions);

      expect(said.errors).toMatchObject([
        { error: { code: 'policy_exception', policyName: 'caller' } },
      ]);
      const [read] = outputsIn(model.prompts[1]) as { value: string }[];
      expect(read?.value).toContain(kind);
      expect(read?.value).not.toContain('sk-123');
      expect(logged).toHaveLength(1);
      expect(calls).toEqual([]);
    });

    test('that never comes does not outlive the conversation', async () => {
      const { options, talkOptions, calls } = setUp(door);
      const abort = new AbortController();
      const caller = () => {
        abort.abort();
        return new Promise<never>(() => {});
      };

      const talk = door.talk(authorizationChatClient({ ...options, caller }), {
        ...talkOptions,
        abortSignal: abort.signal,
      });

      await expect(talk).rejects.toMatchObject({ name: 'AbortError' });
      expect(calls).toEqual([]);
    });
  });

  describe('the justification', () => {
    const reasoned: readonly ScriptedAnswer[] = [
      { text: 'Everybody should know.', ...CALL },
      'Sent.',
    ];
    const why = async ({ asked }: ReturnType<typeof setUp>) => {
      const [request] = await asked();
      const { justification, justificationSource } = request?.asks[0] ?? {};
      return [justificationSource, justification];
    };

    test("is the assistant's words in that step where they are heard, else the user's", async () => {
      const bench = setUp(door, reasoned);
      await door.talk(authorizationChatClient(bench.options), bench.talkOptions);
      expect(await why(bench)).toEqual(
        door.listens ? ['assistant', 'Everybody should know.'] : ['user', QUESTION],
      );
    });

    test("is the user's last message where the assistant said nothing in that step", async () => {
      const earlier = { text: 'Let me look.', ...CALL };
      const bench = setUp(door, [earlier, CALL, 'Sent.']);
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
      const bench = setUp(door, reasoned);
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
      const inner = setUp(door);
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
      const bench = setUp(door, reasoned);
      const justification = ({ toolName }: AiToolCall) => `ticket 7 wants ${toolName}`;
      const client = authorizationChatClient({ ...bench.options, justification });
      await door.talk(client, bench.talkOptions);
      expect(await why(bench)).toEqual(['call', 'ticket 7 wants send']);
    });

    test('comes from the next source where the callback fails', async () => {
      const bench = setUp(door);
      const justification = () => Promise.reject(new Error('no tickets today'));
      const client = authorizationChatClient({ ...bench.options, justification });
      await door.talk(client, bench.talkOptions);
      expect(await why(bench)).toEqual(['user', QUESTION]);
      expect(bench.logged).toHaveLength(1);
    });

    test('is the template without the conversation, which then nobody sees', async () => {
      const bench = setUp(door, reasoned);
      const client = authorizationChatClient({
        ...bench.options,
        includeConversationContext: false,
      });
      await door.talk(client, bench.talkOptions);
      expect(await why(bench)).toEqual(['template', 'AI agent invocation: send']);
      expect(JSON.stringify(await bench.asked())).not.toContain(QUESTION);
    });
  });

  test('however long the assistant goes on, the user stays in sight', async () => {
    const steps = Array.from({ length: 30 }, (_, step) => ({ text: `Step ${step}.`, ...CALL }));
    const { options, talkOptions, calls, asked } = setUp(door, [...steps, CALL, 'Sent.']);
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
    const { options, talkOptions, asked } = setUp(door);
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

  test('the tool gets the options of the AI SDK as they are', async () => {
    const abort = new AbortController();
    const { options, talkOptions, calls } = setUp(door);
    const ungated = setUp(door);
    const more = { ...talkOptions, abortSignal: abort.signal };

    await door.talk(authorizationChatClient(options), more);
    await door.talk(authorizationChatClient({ ...ungated.options, rules: [] }), {
      ...more,
      model: ungated.model,
    });

    const [call] = calls;
    expect(call?.options).toMatchObject({
      toolCallId: 'call-1',
      messages: [{ role: 'user', content: QUESTION }],
      [door.major.contextOption]: { user: 'dave' },
      abortSignal: expect.any(AbortSignal),
    });
    expect(call?.options).toEqual(ungated.calls[0]?.options);
  });

  describe('the hooks', () => {
    test('tell that a call waits, then that it no longer does, and of what', async () => {
      const { options, talkOptions, store, calls, asked } = setUp(door);
      const told: unknown[] = [];
      const client = authorizationChatClient({
        ...options,
        caller: CAROL,
        approvalUrl: 'https://example.com/{id}',
        onApprovalRequired: async (notice) => {
          told.push(['required', notice, calls.length]);
          await store.admin.approve(notice.requestId, { approver: ANN });
        },
        onApprovalSettled: (notice) => void told.push(['settled', notice, calls.length]),
      });

      await door.talk(client, talkOptions);

      const [request] = await asked();
      const requestId = request?.id;
      const of = { requestId, toolName: 'send', toolCallId: 'call-1' };
      const approvalUrl = `https://example.com/${requestId}`;
      expect(told).toEqual([
        ['required', { ...of, approvalUrl, waitTimeoutMs: 5 * 60_000 }, 0],
        ['settled', { ...of, outcome: 'approved' }, 0],
      ]);
    });

    test('decide nothing by failing', async () => {
      const { options, talkOptions, store, calls, logged } = setUp(door);
      const client = authorizationChatClient({
        ...options,
        onApprovalRequired: async ({ requestId }) => {
          await store.admin.approve(requestId, { approver: ANN });
          throw new Error('the chat is closed');
        },
        onApprovalSettled: () => {
          throw new Error('the chat is closed');
        },
      });

      await door.talk(client, talkOptions);

      expect(calls).toHaveLength(1);
      expect(logged).toHaveLength(2);
    });

    test('answer an approver, who then decides', async () => {
      const { options, talkOptions, store, calls, asked } = setUp(door);
      const questions: unknown[] = [];
      const client = authorizationChatClient({
        ...options,
        caller: CAROL,
        onApprovalRequired: ({ requestId }) =>
          store.admin.requestInfo(requestId, { approver: ANN, message: 'Who is all?' }),
        onInfoRequested: async (question) => {
          questions.push(question);
          return 'Everybody in the company.';
        },
      });
      client.sentinel.on('responded', ({ requestId }) => {
        void store.admin.approve(requestId, { approver: ANN });
      });

      await door.talk(client, talkOptions);

      const [request] = await asked();
      expect(questions).toEqual([{ requestId: request?.id, message: 'Who is all?' }]);
      expect(request?.thread).toMatchObject([
        { kind: 'question', by: { id: 'ann' }, message: 'Who is all?' },
        { kind: 'answer', by: { id: 'carol' }, message: 'Everybody in the company.' },
      ]);
      expect(calls).toHaveLength(1);
    });

    test("of the sentinel answer where the client's own do not", async () => {
      const { options, talkOptions, store, calls } = setUp(door);
      const { ai, model, tools, ...rest } = options;
      const { onApprovalRequired: _, ...ofSentinel } = rest;
      const sentinel = createSentinel({ ...ofSentinel, onInfoRequested: () => 'Everybody.' });
      sentinel.on('responded', ({ requestId }) => {
        void store.admin.approve(requestId, { approver: ANN });
      });
      const client = authorizationChatClient({
        ai,
        model,
        tools,
        sentinel,
        onApprovalRequired: ({ requestId }) =>
          store.admin.requestInfo(requestId, { approver: ANN, message: 'Who is all?' }),
      });

      await door.talk(client, talkOptions);

      expect(calls).toHaveLength(1);
    });
  });

  test('what was approved is what runs, whatever becomes of the input meanwhile', async () => {
    const { options, talkOptions, store, calls, asked } = setUp(door);
    let given: { to: string } | undefined;
    const client = authorizationChatClient({
      ...options,
      // The one who gets to see the very object that the AI SDK holds.
      caller: ({ input }) => {
        given = input as { to: string };
        return CAROL;
      },
      onApprovalRequired: async ({ requestId }) => {
        Object.assign(given ?? {}, { to: 'the press', cc: 'everybody' });
        await store.admin.approve(requestId, { approver: ANN });
      },
    });

    await door.talk(client, talkOptions);

    expect(given).toEqual({ to: 'the press', cc: 'everybody' });
    expect(calls.map(({ input }) => input)).toEqual([{ to: 'all' }]);
    const [request] = await asked();
    expect(request?.asks.map(({ input }) => input)).toEqual([{ to: 'all' }]);
  });

  test('a policy cannot change the input either, and the tool may', async () => {
    const { options, talkOptions, calls } = setUp(door);
    const frozen: boolean[] = [];
    const rules = [
      requireToolPolicy('send', ({ input }) => {
        frozen.push(Object.isFrozen(input));
        return true;
      }),
    ];

    await door.talk(authorizationChatClient({ ...options, rules }), talkOptions);

    expect(frozen).toEqual([true]);
    expect(Object.isFrozen(calls[0]?.input)).toBe(false);
  });
});
