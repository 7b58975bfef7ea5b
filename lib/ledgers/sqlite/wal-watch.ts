import { type FSWatcher, watch } from 'node:fs';
import { type Clock, schedule } from '../../base/clock.ts';

/**
 * Tells when another process may have written: at once by a watch on the file that SQLite appends
 * every commit to, and every `pollMs` at the latest, since not every file system reports changes.
 */
export class WalWatch {
  private readonly path: string;
  private readonly pollMs: number;
  private readonly clock: Clock;
  private readonly onChange: () => void;
  private watcher: FSWatcher | undefined;
  private poll: Disposable | undefined;

  constructor(databasePath: string, pollMs: number, clock: Clock, onChange: () => void) {
    this.path = `${databasePath}-wal`;
    this.pollMs = pollMs;
    this.clock = clock;
    this.onChange = onChange;
  }

  start(): void {
    this.watchFile();
    this.pollAgain();
  }

  stop(): void {
    this.watcher?.close();
    this.watcher = undefined;
    this.poll?.[Symbol.dispose]();
    this.poll = undefined;
  }

  private pollAgain(): void {
    this.poll = schedule(this.clock, this.pollMs, tick, this);
  }

  tick(): void {
    if (!this.poll) return;
    if (!this.watcher) this.watchFile();
    this.onChange();
    this.pollAgain();
  }

  /** Without a watch (no file yet, no more watches to be had) the poll goes on, and tries again. */
  private watchFile(): void {
    try {
      this.watcher = watch(this.path, { persistent: false }, (event) => {
        if (event === 'rename') this.forgetFile();
        this.onChange();
      });
      this.watcher.on('error', () => this.forgetFile());
    } catch {
      this.watcher = undefined;
    }
  }

  private forgetFile(): void {
    this.watcher?.close();
    this.watcher = undefined;
  }
}

function tick(watch: WalWatch): void {
  watch.tick();
}
