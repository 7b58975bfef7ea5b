import { describe, expect, test } from '@jest/globals';
import { authorizationChatClient, createSentinel } from 'ai-sentinel';
import { doors } from './doors.ts';
import { mailDoor } from './mail.ts';
import { ANN, CAROL } from './people.ts';

describe.each(doors)('the hooks, $name', (door) => {
  test('tell that a call waits, then that it no longer does, and of what', async () => {
    const { options, talkOptions, store, calls, asked } = mailDoor(door);
    const told: unknown[] = [];
    const client = authorizationChatClient({
      ...options,
      caller: CAROL,
      approvalUrl: 'https://example.com/{id}',
      onApprovalRequired: async (notice) => {
        told.push(['required', notice, calls.length]);
        await store.admin.approve(notice.requestId, { approver: ANN });
      },
      onApprovalSettled: (notice) => void told.push(['settled', notice, calls.length]),
    });

    await door.talk(client, talkOptions);

    const [request] = await asked();
    const requestId = request?.id;
    const of = { requestId, toolName: 'send', toolCallId: 'call-1' };
    const approvalUrl = `https://example.com/${requestId}`;
    expect(told).toEqual([
      ['required', { ...of, approvalUrl, waitTimeoutMs: 5 * 60_000 }, 0],
      ['settled', { ...of, outcome: 'approved' }, 0],
    ]);
  });

  test('decide nothing by failing', async () => {
    const { options, talkOptions, store, calls, logged } = mailDoor(door);
    const client = authorizationChatClient({
      ...options,
      onApprovalRequired: async ({ requestId }) => {
        await store.admin.approve(requestId, { approver: ANN });
        throw new Error('the chat is closed');
      },
      onApprovalSettled: () => {
        throw new Error('the chat is closed');
      },
    });

    await door.talk(client, talkOptions);

    expect(calls).toHaveLength(1);
    expect(logged).toHaveLength(2);
  });

  test('answer an approver, who then decides', async () => {
    const { options, talkOptions, store, calls, asked } = mailDoor(door);
    const questions: unknown[] = [];
    const client = authorizationChatClient({
      ...options,
      caller: CAROL,
      onApprovalRequired: ({ requestId }) =>
        store.admin.requestInfo(requestId, { approver: ANN, message: 'Who is all?' }),
      onInfoRequested: async (question) => {
        questions.push(question);
        return 'Everybody in the company.';
      },
    });
    client.sentinel.on('responded', ({ requestId }) => {
      void store.admin.approve(requestId, { approver: ANN });
    });

    await door.talk(client, talkOptions);

    const [request] = await asked();
    expect(questions).toEqual([{ requestId: request?.id, message: 'Who is all?' }]);
    expect(request?.thread).toMatchObject([
      { kind: 'question', by: { id: 'ann' }, message: 'Who is all?' },
      { kind: 'answer', by: { id: 'carol' }, message: 'Everybody in the company.' },
    ]);
    expect(calls).toHaveLength(1);
  });

  test("of the sentinel answer where the client's own do not", async () => {
    const { options, talkOptions, store, calls } = mailDoor(door);
    const { ai, model, tools, ...rest } = options;
    const { onApprovalRequired: _, ...ofSentinel } = rest;
    const sentinel = createSentinel({ ...ofSentinel, onInfoRequested: () => 'Everybody.' });
    sentinel.on('responded', ({ requestId }) => {
      void store.admin.approve(requestId, { approver: ANN });
    });
    const client = authorizationChatClient({
      ai,
      model,
      tools,
      sentinel,
      onApprovalRequired: ({ requestId }) =>
        store.admin.requestInfo(requestId, { approver: ANN, message: 'Who is all?' }),
    });

    await door.talk(client, talkOptions);

    expect(calls).toHaveLength(1);
  });
});
