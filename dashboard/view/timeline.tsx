import type { WireApprovalDetail, WireEvent } from '../../lib/inbox/wire.ts';
import { now } from '../model/clock.ts';
import { me } from '../model/session.ts';
import { nameOf } from '../words/people.ts';
import { timeWithSeconds } from '../words/times.ts';
import { AgentText, AsideText } from './agent-text.tsx';

interface Entry {
  readonly key: string;
  readonly at: number;
  readonly who: string;
  readonly did: string;
  readonly said: string | null;
}

/** Everything that happened to a request, and what people and the agent said to each other. */
export function Timeline({ detail }: { readonly detail: WireApprovalDetail }) {
  const entries = entriesOf(detail);
  return (
    <section class="sheet" aria-labelledby="timeline-heading">
      <div class="sheet-head">
        <h2 id="timeline-heading">What happened so far</h2>
      </div>
      <ol class="timeline">
        {entries.map(({ key, at, who, did, said }) => (
          <li key={key}>
            <span class="at">{timeWithSeconds(at, now.peek())}</span>
            <span class="dot" aria-hidden="true" />
            <div>
              <strong>
                <AgentText text={who} />
              </strong>{' '}
              {did}
              {said !== null && (
                <div class="say">
                  <AsideText text={said} />
                </div>
              )}
            </div>
          </li>
        ))}
      </ol>
    </section>
  );
}

function entriesOf({ timeline, thread }: WireApprovalDetail): readonly Entry[] {
  const events = timeline
    // The thread has these with their words.
    .filter(({ type }) => type !== 'info_requested' && type !== 'responded')
    .map((event) => ({
      key: `event ${event.seq}`,
      at: Date.parse(event.at),
      who: nameOf(event.by, me.value),
      did: deedOf(event),
      said: textOf(event, 'reason') ?? textOf(event, 'note'),
    }));
  const messages = thread.map(({ kind, by, at, message }, index) => ({
    key: `message ${index}`,
    at: Date.parse(at),
    who: nameOf(by, me.value),
    did: kind === 'question' ? 'asked for information' : 'answered',
    said: message,
  }));
  return [...events, ...messages].toSorted((one, other) => one.at - other.at);
}

function deedOf(event: WireEvent): string {
  switch (event.type) {
    case 'requested':
      return 'asked';
    case 'joined':
      return event.data.newInput === true ? 'asked with another input' : 'asked again';
    case 'approved':
      return 'approved';
    case 'rejected':
      return 'rejected';
    case 'cancelled':
      return 'withdrew it';
    case 'revoked':
      return 'ended the grant';
    case 'claimed':
      return 'used the approval for a call';
    case 'outcome':
      return outcomeWords(textOf(event, 'outcome'));
    default:
      return event.type.replaceAll('_', ' ');
  }
}

function outcomeWords(outcome: string | null): string {
  if (outcome === 'executed') return 'says that the call ran';
  if (outcome === 'failed') return 'says that the call failed';
  return 'says that the call did not run';
}

function textOf({ data }: WireEvent, name: string): string | null {
  const value = data[name];
  return typeof value === 'string' && value !== '' ? value : null;
}
