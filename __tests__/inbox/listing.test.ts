import { afterEach, describe, expect, test } from '@jest/globals';
import { closeDesks, type Desk, openDesk, people, problem } from './desk.ts';

afterEach(closeDesks);

interface Listed {
  readonly id: string;
  readonly action_name: string;
}

const callerOf = (id: string, tenantId = 'acme') => ({ id, roles: [], tenantId });
const idsOf = (approvals: readonly Listed[]) => approvals.map(({ id }) => id);
const list = async (desk: Desk, query = '') => (await desk.api('GET', query)).json;

describe('filters', () => {
  /** Six requests, one in each status, with the tool named for it. */
  async function deskOfAll(): Promise<Desk> {
    const spec = { role: 'ops', expiresAfter: '1h' };
    const desk = await openDesk({
      rules: {
        'is_*': spec,
        loud: { priority: 'critical', risk: 'high' },
        quiet: { priority: 'low', risk: 'minimal' },
      },
    });
    const { admin } = desk.store;
    const approver = people.bo;
    const ask = (status: string) => desk.ask({ is: status }, { toolName: `is_${status}` });
    await ask('expired');
    await desk.clock.advance(3_600_000);
    await ask('pending');
    await admin.requestInfo(await ask('info_requested'), { approver, message: 'Why?' });
    await admin.approve(await ask('approved'), { approver });
    await admin.reject(await ask('rejected'), { approver, reason: 'No.' });
    await desk.store.cancel(await ask('cancelled'), { by: 'alice' });
    return desk;
  }

  test.each(['pending', 'info_requested', 'approved', 'rejected', 'expired', 'cancelled'])(
    'status=%s gives those and no others',
    async (status) => {
      const desk = await deskOfAll();
      const { approvals } = await list(desk, `?status=${status}`);
      expect(approvals).toMatchObject([{ status, action_name: `is_${status}` }]);
    },
  );

  test('together, each narrows what the others leave', async () => {
    const desk = await deskOfAll();
    const loud = await desk.ask({ text: 'Ärger' }, { toolName: 'loud', caller: callerOf('carl') });
    const quiet = await desk.ask({}, { toolName: 'quiet', caller: callerOf('carl') });
    for (const [query, ids] of [
      ['?priority=critical', [loud]],
      ['?priority=low', [quiet]],
      ['?risk_level=high', [loud]],
      ['?risk_level=minimal&status=pending', [quiet]],
      ['?risk_level=minimal&status=approved', []],
      ['?tool=quiet', [quiet]],
      ['?tool=qui', []],
      ['?caller=carl', [quiet, loud]],
      ['?caller=carl&tool=loud', [loud]],
      ['?q=%C3%A4rger', [loud]],
      [`?q=${loud}`, [loud]],
      ['?q=nowhere', []],
    ] as const) {
      expect([query, idsOf((await list(desk, query)).approvals).sort()]).toEqual([
        query,
        [...ids].sort(),
      ]);
    }
  });

  test.each([
    ['?status=open', 'status'],
    ['?status=pending&status=approved', 'status'],
    ['?status=', 'status'],
    ['?status[]=pending', 'status[]'],
    ['?priority=urgent', 'priority'],
    ['?risk_level=extreme', 'risk_level'],
    ['?limit=0', 'limit'],
    ['?limit=1001', 'limit'],
    ['?limit=1.5', 'limit'],
    ['?limit=ten', 'limit'],
    ['?cursor=nonsense', 'cursor'],
    ['?cursor=W10', 'cursor'],
    [`?cursor=${'x'.repeat(501)}`, 'cursor'],
    [`?q=${'x'.repeat(201)}`, 'q'],
    ['?state=pending', 'state'],
    ['?__proto__=x', '__proto__'],
    ['?tenant=globex', 'tenant'],
  ])('%s is refused, naming %s', async (query, field) => {
    const desk = await openDesk();
    expect(await desk.api('GET', query)).toMatchObject(problem(400, 'invalid_request', { field }));
  });
});

describe('paging', () => {
  /** Several tools, so that each request is one of its own, asked for one after the other. */
  async function deskOf(
    count: number,
    options: Parameters<typeof openDesk>[0] = {},
  ): Promise<Desk> {
    const desk = await openDesk({ rules: { 'tool_*': {} }, ...options });
    for (let number = 0; number < count; number++) {
      await desk.ask({ number }, { toolName: `tool_${number}` });
      // Two at the same instant now and then: the order has to be one all the same.
      if (number % 3 > 0) await desk.clock.advance(1);
    }
    return desk;
  }

  async function allPages(desk: Desk, query: string): Promise<Listed[][]> {
    const pages: Listed[][] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const { approvals, next_cursor } = await list(
        desk,
        `?${query}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
      );
      pages.push(approvals);
      cursor = next_cursor;
    }
    return pages;
  }

  test('gives everything once, newest first', async () => {
    const desk = await deskOf(25);
    const { approvals, next_cursor } = await list(desk, '?limit=1000');
    expect(next_cursor).toBeNull();
    expect(approvals).toHaveLength(25);
    const times = approvals.map(({ created_at }: { created_at: string }) => created_at);
    expect(times).toEqual(times.toSorted().reverse());
    const pages = await allPages(desk, 'limit=7');
    expect(pages.map(({ length }) => length)).toEqual([7, 7, 7, 4]);
    expect(idsOf(pages.flat())).toEqual(idsOf(approvals));
  });

  test('is not disturbed by what is asked for meanwhile', async () => {
    const desk = await deskOf(10);
    const { approvals: first, next_cursor } = await list(desk, '?limit=5');
    await desk.clock.advance(1);
    await desk.ask({}, { toolName: 'tool_new' });
    const { approvals: second } = await list(desk, `?limit=5&cursor=${next_cursor}`);
    const tools = [...first, ...second].map(({ action_name }) => action_name);
    expect(new Set(tools).size).toBe(10);
    expect(tools).not.toContain('tool_new');
  });

  test.each([1, 3, 7, 10, 300])('of what may be seen, %i at a time', async (limit) => {
    const isShown = (tool: string) => Number(tool.slice(5)) % 10 === 3;
    const desk = await deskOf(60, {
      router: { canSee: (_, { toolName }) => isShown(toolName) },
    });
    const pages = await allPages(desk, `limit=${limit}`);
    const shown = pages.flat();
    expect(shown.map(({ action_name }) => action_name)).toEqual(
      [53, 43, 33, 23, 13, 3].map((number) => `tool_${number}`),
    );
    // Short pages would look like the last one to whoever does not read the cursor.
    for (const page of pages.slice(0, -1)) expect(page).toHaveLength(limit);
    for (const page of pages) expect(page.length).toBeLessThanOrEqual(limit);
  });

  test('names nothing hidden in its cursors', async () => {
    const desk = await deskOf(40, {
      router: { canSee: (_, { toolName }) => Number(toolName.slice(5)) % 4 === 1 },
    });
    const every = (await desk.store.requests.list({ limit: 1000 })).items;
    const hidden = every.filter(({ toolName }) => Number(toolName.slice(5)) % 4 !== 1);
    let cursor: string | null = null;
    do {
      const { next_cursor } = await list(desk, `?limit=3${cursor ? `&cursor=${cursor}` : ''}`);
      cursor = next_cursor;
      const said = Buffer.from(cursor ?? '', 'base64url').toString();
      for (const { id } of hidden) expect(said).not.toContain(id);
    } while (cursor);
  });
});

describe('what waits', () => {
  test('comes most urgent first, all of it, questions that were asked included', async () => {
    const desk = await openDesk({
      rules: {
        critical_low: { priority: 'critical', risk: 'low' },
        critical_high: { priority: 'critical', risk: 'high' },
        worst: { risk: 'critical' },
        usual_old: {},
        usual_new: {},
        low: { risk: 'low' },
      },
    });
    for (const toolName of [
      'low',
      'usual_old',
      'usual_new',
      'worst',
      'critical_low',
      'critical_high',
    ]) {
      await desk.ask({}, { toolName });
      await desk.clock.advance(1000);
    }
    const { items } = await desk.store.requests.list({ toolName: 'usual_old' });
    await desk.api('POST', `/${items[0]?.id}/request-info`, { body: { message: 'Why?' } });
    const { approvals } = await list(desk, '/pending');
    expect(approvals.map(({ action_name }: Listed) => action_name)).toEqual([
      'critical_high',
      'critical_low',
      'worst',
      'usual_old',
      'usual_new',
      'low',
    ]);
    expect(approvals[3]).toMatchObject({ status: 'info_requested', info_request_message: 'Why?' });
  });

  test('is all there, beyond one page of the store', async () => {
    const desk = await openDesk({ rules: { 'tool_*': { maxPendingPerCaller: 2000 } } });
    for (let number = 0; number < 1100; number++)
      await desk.ask({}, { toolName: `tool_${number}` });
    const { approvals } = await list(desk, '/pending');
    expect(new Set(idsOf(approvals)).size).toBe(1100);
  });

  test('is no longer there once it is decided or over', async () => {
    const desk = await openDesk({ rules: { 'tool_*': { expiresAfter: '1m' } } });
    const first = await desk.ask({}, { toolName: 'tool_1' });
    await desk.ask({}, { toolName: 'tool_2' });
    await desk.api('POST', `/${first}/approve`);
    expect((await list(desk, '/pending')).approvals).toMatchObject([{ action_name: 'tool_2' }]);
    await desk.clock.advance(60_000);
    expect((await list(desk, '/pending')).approvals).toEqual([]);
  });
});

describe('who sees what', () => {
  test('by default: one’s own tenant, everywhere', async () => {
    const desk = await openDesk({ rules: { drop_table: {} } });
    const ours = await desk.ask();
    const theirs = await desk.ask({}, { caller: callerOf('zoe', 'globex') });
    for (const [as, own, other] of [
      ['bo', ours, theirs],
      ['mallory', theirs, ours],
    ] as const) {
      for (const path of ['', '/pending', '?q=drop', '?tool=drop_table', `?q=${other}`]) {
        const { text, json } = await desk.api('GET', path, { as });
        if (!path.includes(other)) expect(idsOf(json.approvals)).toEqual([own]);
        expect(text).not.toContain(other);
      }
      expect((await desk.api('GET', `/${other}`, { as })).status).toBe(404);
      expect((await desk.api('GET', `/${own}`, { as })).status).toBe(200);
    }
  });

  test('with `canSee`: exactly that, also of what is shown beside a request', async () => {
    const desk = await openDesk({
      rules: { drop_table: { grantScope: 'input' } },
      router: { canSee: (approver, { caller }) => caller.id === 'zoe' || approver.id === 'carol' },
    });
    const { admin } = desk.store;
    const hidden = await desk.ask({ of: 'alice' });
    await admin.approve(hidden, { approver: people.bo });
    const asked = await desk.ask({ of: 'zoe' }, { caller: callerOf('zoe', 'globex') });
    const boSees = await desk.api('GET', `/${asked}`);
    expect(boSees.json.last_approved).toBeNull();
    expect(boSees.text).not.toContain(hidden);
    const carolSees = await desk.api('GET', `/${asked}`, { as: 'carol' });
    expect(carolSees.json.last_approved.id).toBe(hidden);
    expect((await desk.api('POST', `/${hidden}/revoke`)).status).toBe(404);
    expect(idsOf((await list(desk, '')).approvals)).toEqual([asked]);
  });

  test('the last approved is one’s own caller’s, if there is one, else the newest', async () => {
    const desk = await openDesk({ rules: { drop_table: { grantScope: 'input' } } });
    const approve = async (id: string) => {
      await desk.store.admin.approve(id, { approver: people.carol });
      await desk.clock.advance(1);
      return id;
    };
    const lastOf = async (id: string) =>
      (await desk.api('GET', `/${id}`)).json.last_approved?.id ?? null;
    const first = await approve(await desk.ask({ number: 1 }));
    expect(await lastOf(first)).toBeNull();
    const zoes = await approve(await desk.ask({ number: 2 }, { caller: callerOf('zoe') }));
    expect(await lastOf(await desk.ask({ number: 3 }))).toBe(first);
    expect(await lastOf(await desk.ask({ number: 4 }, { caller: callerOf('yan') }))).toBe(zoes);
  });

  test.each([
    [
      'throws',
      () => {
        throw new Error('no such team');
      },
    ],
    ['promises', async () => true],
    [
      'promises and fails',
      async () => {
        throw new Error('no such team');
      },
    ],
    ['says something like yes', () => 1],
    ['says nothing', () => undefined],
  ])('a `canSee` that %s shows nothing, and the logger hears of it', async (_, canSee) => {
    const desk = await openDesk({ router: { canSee: canSee as never } });
    const id = await desk.ask();
    expect((await list(desk, '/pending')).approvals).toEqual([]);
    expect((await list(desk)).approvals).toEqual([]);
    expect((await desk.api('GET', `/${id}`)).status).toBe(404);
    expect((await desk.api('POST', `/${id}/approve`)).status).toBe(404);
    expect(desk.logged).toHaveLength(4);
    for (const line of desk.logged) expect(line).toContain('`canSee`');
  });
});

test('a request that was asked for very often still shows its end', async () => {
  const desk = await openDesk();
  const id = await desk.ask();
  for (let times = 0; times < 1200; times++) await desk.ask();
  await desk.api('POST', `/${id}/reject`, { body: { reason: 'Enough.' } });
  const { json } = await desk.api('GET', `/${id}`);
  expect(json.times_asked).toBe(1201);
  expect(json.timeline).toHaveLength(1202);
  expect(json.timeline.at(-1)).toMatchObject({ type: 'rejected', by: { id: 'bo' } });
});
