import { afterEach, describe, expect, test } from '@jest/globals';
import { closeDesks, openDesk, problem } from './desk.ts';
import { rawRequest } from './raw.ts';

afterEach(closeDesks);

const PUBLIC = 'https://ops.example';

/** What a browser, or somebody else, says about where a change comes from. */
const cases: [Record<string, string>, 'accepted' | 'refused'][] = [
  [{ 'sec-fetch-site': 'same-origin' }, 'accepted'],
  [{ 'sec-fetch-site': 'cross-site' }, 'refused'],
  [{ 'sec-fetch-site': 'same-site' }, 'refused'],
  [{ 'sec-fetch-site': 'none' }, 'refused'],
  [{ 'sec-fetch-site': 'same-origin, cross-site' }, 'refused'],
  [{ origin: 'OWN' }, 'accepted'],
  [{ origin: PUBLIC }, 'accepted'],
  [{ origin: 'https://evil.example' }, 'refused'],
  [{ origin: 'null' }, 'refused'],
  [{ origin: '' }, 'refused'],
  [{ origin: `${PUBLIC}.evil.example` }, 'refused'],
  [{ origin: `${PUBLIC}/` }, 'refused'],
  [{ origin: 'http://ops.example' }, 'refused'],
  [{ referer: `${PUBLIC}/` }, 'refused'],
  [{}, 'refused'],
  [{ 'sec-fetch-site': 'none', origin: 'OWN' }, 'accepted'],
  [{ 'sec-fetch-site': 'cross-site', origin: PUBLIC }, 'accepted'],
  // A page on plain http of the same host, which is the address this server believes to have.
  [{ 'sec-fetch-site': 'cross-site', origin: 'OWN' }, 'refused'],
  [{ 'sec-fetch-site': 'cross-site', authorization: 'Bearer abc' }, 'accepted'],
  [{ authorization: 'bearer abc' }, 'accepted'],
  [{ authorization: 'ApiKey abc' }, 'accepted'],
  // What a browser does send by itself.
  [{ authorization: 'Basic Ym86Ym8=' }, 'refused'],
  [{ authorization: 'Bearerish abc' }, 'refused'],
  [{ cookie: 'session=1' }, 'refused'],
];

test.each(cases)('a decision with %j is %s', async (headers, expected) => {
  const desk = await openDesk({ router: { publicOrigin: PUBLIC } });
  const id = await desk.ask();
  const said = Object.entries(headers).map(([name, value]) => [
    name,
    value === 'OWN' ? desk.origin : value,
  ]);
  const answer = await rawRequest(desk.port, {
    method: 'POST',
    path: `/approvals/api/v1/approvals/${id}/approve`,
    headers: { 'x-user': 'bo', ...Object.fromEntries(said) },
  });
  const after = await desk.store.requests.get(id);
  if (expected === 'accepted') {
    expect(answer.status).toBe(200);
    expect(after?.status).toBe('approved');
  } else {
    expect(answer).toMatchObject(problem(403, 'foreign_origin'));
    expect(after?.status).toBe('pending');
  }
});

test('every way to decide is guarded alike', async () => {
  const desk = await openDesk();
  const id = await desk.ask();
  const headers = { 'sec-fetch-site': 'cross-site' };
  for (const path of ['approve', 'reject', 'deny', 'request-info', 'revoke']) {
    const sending = { headers, body: {} };
    expect(await desk.api('POST', `/${id}/${path}`, sending)).toMatchObject(
      problem(403, 'foreign_origin'),
    );
  }
});

test('the own address is Host’s, never what a proxy’s header claims', async () => {
  const desk = await openDesk({ around: (app) => app.set('trust proxy', true) });
  const id = await desk.ask();
  const answer = await rawRequest(desk.port, {
    method: 'POST',
    path: `/approvals/api/v1/approvals/${id}/approve`,
    headers: {
      'x-user': 'bo',
      origin: 'https://evil.example',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'https',
    },
  });
  expect(answer).toMatchObject(problem(403, 'foreign_origin'));
});

describe('reading', () => {
  test('is open to whoever is signed in, and changes nothing', async () => {
    const desk = await openDesk();
    const id = await desk.ask();
    const before = await desk.store.requests.lastSeq();
    const headers = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' };
    const paths = ['', '/pending', '/me', `/${id}`, `/${id}?decision=approve&method=POST`];
    for (const method of ['GET', 'HEAD']) {
      for (const path of paths) {
        expect((await desk.api(method, path, { headers })).status).toBe(
          path.includes('decision') || !path.includes('?') ? 200 : 400,
        );
      }
      for (const path of ['approve', 'reject', 'deny', 'request-info', 'revoke']) {
        expect((await desk.api(method, `/${id}/${path}`, { headers })).status).toBe(404);
      }
      const override = { 'x-http-method-override': 'POST' };
      expect((await desk.api(method, `/${id}/approve`, { headers: override })).status).toBe(404);
    }
    expect(await desk.store.requests.lastSeq()).toBe(before);
    expect((await desk.store.requests.get(id))?.status).toBe('pending');
  });

  test('is never allowed to other origins’ scripts', async () => {
    const desk = await openDesk({ router: { publicOrigin: PUBLIC } });
    for (const origin of [PUBLIC, 'https://evil.example']) {
      const { headers } = await desk.api('GET', '/pending', { headers: { origin } });
      expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
  });
});
