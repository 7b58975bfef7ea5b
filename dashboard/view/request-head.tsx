import type { RefObject } from 'preact';
import type { WireApprovalDetail } from '../../lib/inbox/wire.ts';
import { now } from '../model/clock.ts';
import { elementId } from '../model/looking.ts';
import { shortSpan, timeOfDay } from '../words/times.ts';
import { AgentText } from './agent-text.tsx';
import { dollars } from './inbox-row.tsx';
import { PriorityMark, RiskMark, TimeLeft } from './marks.tsx';

/** Who wants what, in one sentence, and what else there is to know at a glance. */
export function RequestHead({
  detail,
  heading,
}: {
  readonly detail: WireApprovalDetail;
  readonly heading: RefObject<HTMLHeadingElement | null>;
}) {
  const asked = Date.parse(detail.created_at);
  const isOpen = detail.status === 'pending' || detail.status === 'info_requested';
  const hasTime = isOpen && Date.parse(detail.expires_at) > now.value;
  return (
    <header class="ask" id={elementId({ place: { in: 'heading' } })} tabIndex={-1}>
      <div class="facts">
        <RiskMark level={detail.risk_level} full />
        <PriorityMark priority={detail.priority} />
        <span>
          asked {timeOfDay(asked, now.value)}, {shortSpan(now.value - asked)} ago
        </span>
        {hasTime && <TimeLeft approval={detail} before="open for " after=" more" />}
        <span class="third">request {detail.id.replace(/^req-/, '').slice(0, 4)}</span>
      </div>
      <h1 ref={heading} tabIndex={-1}>
        <AgentText text={detail.agent_id} /> wants to call{' '}
        <code>
          <AgentText text={detail.action_name} />
        </code>
      </h1>
      <p class="about">
        <About detail={detail} />
      </p>
    </header>
  );
}

function About({ detail }: { readonly detail: WireApprovalDetail }) {
  const { agent_roles: roles, description, description_by, estimated_cost_usd: cost } = detail;
  return (
    <>
      {roles.length > 0 && (
        <>
          {roles.length === 1 ? 'Role' : 'Roles'} <AgentText text={roles.join(', ')} />.{' '}
        </>
      )}
      {description !== null && (
        <>
          {description_by === 'rule' ? 'The rule' : 'The agent'} says: “
          <AgentText text={description} />”{' '}
        </>
      )}
      {cost !== null && (
        <>
          Estimated cost <strong>{dollars(cost)}</strong>.
        </>
      )}
    </>
  );
}
