import assert from 'node:assert/strict';
import { chapter, denied, HOUR } from './bench.ts';

/** What may be asked: with a reason, not too much at once, and only what can be shown. */
export const askable = chapter('What may be asked', ({ asks, decides }) => {
  asks('keeps where a justification came from', async ({ open, get }) => {
    for (const source of ['call', 'app', 'assistant', 'user', 'template'] as const) {
      const justification = { text: `said by ${source}`, source };
      const { asks: kept } = await get(await open({ toolName: source, justification }));
      assert.equal(kept[0]?.justification, `said by ${source}`);
      assert.equal(kept[0]?.justificationSource, source);
    }
    const { asks: kept } = await get(await open({ toolName: '$&', justification: undefined }));
    assert.equal(kept[0]?.justification, 'AI agent invocation: $&');
    assert.equal(kept[0]?.justificationSource, 'template');
  });

  asks('opens and joins nothing without a justification', async ({ ensure, open, get, events }) => {
    for (const justification of ['', ' \n\t\u00A0', { text: ' ', source: 'template' } as const]) {
      const denial = denied(await ensure({ justification }), 'justification_required');
      assert.equal(denial.requestId, undefined);
    }
    assert.deepEqual(await events(), []);
    const id = await open();
    denied(await ensure({ justification: ' ' }), 'justification_required');
    assert.equal((await get(id)).timesAsked, 1);
  });

  asks('opens without one where the rule does not want any', async ({ open, get }) => {
    const id = await open({ justification: '', spec: { requireJustification: false } });
    assert.equal((await get(id)).asks[0]?.justification, '');
  });

  decides('needs no justification where nobody has to be asked', async ({ grant, covering }) => {
    const id = await grant();
    assert.equal(await covering({ justification: '' }), id);
  });

  asks('opens no more requests by one caller than the rule allows', async (bench) => {
    const { clock, ensure, open, store } = bench;
    const spec = { maxPendingPerCaller: 3, expiresAfter: '1h' };
    const ids = [];
    for (const toolName of ['a', 'b', 'c']) ids.push(await open({ toolName, spec }));
    const denial = denied(await ensure({ toolName: 'd', spec }), 'too_many_pending');
    assert.equal(denial.requestId, undefined);
    // Joining one of them and asking as somebody else are still possible.
    assert.equal(await open({ toolName: 'a', spec }), ids[0]);
    await open({ toolName: 'd', spec, caller: { id: 'zoe', roles: [] } });
    await open({ toolName: 'd', spec, caller: { id: 'alice', roles: [], tenantId: 't1' } });
    await store.cancel(ids[0] as string, { by: 'alice' });
    await open({ toolName: 'd', spec });
    denied(await ensure({ toolName: 'e', spec }), 'too_many_pending');
    await clock.advance(HOUR);
    await open({ toolName: 'e', spec });
  });

  asks('keeps no more distinct inputs in one request than that', async ({ ensure, open, get }) => {
    const spec = { maxPendingPerCaller: 3 };
    const id = await open({ spec, input: 0 });
    await open({ spec, input: 1 });
    await open({ spec, input: 2 });
    denied(await ensure({ spec, input: 3 }), 'too_many_pending');
    assert.equal(await open({ spec, input: 1 }), id);
    assert.equal((await get(id)).asks.length, 3);
  });

  asks('counts exactly, also when all ask at once', async ({ ensure }) => {
    const spec = { maxPendingPerCaller: 5 };
    const states = await Promise.all(
      Array.from({ length: 20 }, (_, index) => ensure({ spec, toolName: `tool-${index}` })),
    );
    assert.equal(states.filter(({ status }) => status === 'pending').length, 5);
    for (const state of states.filter(({ status }) => status !== 'pending')) {
      denied(state, 'too_many_pending');
    }
  });

  asks('does not ask anybody about what cannot be shown exactly', async ({ ensure, events }) => {
    const loop: { self?: unknown } = {};
    loop.self = loop;
    for (const input of [undefined, 1n, Number.NaN, new Date(0), new Array(2), '\uD800', loop]) {
      denied(await ensure({ input }), 'input_not_serializable');
    }
    assert.deepEqual(await events(), []);
  });

  asks('leaves out a context that cannot be kept, rather than refusing the call', async (bench) => {
    const { get, open } = bench;
    const strange = await get(await open({ context: { when: new Date(0) } as never }));
    assert.equal(typeof strange.asks[0]?.context?.omitted, 'string');
    const large = await get(
      await open({ toolName: 'b', context: { text: 'x'.repeat(65 * 1024) } }),
    );
    assert.equal(typeof large.asks[0]?.context?.omitted, 'string');
  });

  asks('keeps text that no database could hold, made sound', async ({ open, get, events }) => {
    const id = await open({ justification: 'half a pair: \uD83D' });
    assert.equal((await get(id)).asks[0]?.justification, 'half a pair: \uFFFD');
    assert.equal((await events()).length, 1);
  });

  asks('keeps a justification that nobody reads to the end cut, and says so', async (bench) => {
    const { events, get, open } = bench;
    const { asks: kept } = await get(await open({ justification: 'why '.repeat(8_000_000) }));
    const words = kept[0]?.justification ?? '';
    assert.ok(words.startsWith('why why'));
    assert.ok(words.length < 11_000, `${words.length} characters are kept`);
    assert.match(words, /\(31990000 more characters\)$/);
    assert.ok(JSON.stringify(await events()).length < 12_000);
    // Cut between the halves of a character, it would be text no more.
    const halved = await open({ toolName: 'b', justification: `x${'\u{1F600}'.repeat(5001)}` });
    assert.ok((await get(halved)).asks[0]?.justification.isWellFormed());
  });

  asks('does not write the same words again whenever the same is asked again', async (bench) => {
    const { events, get, open } = bench;
    const justification = 'because '.repeat(1000);
    const id = await open({ justification });
    for (let time = 0; time < 5; time++) await open({ justification });
    assert.equal((await get(id)).timesAsked, 6);
    const [first, ...again] = await events();
    assert.equal(first?.data.justification, justification);
    assert.equal(again.length, 5);
    for (const event of again) assert.ok(JSON.stringify(event).length < 1000);
    await open({ input: { name: 'another' }, justification });
    assert.equal((await events()).at(-1)?.data.justification, justification);
  });

  asks('keeps names and values that other languages give a meaning to', async ({ open, get }) => {
    const hostile = `'; DROP TABLE approval_requests; -- \u0000 \\ " % _ $1 {id} \u2028 <b>`;
    const caller = { id: hostile, roles: [hostile] };
    const input = { [hostile]: hostile, constructor: 1, toString: null, 'a/b~c': ['\u{1F600}'] };
    const changes = { caller, input, toolName: hostile, justification: hostile };
    const request = await get(await open(changes));
    assert.equal(request.caller.id, hostile);
    assert.equal(request.toolName, hostile);
    assert.deepEqual(request.asks[0]?.input, input);
    assert.equal(request.asks[0]?.justification, hostile);
    assert.equal(await open(changes), request.id);
  });
});
