import { describe, expect, it } from '@jest/globals';
import {
  type ApprovalRuleOptions,
  createSentinel,
  InvalidOptionError,
  requireApproval,
  requireToolPolicy,
} from 'ai-sentinel';
import { insideOf } from '../../lib/sentinel.ts';
import { alice, bob, denial, rejection, scene, standing } from './scene.ts';

const once = { maxUses: 1 } as const;

describe('authorize', () => {
  it('says what is missing, as one and as a list', async () => {
    const { authorize, clock, open } = scene({
      rules: [
        requireApproval('delete_*', { waitTimeout: '1m' }),
        requireApproval('*', { name: 'everything', waitTimeout: '2m' }),
      ],
      approvalUrl: 'https://example.com/approvals/#/r/{id}',
    });
    const decision = await authorize();
    const [first, second] = await open();
    const requests = [
      {
        policyName: 'approval:delete_*',
        requestId: first?.id,
        approvalUrl: `https://example.com/approvals/#/r/${first?.id}`,
        requestedAt: clock(),
        waitTimeoutMs: 60_000,
      },
      {
        policyName: 'everything',
        requestId: second?.id,
        approvalUrl: `https://example.com/approvals/#/r/${second?.id}`,
        requestedAt: clock(),
        waitTimeoutMs: 120_000,
      },
    ];
    expect(decision).toEqual({ type: 'require-approval', ...requests[0], requests });
    // Nobody blocks for the answer.
    expect(first?.waitingUntil).toBeUndefined();
  });

  it('asks once more, and joins what it asked before', async () => {
    const { authorize, open } = scene({ rules: [requireApproval('*')] });
    const decision = await authorize();
    expect(await authorize()).toEqual(decision);
    expect((await open()).map(({ timesAsked }) => timesAsked)).toEqual([2]);
  });

  it('allows with what covers it, and takes one use of each, together', async () => {
    const { authorize, approveAll, clock, store } = scene({
      rules: [requireApproval('*', once), requireApproval('delete_*', { ...once, name: 'second' })],
    });
    await authorize();
    await approveAll();
    const { items } = await store.requests.list();
    const decision = await authorize();
    expect(decision).toEqual({
      type: 'allow',
      claimId: expect.any(String),
      grants: ['approval:*', 'second'].map((policyName) => ({
        policyName,
        requestId: items.find((request) => request.policyName === policyName)?.id,
        expiresAt: clock() + 15 * 60_000,
        usesLeft: 0,
      })),
    });
    expect(await authorize()).toMatchObject({ type: 'require-approval', requests: [{}, {}] });
  });

  it('takes no use while anything is still missing', async () => {
    const { authorize, open, store } = scene({
      rules: [requireApproval('*', once), requireApproval('delete_*', { name: 'second' })],
    });
    await authorize();
    const [first] = await open();
    await store.admin.approve(first?.id ?? '', { approver: bob });
    const decision = await authorize();
    expect(decision).toMatchObject({ type: 'require-approval', policyName: 'second' });
    expect(decision.type === 'require-approval' && decision.requests).toHaveLength(1);
    expect((await store.requests.get(first?.id ?? ''))?.grant?.used).toBe(0);
  });

  it('asks nobody about one half of a call whose other half is refused', async () => {
    const { authorize, store } = scene({
      rules: [
        requireApproval('*'),
        requireApproval('delete_*', { name: 'second', rejectionHold: '1h' }),
      ],
    });
    const held = await store.ensureRequest({
      caller: alice,
      toolName: 'delete_database',
      input: { name: 'orders' },
      spec: { name: 'second', rejectionHold: '1h' },
    });
    await store.admin.reject(held.requestId ?? '', { approver: bob, reason: 'Never.' });
    const before = await store.requests.lastSeq();
    expect(await authorize()).toEqual({
      type: 'deny',
      policyName: 'second',
      code: 'approval_rejected',
      reason: 'Never.',
      requestId: held.requestId,
    });
    expect(await store.requests.lastSeq()).toBe(before);
  });

  it('asks nobody where the call may not be asked for', async () => {
    const { authorize, store } = scene({
      rules: [
        requireApproval('*', { requireJustification: false }),
        requireApproval('delete_*', { name: 'second' }),
      ],
      justificationTemplate: '',
    });
    expect(await authorize()).toMatchObject({
      code: 'justification_required',
      policyName: 'second',
    });
    expect(await store.requests.lastSeq()).toBe(0);
  });

  it('bound to one input, covers that input only, the very one that was shown', async () => {
    const rules = [requireApproval('*', { grantScope: 'input' })];
    const { authorize, approveAll, admit } = scene({ rules });
    const input = { name: 'orders', tables: ['a'] };
    await authorize({ input });
    await approveAll();
    input.tables.push('b');
    expect(await authorize({ input })).toMatchObject({ type: 'require-approval' });
    const shown = { tables: ['a'], name: 'orders' };
    expect((await admit({ input: shown })).input).toEqual({ name: 'orders', tables: ['a'] });
  });

  it('is called for whoever calls: the call’s caller, runAs’s, or anonymous', async () => {
    const { sentinel, open } = scene({ rules: [requireApproval('*')] });
    const { guard, runAs } = sentinel;
    const ask = (toolName: string, caller?: typeof alice) =>
      guard.authorize({ toolName, input: {}, ...(caller && { caller }) });
    await ask('a');
    await runAs(alice, () => ask('b'));
    await runAs(alice, () => ask('c', { id: 'zoe', roles: [] }));
    await Promise.all(
      ['u1', 'u2', 'u3'].map((id) =>
        runAs({ id, roles: [] }, async () => {
          await null;
          await Promise.all([
            ask(`d-${id}`),
            runAs({ id: `${id}-inner`, roles: [] }, () => ask(`e-${id}`)),
          ]);
          await ask(`f-${id}`);
        }),
      ),
    );
    await ask('g');
    const callers = Object.fromEntries(
      (await open()).map(({ toolName, caller }) => [toolName, caller.id]),
    );
    expect(callers).toEqual({
      a: 'anonymous',
      b: 'alice',
      c: 'zoe',
      g: 'anonymous',
      ...Object.fromEntries(
        ['u1', 'u2', 'u3'].flatMap((id) => [
          [`d-${id}`, id],
          [`e-${id}`, `${id}-inner`],
          [`f-${id}`, id],
        ]),
      ),
    });
  });

  it('wants a caller that says who it is', async () => {
    const { authorize } = scene({ rules: [requireApproval('*')] });
    for (const caller of [
      {},
      { id: '' },
      { id: ' ', roles: [] },
      { id: 'x' },
      { id: 'x', roles: [5] },
      'x',
      null,
    ]) {
      if (caller === null) continue;
      expect(await rejection(authorize({ caller: caller as never }))).toBeInstanceOf(
        InvalidOptionError,
      );
    }
  });
});

describe('check', () => {
  it('answers as authorize would, and writes nothing', async () => {
    const { sentinel, approveAll, authorize, clock, store } = scene({
      rules: [
        requireToolPolicy('forbidden', () => false),
        requireApproval('delete_*', once),
        requireApproval('*', { name: 'second', when: ({ toolName }) => toolName !== 'free' }),
      ],
    });
    const check = (toolName: string, more = {}) =>
      sentinel.guard.check({ caller: alice, toolName, input: { name: 'orders' }, ...more });
    expect(await check('free')).toEqual({ type: 'allow', grants: [] });
    expect(await check('forbidden')).toMatchObject({ type: 'deny', code: 'policy_denied' });
    expect(await check('x', { input: 1n })).toMatchObject({ code: 'input_not_serializable' });
    const missing = [
      { policyName: 'approval:delete_*', waitTimeoutMs: 300_000 },
      { policyName: 'second', waitTimeoutMs: 300_000 },
    ];
    expect(await check('delete_database')).toEqual({
      type: 'require-approval',
      ...missing[0],
      requests: missing,
    });
    expect(await store.requests.lastSeq()).toBe(0);
    const asked = await authorize();
    const before = await store.requests.lastSeq();
    expect(await check('delete_database')).toEqual(asked);
    await approveAll();
    const after = await store.requests.lastSeq();
    for (let again = 0; again < 3; again++) {
      expect(await check('delete_database')).toMatchObject({
        type: 'allow',
        grants: [{ policyName: 'approval:delete_*', usesLeft: 1 }, { policyName: 'second' }],
      });
    }
    expect(await check('delete_database')).not.toHaveProperty('claimId');
    expect(after).toBe(before + 2);
    expect(await store.requests.lastSeq()).toBe(after);
    expect(clock.pending).toBe(0);
  });
});

describe('when a person has to be asked', () => {
  const boom = () => {
    throw new Error('hunter22');
  };
  const asks: [string, ApprovalRuleOptions][] = [
    ['`when` says yes', { when: () => true }],
    ['`when` says yes later', { when: async () => true }],
    ['`when` throws', { when: boom }],
    ['`when` rejects', { when: async () => boom() }],
    ['`when` says nothing', { when: (() => undefined) as never }],
    ['`when` says 0', { when: (() => 0) as never }],
    ['`when` says a word', { when: (async () => 'no') as never }],
    [
      'the cost is no number, whatever `when` says',
      { estimatedCostUsd: () => Number.NaN, when: () => false },
    ],
    ['the cost is a word', { estimatedCostUsd: (() => '5') as never, when: () => false }],
    ['the cost is below nothing', { estimatedCostUsd: async () => -1, when: () => false }],
    [
      'the cost is endless',
      { estimatedCostUsd: () => Number.POSITIVE_INFINITY, when: () => false },
    ],
    ['the cost throws', { estimatedCostUsd: boom, when: () => false }],
    ['the cost rejects', { estimatedCostUsd: async () => boom(), when: () => false }],
  ];
  it.each(asks)('is asked: %s', async (_, options) => {
    const { authorize } = scene({ rules: [requireApproval('*', options)] });
    expect(await authorize()).toMatchObject({ type: 'require-approval' });
  });

  it.each<[string, ApprovalRuleOptions]>([
    ['`when` says no', { when: () => false }],
    ['`when` says no later', { when: async () => false }],
    [
      '`when` says no to the cost',
      { estimatedCostUsd: 5, when: ({ estimatedCostUsd }) => Number(estimatedCostUsd) > 5 },
    ],
  ])('is not asked: %s', async (_, options) => {
    const { authorize } = scene({ rules: [requireApproval('*', options)] });
    expect(await authorize()).toEqual({ type: 'allow', grants: [] });
  });

  it.each<[string, ApprovalRuleOptions]>([
    ['`when`', { when: () => new Promise(() => {}) }],
    ['the cost', { estimatedCostUsd: () => new Promise(() => {}), when: () => false }],
  ])('is asked when %s takes too long', async (_, options) => {
    const { authorize, clock } = scene({ rules: [requireApproval('*', options)] });
    const decision = authorize();
    await clock.advance(4999);
    expect(await standing(decision)).toBe('open');
    await clock.advance(1);
    expect(await decision).toMatchObject({ type: 'require-approval' });
    expect(clock.pending).toBe(0);
  });

  it('is asked when the app’s estimate fails, which policies do without', async () => {
    const costs: unknown[] = [];
    const { authorize } = scene({
      rules: [
        requireToolPolicy('*', ({ estimatedCostUsd }) => costs.push(estimatedCostUsd) > 0),
        requireApproval('*', { when: () => false }),
      ],
      estimateCostUsd: () => 'free' as never,
    });
    expect(await authorize()).toMatchObject({ type: 'require-approval' });
    expect(costs).toEqual([undefined]);
  });

  it('is told the cost by the rule, else by the app', async () => {
    const { authorize, open } = scene({
      rules: [
        requireApproval('a', { estimatedCostUsd: ({ rows }) => rows * 2 }),
        requireApproval('b'),
      ],
      estimateCostUsd: async ({ input }) => input.rows,
    });
    await authorize({ toolName: 'a', input: { rows: 4 } });
    await authorize({ toolName: 'b', input: { rows: 4 } });
    expect((await open()).map(({ estimatedCostUsd }) => estimatedCostUsd)).toEqual([8, 4]);
  });
});

describe('the justification', () => {
  const conversation = [
    { role: 'user', text: 'Delete the orders.' },
    { role: 'assistant', text: 'I delete the orders, as you asked.' },
  ];
  const asked = async (options: Parameters<typeof scene>[0], call = {}) => {
    const { authorize, open } = scene({ rules: [requireApproval('*')], ...options });
    await authorize({ context: { conversation }, ...call });
    const [request] = await open();
    const { justification, justificationSource } = request?.asks[0] ?? {};
    return [justificationSource, justification];
  };
  const app = { justification: () => 'The app says why.' };

  it('is the first there is: the call’s, the app’s, the conversation’s, the template’s', async () => {
    const call = { justification: 'Because.' };
    expect(await asked(app, call)).toEqual(['call', 'Because.']);
    expect(await asked(app)).toEqual(['app', 'The app says why.']);
    expect(await asked({ justification: async () => 'Later.' })).toEqual(['app', 'Later.']);
    expect(await asked({})).toEqual(['assistant', 'I delete the orders, as you asked.']);
    const onlyUser = { context: { conversation: conversation.slice(0, 1) } };
    expect(await asked({}, onlyUser)).toEqual(['user', 'Delete the orders.']);
    const silent = {
      context: { conversation: [...conversation.slice(0, 1), { role: 'assistant', text: ' ' }] },
    };
    expect(await asked({}, silent)).toEqual(['user', 'Delete the orders.']);
    const template = ['template', 'AI agent invocation: delete_database'];
    expect(await asked({}, { context: undefined })).toEqual(template);
    expect(await asked({ includeConversationContext: false })).toEqual(template);
    expect(await asked({ justificationTemplate: '{tool}, {tool}!' }, { context: {} })).toEqual([
      'template',
      'delete_database, delete_database!',
    ]);
  });

  it('comes from the next source where the app has none, fails or takes too long', async () => {
    const next = ['assistant', 'I delete the orders, as you asked.'];
    expect(await asked({ justification: () => undefined })).toEqual(next);
    expect(await asked({ justification: (() => 5) as never })).toEqual(next);
    const boom = () => {
      throw new Error('boom');
    };
    expect(await asked({ justification: boom })).toEqual(next);
    expect(await asked({ justification: async () => boom() })).toEqual(next);
    const slow = scene({
      rules: [requireApproval('*')],
      justification: () => new Promise(() => {}),
    });
    const decision = slow.authorize({ context: { conversation } });
    await slow.clock.advance(5000);
    expect(await decision).toMatchObject({ type: 'require-approval' });
    expect((await slow.open())[0]?.asks[0]?.justificationSource).toBe('assistant');
  });

  it('is required: without one nobody is asked', async () => {
    const { admit, authorize, sentinel, store } = scene({
      rules: [requireApproval('*')],
      justificationTemplate: '',
    });
    expect(await authorize()).toMatchObject({ type: 'deny', code: 'justification_required' });
    const call = { caller: alice, toolName: 'x', input: {} };
    expect(await sentinel.guard.check(call)).toMatchObject({ code: 'justification_required' });
    const error = await denial(admit());
    expect(error.code).toBe('justification_required');
    expect(error.message).not.toMatch(/refused/);
    expect(await store.requests.lastSeq()).toBe(0);
  });
});

describe('createSentinel', () => {
  it.each<[string, object, string]>([
    ['an unknown option', { rule: [] }, 'rule: there is no such option. Did you mean `rules`?'],
    [
      'rules that are none',
      { rules: [{}] },
      'rules[0]: must be made by requireToolPolicy or requireApproval',
    ],
    ['rules that are no list', { rules: requireApproval('x') }, 'rules: must be a list of rules'],
    [
      'two approval rules of one name',
      { rules: [requireApproval('a', { name: 'n' }), requireApproval('b', { name: 'n' })] },
      'are both called "n"',
    ],
    [
      'one pattern twice',
      { rules: [requireApproval('a'), requireApproval('a')] },
      'are both called "approval:a"',
    ],
    [
      'a policy that is none',
      { policies: { p: true } },
      'policies.p: must be a function, not true',
    ],
    ['a timeout of no time', { policyTimeout: 0 }, 'policyTimeout: must be'],
    [
      'another default',
      { defaultToolPolicy: 'ask' },
      'defaultToolPolicy: must be one of allow, deny',
    ],
    [
      'an address without {id}',
      { approvalUrl: 'https://example.com' },
      'approvalUrl: must be an http(s) address with {id}',
    ],
    ['an address to run', { approvalUrl: 'javascript:alert({id})' }, 'approvalUrl: must be'],
    ['no address', { approvalUrl: '/approvals/{id}' }, 'approvalUrl: must be'],
    ['no bytes', { maxInputBytes: 0 }, 'maxInputBytes: must be a whole number'],
    ['too many bytes', { maxInputBytes: 17 * 1024 * 1024 }, 'maxInputBytes: must be at most'],
    ['a store that is none', { store: {} }, 'store: must be an approval store'],
    ['words for a callback', { onInfoRequested: 'x' }, 'onInfoRequested: must be a function'],
    ['words for an estimate', { estimateCostUsd: '5' }, 'estimateCostUsd: must be a function'],
    [
      'a template that is none',
      { justificationTemplate: 5 },
      'justificationTemplate: must be a string',
    ],
    [
      'words for a flag',
      { includeConversationContext: 'no' },
      'includeConversationContext: must be true or false',
    ],
    ['a clock that is none', { clock: 5 }, 'clock: must be a function'],
  ])('refuses %s', (_, options, message) => {
    expect(() => createSentinel(options as never)).toThrow(InvalidOptionError);
    expect(() => createSentinel(options as never)).toThrow(message);
  });

  it('closes its own store, and leaves one that it was given open', async () => {
    const own = createSentinel();
    await own.close();
    await own.close();
    await expect(own.store.requests.list()).rejects.toThrow('closed');
    const { sentinel, store } = scene();
    await sentinel.close();
    expect(await store.requests.list()).toEqual({ items: [] });
  });

  it('tells of events by type, until told to stop', async () => {
    const { sentinel, authorize, approveAll } = scene({ rules: [requireApproval('*')] });
    const heard: string[] = [];
    const stop = sentinel.on('*', ({ type }) => heard.push(`* ${type}`));
    sentinel.on('approved', ({ type }) => heard.push(type));
    expect(() => sentinel.on('aproved' as never, () => {})).toThrow(InvalidOptionError);
    await authorize();
    await approveAll();
    expect(heard).toEqual(['* requested', '* approved', 'approved']);
    stop();
    await authorize();
    expect(heard).toHaveLength(3);
  });

  it('knows only sentinels of its own making', () => {
    const { sentinel } = scene();
    expect(insideOf(sentinel).store).toBe(sentinel.store);
    for (const other of [{ ...sentinel }, {}, undefined, null]) {
      expect(() => insideOf(other)).toThrow(InvalidOptionError);
    }
  });
});
