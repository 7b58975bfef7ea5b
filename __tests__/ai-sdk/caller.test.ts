import { describe, expect, test } from '@jest/globals';
import { type AiToolCall, authorizationChatClient, type SecurityContext } from 'ai-sentinel';
import { doors, outputsIn } from './doors.ts';
import { mailDoor } from './mail.ts';
import { CAROL } from './people.ts';

const DAVE: SecurityContext = { id: 'dave', roles: ['intern'] };

describe.each(doors)('the caller, $name', (door) => {
  test('is the value that was given', async () => {
    const { options, talkOptions, asked } = mailDoor(door);
    await door.talk(authorizationChatClient({ ...options, caller: CAROL }), talkOptions);
    expect(await asked()).toMatchObject([{ caller: { id: 'carol', roles: ['developer'] } }]);
  });

  test('is what a function says, which sees the call and the context of the app', async () => {
    const { options, talkOptions, asked } = mailDoor(door);
    const seen: AiToolCall[] = [];
    const caller = async (call: AiToolCall) => {
      seen.push(call);
      return { id: (call.context as { user: string }).user, roles: [] };
    };

    await door.talk(authorizationChatClient({ ...options, caller }), talkOptions);

    const context = { user: 'dave' };
    const call = { toolName: 'send', toolCallId: 'call-1', input: { to: 'all' }, context };
    expect(seen).toEqual([call]);
    expect(await asked()).toMatchObject([{ caller: { id: 'dave' } }]);
  });

  test('is who `runAs` says, where nothing else does', async () => {
    const { options, talkOptions, asked } = mailDoor(door);
    const client = authorizationChatClient({ ...options, caller: () => undefined });
    await client.sentinel.runAs(DAVE, () => door.talk(client, talkOptions));
    expect(await asked()).toMatchObject([{ caller: { id: 'dave' } }]);
  });

  test('is anonymous where nobody says, and then an approval covers one input only', async () => {
    const { options, talkOptions, asked } = mailDoor(door);
    await door.talk(authorizationChatClient(options), talkOptions);
    expect(await asked()).toMatchObject([
      { caller: { id: 'anonymous' }, grant: { scope: 'input' } },
    ]);
  });

  test.each([
    ['throws', () => Promise.reject(new RangeError('token sk-123 is not valid')), 'RangeError'],
    ['names nobody', () => ({ id: ' ', roles: ['sk-123'] }), 'InvalidOptionError'],
  ])('denies where the function %s, without its words', async (_, caller, kind) => {
    const { options, talkOptions, calls, logged, model } = mailDoor(door);
    const client = authorizationChatClient({ ...options, caller });

    const said = await door.talk(client, talkOptions);

    expect(said.errors).toMatchObject([
      { error: { code: 'policy_exception', policyName: 'caller' } },
    ]);
    const [read] = outputsIn(model.prompts[1]) as { value: string }[];
    expect(read?.value).toContain(kind);
    expect(read?.value).not.toContain('sk-123');
    expect(logged).toHaveLength(1);
    expect(calls).toEqual([]);
  });

  test('that never comes does not outlive the conversation', async () => {
    const { options, talkOptions, calls } = mailDoor(door);
    const abort = new AbortController();
    const caller = () => {
      abort.abort();
      return new Promise<never>(() => {});
    };

    const talk = door.talk(authorizationChatClient({ ...options, caller }), {
      ...talkOptions,
      abortSignal: abort.signal,
    });

    await expect(talk).rejects.toMatchObject({ name: 'AbortError' });
    expect(calls).toEqual([]);
  });
});
