import type { ApprovalStore, Ask } from '../approvals/store.ts';
import { askable } from './contract/askable.ts';
import { asking } from './contract/asking.ts';
import { openBench } from './contract/bench.ts';
import { conversing } from './contract/conversing.ts';
import { deciding } from './contract/deciding.ts';
import { eligibility } from './contract/eligibility.ts';
import { finding } from './contract/finding.ts';
import { log } from './contract/log.ts';
import { naming } from './contract/naming.ts';
import { narrowing } from './contract/narrowing.ts';
import { reading } from './contract/reading.ts';
import { redacting } from './contract/redacting.ts';
import { using } from './contract/using.ts';
import { waiting } from './contract/waiting.ts';
import type { FakeClock } from './fake-clock.ts';

/** What `storeContract` needs: a test runner's two functions, and a way to a fresh store. */
export interface StoreContractOptions {
  /** The test runner's: of Jest, Vitest, Mocha, `node:test` or any that takes a name and a body. */
  readonly describe: (name: string, body: () => void) => unknown;
  readonly it: (name: string, body: () => Promise<void>) => unknown;
  /**
   * A store in which nothing has happened yet, judging by this clock and setting its timers on it.
   * Called once for every case; the case closes the store.
   */
  readonly createStore: (parts: {
    readonly clock: FakeClock;
  }) => ApprovalStore | Promise<ApprovalStore>;
  /** Clears away, after the store is closed, what it was kept in. */
  readonly disposeStore?: (store: ApprovalStore) => unknown;
  /**
   * Whether the store owns its decisions. If not (`admin` is absent, people decide elsewhere), the
   * cases that need a decision are left out; nothing else can be. Default true.
   */
  readonly ownsDecisions?: boolean;
  /** What a case's ask has where the case does not care, for stores that take only such. */
  readonly ask?: Partial<Ask>;
}

/**
 * What every approval store promises, as tests: a store that passes them keeps the rules of
 * approvals as far as they can be observed through `ApprovalStore`. Each case has a store and a
 * clock of its own, needs no particular assertion library and never waits for real time.
 *
 * ```ts
 * import { describe, it } from 'node:test';
 * import { storeContract } from 'ai-sentinel/testing';
 *
 * storeContract({ describe, it, createStore: ({ clock }) => myStore({ clock }) });
 * ```
 */
export function storeContract({
  describe,
  it,
  createStore,
  disposeStore,
  ownsDecisions = true,
  ask,
}: StoreContractOptions): void {
  const chapters = [
    asking,
    askable,
    naming,
    finding,
    redacting,
    eligibility,
    deciding,
    narrowing,
    conversing,
    using,
    waiting,
    reading,
    log,
  ];
  for (const { title, cases } of chapters) {
    const promised = cases.filter(({ needsDecisions }) => ownsDecisions || !needsDecisions);
    if (promised.length === 0) continue;
    describe(title, () => {
      for (const { name, run } of promised) {
        it(name, async () => {
          const bench = await openBench(createStore, ask);
          try {
            await run(bench);
          } finally {
            await bench.store.close();
            await disposeStore?.(bench.store);
          }
        });
      }
    });
  }
  describe('The store', () => {
    it(ownsDecisions ? 'has an admin' : 'has no admin', async () => {
      const { store } = await openBench(createStore, ask);
      await store.close();
      await disposeStore?.(store);
      if ((store.admin !== undefined) !== ownsDecisions) {
        throw new Error(
          `ownsDecisions is ${ownsDecisions}, and admin is ${store.admin ? 'there' : 'absent'}.`,
        );
      }
    });
  });
}
