import type { WireApprovalDetail } from '../../lib/inbox/wire.ts';
import { type Suspect, suspectsOf } from '../input/suspects.ts';
import { isSeen, lookAt } from '../model/looking.ts';
import { AgentText } from '../view/agent-text.tsx';
import { Ring, Tick } from '../view/icons.tsx';
import { grouped } from '../words/times.ts';

/** So many at a time; as they are seen, others follow. */
const LINES = 50;

/** What has to be looked at before anybody signs: each line opens it and brings it into view. */
export function LookFirst({ detail }: { readonly detail: WireApprovalDetail }) {
  const suspects = suspectsOf(detail);
  if (suspects.length === 0) return null;
  const seen = suspects.filter((suspect) => isSeen(detail.id, suspect)).length;
  const drawn = seen + LINES;
  return (
    <section class="look-first" aria-labelledby="look-first-heading">
      <h3 id="look-first-heading">
        Look at these first: {seen} of {grouped(suspects.length)} seen
      </h3>
      <ul>
        {suspects.slice(0, drawn).map((suspect) => (
          <Line key={suspect.key} requestId={detail.id} suspect={suspect} />
        ))}
      </ul>
      {drawn < suspects.length && <p>{grouped(suspects.length - drawn)} more after these.</p>}
    </section>
  );
}

function Line({ requestId, suspect }: { readonly requestId: string; readonly suspect: Suspect }) {
  const seen = isSeen(requestId, suspect);
  return (
    <li>
      {seen ? <Tick /> : <Ring />}
      <button
        type="button"
        class="link"
        data-look-first
        data-seen={seen ? '' : undefined}
        onClick={() => lookAt(requestId, suspect)}
      >
        <AgentText text={suspect.name} />
        {seen && <span class="unseen">, seen</span>}
      </button>
      <span class="oddity">{suspect.why}</span>
    </li>
  );
}
