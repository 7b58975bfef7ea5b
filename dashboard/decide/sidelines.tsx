import type { WireApprovalDetail } from '../../lib/inbox/wire.ts';
import { now } from '../model/clock.ts';
import { isUndecided } from '../model/request.ts';
import { me } from '../model/session.ts';
import { AgentText } from '../view/agent-text.tsx';
import { deciders, nameOf } from '../words/people.ts';
import { timeLeft, timeOfDay } from '../words/times.ts';

/** What to know beside the form: who else may decide, and whether anybody waits. */
export function Sidelines({ detail }: { readonly detail: WireApprovalDetail }) {
  if (!isUndecided(detail)) return null;
  return (
    <>
      <WhoMayDecide detail={detail} />
      <Waiting detail={detail} />
    </>
  );
}

const NUMBERS = ['No', 'One', 'Two', 'Three', 'Four', 'Five'];

function WhoMayDecide({ detail }: { readonly detail: WireApprovalDetail }) {
  const { required_approvals: needed, approvals } = detail;
  const they = deciders(detail, 'and', me.value);
  return (
    <section class="sideline">
      <h2>Who may decide</h2>
      <p>
        <AgentText text={they.replace(/^any/, 'Any')} />.{' '}
        {needed === 1
          ? 'One approval is enough.'
          : `${NUMBERS[needed] ?? needed} approvals are needed${approvals.length > 0 ? ':' : '.'}`}
        {approvals.map(({ by, at }) => (
          <strong key={by.id}>
            {' '}
            <AgentText text={nameOf(by, me.value)} /> approved at{' '}
            {timeOfDay(Date.parse(at), now.peek())}.
          </strong>
        ))}
      </p>
    </section>
  );
}

function Waiting({ detail: { waiting_until } }: { readonly detail: WireApprovalDetail }) {
  if (waiting_until === null) return null;
  const until = Date.parse(waiting_until);
  const left = until - now.value;
  return (
    <section class="sideline">
      {left > 0 ? (
        <>
          <h2>The agent is waiting</h2>
          <p>
            It goes on the moment you approve. It gives up in {timeLeft(left)}; the request then
            stays open.
          </p>
        </>
      ) : (
        <>
          <h2>The agent stopped waiting at {timeOfDay(until, now.value)}</h2>
          <p>Approving lets its next try through.</p>
        </>
      )}
    </section>
  );
}
