import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import axe from 'axe-core';
import type { Browser, Locator, Page } from 'playwright-core';
import { type ChatSample, eventually, startChat } from '../samples/chat-sample.ts';
import { openBrowser } from './chromium.ts';
import { type Visit, visit } from './panel-stage.ts';

const MOST_MS = 60_000;

let browser: Browser;
let sample: ChatSample;
let chat: Visit;

beforeAll(async () => {
  browser = await openBrowser();
}, MOST_MS);

afterAll(() => browser.close());

beforeEach(async () => {
  sample = await startChat();
  chat = await visit(browser, sample.origin);
  // The panel opens in a tab of its own, whose complaints count as well.
  chat.page.context().on('page', (panel) => {
    panel.on('pageerror', (error) => chat.complaints.push(String(error)));
    panel.on('console', (message) => {
      if (message.type() === 'error') chat.complaints.push(message.text());
    });
  });
}, MOST_MS);

afterEach(async () => {
  await chat.close();
  expect(await sample.stop()).toEqual({ code: 0, complaints: '' });
  expect(chat.complaints).toEqual([]);
});

async function say(words: string): Promise<void> {
  await chat.page.getByRole('button', { name: 'Send' }).waitFor();
  await chat.page.getByLabel('Message').fill(words);
  await chat.page.getByLabel('Message').press('Enter');
}

const card = () => chat.page.getByRole('group', { name: 'Call of delete_database' });
const link = () => card().getByRole('link', { name: 'Decide in the panel' });

/** What the assistant said, the wait in between left out. */
const lastWords = () => chat.page.locator('.answer .said').last();

async function requestId(): Promise<string> {
  const href = (await link().getAttribute('href')) ?? '';
  expect(href).toMatch(new RegExp(`^${sample.origin}/approvals/#/r/req-[0-9a-f]{32}$`));
  return href.slice(href.lastIndexOf('/') + 1);
}

async function followLink(): Promise<Page> {
  const [panel] = await Promise.all([chat.page.context().waitForEvent('page'), link().click()]);
  panel.setDefaultTimeout(10_000);
  await panel.getByRole('heading', { name: /alice.*delete_database/ }).waitFor();
  return panel;
}

/** The panel takes no press for half a second after something new is shown. */
async function pressUntil(button: Locator, done: Locator): Promise<void> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    await button.click({ timeout: 1000 }).catch(() => {});
    const isDone = await done.waitFor({ timeout: 200 }).then(
      () => true,
      () => false,
    );
    if (isDone) return;
    if (Date.now() > deadline) throw new Error(`Pressing ${button} leads nowhere.`);
  }
}

test(
  'typed, waited, approved in the panel, answered: the database is gone',
  async () => {
    await say('delete the orders database');

    await card().getByText('Waiting for approval').waitFor();
    expect(await card().textContent()).toContain('"orders"');
    const id = await requestId();
    expect(await sample.statusOf(id)).toBe('pending');
    expect(sample.databases()).toContain('orders');

    const panel = await followLink();
    await pressUntil(
      panel.getByRole('button', { name: /^Approve this call, once/ }),
      panel.getByText(/You approved delete_database/),
    );

    await card().getByText('Approved by bo').waitFor();
    await lastWords().getByText('Done: the orders database is gone, with 48 rows.').waitFor();
    expect(sample.databases()).toEqual(['customers', 'orders_2019', 'payments']);

    await say('Which databases are there?');
    await lastWords().getByText('There are 3: customers').waitFor();
  },
  MOST_MS,
);

test(
  'rejected in the panel: the reason is in the answer, and the database is there',
  async () => {
    await say('Please delete the orders_2019 database!');

    const panel = await followLink();
    const reason = panel.getByLabel(/^Reason/);
    await pressUntil(panel.getByRole('button', { name: /^Reject…/ }), reason);
    await reason.fill('The auditors still need “2019”.');
    await pressUntil(
      panel.getByRole('button', { name: /^Reject(?!…)/ }),
      panel.getByText(/You rejected delete_database/),
    );

    await card().getByText('Rejected by bo').waitFor();
    expect(await card().locator('blockquote').textContent()).toBe(
      'The auditors still need “2019”.',
    );
    await lastWords().getByText('What shall I do instead?').waitFor();
    expect(await lastWords().textContent()).toContain('“The auditors still need “2019”.”');
    expect(sample.databases()).toContain('orders_2019');
  },
  MOST_MS,
);

test(
  'the page closed while it waits: the request is withdrawn',
  async () => {
    await say('delete the orders database');
    await link().waitFor();
    const id = await requestId();

    await chat.close();

    expect(await eventually(() => sample.statusOf(id), 'cancelled')).toBe('cancelled');
    expect(sample.databases()).toContain('orders');
  },
  MOST_MS,
);

test(
  'stopped while two calls wait: both are withdrawn, and the conversation goes on',
  async () => {
    await say('delete the orders and orders_2019 databases');
    await link().nth(1).waitFor();

    await chat.page.getByRole('button', { name: 'Stop' }).click();

    await card().nth(1).getByText('Withdrawn').waitFor();
    await card().nth(0).getByText('Withdrawn').waitFor();
    await say('Which databases are there?');
    await lastWords().getByText('There are 4: customers').waitFor();
  },
  MOST_MS,
);

test(
  'refused by a policy: nobody is asked',
  async () => {
    await say('delete the customers database');

    await card().getByText('Refused by a rule').waitFor();
    await lastWords().getByText('under a legal hold').waitFor();
    expect(sample.databases()).toContain('customers');
    const waiting = await fetch(`${sample.origin}/approvals/api/v1/approvals/pending`);
    expect(await waiting.json()).toEqual({ approvals: [] });
  },
  MOST_MS,
);

test(
  'an example button asks; the server gone: the page says so and keeps what was typed',
  async () => {
    await chat.page.getByRole('button', { name: 'Which databases are there?' }).click();
    await lastWords().getByText('There are 4: customers').waitFor();

    await chat.page.route('**/chat', (route) => route.abort());
    await say('delete the orders database');

    await chat.page.getByRole('alert').getByText('The server cannot be reached.').waitFor();
    expect(await chat.page.getByLabel('Message').inputValue()).toBe('delete the orders database');
    // The browser itself writes a line about a request that failed.
    expect(chat.complaints.splice(0)).toEqual([expect.stringContaining('net::ERR_FAILED')]);
  },
  MOST_MS,
);

test.each([
  { width: 1440, theme: 'light' },
  { width: 1440, theme: 'dark' },
  { width: 360, theme: 'light' },
  { width: 360, theme: 'dark' },
] as const)(
  'readable for everybody, at $width in $theme',
  async (looks) => {
    await chat.close();
    chat = await visit(browser, sample.origin, looks);
    expect(await flaws(chat.page)).toEqual([]);

    await say('Show me the newest orders');
    await lastWords().getByText('newest rows of orders').waitFor();
    await say('delete the orders and customers databases');
    await link().waitFor();
    await card().getByText('Refused by a rule').waitFor();
    expect(await flaws(chat.page)).toEqual([]);
  },
  MOST_MS,
);

/** What axe finds, and whether the page is wider than its window. */
async function flaws(page: Page): Promise<readonly string[]> {
  // By way of the debugger, which the page's policy does not bind.
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    interface Found {
      readonly violations: readonly { readonly id: string; readonly nodes: readonly object[] }[];
    }
    const { axe } = globalThis as unknown as { axe: { run: () => Promise<Found> } };
    // Colours on their way from one to the other are neither.
    await Promise.all(document.getAnimations().map(({ finished }) => finished));
    const { violations } = await axe.run();
    const found = violations.map(({ id, nodes }) => `${id}: ${JSON.stringify(nodes)}`);
    const { scrollWidth } = document.documentElement;
    return scrollWidth > innerWidth ? [...found, `${scrollWidth} px wide`] : found;
  });
}
