import { afterEach, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { closeDesks, openDesk } from './desk.ts';
import { rawRequest } from './raw.ts';

afterEach(closeDesks);

/** Nothing waits for time to pass, but much is sent, and other tests want the machine as well. */
jest.setTimeout(60_000);

const TOKEN = 'tok-5f2b9c0d7e';
const deciding = ['approve', 'reject', 'deny', 'request-info', 'revoke'];

/** What a header can hold. */
const headerText = fc.stringMatching(/^[\x21-\x7e][\x20-\x7e\x80-\xff]{0,40}$/);

const anyBody = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.json(),
  fc.jsonValue({ depthSize: 'large' }).map((value) => JSON.stringify(value)),
  // Near enough to a body to get past its reader, and to the rules.
  fc
    .record(
      Object.fromEntries(
        [
          'notes',
          'scope',
          'digest',
          'duration_seconds',
          'max_uses',
          'expected_version',
          'reason',
          'message',
          '__proto__',
          'toString',
        ].map((name) => [name, fc.jsonValue()]),
      ),
      { requiredKeys: [] },
    )
    .map((value) => JSON.stringify(value)),
);

const anyHeaders = fc.record(
  {
    'content-type': fc.oneof(
      fc.constantFrom('application/json', 'application/json; charset=utf-7', 'text/plain', 'a/b;'),
      headerText,
    ),
    'content-encoding': fc.oneof(fc.constantFrom('gzip', 'br', 'deflate', 'zstd'), headerText),
    'last-event-id': headerText,
    'if-match': headerText,
    'if-none-match': headerText,
    'if-modified-since': headerText,
    range: fc.oneof(fc.constantFrom('bytes=999999-', 'bytes=-1', 'bytes=0-0,2-3'), headerText),
    origin: headerText,
    accept: headerText,
  },
  { requiredKeys: [] },
);

const anySegment = fc.oneof(
  fc.constantFrom(
    '..',
    '%2e%2e%2f',
    '%',
    '%E0%A4%A',
    '%00',
    '__proto__',
    'constructor',
    'events',
    '%2f',
    'a\\b',
    ';x',
    '*',
  ),
  fc
    .string({ unit: 'binary', maxLength: 20 })
    .filter((text) => text.isWellFormed())
    .map(encodeURIComponent),
  fc.stringMatching(/^[!-~]{1,20}$/).filter((text) => !/[?#]/.test(text)),
);

/** What has to hold of every answer but a success. */
function expectRefusal({ status, json }: { status: number; json: unknown }): void {
  expect(status).toBeGreaterThanOrEqual(400);
  expect(status).toBeLessThan(500);
  expect(json).toMatchObject({ status, code: expect.stringMatching(/^[a-z_]+$/) });
}

describe('whatever is sent', () => {
  test.each(deciding)('to %s of a request that is not there is refused, in words', async (path) => {
    const desk = await openDesk();
    await fc.assert(
      fc.asyncProperty(anySegment, anyHeaders, anyBody, async (segment, headers, body) => {
        const answer = await rawRequest(desk.port, {
          method: 'POST',
          path: `/approvals/api/v1/approvals/${segment}/${path}`,
          headers: {
            'x-user': 'bo',
            'sec-fetch-site': 'same-origin',
            authorization: `Bearer ${TOKEN}`,
            ...headers,
          },
          body,
        });
        expectRefusal(answer);
      }),
      { numRuns: 100 },
    );
    expect(desk.logged).toEqual([]);
  });

  test.each(deciding)('to %s of one that is there decides it or is refused', async (path) => {
    const desk = await openDesk({ rules: { drop_table: { role: 'ops', grantDuration: '1ms' } } });
    await fc.assert(
      fc.asyncProperty(anyHeaders, anyBody, async (headers, body) => {
        const id = await desk.ask();
        const answer = await rawRequest(desk.port, {
          method: 'POST',
          path: `/approvals/api/v1/approvals/${id}/${path}`,
          headers: {
            'x-user': 'bo',
            'sec-fetch-site': 'same-origin',
            'content-type': 'application/json',
            ...headers,
          },
          body,
        });
        if (answer.status !== 200) expectRefusal(answer);
        // So that the next one finds one to decide.
        await desk.clock.advance(1);
      }),
      { numRuns: 100 },
    );
    expect(desk.logged).toEqual([]);
  });

  test('is asked for is shown or refused', async () => {
    const desk = await openDesk();
    await desk.ask();
    const paths = ['/', '/assets/', '/index.html', '', '/me', '/pending', '/req-none'].map(
      (path, index) => (index < 3 ? path : `/api/v1/approvals${path}`),
    );
    const query = fc.oneof(fc.webQueryParameters(), fc.stringMatching(/^[!-~]{0,40}$/));
    const path = fc.oneof(
      fc.constantFrom(...paths),
      anySegment.map((segment) => `/${segment}`),
    );
    await fc.assert(
      fc.asyncProperty(path, query, anyHeaders, async (where, what, headers) => {
        const answer = await rawRequest(desk.port, {
          method: 'GET',
          path: `/approvals${where}?${what}`.replaceAll(/[^!-~]/g, ''),
          headers: { 'x-user': 'bo', authorization: `Bearer ${TOKEN}`, ...headers },
        });
        if (answer.status >= 400) expectRefusal(answer);
        else expect([200, 301, 304]).toContain(answer.status);
      }),
      { numRuns: 500 },
    );
    expect(desk.logged).toEqual([]);
  });

  test('nobody but nobody is let in by it', async () => {
    const desk = await openDesk({
      router: {
        authenticate: (request) => {
          throw new Error(`cannot read ${request.headers.authorization} of ${request.url}`);
        },
      },
    });
    await fc.assert(
      fc.asyncProperty(anySegment, anyHeaders, anyBody, async (segment, headers, body) => {
        const answer = await rawRequest(desk.port, {
          method: 'POST',
          path: `/approvals/${segment}?access_token=${TOKEN}`,
          headers: { authorization: `Bearer ${TOKEN}`, cookie: `session=${TOKEN}`, ...headers },
          body,
        });
        expect(answer.status).toBe(401);
      }),
      { numRuns: 100 },
    );
    expect(desk.logged.length).toBeGreaterThan(0);
    for (const line of desk.logged) expect(line).not.toContain(TOKEN);
  });
});
