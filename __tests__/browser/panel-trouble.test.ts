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
import { others, refund, rules } from './panel-requests.ts';
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

describe('when something comes between', () => {
  it('says who decided first, and keeps the note', async () => {
    const id = await stage.ask(refund);
    for (const call of others) await stage.ask(call);
    const page = await open(`#/r/${id}`);
    await page.getByLabel('Note (kept with the decision)').fill('Looks right to me');
    await pastTheGuard(page);
    // In the moment between reading and pressing: the page is not told in time.
    stage.instead = (request) => {
      if (request.method !== 'POST') return false;
      stage.instead = null;
      void stage.store.admin.approve(id, { approver: people.carol, maxUses: 1, scope: 'input' });
      return false;
    };
    await button(page, 'Approve any call, 15 min').click();
    await heading(page, /^carol approved this .*: this call, once\.$/).waitFor();
    await page.getByText('Your decision was not recorded. Your note is still below.').waitFor();
    expect(await page.getByLabel('Your note (not sent)').inputValue()).toBe('Looks right to me');
    await button(page, 'Next request').click();
    await heading(page, 'claude-code:marek wants to call run_command').waitFor();
  });

  it('keeps everything typed when the server fails, and records it on the second try', async () => {
    const id = await stage.ask(refund);
    const page = await open(`#/r/${id}`);
    await page.getByLabel('Note (kept with the decision)').fill('Fine');
    stage.instead = (request, response) => {
      if (request.method !== 'POST') return false;
      response.status(503).json({ code: 'approval_store_exception', detail: 'It failed.' });
      return true;
    };
    await pastTheGuard(page);
    await button(page, 'Approve any call, 15 min').click();
    await page.getByText('The server said: 503, approval_store_exception.').waitFor();
    expect(await page.getByLabel('Note (kept with the decision)').inputValue()).toBe('Fine');
    stage.instead = null;
    await button(page, 'Try again').click();
    await heading(page, 'Nothing waits for you.').waitFor();
  });

  it('looks up what became of a decision whose answer was lost', async () => {
    const id = await stage.ask(refund);
    const page = await open(`#/r/${id}`);
    await heading(page, 'alice wants to call refund_payment').waitFor();
    stage.instead = (request, response) => {
      if (request.method !== 'POST') return false;
      stage.instead = null;
      void stage.store.admin.approve(id, { approver: people.bo });
      // Begun, because a browser sends again by itself what nobody has begun to answer.
      response.writeHead(200, { 'content-type': 'application/json' }).write('{');
      setTimeout(() => request.socket.destroy(), 20);
      return true;
    };
    await pastTheGuard(page);
    await button(page, 'Approve any call, 15 min').click();
    await page.getByText('You approved refund_payment by alice: any input, 15 min.').waitFor();
    expect(stage.sent).toEqual([]);
  });

  it('says that nobody is signed in, sends nothing and keeps what was typed', async () => {
    const id = await stage.ask(refund);
    const page = await open(`#/r/${id}`);
    await page.getByLabel('Note (kept with the decision)').fill('Fine');
    await pastTheGuard(page);
    stage.signedIn = null;
    await button(page, 'Approve any call, 15 min').click();
    await page.getByText('You are signed out.', { exact: true }).waitFor();
    stage.signedIn = people.bo;
    await page.getByRole('alert').getByRole('button', { name: 'Try again' }).first().click();
    await page.getByText('You are signed out.', { exact: true }).waitFor({ state: 'detached' });
    expect(await page.getByLabel('Note (kept with the decision)').inputValue()).toBe('Fine');
    expect((await stage.store.requests.get(id))?.status).toBe('pending');
  });

  it('says since when it is offline, and sends no decision until it is back', async () => {
    const id = await stage.ask(refund);
    const page = await open(`#/r/${id}`);
    await page.getByText('Live', { exact: true }).waitFor();
    await page.context().setOffline(true);
    await page.getByText(/^Offline since \d\d:\d\d\.$/).waitFor();
    await page
      .getByText('No connection: a decision cannot be sent now. What you typed stays.')
      .waitFor();
    await page.context().setOffline(false);
    await page.getByText('Live again.').waitFor();
  });
});
