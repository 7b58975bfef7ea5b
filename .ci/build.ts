// Builds dist: the library, the SQL that it reads at run time, and the panel. Does only what has
// changed, because `npm start` runs it each time. With --quiet it speaks only when it fails.

import { copyFile, glob, mkdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { command, type Outcome, root } from './command.ts';

const quiet = process.argv.includes('--quiet');

const lib = join(root, 'lib');
const dist = join(root, 'dist');
const panel = join(dist, 'panel');

async function buildLibrary(): Promise<Outcome> {
  const outcome = await command('tsc', ['-p', 'lib']);
  if (outcome.ok) {
    await copySql();
    await removeLeftovers();
  }
  return outcome;
}

async function copySql(): Promise<void> {
  for await (const file of glob('**/*.sql', { cwd: lib })) {
    await mkdir(dirname(join(dist, file)), { recursive: true });
    await copyFile(join(lib, file), join(dist, file));
  }
}

/** What a source left behind that is there no more; the package would ship it. */
async function removeLeftovers(): Promise<void> {
  for await (const file of glob('**/*.{js,d.ts,sql}', { cwd: dist, exclude: ['panel/**'] })) {
    const source = join(lib, file.replace(/(\.d\.ts|\.js)$/, '.ts'));
    if (!(await modified(source))) await rm(join(dist, file));
  }
}

async function buildPanel(): Promise<Outcome> {
  return (await panelIsFresh())
    ? { ok: true, output: 'The panel has not changed.\n' }
    : command('vite', ['build', 'dashboard']);
}

async function panelIsFresh(): Promise<boolean> {
  // Folders count too: their time changes when a file in them is removed.
  const sources = [await modified(join(root, 'dashboard'))];
  for await (const file of glob('dashboard/**', { cwd: root })) {
    sources.push(await modified(join(root, file)));
  }
  sources.push(await modified(join(root, 'package-lock.json')));

  const built: number[] = [];
  for await (const file of glob('**/*.*', { cwd: panel })) {
    built.push(await modified(join(panel, file)));
  }
  return built.length > 0 && Math.min(...built) > Math.max(...sources);
}

/** When a file was last changed, in milliseconds since 1970; 0 when there is none. */
async function modified(file: string): Promise<number> {
  return (await stat(file).catch(() => undefined))?.mtimeMs ?? 0;
}

for (const build of [buildLibrary, buildPanel]) {
  const { ok, output } = await build();
  if (!quiet || !ok) process.stdout.write(output);
  if (!ok) process.exitCode = 1;
}
