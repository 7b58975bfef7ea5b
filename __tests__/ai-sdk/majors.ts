import * as ai7 from 'ai';
import type { AiMajor } from 'ai-sentinel/testing';
import * as ai5 from 'ai-v5';
import * as ai6 from 'ai-v6';

/** The AI SDK as these tests use it: what all three majors have in common. */
export interface Ai {
  generateText(options: object): Promise<Generated>;
  streamText(options: object): Streamed;
  tool<T extends object>(tool: T): T;
  dynamicTool<T extends object>(tool: T): T & { readonly type: 'dynamic' };
  jsonSchema(schema: object): object;
  stepCountIs(count: number): unknown;
  convertToModelMessages(messages: readonly object[], options?: object): unknown;
  readUIMessageStream(options: object): AsyncIterable<{ readonly parts: readonly object[] }>;
  ToolLoopAgent?: new (settings: object) => Agent;
}

export interface Agent {
  generate(options: object): Promise<Generated>;
  stream(options: object): Promise<Streamed>;
}

export interface Generated {
  readonly text: string;
  readonly steps: readonly { readonly content: readonly Part[] }[];
}

export interface Streamed {
  readonly fullStream: AsyncIterable<Part>;
  readonly text: PromiseLike<string>;
  toUIMessageStream(options?: object): ReadableStream<object>;
}

/** A piece of a step's content, or of the stream. */
export interface Part {
  readonly type: string;
  readonly toolName?: string;
  readonly toolCallId?: string;
  readonly output?: unknown;
  readonly preliminary?: boolean;
  readonly dynamic?: boolean;
  readonly error?: unknown;
}

/** In what the majors differ, as far as gated tools are concerned. */
export interface Major {
  readonly major: AiMajor;
  readonly ai: Ai;
  /** What stands before an error's message where a tool threw. */
  readonly thrownPrefix: string;
  /** What the model is told where a tool returns that it was denied. */
  readonly denied: (message: string) => object;
  /** Options by which an app's own context reaches the tool called `toolName`, and its name there. */
  readonly context: (toolName: string, value: unknown) => object;
  readonly contextOption: 'experimental_context' | 'context';
  /** What a tool must have for that. */
  readonly contextSchema: (schema: object) => object;
  /** What `toModelOutput` is called with. */
  readonly modelOutputArgument: (call: object & { readonly output: unknown }) => unknown;
}

export const majors: readonly Major[] = [
  {
    major: 5,
    ai: ai5 as unknown as Ai,
    thrownPrefix: '',
    // 5 has no denied output.
    denied: (message) => ({ type: 'error-text', value: message }),
    context: (_, value) => ({ experimental_context: value }),
    contextOption: 'experimental_context',
    contextSchema: () => ({}),
    modelOutputArgument: ({ output }) => output,
  },
  {
    major: 6,
    ai: ai6 as unknown as Ai,
    thrownPrefix: '',
    denied: (message) => ({ type: 'execution-denied', reason: message }),
    context: (_, value) => ({ experimental_context: value }),
    contextOption: 'experimental_context',
    contextSchema: () => ({}),
    modelOutputArgument: (call) => call,
  },
  {
    major: 7,
    ai: ai7 as unknown as Ai,
    // 7 says what kind of error it was.
    thrownPrefix: 'ToolCallDeniedError: ',
    denied: (message) => ({ type: 'execution-denied', reason: message }),
    // 7 has a context for each tool, and gives a tool its own only if it says what that is.
    context: (toolName, value) => ({ toolsContext: { [toolName]: value } }),
    contextOption: 'context',
    contextSchema: (schema) => ({ contextSchema: schema }),
    modelOutputArgument: (call) => call,
  },
];
