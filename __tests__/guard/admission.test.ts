import { getEventListeners } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { type OwningStore, requireApproval, requireToolPolicy } from 'ai-sentinel';
import { settled } from '../approvals/turns.ts';
import { bob, denial, rejection, scene, standing } from './scene.ts';

const MINUTE = 60_000;
/** What is only ever said where a person has refused. */
const REFUSAL = /a person refused/;

describe('a call that waits', () => {
  it('runs once it is approved, with what was approved, and says what became of it', async () => {
    const { admit, approveAll, open, clock, store } = scene({ rules: [requireApproval('*')] });
    const input = { name: 'orders', tables: ['a', 'b'] };
    const admission = admit({ input });
    expect(await standing(admission)).toBe('open');
    expect((await open())[0]?.waitingUntil).toBe(clock() + 5 * MINUTE);
    // Whoever holds the object may change it while people decide.
    input.name = 'customers';
    input.tables.pop();
    await approveAll();
    const { input: runs, report } = await admission;
    expect(runs).toEqual({ name: 'orders', tables: ['a', 'b'] });
    await report?.('executed');
    expect((await store.requests.events(0)).map(({ type }) => type)).toEqual([
      'requested',
      'approved',
      'claimed',
      'outcome',
    ]);
    expect(clock.pending).toBe(0);
  });

  it('judges once more after the wait: a policy may have changed its mind', async () => {
    let allowed = true;
    const { admit, approveAll, store } = scene({
      rules: [requireToolPolicy('*', () => allowed), requireApproval('*', { maxUses: 1 })],
    });
    const admission = admit();
    expect(await standing(admission)).toBe('open');
    allowed = false;
    await approveAll();
    expect(await rejection(admission)).toMatchObject({ code: 'policy_denied' });
    const { items } = await store.requests.list();
    expect(items[0]?.grant?.used).toBe(0);
  });

  it('waits for all that is missing, at the same time', async () => {
    const { admit, open, store } = scene({
      rules: [
        requireApproval('*', { name: 'first', maxUses: 1 }),
        requireApproval('*', { name: 'second', maxUses: 1 }),
      ],
    });
    const admission = admit();
    expect(await standing(admission)).toBe('open');
    const [first, second] = await open();
    await store.admin.approve(second?.id ?? '', { approver: bob });
    expect(await standing(admission)).toBe('open');
    await store.admin.approve(first?.id ?? '', { approver: bob });
    await admission;
    const { items } = await store.requests.list();
    expect(items.map(({ grant }) => grant?.state)).toEqual(['used', 'used']);
    const claims = (await store.requests.events(0)).filter(({ type }) => type === 'claimed');
    expect(new Set(claims.map(({ data }) => data.claimId)).size).toBe(1);
  });

  it('ends at the first refusal, and takes back what else it asked for', async () => {
    const { admit, clock, open, store } = scene({
      rules: [requireApproval('*', { name: 'first' }), requireApproval('*', { name: 'second' })],
    });
    const calling = new AbortController();
    const admission = admit({ signal: calling.signal });
    expect(await standing(admission)).toBe('open');
    const [first, second] = await open();
    await store.admin.reject(second?.id ?? '', { approver: bob, reason: 'No.' });
    expect(await denial(admission)).toMatchObject({
      code: 'approval_rejected',
      policyName: 'second',
      requestId: second?.id,
    });
    expect((await store.requests.get(first?.id ?? ''))?.status).toBe('cancelled');
    expect(clock.pending).toBe(0);
    expect(getEventListeners(calling.signal, 'abort')).toHaveLength(0);
  });

  it.each([2, 10])(
    'of %d calls for one single use exactly one runs, and the others ask anew',
    async (count) => {
      const { admit, approveAll, clock, open, store } = scene({
        rules: [requireApproval('*', { maxUses: 1 })],
      });
      const ran: number[] = [];
      const calls = Array.from({ length: count }, async (_, index) => {
        const { report } = await admit();
        ran.push(index);
        await report?.('executed');
      });
      for (let round = 1; round <= count; round++) {
        await settled();
        const waiting = await open();
        expect(waiting).toHaveLength(1);
        await approveAll();
        expect(ran).toHaveLength(round);
      }
      await Promise.all(calls);
      expect(await open()).toEqual([]);
      const { items } = await store.requests.list();
      expect(items.map(({ grant }) => grant?.used)).toEqual(Array.from({ length: count }, () => 1));
      expect(clock.pending).toBe(0);
    },
  );

  it('asks anew when its approval was used up before it came to it', async () => {
    const { admit, approveAll, open, store } = scene({
      rules: [requireApproval('*', { maxUses: 1 })],
    });
    const admission = admit();
    await settled();
    const [request] = await open();
    const requestId = request?.id ?? '';
    const digest = request?.asks[0]?.digest ?? '';
    // Nothing lets the waiting call in between.
    await Promise.all([
      store.admin.approve(requestId, { approver: bob }),
      store.claim([{ requestId, digest }]),
    ]);
    expect(await standing(admission)).toBe('open');
    expect((await open()).map(({ id }) => id)).not.toEqual([requestId]);
    await approveAll();
    await admission;
  });

  it('has one deadline in all, counted from the first ask', async () => {
    const { admit, approveAll, clock, open } = scene({
      rules: [requireApproval('*', { maxUses: 1, waitTimeout: '5m' })],
    });
    const winner = admit();
    const loser = admit();
    expect(await standing(loser)).toBe('open');
    await clock.advance(4 * MINUTE);
    await approveAll();
    await winner;
    await clock.advance(MINUTE - 1);
    expect(await standing(loser)).toBe('open');
    await clock.advance(1);
    const error = await denial(loser);
    expect(error.code).toBe('approval_timeout');
    expect(error.message).toContain('nobody decided within 5 minutes');
    // Its request stays open, for the next try.
    expect((await open()).map(({ id }) => id)).toEqual([error.requestId]);
  });

  it('says how long it really waited, where a later rule has more patience', async () => {
    const { admit, clock, open, store } = scene({
      rules: [
        requireApproval('*', { name: 'hasty', waitTimeout: '1m' }),
        requireApproval('*', { name: 'patient', waitTimeout: '1h' }),
      ],
    });
    const admission = admit();
    expect(await standing(admission)).toBe('open');
    const [hasty] = await open();
    await store.admin.approve(hasty?.id ?? '', { approver: bob });
    await clock.advance(MINUTE);
    const error = await denial(admission);
    expect(error).toMatchObject({ code: 'approval_timeout', policyName: 'patient' });
    expect(error.message).toContain('nobody decided within 1 minute,');
  });

  it('leaves no timer behind after any number of waits', async () => {
    const { admit, approveAll, clock } = scene({ rules: [requireApproval('*')] });
    const calls = Array.from({ length: 50 }, (_, index) =>
      admit({ toolName: `tool-${index}`, caller: { id: `caller-${index}`, roles: [] } }),
    );
    await settled();
    expect(clock.pending).toBe(50);
    await approveAll();
    await Promise.all(calls);
    expect(clock.pending).toBe(0);
  });
});

describe('what whoever makes the call is told', () => {
  it('is that it waits, and what came of it', async () => {
    const { admit, approveAll, open } = scene({ rules: [requireApproval('*')] });
    const told: unknown[] = [];
    const hooks = {
      onApprovalRequired: (notice: object) => told.push({ required: notice }),
      onApprovalSettled: (notice: object) => told.push({ settled: notice }),
    };
    const admission = admit({ toolCallId: 'call-1' }, hooks);
    await settled();
    const [request] = await open();
    const about = {
      requestId: request?.id,
      toolName: 'delete_database',
      toolCallId: 'call-1',
    };
    const required = { ...about, approvalUrl: request?.approvalUrl, waitTimeoutMs: 5 * MINUTE };
    expect(told).toEqual([{ required }]);
    await approveAll();
    await admission;
    expect(told).toEqual([{ required }, { settled: { ...about, outcome: 'approved' } }]);
    await admit({}, hooks);
    expect(told).toHaveLength(2);
  });

  it.each(['denied', 'aborted', 'timeout'] as const)('names the end: %s', async (end) => {
    const { admit, clock, open, store } = scene({ rules: [requireApproval('*')] });
    const outcomes: unknown[] = [];
    const calling = new AbortController();
    const admission = admit(
      { signal: calling.signal },
      { onApprovalSettled: ({ outcome, code }) => outcomes.push([outcome, code]) },
    );
    const over = rejection(admission);
    await settled();
    const [request] = await open();
    if (end === 'denied')
      await store.admin.reject(request?.id ?? '', { approver: bob, reason: 'No.' });
    if (end === 'aborted') calling.abort();
    if (end === 'timeout') await clock.advance(5 * MINUTE);
    await over;
    expect(outcomes).toEqual([
      {
        denied: ['denied', 'approval_rejected'],
        aborted: ['aborted', undefined],
        timeout: ['denied', 'approval_timeout'],
      }[end],
    ]);
  });

  it('decides nothing, whatever the listener does', async () => {
    const failing = [
      () => {
        throw new Error('boom');
      },
      async () => {
        throw new Error('boom');
      },
      () => new Promise(() => {}),
    ];
    for (const listener of failing) {
      const { admit, approveAll, logged } = scene({ rules: [requireApproval('*')] });
      const admission = admit({}, { onApprovalRequired: listener, onApprovalSettled: listener });
      await approveAll();
      await admission;
      await settled();
      expect(logged).toHaveLength(listener === failing[2] ? 0 : 2);
    }
  });
});

describe('a question while a call waits', () => {
  async function asked(onInfoRequested?: () => string | undefined | Promise<string>) {
    const stage = scene({ rules: [requireApproval('*', { waitTimeout: '5m' })] });
    const questions: unknown[] = [];
    const admission = stage.admit(
      {},
      onInfoRequested && {
        onInfoRequested: (question) => {
          questions.push(question);
          return onInfoRequested();
        },
      },
    );
    const over = admission.then(
      () => 'admitted',
      (error: unknown) => error,
    );
    await settled();
    const [request] = await stage.open();
    const id = request?.id ?? '';
    await stage.store.admin.requestInfo(id, { approver: bob, message: 'Which one?' });
    await settled();
    const get = async () => {
      const found = await stage.store.requests.get(id);
      if (!found) throw new Error('The request is gone.');
      return found;
    };
    return { ...stage, id, questions, admission, over, get };
  }

  it('is answered by whom the call names, and the call goes on waiting', async () => {
    const { id, questions, over, get, store, approveAll } = await asked(() => 'The old one.');
    expect(questions).toEqual([{ requestId: id, message: 'Which one?' }]);
    const { status, thread } = await get();
    expect(status).toBe('pending');
    expect(thread.map(({ kind, by, message }) => [kind, by.id, message])).toEqual([
      ['question', 'bob', 'Which one?'],
      ['answer', 'alice', 'The old one.'],
    ]);
    await store.admin.requestInfo(id, { approver: bob, message: 'Sure?' });
    await settled();
    expect(questions).toHaveLength(2);
    await approveAll();
    expect(await over).toBe('admitted');
  });

  it('stays open where nobody answers, once for each question, and the timeout says it', async () => {
    for (const silence of [
      undefined,
      () => undefined,
      () => ' ',
      () => Promise.reject(new Error('boom')),
    ]) {
      const { clock, over, get, id, store, questions } = await asked(silence);
      expect(questions).toHaveLength(silence ? 1 : 0);
      // Something else happens to the request meanwhile.
      await store.ensureRequest({
        caller: { id: 'alice', roles: [] },
        spec: { name: 'approval:*' },
        toolName: 'delete_database',
        input: 'another',
      });
      await settled();
      expect(questions).toHaveLength(silence ? 1 : 0);
      expect((await get()).status).toBe('info_requested');
      await clock.advance(5 * MINUTE);
      const error = await over;
      expect(error).toMatchObject({ code: 'approval_timeout', requestId: id });
      expect((error as Error).message).toContain('An approver asks: "Which one?".');
      expect((error as Error).message).not.toMatch(REFUSAL);
    }
  });

  it('may be decided without an answer', async () => {
    const { over, approveAll } = await asked(() => new Promise(() => {}));
    await approveAll();
    expect(await over).toBe('admitted');
  });
});

describe('in which words a call is refused', () => {
  type Stage = ReturnType<typeof scene>;
  const rule = { waitTimeout: '2m', expiresAfter: '2m' } as const;
  const first = async ({ open }: Stage) => (await open())[0]?.id ?? '';
  const cases: Record<
    string,
    { end: (stage: Stage) => Promise<unknown>; code: string; says: string[]; rule?: object }
  > = {
    'a rejection': {
      end: async (stage) =>
        stage.store.admin.reject(await first(stage), {
          approver: bob,
          reason: 'Not "now".\nNever.',
        }),
      code: 'approval_rejected',
      says: [
        'The call to "delete_database" was not made: a person refused it.',
        'Their reason: "Not \\"now\\".\\nNever.".',
        'Do not make the same call again',
      ],
    },
    'an expiry': {
      end: ({ clock }) => clock.advance(2 * MINUTE),
      code: 'approval_expired',
      rule: { waitTimeout: '2m', expiresAfter: '1m' },
      says: ['Nobody decided in time.', 'Nobody refused it.', 'asks anew'],
    },
    'a timeout': {
      end: ({ clock }) => clock.advance(2 * MINUTE),
      code: 'approval_timeout',
      rule: { waitTimeout: '2m', expiresAfter: '1h' },
      says: [
        'nobody decided within 2 minutes, and nobody refused it.',
        'It can be approved at sentinel://approve/req-',
        'The request stays open',
      ],
    },
    'a withdrawal': {
      end: async (stage) =>
        stage.store.cancel(await first(stage), { by: 'alice', reason: 'Never mind.' }),
      code: 'approval_cancelled',
      says: ['the request for it was withdrawn', 'The reason: "Never mind.".'],
    },
    'a closing store': {
      end: ({ store }) => store.close(),
      code: 'approval_store_exception',
      says: ['The approval store failed (StoreClosedError).', 'Nobody refused it'],
    },
  };
  it.each(Object.entries(cases))('%s', async (what, { end, code, says, rule: own = rule }) => {
    const stage = scene({ rules: [requireApproval('*', own)] });
    const over = denial(stage.admit());
    await settled();
    await end(stage);
    const error = await over;
    expect(error.code).toBe(code);
    for (const words of says) expect(error.message).toContain(words);
    if (what !== 'a rejection') expect(error.message).not.toMatch(REFUSAL);
    expect(error.message).not.toMatch(/\n/);
    expect(error.toolName).toBe('delete_database');
  });

  it('quotes at some length, and not without end', async () => {
    const stage = scene({ rules: [requireApproval('*')] });
    const over = denial(stage.admit());
    await settled();
    await stage.store.admin.reject(await first(stage), {
      approver: bob,
      reason: 'x'.repeat(20_000),
    });
    const error = await over;
    expect(error.message.length).toBeLessThan(3000);
    expect(error.reason).toHaveLength(20_000);
  });

  it('has no advice on a policy’s own code, whatever it is called', async () => {
    for (const code of ['toString', 'constructor', 'no_fridays']) {
      const { admit } = scene({
        rules: [requireToolPolicy('*', () => ({ allowed: false, reason: 'No', code }))],
      });
      const error = await denial(admit());
      expect(error.message).toBe(
        'The call to "delete_database" was not made. No. Repeating it will not help.',
      );
    }
  });
});

describe('a store that fails', () => {
  const boom = () => {
    throw new Error('hunter22');
  };
  const methods = ['ensureRequest', 'claim', 'waitForDecision', 'findRequest'] as const;
  const ways: [string, () => unknown][] = [
    ['throws', boom],
    ['rejects', async () => boom()],
    ['answers nothing', async () => undefined],
    ['answers null at once', () => null],
  ];
  const failing = methods.flatMap((method) =>
    // That nothing was found is a good answer of `findRequest`.
    ways
      .slice(0, method === 'findRequest' ? 2 : 4)
      .map(([how, way]) => [method, how, way] as const),
  );
  it.each(failing)('denies the call in its own words: %s %s', async (method, how, way) => {
    const { admit, authorize, approveAll, store, logged } = scene({
      rules: [requireApproval('*', { name: 'first' }), requireApproval('*', { name: 'second' })],
      through: () => ({ [method]: way }),
    });
    if (method === 'claim') {
      for (const name of ['first', 'second']) {
        await store.ensureRequest({
          caller: { id: 'alice', roles: [] },
          spec: { name },
          toolName: 'delete_database',
          input: { name: 'orders' },
        });
      }
      await approveAll();
    }
    const error = await denial(admit());
    expect(['approval_store_exception', 'approval_state_unknown']).toContain(error.code);
    expect(error.message).toMatch(/Nobody refused it/);
    expect(error.message).not.toMatch(REFUSAL);
    expect(error.message).not.toContain('hunter22');
    if (how === 'throws' || how === 'rejects') {
      expect(error.message).toContain('The approval store failed (Error).');
      expect(logged.flat()).toContainEqual(new Error('hunter22'));
    }
    if (method !== 'waitForDecision') {
      const decision = await authorize();
      expect(decision).toMatchObject({ type: 'deny', code: error.code });
    }
    await settled();
  });

  it.each([{ status: 'granted' }, { status: 'approved' }, { status: true }, {}, 'active', 1])(
    'denies for a state it does not know: %j',
    async (state) => {
      for (const method of ['ensureRequest', 'waitForDecision'] as const) {
        const { admit, store } = scene({
          rules: [requireApproval('*')],
          through: () => ({ [method]: async () => state }),
        });
        const error = await denial(admit());
        expect(error.code).toBe('approval_state_unknown');
        expect(error.message).toMatch(/Nobody refused it/);
        const claims = (await store.requests.events(0)).filter(({ type }) => type === 'claimed');
        expect(claims).toEqual([]);
      }
    },
  );

  it('does not run the call for ever where grants vanish every time', async () => {
    let claims = 0;
    const { authorize, approveAll, logged } = scene({
      rules: [requireApproval('*')],
      through: (store) => ({
        async claim() {
          claims += 1;
          return store.claim([{ requestId: 'nothing', digest: '' }]);
        },
      }),
    });
    await authorize();
    await approveAll();
    expect(await authorize()).toMatchObject({ code: 'approval_store_exception' });
    expect(claims).toBeLessThanOrEqual(100);
    expect(logged).toHaveLength(1);
  });

  it('keeps a call that ran from failing for want of a report', async () => {
    const { admit, approveAll, logged } = scene({
      rules: [requireApproval('*')],
      through: () => ({ recordOutcome: boom }),
    });
    const admission = admit();
    await approveAll();
    const { report } = await admission;
    await report?.('executed');
    expect(logged).toHaveLength(1);
  });

  it('runs nothing when it closes while calls wait', async () => {
    const { admit, store, clock } = scene({ rules: [requireApproval('*')] });
    const admissions = Array.from({ length: 5 }, () => denial(admit()));
    await settled();
    await (store as OwningStore).close();
    for (const error of await Promise.all(admissions)) {
      expect(error.code).toBe('approval_store_exception');
      expect(error.message).toContain('StoreClosedError');
    }
    expect(clock.pending).toBe(0);
  });
});
