// A real Chromium for tests: the one that comes as a package where it runs (Linux, x64), else
// Playwright's own, else the system's.

import { existsSync } from 'node:fs';
import { mkdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Browser, chromium } from 'playwright-core';

/** Nothing but the pages under test: no updates, no look-ups, no first-run pages. */
const QUIET = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-default-apps',
  '--disable-domain-reliability',
  '--disable-sync',
  '--no-first-run',
  '--no-pings',
  // A name that is not this machine's is not even looked up.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1',
  // Pictures look alike wherever they are taken.
  '--font-render-hinting=none',
  '--force-color-profile=srgb',
];

/** Starts a browser. Whoever opens it closes it. */
export async function openBrowser(): Promise<Browser> {
  const packaged = await packagedChromium();
  const executablePath = packaged ?? ownChromium();
  return chromium.launch({
    ...(executablePath === undefined ? { channel: 'chrome' } : { executablePath }),
    args: [...QUIET, ...(process.getuid?.() === 0 || packaged ? ['--no-sandbox'] : [])],
  });
}

async function packagedChromium(): Promise<string | undefined> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined;
  const { default: packaged } = await import('@sparticuz/chromium');
  // It is unpacked where the first to ask puts it, and half a browser looks like one.
  return oneAtATime(() => packaged.executablePath());
}

function ownChromium(): string | undefined {
  return [chromium.executablePath(), '/usr/bin/chromium', '/usr/bin/chromium-browser'].find(
    (path) => path !== '' && existsSync(path),
  );
}

const lock = join(tmpdir(), 'ai-sentinel-chromium.lock');
/** Unpacking takes seconds; a lock this old is of a process that was killed. */
const STALE_MS = 60_000;

async function oneAtATime<T>(work: () => Promise<T>): Promise<T> {
  while (!(await takeLock())) await sleep(100);
  try {
    return await work();
  } finally {
    await rm(lock, { recursive: true, force: true });
  }
}

async function takeLock(): Promise<boolean> {
  try {
    await mkdir(lock);
    return true;
  } catch {
    const age = await stat(lock).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    );
    if (age > STALE_MS) await rm(lock, { recursive: true, force: true });
    return false;
  }
}
