import { useMemo } from 'preact/hooks';
import type { WireAsk } from '../../lib/inbox/wire.ts';
import { foldedWords, nextPress, PARTS_PER_PRESS } from '../input/fold.ts';
import { isContainer } from '../input/json.ts';
import { foldOf, withMoreText, withPage } from '../input/looking.ts';
import { planOf } from '../input/plan.ts';
import { type Row, rowsOf } from '../input/rows.ts';
import { look, lookingAt, toggle, valueId } from '../model/looking.ts';
import { alikeNotes } from '../words/alike.ts';
import { grouped } from '../words/times.ts';
import { countVeiled, isMarked, veilsIn } from '../words/veils.ts';
import { AgentNumber, AgentText } from './agent-text.tsx';
import { Twist } from './icons.tsx';

/** An input as a tree of fields, in reading order. */
export function Fields({ ask }: { readonly ask: WireAsk }) {
  const { closed } = planOf(ask.action_inputs);
  const rows = rowsOf(ask.action_inputs, { looking: lookingAt(ask.digest), closed });
  // A value without parts has its own line, which has this id.
  const wholeId = isContainer(ask.action_inputs) ? valueId(ask.digest, '') : undefined;
  if (rows.length === 0) return <p class="no-fields">No fields.</p>;
  return (
    <dl class="fields" id={wholeId} tabIndex={-1}>
      {rows.map((row) => (
        <Line
          key={`${row.kind === 'fold' ? row.page : row.kind} ${row.pointer}`}
          row={row}
          digest={ask.digest}
        />
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
  const veiled = useMemo(() => isMarked(row.name) || isMarked(text), [row.name, text]);
  return (
    <div
      class={`field ${depth}${veiled ? ' veiled' : ''}`}
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
        {veiled && <VeilNote name={row.name} text={text} />}
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
  const folded = foldOf(lookingAt(digest), pointer, value);
  return (
    <>
      <Quote />
      {folded ? (
        <>
          <AgentText text={folded.head} />
          <span class="fold">
            <span>{foldedWords(value, folded)}</span>
            <button
              type="button"
              class="button small"
              onClick={() => look(digest, (looking) => withMoreText(looking, pointer, value))}
            >
              {nextPress(value, folded.from) < folded.to ? 'Show more' : 'Show all'}
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

/** Counting goes no further. */
const MOST_TOLD = 9999;

/** So many letters that pass for others are named. */
const MOST_NOTES = 5;

/** Tells in words what the chips in a value are. */
function VeilNote({ name, text }: { readonly name: string; readonly text: string }) {
  const { drawNothing, turned, alikes } = useMemo(() => {
    const count = (part: string) => countVeiled(part, ['invisible', 'variation'], MOST_TOLD);
    return {
      drawNothing: count(name) + count(text),
      turned: [name, text].some((part) => veilsIn(part).includes('direction')),
      alikes: alikeNotes(`${name} ${text}`, MOST_NOTES),
    };
  }, [name, text]);
  if (drawNothing === 0 && !turned && alikes.length === 0) return null;
  const orMore = drawNothing >= MOST_TOLD ? ' or more' : '';
  return (
    <span class="veil-note">
      {drawNothing === 1 && '1 character that draws nothing. '}
      {drawNothing > 1 && `${grouped(drawNothing)}${orMore} characters that draw nothing. `}
      {turned && 'Characters that would turn the order of the text around. '}
      {alikes.length > 0 && <AgentText text={`${alikes.join('; ')}.`} />}
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
  const { hidden, noun, page, pointer } = row;
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
        onClick={() => look(digest, (looking) => withPage(looking, pointer, page))}
      >
        {next === hidden ? 'Show all' : `Show ${next}`}
      </button>
    </span>
  );
}
