// The chat sample as its reader starts it: a process of its own, on a free port.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';

const root = resolve(import.meta.dirname, '../..');

/** The sample, running. */
export interface ChatSample {
  readonly origin: string;
  /** The names of the databases that are in its file now. */
  databases(): string[];
  /** How the request stands, as the panel's API says. */
  statusOf(requestId: string): Promise<string>;
  /** Ends it as Ctrl+C does; answers with how it ended and what it complained about. */
  stop(): Promise<{ readonly code: number | null; readonly complaints: string }>;
}

/** Starts the sample; answers once it listens. */
export async function startChat(env: Record<string, string> = {}): Promise<ChatSample> {
  const { OPENAI_API_KEY: _, APPROVER: __, ...inherited } = process.env;
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', 'samples/chat/main.ts'],
    { cwd: root, env: { ...inherited, PORT: '0', ...env }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const output = await outputUntil(child, /Model .+\n/);
  const complaints = collected(child);
  const origin = /http:\/\/127\.0\.0\.1:\d+/.exec(output)?.[0] ?? '';
  const file = /Databases +(.+)/.exec(output)?.[1] ?? '';
  return {
    origin,
    databases() {
      const sqlite = new Database(file, { readonly: true, fileMustExist: true });
      try {
        return sqlite
          .prepare<[], string>(`SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name`)
          .pluck()
          .all();
      } finally {
        sqlite.close();
      }
    },
    async statusOf(requestId) {
      const response = await fetch(`${origin}/approvals/api/v1/approvals/${requestId}`);
      return ((await response.json()) as { status: string }).status;
    },
    async stop() {
      const closed = once(child, 'close');
      child.kill('SIGINT');
      const [code] = (await closed) as [number | null];
      return { code, complaints: complaints() };
    },
  };
}

/** The answer of `ask` once it is the `wanted` one, or what it is after five seconds. */
export async function eventually<T>(ask: () => Promise<T>, wanted: T): Promise<T> {
  const deadline = Date.now() + 5000;
  for (;;) {
    const answer = await ask();
    if (answer === wanted || Date.now() > deadline) return answer;
    await sleep(20);
  }
}

function collected(child: ChildProcess): () => string {
  let text = '';
  child.stderr?.setEncoding('utf8').on('data', (more: string) => {
    text += more;
  });
  return () => text;
}

async function outputUntil(child: ChildProcess, pattern: RegExp): Promise<string> {
  let text = '';
  const complaints = collected(child);
  const closed = once(child, 'close').then(() => {
    throw new Error(`The sample ended by itself:\n${text}${complaints()}`);
  });
  const said = new Promise<string>((done) => {
    child.stdout?.setEncoding('utf8').on('data', (more: string) => {
      text += more;
      if (pattern.test(text)) done(text);
    });
  });
  // Once it has spoken, its end is no news here.
  closed.catch(() => {});
  return Promise.race([said, closed]);
}
