import type { Approver, SecurityContext } from 'ai-sentinel';

// A real app takes both from its own login. This sample has none, so whoever can open its pages is
// alice in the chat and bo in the panel; it listens on this machine only.

/** On whose behalf the chat's agent calls tools. */
export const CALLER: SecurityContext = {
  id: 'alice',
  roles: ['support'],
  claims: { email: 'alice@example.com' },
};

/**
 * Who decides in the panel. Nobody may approve what was asked in their own name: start the sample
 * with `APPROVER=alice` to see that refused.
 */
export function approverOf(env: NodeJS.ProcessEnv): Approver {
  const id = env.APPROVER || 'bo';
  return { id, email: `${id}@example.com`, roles: ['operations', 'finance'] };
}
