import { describe, expect, it } from '@jest/globals';
import { authorizationChatClient, requireApproval, requireToolPolicy } from 'ai-sentinel';
import { settled } from '../approvals/turns.ts';
import { alice, denial, scene } from '../guard/scene.ts';

const rules = [requireApproval('*')];
const BLANK = ' \n\t\u00A0';

const asksFor = (text: string) => ({ conversation: [{ role: 'user', text }] });

describe('a justification that says nothing', () => {
  const app = () => 'the app';
  const sources: [string, Parameters<typeof scene>[0], object, [string, string]][] = [
    [
      'of the call: the app speaks',
      { justification: app },
      { justification: BLANK, context: asksFor('the user') },
      ['the app', 'app'],
    ],
    [
      'of the call, with a source: the app speaks',
      { justification: app },
      { justification: { text: BLANK, source: 'assistant' } },
      ['the app', 'app'],
    ],
    [
      'of the app: the conversation speaks',
      { justification: () => BLANK },
      { justification: '', context: asksFor('the user') },
      ['the user', 'user'],
    ],
    [
      'of everybody: the template speaks',
      { justification: () => '' },
      { justification: BLANK, context: asksFor(BLANK) },
      ['AI agent invocation: delete_database', 'template'],
    ],
    [
      'of the template, which nobody needs',
      { justificationTemplate: '' },
      { justification: BLANK, context: asksFor('the user') },
      ['the user', 'user'],
    ],
  ];
  it.each(sources)('%s', async (_, options, call, [justification, justificationSource]) => {
    const { authorize, open } = scene({ rules, ...options });
    expect(await authorize(call)).toMatchObject({ type: 'require-approval' });
    const [request] = await open();
    expect(request?.asks).toMatchObject([{ justification, justificationSource }]);
  });

  it('denies only where nothing else does, and the template is empty', async () => {
    const { authorize, open } = scene({
      rules,
      justificationTemplate: BLANK,
      justification: () => BLANK,
    });
    for (const justification of [BLANK, '', undefined]) {
      const call = { justification, context: asksFor(BLANK) };
      expect(await authorize(call)).toMatchObject({ code: 'justification_required' });
    }
    expect(await open()).toEqual([]);
  });
});

describe('the `justification` callback of a client', () => {
  const said = async (words: string) => {
    const stage = scene({ rules, justification: () => 'the sentinel’s' });
    const { tools } = authorizationChatClient({
      sentinel: stage.sentinel,
      caller: alice,
      justification: async () => words,
      tools: { wipe: { execute: async () => 'wiped' } },
    });
    const call = tools.wipe.execute();
    await settled();
    const [request] = await stage.open();
    await stage.approveAll();
    await call;
    const { justification, justificationSource } = request?.asks[0] ?? {};
    return [justification, justificationSource];
  };

  it('speaks for the app, and is marked so', async () => {
    expect(await said('ticket 7')).toEqual(['ticket 7', 'app']);
  });

  it('leaves it to the next where it says nothing', async () => {
    expect(await said(BLANK)).toEqual(['the sentinel’s', 'app']);
  });
});

describe('a `context` function that throws', () => {
  const context = () => {
    throw new Error('no such thread');
  };

  it('is logged, and the call goes on without a context', async () => {
    const seen: unknown[] = [];
    const stage = scene({
      rules: [
        requireToolPolicy('*', (call) => {
          seen.push(call.context);
          return true;
        }),
        requireApproval('*', { when: (call) => call.context === undefined }),
      ],
    });
    const admission = stage.admit({ context });
    await settled();
    const [request] = await stage.open();
    expect(request?.asks[0]).toMatchObject({ justificationSource: 'template' });
    expect(request?.asks[0]?.context).toBeUndefined();
    await stage.approveAll();
    expect(await admission).toMatchObject({ input: { name: 'orders' } });
    expect(seen).toEqual([undefined, undefined]);
    // Once for each time it was judged: before it was asked for, and after.
    expect(stage.logged).toEqual([
      [expect.stringContaining('the call goes on without one'), new Error('no such thread')],
      [expect.stringContaining('the call goes on without one'), new Error('no such thread')],
    ]);
  });

  it('costs a call that nobody has to be asked about nothing', async () => {
    const { authorize, logged } = scene({ rules: [requireToolPolicy('*', () => true)] });
    expect(await authorize({ context })).toEqual({ type: 'allow', grants: [] });
    expect(logged).toEqual([]);
  });

  it('does not give away its words', async () => {
    const { admit } = scene({
      rules: [requireApproval('*')],
      justificationTemplate: '',
    });
    expect((await denial(admit({ context }))).message).not.toContain('no such thread');
  });
});
