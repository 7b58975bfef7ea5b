import { useEffect } from 'preact/hooks';
import type { WireApproval } from '../../lib/inbox/wire.ts';
import { serverSaid } from '../api/http.ts';
import { now } from '../model/clock.ts';
import { history, loadHistory } from '../model/history.ts';
import { hrefOf } from '../model/route.ts';
import { me, signedOut } from '../model/session.ts';
import { scopeWords } from '../words/coverage.ts';
import { listed, nameOf } from '../words/people.ts';
import { timeOfDay } from '../words/times.ts';
import { AgentText } from './agent-text.tsx';
import { Blank, LoadingRows } from './blank.tsx';
import { Back, Clock, Cross, Dash, Tick } from './icons.tsx';
import { useHeadingFocus } from './use-heading-focus.ts';

/** What became of the requests that wait no more. */
export function HistoryPage() {
  const heading = useHeadingFocus('history');
  useEffect(() => void loadHistory('newest'), []);
  const { settled, cursor, failure } = history.value;
  return (
    <div class="page">
      <div class="headline">
        <h1 ref={heading} tabIndex={-1}>
          What was decided
        </h1>
      </div>
      {failure && !signedOut.value && (
        <Blank
          head="The requests could not be loaded."
          action={{ words: 'Try again', onPress: () => void loadHistory('newest') }}
        >
          {serverSaid(failure)} Nothing was decided.
        </Blank>
      )}
      {!settled && !failure && <LoadingRows />}
      {settled?.length === 0 && !cursor && <Blank head="Nothing was decided yet." />}
      {settled && (settled.length > 0 || cursor) && (
        <div class="sheet queue">
          <div class="columns history" aria-hidden="true">
            <span>When</span>
            <span>Outcome</span>
            <span>Request</span>
            <span>Who asked</span>
            <span>Decided by</span>
          </div>
          <ul class="rows">
            {settled.map((approval) => (
              <Line key={approval.id} approval={approval} />
            ))}
          </ul>
          {cursor && (
            <div class="older">
              <button type="button" class="button small" onClick={() => void loadHistory('older')}>
                Show 50 older
              </button>
            </div>
          )}
        </div>
      )}
    </div>
  );
}

function Line({ approval }: { readonly approval: WireApproval }) {
  const when = Date.parse(approval.decided_at ?? approval.expires_at);
  return (
    <li>
      <div class="row history">
        <div class="when-cell">{timeOfDay(when, now.peek())}</div>
        <div class="outcome-cell">
          <Outcome approval={approval} />
        </div>
        <div class="tool-cell">
          <a class="open" href={hrefOf({ page: 'request', id: approval.id })}>
            <AgentText text={approval.action_name} />
          </a>
        </div>
        <div class="asked-cell">
          <AgentText text={approval.agent_id} />
        </div>
        <div class="decided-cell">{deciderOf(approval)}</div>
      </div>
    </li>
  );
}

function Outcome({ approval: { status, grant } }: { readonly approval: WireApproval }) {
  if (grant?.state === 'revoked') return mark('other', <Back />, 'Revoked');
  switch (status) {
    case 'approved':
      return mark('yes', <Tick />, 'Approved');
    case 'rejected':
      return mark('no', <Cross />, 'Rejected');
    case 'expired':
      return mark('other', <Clock />, 'Expired');
    default:
      return mark('other', <Dash />, 'Withdrawn');
  }
}

function mark(kind: 'yes' | 'no' | 'other', icon: preact.ComponentChild, word: string) {
  return (
    <span class={`outcome ${kind}`}>
      {icon}
      {word}
    </span>
  );
}

function deciderOf({ status, approvals, decided_by, decision_notes }: WireApproval) {
  if (status === 'expired') return 'nobody';
  if (status === 'cancelled') return 'the agent';
  const names =
    status === 'approved'
      ? approvals.map(({ by }) => nameOf(by, me.value))
      : [decided_by ? nameOf(decided_by, me.value) : 'somebody'];
  const last = approvals.at(-1);
  return (
    <>
      <div>
        <AgentText text={listed(names)} />
      </div>
      <div class="second">
        {status === 'approved' && last && scopeWords(last.terms)}
        {status === 'rejected' && decision_notes !== null && (
          <AgentText text={`“${shortened(decision_notes)}”`} />
        )}
      </div>
    </>
  );
}

function shortened(text: string): string {
  const characters = [...text];
  return characters.length <= 28
    ? text
    : `${characters.slice(0, 18).join('')}…${characters.slice(-9).join('')}`;
}
