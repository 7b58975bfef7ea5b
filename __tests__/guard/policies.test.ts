import { describe, expect, it } from '@jest/globals';
import {
  createSentinel,
  InvalidOptionError,
  memoryStore,
  type Policy,
  requireApproval,
  requireToolPolicy,
} from 'ai-sentinel';
import { fakeClock } from 'ai-sentinel/testing';
import { settled } from '../approvals/turns.ts';
import { alice, rejection, scene, standing } from './scene.ts';

const yes = () => true;
const no = () => false;

describe('which rules count', () => {
  it('passes what no rule matches, untouched, unless told to deny', async () => {
    const input = Object.assign(new Date(0), { anything: () => 1n });
    const rules = [requireToolPolicy('other', no), requireApproval('another')];
    expect(await scene({ rules }).authorize({ input })).toEqual({ type: 'allow', grants: [] });
    expect((await scene({ rules }).admit({ input })).input).toBe(input);
    const strict = scene({ rules, defaultToolPolicy: 'deny' });
    expect(await strict.authorize({ input })).toEqual({
      type: 'deny',
      policyName: 'delete_database',
      code: 'default_deny',
      reason: 'No rule allows the tool delete_database.',
    });
    expect(await scene({ defaultToolPolicy: 'deny' }).authorize()).toMatchObject({
      code: 'default_deny',
    });
  });

  it('asks every matching policy, in the order given, until one refuses', async () => {
    const asked: string[] = [];
    const policy = (name: string, allowed: boolean) =>
      Object.defineProperty(() => asked.push(name) > 0 && allowed, 'name', { value: name });
    const rules = [
      requireToolPolicy('delete_*', policy('first', true)),
      requireToolPolicy('read_*', policy('unconcerned', false)),
      requireToolPolicy('*', policy('second', true)),
      requireToolPolicy('{delete,drop}_database', policy('third', false)),
      requireToolPolicy('*', policy('fourth', false)),
    ];
    expect(await scene({ rules }).authorize()).toMatchObject({ policyName: 'third' });
    expect(asked).toEqual(['first', 'second', 'third']);
  });

  it('allows only where all allow', async () => {
    for (const [verdicts, type] of [
      [[true, true, true], 'allow'],
      [[false, true, true], 'deny'],
      [[true, false, true], 'deny'],
      [[true, true, false], 'deny'],
    ] as const) {
      const rules = verdicts.map((verdict) => requireToolPolicy('*', () => verdict));
      expect(await scene({ rules }).authorize()).toMatchObject({ type });
    }
  });

  it('asks no person about a call that a policy refuses, wherever the rules stand', async () => {
    for (const verdict of [false, Promise.resolve(false)]) {
      const { authorize, admit, store } = scene({
        rules: [requireApproval('*'), requireToolPolicy('*', () => verdict)],
      });
      expect(await authorize()).toMatchObject({ type: 'deny', code: 'policy_denied' });
      expect(await rejection(admit())).toMatchObject({ code: 'policy_denied' });
      expect(await store.requests.lastSeq()).toBe(0);
    }
  });

  it('counts no approval rule whose `when` says no as a match', async () => {
    const rules = [requireApproval('*', { when: no })];
    expect(await scene({ rules }).authorize()).toEqual({ type: 'allow', grants: [] });
    const strict = scene({ rules, defaultToolPolicy: 'deny' });
    expect(await strict.authorize()).toMatchObject({ code: 'default_deny' });
    const allowed = scene({
      rules: [...rules, requireToolPolicy('*', yes)],
      defaultToolPolicy: 'deny',
    });
    expect(await allowed.authorize()).toMatchObject({ type: 'allow' });
  });
});

describe('what a policy is told', () => {
  it('is the caller, the tool, the input, the cost and the context', async () => {
    const calls: unknown[] = [];
    const { authorize } = scene({
      rules: [requireToolPolicy('*', (call) => calls.push(call) > 0)],
      estimateCostUsd: ({ input }) => input.rows / 100,
    });
    const context = { conversation: [{ role: 'user', text: 'Go on.' }] };
    await authorize({ input: { rows: 250 }, context });
    expect(calls).toEqual([
      {
        caller: alice,
        toolName: 'delete_database',
        input: { rows: 250 },
        estimatedCostUsd: 2.5,
        context,
      },
    ]);
  });

  it('leaves out the conversation where that is not wanted', async () => {
    const contexts: unknown[] = [];
    const { authorize } = scene({
      rules: [requireToolPolicy('*', ({ context }) => contexts.push(context) > 0)],
      includeConversationContext: false,
    });
    await authorize({ context: { conversation: [{ role: 'user', text: 'x' }], other: 1 } });
    expect(contexts).toEqual([{ other: 1 }]);
  });

  it('is an input it cannot change, and trying to fails the call', async () => {
    const tampering: Policy[] = [
      ({ input }) => {
        input.name = 'another';
        return true;
      },
      ({ input }) => delete input.name,
      ({ input }) => input.list.push(1) > 0,
      (call) => {
        (call as { toolName: string }).toolName = 'harmless';
        return true;
      },
      async ({ input }) => {
        input.list[0] = 2;
        return true;
      },
    ];
    for (const policy of tampering) {
      const { authorize } = scene({ rules: [requireToolPolicy('*', policy)] });
      expect(await authorize({ input: { name: 'orders', list: [] } })).toMatchObject({
        type: 'deny',
        code: 'policy_exception',
      });
    }
  });
});

describe('whose policy it is', () => {
  it('is called by its registered name, its own, or the pattern', async () => {
    function noDeletes() {
      return false;
    }
    const nameOf = async (rule: ReturnType<typeof requireToolPolicy>) => {
      const decision = await scene({
        rules: [rule],
        policies: { registered: noDeletes },
      }).authorize();
      return decision.type === 'deny' && decision.policyName;
    };
    expect(await nameOf(requireToolPolicy('*', 'registered'))).toBe('registered');
    expect(await nameOf(requireToolPolicy('*', noDeletes))).toBe('noDeletes');
    expect(await nameOf(requireToolPolicy('delete_*', () => false))).toBe('delete_*');
  });

  it('is never found among what every object inherits', async () => {
    for (const name of ['constructor', 'toString', '__proto__', 'missing']) {
      const { authorize } = scene({
        rules: [requireToolPolicy('*', name)],
        policies: { registered: yes },
      });
      expect(await authorize()).toMatchObject({
        type: 'deny',
        code: 'policy_not_registered',
        policyName: name,
      });
    }
  });
});

describe('what a policy answers', () => {
  it('may bring its own reason and code', async () => {
    const policies: [Policy, object][] = [
      [
        () => ({ allowed: false, reason: 'Not on Fridays.', code: 'no_fridays' }),
        { code: 'no_fridays', reason: 'Not on Fridays.' },
      ],
      [
        async () => ({ allowed: false, reason: 'Not on Fridays.' }),
        { code: 'policy_denied', reason: 'Not on Fridays.' },
      ],
      [
        () => ({ allowed: false, reason: '', code: '' }),
        { code: 'policy_denied', reason: 'The policy * does not allow this call.' },
      ],
    ];
    for (const [policy, expected] of policies) {
      const rules = [requireToolPolicy('*', policy)];
      expect(await scene({ rules }).authorize()).toMatchObject({ type: 'deny', ...expected });
    }
    const rules = [requireToolPolicy('*', () => ({ allowed: true, reason: 'x', code: 'y' }))];
    expect(await scene({ rules }).authorize()).toEqual({ type: 'allow', grants: [] });
  });

  const junk: [string, unknown][] = [
    ['nothing', undefined],
    ['null', null],
    ['1', 1],
    ['a word', 'true'],
    ['an empty object', {}],
    ['a list', [true]],
    ['a wrapped true', new Boolean(true)],
    ['a yes of another kind', { allowed: 'yes' }],
    ['a misspelt yes', { allow: true }],
    ['a function', () => true],
    [
      'what throws when read',
      {
        get allowed() {
          throw new Error('boom');
        },
      },
    ],
  ];
  it.each(junk)('denies for %s, at once or later', async (_, verdict) => {
    for (const policy of [() => verdict, async () => verdict]) {
      const { authorize } = scene({ rules: [requireToolPolicy('*', policy as Policy)] });
      expect(await authorize()).toMatchObject({ type: 'deny', code: 'policy_exception' });
    }
  });

  it('denies for what it throws, naming the class only', async () => {
    class PasswordError extends Error {}
    const thrown: [unknown, string][] = [
      [new PasswordError('hunter22'), 'PasswordError'],
      [new TypeError('hunter22'), 'TypeError'],
      ['hunter22', 'string'],
      [undefined, 'undefined'],
      [Object.assign(new Error('hunter22'), { constructor: undefined }), 'Error'],
      [Object.assign(new Error('hunter22'), { constructor: { name: { hunter22: 1 } } }), 'Error'],
    ];
    for (const [error, name] of thrown) {
      const policies: Policy[] = [
        () => {
          throw error;
        },
        () => Promise.reject(error),
        // A promise of another library's.
        // biome-ignore lint/suspicious/noThenProperty: that is what makes it one.
        () => ({ then: (_: unknown, fail: (error: unknown) => void) => fail(error) }) as never,
      ];
      for (const policy of policies) {
        const { authorize, logged } = scene({
          rules: [requireToolPolicy('p*', policy), requireToolPolicy('*', policy)],
        });
        const decision = await authorize();
        expect(decision).toEqual({
          type: 'deny',
          policyName: expect.any(String),
          code: 'policy_exception',
          reason: expect.stringContaining(`failed (${name}).`),
        });
        expect(JSON.stringify(decision)).not.toContain('hunter22');
        expect(logged.at(-1)).toContain(error);
      }
    }
  });
});

describe('how long a policy may take', () => {
  it('is policyTimeout, by the sentinel’s clock', async () => {
    const { authorize, clock } = scene({
      rules: [requireToolPolicy('*', () => new Promise(() => {}))],
      policyTimeout: '2s',
    });
    const decision = authorize();
    await clock.advance(1999);
    expect(await standing(decision)).toBe('open');
    await clock.advance(1);
    expect(await decision).toMatchObject({
      type: 'deny',
      code: 'policy_timeout',
      reason: 'The policy * did not answer within 2000 ms.',
    });
    expect(clock.pending).toBe(0);
  });

  it('is 5 seconds by default, and each policy has its own', async () => {
    const { clock, authorize } = scene({
      rules: ['a', 'b'].map((name) =>
        requireToolPolicy(
          '*',
          {
            [name]: () =>
              new Promise<boolean>((resolve) => clock.schedule(4999, () => resolve(true))),
          }[name] as Policy,
        ),
      ),
    });
    const decision = authorize();
    await clock.advance(10_000);
    expect(await decision).toMatchObject({ type: 'allow' });
    const late = scene({ rules: [requireToolPolicy('*', () => new Promise(() => {}))] });
    const timedOut = late.authorize();
    await late.clock.advance(4999);
    expect(await standing(timedOut)).toBe('open');
    await late.clock.advance(1);
    expect(await timedOut).toMatchObject({ code: 'policy_timeout' });
  });

  it('costs no timer where the answer is there already', async () => {
    let most = 0;
    const clock = fakeClock();
    const counting = Object.assign(() => clock(), {
      schedule: (ms: number, run: () => void) => {
        most += 1;
        return clock.schedule(ms, run);
      },
    });
    const { guard } = createSentinel({
      rules: [requireToolPolicy('*', yes), requireToolPolicy('*', async () => true)],
      clock: counting,
      store: memoryStore({ clock }),
    });
    await guard.authorize({ toolName: 'x', input: {} });
    expect(most).toBe(0);
  });

  it('does not matter any more once the call was refused', async () => {
    const { promise, reject } = Promise.withResolvers<boolean>();
    const { authorize, clock } = scene({ rules: [requireToolPolicy('*', () => promise)] });
    const decision = authorize();
    await clock.advance(5000);
    expect(await decision).toMatchObject({ code: 'policy_timeout' });
    // A rejection that nobody waits for would end the process.
    reject(new Error('too late'));
    await settled();
  });
});

describe('the tool’s name', () => {
  it.each([
    '',
    ' x',
    'x ',
    'x\n',
    'x\u0000y',
    'x\u001b[2J',
    'x\u0085',
    '\u00a0x',
    'x\u2003',
    'x\u007f',
  ])('%j is denied wherever rules exist', async (toolName) => {
    const rules = [requireToolPolicy('unrelated', yes)];
    expect(await scene({ rules }).authorize({ toolName })).toMatchObject({
      type: 'deny',
      code: 'policy_denied',
    });
    expect(await rejection(scene({ rules }).admit({ toolName }))).toMatchObject({
      code: 'policy_denied',
    });
    expect(await scene().authorize({ toolName })).toMatchObject({ type: 'allow' });
  });

  it('may have spaces inside, and any character that is seen', async () => {
    const rules = [requireToolPolicy('*', yes)];
    for (const toolName of ['read file', 'läsa/fil:1', '😀']) {
      expect(await scene({ rules }).authorize({ toolName })).toMatchObject({ type: 'allow' });
    }
  });

  it('must be a string', async () => {
    for (const toolName of [undefined, 5, ['x']]) {
      const error = await rejection(scene().authorize({ toolName: toolName as never }));
      expect(error).toBeInstanceOf(InvalidOptionError);
    }
  });
});

describe('the input', () => {
  const rules = [requireToolPolicy('*', yes)];

  it('runs as it was judged: a fresh copy, normalised', async () => {
    const input = { b: -0, a: undefined, list: [{ deep: -0 }] };
    const judged: unknown[] = [];
    const { admit } = scene({
      rules: [requireToolPolicy('*', (call) => judged.push(call.input) > 0)],
    });
    const one = (await admit({ input })).input as typeof input;
    expect(one).toEqual({ b: 0, list: [{ deep: 0 }] });
    expect(Object.keys(one)).toEqual(['b', 'list']);
    expect(Object.is(one.b, 0) && Object.is(one.list[0]?.deep, 0)).toBe(true);
    expect(judged[0]).toEqual(one);
    expect(judged[0]).not.toBe(one);
    one.list.push({ deep: 1 });
    expect(judged[0]).toEqual({ b: 0, list: [{ deep: 0 }] });
    expect((await admit({ input })).input).not.toBe(one);
  });

  it('is nothing where none is given', async () => {
    expect((await scene({ rules }).admit({ input: undefined })).input).toEqual({});
  });

  it.each<[string, unknown]>([
    [
      'accessors',
      {
        get name() {
          return 'orders';
        },
      },
    ],
    ['a lying toString', { name: { toString: () => 'harmless' } }],
    ['a BigInt', { rows: 1n }],
    ['a Date', { at: new Date(0) }],
    ['binary data', { bytes: new Uint8Array(2) }],
    [
      'a class instance',
      new (class Name {
        name = 'x';
      })(),
    ],
    [
      'a cycle',
      (() => {
        const loop: { me?: unknown } = {};
        loop.me = loop;
        return loop;
      })(),
    ],
    ['a hole', { list: new Array(2) }],
    ['a lone surrogate', { name: '\uD800' }],
    ['a symbol key', { [Symbol('x')]: 1 }],
    ['a __proto__ key', JSON.parse('{"__proto__":{"admin":true}}')],
    [
      'nesting 10,000 deep',
      (() => {
        let value: unknown = 0;
        for (let i = 0; i < 10_000; i++) value = [value];
        return value;
      })(),
    ],
    [
      'a proxy that throws',
      new Proxy(
        {},
        {
          ownKeys: () => {
            throw new Error('hunter22');
          },
        },
      ),
    ],
  ])('is refused with %s, before any policy or person is asked', async (_, input) => {
    let asked = 0;
    const { authorize, store } = scene({
      rules: [requireToolPolicy('*', () => ++asked > 0), requireApproval('*')],
    });
    const decision = await authorize({ input });
    expect(decision).toMatchObject({ type: 'deny', code: 'input_not_serializable' });
    expect(JSON.stringify(decision)).not.toContain('hunter22');
    expect(asked).toBe(0);
    expect(await store.requests.lastSeq()).toBe(0);
  });

  it('is refused above maxInputBytes', async () => {
    const tooLarge = { type: 'deny', code: 'input_too_large' };
    const megabyte = 'x'.repeat(1024 * 1024);
    expect(await scene({ rules }).authorize({ input: megabyte })).toMatchObject(tooLarge);
    expect(await scene({ rules }).authorize({ input: megabyte.slice(2) })).toMatchObject({
      type: 'allow',
    });
    expect(await scene({ rules }).authorize({ input: megabyte + megabyte })).toMatchObject(
      tooLarge,
    );
    const small = scene({ rules, maxInputBytes: 10 });
    expect(await small.authorize({ input: '12345678' })).toMatchObject({ type: 'allow' });
    expect(await small.authorize({ input: '123456789' })).toMatchObject(tooLarge);
    const generous = scene({ rules: [requireApproval('*')], maxInputBytes: 16 * 1024 * 1024 });
    expect(await generous.authorize({ input: megabyte })).toMatchObject({
      type: 'require-approval',
    });
  });
});
