import {
  type ApprovalRequest,
  type Approver,
  createSentinel,
  type Decision,
  memoryStore,
  type OwningStore,
  type SentinelOptions,
  ToolCallDeniedError,
} from 'ai-sentinel';
import { type FakeClock, fakeClock } from 'ai-sentinel/testing';
import type { Logger } from '../../lib/base/logger.ts';
import { type Admission, admit } from '../../lib/guard/admission.ts';
import type { AdmissionHooks } from '../../lib/guard/doorway.ts';
import type { IncomingCall } from '../../lib/guard/waiting-call.ts';
import { insideOf, type Sentinel } from '../../lib/sentinel.ts';
import { settled } from '../approvals/turns.ts';

export const alice = { id: 'alice', roles: ['ops'] };
export const bob: Approver = { id: 'bob', name: 'Bob', roles: ['dba'] };

/** A sentinel on a fake clock, whose store decides, and what its logger was told. */
export interface Scene {
  readonly sentinel: Sentinel;
  readonly store: OwningStore;
  readonly clock: FakeClock;
  readonly logged: readonly unknown[][];
  authorize(call?: Partial<IncomingCall>): Promise<Decision>;
  admit(call?: Partial<IncomingCall>, hooks?: AdmissionHooks): Promise<Admission>;
  /** The open requests, oldest first. */
  open(): Promise<readonly ApprovalRequest[]>;
  /** Has `bob` approve whatever is open. */
  approveAll(): Promise<void>;
}

export function scene(
  options: Omit<SentinelOptions, 'store' | 'clock' | 'logger'> & {
    /** Changes what the guard sees of the store; deciding stays as it is. */
    readonly through?: (store: OwningStore) => object;
  } = {},
): Scene {
  const { through = () => ({}), ...rest } = options;
  const clock = fakeClock();
  const logged: unknown[][] = [];
  const note = (...parts: unknown[]) => void logged.push(parts);
  const logger: Logger = { warn: note, error: note };
  const store = memoryStore({ clock, logger });
  const sentinel = createSentinel({
    ...rest,
    store: { ...store, ...through(store) },
    clock,
    logger,
  });
  const call = (changes: Partial<IncomingCall> = {}): IncomingCall => ({
    caller: alice,
    toolName: 'delete_database',
    input: { name: 'orders' },
    ...changes,
  });
  const open = async () => {
    const { items } = await store.requests.list({ status: ['pending', 'info_requested'] });
    const asked = (await store.requests.events(0)).filter(({ type }) => type === 'requested');
    // By the log, since several may have been opened at the same instant.
    return asked.flatMap(({ requestId }) => items.filter(({ id }) => id === requestId));
  };
  return {
    sentinel,
    store,
    clock,
    logged,
    authorize: (changes) => sentinel.guard.authorize(call(changes)),
    admit: (changes, hooks) => admit(insideOf(sentinel), call(changes), hooks),
    open,
    async approveAll() {
      await settled();
      for (const { id } of await open()) await store.admin.approve(id, { approver: bob });
      await settled();
    },
  };
}

/** What a promise rejects with; it has to. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  const [result] = await Promise.allSettled([promise]);
  if (result.status === 'fulfilled') throw new Error('It was accepted.');
  return result.reason;
}

/** The denial that a call is refused with; it has to be. */
export async function denial(promise: Promise<unknown>): Promise<ToolCallDeniedError> {
  const error = await rejection(promise);
  if (ToolCallDeniedError.isInstance(error)) return error;
  throw error;
}

/** How a promise stands once everything that can go on has gone on. */
export async function standing(promise: Promise<unknown>): Promise<'open' | 'over'> {
  let state: 'open' | 'over' = 'open';
  const over = () => {
    state = 'over';
  };
  promise.then(over, over);
  await settled();
  return state;
}
