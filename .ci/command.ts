import { spawn } from 'node:child_process';
import { delimiter, join, resolve } from 'node:path';

export const root = resolve(import.meta.dirname, '..');

export interface Outcome {
  ok: boolean;
  /** stdout and stderr, in the order they came. */
  output: string;
}

interface CommandOptions {
  cwd?: string;
  env?: Record<string, string>;
  /** Pass stderr on as it comes, for a command that takes minutes. */
  live?: boolean;
}

/** Runs a command; a command that cannot be started is one that failed. Never rejects. */
export function command(
  file: string,
  args: string[],
  { cwd = root, env = {}, live = false }: CommandOptions = {},
): Promise<Outcome> {
  // Also when started without npm: the project's own tools, and its Node, which may be newer than
  // the machine's.
  const PATH = [join(root, 'node_modules', '.bin'), process.env.PATH].join(delimiter);
  const child = spawn(file, args, {
    cwd,
    env: { ...process.env, ...env, PATH },
    stdio: ['ignore', 'pipe', live ? 'inherit' : 'pipe'],
  });

  const output: string[] = [];
  child.stdout?.setEncoding('utf8').on('data', (text: string) => output.push(text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => output.push(text));

  return new Promise((done) => {
    child.on('error', (error) => done({ ok: false, output: `${error.message}\n` }));
    child.on('close', (code, signal) => {
      if (signal) output.push(`${file} was ended by ${signal}\n`);
      done({ ok: code === 0, output: output.join('') });
    });
  });
}
