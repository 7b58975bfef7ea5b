import type { AuthorizationChatClient, ToolMap } from 'ai-sentinel';
import type { ScriptedModel, ScriptedPrompt } from 'ai-sentinel/testing';
import { type Ai, type Generated, type Major, majors, type Part, type Streamed } from './majors.ts';

/** A client of these tests. */
export type Client = AuthorizationChatClient<ToolMap, Ai>;

/** What came of a conversation. */
export interface Transcript {
  readonly text: string;
  readonly results: readonly Part[];
  /** What streaming tools said before their last word. */
  readonly preliminary: readonly Part[];
  /** Of tools that threw. */
  readonly errors: readonly Part[];
}

/** A way in which a gated tool gets called. */
export interface Door {
  readonly name: string;
  readonly major: Major;
  readonly streams: boolean;
  /** Whether the client's own functions are used, which hear what the model says. */
  readonly listens: boolean;
  /** Talks until the model has said its last word. */
  talk(client: Client, options: TalkOptions): Promise<Transcript>;
}

/** Options of `generateText` and `streamText`. */
export interface TalkOptions {
  readonly model: ScriptedModel;
  /** Default: a user's question about old logs. */
  readonly prompt?: string | undefined;
  readonly abortSignal?: AbortSignal;
  readonly [option: string]: unknown;
}

export const QUESTION = 'Please get rid of the old logs.';

/** Every major, streamed and not, through the client's functions and through the app's own. */
export const doors: readonly Door[] = majors.flatMap((major) =>
  [true, false].flatMap((listens) =>
    [false, true].map((streams) => {
      const verb = streams ? 'streamText' : 'generateText';
      const whose = listens ? 'client.' : 'own ';
      return {
        name: `ai ${major.major}, ${whose}${verb}`,
        major,
        streams,
        listens,
        talk: (client: Client, options: TalkOptions) => {
          const bound = client as Pick<Ai, 'generateText' | 'streamText'>;
          const given = {
            prompt: QUESTION,
            stopWhen: major.ai.stepCountIs(10),
            ...options,
            ...(!listens && { tools: client.tools }),
          };
          const ai = listens ? bound : major.ai;
          return streams
            ? transcriptOfStream(ai.streamText({ onError: () => {}, ...given }))
            : ai.generateText(given).then(transcriptOf);
        },
      };
    }),
  ),
);

export function transcriptOf({ text, steps }: Generated): Transcript {
  return sorted(
    text,
    steps.flatMap(({ content }) => content),
  );
}

/** @throws what the stream says went wrong, as `generateText` would */
export async function transcriptOfStream(streamed: Streamed): Promise<Transcript> {
  const parts: Part[] = [];
  for await (const part of streamed.fullStream) {
    if (part.type === 'error') throw part.error;
    if (part.type === 'abort') throw new DOMException('aborted', 'AbortError');
    parts.push(part);
  }
  return sorted(await streamed.text, parts);
}

function sorted(text: string, parts: readonly Part[]): Transcript {
  const results = parts.filter(({ type }) => type === 'tool-result');
  return {
    text,
    results: results.filter(({ preliminary }) => !preliminary),
    preliminary: results.filter(({ preliminary }) => preliminary),
    errors: parts.filter(({ type }) => type === 'tool-error'),
  };
}

/** What the model reads of its tools' calls: the outputs in a prompt, oldest first. */
export function outputsIn(prompt: ScriptedPrompt | undefined): readonly unknown[] {
  return (prompt ?? []).flatMap(({ role, content }) =>
    role === 'tool' ? (content as { output: unknown }[]).map(({ output }) => output) : [],
  );
}
