/** Which `ai` a scripted model is for: 5 takes `LanguageModelV2`, 6 `V3` and 7 `V4`. */
export type AiMajor = 5 | 6 | 7;

/** A tool call for the model to make. */
export interface ScriptedToolCall {
  readonly toolName: string;
  /** The tool's arguments; sent as JSON, as a model would. Default `{}`. */
  readonly input?: unknown;
  /** Default `call-1`, `call-2`, … in the order the model makes them. */
  readonly toolCallId?: string;
}

/** What the model says in one step: text, tool calls, or text and then tool calls. */
export type ScriptedAnswer =
  | string
  | { readonly text?: string; readonly toolCalls?: readonly ScriptedToolCall[] };

/** One message of the prompt the model is given; each major has parts of its own in `content`. */
export interface ScriptedPromptMessage {
  readonly role: string;
  readonly content: unknown;
}

/** All the model is given to read in one step, oldest message first. */
export type ScriptedPrompt = readonly ScriptedPromptMessage[];

/** Works out an answer from what the model is given to read. */
export type ScriptedAnswerer = (prompt: ScriptedPrompt) => ScriptedAnswer | Promise<ScriptedAnswer>;

/** What `scriptedModel` takes. */
export interface ScriptedModelOptions<M extends AiMajor> {
  /**
   * What to answer: one entry for each step, or one function for them all. A list that is used up
   * makes the next step fail, so that a test notices a step nobody thought of.
   */
  readonly answers: readonly (ScriptedAnswer | ScriptedAnswerer)[] | ScriptedAnswerer;
  /** The `ai` the model is for. Default 7. */
  readonly ai?: M;
}

/** What the AI SDK passes to a model, as far as it matters here. */
export interface ScriptedModelCall {
  readonly prompt: ScriptedPrompt;
  readonly abortSignal?: AbortSignal | undefined;
}

interface VersionOf {
  readonly 5: 'v2';
  readonly 6: 'v3';
  readonly 7: 'v4';
}

/** Why a step ended, in the form of one major. */
export type ScriptedFinishReason<M extends AiMajor> = M extends 5
  ? 'stop' | 'tool-calls'
  : { unified: 'stop' | 'tool-calls'; raw: string | undefined };

/** What a step cost, in tokens, in the form of one major. Made up, but never zero. */
export type ScriptedUsage<M extends AiMajor> = M extends 5
  ? { inputTokens: number; outputTokens: number; totalTokens: number }
  : {
      inputTokens: {
        total: number;
        noCache: number;
        cacheRead: number | undefined;
        cacheWrite: number | undefined;
      };
      outputTokens: { total: number; text: number; reasoning: number | undefined };
    };

/** A finished piece of what the model says. */
export type ScriptedContent =
  | { type: 'text'; text: string }
  | { type: 'tool-call'; toolCallId: string; toolName: string; input: string };

/** What `doGenerate` answers. */
export interface ScriptedResult<M extends AiMajor> {
  content: ScriptedContent[];
  finishReason: ScriptedFinishReason<M>;
  usage: ScriptedUsage<M>;
  warnings: never[];
}

/** A piece of what `doStream` streams, in the order in which providers send them. */
export type ScriptedStreamPart<M extends AiMajor> =
  | { type: 'stream-start'; warnings: never[] }
  | { type: 'response-metadata'; id: string; modelId: string; timestamp: Date }
  | { type: 'text-start'; id: string }
  | { type: 'text-delta'; id: string; delta: string }
  | { type: 'text-end'; id: string }
  | { type: 'tool-input-start'; id: string; toolName: string }
  | { type: 'tool-input-delta'; id: string; delta: string }
  | { type: 'tool-input-end'; id: string }
  | { type: 'tool-call'; toolCallId: string; toolName: string; input: string }
  | { type: 'finish'; finishReason: ScriptedFinishReason<M>; usage: ScriptedUsage<M> };

/** A language model for tests: a `LanguageModelV2`, `V3` or `V4`, by its structure. */
export interface ScriptedModel<M extends AiMajor = AiMajor> {
  readonly specificationVersion: VersionOf[M];
  readonly provider: string;
  readonly modelId: string;
  readonly supportedUrls: Record<string, RegExp[]>;
  /** Copies of the prompts the model was given, one for each step: what it read. */
  readonly prompts: readonly ScriptedPrompt[];
  doGenerate(call: ScriptedModelCall): Promise<ScriptedResult<M>>;
  doStream(call: ScriptedModelCall): Promise<{ stream: ReadableStream<ScriptedStreamPart<M>> }>;
}

/**
 * A language model that answers as it is told, streamed or not, and remembers what it was given to
 * read. It needs no package and no network. Like a provider's, its calls reject with the abort
 * reason once their signal has fired.
 *
 * ```ts
 * const model = scriptedModel({
 *   answers: [{ toolCalls: [{ toolName: 'delete_database', input: { name: 'a' } }] }, 'Done.'],
 * });
 * ```
 */
export function scriptedModel<M extends AiMajor = 7>({
  answers,
  ai,
}: ScriptedModelOptions<M>): ScriptedModel<M> {
  const major = (ai ?? 7) as M;
  const prompts: ScriptedPrompt[] = [];
  let callsMade = 0;

  async function nextResult({
    prompt,
    abortSignal,
  }: ScriptedModelCall): Promise<ScriptedResult<M>> {
    abortSignal?.throwIfAborted();
    prompts.push(structuredClone(prompt));
    const planned = typeof answers === 'function' ? answers : answers[prompts.length - 1];
    if (planned === undefined) {
      throw new Error(
        `The scripted model has no answer for step ${prompts.length}: give it one more in \`answers\`.`,
      );
    }
    const answer = typeof planned === 'function' ? await planned(prompt) : planned;
    const { text, toolCalls = [] } = typeof answer === 'string' ? { text: answer } : answer;
    const content: ScriptedContent[] = text ? [{ type: 'text', text }] : [];
    for (const { toolName, input = {}, toolCallId } of toolCalls) {
      callsMade += 1;
      content.push({
        type: 'tool-call',
        toolCallId: toolCallId ?? `call-${callsMade}`,
        toolName,
        input: JSON.stringify(input),
      });
    }
    return {
      content,
      finishReason: finishReason(major, toolCalls.length > 0 ? 'tool-calls' : 'stop'),
      usage: usage(major),
      warnings: [],
    };
  }

  return {
    specificationVersion: ({ 5: 'v2', 6: 'v3', 7: 'v4' } as const)[major] as VersionOf[M],
    provider: 'ai-sentinel',
    modelId: 'scripted',
    supportedUrls: {},
    prompts,
    doGenerate: nextResult,
    async doStream(call) {
      const parts = streamParts(await nextResult(call), prompts.length);
      const stream = new ReadableStream<ScriptedStreamPart<M>>({
        pull(controller) {
          const { value, done } = parts.next();
          if (done) controller.close();
          else controller.enqueue(value);
        },
      });
      return { stream };
    },
  };
}

function finishReason<M extends AiMajor>(
  major: M,
  reason: 'stop' | 'tool-calls',
): ScriptedFinishReason<M> {
  const given = major === 5 ? reason : { unified: reason, raw: reason };
  return given as ScriptedFinishReason<M>;
}

function usage<M extends AiMajor>(major: M): ScriptedUsage<M> {
  const given =
    major === 5
      ? { inputTokens: 10, outputTokens: 5, totalTokens: 15 }
      : {
          inputTokens: { total: 10, noCache: 10, cacheRead: undefined, cacheWrite: undefined },
          outputTokens: { total: 5, text: 5, reasoning: undefined },
        };
  return given as ScriptedUsage<M>;
}

function* streamParts<M extends AiMajor>(
  { content, finishReason, usage }: ScriptedResult<M>,
  step: number,
): Generator<ScriptedStreamPart<M>> {
  yield { type: 'stream-start', warnings: [] };
  const timestamp = new Date(0);
  yield { type: 'response-metadata', id: `response-${step}`, modelId: 'scripted', timestamp };
  for (const [index, piece] of content.entries()) {
    if (piece.type === 'text') {
      const id = `text-${step}-${index}`;
      yield { type: 'text-start', id };
      for (const delta of inPieces(piece.text)) yield { type: 'text-delta', id, delta };
      yield { type: 'text-end', id };
      continue;
    }
    const { toolCallId: id, toolName, input } = piece;
    yield { type: 'tool-input-start', id, toolName };
    for (const delta of inPieces(input)) yield { type: 'tool-input-delta', id, delta };
    yield { type: 'tool-input-end', id };
    yield piece;
  }
  yield { type: 'finish', finishReason, usage };
}

/** Word by word, as a model's tokens come. */
function inPieces(text: string): readonly string[] {
  return text.match(/\s*\S+\s*$|\s*\S+/g) ?? [text];
}
