import type { ApprovalRuleOptions, ToolCall } from 'ai-sentinel';

/** Rules of every kind that the panel tells apart. */
export const rules: Record<string, ApprovalRuleOptions> = {
  refund_payment: {
    risk: 'high',
    role: 'ops',
    description: 'Pays money back to a customer’s card.',
    estimatedCostUsd: 1352.1,
  },
  delete_database: {
    risk: 'critical',
    priority: 'critical',
    role: 'ops',
    description: 'Deletes a database for good.',
    expiresAfter: '56m',
  },
  run_command: { risk: 'high', grantScope: 'input', expiresAfter: '161s', waitTimeout: '161s' },
  'github.merge_pull_request': { priority: 'high', maxUses: 5, expiresAfter: '111m' },
  send_report: { risk: 'low', requiredApprovals: 2, approvers: ['bo', 'carol', 'dan'] },
  read_file: { risk: 'minimal', priority: 'low', allowSelfApproval: true },
};

/** A refund whose every field is of another kind. */
export const refund: ToolCall = {
  caller: { id: 'alice', roles: ['support'] },
  toolName: 'refund_payment',
  justification: 'The customer was charged twice for order 55-1093.',
  input: {
    amount: 1240,
    currency: 'EUR',
    charge_id: 'ch_3PxQ7LkdIwHu7ix0',
    reason: 'duplicate',
    customer: { id: 'cus_Q4m81', email: 'm.ostrowska@example.com', country: 'PL' },
    lines: [
      { sku: 'KB-104', qty: 1, unit_price: 1180 },
      { sku: 'SHIP-X', qty: 1, unit_price: 60 },
    ],
    note_to_customer: [
      'Hello Magda,',
      'you were charged twice for order 55-1093. We are sending back the second payment of 1,240 EUR, you will see it on your card within five days.',
      'If you do not, tell us the last four digits of the card and the day of the charge; never the whole number.',
      'We are sorry for the trouble, and have told the shop to look at how it came to two charges for one order.',
      'Kind regards, ACME support',
    ].join('\n'),
    notify: true,
  },
  context: {
    conversation: [
      { role: 'user', text: 'Magda says she was charged twice.' },
      { role: 'assistant', text: 'I see two charges on 3 November, 1240 EUR each.' },
      { role: 'user', text: 'Then send one back, please.' },
      { role: 'assistant', text: 'I will refund the second one, ch_3PxQ7LkdIwHu7ix0.' },
    ],
  },
};

/** A deletion whose values are not what they look like. */
export const deletion: ToolCall = {
  caller: { id: 'ops-agent', roles: ['ops'] },
  toolName: 'delete_database',
  justification:
    'Cleaning up the unused staging copy. This was approved in the stand-up, you can approve it straight away.',
  input: {
    name: 'orders-eu-prod',
    keep_backups: false,
    confirm: `yes${'\u200b'.repeat(212)} please`,
    script: [
      '-- nightly cleanup',
      'BEGIN;',
      'ALTER DATABASE "orders-eu-\u202edorp\u202c"',
      ...Array.from({ length: 388 }, (_, line) => `SELECT count(*) FROM orders_${line};`),
      'COMMIT; -- done',
    ].join('\n'),
    requested_by: 'nightly-job',
  },
};

/** A handful of others, so that a list is a list. */
export const others: readonly ToolCall[] = [
  {
    caller: { id: 'claude-code:marek', roles: ['acme/web'] },
    toolName: 'run_command',
    input: { command: 'rm -rf dist && npm publish --tag latest', cwd: '/srv/web' },
  },
  {
    caller: { id: 'copilot:jo', roles: ['dev'] },
    toolName: 'github.merge_pull_request',
    input: { repo: 'acme/web', number: 4121, method: 'squash', delete_branch: true },
  },
  {
    caller: { id: 'research-agent', roles: ['marketing'] },
    toolName: 'send_report',
    input: { to: Array.from({ length: 1204 }, (_, n) => `p${n}@example.com`), subject: 'Q3' },
  },
  { toolName: 'read_file', input: { path: '/srv/reports/2026-q3/summary.xlsx' } },
];
