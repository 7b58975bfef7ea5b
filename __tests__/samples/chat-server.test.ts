import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type ChatSample, startChat } from './chat-sample.ts';

let sample: ChatSample;

beforeEach(async () => {
  sample = await startChat({ APPROVAL_WAIT: '40ms' });
}, 20_000);

afterEach(async () => {
  expect(await sample.stop()).toEqual({ code: 0, complaints: '' });
});

/** As no browser's own page would send it. */
function statusFor(
  method: string,
  path: string,
  headers: Record<string, string>,
): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = request(`${sample.origin}${path}`, { method, headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    sent.on('error', reject);
    sent.end(method === 'POST' ? '{"chatId":"a","text":"Which databases are there?"}' : undefined);
  });
}

const JSON_TYPE = { 'content-type': 'application/json' };

test('answers under its own names only, in the chat and in the panel', async () => {
  const port = new URL(sample.origin).port;
  for (const host of [`127.0.0.1:${port}`, `localhost:${port}`]) {
    expect(await statusFor('GET', '/', { host })).toBe(200);
  }
  for (const host of ['evil.example', `127.0.0.1.evil.example:${port}`, 'localhost@evil.example']) {
    expect(await statusFor('GET', '/', { host })).toBe(421);
    expect(await statusFor('GET', '/approvals/api/v1/approvals/pending', { host })).toBe(421);
    expect(await statusFor('POST', '/chat', { host, ...JSON_TYPE })).toBe(421);
  }
});

test('takes no words from other pages', async () => {
  expect(await statusFor('POST', '/chat', { ...JSON_TYPE, 'sec-fetch-site': 'cross-site' })).toBe(
    403,
  );
  expect(await statusFor('POST', '/chat', { ...JSON_TYPE, 'sec-fetch-site': 'same-site' })).toBe(
    403,
  );
  expect(await statusFor('POST', '/chat', { 'content-type': 'text/plain' })).toBe(400);
  expect(await statusFor('POST', '/chat', { ...JSON_TYPE, 'sec-fetch-site': 'same-origin' })).toBe(
    200,
  );
});

async function answerTo(text: string, { origin } = sample): Promise<string> {
  const response = await fetch(`${origin}/chat`, {
    method: 'POST',
    headers: JSON_TYPE,
    body: JSON.stringify({ chatId: 'one', text }),
  });
  const events = (await response.text())
    .split('\n\n')
    .filter((event) => event.startsWith('data: {'));
  const chunks = events.map((event) => JSON.parse(event.slice('data: '.length)));
  const last = chunks.filter(({ type }) => type === 'data-approval').at(-1)?.data.status;
  const said = chunks
    .map(({ type, delta, errorText }) =>
      type === 'error' ? errorText : type === 'text-delta' ? delta : '',
    )
    .join('');
  return last === undefined ? said : `${last}: ${said}`;
}

test('nobody decides in time: not worded as a refusal, and nothing runs', async () => {
  const answer = await answerTo('delete the orders database');

  expect(answer).toMatch(/^unanswered: .*nobody decided in time, and nobody refused it/);
  expect(sample.databases()).toContain('orders');
});

test('a small payment is made unasked, a large one is not', async () => {
  expect(await answerTo('Pay 12.50 dollars to Papirhuset for invoice 7')).toContain(
    'Done: $12.50 went to Papirhuset. It is payment 7.',
  );
  expect(await answerTo('Pay $1,240 to Fjord Freight')).toContain('I did not pay Fjord Freight');
});

test('with a key it is OpenAI that answers, and what goes wrong there is said', async () => {
  const openai = createServer((_, response) => {
    response.writeHead(401, JSON_TYPE);
    response.end('{"error":{"message":"Incorrect API key provided: not-a-key."}}');
  }).listen(0, '127.0.0.1');
  await once(openai, 'listening');
  const { port } = openai.address() as AddressInfo;
  const withKey = await startChat({
    OPENAI_API_KEY: 'not-a-key',
    OPENAI_BASE_URL: `http://127.0.0.1:${port}/v1`,
    OPENAI_MODEL: 'gpt-5-nano',
  });
  try {
    const about = await fetch(`${withKey.origin}/about`);
    expect(await about.json()).toMatchObject({ model: 'OpenAI gpt-5-nano' });
    expect(await answerTo('Hello', withKey)).toBe('Incorrect API key provided: not-a-key.');
  } finally {
    const { complaints } = await withKey.stop();
    openai.closeAllConnections();
    openai.close();
    expect(complaints).toBe('The model failed: Incorrect API key provided: not-a-key.\n');
  }
}, 20_000);
