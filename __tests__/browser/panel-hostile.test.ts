import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { ToolCall } from 'ai-sentinel';
import type { Browser } from 'playwright-core';
import { openBrowser } from './chromium.ts';
import { deletion, rules } from './panel-requests.ts';
import { openStage, pastTheGuard, visit } from './panel-stage.ts';

// Everything an agent wrote is hostile.

jest.setTimeout(60_000);

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
});

/** Opens the inbox with one request in it, then the request. */
async function openRequest(call: ToolCall) {
  const stage = await openStage(rules);
  const id = await stage.ask(call);
  const visited = await visit(browser, stage.url);
  await visited.page.getByRole('listitem').getByRole('link').waitFor();
  await visited.page.goto(`${stage.url}#/r/${id}`);
  await visited.page.locator('.fields').waitFor();
  const close = async () => {
    await visited.close();
    await stage.close();
  };
  return { ...visited, stage, id, close };
}

const MARKUP = [
  '<script>complain("script ran")</script>',
  '<img src=x onerror="complain(\'image ran\')">',
  '<svg onload=complain("svg")><style>*{display:none}</style>',
  '"><iframe srcdoc="<script>parent.complain(1)</script>"></iframe>',
  'javascript:complain("link")',
  '</textarea></title><base href="https://evil.example/">',
  '{{constructor.constructor("complain(1)")()}} #{complain(1)}',
  'data:text/html,<script>complain(1)</script>',
];

describe('what an agent wrote', () => {
  it('is text, wherever it stands, and never markup', async () => {
    const everywhere = MARKUP.join('\n');
    const { page, complaints, stage, id, close } = await openRequest({
      caller: { id: `alice${MARKUP[1]}`, roles: [MARKUP[0] ?? ''] },
      toolName: 'refund_payment',
      justification: everywhere,
      input: {
        html: everywhere,
        [MARKUP[1] ?? '']: MARKUP[2],
        // biome-ignore lint/complexity/useLiteralKeys: as it stands in an input.
        ['__html']: MARKUP[0],
        list: MARKUP,
        nested: { dangerouslySet: { html: MARKUP[3] } },
      },
      context: { conversation: [{ role: MARKUP[1], text: everywhere }] },
    });
    await stage.store.admin.requestInfo(id, {
      approver: { id: 'carol', roles: ['ops'] },
      message: 'Why?',
    });
    await stage.store.respond(id, { by: 'alice', message: everywhere });
    await page.locator('.timeline .say').nth(1).waitFor();

    const text = await page.locator('main').textContent();
    for (const line of MARKUP) expect(text).toContain(line);
    const alien = 'main script, main img, main iframe, main style, main base, main [onload]';
    expect(await page.locator(alien).count()).toBe(0);
    expect(await page.locator('main a').count()).toBe(0);
    expect(complaints).toEqual([]);
    await close();
  });

  it('cannot style, frame or reach out: the page keeps its policy from start to end', async () => {
    const { page, complaints, close } = await openRequest(deletion);
    await page.getByRole('button', { name: 'confirm' }).click();
    await page.getByRole('button', { name: 'Dark theme' }).click();
    await page.goto(`${page.url().replace(/#.*/, '')}#/history`);
    await page.getByRole('heading', { name: 'What was decided' }).waitFor();
    expect(await page.locator('[style]').count()).toBe(0);
    expect(complaints).toEqual([]);
    await close();
  });
});

describe('characters the eye would miss', () => {
  it('are named where they stand, counted in the list, and looked at before approving', async () => {
    const { page, stage, close } = await openRequest(deletion);
    const field = (name: string) => page.locator('.field', { hasText: name });
    await field('confirm').getByLabel('zero-width space, 212 times').waitFor();
    await field('script').getByLabel('right-to-left override').waitFor();
    expect(await field('confirm').textContent()).toContain('212 characters that draw nothing.');

    const approve = page.getByRole('button', { name: 'Approve this call, once' });
    await page.getByLabel(/^Critical risk/).fill('delete_database');
    await page.getByText('First look at 2 values.').waitFor();
    await pastTheGuard(page);
    await approve.click({ force: true });
    const first = page.getByRole('button', { name: 'confirm', exact: true });
    expect(await first.evaluate((link) => link === document.activeElement)).toBe(true);

    await first.click();
    await page.getByText('Look at these first: 1 of 2 seen').waitFor();
    expect(await field('confirm').evaluate((seen) => seen === document.activeElement)).toBe(true);
    await page.getByRole('button', { name: 'script', exact: true }).click();
    await page.getByText('SELECT count(*) FROM orders_200;').waitFor();
    await pastTheGuard(page);
    await approve.click();
    await page.getByRole('heading', { name: 'Nothing waits for you.' }).waitFor();
    expect(stage.sent).toHaveLength(1);
    await page.goto(stage.url);
    await close();
  });

  it.each([
    [
      'a tag that spells',
      `ok${[...'rm -rf'].map((c) => String.fromCodePoint(0xe0000 + c.charCodeAt(0))).join('')}`,
      'hidden text: “rm -rf”',
    ],
    ['an escape', 'a\u001b[2K', 'ESC U+001B'],
    ['a no-break space', '12\u00a0000', 'NBSP U+00A0'],
    ['a private-use letter', 'a\ue000b', 'U+E000'],
    ['marks piled up', 'a\u0301\u0301\u0301\u0301', 'U+0301 ×2'],
    ['a selector on a letter', 'a\ufe0f', 'U+FE0F'],
    ['a Hangul filler', 'x\u3164y', 'HF U+3164'],
  ])('%s is drawn as what it is', async (_, value, chip) => {
    const { page, close } = await openRequest({ toolName: 'read_file', input: { path: value } });
    await page.locator('.field').getByText(chip, { exact: true }).waitFor();
    await page.getByText('Look at these first: 0 of 1 seen').waitFor();
    await close();
  });

  it('include letters that pass for others, which are underlined and named', async () => {
    const { page, close } = await openRequest({
      toolName: 'read_file',
      input: { path: '/srv/orders-eu-\u0440rod' },
    });
    const field = page.locator('.field', { hasText: 'path' });
    expect(await field.locator('.alike').first().textContent()).toBe('\u0440');
    expect(await field.textContent()).toContain('\u0440 U+0440 Cyrillic looks like p.');
    await page.getByText('look-alike letters').waitFor();
    await page.getByText('Look at these first: 0 of 1 seen').waitFor();
    await close();
  });

  it('are left alone where they belong: emoji, accents, line breaks, other scripts', async () => {
    const value = 'Grüße 👩‍👩‍👧 ❤️ 1️⃣ é\nनमस्ते, שלום, Привет';
    const { page, close } = await openRequest({ toolName: 'read_file', input: { path: value } });
    expect(await page.locator('.fields').textContent()).toContain('👩‍👩‍👧 ❤️ 1️⃣');
    expect(await page.locator('.veil-chip').count()).toBe(0);
    expect(await page.locator('.look-first').count()).toBe(0);
    await close();
  });
});

describe('what is folded', () => {
  it('is looked at before approving, also where it is a field and not a text', async () => {
    const input = {
      ...Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`k${at}`, at])),
      deep: { a: { b: { c: { d: { e: { f: { confirm: 'all' } } } } } } },
    };
    const { page, stage, close } = await openRequest({ toolName: 'run_command', input });
    await page.getByText('Look at these first: 0 of 2 seen').waitFor();
    await page.getByText('28 fields folded').waitFor();
    await page.getByText('1 field, closed').waitFor();
    const look = (name: string) =>
      page.locator('.look-first').getByRole('button', { name, exact: true });
    await pastTheGuard(page);
    await page.getByRole('button', { name: 'Approve this input' }).click({ force: true });
    expect(stage.sent).toEqual([]);
    await look('input').click();
    await page.locator('.field', { hasText: 'k41' }).waitFor();
    await look('f').click();
    await page.locator('.field', { hasText: 'confirm' }).waitFor();
    await page.getByText('Look at these first: 2 of 2 seen').waitFor();
    await pastTheGuard(page);
    await page.getByRole('button', { name: 'Approve this input' }).click();
    await page.getByRole('heading', { name: 'Nothing waits for you.' }).waitFor();
    expect(stage.sent).toHaveLength(1);
    await close();
  });
});

describe('long values', () => {
  it('fold, say how much is folded, and never hide the end', async () => {
    const text = `start ${'x'.repeat(3000)} the end`;
    const list = Array.from({ length: 300 }, (_, at) => `item ${at}`);
    const { page, close } = await openRequest({
      toolName: 'read_file',
      input: { text, list, big: 9007199254740991, small: 1e-7 },
    });
    const fields = page.locator('.fields');
    const folded = await fields.textContent();
    expect(folded).toContain('the end"');
    expect(folded).toContain('2,694 more characters');
    expect(folded).toContain('287 more items');
    expect(folded).toContain('item 299');
    expect(folded).toContain('9007199254740991');
    expect(folded).toContain('1e-7');
    expect(folded).not.toContain('item 100');
    await page.getByRole('button', { name: 'Show all' }).click();
    await page.getByRole('button', { name: 'Show 200' }).click();
    const opened = await fields.textContent();
    expect(opened).toContain('x'.repeat(3000));
    expect(opened).toContain('item 100');
    await close();
  });
});

describe('as much as a call may bring', () => {
  it('of hidden characters leaves the inbox usable, and the request', async () => {
    const stage = await openStage(rules);
    const megabyte = 'a\u200b'.repeat(240_000);
    for (const n of [1, 2, 3]) {
      await stage.ask({
        toolName: 'read_file',
        caller: { id: `agent-${n}`, roles: [] },
        input: { path: megabyte, n },
      });
    }
    const { page, close } = await visit(browser, stage.url);
    const rows = page.getByRole('listitem');
    await rows.nth(2).waitFor();
    expect(await rows.first().textContent()).toContain('1 marked');
    // Once more, after the clock has moved everything that it moves.
    await page.waitForTimeout(2500);
    await rows.first().getByRole('link').click();
    await page.getByText('Look at these first: 0 of 1 seen').waitFor();
    expect(await page.locator('.fold').textContent()).toContain('999+ marked places');
    await page.getByRole('button', { name: 'path', exact: true }).click();
    // So much takes several looks: one alone would draw more than a page can hold.
    await page.getByText('Look at these first: 0 of 1 seen').waitFor();
    await page.getByText('Show more').waitFor();
    await page.getByRole('link', { name: /^Inbox/ }).click();
    await rows.nth(2).waitFor();
    await close();
    await stage.close();
  });

  it('of fields is drawn as it is asked for', async () => {
    const input = Object.fromEntries(
      Array.from({ length: 30_000 }, (_, at) => [`k${at}`, at === 20_000 ? 'x\u200b' : at]),
    );
    const { page, close } = await openRequest({ toolName: 'read_file', input });
    expect(await page.locator('.field').count()).toBe(34);
    await page.getByText('Look at these first: 0 of 2 seen').waitFor();
    await page.getByRole('button', { name: 'k20000', exact: true }).click();
    const field = page.locator('.field', { hasText: 'k20000' });
    await field.getByLabel('zero-width space').waitFor();
    expect(await page.locator('.field').count()).toBe(34 + 200 + 1);
    await close();
  });
});
