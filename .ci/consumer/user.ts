// What a user writes on the first day; compiled against the packed types, never run.

import { createSentinel, type Decision, requireApproval, requireToolPolicy } from 'ai-sentinel';

const sentinel = createSentinel({
  rules: [
    requireToolPolicy('db.*', ({ caller }) => caller.roles.includes('engineer')),
    requireApproval('db.delete', { role: 'lead', grantDuration: '15m', maxUses: 1 }),
  ],
});

const decision: Decision = await sentinel.guard.authorize({
  caller: { id: 'alice', roles: ['engineer'] },
  toolName: 'db.delete',
  input: { table: 'users' },
});

export const answer: string =
  decision.type === 'deny'
    ? `${decision.code}: ${decision.reason}`
    : decision.type === 'require-approval'
      ? decision.approvalUrl
      : decision.type;

await sentinel.close();
