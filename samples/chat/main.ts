// A chat whose agent wants to do dangerous things, and the panel where a person decides about them.
//
//   npm start
//
//   PORT             where to listen on 127.0.0.1; default 3000, or any if that is taken
//   OPENAI_API_KEY   use OpenAI in place of the scripted model; OPENAI_MODEL says which
//   APPROVER         who the panel takes you for; default bo
//   APPROVAL_WAIT    how long a call waits for a person; default 5m

import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSentinel, type Duration } from 'ai-sentinel';
import { createApp } from './app.ts';
import { createDatabases } from './databases.ts';
import { chooseModel } from './model.ts';
import { approverOf, CALLER } from './people.ts';
import { createRules } from './rules.ts';
import { createTools } from './tools.ts';

const { env } = process;

const server = createServer();
const origin = await listen(server, env.PORT);

const folder = mkdtempSync(join(tmpdir(), 'ai-sentinel-chat-'));
const file = join(folder, 'databases.sqlite');
const databases = createDatabases(file);
const sentinel = createSentinel({
  rules: createRules(databases, (env.APPROVAL_WAIT as Duration) || '5m'),
  approvalUrl: `${origin}/approvals/#/r/{id}`,
});
const tools = createTools(databases);
const model = chooseModel(env);
const approver = approverOf(env);
const stopping = new AbortController();
const app = createApp({ sentinel, tools, model, approver, stopping: stopping.signal });
server.on('request', app);

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);

console.log(`
  Chat       ${origin}/
  Approvals  ${origin}/approvals/
  Databases  ${file}
  Model      ${model.label}${model.isScripted ? ' (set OPENAI_API_KEY to use OpenAI)' : ''}

  In the chat you are ${CALLER.id}; in the panel you are ${approver.id}, because nobody may approve
  what was asked in their own name. A real app takes both from its login: see samples/chat/people.ts.
`);

/** Twice is once: npm passes on a Ctrl+C that came by itself already. */
async function stop(): Promise<void> {
  // What waits for a person is withdrawn while the store is still open.
  stopping.abort();
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
  await sentinel.close();
  databases.close();
  rmSync(folder, { recursive: true, force: true });
}

/** Answers with the origin. This machine's own address only: nobody signs in here. */
async function listen(on: Server, port: string | undefined): Promise<string> {
  const listening = (wanted: number) =>
    new Promise<void>((resolve, reject) => {
      on.once('error', reject);
      on.listen(wanted, '127.0.0.1', () => {
        on.off('error', reject);
        resolve();
      });
    });
  if (port) await listening(Number(port));
  else await listening(3000).catch(() => listening(0));
  return `http://127.0.0.1:${(on.address() as AddressInfo).port}`;
}
