import { DEEPEST_OPEN, foldParts } from './fold.ts';
import {
  type Container,
  depthOf,
  isContainer,
  isList,
  type Json,
  partsOf,
  pointerTo,
  sizeInWords,
} from './json.ts';
import { isFolded, isOpen, type Looking, revealed } from './looking.ts';

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
      readonly hidden: number;
      readonly noun: 'item' | 'field';
    };

/** The lines of an input in reading order, as far as they are open. */
export function rowsOf(input: Json, looking: Looking): readonly Row[] {
  if (isContainer(input)) return partRows(input, '', 0, looking);
  return [{ kind: 'value', pointer: '', name: 'input', depth: 0, value: input }];
}

function partRows(
  container: Container,
  pointer: string,
  depth: number,
  looking: Looking,
): readonly Row[] {
  const parts = partsOf(container);
  const list = isList(container);
  const { first, hidden } = foldParts(parts.length, list, revealed(looking, pointer));
  const rows = (some: typeof parts) =>
    some.flatMap(([name, value]) =>
      rowsOfPart(value, name, pointerTo(pointer, name), depth, looking),
    );
  if (hidden === 0) return rows(parts);
  return [
    ...rows(parts.slice(0, first)),
    { kind: 'fold', pointer, depth, hidden, noun: list ? 'item' : 'field' },
    ...rows(parts.slice(first + hidden)),
  ];
}

function rowsOfPart(
  value: Json,
  name: string,
  pointer: string,
  depth: number,
  looking: Looking,
): readonly Row[] {
  if (!isContainer(value)) return [{ kind: 'value', pointer, name, depth, value }];
  const tooDeep = depth >= DEEPEST_OPEN;
  const open = tooDeep ? isOpen(looking, pointer) : !isFolded(looking, pointer);
  const deeper = depthOf(value) - 1;
  const levels = tooDeep && deeper > 0 ? `, ${deeper} level${deeper === 1 ? '' : 's'} deeper` : '';
  const row: Row = {
    kind: 'container',
    pointer,
    name,
    depth,
    summary: partsOf(value).length === 0 ? emptyWords(value) : sizeInWords(value) + levels,
    open,
  };
  return open ? [row, ...partRows(value, pointer, depth + 1, looking)] : [row];
}

function emptyWords(value: Container): string {
  return isList(value) ? '0 items' : '0 fields';
}
