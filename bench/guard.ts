import { authorizationChatClient, requireToolPolicy } from 'ai-sentinel';
import { type Benchmark, compare } from './measure.ts';

const INPUT = { name: 'orders-eu', keep_backups: false, limit: 3 };

const mayCall = ({ caller }: { caller: { roles: readonly string[] } }) =>
  caller.roles.includes('dba');
const isSmall = ({ input }: { input: { limit: number } }) => input.limit < 10;

/** What a call costs that nobody has to approve, over what it costs ungated. */
export const guardBenchmark: Benchmark = {
  question: 'What does the guard add to a call that nobody has to approve?',
  async run() {
    const tools = {
      query: { execute: async (input: typeof INPUT) => input.limit },
      drop: { execute: async (input: typeof INPUT) => input.limit },
    };
    const { tools: gated, sentinel } = authorizationChatClient({
      tools,
      rules: [requireToolPolicy('drop', mayCall), requireToolPolicy('d*', isSmall)],
      caller: { id: 'alice', roles: ['dba'] },
    });
    const caller = { id: 'alice', roles: ['dba'] };
    const times = await compare(
      {
        bare: () => tools.query.execute(INPUT),
        unmatched: () => gated.query.execute(INPUT),
        judged: () => gated.drop.execute(INPUT),
        authorizeUnmatched: () =>
          sentinel.guard.authorize({ caller, toolName: 'query', input: INPUT }),
        authorizeJudged: () => sentinel.guard.authorize({ caller, toolName: 'drop', input: INPUT }),
      },
      { calls: 50_000 },
    );
    return [
      { name: 'bare execute', value: times.bare, unit: 'µs' },
      { name: 'no rule matches: added', value: times.unmatched - times.bare, unit: 'µs', below: 1 },
      { name: 'two policies: added', value: times.judged - times.bare, unit: 'µs', below: 4 },
      { name: 'guard.authorize, no rule', value: times.authorizeUnmatched, unit: 'µs' },
      { name: 'guard.authorize, two policies', value: times.authorizeJudged, unit: 'µs' },
    ];
  },
};
