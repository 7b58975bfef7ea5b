import { generateText, isStepCount, tool } from 'ai';
import { authorizationChatClient, requireToolPolicy } from 'ai-sentinel';
import { scriptedModel } from 'ai-sentinel/testing';
import { z } from 'zod';
import { type Benchmark, compare } from './measure.ts';

/**
 * A whole `generateText` with one tool call: ungated, with the AI SDK's own `toolApproval` saying
 * yes, and with a policy of ours saying yes.
 */
export const generateTextBenchmark: Benchmark = {
  question: 'Through generateText: what do the SDK’s own approval and a policy of ours add?',
  async run() {
    const tools = {
      drop: tool({
        inputSchema: z.object({ name: z.string() }),
        execute: async ({ name }: { name: string }) => `${name} is gone`,
      }),
    };
    const { tools: gated } = authorizationChatClient({
      tools,
      rules: [requireToolPolicy('drop', () => true), requireToolPolicy('d*', () => true)],
    });
    const model = () => callsDropOnce();
    const prompt = 'Drop the orders database.';
    const stopWhen = isStepCount(2);
    const times = await compare(
      {
        bare: () => generateText({ model: model(), tools, prompt, stopWhen }),
        sdk: () =>
          generateText({ model: model(), tools, prompt, stopWhen, toolApproval: () => 'approved' }),
        ours: () => generateText({ model: model(), tools: gated, prompt, stopWhen }),
      },
      { calls: 10, rounds: 600 },
    );
    const sdkAdds = times.sdk - times.bare;
    return [
      { name: 'ungated generateText', value: times.bare, unit: 'µs' },
      { name: 'toolApproval "approved": added', value: sdkAdds, unit: 'µs' },
      {
        name: 'ours, two policies: added',
        value: times.ours - times.bare,
        unit: 'µs',
        below: sdkAdds,
      },
    ];
  },
};

function callsDropOnce() {
  return scriptedModel({
    answers: [{ toolCalls: [{ toolName: 'drop', input: { name: 'orders' } }] }, 'Done.'],
  });
}
