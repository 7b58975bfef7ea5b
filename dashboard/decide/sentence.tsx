import type { WireApprovalDetail, WireTerms } from '../../lib/inbox/wire.ts';
import { type Suspect, suspectsOf } from '../input/suspects.ts';
import { now } from '../model/clock.ts';
import { AgentText } from '../view/agent-text.tsx';
import { listed } from '../words/people.ts';
import { grouped, spanInWords, timeOfDay } from '../words/times.ts';

interface Signed {
  readonly detail: WireApprovalDetail;
  readonly terms: WireTerms;
}

/** What the approver signs, in words: the head. */
export function SentenceHead({ detail, terms }: Signed) {
  const tool = (
    <code>
      <AgentText text={detail.action_name} />
    </code>
  );
  const caller = <AgentText text={detail.agent_id} />;
  const span = spanInWords(terms.duration_seconds * 1000);
  const uses = terms.max_uses;
  if (terms.scope === 'tool') {
    if (uses === null) {
      return (
        <>
          Any {tool} call by {caller} for {span}.
        </>
      );
    }
    return (
      <>
        {uses === 1 ? 'One' : `Up to ${uses}`} {tool} {uses === 1 ? 'call' : 'calls'} by {caller}{' '}
        within {span}.
      </>
    );
  }
  if (uses === 1) return <>This call, once.</>;
  return (
    <>
      {tool} by {caller} with this input, {uses === null ? `for ${span}` : `up to ${uses} times`}.
    </>
  );
}

/** What the approver signs, in words: the tail. */
export function SentenceTail({ detail, terms }: Signed) {
  const end = timeOfDay(now.value + terms.duration_seconds * 1000, now.value);
  const uses = terms.max_uses;
  if (terms.scope === 'tool') {
    if (uses === 1) {
      return (
        <>
          <strong>It may come with another input</strong> than this one. Ends about {end}.
        </>
      );
    }
    return (
      <>
        <strong>Not only this one:</strong> other inputs too
        {uses === null ? `, as often as it likes, until about ${end}.` : `. Ends about ${end}.`}
      </>
    );
  }
  if (uses === 1) {
    return (
      <>
        <code>
          <AgentText text={detail.action_name} />
        </code>{' '}
        by <AgentText text={detail.agent_id} /> with exactly {whichInput({ detail, terms })}. It
        must start by about {end}.
      </>
    );
  }
  return (
    <>
      Exactly {whichInput({ detail, terms })},{uses === null ? ' as often as it likes,' : ''} until
      about {end}.
    </>
  );
}

function whichInput({ detail: { asks }, terms }: Signed): string {
  const at = asks.findIndex(({ digest }) => digest === terms.digest);
  return asks.length > 1 && at >= 0 ? `input ${at + 1}` : 'this input';
}

/** More than these are counted. */
const MOST_NAMED = 5;

function namesOf(suspects: readonly Suspect[]): readonly string[] {
  const names = suspects.slice(0, MOST_NAMED).map(({ name }) => name);
  const more = suspects.length - names.length;
  return more > 0 ? [...names, `${grouped(more)} more`] : names;
}

/** The sentence once more, where the form is below the fold. */
export function Brief({ detail }: { readonly detail: WireApprovalDetail }) {
  if (detail.status !== 'pending' && detail.status !== 'info_requested') return null;
  const suspects = suspectsOf(detail);
  return (
    <div class="brief">
      <div class="eyebrow">Approving as asked covers</div>
      <p class="covers">
        <SentenceHead detail={detail} terms={detail.allowed} />
      </p>
      {suspects.length > 0 && (
        <p class="brief-look">
          Look at these first: <AgentText text={listed(namesOf(suspects))} />.
        </p>
      )}
    </div>
  );
}
