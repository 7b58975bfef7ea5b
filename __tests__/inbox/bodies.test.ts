import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from '@jest/globals';
import express from 'express';
import { closeDesks, type Desk, openDesk, problem } from './desk.ts';
import { rawBytes, rawRequest } from './raw.ts';

afterEach(closeDesks);

const invalid = (field?: string) => problem(400, 'invalid_request', field ? { field } : {});

async function deskWithRequest() {
  const desk = await openDesk();
  return { desk, id: await desk.ask() };
}

/** What is sent instead of JSON, with headers of its own. */
const sendBytes = (desk: Desk, path: string, body: string | Uint8Array, headers = {}) =>
  rawRequest(desk.port, {
    method: 'POST',
    path: `/approvals/api/v1/approvals${path}`,
    headers: { 'x-user': 'bo', 'sec-fetch-site': 'same-origin', ...headers },
    body,
  });

describe('fields', () => {
  test.each([
    ['approve', { notes: 5 }, 'notes'],
    ['approve', { notes: 'x'.repeat(10_001) }, 'notes'],
    ['approve', { scope: 'all' }, 'scope'],
    ['approve', { digest: 'abc' }, 'digest'],
    ['approve', { digest: 'A'.repeat(64) }, 'digest'],
    ['approve', { duration_seconds: '60' }, 'duration_seconds'],
    ['approve', { duration_seconds: 0 }, 'duration_seconds'],
    ['approve', { duration_seconds: -1 }, 'duration_seconds'],
    // Less than a clock tells apart.
    ['approve', { duration_seconds: 0.0001 }, 'duration_seconds'],
    ['approve', '{"duration_seconds":1e999}', 'duration_seconds'],
    ['approve', { max_uses: 1.5 }, 'max_uses'],
    ['approve', { max_uses: 0 }, 'max_uses'],
    ['approve', { max_uses: true }, 'max_uses'],
    ['approve', { expected_version: '1' }, 'expected_version'],
    ['approve', { expectedVersion: 1 }, 'expectedVersion'],
    ['approve', { approver: { id: 'carol' } }, 'approver'],
    ['approve', '{"__proto__":{"scope":"input"}}', '__proto__'],
    ['approve', '{"constructor":{"prototype":{}}}', 'constructor'],
    ['reject', {}, 'reason'],
    ['reject', { reason: null }, 'reason'],
    ['reject', { reason: '' }, 'reason'],
    ['reject', { reason: ' \n\t\u2003' }, 'reason'],
    ['reject', { reason: ['no'] }, 'reason'],
    ['reject', { reason: 'x'.repeat(10_001) }, 'reason'],
    ['deny', {}, 'reason'],
    ['deny', { reason: 'No.', notes: 'Never.' }, 'notes'],
    ['request-info', {}, 'message'],
    ['request-info', { message: {} }, 'message'],
    ['revoke', { reason: 5 }, 'reason'],
    ['revoke', { scope: 'tool' }, 'scope'],
  ])('%s %j: says that it is %s', async (path, body, field) => {
    const { desk, id } = await deskWithRequest();
    const answer = await desk.api('POST', `/${id}/${path}`, { body });
    expect(answer).toMatchObject(invalid(field));
    expect(answer.json.detail).toMatch(new RegExp(`^${field}: `));
    expect((await desk.store.requests.get(id))?.status).toBe('pending');
  });

  test.each([
    ['approve', { notes: null, scope: null, digest: null, max_uses: null, later_field: null }],
    ['approve', { duration_seconds: null, expected_version: null }],
    ['reject', { reason: 'No.', notes: null }],
    ['request-info', { message: 'Why?', callback_url: null }],
  ])('%s %j: null is absent', async (path, body) => {
    const { desk, id } = await deskWithRequest();
    expect((await desk.api('POST', `/${id}/${path}`, { body })).status).toBe(200);
  });

  test.each(['[]', '"approve"', '5', 'true', '[{}]'])('%s is no body', async (body) => {
    const { desk, id } = await deskWithRequest();
    expect(await desk.api('POST', `/${id}/approve`, { body })).toMatchObject(invalid());
  });

  test('keeps words as they were sent, but never half a character', async () => {
    const { desk, id } = await deskWithRequest();
    const body = '{"reason":"  Nö, 👩🏽‍💻\\u202e: \\ud800  "}';
    const { json } = await desk.api('POST', `/${id}/reject`, { body });
    expect(json.decision_notes).toBe('Nö, 👩🏽‍💻\u202e: \ufffd');
  });
});

describe('an empty body', () => {
  test.each([
    { 'content-type': 'application/json', 'content-length': '0' },
    { 'content-type': 'text/plain', 'content-length': '0' },
    { 'content-type': 'nonsense', 'content-length': '0' },
    { 'content-type': 'text/plain', 'transfer-encoding': 'chunked' },
    { 'content-type': 'multipart/form-data; boundary=x', 'transfer-encoding': 'chunked' },
    { 'content-length': '0' },
  ])('is fine with %j', async (headers) => {
    const { desk, id } = await deskWithRequest();
    expect((await sendBytes(desk, `/${id}/approve`, '', headers)).status).toBe(200);
  });

  test('does not stand for a reason', async () => {
    const { desk, id } = await deskWithRequest();
    const answer = await sendBytes(desk, `/${id}/reject`, '', { 'content-type': 'text/plain' });
    expect(answer).toMatchObject(invalid('reason'));
  });
});

describe('a body that is no JSON', () => {
  test.each([
    ['text/plain', '{}'],
    ['application/x-www-form-urlencoded', 'notes=x'],
    ['multipart/form-data; boundary=x', '--x--'],
    ['application/jsonp', '{}'],
    ['text/json-ish', '{}'],
    ['nonsense', '{}'],
    ['application/json; charset=utf-16', Buffer.from('{}', 'utf16le')],
    ['application/json; charset="iso-8859-1"', '{}'],
  ])('%s is refused', async (type, body) => {
    const { desk, id } = await deskWithRequest();
    const headers = { 'content-type': type };
    expect(await sendBytes(desk, `/${id}/approve`, body, headers)).toMatchObject(
      problem(415, 'unsupported_media_type'),
    );
  });

  test('without any type is refused', async () => {
    const { desk, id } = await deskWithRequest();
    expect(await sendBytes(desk, `/${id}/approve`, '{}')).toMatchObject(
      problem(415, 'unsupported_media_type'),
    );
  });

  test.each(['application/json; charset=UTF-8', 'application/vnd.x+json', 'APPLICATION/JSON'])(
    '%s is JSON',
    async (type) => {
      const { desk, id } = await deskWithRequest();
      const headers = { 'content-type': type };
      expect((await sendBytes(desk, `/${id}/approve`, '{}', headers)).status).toBe(200);
    },
  );

  test.each([
    ['not JSON', 'approve'],
    ['cut short', '{"notes":"ye'],
    ['two of them', '{}{}'],
    ['white space', '   '],
    ['a trailing comma', '{"notes":"x",}'],
    ['a NUL', '{"notes":"x"}\0'],
    ['UTF-16', Buffer.from('\ufeff{}', 'utf16le')],
    [
      'not UTF-8',
      Buffer.concat([Buffer.from('{"notes":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]),
    ],
    [
      'an encoded surrogate',
      Buffer.concat([
        Buffer.from('{"notes":"'),
        Buffer.from([0xed, 0xa0, 0x80]),
        Buffer.from('"}'),
      ]),
    ],
  ])('%s is refused', async (_, body) => {
    const { desk, id } = await deskWithRequest();
    const headers = { 'content-type': 'application/json' };
    expect(await sendBytes(desk, `/${id}/approve`, body, headers)).toMatchObject(invalid());
    expect((await desk.store.requests.get(id))?.approvals).toEqual([]);
  });

  test('nested 1,000 and 100,000 deep is refused by its field', async () => {
    const { desk, id } = await deskWithRequest();
    for (const depth of [1000, 100_000]) {
      const body = `{"notes":${'['.repeat(depth)}${']'.repeat(depth)}}`;
      expect(await desk.api('POST', `/${id}/approve`, { body })).toMatchObject(invalid('notes'));
      const bare = '['.repeat(depth) + ']'.repeat(depth);
      expect(await desk.api('POST', `/${id}/approve`, { body: bare })).toMatchObject(invalid());
    }
  });

  test('a prototype that was sent changes nothing for the next one', async () => {
    const { desk, id } = await deskWithRequest();
    const body = '{"__proto__":{"max_uses":1},"notes":"x"}';
    expect(await desk.api('POST', `/${id}/approve`, { body })).toMatchObject(invalid('__proto__'));
    expect(Object.hasOwn(Object.prototype, 'max_uses')).toBe(false);
    const { json } = await desk.api('POST', `/${id}/approve`, { body: {} });
    expect(json.grant.uses_left).toBeNull();
  });

  test('cut off by a client that leaves, decides nothing and leaves the server well', async () => {
    const { desk, id } = await deskWithRequest();
    const head = [
      `POST /approvals/api/v1/approvals/${id}/approve HTTP/1.1`,
      'Host: x',
      'X-User: bo',
      'Sec-Fetch-Site: same-origin',
      'Content-Type: application/json',
      'Content-Length: 100',
    ].join('\r\n');
    await rawBytes(desk.port, `${head}\r\n\r\n{}`);
    expect((await desk.store.requests.get(id))?.status).toBe('pending');
    expect((await desk.api('GET', `/${id}`)).status).toBe(200);
  });
});

describe('size', () => {
  const LIMIT = 256 * 1024;
  const sized = (bytes: number) => `{"notes":"x"${' '.repeat(bytes - '{"notes":"x"}'.length)}}`;
  const json = { 'content-type': 'application/json' };

  test('256 KiB are fine', async () => {
    const { desk, id } = await deskWithRequest();
    expect((await sendBytes(desk, `/${id}/approve`, sized(LIMIT), json)).status).toBe(200);
  });

  test.each([
    ['announced', {}],
    ['in chunks', { 'transfer-encoding': 'chunked' }],
    ['of another type', { 'content-type': 'text/plain' }],
  ])('a byte more is refused: %s', async (_, headers) => {
    const { desk, id } = await deskWithRequest();
    const sent = { ...json, ...headers };
    expect(await sendBytes(desk, `/${id}/approve`, sized(LIMIT + 1), sent)).toMatchObject(
      problem(413, 'payload_too_large'),
    );
    expect((await desk.store.requests.get(id))?.status).toBe('pending');
  });

  test('counts what a compressed body unpacks to', async () => {
    const { desk, id } = await deskWithRequest();
    const gzip = { ...json, 'content-encoding': 'gzip' };
    const bomb = gzipSync(sized(20 * LIMIT));
    expect(await sendBytes(desk, `/${id}/approve`, bomb, gzip)).toMatchObject(
      problem(413, 'payload_too_large'),
    );
    expect(await sendBytes(desk, `/${id}/approve`, 'no gzip', gzip)).toMatchObject(invalid());
    const odd = { ...json, 'content-encoding': 'shrunk' };
    expect(await sendBytes(desk, `/${id}/approve`, '{}', odd)).toMatchObject(
      problem(415, 'unsupported_media_type'),
    );
    const small = gzipSync('{"notes":"packed"}');
    expect((await sendBytes(desk, `/${id}/approve`, small, gzip)).status).toBe(200);
    expect(desk.logged).toEqual([]);
  });
});

describe('an app that reads bodies itself', () => {
  test('may have parsed it already', async () => {
    const desk = await openDesk({ around: (app) => app.use(express.json()) });
    const id = await desk.ask();
    expect(await desk.api('POST', `/${id}/reject`, { body: {} })).toMatchObject(invalid('reason'));
    const { json } = await desk.api('POST', `/${id}/reject`, { body: { reason: 'No.' } });
    expect(json.decision_notes).toBe('No.');
  });

  test('does not make a form of it that another site can send', async () => {
    const desk = await openDesk({
      around: (app) =>
        app.use(express.urlencoded({ extended: false }), express.json({ type: () => true })),
    });
    const id = await desk.ask();
    for (const type of ['application/x-www-form-urlencoded', 'text/plain']) {
      const sending = { body: '{"notes":"x"}', headers: { 'content-type': type } };
      expect(await desk.api('POST', `/${id}/approve`, sending)).toMatchObject(
        problem(415, 'unsupported_media_type'),
      );
    }
  });

  test('may parse queries as it likes', async () => {
    const desk = await openDesk({ around: (app) => app.set('query parser', false) });
    await desk.ask();
    expect((await desk.api('GET', '?status=rejected')).json.approvals).toEqual([]);
    expect(await desk.api('GET', '?stauts=rejected')).toMatchObject(invalid('stauts'));
  });
});
