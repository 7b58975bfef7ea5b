import { describe, expect, test } from '@jest/globals';
import { authorizationChatClient, requireToolPolicy } from 'ai-sentinel';
import { doors, QUESTION } from './doors.ts';
import { mailDoor } from './mail.ts';
import { ANN, CAROL } from './people.ts';

describe.each(doors)('$name', (door) => {
  test('the tool gets the options of the AI SDK as they are', async () => {
    const abort = new AbortController();
    const { options, talkOptions, calls } = mailDoor(door);
    const ungated = mailDoor(door);
    const more = { ...talkOptions, abortSignal: abort.signal };

    await door.talk(authorizationChatClient(options), more);
    await door.talk(authorizationChatClient({ ...ungated.options, rules: [] }), {
      ...more,
      model: ungated.model,
    });

    const [call] = calls;
    expect(call?.options).toMatchObject({
      toolCallId: 'call-1',
      messages: [{ role: 'user', content: QUESTION }],
      [door.major.contextOption]: { user: 'dave' },
      abortSignal: expect.any(AbortSignal),
    });
    expect(call?.options).toEqual(ungated.calls[0]?.options);
  });

  test('what was approved is what runs, whatever becomes of the input meanwhile', async () => {
    const { options, talkOptions, store, calls, asked } = mailDoor(door);
    let given: { to: string } | undefined;
    const client = authorizationChatClient({
      ...options,
      // The one who gets to see the very object that the AI SDK holds.
      caller: ({ input }) => {
        given = input as { to: string };
        return CAROL;
      },
      onApprovalRequired: async ({ requestId }) => {
        Object.assign(given ?? {}, { to: 'the press', cc: 'everybody' });
        await store.admin.approve(requestId, { approver: ANN });
      },
    });

    await door.talk(client, talkOptions);

    expect(given).toEqual({ to: 'the press', cc: 'everybody' });
    expect(calls.map(({ input }) => input)).toEqual([{ to: 'all' }]);
    const [request] = await asked();
    expect(request?.asks.map(({ input }) => input)).toEqual([{ to: 'all' }]);
  });

  test('a policy cannot change the input either, and the tool may', async () => {
    const { options, talkOptions, calls } = mailDoor(door);
    const frozen: boolean[] = [];
    const rules = [
      requireToolPolicy('send', ({ input }) => {
        frozen.push(Object.isFrozen(input));
        return true;
      }),
    ];

    await door.talk(authorizationChatClient({ ...options, rules }), talkOptions);

    expect(frozen).toEqual([true]);
    expect(Object.isFrozen(calls[0]?.input)).toBe(false);
  });
});
