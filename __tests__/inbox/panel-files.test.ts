import { readdirSync } from 'node:fs';
import { afterEach, describe, expect, test } from '@jest/globals';
import { approvalsRouter } from 'ai-sentinel/express';
import { byHeader, closeDesks, type Desk, openDesk, problem } from './desk.ts';
import { rawRequest } from './raw.ts';

afterEach(closeDesks);

const assets = readdirSync(new URL('../../dist/panel/assets/', import.meta.url));

/** What the page at an address loads, resolved as a browser does; relative to where it is. */
async function loadedBy(desk: Desk, page: string): Promise<string[]> {
  const { text } = await desk.send('GET', page);
  const links = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link = '']) => link);
  return links.map((link) => new URL(link, `${desk.url}${page}`).href.slice(desk.url.length));
}

describe('the panel', () => {
  test.each(['/', '/approvals', '/a/b'])('is served at %s', async (mount) => {
    const desk = await openDesk({ mount });
    const page = await desk.send('GET', '/');
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toMatch(/^text\/html; charset=utf-8$/i);
    expect(page.text).toContain('id="panel"');
    const loaded = await loadedBy(desk, '/');
    expect(loaded.length).toBeGreaterThanOrEqual(3);
    for (const path of loaded) expect((await desk.send('GET', path)).status).toBe(200);
    expect((await desk.api('GET', '/me')).json.id).toBe('bo');
  });

  test('is served behind a proxy that takes a prefix away', async () => {
    const desk = await openDesk({
      around: (app) =>
        app.use((request, _, next) => {
          // As a proxy does before the request comes here: nobody inside knows of it.
          request.url = request.url.replace(/^\/tools/, '');
          request.originalUrl = request.url;
          next();
        }),
    });
    const at = (path: string) => fetch(path, { headers: { 'x-user': 'bo' }, redirect: 'manual' });
    const outside = `${desk.origin}/tools/approvals`;
    const redirect = await at(outside);
    expect(redirect.status).toBe(301);
    const folder = new URL(redirect.headers.get('location') ?? '', outside).href;
    expect(folder).toBe(`${outside}/`);
    const html = await (await at(folder)).text();
    for (const [, link = ''] of html.matchAll(/(?:src|href)="([^"]+)"/g)) {
      expect((await at(new URL(link, folder).href)).status).toBe(200);
    }
    expect((await at(new URL('api/v1/approvals/me', folder).href)).status).toBe(200);
  });
});

describe('an address without its slash', () => {
  test.each([
    ['/approvals', '', './approvals/'],
    ['/approvals', '?a=b&c=//evil.example', './approvals/?a=b&c=//evil.example'],
    ['/approvals', '?a=b?c', './approvals/?a=b?c'],
    ['/deep/down', '', './down/'],
  ])('%s%s is answered by %s', async (mount, query, location) => {
    const desk = await openDesk({ mount });
    const answer = await desk.send('GET', query);
    expect(answer.status).toBe(301);
    expect(answer.headers.get('location')).toBe(location);
  });

  test('leads nowhere else, whatever Host or the address say', async () => {
    const desk = await openDesk({ mount: '/:team' });
    for (const path of [
      '/evil.example',
      '/\\evil.example',
      '/%2f%2fevil.example',
      '/javascript:alert(1)',
      '/a%0d%0aX-Injected:%201',
    ]) {
      const answer = await rawRequest(desk.port, {
        method: 'GET',
        path,
        headers: {
          'x-user': 'bo',
          host: 'evil.example',
          'x-forwarded-host': 'evil.example',
          'x-forwarded-prefix': '/evil',
        },
      });
      expect(answer.status).toBe(301);
      const location = String(answer.headers.location);
      expect(location).toMatch(/^\.\//);
      expect(new URL(location, 'https://ops.example/x').origin).toBe('https://ops.example');
      expect(answer.headers).not.toHaveProperty('x-injected');
    }
    for (const path of ['//evil.example', '//evil.example/..', '///']) {
      const answer = await rawRequest(desk.port, {
        method: 'GET',
        path,
        headers: { 'x-user': 'bo' },
      });
      expect([200, 404]).toContain(answer.status);
    }
  });

  test('is nobody’s business but who is signed in’s', async () => {
    const desk = await openDesk();
    expect((await desk.send('GET', '', { as: null })).status).toBe(401);
  });
});

describe('files outside of the panel', () => {
  test.each([
    '/../package.json',
    '/..%2fpackage.json',
    '/%2e%2e/package.json',
    '/assets/..%2f..%2f..%2fpackage.json',
    '/assets/..%5c..%5c..%5cpackage.json',
    '/....//package.json',
    '/%00',
    '/index.html%00.js',
    '/assets',
    '/assets/',
    '/.hidden',
    '/%E0%A4%A',
    '//etc/passwd',
    '/file:///etc/passwd',
  ])('%s is not there', async (path) => {
    const desk = await openDesk();
    const headers = { 'x-user': 'bo' };
    const answer = await rawRequest(desk.port, {
      method: 'GET',
      path: `/approvals${path}`,
      headers,
    });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    expect(answer.text).not.toContain('ai-sentinel"');
    expect(desk.logged).toEqual([]);
  });
});

describe('headers', () => {
  const csp = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');

  test('are on every answer, whatever it is', async () => {
    const desk = await openDesk();
    const id = await desk.ask();
    const answers = [
      await desk.send('GET', '/'),
      await desk.send('GET', ''),
      await desk.send('GET', `/assets/${assets[0]}`),
      await desk.send('GET', '/nothing'),
      await desk.send('GET', '/', { as: null }),
      await desk.api('GET', ''),
      await desk.api('GET', `/${id}`),
      await desk.api('GET', '/%'),
      await desk.api('HEAD', '/events'),
      await desk.api('POST', `/${id}/approve`),
      await desk.api('POST', `/${id}/approve`, { headers: { 'sec-fetch-site': 'none' } }),
      await desk.api('POST', `/${id}/reject`, { body: '{' }),
      await desk.api('POST', `/${id}/reject`, { body: 'x'.repeat(300_000) }),
      await desk.api('DELETE', `/${id}`),
    ];
    expect(answers.map(({ status }) => status)).toEqual([
      200, 301, 200, 404, 401, 200, 200, 400, 200, 200, 403, 400, 413, 404,
    ]);
    for (const { headers } of answers) {
      expect(headers.get('content-security-policy')).toBe(csp);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
      expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
    }
  });

  test.each(assets)('%s may be kept, by its browser only', async (asset) => {
    const desk = await openDesk();
    const { headers } = await desk.send('GET', `/assets/${asset}`);
    expect(headers.get('cache-control')).toBe('private, max-age=31536000, immutable');
    // Else a new version under an old name would never be seen.
    expect(asset).toMatch(/-[\w-]{8}\.\w+$/);
  });

  test('nothing else is kept', async () => {
    const desk = await openDesk();
    const id = await desk.ask();
    const asset = `/assets/${assets[0]}`;
    for (const answer of [
      await desk.send('GET', '/'),
      await desk.send('GET', '/index.html'),
      await desk.send('GET', ''),
      await desk.send('GET', '/assets/gone-12345678.js'),
      await desk.send('GET', asset, { as: null }),
      await desk.send('GET', asset, { headers: { 'if-match': '"other"' } }),
      await desk.api('GET', ''),
      await desk.api('GET', `/${id}`),
      await desk.api('POST', `/${id}/approve`),
    ]) {
      expect(answer.headers.get('cache-control')).toBe('no-store');
    }
  });

  test('a precondition or a range that cannot be met is the client’s to mend', async () => {
    const desk = await openDesk();
    const failed = await desk.send('GET', '/', { headers: { 'if-match': '"other"' } });
    expect(failed).toMatchObject(problem(412, 'precondition_failed'));
    const beyond = await desk.send('GET', '/', { headers: { range: 'bytes=9999999-' } });
    expect(beyond.status).toBe(200);
    const etag = (await desk.send('GET', '/')).headers.get('etag') ?? '';
    // `fetch` would say that it wants no stored answer.
    const known = await rawRequest(desk.port, {
      method: 'GET',
      path: '/approvals/',
      headers: { 'x-user': 'bo', 'if-none-match': etag },
    });
    expect(known.status).toBe(304);
    expect(desk.logged).toEqual([]);
  });
});

test('where people decide never comes from what a request claims', async () => {
  const desk = await openDesk({ around: (app) => app.set('trust proxy', true) });
  const id = await desk.ask();
  const { json } = await rawRequest(desk.port, {
    method: 'GET',
    path: `/approvals/api/v1/approvals/${id}`,
    headers: {
      'x-user': 'bo',
      host: 'evil.example',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'gopher',
      forwarded: 'host=evil.example',
    },
  });
  expect(json).toMatchObject({ approval_url: `https://ops.example/approvals/#/r/${id}` });
  expect(JSON.stringify(json)).not.toContain('evil');
});

test('the app around it goes on where the inbox is not', async () => {
  const desk = await openDesk({
    around: (app) => {
      app.use((_, response, next) => {
        response.locals.approver = 'the app’s own';
        next();
      });
      app.get('/approvals-of-another-kind', (_, response) => {
        response.send(response.locals.approver);
      });
    },
  });
  const answer = await fetch(`${desk.origin}/approvals-of-another-kind`);
  expect(await answer.text()).toBe('the app’s own');
  expect(answer.headers.get('content-security-policy')).toBeNull();
  await desk.send('GET', '/');
  expect(desk.answers.at(-1)?.response).toMatchObject({ locals: { approver: 'the app’s own' } });
});

test('two inboxes in one app know of each other’s people and requests nothing', async () => {
  const first = await openDesk();
  const second = await openDesk({
    around: (app) =>
      app.use('/first', approvalsRouter({ sentinel: first.sentinel, authenticate: byHeader })),
  });
  const id = await first.ask();
  const at = (path: string) =>
    fetch(`${second.origin}${path}/api/v1/approvals/${id}`, { headers: { 'x-user': 'bo' } });
  expect((await at('/first')).status).toBe(200);
  expect((await at('/approvals')).status).toBe(404);
});
