import { AsyncLocalStorage } from 'node:async_hooks';
import type { ConversationMessage } from '../approvals/justification.ts';

/** As much as helps an approver; a request is no archive of the chat. */
const MOST_MESSAGES = 20;
const LONGEST_MESSAGE = 2000;

/** What the model has said so far in the step that is going on, and which calls it has made. */
interface Step {
  words: string;
  calls: Set<unknown>;
}

const steps = new AsyncLocalStorage<Step>();

/**
 * The conversation before a call, oldest first: what people and the assistant said, without tools'
 * inputs and results. The AI SDK hands a tool the messages up to the step that called it; what the
 * model said in that very step is there where `listening` heard it, and else an empty message stands
 * for it, so that words of an earlier step are not taken for a reason of this call.
 */
export function conversationBefore(
  messages: unknown,
  toolCallId: string | undefined,
): readonly ConversationMessage[] {
  const said = recent(Array.isArray(messages) ? messages : []);
  const step = steps.getStore();
  // Within a tool, an agent of its own may be at work, whose calls nobody listens to.
  const words = step?.calls.has(toolCallId) ? step.words.trim() : '';
  return words !== '' || said.at(-1)?.role === 'assistant'
    ? [...said, { role: 'assistant', text: clipped(words) }]
    : said;
}

/** The last that was said, and what the user said last, however long the assistant went on since. */
function recent(messages: readonly unknown[]): ConversationMessage[] {
  const said: ConversationMessage[] = [];
  for (const message of messages.toReversed()) {
    const hasUser = said.some(({ role }) => role === 'user');
    if (said.length >= MOST_MESSAGES && hasUser) break;
    const text = spoken(message);
    if (text && (said.length < MOST_MESSAGES || text.role === 'user')) said.unshift(text);
  }
  return said;
}

/** Runs `use` with the model, listening to what it says, so that its words reach its tools' calls. */
export function listening<T>(model: unknown, use: (model: unknown) => T): T {
  const step: Step = { words: '', calls: new Set() };
  return steps.run(step, () => use(heard(model, step)));
}

/**
 * The model, with its two ways of answering listened to. Stands before an empty object, since a
 * proxy may not answer otherwise than a frozen target would. A model given by name is the SDK's to
 * resolve, and cannot be listened to.
 */
function heard(model: unknown, step: Step): unknown {
  if (typeof model !== 'object' || model === null) return model;
  return new Proxy(Object.create(Object.getPrototypeOf(model)), {
    get(_, property) {
      const value: unknown = Reflect.get(model, property, model);
      if (typeof value !== 'function') return value;
      if (property === 'doGenerate') {
        return async (options: unknown) => {
          const result = await value.call(model, options);
          step.words = textOf(result?.content);
          step.calls = new Set(callsIn(result?.content));
          return result;
        };
      }
      if (property === 'doStream') {
        return async (options: unknown) => {
          step.words = '';
          step.calls = new Set();
          const result = await value.call(model, options);
          return { ...result, stream: result.stream.pipeThrough(listener(step)) };
        };
      }
      return value.bind(model);
    },
    has: (_, property) => Reflect.has(model, property),
    ownKeys: () => Reflect.ownKeys(model),
    getOwnPropertyDescriptor(_, property) {
      const descriptor = Reflect.getOwnPropertyDescriptor(model, property);
      return descriptor && { ...descriptor, configurable: true };
    },
  });
}

function listener(step: Step): TransformStream<unknown, unknown> {
  return new TransformStream({
    transform(part, controller) {
      const { type, delta, toolCallId } = (part ?? {}) as Readonly<Record<string, unknown>>;
      if (type === 'text-delta' && typeof delta === 'string') step.words += delta;
      if (type === 'tool-call') step.calls.add(toolCallId);
      controller.enqueue(part);
    },
  });
}

function spoken(message: unknown): ConversationMessage | undefined {
  const { role, content } = (message ?? {}) as { role?: unknown; content?: unknown };
  if (role !== 'user' && role !== 'assistant') return undefined;
  const text = typeof content === 'string' ? content : textOf(content);
  return text.trim() === '' ? undefined : { role, text: clipped(text) };
}

function textOf(content: unknown): string {
  if (!Array.isArray(content)) return '';
  return content
    .flatMap((part) => (part?.type === 'text' && typeof part.text === 'string' ? [part.text] : []))
    .join('\n');
}

function callsIn(content: unknown): unknown[] {
  if (!Array.isArray(content)) return [];
  return content.flatMap((part) => (part?.type === 'tool-call' ? [part.toolCallId] : []));
}

/** Said when cut; half a surrogate pair would be no text any more. */
function clipped(text: string): string {
  return text.length > LONGEST_MESSAGE
    ? `${text.slice(0, LONGEST_MESSAGE).toWellFormed()}… (${text.length - LONGEST_MESSAGE} more characters)`
    : text.toWellFormed();
}
