import type { WireApprovalDetail } from '../../lib/inbox/wire.ts';
import { now } from '../model/clock.ts';
import { me } from '../model/session.ts';
import { AgentText } from '../view/agent-text.tsx';
import { capitalised, nameOf } from '../words/people.ts';
import { timeOfDay } from '../words/times.ts';

/** A question that waits for its answer. */
export function OpenQuestion({ detail }: { readonly detail: WireApprovalDetail }) {
  const { info_request_message: question, thread, agent_id } = detail;
  const asked = thread.findLast(({ kind }) => kind === 'question');
  if (question === null || !asked) return null;
  return (
    <div class="open-question">
      <div class="eyebrow">
        <AgentText text={capitalised(nameOf(asked.by, me.value))} /> asked at{' '}
        {timeOfDay(Date.parse(asked.at), now.peek())}
      </div>
      <p>
        <strong>
          <AgentText text={question} />
        </strong>
      </p>
      <p class="tail">
        Waiting for <AgentText text={agent_id} /> to answer. You can decide without it.
      </p>
    </div>
  );
}
