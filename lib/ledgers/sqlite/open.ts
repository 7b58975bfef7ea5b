import { mkdirSync, readdirSync, readFileSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { SentinelError } from '../../base/errors.ts';
import { adoptDotnetRows } from './dotnet-rows.ts';

const MIGRATIONS = new URL('./migrations/', import.meta.url);

/**
 * Kinds of file system that live on another machine, by Linux's `f_type`: NFS, CIFS, SMB, SMB2, AFS.
 * Their locks do not keep two hosts from writing at once.
 */
const NETWORK_FILE_SYSTEMS: ReadonlySet<number> = new Set([
  0x6969, 0xff534d42, 0x517b, 0xfe534d42, 0x5346414f,
]);

/** How long opening waits for another process that migrates the same file. */
const MIGRATION_PATIENCE_MS = 10_000;

/** SQLite's own patience with a lock, during which this thread stands still. */
const LOCK_PATIENCE_MS = 20;

/**
 * Opens the file, making its folders, in WAL mode, and brings its tables up to date. Several
 * processes may do so at once.
 *
 * @throws SentinelError `approval_store_exception`, saying what is wrong with the file and what to do
 */
export function openDatabase(path: string, now: () => number): Database.Database {
  let database: Database.Database | undefined;
  try {
    mkdirSync(dirname(path), { recursive: true });
    refuseNetworkShare(path);
    database = new Database(path, { timeout: MIGRATION_PATIENCE_MS });
    database.pragma('journal_mode = WAL');
    // A decision is on the disk before anybody is told of it.
    database.pragma('synchronous = FULL');
    database.pragma('foreign_keys = ON');
    migrate(database, path, now);
    database.pragma(`busy_timeout = ${LOCK_PATIENCE_MS}`);
    return database;
  } catch (error) {
    database?.close();
    throw SentinelError.isInstance(error) ? error : openError(path, error);
  }
}

function migrate(database: Database.Database, path: string, now: () => number): void {
  const migrations = readdirSync(MIGRATIONS)
    .filter((name) => name.endsWith('.sql'))
    .sort();
  const run = database.transaction(() => {
    // Read under the write lock: another process may have been quicker.
    const version = Number(database.pragma('user_version', { simple: true }));
    if (version > migrations.length) {
      throw problem(
        `The approvals database ${path} has version ${version}; this package knows up to ` +
          `${migrations.length}. Update ai-sentinel, or use another file.`,
      );
    }
    for (const name of migrations.slice(version)) {
      database.exec(readFileSync(new URL(name, MIGRATIONS), 'utf8'));
    }
    if (version < 2) adoptDotnetRows(database, now());
    database.pragma(`user_version = ${migrations.length}`);
  });
  const version = Number(database.pragma('user_version', { simple: true }));
  if (version !== migrations.length) run.immediate();
}

function refuseNetworkShare(path: string): void {
  const folder = dirname(path);
  if (process.platform !== 'linux' || !NETWORK_FILE_SYSTEMS.has(statfsSync(folder).type)) return;
  throw problem(
    `The approvals database ${path} would be on a network share, where SQLite’s locks do not hold. ` +
      'Use a local disk, or PostgreSQL for several hosts.',
  );
}

/** What to tell an operator, by the error's code of SQLite or of the operating system. */
const ADVICE: Readonly<Record<string, string>> = {
  SQLITE_NOTADB: 'The file is no SQLite database. Name another file, or move this one away.',
  SQLITE_CORRUPT: 'The file is damaged. Restore it from a backup, with its -wal and -shm files.',
  SQLITE_CANTOPEN: 'It cannot be opened. Check that it is a file, and who may read and write it.',
  SQLITE_READONLY: 'It is read-only. Let this user write the file and its folder.',
  SQLITE_FULL: 'The disk is full. Make room and start again.',
  SQLITE_BUSY: 'Another process holds it locked. Try again when that is done.',
  EACCES: 'This user may not write there. Change who owns the folder, or use another one.',
  EROFS: 'The file system is read-only. Use another folder.',
  ENOTDIR: 'A part of its path is a file. Use another path.',
};

function openError(path: string, cause: unknown): SentinelError {
  const code = String((cause as { code?: unknown }).code ?? '');
  const known = Object.keys(ADVICE).find((prefix) => code.startsWith(prefix));
  const advice = known ? ADVICE[known] : `Opening it failed (${code || 'no code'}).`;
  return problem(`The approvals database ${path}: ${advice}`, cause);
}

function problem(message: string, cause?: unknown): SentinelError {
  return new SentinelError(
    'approval_store_exception',
    message,
    cause === undefined ? undefined : { cause },
  );
}
