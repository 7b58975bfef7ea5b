// Read by the compiler: `npm run typecheck` fails where an expectation does not hold. Nothing here
// calls a model; at run time the tests only make clients.

import { describe, expect, test } from '@jest/globals';
import * as ai7 from 'ai';
import {
  type AuthorizationChatClient,
  authorizationChatClient,
  createSentinel,
  type DeniedToolResult,
  ToolCallDeniedError,
} from 'ai-sentinel';
import { type ScriptedModel, scriptedModel } from 'ai-sentinel/testing';
import * as ai5 from 'ai-v5';
import * as ai6 from 'ai-v6';
import { expectTypeOf } from 'expect-type';
import { z } from 'zod';

const inputSchema = z.object({ name: z.string() });
const execute = async ({ name }: { name: string }) => ({ dropped: name });
async function* stream() {
  yield 'half';
  yield 'whole';
}

/** The same tools, by each major's own `tool` and `dynamicTool`. */
const tools5 = {
  drop: ai5.tool({ inputSchema, execute }),
  anything: ai5.dynamicTool({ inputSchema, execute: async (input) => [input] }),
  exported: ai5.tool({ inputSchema, execute: stream }),
};
const tools6 = {
  drop: ai6.tool({ inputSchema, execute }),
  anything: ai6.dynamicTool({ inputSchema, execute: async (input) => [input] }),
  exported: ai6.tool({ inputSchema, execute: stream }),
};
const tools7 = {
  drop: ai7.tool({ inputSchema, execute }),
  anything: ai7.dynamicTool({ inputSchema, execute: async (input) => [input] }),
  exported: ai7.tool({ inputSchema, execute: stream }),
};

const client5 = authorizationChatClient({ ai: ai5, tools: tools5 });
const client6 = authorizationChatClient({ ai: ai6, tools: tools6 });
const client7 = authorizationChatClient({ ai: ai7, tools: tools7 });

describe('the tools', () => {
  test('have exactly the types they were given with', () => {
    expectTypeOf(client5.tools).branded.toEqualTypeOf<typeof tools5>();
    expectTypeOf(client6.tools).branded.toEqualTypeOf<typeof tools6>();
    expectTypeOf(client7.tools).branded.toEqualTypeOf<typeof tools7>();
    expectTypeOf(client5.tools.drop).toEqualTypeOf<typeof tools5.drop>();
    expectTypeOf(client6.tools.drop).toEqualTypeOf<typeof tools6.drop>();
    expectTypeOf(client7.tools.drop).toEqualTypeOf<typeof tools7.drop>();
    expectTypeOf(client7.tools.anything).toEqualTypeOf<typeof tools7.anything>();
    expectTypeOf(client7.tools.exported).toEqualTypeOf<typeof tools7.exported>();
    expect(Object.keys(client7.tools)).toEqual(Object.keys(tools7));
  });

  test('have their inputs and outputs where the SDK infers them', () => {
    type Tools = typeof client7.tools;
    expectTypeOf<ai7.InferToolInput<Tools['drop']>>().toEqualTypeOf<{ name: string }>();
    expectTypeOf<ai7.InferToolOutput<Tools['drop']>>().toEqualTypeOf<{ dropped: string }>();
    expectTypeOf<ai7.InferToolOutput<Tools['exported']>>().toEqualTypeOf<
      ai7.InferToolOutput<typeof tools7.exported>
    >();
    expectTypeOf<ai6.InferToolInput<(typeof client6.tools)['drop']>>().toEqualTypeOf<{
      name: string;
    }>();
    expectTypeOf<ai5.InferToolOutput<(typeof client5.tools)['drop']>>().toEqualTypeOf<{
      dropped: string;
    }>();
  });

  test("fit the app's own generateText and agents, and keep results typed there", () => {
    const own5 = () => ai5.generateText({ model: 'any', prompt: '', tools: client5.tools });
    const own6 = () => ai6.generateText({ model: 'any', prompt: '', tools: client6.tools });
    const own7 = () => ai7.generateText({ model: 'any', prompt: '', tools: client7.tools });
    const plain7 = () => ai7.generateText({ model: 'any', prompt: '', tools: tools7 });
    expectTypeOf(own7).toEqualTypeOf(plain7);
    type Calls<F extends () => PromiseLike<{ staticToolCalls: unknown }>> = Awaited<
      ReturnType<F>
    >['staticToolCalls'];
    expectTypeOf<Calls<typeof own5>>().toMatchTypeOf<{ toolName: keyof typeof tools5 }[]>();
    expectTypeOf<Calls<typeof own6>>().toMatchTypeOf<{ toolName: keyof typeof tools6 }[]>();
    const agent6 = () => new ai6.ToolLoopAgent({ model: 'any', tools: client6.tools });
    const agent7 = () => new ai7.ToolLoopAgent({ model: 'any', tools: client7.tools });
    expectTypeOf(agent6).returns.toHaveProperty('generate');
    expectTypeOf(agent7).returns.toHaveProperty('generate');
  });

  test('written in place keep their lists as the SDK wants them', () => {
    const { tools } = authorizationChatClient({
      tools: { drop: { inputSchema, inputExamples: [{ input: { name: 'a' } }], execute } },
    });
    expectTypeOf(tools).toMatchTypeOf<ai7.ToolSet>();
    expectTypeOf(tools).toMatchTypeOf<ai6.ToolSet>();
  });
});

describe("the client's own functions", () => {
  test("take the major's options, without the tools, and the model only if wanted", () => {
    type Options5 = Parameters<typeof client5.generateText>[0];
    type Options7 = Parameters<typeof client7.streamText>[0];
    expectTypeOf<{ prompt: string; maxRetries: number }>().toMatchTypeOf<Options5>();
    expectTypeOf<{
      messages: ai7.ModelMessage[];
      stopWhen: ai7.StopCondition<ai7.ToolSet>;
      abortSignal: AbortSignal;
      onFinish: () => void;
    }>().toMatchTypeOf<Options7>();
    expectTypeOf<{ prompt: string; model: ScriptedModel<7> }>().toMatchTypeOf<Options7>();
    expectTypeOf<{ prompt: number }>().not.toMatchTypeOf<Options7>();
    expectTypeOf<{ maxRetries: number }>().not.toMatchTypeOf<Options7>();
    // Never called: what counts is what the compiler says.
    const refused = () => [
      // @ts-expect-error tools given here would run ungated
      client5.generateText({ prompt: '', tools: tools5 }),
      // @ts-expect-error tools given here would run ungated
      client6.generateText({ prompt: '', tools: tools6 }),
      // @ts-expect-error tools given here would run ungated
      client7.streamText({ prompt: '', tools: tools7 }),
      // @ts-expect-error a prompt or messages, never both
      client7.streamText({ prompt: '', messages: [] }),
      // @ts-expect-error no such option
      client7.generateText({ prompt: '', maxRetry: 1 }),
    ];
    expect(refused).toBeInstanceOf(Function);
  });

  test("answer with the major's results", () => {
    type Result<F extends (...given: never) => unknown> = Awaited<ReturnType<F>>;
    type Text5 = Result<typeof client5.generateText>;
    type Text6 = Result<typeof client6.generateText>;
    type Text7 = Result<typeof client7.generateText>;
    expectTypeOf<Text5>().toEqualTypeOf<Result<typeof ai5.generateText>>();
    expectTypeOf<Text6>().toEqualTypeOf<Result<typeof ai6.generateText>>();
    expectTypeOf<Text7>().toEqualTypeOf<Result<typeof ai7.generateText>>();
    expectTypeOf<Text7['text']>().toEqualTypeOf<string>();
    type Stream5 = ReturnType<typeof client5.streamText>;
    type Stream7 = ReturnType<typeof client7.streamText>;
    expectTypeOf<Stream5>().toEqualTypeOf<ReturnType<typeof ai5.streamText>>();
    expectTypeOf<Stream7['text']>().toEqualTypeOf<PromiseLike<string>>();
    expectTypeOf<Stream7>().toHaveProperty('toUIMessageStream');
  });

  test('are those of the installed major where no `ai` is given', () => {
    const client = authorizationChatClient({ tools: tools7 });
    expectTypeOf(client).toEqualTypeOf<AuthorizationChatClient<typeof tools7, typeof ai7>>();
  });
});

describe('the options', () => {
  const sentinel = createSentinel();
  const tools = { drop: { inputSchema, execute }, asked: { inputSchema } };

  test('are a sentinel or those of one', () => {
    expectTypeOf(authorizationChatClient({ tools, sentinel })).toHaveProperty('sentinel');
    expectTypeOf(authorizationChatClient({ tools, rules: [] })).toHaveProperty('sentinel');
    const refused = () => [
      // @ts-expect-error the sentinel has its rules
      authorizationChatClient({ tools, sentinel, rules: [] }),
      // @ts-expect-error the sentinel has its store
      authorizationChatClient({ tools, sentinel, store: sentinel.store }),
    ];
    expect(refused).toThrow(/rules/);
  });

  test('name tools that are there', () => {
    expectTypeOf(
      authorizationChatClient({ tools, streaming: ['drop'], ungated: ['asked'] }).tools,
    ).toEqualTypeOf<typeof tools>();
    const refused = [
      // @ts-expect-error there is no such tool
      () => authorizationChatClient({ tools, streaming: ['dorp'] }),
      // @ts-expect-error there is no such tool
      () => authorizationChatClient({ tools, ungated: ['aksed'] }),
      // @ts-expect-error there are no tools at all
      () => authorizationChatClient({ rules: [] }),
      // @ts-expect-error no such option
      () => authorizationChatClient({ tools, onDenyed: 'return' }),
      // @ts-expect-error neither of the two
      () => authorizationChatClient({ tools, onDenied: 'ignore' }),
      // @ts-expect-error no caller has no roles
      () => authorizationChatClient({ tools, caller: { id: 'carol' } }),
      // @ts-expect-error not the `ai` module
      () => authorizationChatClient({ tools, ai: { generateText: ai7.generateText } }),
    ];
    for (const refusal of refused) expect(refusal).toThrow();
  });

  test('of callbacks know what they are called with', () => {
    authorizationChatClient({
      tools,
      sentinel,
      caller: (call) => {
        expectTypeOf(call.toolCallId).toEqualTypeOf<string | undefined>();
        expectTypeOf(call.input).toBeUnknown();
        return undefined;
      },
      onApprovalRequired: (notice) => {
        expectTypeOf(notice.approvalUrl).toBeString();
        expectTypeOf(notice.waitTimeoutMs).toBeNumber();
      },
      onApprovalSettled: ({ outcome }) => {
        expectTypeOf(outcome).toEqualTypeOf<'approved' | 'denied' | 'aborted'>();
      },
      onInfoRequested: async ({ message }) => message,
    });
  });
});

test('a denial is known by its class, also where it comes from another copy', () => {
  const error: unknown = undefined;
  if (ToolCallDeniedError.isInstance(error)) {
    expectTypeOf(error.requestId).toEqualTypeOf<string | undefined>();
  }
  expectTypeOf<DeniedToolResult['type']>().toEqualTypeOf<'tool-call-denied'>();
  expect(ToolCallDeniedError.isInstance(error)).toBe(false);
});

test("a scripted model is each major's language model, and no other's", () => {
  type Model<F extends (options: never) => unknown> = Parameters<F>[0] extends { model: infer M }
    ? M
    : never;
  expectTypeOf<ScriptedModel<5>>().toMatchTypeOf<Model<typeof ai5.generateText>>();
  expectTypeOf<ScriptedModel<6>>().toMatchTypeOf<Model<typeof ai6.generateText>>();
  expectTypeOf<ScriptedModel<7>>().toMatchTypeOf<Model<typeof ai7.generateText>>();
  expectTypeOf<ScriptedModel<7>>().not.toMatchTypeOf<Model<typeof ai5.generateText>>();
  expectTypeOf(scriptedModel({ answers: [] })).toEqualTypeOf<ScriptedModel<7>>();
  expect(scriptedModel({ ai: 5, answers: [] }).specificationVersion).toBe('v2');
});
