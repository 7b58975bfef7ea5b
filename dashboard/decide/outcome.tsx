import type { ComponentChildren } from 'preact';
import type { WireApprovalDetail, WireGrant } from '../../lib/inbox/wire.ts';
import { now } from '../model/clock.ts';
import { draftOf, keepDraft } from '../model/drafts.ts';
import { me } from '../model/session.ts';
import { AgentText } from '../view/agent-text.tsx';
import { capitalised, listed, nameOf } from '../words/people.ts';
import { counted, spanInWords, timeOfDay } from '../words/times.ts';
import { Opener } from './words-form.tsx';

/** What became of a request that waits no more. */
export function Outcome({ detail }: { readonly detail: WireApprovalDetail }) {
  return (
    <>
      <Words detail={detail} />
      <Unsent detail={detail} />
    </>
  );
}

function Words({ detail }: { readonly detail: WireApprovalDetail }) {
  const { status, grant, decided_at, decided_by, decision_notes, approvals, can } = detail;
  const decidedAt = at(decided_at);
  const who = decided_by ? nameOf(decided_by, me.value) : 'somebody';
  if (status === 'approved' && grant) {
    const names = listed(approvals.map(({ by }) => nameOf(by, me.value)));
    return (
      <>
        <Told eyebrow={`Approved by ${names || who}${decidedAt}`}>
          <GrantHead detail={detail} grant={grant} />
        </Told>
        <p class="tail">
          <GrantTail grant={grant} />
        </p>
        {can.revoke.allowed && (
          <div class="actions">
            <Opener detail={detail} form="revoke" words="Revoke…" />
          </div>
        )}
      </>
    );
  }
  if (status === 'rejected') {
    return (
      <>
        <Told eyebrow={`Rejected by ${who}${decidedAt}`}>Nothing runs.</Told>
        {decision_notes !== null && (
          <p class="tail">
            “<AgentText text={decision_notes} />”
          </p>
        )}
      </>
    );
  }
  if (status === 'cancelled') {
    return (
      <>
        <Told eyebrow={`Withdrawn${decidedAt}`}>Nothing runs.</Told>
        {decision_notes !== null && (
          <p class="tail">
            <AgentText text={decision_notes} />
          </p>
        )}
      </>
    );
  }
  const end = Date.parse(detail.expires_at);
  return (
    <>
      <Told eyebrow="Expired">Nobody decided in time.</Told>
      <p class="tail">
        It ran out at {timeOfDay(end, now.peek())}, after{' '}
        {spanInWords(end - Date.parse(detail.created_at))}. The agent may ask again.
      </p>
    </>
  );
}

function Told({
  eyebrow,
  children,
}: {
  readonly eyebrow: string;
  readonly children: ComponentChildren;
}) {
  return (
    <>
      <h2 class="eyebrow" id="decide-eyebrow">
        <AgentText text={capitalised(eyebrow)} />
      </h2>
      <p class="covers">{children}</p>
    </>
  );
}

function GrantHead({
  detail: { action_name, agent_id },
  grant,
}: {
  readonly detail: WireApprovalDetail;
  readonly grant: WireGrant;
}) {
  const until = timeOfDay(Date.parse(grant.expires_at), now.peek());
  const tool = (
    <code>
      <AgentText text={action_name} />
    </code>
  );
  if (grant.state === 'active') {
    const left = grant.uses_left === null ? '' : `, ${counted(grant.uses_left, 'call')} left`;
    return grant.scope === 'tool' ? (
      <>
        Any {tool} call by <AgentText text={agent_id} /> until {until}
        {left}.
      </>
    ) : (
      <>
        {tool} by <AgentText text={agent_id} /> with this input until {until}
        {left}.
      </>
    );
  }
  if (grant.state === 'used') return <>It is used up.</>;
  return grant.state === 'expired' ? <>It ran out at {until}.</> : <>It was revoked.</>;
}

function GrantTail({ grant }: { readonly grant: WireGrant }) {
  const used = `Used ${counted(grant.used, 'time')}${grant.state === 'active' ? ' so far' : ''}.`;
  if (grant.state !== 'revoked') return <>{used}</>;
  return (
    <>
      {grant.revoked_by && <AgentText text={capitalised(nameOf(grant.revoked_by, me.value))} />}{' '}
      ended it{at(grant.revoked_at)}
      {grant.revoke_reason !== null && (
        <>
          : “<AgentText text={grant.revoke_reason} />”
        </>
      )}
      . {used}
    </>
  );
}

/** What was typed for a decision that somebody else took: nothing typed is ever lost. */
function Unsent({ detail }: { readonly detail: WireApprovalDetail }) {
  const draft = draftOf(detail.id);
  const field = draft.reason !== '' ? 'reason' : draft.question !== '' ? 'question' : 'note';
  if (draft[field] === '') return null;
  return (
    <>
      <label class="label" for="unsent">
        Your {field} <span class="third">(not sent)</span>
      </label>
      <textarea
        id="unsent"
        class="input"
        rows={3}
        value={draft[field]}
        onInput={({ currentTarget }) => keepDraft(detail.id, { [field]: currentTarget.value })}
      />
    </>
  );
}

function at(time: string | null): string {
  return time === null ? '' : ` at ${timeOfDay(Date.parse(time), now.peek())}`;
}
