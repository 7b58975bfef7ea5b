import {
  createUIMessageStream,
  isStepCount,
  type ModelMessage,
  smoothStream,
  type ToolSet,
  toUIMessageStream,
  type UIMessage,
} from 'ai';
import { type ApprovalSettledNotice, authorizationChatClient, type Sentinel } from 'ai-sentinel';
import type { ChosenModel } from './model.ts';
import { CALLER } from './people.ts';
import type { createTools } from './tools.ts';
import type { ApprovalNotice, ChatChunk } from './wire.ts';

const INSTRUCTIONS = `You look after a small company's databases and payments.
Before you call a tool that changes something, say in one sentence what you are about to do and why:
the people who approve it read that. When a call is refused, say so, quote the reason word for word,
and do not try again unasked. Answer briefly, in plain text.`;

const MOST_STEPS = 8;

type ChatMessage = UIMessage<unknown, { approval: ApprovalNotice }>;

/** What answering needs. */
export interface AssistantOptions {
  readonly sentinel: Sentinel;
  readonly tools: ReturnType<typeof createTools>;
  readonly model: ChosenModel;
}

/**
 * Answers the conversation's last message, as a stream of the AI SDK. While a tool call waits for a
 * person, the stream says so; what was said in the end is added to the conversation.
 */
export function answerStream(
  { sentinel, tools, model }: AssistantOptions,
  conversation: ModelMessage[],
  signal: AbortSignal,
): ReadableStream<ChatChunk> {
  return createUIMessageStream<ChatMessage>({
    onError: errorInWords,
    execute({ writer }) {
      const waiting = new Map<string, ApprovalNotice>();

      /** A part with the id of an earlier one takes its place on the page. */
      const tell = (requestId: string, data: ApprovalNotice) =>
        writer.write({ type: 'data-approval', id: `${data.toolCallId} ${requestId}`, data });

      const chat = authorizationChatClient({
        sentinel,
        tools,
        model: model.create(),
        caller: CALLER,
        // A denial becomes a tool's result: the model reads why, and goes on.
        onDenied: 'return',
        onApprovalRequired({ requestId, approvalUrl, toolCallId = '', waitTimeoutMs }) {
          const waitsUntil = Date.now() + waitTimeoutMs;
          const notice = { toolCallId, url: approvalUrl, waitsUntil, status: 'waiting' } as const;
          waiting.set(requestId + toolCallId, notice);
          tell(requestId, notice);
        },
        async onApprovalSettled(settled) {
          const { requestId, toolCallId = '' } = settled;
          const notice = waiting.get(requestId + toolCallId);
          if (!notice) return;
          const decision = (await sentinel.store.requests.get(requestId))?.decision;
          tell(requestId, {
            ...notice,
            status: statusAfter(settled),
            ...(decision && { by: decision.by.name ?? decision.by.id }),
            ...(decision?.note !== undefined && { words: decision.note }),
          });
        },
      });

      const { stream } = chat.streamText({
        instructions: INSTRUCTIONS,
        messages: conversation,
        stopWhen: isStepCount(MOST_STEPS),
        abortSignal: signal,
        // A script would say everything at once.
        ...(model.isScripted && { experimental_transform: smoothStream({ delayInMs: 15 }) }),
        onEnd: ({ responseMessages }) => {
          conversation.push(...responseMessages);
        },
        onError: ({ error }) => {
          if (!signal.aborted) console.error(`The model failed: ${errorInWords(error)}`);
        },
      });
      writer.merge(toUIMessageStream<ToolSet, ChatMessage>({ stream, onError: errorInWords }));
    },
  });
}

function statusAfter({ outcome, code }: ApprovalSettledNotice): ApprovalNotice['status'] {
  if (outcome === 'approved') return 'approved';
  if (outcome === 'aborted') return 'withdrawn';
  switch (code) {
    case 'approval_rejected':
      return 'rejected';
    case 'approval_timeout':
    case 'approval_expired':
      return 'unanswered';
    case 'approval_cancelled':
    case 'approval_revoked':
      return 'withdrawn';
    default:
      return 'failed';
  }
}

/** Shown as it is: whoever sees this page has started the server. */
function errorInWords(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
