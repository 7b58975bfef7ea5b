import { readdirSync } from 'node:fs';
import { afterEach, describe, expect, test } from '@jest/globals';
import { closeDesks, type Desk, openDesk, problem, type Who } from './desk.ts';

afterEach(closeDesks);

const API = '/api/v1/approvals';
const [asset] = readdirSync(new URL('../../dist/panel/assets/', import.meta.url));

/** Every route, with a body that it takes and what each kind of person gets. */
const routes: {
  readonly method: string;
  readonly path: string;
  readonly body?: object;
  /** Without the role; of another tenant; as whom the agent asks; eligible. */
  readonly status: { eve: number; mallory: number; alice: number; bo: number };
}[] = [
  { method: 'GET', path: '/', status: { eve: 200, mallory: 200, alice: 200, bo: 200 } },
  {
    method: 'GET',
    path: `/assets/${asset}`,
    status: { eve: 200, mallory: 200, alice: 200, bo: 200 },
  },
  { method: 'GET', path: '/nothing', status: { eve: 404, mallory: 404, alice: 404, bo: 404 } },
  {
    method: 'HEAD',
    path: `${API}/events`,
    status: { eve: 200, mallory: 200, alice: 200, bo: 200 },
  },
  { method: 'GET', path: `${API}/me`, status: { eve: 200, mallory: 200, alice: 200, bo: 200 } },
  {
    method: 'GET',
    path: `${API}/pending`,
    status: { eve: 200, mallory: 200, alice: 200, bo: 200 },
  },
  { method: 'GET', path: API, status: { eve: 200, mallory: 200, alice: 200, bo: 200 } },
  { method: 'GET', path: `${API}/:id`, status: { eve: 200, mallory: 404, alice: 200, bo: 200 } },
  {
    method: 'POST',
    path: `${API}/:id/approve`,
    body: {},
    status: { eve: 403, mallory: 404, alice: 403, bo: 200 },
  },
  // Whose agent asks may still refuse it, or ask back.
  ...['reject', 'deny'].map((path) => ({
    method: 'POST',
    path: `${API}/:id/${path}`,
    body: { reason: 'Not today.' },
    status: { eve: 403, mallory: 404, alice: 200, bo: 200 },
  })),
  {
    method: 'POST',
    path: `${API}/:id/request-info`,
    body: { message: 'Which one?' },
    status: { eve: 403, mallory: 404, alice: 200, bo: 200 },
  },
  {
    method: 'POST',
    path: `${API}/:id/revoke`,
    body: {},
    status: { eve: 403, mallory: 404, alice: 409, bo: 409 },
  },
];

describe.each(routes)('$method $path', ({ method, path, body, status }) => {
  const sendAs = async (desk: Desk, id: string, as: Who) =>
    desk.send(method, path.replace(':id', id), { as, ...(body && { body }) });

  test('knows nobody without an identity, whether the request exists or not', async () => {
    const desk = await openDesk();
    for (const id of [await desk.ask(), 'req-none']) {
      const answer = await sendAs(desk, id, null);
      expect(answer.status).toBe(401);
      if (method !== 'HEAD') expect(answer).toMatchObject(problem(401, 'unauthenticated'));
    }
  });

  test.each(Object.entries(status) as [Exclude<Who, null | 'carol'>, number][])(
    'answers %s with %i',
    async (who, expected) => {
      const desk = await openDesk();
      const id = await desk.ask();
      const answer = await sendAs(desk, id, who);
      expect(answer.status).toBe(expected);
      const { status: after } = (await desk.store.requests.get(id)) ?? {};
      const isDecided = method === 'POST' && expected === 200;
      expect(after !== 'pending').toBe(isDecided);
    },
  );
});

test('says why: not eligible, one’s own request, nothing to end', async () => {
  const desk = await openDesk();
  const id = await desk.ask();
  const approve = (as: Who) => desk.api('POST', `/${id}/approve`, { as, body: {} });
  expect(await approve('eve')).toMatchObject(problem(403, 'not_eligible'));
  expect(await approve('alice')).toMatchObject(problem(403, 'self_approval'));
  expect(await desk.api('POST', `/${id}/revoke`)).toMatchObject(problem(409, 'not_allowed_now'));
});

test('the same is said to an approver beforehand', async () => {
  const desk = await openDesk();
  const id = await desk.ask();
  const canOf = async (as: Who) => (await desk.api('GET', `/${id}`, { as })).json.can;
  const allowed = { allowed: true, code: null, reason: null };
  const refused = (code: string) => ({ allowed: false, code, reason: expect.any(String) });
  expect(await canOf('bo')).toEqual({
    approve: allowed,
    reject: allowed,
    request_info: allowed,
    revoke: refused('not_allowed_now'),
  });
  expect(await canOf('alice')).toMatchObject({
    approve: refused('self_approval'),
    reject: allowed,
  });
  expect(await canOf('eve')).toMatchObject({ approve: refused('not_eligible') });
});

test('a request of another tenant is answered exactly as one that does not exist', async () => {
  const desk = await openDesk();
  const id = await desk.ask();
  for (const [method, path, body] of [
    ['GET', '', undefined],
    ['POST', '/approve', {}],
    ['POST', '/reject', { reason: 'No.' }],
    ['POST', '/request-info', { message: 'Why?' }],
    ['POST', '/revoke', {}],
  ] as const) {
    const sending = { as: 'mallory', ...(body && { body }) } as const;
    const hidden = await desk.api(method, `/${id}${path}`, sending);
    const missing = await desk.api(method, `/req-${'0'.repeat(32)}${path}`, sending);
    expect(hidden.status).toBe(404);
    expect(hidden.text).toBe(missing.text);
    const varying = ['date', 'etag'];
    const headersOf = ({ headers }: typeof hidden) =>
      [...headers].filter(([name]) => !varying.includes(name));
    expect(headersOf(hidden)).toEqual(headersOf(missing));
  }
});

describe('checks come in order: identity, origin, body, existence, eligibility', () => {
  const foreign = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' };

  test.each([
    ['identity before origin', { as: null, headers: foreign }, 401],
    ['identity before body', { as: null, body: '{' }, 401],
    ['origin before body', { headers: foreign, body: '{' }, 403],
    [
      'origin before body of another type',
      { headers: { ...foreign, 'content-type': 'text/plain' }, body: 'x' },
      403,
    ],
    ['origin before a body too large', { headers: foreign, body: 'x'.repeat(300_000) }, 403],
  ] as const)('%s', async (_, sending, status) => {
    const desk = await openDesk();
    const id = await desk.ask();
    expect((await desk.api('POST', `/${id}/approve`, sending)).status).toBe(status);
  });

  test('body before existence', async () => {
    const desk = await openDesk();
    for (const body of ['{', { reason: 5 }, {}]) {
      expect(await desk.api('POST', '/req-none/reject', { body })).toMatchObject(
        problem(400, 'invalid_request'),
      );
    }
  });

  test('body before eligibility', async () => {
    const desk = await openDesk();
    const id = await desk.ask();
    const sending = { as: 'eve', body: { reason: '' } } as const;
    expect((await desk.api('POST', `/${id}/reject`, sending)).status).toBe(400);
  });

  test('existence before eligibility', async () => {
    const desk = await openDesk();
    const sending = { as: 'eve', body: {} } as const;
    expect((await desk.api('POST', '/req-none/approve', sending)).status).toBe(404);
  });

  test('existence before whether the store decides at all', async () => {
    const desk = await openDesk({ storeOf: ({ admin: _, ...store }) => store });
    const id = await desk.ask();
    expect((await desk.api('POST', '/req-none/approve')).status).toBe(404);
    expect((await desk.api('POST', `/${id}/approve`, { as: 'mallory' })).status).toBe(404);
    expect(await desk.api('POST', `/${id}/approve`)).toMatchObject(
      problem(409, 'decided_elsewhere'),
    );
  });
});

test.each(['PUT', 'PATCH', 'DELETE', 'OPTIONS'])('%s is no method of any route', async (method) => {
  const desk = await openDesk();
  const id = await desk.ask();
  for (const path of ['', `/${id}`, `/${id}/approve`, '/me', '/events']) {
    expect((await desk.api(method, path, { as: null })).status).toBe(401);
    expect(await desk.api(method, path)).toMatchObject(problem(404, 'not_found'));
  }
});
