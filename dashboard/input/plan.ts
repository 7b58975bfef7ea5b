import { hasAlikes } from '../words/alike.ts';
import type { Veil } from '../words/characters.ts';
import { counted } from '../words/times.ts';
import { isMarked, veilsIn } from '../words/veils.ts';
import {
  DEEPEST_OPEN,
  foldParts,
  foldText,
  MOST_LINES,
  PARTS_PER_PRESS,
  VERY_LONG,
} from './fold.ts';
import {
  type Container,
  closedWords,
  isContainer,
  isList,
  type Json,
  partsOf,
  pointerTo,
} from './json.ts';

/** A value of an input that has to be looked at before anybody signs for it. */
export interface Place {
  readonly pointer: string;
  readonly value: Json;
  /** What to call it: the field's name. */
  readonly name: string;
  /** What is odd about it: `hidden characters, very long`. */
  readonly why: string;
}

/** How an input is drawn as long as nobody has touched it. */
export interface Plan {
  /** The containers that begin closed, by pointer. */
  readonly closed: ReadonlySet<string>;
  /** Every value that somebody has to look at, in reading order. */
  readonly places: readonly Place[];
}

/** In words, why characters are not drawn as they are. */
const WORDS: Readonly<Record<Veil, string>> = {
  control: 'control characters',
  direction: 'reversed text',
  invisible: 'hidden characters',
  space: 'odd spaces',
  tag: 'hidden text',
  variation: 'hidden characters',
  unknown: 'unknown characters',
  combining: 'stacked marks',
};

/** What is odd about the characters of some texts. */
export function oddities(...texts: readonly string[]): readonly string[] {
  const veils = texts.flatMap((text) => veilsIn(text).map((veil) => WORDS[veil]));
  return [...new Set([...veils, ...(texts.some(hasAlikes) ? ['look-alike letters'] : [])])];
}

/** An input never changes; whoever draws it asks again and again. */
const plans = new WeakMap<object, Plan>();

/** How to draw an input, and what of it to look at first. */
export function planOf(input: Json): Plan {
  if (!isContainer(input)) return planned(input);
  const plan = plans.get(input) ?? planned(input);
  plans.set(input, plan);
  return plan;
}

/** Lines that come at once: those of the input, or of what one press opens. */
interface Screen {
  /** How deep its first lines stand. */
  readonly depth: number;
  lines: number;
}

function planned(input: Json): Plan {
  const closed = new Set<string>();
  const places: Place[] = [];

  const visit = (value: Json, name: string, pointer: string, depth: number, screen: Screen) => {
    screen.lines += 1;
    const isHidden = isContainer(value) && beginsClosed(value, depth, screen);
    if (isHidden) closed.add(pointer);
    const why = whyLookAt(value, pointer === '' ? '' : name, isHidden);
    if (why.length > 0) places.push({ pointer, value, name, why: why.join(', ') });
    if (!isContainer(value)) return;

    const inner = isHidden ? { depth: depth + 1, lines: 0 } : screen;
    const parts = partsOf(value);
    const { first, hidden } = foldParts(parts.length, isList(value));
    let page = inner;
    parts.forEach(([part, below], at) => {
      const folded = at - first;
      const isFolded = folded >= 0 && folded < hidden;
      if (isFolded && folded % PARTS_PER_PRESS === 0) page = { depth: depth + 1, lines: 0 };
      visit(below, part, pointerTo(pointer, part), depth + 1, isFolded ? page : inner);
    });
  };
  visit(input, 'input', '', -1, { depth: 0, lines: 0 });
  return { closed, places };
}

function beginsClosed(value: Container, depth: number, screen: Screen): boolean {
  const isEmpty = isList(value) ? value.length === 0 : Object.keys(value).length === 0;
  return !isEmpty && (depth - screen.depth >= DEEPEST_OPEN || screen.lines > MOST_LINES);
}

function whyLookAt(value: Json, name: string, isHidden: boolean): readonly string[] {
  if (!isContainer(value)) {
    if (typeof value !== 'string') return oddities(name);
    return [...oddities(name, value), ...(isVeryLong(value) ? ['very long'] : [])];
  }
  const isItems = isList(value);
  const { hidden } = foldParts(isItems ? value.length : Object.keys(value).length, isItems);
  return [
    ...oddities(name),
    ...(isHidden ? [`${closedWords(value)}, closed`] : []),
    ...(hidden > 0 ? [`${counted(hidden, isItems ? 'item' : 'field')} folded`] : []),
  ];
}

function isVeryLong(text: string): boolean {
  if (text.length <= VERY_LONG) return false;
  const fold = foldText(text);
  return fold !== undefined && fold.to - fold.from > VERY_LONG;
}

/** How many values of an input are marked; counts no further than `most`. */
export function markedIn(input: Json, most: number): number {
  let count = 0;
  const visit = (value: Json, name: string) => {
    if (isMarked(name) || (typeof value === 'string' && isMarked(value))) count += 1;
    if (!isContainer(value)) return;
    for (const [part, below] of partsOf(value)) {
      if (count >= most) return;
      visit(below, part);
    }
  };
  visit(input, '');
  return count;
}
