import { useState } from 'preact/hooks';
import type { WireApprovalDetail, WireAsk } from '../../lib/inbox/wire.ts';
import { counted } from '../words/times.ts';
import { AgentText, AsideText } from './agent-text.tsx';

interface Message {
  readonly role: string;
  readonly text: string;
}

const LAST = 3;

/** What was said before the newest input was asked for. */
export function Conversation({ detail: { asks } }: { readonly detail: WireApprovalDetail }) {
  const [whole, setWhole] = useState(false);
  const messages = messagesOf(asks.at(-1));
  if (messages.length === 0) return null;
  const shown = whole ? messages : messages.slice(-LAST);
  const all = shown.length === messages.length;
  return (
    <section class="sheet" aria-labelledby="conversation-heading">
      <div class="sheet-head">
        <h2 id="conversation-heading">Conversation before the call</h2>
        <span class="tell">
          {all
            ? counted(messages.length, 'message')
            : `Last ${shown.length} of ${counted(messages.length, 'message')}`}
        </span>
        {!all && (
          <button type="button" class="button small" onClick={() => setWhole(true)}>
            Show all
          </button>
        )}
      </div>
      <ol class="talk">
        {shown.map(({ role, text }, at) => (
          <li key={messages.length - shown.length + at}>
            <span class="who">
              <AgentText text={role} />
            </span>
            <AsideText text={text} />
          </li>
        ))}
      </ol>
    </section>
  );
}

function messagesOf(ask: WireAsk | undefined): readonly Message[] {
  const conversation = ask?.context?.conversation;
  if (!Array.isArray(conversation)) return [];
  return conversation.flatMap((message: unknown) => {
    const { role, text } = (message ?? {}) as Partial<Message>;
    // Who calls a tool without a word has said nothing.
    return typeof role === 'string' && typeof text === 'string' && text.trim() !== ''
      ? [{ role, text }]
      : [];
  });
}
