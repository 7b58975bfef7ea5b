import { useLayoutEffect, useRef } from 'preact/hooks';
import { serverSaid } from '../api/http.ts';
import { now } from '../model/clock.ts';
import {
  arrivals,
  holdInbox,
  inboxFailure,
  inboxRows,
  lastEvents,
  loadInbox,
  mergeArrivals,
  open,
  renewInbox,
} from '../model/inbox.ts';
import { me, signedOut } from '../model/session.ts';
import { nameOf } from '../words/people.ts';
import { counted, spanInWords, timeOfDay } from '../words/times.ts';
import { Blank, LoadingRows } from './blank.tsx';
import { InboxRow } from './inbox-row.tsx';
import { useHeadingFocus } from './use-heading-focus.ts';
import { useTextRoom } from './use-text-room.ts';

/** What waits for the person in front of the page, most urgent first. */
export function InboxPage() {
  const heading = useHeadingFocus('inbox');
  useLayoutEffect(renewInbox, []);
  const rows = inboxRows.value;
  const isEmpty = rows !== null && rows.length === 0 && arrivals.value.length === 0;
  return (
    <div class="page">
      <div class="headline">
        <h1 ref={heading} tabIndex={-1}>
          {rows === null ? 'Requests' : headline(open.value.length)}
        </h1>
        {rows !== null && <p>{urgency()}</p>}
        <Arrivals />
      </div>
      {rows === null && inboxFailure.value && !signedOut.value && <LoadFailed />}
      {rows === null && !inboxFailure.value && <LoadingRows />}
      {isEmpty && (
        <Blank head="Nothing waits for you.">
          New requests appear here by themselves. {lastDecision()}
        </Blank>
      )}
      {rows !== null && rows.length > 0 && <List />}
    </div>
  );
}

function List() {
  const list = useRef<HTMLUListElement>(null);
  const room = useTextRoom(list, '.telling');
  return (
    <div class="sheet queue">
      <div class="columns" aria-hidden="true">
        <span>Risk</span>
        <span>Request</span>
        <span>Who asks</span>
        <span class="end">Cost</span>
        <span class="end">Waited</span>
        <span class="end">Time left</span>
      </div>
      <ul
        ref={list}
        class="rows"
        onMouseEnter={() => holdInbox('pointer', true)}
        onMouseLeave={() => holdInbox('pointer', false)}
        onFocusCapture={() => holdInbox('focus', true)}
        onBlurCapture={() => holdInbox('focus', false)}
      >
        {inboxRows.value?.map((row) => (
          <InboxRow key={row.approval.id} row={row} room={room} />
        ))}
      </ul>
    </div>
  );
}

function Arrivals() {
  const fresh = arrivals.value;
  const critical = fresh.filter(({ risk_level }) => risk_level === 'critical').length;
  return (
    <div class="arrivals" role="status">
      {fresh.length > 0 && (
        <button type="button" class="button small" onClick={mergeArrivals}>
          Show {fresh.length} new{critical > 0 && `, ${critical} critical`}
        </button>
      )}
    </div>
  );
}

function LoadFailed() {
  const failure = inboxFailure.value;
  return (
    <Blank
      head="The requests could not be loaded."
      action={{ words: 'Try again', onPress: () => void loadInbox() }}
    >
      {failure && serverSaid(failure)} Nothing was decided.
    </Blank>
  );
}

function headline(count: number): string {
  return count === 1 ? '1 request waits for you' : `${counted(count, 'request')} wait for you`;
}

function urgency(): string {
  const waiting = open.value;
  if (waiting.length === 0) return '';
  const critical = waiting.filter(({ risk_level }) => risk_level === 'critical').length;
  const first = Math.min(...waiting.map(({ expires_at }) => Date.parse(expires_at)));
  const left = first - now.value;
  const minute = 60_000;
  const words = spanInWords(left < minute ? left : Math.floor(left / minute) * minute);
  return `${critical > 0 ? `${critical} critical. ` : ''}The first runs out in ${words}.`;
}

function lastDecision(): string {
  const decisions = [...lastEvents.value.values()].filter(
    ({ type }) => type === 'approved' || type === 'rejected',
  );
  const last = decisions.toSorted((one, other) => other.seq - one.seq)[0];
  if (!last) return '';
  const name = nameOf(last.by, me.value);
  const whose = name === 'you' ? 'yours' : `${name}’s`;
  return `The last decision was ${whose}, at ${timeOfDay(Date.parse(last.at), now.peek())}.`;
}
