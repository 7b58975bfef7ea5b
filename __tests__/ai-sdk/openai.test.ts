import { createOpenAI } from '@ai-sdk/openai';
import { afterEach, describe, expect, test } from '@jest/globals';
import * as ai from 'ai';
import { authorizationChatClient, memoryStore, requireApproval } from 'ai-sentinel';
import { fakeClock } from 'ai-sentinel/testing';
import { z } from 'zod';
import { openaiServer, type WireRequest } from './openai-server.ts';
import { ANN, CAROL, rejecting } from './people.ts';

const servers: Awaited<ReturnType<typeof openaiServer>>[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

const TURNS = [
  { text: 'I shall drop it.', call: { name: 'drop', arguments: '{"name":"old_logs"}' } },
  { text: 'That was it.' },
];

/** How each API tells the model in its next request what came of the call. */
const toolOutput = {
  chat: ({ body }: WireRequest) => body.messages?.find(({ role }) => role === 'tool')?.content,
  responses: ({ body }: WireRequest) =>
    body.input?.find(({ type }) => type === 'function_call_output')?.output,
};

const PATHS = { chat: '/v1/chat/completions', responses: '/v1/responses' };

const cases = (['chat', 'responses'] as const).flatMap((api) =>
  [false, true].map((streams) => ({ api, streams, how: streams ? 'streamed' : 'whole' })),
);

describe.each(cases)('OpenAI, $api, $how', ({ api, streams }) => {
  async function setUp() {
    const server = await openaiServer(TURNS);
    servers.push(server);
    const openai = createOpenAI({ baseURL: server.baseURL, apiKey: 'sk-test' });
    const clock = fakeClock();
    const store = memoryStore({ clock });
    const ran: unknown[] = [];
    const drop = ai.tool({
      description: 'Drops a database.',
      inputSchema: z.object({ name: z.string() }),
      execute: async (input) => {
        ran.push(input);
        return `${input.name} dropped`;
      },
    });
    const options = {
      ai,
      model: openai[api]('gpt-test'),
      tools: { drop },
      rules: [requireApproval('drop')],
      store,
      clock,
      caller: CAROL,
    };
    return { ...server, store, ran, options };
  }

  type Options = Awaited<ReturnType<typeof setUp>>['options'] &
    Pick<Parameters<typeof authorizationChatClient>[0], 'onApprovalRequired' | 'onDenied'>;

  function talk(options: Options): PromiseLike<string> {
    const client = authorizationChatClient(options);
    const asked = { prompt: 'Drop the old logs.', stopWhen: ai.isStepCount(3) };
    return streams
      ? client.streamText(asked).text
      : client.generateText(asked).then(({ text }) => text);
  }

  test('an approved call runs, and the provider is told its result', async () => {
    const { requests, store, ran, options } = await setUp();
    const requestsBefore: number[] = [];

    const text = await talk({
      ...options,
      onApprovalRequired: async ({ requestId }) => {
        requestsBefore.push(requests.length);
        await store.admin.approve(requestId, { approver: ANN });
      },
    });

    expect(text).toBe('That was it.');
    expect(requestsBefore).toEqual([1]);
    expect(ran).toEqual([{ name: 'old_logs' }]);
    const [first, second] = requests;
    if (!first || !second) throw new Error('The provider was not asked twice.');
    expect(requests).toHaveLength(2);
    expect(first).toMatchObject({ path: PATHS[api], authorization: 'Bearer sk-test' });
    expect(Boolean(first.body.stream)).toBe(streams);
    expect(JSON.stringify(first.body.tools)).toContain('Drops a database.');
    expect(toolOutput[api](first)).toBeUndefined();
    expect(toolOutput[api](second)).toBe('old_logs dropped');
    const [request] = (await store.requests.list()).items;
    expect(request?.asks).toMatchObject([
      {
        input: { name: 'old_logs' },
        justification: 'I shall drop it.',
        justificationSource: 'assistant',
      },
    ]);
  });

  test.each(['throw', 'return'] as const)(
    'a rejected call does not run, and the provider is told the reason (onDenied: %s)',
    async (onDenied) => {
      const { requests, store, ran, options } = await setUp();
      const hooks = rejecting(store, 'The auditors need it.');

      const text = await talk({ ...options, ...hooks, onDenied });

      expect(text).toBe('That was it.');
      expect(ran).toEqual([]);
      expect(requests).toHaveLength(2);
      const [, second] = requests;
      expect(second && toolOutput[api](second)).toContain('a person refused it');
      expect(second && toolOutput[api](second)).toContain('The auditors need it.');
    },
  );
});
