import type { WireApproval } from '../../lib/inbox/wire.ts';
import { MOST_MARKED } from '../input/suspects.ts';
import { now } from '../model/clock.ts';
import { capitalised } from '../words/people.ts';
import { SOON, timeLeft } from '../words/times.ts';
import { Chevrons, Diamond, Octagon, Pie, Ring, Triangle, Veiled } from './icons.tsx';

const SHAPES = {
  critical: <Octagon />,
  high: <Triangle />,
  medium: <Diamond />,
  low: <Ring dotted />,
  minimal: <Ring />,
};

/** A risk: its shape and its word, together. */
export function RiskMark({
  level,
  full = false,
}: {
  readonly level: WireApproval['risk_level'];
  /** `High risk` instead of `High`. */
  readonly full?: boolean;
}) {
  return (
    <span class={`risk ${level}`}>
      {SHAPES[level]}
      <span class="word">
        {capitalised(level)}
        <span class={full ? '' : 'unseen'}> risk</span>
      </span>
    </span>
  );
}

/** A priority, where it is worth saying. */
export function PriorityMark({ priority }: Pick<WireApproval, 'priority'>) {
  if (priority === 'medium') return null;
  return (
    <span class="priority">
      <Chevrons count={priority === 'critical' ? 2 : 1} down={priority === 'low'} />
      {capitalised(priority)} priority
    </span>
  );
}

/** How many values have characters that are not drawn as they are. */
export function MarkedFlag({ count }: { readonly count: number }) {
  if (count === 0) return null;
  return (
    <span class="flag">
      <Veiled />
      {count >= MOST_MARKED ? `${MOST_MARKED}+` : count} <span class="flag-word">marked</span>
    </span>
  );
}

/** How long a request stays open: a pie that empties and the time. */
export function TimeLeft({
  approval: { created_at, expires_at },
  before = '',
  after,
}: {
  readonly approval: Pick<WireApproval, 'created_at' | 'expires_at'>;
  readonly before?: string;
  /** What follows the time; without it, "left" is only read out. */
  readonly after?: string;
}) {
  const end = Date.parse(expires_at);
  const left = Math.max(0, end - now.value);
  return (
    <span class={left < SOON ? 'left soon' : 'left'}>
      <Pie left={left / (end - Date.parse(created_at))} />
      <span>
        {before}
        {timeLeft(left)}
        {after ?? <span class="unseen"> left</span>}
      </span>
    </span>
  );
}
