import { afterEach, describe, expect, test } from '@jest/globals';
import { closeDesks, type Desk, openDesk, people, problem, type Who } from './desk.ts';

afterEach(closeDesks);

const rules = { drop_table: { role: 'ops', maxUses: 5 } };

const post = (desk: Desk, id: string, path: string, body: object = {}, as: Who = 'bo') =>
  desk.api('POST', `/${id}/${path}`, { as, body });

async function digestsOf(desk: Desk, id: string): Promise<string[]> {
  return (await desk.store.requests.get(id))?.asks.map(({ digest }) => digest) ?? [];
}

describe('approving', () => {
  test('gives what the rule offers, and answers with the request as it is then', async () => {
    const desk = await openDesk({ rules });
    const id = await desk.ask();
    const { status, json } = await post(desk, id, 'approve', { notes: 'Checked.' });
    expect(status).toBe(200);
    expect(json).toMatchObject({
      id,
      status: 'approved',
      decided_by: { id: 'bo', email: 'bo@acme.example', name: 'Bo' },
      decided_by_email: 'bo@acme.example',
      decided_at: '2026-01-01T00:00:00.000Z',
      decision_notes: 'Checked.',
      grant: {
        state: 'active',
        scope: 'tool',
        digest: null,
        uses_left: 5,
        expires_at: '2026-01-01T00:15:00.000Z',
      },
      can: { approve: { allowed: false, code: 'already_decided' }, revoke: { allowed: true } },
    });
    expect(json.timeline.map(({ type }: { type: string }) => type)).toEqual([
      'requested',
      'approved',
    ]);
  });

  test.each([
    [{ scope: 'input' }, { scope: 'input', digest: 'ASKED', uses_left: 5 }],
    [{ digest: 'ASKED' }, { scope: 'input', digest: 'ASKED' }],
    [
      { scope: 'input', digest: 'ASKED' },
      { scope: 'input', digest: 'ASKED' },
    ],
    [{ scope: 'tool' }, { scope: 'tool', digest: null }],
    [{ duration_seconds: 60 }, { expires_at: '2026-01-01T00:01:00.000Z' }],
    [{ duration_seconds: 0.2904 }, { expires_at: '2026-01-01T00:00:00.290Z' }],
    [{ max_uses: 1 }, { uses_left: 1 }],
    [
      { scope: 'input', duration_seconds: 1, max_uses: 2 },
      { scope: 'input', expires_at: '2026-01-01T00:00:01.000Z', uses_left: 2 },
    ],
  ])('narrowed by %j gives %j', async (wish, grant) => {
    const desk = await openDesk({ rules });
    const id = await desk.ask();
    const [digest] = await digestsOf(desk, id);
    const named = (given: object) =>
      JSON.parse(JSON.stringify(given).replaceAll('ASKED', String(digest)));
    const { json } = await post(desk, id, 'approve', named(wish));
    expect(json.grant).toMatchObject(named(grant));
  });

  test('for a duration between two milliseconds is for one of them', async () => {
    const desk = await openDesk({ rules });
    const id = await desk.ask();
    await post(desk, id, 'approve', { duration_seconds: 1.0001 });
    const { since = 0, expiresAt = 0 } = (await desk.store.requests.get(id))?.grant ?? {};
    expect(expiresAt - since).toBe(1000);
  });

  test.each([
    [{ duration_seconds: 901 }],
    [{ max_uses: 6 }],
    [{ digest: 'f'.repeat(64) }],
    [{ scope: 'input', digest: 'f'.repeat(64) }],
  ])('%j would widen it', async (wish) => {
    const desk = await openDesk({ rules });
    const id = await desk.ask();
    expect(await post(desk, id, 'approve', wish)).toMatchObject(problem(422, 'cannot_widen'));
    expect((await desk.store.requests.get(id))?.status).toBe('pending');
  });

  test('one input of several is named, else it is asked which', async () => {
    const desk = await openDesk({ rules });
    const id = await desk.ask({ table: 'users' });
    expect(await desk.ask({ table: 'logs' })).toBe(id);
    const [, second] = await digestsOf(desk, id);
    const unnamed = await post(desk, id, 'approve', { scope: 'input' });
    expect(unnamed).toMatchObject(problem(400, 'invalid_request', { field: 'digest' }));
    const contradiction = await post(desk, id, 'approve', { scope: 'tool', digest: second });
    expect(contradiction).toMatchObject(problem(400, 'invalid_request', { field: 'digest' }));
    const { json } = await post(desk, id, 'approve', { digest: second });
    expect(json.grant).toMatchObject({ scope: 'input', digest: second });
  });

  test('a rule for one input cannot be stretched to the tool', async () => {
    const desk = await openDesk({ rules: { drop_table: { role: 'ops', grantScope: 'input' } } });
    const id = await desk.ask();
    expect(await post(desk, id, 'approve', { scope: 'tool' })).toMatchObject(
      problem(422, 'cannot_widen'),
    );
  });

  test('of a version that was overtaken is refused, and nothing is approved', async () => {
    const desk = await openDesk({ rules });
    const id = await desk.ask({ table: 'users' });
    const { json: seen } = await desk.api('GET', `/${id}`);
    await desk.ask({ table: 'logs' });
    const decision = { expected_version: seen.version };
    expect(await post(desk, id, 'approve', decision)).toMatchObject(problem(409, 'changed'));
    expect((await desk.store.requests.get(id))?.approvals).toEqual([]);
    const { json: now } = await desk.api('GET', `/${id}`);
    expect(now.version).toBe(2);
    expect((await post(desk, id, 'approve', { expected_version: 2 })).status).toBe(200);
  });

  test('twice by the same person is once', async () => {
    const desk = await openDesk({ rules });
    const id = await desk.ask();
    const first = await post(desk, id, 'approve', { notes: 'Yes.' });
    await desk.clock.advance(1000);
    const again = await post(desk, id, 'approve', { notes: 'Yes, I said.' });
    expect(again).toMatchObject({ status: 200, text: first.text });
  });

  test('takes as many people as the rule says', async () => {
    const desk = await openDesk({ rules: { drop_table: { role: 'ops', requiredApprovals: 2 } } });
    const id = await desk.ask();
    const { json: half } = await post(desk, id, 'approve', { duration_seconds: 60 });
    expect(half).toMatchObject({
      status: 'pending',
      grant: null,
      allowed: { duration_seconds: 60 },
    });
    const { json: whole } = await post(desk, id, 'approve', {}, 'carol');
    expect(whole).toMatchObject({
      status: 'approved',
      grant: { expires_at: '2026-01-01T00:01:00.000Z' },
      approvals: [{ by: { id: 'bo' } }, { by: { id: 'carol' } }],
    });
  });
});

describe('the slower of two', () => {
  const other = { notes: 'Other words.' };

  test.each([
    ['approve', other, 'approved'],
    ['reject', { reason: 'No.' }, 'approved'],
    ['deny', { reason: 'No.' }, 'approved'],
    ['request-info', { message: 'Why?' }, 'approved'],
  ])('%s after an approval is told who decided, and when', async (path, body, status) => {
    const desk = await openDesk({ rules });
    const id = await desk.ask();
    await post(desk, id, 'approve', {}, 'carol');
    await desk.clock.advance(1000);
    expect(await post(desk, id, path, body)).toMatchObject(
      problem(409, 'already_decided', {
        decided_by: 'carol',
        decided_at: '2026-01-01T00:00:00.000Z',
      }),
    );
    expect((await desk.store.requests.get(id))?.status).toBe(status);
  });

  test.each([
    ['approve', {}],
    ['reject', { reason: 'No, too.' }],
    ['request-info', { message: 'Why?' }],
  ])('%s after a rejection is told who decided, and when', async (path, body) => {
    const desk = await openDesk({ rules });
    const id = await desk.ask();
    await post(desk, id, 'reject', { reason: 'No.' }, 'carol');
    await desk.clock.advance(1000);
    expect(await post(desk, id, path, body)).toMatchObject(
      problem(409, 'already_decided', {
        decided_by: 'carol',
        decided_at: '2026-01-01T00:00:00.000Z',
      }),
    );
  });

  test('of many at once, one decides, whoever it is', async () => {
    const desk = await openDesk({ rules });
    const id = await desk.ask();
    const answers = await Promise.all([
      post(desk, id, 'approve', {}, 'bo'),
      post(desk, id, 'reject', { reason: 'No.' }, 'carol'),
      post(desk, id, 'approve', {}, 'carol'),
      post(desk, id, 'reject', { reason: 'No.' }, 'bo'),
    ]);
    const statuses = answers.map(({ status }) => status);
    const decided = await desk.store.requests.events(0);
    expect(decided.filter(({ type }) => type === 'approved' || type === 'rejected')).toHaveLength(
      1,
    );
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    for (const answer of answers.filter(({ status }) => status !== 200)) {
      expect(answer).toMatchObject(problem(409, 'already_decided'));
    }
  });
});

test('too late is too late, by the clock of the store', async () => {
  const desk = await openDesk({ rules: { drop_table: { role: 'ops', expiresAfter: '1h' } } });
  const id = await desk.ask();
  await desk.clock.advance(3_600_000 - 1);
  expect((await desk.api('GET', `/${id}`)).json.status).toBe('pending');
  await desk.clock.advance(1);
  for (const [path, body] of [
    ['approve', {}],
    ['reject', { reason: 'No.' }],
    ['request-info', { message: 'Why?' }],
  ] as const) {
    expect(await post(desk, id, path, body)).toMatchObject(problem(409, 'approval_expired'));
  }
  const { json } = await desk.api('GET', `/${id}`);
  expect(json).toMatchObject({
    status: 'expired',
    decided_by: null,
    can: { approve: { allowed: false, code: 'approval_expired' } },
  });
});

describe('rejecting', () => {
  test.each(['reject', 'deny'])(
    '%s keeps the reason, and is once for the same person',
    async (path) => {
      const desk = await openDesk({ rules });
      const id = await desk.ask();
      const { json } = await post(desk, id, path, { reason: ' Not on a Friday. ' });
      expect(json).toMatchObject({
        status: 'rejected',
        decision_notes: 'Not on a Friday.',
        grant: null,
      });
      const again = await post(desk, id, path, { reason: 'Never.' });
      expect(again.json).toMatchObject({ status: 'rejected', decision_notes: 'Not on a Friday.' });
      expect(await desk.store.requests.lastSeq()).toBe(2);
    },
  );
});

describe('asking back', () => {
  test('shows the question until it is answered', async () => {
    const desk = await openDesk({ rules });
    const id = await desk.ask();
    const { json: asked } = await post(desk, id, 'request-info', { message: 'Which one?' });
    expect(asked).toMatchObject({ status: 'info_requested', info_request_message: 'Which one?' });
    await desk.store.respond(id, { by: 'alice', message: 'The old one.' });
    const { json } = await desk.api('GET', `/${id}`);
    expect(json).toMatchObject({
      status: 'pending',
      info_request_message: null,
      thread: [
        { kind: 'question', by: { id: 'bo' }, message: 'Which one?' },
        { kind: 'answer', by: { id: 'alice' }, message: 'The old one.' },
      ],
    });
  });
});

describe('ending an approval', () => {
  test('takes it back once, with its reason', async () => {
    const desk = await openDesk({ rules });
    const id = await desk.ask();
    await post(desk, id, 'approve');
    const { json } = await post(desk, id, 'revoke', { reason: 'Wrong one.' }, 'carol');
    const revoked = { state: 'revoked', revoked_by: { id: 'carol' }, revoke_reason: 'Wrong one.' };
    expect(json).toMatchObject({ status: 'approved', grant: revoked });
    expect((await post(desk, id, 'revoke', {}, 'carol')).status).toBe(200);
    expect(await post(desk, id, 'revoke')).toMatchObject(
      problem(409, 'already_decided', { decided_by: 'carol' }),
    );
  });

  test('is not possible once it has run out', async () => {
    const desk = await openDesk({ rules });
    const id = await desk.ask();
    await post(desk, id, 'approve');
    await desk.clock.advance(15 * 60_000);
    expect(await post(desk, id, 'revoke')).toMatchObject(problem(409, 'not_allowed_now'));
  });
});

test('a request that was withdrawn cannot be decided, and the problem says so', async () => {
  const desk = await openDesk({ rules });
  const id = await desk.ask();
  await desk.store.cancel(id, { by: 'alice', reason: 'Found another way.' });
  const answer = await post(desk, id, 'approve');
  expect(answer).toMatchObject(problem(409, 'not_allowed_now'));
  expect(answer.json.detail).toContain('Found another way.');
});

test('an approver is who signed in, whatever the app’s object is made of', async () => {
  class User {
    get id() {
      return 'u-17';
    }
    // The caller’s address: without it nobody would notice that they approve their own request.
    get email() {
      return 'Alice@Acme.example';
    }
    get roles() {
      return ['ops'];
    }
  }
  const desk = await openDesk({ rules, router: { authenticate: () => new User() } });
  const caller = { id: 'agent-9', roles: [], claims: { email: 'alice@acme.example' } };
  const id = await desk.ask({}, { caller });
  expect((await desk.api('GET', '/me')).json).toEqual({
    id: 'u-17',
    email: 'Alice@Acme.example',
    name: null,
    roles: ['ops'],
  });
  expect(await post(desk, id, 'approve')).toMatchObject(problem(403, 'self_approval'));
});

test('an approver without a tenant sees what has none', async () => {
  const { tenantId: _, ...nobodys } = people.bo;
  const desk = await openDesk({ rules, router: { authenticate: () => ({ ...nobodys }) } });
  const bound = await desk.ask();
  const free = await desk.ask({}, { caller: { id: 'agent-9', roles: [] } });
  expect((await desk.api('GET', `/${bound}`)).status).toBe(404);
  expect((await post(desk, free, 'approve')).status).toBe(200);
});
