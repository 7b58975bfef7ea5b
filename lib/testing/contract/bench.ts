import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ApprovalEvent } from '../../approvals/events.ts';
import type { Approver } from '../../approvals/people.ts';
import type { ApprovalRequest, ApprovalState } from '../../approvals/projections.ts';
import type { ApprovalSpec } from '../../approvals/spec.ts';
import type { ApprovalAdmin, ApprovalStore, Ask } from '../../approvals/store.ts';
import { ApprovalError, InvalidOptionError } from '../../base/errors.ts';
import type { Json } from '../../base/json.ts';
import { digestOf } from '../../base/plain-json.ts';
import { type FakeClock, fakeClock } from '../fake-clock.ts';

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;

/** People of the cases; nobody of them is the caller, whose id is `alice`. */
export const bob: Approver = { id: 'bob', email: 'bob@example.com', name: 'Bob', roles: ['dba'] };
export const carol: Approver = { id: 'carol', email: 'carol@example.com', roles: ['dba', 'lead'] };
export const dave: Approver = { id: 'dave', roles: [] };

type Changes = Omit<Partial<Ask>, 'spec'> & { readonly spec?: ApprovalSpec };

/** What a case works with: a fresh store, on a clock of its own. */
export interface Bench {
  readonly store: ApprovalStore;
  readonly clock: FakeClock;
  /** An ask by `alice` for `delete_database`, with these changes; `spec` is changed option by option. */
  ask(changes?: Changes): Ask;
  /** What the store says to such an ask. */
  ensure(changes?: Changes): Promise<ApprovalState>;
  /** The id of the open request that such an ask opened or joined. */
  open(changes?: Changes): Promise<string>;
  /** The id of the grant that covers such an ask. */
  covering(changes?: Changes): Promise<string>;
  /** The request, which there has to be. */
  get(id: string): Promise<ApprovalRequest>;
  /** Every event so far. */
  events(): Promise<readonly ApprovalEvent[]>;
}

/** A bench whose store owns its decisions. */
export interface DecidingBench extends Bench {
  readonly admin: ApprovalAdmin;
  /** Opens such a request and has `bob` approve it; the id of the grant. */
  grant(changes?: Changes): Promise<string>;
}

/** One promise of the contract, as a test. */
export interface Case {
  readonly name: string;
  readonly needsDecisions: boolean;
  readonly run: (bench: Bench) => Promise<void>;
}

/** The promises of one chapter. */
export interface Chapter {
  readonly title: string;
  readonly cases: readonly Case[];
}

/** Collects a chapter's cases: `asks` for every store, `decides` for those that own decisions. */
export function chapter(
  title: string,
  write: (page: {
    asks(name: string, run: (bench: Bench) => Promise<void>): void;
    decides(name: string, run: (bench: DecidingBench) => Promise<void>): void;
  }) => void,
): Chapter {
  const cases: Case[] = [];
  write({
    asks: (name, run) => cases.push({ name, needsDecisions: false, run }),
    decides: (name, run) =>
      cases.push({ name, needsDecisions: true, run: (bench) => run(deciding(bench)) }),
  });
  return { title, cases };
}

export async function openBench(
  createStore: (parts: { readonly clock: FakeClock }) => ApprovalStore | Promise<ApprovalStore>,
  defaults: Partial<Ask> = {},
): Promise<Bench> {
  const clock = fakeClock();
  const store = await createStore({ clock });
  await store.ready();
  const ask = ({ spec, ...changes }: Changes = {}): Ask => ({
    caller: { id: 'alice', roles: [] },
    toolName: 'delete_database',
    input: { name: 'orders' },
    justification: 'The customer asked for it.',
    ...defaults,
    ...changes,
    spec: { ...defaults.spec, ...spec },
  });
  const ensure = (changes?: Changes) => store.ensureRequest(ask(changes));
  return {
    store,
    clock,
    ask,
    ensure,
    open: async (changes) => pendingId(await ensure(changes)),
    covering: async (changes) => activeId(await ensure(changes)),
    async get(id) {
      const request = await store.requests.get(id);
      assert.ok(request, `there is no request ${id}`);
      return request;
    },
    events: () => store.requests.events(0),
  };
}

function deciding(bench: Bench): DecidingBench {
  const { admin } = bench.store;
  assert.ok(admin, 'the store has no admin; say so with `ownsDecisions: false`');
  return {
    ...bench,
    admin,
    async grant(changes) {
      const id = await bench.open(changes);
      await admin.approve(id, { approver: bob });
      return id;
    },
  };
}

export function pendingId(state: ApprovalState): string {
  assert.equal(state.status, 'pending', `expected a pending request, got ${JSON.stringify(state)}`);
  return (state as ApprovalState & { status: 'pending' }).requestId;
}

export function activeId(state: ApprovalState): string {
  assert.equal(state.status, 'active', `expected a grant, got ${JSON.stringify(state)}`);
  return (state as ApprovalState & { status: 'active' }).requestId;
}

/** The state, which has to be a denial with this code. */
export function denied(state: ApprovalState, code: string): ApprovalState & { status: 'denied' } {
  assert.equal(state.status, 'denied', `expected ${code}, got ${JSON.stringify(state)}`);
  const denial = state as ApprovalState & { status: 'denied' };
  assert.equal(denial.code, code, denial.reason);
  return denial;
}

/** What a promise rejects with; it has to. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  const [result] = await Promise.allSettled([promise]);
  assert.equal(result.status, 'rejected', 'it was accepted, and should have been refused');
  return (result as PromiseRejectedResult).reason;
}

/** The `ApprovalError` a promise rejects with; it has to, with this code. */
export async function refused(promise: Promise<unknown>, code: string): Promise<ApprovalError> {
  const error = await rejection(promise);
  assert.ok(ApprovalError.isInstance(error), `expected ${code}, got ${error}`);
  assert.equal(error.code, code, error.message);
  return error;
}

/** Passes if the promise rejects because an argument is wrong, and the error names it. */
export async function malformed(promise: Promise<unknown>, option: string): Promise<void> {
  const error = await rejection(promise);
  assert.ok(InvalidOptionError.isInstance(error), `expected a wrong ${option}, got ${error}`);
  assert.equal(error.option, option);
}

export function digest(input: Json): string {
  return digestOf(input);
}

/** Whether a promise is still open once everything that can go on has gone on. */
export async function isOpen(promise: Promise<unknown>): Promise<boolean> {
  let open = true;
  const done = () => {
    open = false;
  };
  promise.then(done, done);
  for (let turn = 0; turn < 5; turn++) await nextTurn();
  return open;
}

/**
 * Fulfils once `count` more waits have set their timers than the clock had before: only then does
 * letting time pass say something about them. Whatever a store reads first may be on another host.
 */
export async function waitsBegun(
  { clock, store }: Bench,
  { count = 1, before = 0 }: { count?: number; before?: number } = {},
): Promise<void> {
  const givenUpAt = performance.now() + 5 * SECOND;
  while (clock.pending < before + count) {
    assert.ok(performance.now() < givenUpAt, 'a wait has set no timer on the clock it was given');
    await store.requests.lastSeq();
    await nextTurn();
  }
  await store.requests.lastSeq();
  await nextTurn();
}
