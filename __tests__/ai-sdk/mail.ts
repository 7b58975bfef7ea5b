import { memoryStore, requireApproval } from 'ai-sentinel';
import { fakeClock, type ScriptedAnswer, scriptedModel } from 'ai-sentinel/testing';
import { z } from 'zod';
import type { Door } from './doors.ts';
import { approving } from './people.ts';

export const CALL = { toolCalls: [{ toolName: 'send', input: { to: 'all' } }] };

/** A door with a mail tool behind it that remembers how it was called. */
export function mailDoor({ major }: Door, answers: readonly ScriptedAnswer[] = [CALL, 'Sent.']) {
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
