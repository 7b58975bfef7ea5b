import { describe, expect, it } from '@jest/globals';
import {
  authorizationChatClient,
  createSentinel,
  InvalidOptionError,
  requireApproval,
} from 'ai-sentinel';
import { settled } from '../approvals/turns.ts';
import { scene } from '../guard/scene.ts';

/** The option that whatever is done is refused for; it has to be. */
function refusedOption(make: () => unknown): string {
  try {
    make();
  } catch (error) {
    if (InvalidOptionError.isInstance(error)) return error.option;
    throw error;
  }
  throw new Error('It was accepted.');
}

describe('what createSentinel is refused for', () => {
  const warn = () => {};
  it.each([
    ['without `warn`', { error: warn }],
    ['without `error`', { warn }],
    ['whose `error` is no function', { warn, error: 'console' }],
    ['that is a function', () => {}],
    ['that is null', null],
    ['that is a name', 'console'],
  ])('is a logger %s', (_, logger) => {
    const given = { logger: logger as never };
    const made = logger === null ? undefined : refusedOption(() => createSentinel(given));
    // Null is absent: the default is used, which can log.
    expect(made).toBe(logger === null ? undefined : 'logger');
    if (logger !== null) {
      expect(refusedOption(() => authorizationChatClient({ ...given, tools: {} }))).toBe('logger');
    }
  });

  it.each(['javascript:alert(1)//{id}', 'ftp://example.com/{id}', 'https://example.com/', '{id}'])(
    'is the address %s',
    (approvalUrl) => {
      expect(refusedOption(() => createSentinel({ approvalUrl }))).toBe('approvalUrl');
    },
  );

  it.each([['card'], ['/a~2'], [''], ['/a', 7 as never]])(
    'is a pointer that is none: %j',
    (...redact) => {
      expect(refusedOption(() => createSentinel({ redact }))).toMatch(/^redact(\[\d\])?$/);
    },
  );
});

describe('what createSentinel is to hide', () => {
  const input = {
    card: '4111-1111',
    pin: 'tan-90210',
    'pay with 4111-1111': [{ note: 'card 4111-1111, tan-90210' }],
  };

  it('is hidden in every rule, beside what the rule hides, everywhere people look', async () => {
    const { admit, approveAll, open, store } = scene({
      redact: ['/card'],
      rules: [
        requireApproval('*', { name: 'none of its own' }),
        requireApproval('pay', { name: 'one of its own', redact: ['/pin'] }),
        requireApproval('p*', { name: 'the same', redact: ['/card'] }),
      ],
    });
    const admission = admit({
      toolName: 'pay',
      input,
      justification: 'pay with 4111-1111',
      context: { conversation: [{ role: 'user', text: 'my card is 4111-1111' }] },
    });
    await settled();
    const requests = await open();
    expect(requests.map(({ policyName, rule }) => [policyName, rule?.redact])).toEqual([
      ['none of its own', ['/card']],
      ['one of its own', ['/pin', '/card']],
      ['the same', ['/card']],
    ]);
    const stored = JSON.stringify([requests, await store.requests.events(0)]);
    expect(stored).not.toContain('4111');
    const [first, second] = requests;
    expect(JSON.stringify(second)).not.toContain('90210');
    expect(first?.asks[0]).toMatchObject({
      justification: 'pay with [redacted]',
      input: {
        card: '[redacted]',
        pin: 'tan-90210',
        'pay with [redacted]': [{ note: 'card [redacted], tan-90210' }],
      },
      context: { conversation: [{ role: 'user', text: 'my card is [redacted]' }] },
    });
    await approveAll();
    // What runs is what was meant.
    expect((await admission).input).toEqual(input);
  });

  it('does not make two inputs one', async () => {
    const { authorize, approveAll } = scene({
      redact: ['/card'],
      rules: [requireApproval('*', { grantScope: 'input' })],
    });
    await authorize({ input });
    await approveAll();
    expect(await authorize({ input })).toMatchObject({ type: 'allow' });
    const other = { ...input, card: '4222-2222' };
    expect(await authorize({ input: other })).toMatchObject({ type: 'require-approval' });
  });
});
