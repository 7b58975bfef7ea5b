import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from '@jest/globals';
import type { ApprovalStore } from 'ai-sentinel';
import { storeContract } from 'ai-sentinel/testing';
import { silentLogger } from '../../lib/base/logger.ts';
import { sqliteStore } from '../../lib/ledgers/sqlite/store.ts';

describe('sqliteStore', () => {
  const folders = new WeakMap<ApprovalStore, string>();
  storeContract({
    describe,
    it,
    createStore({ clock }) {
      const folder = mkdtempSync(join(tmpdir(), 'ai-sentinel-sqlite-'));
      const database = join(folder, 'approvals.db');
      // Decided in this process: the watch is not needed, and a poll would tick through every advance.
      const store = sqliteStore({ database, pollInterval: '365d', clock, logger: silentLogger });
      folders.set(store, folder);
      return store;
    },
    disposeStore(store) {
      rmSync(folders.get(store) as string, { recursive: true });
    },
  });
});
