import { setImmediate as nextTurn } from 'node:timers/promises';

/** Fulfils once whatever waits only for promises that have settled has gone on. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await nextTurn();
}
