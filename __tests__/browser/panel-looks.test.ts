import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { openBrowser } from './chromium.ts';
import { deletion, others, refund, rules } from './panel-requests.ts';
import { openStage, people, type Stage, visit } from './panel-stage.ts';

jest.setTimeout(120_000);

let browser: Browser;
let stage: Stage;
/** Where the pictures are, to be looked at: PANEL_PICTURES, else a folder in the system's temp. */
let pictures: string;
let refundId: string;
let deletionId: string;
let grantedId: string;

beforeAll(async () => {
  pictures = process.env.PANEL_PICTURES ?? (await mkdtemp(join(tmpdir(), 'ai-sentinel-panel-')));
  browser = await openBrowser();
  stage = await openStage(rules);
  const rejected = await stage.ask(deletion);
  await stage.store.admin.reject(rejected, { approver: people.carol, reason: 'Not on a Friday' });
  const granted = { ...refund, caller: { id: 'dan', roles: [] } };
  grantedId = await stage.ask(granted);
  await stage.store.admin.approve(grantedId, { approver: people.bo, maxUses: 3 });
  deletionId = await stage.ask(deletion);
  refundId = await stage.ask(refund);
  for (const call of others) await stage.ask(call);
});
afterAll(async () => {
  await browser.close();
  await stage.close();
});

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly target: unknown; readonly failureSummary?: string }[];
}

/** What axe finds; evaluated over the debugger's protocol, which the page's policy does not bind. */
async function violations(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  const found = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run: () => Promise<{ violations: Violation[] }> };
    };
    return (await axe.run()).violations;
  });
  return found.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} ${String(target)}: ${failureSummary}`),
  );
}

/** What is wider than the window, or cut off inside its own box. */
async function clipped(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => {
    const tooWide = document.documentElement.scrollWidth > innerWidth;
    const cut = [...document.querySelectorAll<HTMLElement>('.telling, .title, .button, .covers')]
      .filter((box) => box.clientWidth > 0 && box.scrollWidth > box.clientWidth + 1)
      .map((box) => `${box.className}: ${box.textContent}`);
    return tooWide ? ['the page is wider than the window', ...cut] : cut;
  });
}

const views = [
  'inbox',
  'request',
  'critical',
  'reject',
  'joined',
  'granted',
  'history',
  'unknown',
] as const;

async function show(page: Page, view: (typeof views)[number]): Promise<void> {
  const hash = {
    inbox: '#/',
    request: `#/r/${refundId}`,
    critical: `#/r/${deletionId}`,
    reject: `#/r/${refundId}`,
    joined: `#/r/${view === 'joined' ? await askJoinable() : ''}`,
    granted: `#/r/${grantedId}`,
    history: '#/history',
    unknown: '#/r/req-none',
  }[view];
  await page.goto(stage.url + hash);
  const ready = { inbox: '.telling', history: '.outcome', unknown: '.blank' }[view as 'inbox'];
  await page
    .locator(ready ?? '.fields')
    .first()
    .waitFor();
  if (view === 'reject') {
    await page.locator('#decision').getByRole('button', { name: 'Reject…' }).click();
  }
  await page.getByText('Live', { exact: true }).waitFor({ state: 'attached' });
  if (view === 'joined') {
    await stage.ask(joining(joinable, { amount: 99_000, currency: 'EUR' }));
    await page.getByRole('heading', { name: /^Another input joined/ }).waitFor();
  }
}

let joinable = 0;
const joining = (n: number, input: unknown) => ({
  toolName: 'refund_payment',
  caller: { id: `joiner-${n}`, roles: [] },
  input,
});

/** A request of its own for each picture, that another input can join. */
async function askJoinable(): Promise<string> {
  joinable += 1;
  return stage.ask(joining(joinable, { amount: 12, currency: 'EUR' }));
}

describe.each(['light', 'dark'] as const)('in the %s theme', (theme) => {
  it.each([1440, 768, 360])('nothing is wrong, cut off or forbidden at %d px', async (width) => {
    const height = width === 360 ? 780 : 900;
    const { page, complaints, close } = await visit(browser, stage.url, { width, height, theme });
    const found: string[] = [];
    for (const view of views) {
      await show(page, view);
      await page.screenshot({ path: join(pictures, `${view}-${width}-${theme}.png`) });
      found.push(...(await violations(page)).map((what) => `${view}: ${what}`));
      found.push(...(await clipped(page)).map((what) => `${view}: ${what}`));
    }
    await close();
    expect(found).toEqual([]);
    expect(complaints.filter((complaint) => !complaint.includes('404'))).toEqual([]);
  });
});

describe('by keyboard alone', () => {
  it('a request is found, opened, narrowed and approved', async () => {
    const { page, close } = await visit(browser, stage.url);
    await page.getByRole('link', { name: 'run_command' }).focus();
    await page.keyboard.press('Enter');
    const heading = page.getByRole('heading', { name: 'claude-code:marek wants to call' });
    await heading.waitFor();
    await page.waitForFunction(() => document.activeElement?.tagName === 'H1');
    await page.getByLabel('As asked').focus();
    await page.keyboard.press('ArrowDown');
    await page.locator('.covers').getByText('This call, once.').waitFor();
    await page.waitForTimeout(600);
    await page.keyboard.press('Control+Enter');
    await page.getByText('You approved run_command').waitFor();
    await close();
  });
});
