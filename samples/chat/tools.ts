import { tool } from 'ai';
import { z } from 'zod';
import type { Databases } from './databases.ts';

/** What the agent can do. Nothing here knows of approvals: the rules are kept apart. */
export function createTools(databases: Databases) {
  return {
    list_databases: tool({
      description: 'Lists the databases with their number of rows.',
      inputSchema: z.object({}),
      execute: () => databases.list(),
    }),
    query_database: tool({
      description: 'Reads the newest rows of a database.',
      inputSchema: z.object({
        database: z.string(),
        limit: z.int().min(1).max(20).default(5),
      }),
      execute: ({ database, limit }) => databases.newest(database, limit),
    }),
    delete_database: tool({
      description: 'Deletes a database with all its rows, for good.',
      inputSchema: z.object({ database: z.string() }),
      execute: ({ database }) => ({ deleted: database, rows: databases.drop(database) }),
    }),
    send_payment: tool({
      description: 'Pays an amount of US dollars from the company account.',
      inputSchema: z.object({
        to: z.string(),
        amount_usd: z.number().positive(),
        reference: z.string(),
      }),
      execute: (payment) => ({ payment: databases.pay(payment), ...payment }),
    }),
  };
}
