import {
  type Duration,
  type Policy,
  type Rule,
  requireApproval,
  requireToolPolicy,
} from 'ai-sentinel';
import type { Databases } from './databases.ts';

/** Amounts below this are paid without asking anybody. */
const SMALL_AMOUNT_USD = 50;

/** Entering one lost row again by hand, all in all. */
const REENTRY_USD_PER_ROW = 0.8;

/**
 * Who may do what. Policies come first: nobody is asked about a call that they refuse.
 *
 * @param waitTimeout how long a call waits for a person
 */
export function createRules(databases: Databases, waitTimeout: Duration): Rule[] {
  const databaseExists: Policy = ({ input }) =>
    databases.has(input.database) || {
      allowed: false,
      code: 'unknown_database',
      reason: `There is no database “${input.database}”.`,
    };
  const noLegalHold: Policy = ({ input }) =>
    input.database !== 'customers' || {
      allowed: false,
      code: 'legal_hold',
      reason: 'The customers database is under a legal hold until the end of the year.',
    };
  return [
    requireToolPolicy('{query,delete}_database', databaseExists),
    requireToolPolicy('delete_database', noLegalHold),
    requireApproval('delete_database', {
      role: 'operations',
      risk: 'high',
      priority: 'high',
      description: 'Deletes a database with all its rows. There is no backup.',
      estimatedCostUsd: ({ database }) => databases.count(database) * REENTRY_USD_PER_ROW,
      // Each deletion is a decision of its own, and an approval is good for one.
      grantScope: 'input',
      maxUses: 1,
      waitTimeout,
    }),
    requireApproval('send_payment', {
      role: 'finance',
      // At critical risk an approval covers this very input, once, unless the rule says otherwise.
      risk: 'critical',
      priority: 'critical',
      description: 'Pays from the company account. A payment cannot be called back.',
      estimatedCostUsd: ({ amount_usd }) => amount_usd,
      when: ({ input }) => input.amount_usd >= SMALL_AMOUNT_USD,
      waitTimeout,
    }),
  ];
}
