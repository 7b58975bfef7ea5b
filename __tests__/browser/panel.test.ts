import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  jest,
} from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { openBrowser } from './chromium.ts';
import { deletion, refund, rules } from './panel-requests.ts';
import {
  button,
  heading,
  openStage,
  pastTheGuard,
  people,
  type Stage,
  visit,
} from './panel-stage.ts';

jest.setTimeout(60_000);

let browser: Browser;
let stage: Stage;
let endings: (() => Promise<void>)[] = [];

beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
});
beforeEach(async () => {
  stage = await openStage(rules);
  endings = [stage.close];
});
afterEach(async () => {
  for (const end of endings.reverse()) await end();
});

async function open(hash = ''): Promise<Page> {
  const { page, close } = await visit(browser, stage.url + hash);
  endings.push(close);
  return page;
}

const row = (page: Page, tool: string) => page.getByRole('link', { name: tool, exact: true });
const decision = (page: Page) => page.locator('#decision');

describe('the inbox', () => {
  it('lists what waits, most urgent first, and counts it in the title', async () => {
    await stage.ask(refund);
    await stage.ask(deletion);
    const page = await open();
    await heading(page, '2 requests wait for you').waitFor();
    expect(await page.getByRole('listitem').getByRole('link').allTextContents()).toEqual([
      'delete_database',
      'refund_payment',
    ]);
    expect(await page.title()).toBe('(2) Approvals');
    const refundRow = page.getByRole('listitem').filter({ hasText: 'refund_payment' });
    const [text = ''] = await refundRow.allInnerTexts();
    const words = text.replace(/\s+/g, ' ');
    expect(words).toContain('High');
    expect(words).toContain('any input, 15 min');
    expect(words).toContain('amount 1240 currency EUR');
    expect(words).toContain('alice support $1,352.10');
  });

  it('shows what arrives without being loaded again', async () => {
    const page = await open();
    await heading(page, 'Nothing waits for you.').waitFor();
    await page.getByText('Live', { exact: true }).waitFor();
    await stage.ask(refund);
    await row(page, 'refund_payment').waitFor();
  });

  it('moves nothing under the pointer: arrivals wait behind a button', async () => {
    await stage.ask(refund);
    const page = await open();
    await row(page, 'refund_payment').hover();
    await stage.ask(deletion);
    await button(page, 'Show 1 new, 1 critical').waitFor();
    expect(await row(page, 'delete_database').count()).toBe(0);
    await button(page, 'Show 1 new, 1 critical').click();
    await row(page, 'delete_database').waitFor();
  });

  it('says who settled a request that somebody is looking at', async () => {
    const id = await stage.ask(refund);
    const page = await open();
    await row(page, 'refund_payment').hover();
    await page.getByText('Live', { exact: true }).waitFor();
    await stage.store.admin.reject(id, { approver: people.carol, reason: 'Wrong card' });
    await page.getByText(/^carol rejected this/).waitFor();
  });

  it('tells why it could not be loaded, and tries again', async () => {
    stage.instead = (request, response) => {
      if (!request.path.endsWith('/pending')) return false;
      response.status(503).json({ code: 'approval_store_exception', detail: 'It failed.' });
      return true;
    };
    const page = await open();
    await heading(page, 'The requests could not be loaded.').waitFor();
    await page
      .getByText('The server said: 503, approval_store_exception. Nothing was decided.')
      .waitFor();
    stage.instead = null;
    await button(page, 'Try again').click();
    await heading(page, 'Nothing waits for you.').waitFor();
  });

  it('keeps a list of what was decided', async () => {
    const first = await stage.ask(refund);
    await stage.store.admin.reject(first, { approver: people.carol, reason: 'Wrong card' });
    await stage.ask(deletion);
    const page = await open('#/history');
    const line = page.getByRole('listitem');
    await line.first().waitFor();
    expect((await line.allInnerTexts()).map((text) => text.replace(/\s+/g, ' '))).toEqual([
      expect.stringMatching(/Rejected refund_payment alice carol “Wrong card”$/),
    ]);
  });
});

describe('approving', () => {
  it('sends what the page said, and goes on to the next request', async () => {
    const id = await stage.ask(refund);
    await stage.ask(deletion);
    const page = await open();
    await row(page, 'refund_payment').click();
    await heading(page, 'alice wants to call refund_payment').waitFor();
    await decision(page).getByText('Any refund_payment call by alice for 15 minutes.').waitFor();
    await page.getByLabel('This call, once').check();
    await decision(page).locator('.covers').getByText('This call, once.').waitFor();
    await page.getByLabel('Note (kept with the decision)').fill('Checked with Magda');
    await pastTheGuard(page);
    await button(page, 'Approve this call, once').click();

    await heading(page, 'ops-agent wants to call delete_database').waitFor();
    await page.getByText('You approved refund_payment by alice: this call, once.').waitFor();
    const request = await stage.store.requests.get(id);
    expect(stage.sent).toEqual([
      {
        path: expect.stringMatching(`/${id}/approve$`),
        body: {
          notes: 'Checked with Magda',
          scope: 'input',
          digest: request?.asks[0]?.digest,
          duration_seconds: 900,
          max_uses: 1,
          expected_version: 1,
        },
      },
    ]);
    expect(request?.status).toBe('approved');
  });

  it('ignores a press that was on its way when the request appeared', async () => {
    await stage.ask(refund);
    const page = await open();
    await row(page, 'refund_payment').click();
    await button(page, 'Approve any call, 15 min').click();
    await pastTheGuard(page);
    expect(stage.sent).toEqual([]);
  });

  it('asks for the name of a critical tool, and takes no other', async () => {
    await stage.ask({ ...deletion, input: { name: 'staging' } });
    const page = await open();
    await row(page, 'delete_database').click();
    const approve = button(page, 'Approve this call, once');
    await page.getByText('First type the tool’s name.').waitFor();
    expect(await approve.getAttribute('aria-disabled')).toBe('true');
    const name = page.getByLabel('Critical risk: type delete_database to approve');
    await pastTheGuard(page);
    await approve.click({ force: true });
    expect(await name.evaluate((field) => field === document.activeElement)).toBe(true);
    await name.fill('delete_databas');
    await approve.click({ force: true });
    expect(stage.sent).toEqual([]);
    await name.fill('delete_database');
    await approve.click();
    await heading(page, 'Nothing waits for you.').waitFor();
    expect(stage.sent).toHaveLength(1);
  });

  it('tells that another input joined, and sends nothing before it was looked at', async () => {
    const id = await stage.ask(refund);
    const page = await open(`#/r/${id}`);
    await page.getByText('Live', { exact: true }).waitFor();
    await page.getByLabel('Note (kept with the decision)').fill('Only the first');
    await stage.ask({ ...refund, input: { amount: 99_000 } });
    await heading(page, /^Another input joined/).waitFor();
    await heading(page, 'Asked 2 times, with 2 different inputs').waitFor();
    await pastTheGuard(page);
    await button(page, 'Approve any call, 15 min').click({ force: true });
    expect(stage.sent).toEqual([]);
    await button(page, 'Look at it').click();
    await page.getByLabel('Input 2 only').check();
    await pastTheGuard(page);
    await button(page, 'Approve this input, 15 min').click();
    await heading(page, 'Nothing waits for you.').waitFor();
    const second = (await stage.store.requests.get(id))?.asks[1]?.digest;
    expect(stage.sent[0]?.body).toMatchObject({
      notes: 'Only the first',
      digest: second,
      expected_version: 2,
    });
  });

  it('has every input opened that joined before the page was', async () => {
    const id = await stage.ask(refund);
    await stage.ask({ ...refund, input: { amount: 99_000 } });
    const page = await open(`#/r/${id}`);
    await decision(page).getByText('Look at these first: 0 of 1 seen').waitFor();
    await decision(page).getByText('First look at Input 2.').waitFor();
    await pastTheGuard(page);
    await button(page, 'Approve any call, 15 min').click({ force: true });
    expect(stage.sent).toEqual([]);
    await page.locator('.request-input').getByRole('button', { name: 'Input 2' }).click();
    await decision(page).getByText('Look at these first: 1 of 1 seen').waitFor();
    await pastTheGuard(page);
    await button(page, 'Approve any call, 15 min').click();
    await heading(page, 'Nothing waits for you.').waitFor();
    expect(stage.sent).toHaveLength(1);
  });

  it('leaves out of the conversation who said nothing', async () => {
    const conversation = [
      { role: 'user', text: 'Send one back, please.' },
      { role: 'assistant', text: ' \n' },
    ];
    const id = await stage.ask({ ...refund, context: { conversation } });
    const page = await open(`#/r/${id}`);
    await heading(page, 'Conversation before the call').waitFor();
    expect(await page.locator('.talk').getByRole('listitem').allTextContents()).toEqual([
      'userSend one back, please.',
    ]);
  });

  it('says why somebody may not, and who may', async () => {
    stage.signedIn = people.eve;
    const id = await stage.ask(refund);
    const page = await open(`#/r/${id}`);
    await decision(page)
      .getByText('Only anyone with the role ops may approve or reject this.')
      .waitFor();
    expect(await button(page, /^Approve/).count()).toBe(0);

    stage.signedIn = people.bo;
    const own = await stage.ask({ ...refund, caller: { id: 'bo', roles: [] } });
    await page.goto(`${stage.url}#/r/${own}`);
    await decision(page).getByText('It was asked in your name.').waitFor();
    expect(await button(page, /^Approve/).count()).toBe(0);
  });
});

describe('the other decisions', () => {
  it('rejects with a reason, and not without', async () => {
    const id = await stage.ask(refund);
    const page = await open(`#/r/${id}`);
    await button(page, 'Reject…').click();
    await decision(page).getByText('Nothing runs.').waitFor();
    await pastTheGuard(page);
    await button(page, 'Reject').click();
    await page.getByText('Write a reason: the agent reads it.').waitFor();
    expect(stage.sent).toEqual([]);
    await button(page, 'Wrong target').click();
    await pastTheGuard(page);
    await button(page, 'Reject').click();
    await heading(page, 'Nothing waits for you.').waitFor();
    expect(stage.sent[0]?.body).toEqual({ reason: 'Wrong target' });
  });

  it('asks for information, and shows the question while it waits', async () => {
    const id = await stage.ask(refund);
    const page = await open(`#/r/${id}`);
    await button(page, 'Ask…').click();
    await page.getByLabel('Your question (the agent reads it)').fill('Which of the two?');
    await pastTheGuard(page);
    await button(page, 'Send the question').click();
    await decision(page).getByText('Waiting for alice to answer.').waitFor();
    await stage.store.respond(id, { by: 'alice', message: 'The second.' });
    await page.locator('.timeline').getByText('The second.').waitFor();
    expect(stage.sent[0]?.body).toEqual({ message: 'Which of the two?' });
  });

  it('ends a grant', async () => {
    const id = await stage.ask(refund);
    await stage.store.admin.approve(id, { approver: people.carol });
    const page = await open(`#/r/${id}`);
    await button(page, 'Revoke…').click();
    await decision(page).getByText('End this grant now.').waitFor();
    await pastTheGuard(page);
    await button(page, 'Revoke').click();
    await decision(page).getByText('It was revoked.').waitFor();
    expect((await stage.store.requests.get(id))?.grant?.state).toBe('revoked');
  });
});
