import type { WireAsk } from '../../lib/inbox/wire.ts';
import { foldText, PARTS_PER_PRESS } from '../input/fold.ts';
import { isOpen, withMore } from '../input/looking.ts';
import { type Row, rowsOf } from '../input/rows.ts';
import { look, lookingAt, toggle, valueId } from '../model/looking.ts';
import { veiledRuns } from '../words/characters.ts';
import { counted, grouped } from '../words/times.ts';
import { AgentNumber, AgentText } from './agent-text.tsx';
import { Twist } from './icons.tsx';

/** An input as a tree of fields, in reading order. */
export function Fields({ ask }: { readonly ask: WireAsk }) {
  const rows = rowsOf(ask.action_inputs, lookingAt(ask.digest));
  if (rows.length === 0) return <p class="no-fields">No fields.</p>;
  return (
    <dl class="fields">
      {rows.map((row) => (
        <Line key={`${row.kind} ${row.pointer}`} row={row} digest={ask.digest} />
      ))}
    </dl>
  );
}

function Line({ row, digest }: { readonly row: Row; readonly digest: string }) {
  const depth = `depth-${Math.min(row.depth, 6)}`;
  if (row.kind === 'fold') {
    return (
      <div class={`field ${depth}`}>
        <dt aria-hidden="true">…</dt>
        <dd>
          <PartsFold row={row} digest={digest} />
        </dd>
      </div>
    );
  }
  const text = row.kind === 'value' && typeof row.value === 'string' ? row.value : '';
  const veils = veiledRuns(row.name + text);
  return (
    <div
      class={`field ${depth}${veils.length > 0 ? ' veiled' : ''}`}
      id={valueId(digest, row.pointer)}
      tabIndex={-1}
    >
      <dt>
        {row.kind === 'container' ? (
          <button
            type="button"
            class="twist"
            aria-expanded={row.open}
            onClick={() => toggle(digest, row.pointer, !row.open)}
          >
            <Twist open={row.open} />
            <AgentText text={row.name} />
          </button>
        ) : (
          <AgentText text={row.name} />
        )}
      </dt>
      <dd>
        {row.kind === 'container' ? (
          <span class="tell">{row.summary}</span>
        ) : (
          <Value value={row.value} digest={digest} pointer={row.pointer} />
        )}
        <VeilNote veils={veils} />
      </dd>
    </div>
  );
}

function Value({
  value,
  digest,
  pointer,
}: {
  readonly value: Extract<Row, { kind: 'value' }>['value'];
  readonly digest: string;
  readonly pointer: string;
}) {
  if (typeof value === 'number') return <AgentNumber text={String(value)} />;
  if (typeof value !== 'string') return <>{String(value)}</>;
  const folded = isOpen(lookingAt(digest), pointer) ? undefined : foldText(value);
  return (
    <>
      <Quote />
      {folded ? (
        <>
          <AgentText text={folded.head} />
          <span class="fold">
            <span>{folded.told}</span>
            <button
              type="button"
              class="button small"
              onClick={() => toggle(digest, pointer, true)}
            >
              Show all
            </button>
          </span>
          <AgentText text={folded.tail} />
        </>
      ) : (
        <AgentText text={value} />
      )}
      <Quote />
    </>
  );
}

function Quote() {
  return <span class="quote">"</span>;
}

/** Tells in words what the chips in a value are. */
function VeilNote({ veils }: { readonly veils: ReturnType<typeof veiledRuns> }) {
  const drawNothing = veils
    .filter(({ veil }) => veil === 'invisible' || veil === 'variation')
    .reduce((sum, { count }) => sum + count, 0);
  const turned = veils.some(({ veil }) => veil === 'direction');
  if (drawNothing === 0 && !turned) return null;
  return (
    <span class="veil-note">
      {drawNothing > 0 &&
        `${counted(drawNothing, 'character')} that ${drawNothing === 1 ? 'draws' : 'draw'} nothing. `}
      {turned && 'Characters that would turn the order of the text around.'}
    </span>
  );
}

function PartsFold({
  row,
  digest,
}: {
  readonly row: Extract<Row, { kind: 'fold' }>;
  readonly digest: string;
}) {
  const { hidden, noun, pointer } = row;
  const next = Math.min(hidden, PARTS_PER_PRESS);
  return (
    <span class="fold">
      <span>
        {grouped(hidden)} more {noun}
        {hidden === 1 ? '' : 's'}
      </span>
      <button
        type="button"
        class="button small"
        onClick={() => look(digest, (looking) => withMore(looking, pointer, next))}
      >
        {next === hidden ? 'Show all' : `Show ${next}`}
      </button>
    </span>
  );
}
