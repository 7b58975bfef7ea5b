import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { createSentinel, InvalidOptionError } from 'ai-sentinel';
import { type ApprovalsRouterOptions, approvalsRouter } from 'ai-sentinel/express';
import { closeDesks, openDesk, people, problem } from './desk.ts';

afterEach(closeDesks);

const sentinel = createSentinel();
const authenticate = () => null;

describe('what the router is made of', () => {
  test.each<[string, unknown, string, string]>([
    ['nothing', undefined, 'approvalsRouter', 'must be an object, not undefined'],
    ['null', null, 'approvalsRouter', 'must be an object, not null'],
    ['a list', [], 'approvalsRouter', 'must be an object, not a list'],
    ['no authenticate', { sentinel }, 'authenticate', 'is required: a function'],
    [
      'another authenticate',
      { sentinel, authenticate: 'bo' },
      'authenticate',
      'is required: a function',
    ],
    ['no sentinel', { authenticate }, 'sentinel', 'must come from createSentinel'],
    [
      'a copied sentinel',
      { authenticate, sentinel: { ...sentinel } },
      'sentinel',
      'of this same copy of ai-sentinel',
    ],
    [
      'its store',
      { authenticate, sentinel: sentinel.store },
      'sentinel',
      'must come from createSentinel',
    ],
    [
      'a misspelt option',
      { sentinel, authenticate, publicOrgin: 'x' },
      'publicOrgin',
      'Did you mean `publicOrigin`?',
    ],
    [
      'an unknown option',
      { sentinel, authenticate, theme: 'dark' },
      'theme',
      'Known are sentinel, authenticate, publicOrigin, canSee',
    ],
    [
      'a `canSee` that is none',
      { sentinel, authenticate, canSee: true },
      'canSee',
      'must be a function, not true',
    ],
    [
      'an origin with a path',
      { sentinel, authenticate, publicOrigin: 'https://ops.example/panel' },
      'publicOrigin',
      'such as https://ops.example, without a path',
    ],
    [
      'an origin with a slash',
      { sentinel, authenticate, publicOrigin: 'https://ops.example/' },
      'publicOrigin',
      'such as https://ops.example, without',
    ],
    [
      'an origin with the usual port',
      { sentinel, authenticate, publicOrigin: 'https://ops.example:443' },
      'publicOrigin',
      'such as https://ops.example, without',
    ],
    [
      'an origin in capitals',
      { sentinel, authenticate, publicOrigin: 'https://OPS.example' },
      'publicOrigin',
      'such as https://ops.example, without',
    ],
    [
      'a host only',
      { sentinel, authenticate, publicOrigin: 'ops.example' },
      'publicOrigin',
      'must be an origin',
    ],
    [
      'another scheme',
      { sentinel, authenticate, publicOrigin: 'ftp://ops.example' },
      'publicOrigin',
      'must be an origin',
    ],
    [
      'the origin of nobody',
      { sentinel, authenticate, publicOrigin: 'null' },
      'publicOrigin',
      'must be an origin',
    ],
    [
      'an origin that is none',
      { sentinel, authenticate, publicOrigin: 5 },
      'publicOrigin',
      'not 5',
    ],
  ])('%s is refused, naming the option and what to write', (_, options, option, words) => {
    let error: unknown;
    try {
      approvalsRouter(options as ApprovalsRouterOptions);
    } catch (thrown) {
      error = thrown;
    }
    expect(InvalidOptionError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({ option });
    expect((error as Error).message).toContain(`${option}: `);
    expect((error as Error).message).toContain(words);
  });

  test('`__proto__` in parsed options is an unknown option', () => {
    const options = JSON.parse('{"__proto__":{"authenticate":true}}');
    expect(() => approvalsRouter(options)).toThrow(/__proto__: there is no such option/);
  });

  test('asks nobody and nothing before the first request', () => {
    const asked = jest.fn(() => null);
    approvalsRouter({ sentinel, authenticate: asked, canSee: () => true });
    expect(asked).not.toHaveBeenCalled();
  });
});

describe('what `authenticate` says', () => {
  test.each([
    ['nothing', undefined],
    ['null', null],
    ['false', false],
    ['no text', ''],
  ])('%s: nobody, and nothing to log', async (_, said) => {
    const desk = await openDesk({ router: { authenticate: () => said as never } });
    expect(await desk.api('GET', '/me')).toMatchObject(problem(401, 'unauthenticated'));
    expect(desk.logged).toEqual([]);
  });

  test.each<[string, unknown]>([
    ['true', true],
    ['a name', 'tok-5f2b9c0d7e'],
    ['a number', 17],
    ['a list', [people.bo]],
    ['a function', () => people.bo],
    ['no id', { roles: ['ops'] }],
    ['a number for an id', { id: 17, roles: ['ops'] }],
    ['a blank id', { id: ' ', roles: ['ops'] }],
    ['half a character in the id', { id: 'bo\ud800', roles: ['ops'] }],
    // `includes` finds a role in a text as well.
    ['a text for roles', { id: 'bo', roles: 'devops' }],
    ['an object for roles', { id: 'bo', roles: { includes: () => true } }],
    ['roles that are no texts', { id: 'bo', roles: [['ops']] }],
    ['a list for an e-mail address', { id: 'bo', roles: [], email: ['bo@acme.example'] }],
    ['a number for a tenant', { id: 'bo', roles: [], tenantId: 5 }],
    ['an object for a name', { id: 'bo', roles: [], name: {} }],
  ])('%s: nobody, and the logger hears what it must be', async (_, said) => {
    const desk = await openDesk({ router: { authenticate: () => said as never } });
    const id = await desk.ask();
    for (const path of ['/me', '', `/${id}`, '/events']) {
      expect(await desk.api('GET', path)).toMatchObject(problem(401, 'unauthenticated'));
    }
    expect((await desk.api('POST', `/${id}/approve`)).status).toBe(401);
    expect((await desk.send('GET', '/')).status).toBe(401);
    expect(desk.logged).toHaveLength(6);
    for (const line of desk.logged) {
      expect(line).toContain('`authenticate` returned neither an approver nor nothing');
      expect(line).toContain('{ id: string, roles: string[]');
      expect(line).not.toContain('tok-5f2b9c0d7e');
    }
  });

  test.each<[string, () => never]>([
    [
      'throws',
      () => {
        throw new Error('no key for kid 7');
      },
    ],
    ['rejects', (() => Promise.reject(new Error('no key for kid 7'))) as () => never],
    [
      'throws what is no error',
      () => {
        throw 'no key for kid 7';
      },
    ],
    [
      'throws what Express would answer by',
      () => {
        throw Object.assign(new Error('no key for kid 7'), { status: 200, type: 'x' });
      },
    ],
    [
      'has a getter that throws',
      (() => ({
        get id() {
          throw new Error('no key for kid 7');
        },
      })) as () => never,
    ],
  ])('where it %s: nobody, and the logger hears why', async (_, authenticate) => {
    const desk = await openDesk({ router: { authenticate } });
    const id = await desk.ask();
    const answer = await desk.api('GET', `/${id}`);
    expect(answer).toMatchObject(problem(401, 'unauthenticated'));
    expect(answer.text).not.toContain('kid');
    expect((await desk.api('POST', `/${id}/approve`)).status).toBe(401);
    expect(desk.logged).toHaveLength(2);
    for (const line of desk.logged) {
      expect(line).toContain('`authenticate` threw');
      expect(line).toContain('no key for kid 7');
    }
  });

  test('what it throws is logged without the credentials that it quotes', async () => {
    const jwt = 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJibyJ9.c2lnbmF0dXJlMTIz';
    const desk = await openDesk({
      router: {
        authenticate: ({ headers, url }) => {
          const [, payload] = jwt.split('.');
          throw new Error(
            `bad token ${headers.authorization} (${payload}), ${headers.cookie}, ${url}`,
          );
        },
      },
    });
    const headers = { authorization: `Bearer ${jwt}`, cookie: 'sid=s3cr3t-session-id; theme=dark' };
    expect((await desk.api('GET', '/me?access_token=q-u-e-r-y-token', { headers })).status).toBe(
      401,
    );
    const [line = ''] = desk.logged;
    expect(line).toContain('bad token Bearer [hidden]');
    for (const secret of [...jwt.split('.'), 's3cr3t-session-id', 'q-u-e-r-y-token']) {
      expect(line).not.toContain(secret);
    }
  });

  test('without roles it is somebody who has none', async () => {
    const desk = await openDesk({
      router: {
        authenticate: () => ({ id: 'bo', email: null, name: null, tenantId: 'acme' }) as never,
      },
    });
    const id = await desk.ask();
    expect((await desk.api('GET', '/me')).json).toEqual({
      id: 'bo',
      email: null,
      name: null,
      roles: [],
    });
    expect(await desk.api('POST', `/${id}/approve`)).toMatchObject(problem(403, 'not_eligible'));
  });

  test('counts for its own request only', async () => {
    const answers = [people.bo, null, people.eve];
    const desk = await openDesk({ router: { authenticate: () => answers.shift() } });
    expect((await desk.api('GET', '/me')).json.id).toBe('bo');
    expect((await desk.api('GET', '/me')).status).toBe(401);
    expect((await desk.api('GET', '/me')).json.id).toBe('eve');
  });

  test('is taken as it was when it was said', async () => {
    const roles = ['ops'];
    const desk = await openDesk({
      router: {
        authenticate: () => ({ id: 'bo', roles, tenantId: 'acme' }),
        canSee: () => {
          roles.length = 0;
          return true;
        },
      },
    });
    const id = await desk.ask();
    expect((await desk.api('POST', `/${id}/approve`)).status).toBe(200);
  });
});
