import type { ComponentChildren } from 'preact';
import type { WireApprovalDetail } from '../../lib/inbox/wire.ts';
import type { Decision } from '../api/approvals.ts';
import { serverSaid } from '../api/http.ts';
import { now } from '../model/clock.ts';
import { tryAgain } from '../model/connection.ts';
import { attemptOf, decide, dropAttempt } from '../model/deciding.ts';
import { nextAfter } from '../model/inbox.ts';
import { openSheet, sheetId, target } from '../model/looking.ts';
import { hasUnseenInput, loadRequest, markSeen } from '../model/request.ts';
import { go } from '../model/route.ts';
import { me } from '../model/session.ts';
import { AgentText } from '../view/agent-text.tsx';
import { Person, Triangle } from '../view/icons.tsx';
import { scopeWords } from '../words/coverage.ts';
import { nameOf } from '../words/people.ts';
import { ago } from '../words/times.ts';

/** What became of a decision that was not recorded, or what changed before there was one. */
export function AttemptNotice({ detail }: { readonly detail: WireApprovalDetail }) {
  return (
    <div role="alert" class="attempt">
      <Words detail={detail} />
    </div>
  );
}

function Words({ detail }: { readonly detail: WireApprovalDetail }) {
  const { id } = detail;
  const attempt = attemptOf(id);
  if (attempt?.kind === 'late') return <SomebodyFirst detail={detail} />;
  if (hasUnseenInput(detail)) {
    return <InputJoined detail={detail} lost={attempt?.kind === 'changed'} />;
  }
  switch (attempt?.kind) {
    case 'not-recorded':
      return (
        <Notice head="Not recorded." icon="trouble">
          {serverSaid(attempt.failure)}
          <Retry detail={detail} decision={attempt.decision} />
        </Notice>
      );
    case 'looking-up':
      return (
        <Notice head="It is not known whether this was recorded." icon="trouble">
          Looking it up…
        </Notice>
      );
    case 'unknown':
      return (
        <Notice head="It is not known whether this was recorded." icon="trouble">
          The server does not answer. What you typed stays.
          <button
            type="button"
            class="button small"
            onClick={() => void loadRequest(id).then((found) => found && dropAttempt(id))}
          >
            Look it up again
          </button>
        </Notice>
      );
    default:
      return null;
  }
}

function Retry({
  detail,
  decision,
}: {
  readonly detail: WireApprovalDetail;
  readonly decision: Decision;
}) {
  const attempt = attemptOf(detail.id);
  const isSignedOut = attempt?.kind === 'not-recorded' && attempt.failure.kind === 'signed-out';
  return (
    <button
      type="button"
      class="button small"
      onClick={() => {
        if (isSignedOut) void tryAgain().then(() => dropAttempt(detail.id));
        else void decide(detail, decision);
      }}
    >
      Try again
    </button>
  );
}

function SomebodyFirst({ detail }: { readonly detail: WireApprovalDetail }) {
  const { decided_by, decided_at, status, approvals } = detail;
  const given = approvals.at(-1);
  const who = decided_by ?? given?.by;
  const when = ago(now.value - Date.parse(decided_at ?? given?.at ?? detail.created_at));
  const scope = status === 'approved' && given ? `: ${scopeWords(given.terms)}` : '';
  const next = nextAfter(detail.id);
  return (
    <Notice
      head={
        <>
          <AgentText text={who ? nameOf(who, me.value) : 'Somebody'} /> {deedOf(status)} {when}
          {scope}.
        </>
      }
      icon="person"
    >
      Your decision was not recorded. Your note is still below.
      {next !== undefined && (
        <button
          type="button"
          class="button small"
          onClick={() => {
            dropAttempt(detail.id);
            go({ page: 'request', id: next });
          }}
        >
          Next request
        </button>
      )}
    </Notice>
  );
}

function deedOf(status: WireApprovalDetail['status']): string {
  if (status === 'rejected') return 'rejected this';
  return status === 'cancelled' ? 'withdrew this' : 'approved this';
}

function InputJoined({
  detail,
  lost,
}: {
  readonly detail: WireApprovalDetail;
  readonly lost: boolean;
}) {
  const newest = detail.asks.at(-1);
  if (!newest) return null;
  return (
    <Notice
      head={`Another input joined ${ago(now.value - Date.parse(newest.asked_at))}.`}
      icon="trouble"
    >
      {lost && 'Your decision was not recorded.'}
      <button
        type="button"
        class="button small"
        data-look-at-joined
        onClick={() => {
          openSheet(newest.digest, true);
          markSeen(detail);
          dropAttempt(detail.id);
          target.value = sheetId(newest.digest);
        }}
      >
        Look at it
      </button>
    </Notice>
  );
}

function Notice({
  head,
  icon,
  children,
}: {
  readonly head: ComponentChildren;
  readonly icon: 'person' | 'trouble';
  readonly children: ComponentChildren;
}) {
  return (
    <div class={`notice ${icon}`}>
      {icon === 'person' ? <Person /> : <Triangle />}
      <div>
        <h3>{head}</h3>
        <p>{children}</p>
      </div>
    </div>
  );
}
