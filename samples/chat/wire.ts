// What the page and the server say to each other.

import type { UIMessageChunk } from 'ai';

/** What the page posts. The server keeps the conversation, so a page can put words in no mouth. */
export interface ChatRequest {
  readonly chatId: string;
  readonly text: string;
}

/** How it stands with the approval that a tool call waits for, or waited. */
export interface ApprovalNotice {
  readonly toolCallId: string;
  /** The request in the panel. */
  readonly url: string;
  /** When the call gives up waiting, in milliseconds since 1970. */
  readonly waitsUntil: number;
  readonly status: 'waiting' | 'approved' | 'rejected' | 'unanswered' | 'withdrawn' | 'failed';
  /** Who decided. */
  readonly by?: string;
  /** What they said about it. */
  readonly words?: string;
}

/** The AI SDK's UI message stream, with our notices as data parts. */
export type ChatChunk = UIMessageChunk<unknown, { approval: ApprovalNotice }>;

/** What the page shows about the server. */
export interface About {
  readonly model: string;
  readonly caller: string;
  readonly approver: string;
  readonly panel: string;
}
