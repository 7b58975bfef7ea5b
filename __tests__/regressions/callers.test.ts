import { describe, expect, it } from '@jest/globals';
import {
  authorizationChatClient,
  type Policy,
  type PolicyCall,
  requireApproval,
  requireToolPolicy,
  type SecurityContext,
} from 'ai-sentinel';
import { settled } from '../approvals/turns.ts';
import { alice, bob, rejection, scene } from '../guard/scene.ts';

/** A caller as an app might keep one: not frozen, and handed to many calls. */
const fresh = () => ({ id: 'alice', roles: ['ops'], tenantId: 't1', owner: 'olga' });

type Mutable = { -readonly [K in keyof SecurityContext]: SecurityContext[K] };

const changes: [string, (caller: Mutable) => unknown][] = [
  ['its roles', ({ roles }) => (roles as string[]).push('admin')],
  ['its first role', ({ roles }) => ((roles as string[])[0] = 'admin')],
  ['its id', (caller) => (caller.id = 'root')],
  ['its tenant', (caller) => (caller.tenantId = 't2')],
  ['its owner', (caller) => delete caller.owner],
  ['its claims', (caller) => ((caller.claims as { email?: string }).email = 'root@example.com')],
];

describe('a policy that wants to change the caller', () => {
  it.each(changes)('cannot, for this or a later call: %s', async (_, change) => {
    const seen: SecurityContext[] = [];
    let hostile = true;
    const meddle: Policy = ({ caller }: PolicyCall) => {
      if (hostile) change(caller as Mutable);
      return true;
    };
    const note: Policy = ({ caller }) => {
      seen.push({ ...caller, roles: [...caller.roles], claims: { ...caller.claims } });
      return true;
    };
    const { authorize, open } = scene({
      rules: [requireToolPolicy('*', meddle), requireToolPolicy('*', note), requireApproval('*')],
    });
    const caller = { ...fresh(), claims: { email: 'alice@example.com' } };
    const unchanged = structuredClone(caller);

    expect(await authorize({ caller })).toMatchObject({ code: 'policy_exception' });
    hostile = false;
    await authorize({ caller });

    expect(caller).toEqual(unchanged);
    expect(seen).toEqual([unchanged]);
    expect(await open()).toMatchObject([{ caller: { id: 'alice', roles: ['ops'] } }]);
  });

  it('cannot change a caller that is the same for a whole client, nor `anonymous`', async () => {
    const { sentinel, authorize } = scene({
      rules: [
        requireToolPolicy('*', ({ caller }) => {
          (caller.roles as string[]).push('admin');
          return true;
        }),
      ],
    });
    const caller = fresh();
    const { tools } = authorizationChatClient({
      sentinel,
      caller,
      tools: { wipe: { execute: async () => 'wiped' } },
    });
    expect(await rejection(tools.wipe.execute())).toMatchObject({ code: 'policy_exception' });
    expect(await authorize({ caller: undefined })).toMatchObject({ code: 'policy_exception' });
    expect(caller).toEqual(fresh());
  });
});

describe('a caller that is no caller', () => {
  const rules = [requireToolPolicy('*', () => true)];

  it.each(['', 0, false])('is refused, and not taken for anonymous: %j', async (caller) => {
    const { authorize, sentinel } = scene({ rules });
    const wrong = { code: 'invalid_option', option: 'caller' };
    expect(await rejection(authorize({ caller: caller as never }))).toMatchObject(wrong);
    const inside = sentinel.runAs(caller as never, () => authorize({ caller: undefined }));
    expect(await rejection(inside)).toMatchObject(wrong);
    const { tools } = authorizationChatClient({
      sentinel,
      caller: () => caller as never,
      tools: { wipe: { execute: async () => 'wiped' } },
    });
    expect(await rejection(tools.wipe.execute())).toMatchObject({ code: expect.any(String) });
  });

  it.each([undefined, null])('is nobody in particular, where it is %j', async (caller) => {
    const seen: string[] = [];
    const { authorize } = scene({
      rules: [requireToolPolicy('*', (call) => seen.push(call.caller.id) > 0)],
    });
    expect(await authorize({ caller: caller as never })).toMatchObject({ type: 'allow' });
    expect(seen).toEqual(['anonymous']);
  });
});

describe('a caller object that is used again while a call waits', () => {
  it('does not change in whose name the call is judged, asked for and run', async () => {
    const judged: string[] = [];
    const { admit, store, open } = scene({
      rules: [
        requireToolPolicy('*', ({ caller }) => {
          judged.push(`${caller.id} ${caller.roles}`);
          return true;
        }),
        requireApproval('*'),
      ],
    });
    const caller = { id: 'alice', roles: ['ops'] };
    const admission = admit({ caller });
    await settled();
    caller.id = 'mallory';
    caller.roles.push('admin');
    const [request] = await open();
    await store.admin.approve(request?.id ?? '', { approver: bob });
    await admission;

    expect(judged).toEqual(['alice ops', 'alice ops']);
    const events = await store.requests.events(0);
    expect(events.map(({ type, by }) => [type, by.id])).toEqual([
      ['requested', 'alice'],
      ['approved', 'bob'],
      ['claimed', 'alice'],
    ]);
  });

  it('does not change who a client calls for, or who withdraws', async () => {
    const { sentinel, store, open } = scene({ rules: [requireApproval('*')] });
    const caller = { id: 'alice', roles: ['ops'] };
    const { tools } = authorizationChatClient({
      sentinel,
      caller,
      tools: {
        wipe: { execute: async (_: unknown, __: { abortSignal: AbortSignal }) => 'wiped' },
      },
    });
    caller.id = 'mallory';
    const calling = new AbortController();
    const wiping = tools.wipe.execute({}, { abortSignal: calling.signal });
    await settled();
    expect(await open()).toMatchObject([{ caller: { id: 'alice' } }]);
    calling.abort('called off');
    expect(await rejection(wiping)).toBe('called off');
    await settled();
    const { items } = await store.requests.list();
    expect(items).toMatchObject([{ status: 'cancelled', decision: { by: { id: 'alice' } } }]);
  });

  it('does not lend the grant of one to another', async () => {
    const { admit, approveAll, authorize } = scene({ rules: [requireApproval('*')] });
    const caller = { id: 'alice', roles: ['ops'] };
    const admission = admit({ caller });
    await approveAll();
    await admission;
    caller.id = 'mallory';
    expect(await authorize({ caller })).toMatchObject({ type: 'require-approval' });
    expect(await authorize({ caller: alice })).toMatchObject({ type: 'allow' });
  });
});
