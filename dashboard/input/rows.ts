import { foldParts, PARTS_PER_PRESS } from './fold.ts';
import {
  type Container,
  closedWords,
  isContainer,
  isList,
  type Json,
  partsOf,
  pointerTo,
  sizeInWords,
} from './json.ts';
import { isDrawn, isOpen, type Looking } from './looking.ts';

/** One line of an input as it is drawn. */
export type Row =
  | {
      readonly kind: 'value';
      readonly pointer: string;
      readonly name: string;
      readonly depth: number;
      readonly value: Exclude<Json, Container>;
    }
  | {
      readonly kind: 'container';
      readonly pointer: string;
      readonly name: string;
      readonly depth: number;
      readonly summary: string;
      readonly open: boolean;
    }
  | {
      readonly kind: 'fold';
      readonly pointer: string;
      readonly depth: number;
      /** Which of its presses comes next. */
      readonly page: number;
      readonly hidden: number;
      readonly noun: 'item' | 'field';
    };

interface Drawing {
  readonly looking: Looking;
  /** The containers that begin closed. */
  readonly closed: ReadonlySet<string>;
}

/** The lines of an input in reading order, as far as they are open. */
export function rowsOf(input: Json, drawing: Drawing): readonly Row[] {
  if (isContainer(input)) return partRows(input, '', 0, drawing);
  return [{ kind: 'value', pointer: '', name: 'input', depth: 0, value: input }];
}

function partRows(
  container: Container,
  pointer: string,
  depth: number,
  drawing: Drawing,
): readonly Row[] {
  const parts = partsOf(container);
  const list = isList(container);
  const { first, hidden } = foldParts(parts.length, list);
  const rows = (from: number, to: number) =>
    parts
      .slice(from, to)
      .flatMap(([name, value]) =>
        rowsOfPart(value, name, pointerTo(pointer, name), depth, drawing),
      );

  const folded: Row[] = [];
  for (let page = 0; page * PARTS_PER_PRESS < hidden; page += 1) {
    const from = page * PARTS_PER_PRESS;
    const to = Math.min(hidden, from + PARTS_PER_PRESS);
    const before = folded.at(-1);
    if (isDrawn(drawing.looking, pointer, page)) {
      folded.push(...rows(first + from, first + to));
    } else if (before?.kind === 'fold' && before.pointer === pointer) {
      folded[folded.length - 1] = { ...before, hidden: before.hidden + to - from };
    } else {
      const noun = list ? 'item' : 'field';
      folded.push({ kind: 'fold', pointer, depth, page, hidden: to - from, noun });
    }
  }
  return [...rows(0, first), ...folded, ...rows(first + hidden, parts.length)];
}

function rowsOfPart(
  value: Json,
  name: string,
  pointer: string,
  depth: number,
  drawing: Drawing,
): readonly Row[] {
  if (!isContainer(value)) return [{ kind: 'value', pointer, name, depth, value }];
  const beginsClosed = drawing.closed.has(pointer);
  const open = isOpen(drawing.looking, pointer, !beginsClosed);
  const summary = beginsClosed && !open ? closedWords(value) : sizeInWords(value);
  const row: Row = { kind: 'container', pointer, name, depth, summary, open };
  return open ? [row, ...partRows(value, pointer, depth + 1, drawing)] : [row];
}
