import { afterEach, describe, expect, test } from '@jest/globals';
import { ApprovalError, type ApprovalStore, type OwningStore } from 'ai-sentinel';
import { closeDesks, type DeskOptions, openDesk, problem } from './desk.ts';

afterEach(closeDesks);

const SECRET = 'postgres://app:hunter2@db/approvals';

type Broken = Partial<Omit<OwningStore, 'requests' | 'admin'>> & {
  requests?: Partial<ApprovalStore['requests']>;
  admin?: Partial<OwningStore['admin']>;
};

/** A desk whose inbox has a store that fails where `broken` says. */
const deskWith = async (broken: (own: OwningStore) => Broken, options: DeskOptions = {}) => {
  const desk = await openDesk({
    storeOf: (own) => {
      const { requests, admin, ...more } = broken(own);
      return {
        ...own,
        ...more,
        requests: { ...own.requests, ...requests },
        admin: { ...own.admin, ...admin },
      };
    },
    ...options,
  });
  return { desk, id: await desk.ask() };
};

/** Errors that look like something else on the outside. */
const errors: [string, unknown][] = [
  ['an error', new Error(SECRET)],
  ['an error with a status', Object.assign(new Error(SECRET), { status: 404, statusCode: 404 })],
  [
    'an error like a body reader’s',
    Object.assign(new Error(SECRET), { status: 413, type: 'entity.too.large' }),
  ],
  ['an error of a file server', Object.assign(new Error(SECRET), { status: 304, expose: true })],
  [
    'an error that calls itself a success',
    Object.assign(new Error(SECRET), { status: 200, headers: { 'x-a': 'b' } }),
  ],
  ['a store’s own code for it', new ApprovalError('approval_store_exception', SECRET)],
  ['an unknown state', new ApprovalError('approval_state_unknown', SECRET)],
  ['a string', SECRET],
  ['nothing', undefined],
  ['null', null],
  [
    'an object that throws',
    {
      get status() {
        throw new Error(SECRET);
      },
    },
  ],
];

describe.each(errors)('a store that fails with %s', (_, error) => {
  const failing = () => Promise.reject(error);
  const failed = problem(503, 'approval_store_exception');

  test('is said to have failed, without its words, in reading', async () => {
    const { desk, id } = await deskWith(() => ({
      requests: { get: failing, list: failing, lastSeq: failing },
    }));
    for (const path of [`/${id}`, '', '/pending', '/events']) {
      const answer = await desk.api('GET', path);
      expect(answer).toMatchObject(failed);
      expect(answer.text).not.toContain('hunter2');
    }
    expect(desk.logged).toHaveLength(4);
  });

  test('and in deciding', async () => {
    const { desk, id } = await deskWith(() => ({
      admin: { approve: failing, reject: failing, requestInfo: failing, revoke: failing },
    }));
    for (const [path, body] of [
      ['approve', {}],
      ['reject', { reason: 'No.' }],
      ['deny', { reason: 'No.' }],
      ['request-info', { message: 'Why?' }],
      ['revoke', {}],
    ] as const) {
      const answer = await desk.api('POST', `/${id}/${path}`, { body });
      expect(answer).toMatchObject(failed);
      expect(answer.text).not.toContain('hunter2');
      // It cannot know: a store may fail after it has stored.
      expect(answer.json.detail).not.toMatch(/nothing was decided/i);
    }
  });
});

test('a logger that fails, too, changes nothing about it', async () => {
  const fail = () => {
    throw new TypeError('Converting circular structure to JSON');
  };
  const { desk, id } = await deskWith(
    () => ({ requests: { get: () => Promise.reject(new Error(SECRET)) } }),
    { logger: { warn: fail, error: fail } },
  );
  expect(await desk.api('GET', `/${id}`)).toMatchObject(problem(503, 'approval_store_exception'));
});

test('a closed store says that it is closed', async () => {
  const desk = await openDesk();
  const id = await desk.ask();
  await desk.store.close();
  for (const path of [`/${id}`, '', '/pending', '/events']) {
    const answer = await desk.api('GET', path);
    expect(answer).toMatchObject(problem(503, 'approval_store_exception'));
    expect(answer.json.detail).toContain('is closed');
  }
});

test('a decision that was stored is never answered as one that failed', async () => {
  let isDecided = false;
  const { desk, id } = await deskWith((own) => ({
    requests: {
      events: (...given) =>
        isDecided ? Promise.reject(new Error(SECRET)) : own.requests.events(...given),
    },
    admin: {
      approve: async (...given) => {
        const request = await own.admin.approve(...given);
        isDecided = true;
        return request;
      },
    },
  }));
  const { status, json, text } = await desk.api('POST', `/${id}/approve`);
  expect(status).toBe(200);
  expect(json).toMatchObject({
    status: 'approved',
    timeline: [],
    can: { revoke: { allowed: false, code: 'approval_store_exception' } },
  });
  expect(text).not.toContain('hunter2');
  expect(desk.logged).toHaveLength(1);
});

test('what a store says of its own options is not the client’s to read', async () => {
  const { desk, id } = await deskWith(() => ({
    requests: {
      // As a store does that is asked for the first time and finds its configuration wrong.
      get: async () => {
        const { InvalidOptionError } = await import('ai-sentinel');
        throw new InvalidOptionError('connectionString', `must be an address, not ${SECRET}.`);
      },
    },
  }));
  const answer = await desk.api('GET', `/${id}`);
  expect(answer).toMatchObject(problem(503, 'approval_store_exception'));
  expect(answer.text).not.toContain('hunter2');
});

test('a store that does not decide says where decisions are made', async () => {
  const desk = await openDesk({ storeOf: ({ admin: _, ...store }) => store });
  const id = await desk.ask();
  for (const [path, body] of [
    ['approve', {}],
    ['reject', { reason: 'No.' }],
    ['deny', { reason: 'No.' }],
    ['request-info', { message: 'Why?' }],
    ['revoke', {}],
  ] as const) {
    expect(await desk.api('POST', `/${id}/${path}`, { body })).toMatchObject(
      problem(409, 'decided_elsewhere'),
    );
  }
  const refused = { allowed: false, code: 'decided_elsewhere', reason: expect.any(String) };
  const { json } = await desk.api('GET', `/${id}`);
  expect(json.can).toEqual({
    approve: refused,
    reject: refused,
    request_info: refused,
    revoke: refused,
  });
  expect(json.status).toBe('pending');
});

test('a request that is forgotten while it is read is not there', async () => {
  const { desk, id } = await deskWith(() => ({ admin: { may: async () => null } }));
  expect(await desk.api('GET', `/${id}`)).toMatchObject(problem(404, 'unknown_request'));
  const { desk: other, id: gone } = await deskWith(() => ({
    admin: {
      approve: async (missing) => {
        throw new ApprovalError('unknown_request', `There is no request ${missing}.`);
      },
    },
  }));
  const hidden = await other.api('POST', '/req-none/approve');
  expect((await other.api('POST', `/${gone}/approve`)).text).toBe(hidden.text);
});

test.each(['constructor', '__proto__', 'toString'])('a code called %s is a code', async (code) => {
  const { desk, id } = await deskWith(() => ({
    admin: {
      approve: async () => {
        throw new ApprovalError(code, 'No.');
      },
    },
  }));
  expect(await desk.api('POST', `/${id}/approve`)).toMatchObject(problem(409, code));
});
