import { resolve } from 'node:path';
import { ledgerStore } from '../../approvals/ledger-store.ts';
import type { OwningStore } from '../../approvals/store.ts';
import { type Clock, systemClock } from '../../base/clock.ts';
import { type Duration, parseDuration } from '../../base/duration.ts';
import { InvalidOptionError } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import { refuseUnknownOptions, requireObject, shown } from '../../base/options.ts';
import { SqliteLedger } from './ledger.ts';

/** What `sqliteStore` takes. */
export interface SqliteStoreOptions {
  /** The file; its folders are made. Beside it SQLite keeps `-wal` and `-shm`: back up all three. */
  readonly database: string;
  /** How soon another process's decision is seen where watching the file fails. Default 500 ms. */
  readonly pollInterval?: Duration;
  /** The time everything is judged by; default: the system's. */
  readonly clock?: Clock;
  /** Told when a listener throws; default: `console`. */
  readonly logger?: Logger;
}

/**
 * A store in one SQLite file. Decisions and claims are on the disk before they are acknowledged; a
 * decision of one process wakes the calls that wait in another.
 *
 * @throws InvalidOptionError for a bad option; SentinelError `approval_store_exception` for a file
 * that cannot be used, saying why and what to do
 */
export function sqliteStore(options: SqliteStoreOptions): OwningStore {
  requireObject('sqliteStore', options);
  refuseUnknownOptions('sqliteStore', options, ['database', 'pollInterval', 'clock', 'logger']);
  const { database, pollInterval = '500ms', clock = systemClock } = options;
  if (typeof database !== 'string' || database.trim() === '' || database.startsWith(':')) {
    throw new InvalidOptionError(
      'sqliteStore.database',
      `must be the path of a file, such as /var/lib/ai-sentinel/approvals.db, not ${shown(database)}.`,
    );
  }
  const pollMs = parseDuration('sqliteStore.pollInterval', pollInterval);
  return ledgerStore(new SqliteLedger(resolve(database), pollMs, clock), options);
}
