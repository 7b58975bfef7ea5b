import { describe, expect, test } from '@jest/globals';
import { type AiMajor, scriptedModel } from 'ai-sentinel/testing';
import { majors } from './majors.ts';

const call = { prompt: [{ role: 'user', content: [{ type: 'text', text: 'Hello' }] }] };

const types = (parts: readonly { type: string }[]) => parts.map(({ type }) => type);

describe.each(majors)('scriptedModel for ai $major', ({ major, ai }) => {
  test('says words and calls in the order in which providers stream them', async () => {
    const toolCalls = [{ toolName: 'look', input: { at: 'the sky' } }, { toolName: 'wait' }];
    const model = scriptedModel({ ai: major, answers: [{ text: 'Let me look.', toolCalls }] });

    const { stream } = await model.doStream(call);
    const parts = await Array.fromAsync(stream);

    expect(types(parts)).toEqual([
      ...['stream-start', 'response-metadata', 'text-start'],
      ...['text-delta', 'text-delta', 'text-delta', 'text-end'],
      ...[
        'tool-input-start',
        'tool-input-delta',
        'tool-input-delta',
        'tool-input-end',
        'tool-call',
      ],
      ...['tool-input-start', 'tool-input-delta', 'tool-input-end', 'tool-call'],
      'finish',
    ]);
    const said = parts.flatMap((part) => (part.type === 'text-delta' ? [part.delta] : []));
    expect(said).toEqual(['Let', ' me', ' look.']);
    expect(parts.filter(({ type }) => type === 'tool-call')).toEqual([
      { type: 'tool-call', toolCallId: 'call-1', toolName: 'look', input: '{"at":"the sky"}' },
      { type: 'tool-call', toolCallId: 'call-2', toolName: 'wait', input: '{}' },
    ]);
  });

  test('remembers what it was given to read, as it was then', async () => {
    const model = scriptedModel({ ai: major, answers: ['One.', 'Two.'] });
    const messages = [{ role: 'user', content: 'First' }];
    await ai.generateText({ model, messages });
    messages[0] = { role: 'user', content: 'Second' };
    await ai.streamText({ model, messages }).text;

    expect(model.prompts).toMatchObject([
      [{ role: 'user', content: [{ type: 'text', text: 'First' }] }],
      [{ role: 'user', content: [{ type: 'text', text: 'Second' }] }],
    ]);
  });

  test('answers by a function of what it reads, for one step or for all', async () => {
    const echo = (prompt: readonly { content: unknown }[]) =>
      JSON.stringify(prompt.at(-1)?.content);
    const always = scriptedModel({ ai: major, answers: echo });
    const once = scriptedModel({ ai: major, answers: [async (prompt) => echo(prompt)] });

    for (const model of [always, once]) {
      const { text } = await ai.generateText({ model, prompt: 'Cuckoo' });
      expect(text).toContain('Cuckoo');
    }
    expect((await ai.generateText({ model: always, prompt: 'Again' })).text).toContain('Again');
  });

  test('fails where nobody thought of another step', async () => {
    const model = scriptedModel({ ai: major, answers: [] });
    await expect(model.doGenerate(call)).rejects.toThrow('no answer for step 1');
    await expect(model.doStream(call)).rejects.toThrow('no answer for step 2');
  });

  test('rejects with the abort reason once its signal has fired', async () => {
    const model = scriptedModel({ ai: major, answers: ['Never.'] });
    const abortSignal = AbortSignal.abort('enough');
    await expect(model.doGenerate({ ...call, abortSignal })).rejects.toBe('enough');
    await expect(model.doStream({ ...call, abortSignal })).rejects.toBe('enough');
    expect(model.prompts).toEqual([]);
  });

  test('says what a step cost and why it ended', async () => {
    const model = scriptedModel({ ai: major, answers: ['Done.'] });
    const said = await ai.generateText({ model, prompt: 'Go' });
    expect(said).toMatchObject({
      finishReason: 'stop',
      usage: { inputTokens: 10, outputTokens: 5 },
    });
  });
});

test('scriptedModel is for ai 7 unless told otherwise', () => {
  const versions = ([undefined, 5, 6, 7] as (AiMajor | undefined)[]).map(
    (ai) => scriptedModel({ answers: [], ...(ai && { ai }) }).specificationVersion,
  );
  expect(versions).toEqual(['v4', 'v2', 'v3', 'v4']);
});
