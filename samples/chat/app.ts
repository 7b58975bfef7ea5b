import { join } from 'node:path';
import { pipeUIMessageStreamToResponse } from 'ai';
import type { Approver } from 'ai-sentinel';
import { approvalsRouter } from 'ai-sentinel/express';
import express, { type Express } from 'express';
import { z } from 'zod';
import { type AssistantOptions, answerStream } from './assistant.ts';
import { rememberedConversations } from './conversations.ts';
import { localOnly } from './local-only.ts';
import { pageFiles } from './page-files.ts';
import { CALLER } from './people.ts';
import type { About, ChatRequest } from './wire.ts';

/** Less than browsers and proxies wait before they take a silent connection for dead. */
const KEEP_ALIVE_MS = 15_000;

const chatRequest: z.ZodType<ChatRequest> = z.object({
  chatId: z.string().min(1).max(100),
  text: z.string().trim().min(1).max(4000),
});

/** What the app needs. */
export interface AppOptions extends AssistantOptions {
  /** Who decides in the panel. */
  readonly approver: Approver;
  /** Fires when the server stops: every answer on its way ends. */
  readonly stopping: AbortSignal;
}

/** The chat page, its server, and the panel where waiting calls are decided. */
export function createApp(options: AppOptions): Express {
  const { sentinel, model, approver, stopping } = options;
  const conversationOf = rememberedConversations();
  const app = express();
  app.disable('x-powered-by');
  app.use(localOnly);

  // A real app looks its own login up here. The panel's own scripts and rules come with the router.
  app.use('/approvals', approvalsRouter({ sentinel, authenticate: () => approver }));

  app.get('/about', (_, response) => {
    response.json({
      model: model.label,
      caller: CALLER.id,
      approver: approver.id,
      panel: '/approvals/',
    } satisfies About);
  });

  app.post('/chat', express.json({ limit: '64kb' }), async (request, response) => {
    const { success, data } = chatRequest.safeParse(request.body);
    if (!success) {
      response.status(400).type('text').send('Write between 1 and 4,000 characters.');
      return;
    }
    const conversation = conversationOf(data.chatId);
    // Nobody is there to read the answer any more: stop, and withdraw what waits for a person.
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const signal = AbortSignal.any([gone.signal, stopping]);

    const before = conversation.answered;
    const { promise, resolve } = Promise.withResolvers<void>();
    conversation.answered = promise;
    await before;
    try {
      if (signal.aborted) return;
      conversation.messages.push({ role: 'user', content: data.text });
      await pipeUIMessageStreamToResponse({
        response,
        stream: answerStream(options, conversation.messages, signal),
        keepAliveMs: KEEP_ALIVE_MS,
      });
    } finally {
      resolve();
    }
  });

  app.use(pageFiles(join(import.meta.dirname, 'page')));
  return app;
}
