import { computed } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { markedCount } from '../input/suspects.ts';
import { now } from '../model/clock.ts';
import { type InboxRow as Line, lastEvents } from '../model/inbox.ts';
import { hrefOf } from '../model/route.ts';
import { me } from '../model/session.ts';
import { scopeWords } from '../words/coverage.ts';
import { cutInMiddle, drawnLength } from '../words/cutting.ts';
import { nameOf } from '../words/people.ts';
import { ago, shortSpan, timeOfDay } from '../words/times.ts';
import { AgentText } from './agent-text.tsx';
import { MarkedFlag, PriorityMark, RiskMark, TimeLeft } from './marks.tsx';
import { CutText, TellingPart } from './telling-part.tsx';
import type { TextRoom } from './use-text-room.ts';

/** One request in the inbox: enough to choose which one next, and never a decision. */
export function InboxRow({ row, room }: { readonly row: Line; readonly room: TextRoom }) {
  const { approval } = row;
  // The row itself is not drawn every second: only the cells with a time in them are.
  const ranOut = useRanOut(approval.expires_at);
  const gone = row.settled || ranOut;
  const scope = scopeWords(approval.allowed);
  const marked = markedCount(approval);
  const cost = approval.estimated_cost_usd;
  return (
    <li class={gone ? 'gone' : undefined}>
      <div class="row">
        <div class="risk-cell">
          <RiskMark level={approval.risk_level} />
          <PriorityMark priority={approval.priority} />
        </div>
        <div class="request-cell">
          <div class="title">
            <a class="open" href={hrefOf({ page: 'request', id: approval.id })}>
              <ToolName
                name={approval.action_name}
                room={room.characters - (room.narrow ? 11 : 26)}
              />
            </a>
            {marked > 0 && (
              <span class="wide-only">
                <MarkedFlag count={marked} />
              </span>
            )}
            <span class="scope wide-only">{scope}</span>
          </div>
          {gone ? (
            <div class="telling settled">
              <SettledWords row={row} ranOut={ranOut} />
            </div>
          ) : (
            <TellingPart input={approval.action_inputs} room={room.characters} />
          )}
          <div class="meta">
            <MarkedFlag count={marked} />
            <span>
              <AgentText text={approval.agent_id} />
            </span>
            <span aria-hidden="true">·</span>
            <span>
              <Waited since={approval.created_at} />
            </span>
            <span class="middle-only">
              <span aria-hidden="true">· </span>
              {scope}
            </span>
          </div>
        </div>
        <div class="caller-cell">
          <div>
            <AgentText text={approval.agent_id} />
          </div>
          {approval.agent_roles.length > 0 && (
            <div class="second">
              <AgentText text={approval.agent_roles.join(', ')} />
            </div>
          )}
        </div>
        <div class="cost-cell">{cost === null ? <span class="none">–</span> : dollars(cost)}</div>
        <div class="waited-cell">
          <span class="unseen">Waited </span>
          <Waited since={approval.created_at} />
        </div>
        <div class="left-cell">{!gone && <TimeLeft approval={approval} />}</div>
      </div>
    </li>
  );
}

/** A tool's name, cut in its middle where there is no room for it. */
function ToolName({ name, room }: { readonly name: string; readonly room: number }) {
  const kept = Math.max(12, room);
  if (drawnLength(name) <= kept) return <AgentText text={name} inline />;
  const { text, end } = cutInMiddle(name, kept);
  return <CutText text={text} end={end} />;
}

function useRanOut(expiresAt: string): boolean {
  const end = Date.parse(expiresAt);
  return useMemo(() => computed(() => end <= now.value), [end]).value;
}

function Waited({ since }: { readonly since: string }) {
  return <>{shortSpan(now.value - Date.parse(since))}</>;
}

function SettledWords({ row, ranOut }: { readonly row: Line; readonly ranOut: boolean }) {
  return <>{settledWords(row, ranOut)}</>;
}

/** `carol approved this 8 s ago`: what became of a request that still stands in its place. */
function settledWords({ approval }: Line, ranOut: boolean): string {
  const event = lastEvents.value.get(approval.id);
  const when = event ? ago(now.value - Date.parse(event.at)) : '';
  switch (event?.type) {
    case 'approved':
    case 'claimed':
    case 'outcome':
      return `${event.type === 'approved' ? nameOf(event.by, me.value) : 'somebody'} approved this ${when}`;
    case 'rejected':
      return `${nameOf(event.by, me.value)} rejected this ${when}`;
    case 'cancelled':
      return 'withdrawn by the agent';
  }
  if (!ranOut) return 'settled elsewhere';
  return `ran out at ${timeOfDay(Date.parse(approval.expires_at), now.value)}`;
}

/** The panel's own figures are grouped the English way. */
export function dollars(amount: number): string {
  const [whole = '0', cents = '00'] = amount.toFixed(2).split('.');
  return `$${whole.replace(/\B(?=(\d{3})+$)/g, ',')}.${cents}`;
}
