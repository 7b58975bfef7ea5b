import assert from 'node:assert/strict';
import type { Json } from '../../base/json.ts';
import { type Bench, chapter, digest } from './bench.ts';

/** What nobody is to see. */
export const redacting = chapter('Redacting', ({ asks }) => {
  asks('hides what the pointers point at, and nothing else', async (bench) => {
    const shown = async (input: Json, redact: string[], toolName: string) => {
      const id = await bench.open({ input, toolName, spec: { redact } });
      return (await bench.get(id)).asks[0]?.input;
    };
    const marker = '[redacted]';
    assert.deepEqual(
      await shown({ card: { number: '4111', name: 'Al' } }, ['/card/number'], 'nested'),
      { card: { number: marker, name: 'Al' } },
    );
    assert.deepEqual(await shown({ a: { b: [1, 2] } }, ['/a'], 'whole'), { a: marker });
    assert.deepEqual(await shown([{ p: 1 }, { p: 2 }], ['/1/p'], 'array'), [
      { p: 1 },
      { p: marker },
    ]);
    assert.deepEqual(
      await shown({ 'a/b': 1, 'c~d': 2, 'e~1f': 3 }, ['/a~1b', '/c~0d', '/e~01f'], 'escaped'),
      {
        'a/b': marker,
        'c~d': marker,
        'e~1f': marker,
      },
    );
    assert.deepEqual(await shown({ '': 1, a: { '': 2 } }, ['/', '/a/'], 'empty keys'), {
      '': marker,
      a: { '': marker },
    });
    assert.deepEqual(
      await shown({ a: 1, b: [2] }, ['/c', '/a/x', '/b/01', '/b/length', '/b/-'], 'absent'),
      {
        a: 1,
        b: [2],
      },
    );
    assert.deepEqual(await shown({ a: { b: 'inside', c: 'beside' } }, ['/a/b', '/a'], 'within'), {
      a: marker,
    });
    assert.deepEqual(await shown({ a: null, b: false, c: 0 }, ['/a', '/b', '/c'], 'small'), {
      a: marker,
      b: marker,
      c: marker,
    });
  });

  asks('still tells inputs apart by what is hidden', async ({ open, get }) => {
    const spec = { redact: ['/pin'] };
    const id = await open({ spec, input: { pin: '1111' } });
    await open({ spec, input: { pin: '2222' } });
    const { asks: kept } = await get(id);
    assert.deepEqual(
      kept.map(({ digest }) => digest),
      [digest({ pin: '1111' }), digest({ pin: '2222' })],
    );
    assert.deepEqual(
      kept.map(({ input }) => input),
      [{ pin: '[redacted]' }, { pin: '[redacted]' }],
    );
  });

  asks(
    'keeps a hidden value nowhere: not in words, context, events, lists or searches',
    async (bench) => {
      const { store, open } = bench;
      await open({
        spec: { redact: ['/password', '/codes', '/account'] },
        input: {
          password: 'hunter22-and-more',
          codes: ['c0de-one', { n: 987654 }],
          account: 55501234,
        },
        justification: 'log in with hunter22-and-more, or c0de-one; account 55501234, code 987654',
        context: {
          conversation: [{ role: 'user', text: 'it is hunter22-and-more' }],
          'key c0de-one': { account: 55501234, other: 42 },
        },
      });
      await assertNowhere(bench, ['hunter22', 'c0de-one', '987654', '55501234']);
      const { items } = await store.requests.list();
      assert.equal(
        items[0]?.asks[0]?.justification,
        'log in with [redacted], or [redacted]; account [redacted], code [redacted]',
      );
      assert.deepEqual(items[0]?.asks[0]?.context, {
        conversation: [{ role: 'user', text: 'it is [redacted]' }],
        'key [redacted]': { account: '[redacted]', other: 42 },
      });
      assert.equal((await store.requests.list({ text: 'hunter22' })).items.length, 0);
    },
  );

  asks(
    'hides a longer secret as a whole, and leaves words that only look like a short one',
    async (bench) => {
      const id = await bench.open({
        spec: { redact: ['/long', '/part', '/short'] },
        input: { part: 'abcd', long: 'abcd-efgh', short: 'on' },
        justification: 'abcd-efgh, abcd, and go on',
      });
      const { asks: kept } = await bench.get(id);
      assert.equal(kept[0]?.justification, '[redacted], [redacted], and go on');
    },
  );

  asks('hides a value wherever else it stands in the input, keys included', async (bench) => {
    const id = await bench.open({
      spec: { redact: ['/token'] },
      input: {
        token: 'tok-4711',
        url: 'https://example.com/?t=tok-4711',
        'by tok-4711': 1,
        list: [{ again: 'tok-4711' }, 'TOK-4711'],
      },
    });
    assert.deepEqual((await bench.get(id)).asks[0]?.input, {
      token: '[redacted]',
      url: 'https://example.com/?t=[redacted]',
      'by [redacted]': 1,
      list: [{ again: '[redacted]' }, 'TOK-4711'],
    });
    await assertNowhere(bench, ['tok-4711']);
  });

  asks('hides in one pass: no marker is found to hold a secret', async ({ open, get }) => {
    const spec = { redact: ['/a', '/b', '/c', '/d'] };
    const input = { a: 'redacted', b: '[redacted]', c: 'acte', d: 'dact', e: 'redacted, acted' };
    const justification = 'redacted, [redacted], acted: redacted';
    const { asks: kept } = await get(await open({ spec, input, justification }));
    const marker = '[redacted]';
    assert.deepEqual(kept[0]?.input, {
      a: marker,
      b: marker,
      c: marker,
      d: marker,
      e: `${marker}, ${marker}d`,
    });
    assert.equal(kept[0]?.justification, `${marker}, ${marker}, ${marker}d: ${marker}`);
  });

  asks('does not grow what is shown beyond reason', async ({ open, get }) => {
    const names = Array.from({ length: 50 }, (_, index) => `s${index}`);
    const secrets = names.map((name, index) => [
      name,
      'redacted['.slice(index % 5, (index % 5) + 4),
    ]);
    const text = 'redacted[ '.repeat(1000);
    const input = { ...Object.fromEntries(secrets), text };
    const spec = { redact: names.map((name) => `/${name}`) };
    const { asks: kept } = await get(await open({ spec, input, justification: text }));
    assert.ok(JSON.stringify(kept).length < 5 * JSON.stringify({ input, text }).length);
  });

  asks('takes a secret for the text it is, whatever it means in a pattern', async (bench) => {
    const secrets = ['.*.*', '(a|b)+$', '[^x]{1,9}', '\\d\\d\\d', '^^^^', '$&$&', 'a-z/?'];
    for (const [index, secret] of secrets.entries()) {
      const justification = `plain ${secret} words 123 ab`;
      const ask = { toolName: `t${index}`, justification, input: { secret } };
      const id = await bench.open({ ...ask, spec: { redact: ['/secret'] } });
      const { asks: kept } = await bench.get(id);
      assert.equal(kept[0]?.justification, 'plain [redacted] words 123 ab');
    }
  });
});

async function assertNowhere(bench: Bench, secrets: readonly string[]): Promise<void> {
  const everything = JSON.stringify([await bench.store.requests.list(), await bench.events()]);
  for (const secret of secrets) assert.ok(!everything.includes(secret), `${secret} is kept`);
}
