import { safeCut } from '../words/cutting.ts';
import { counted, grouped } from '../words/times.ts';
import { markedPlaces } from '../words/veils.ts';

/** A long text in three: both ends are drawn, the middle is told. */
export interface FoldedText {
  readonly head: string;
  readonly tail: string;
  /** Where the folded part begins and ends. */
  readonly from: number;
  readonly to: number;
}

const LONG = { characters: 400, lines: 8 };
const HEAD = { characters: 240, lines: 6 };
const TAIL = { characters: 80, lines: 2 };
/** More folded than this has to be opened before it is approved. */
export const VERY_LONG = 4000;

/**
 * Folds a text that is too long to be drawn whole; undefined: it is not. `shown` characters of it
 * were asked for.
 */
export function foldText(text: string, shown = 0): FoldedText | undefined {
  if (text.length <= LONG.characters && linesIn(text) <= LONG.lines) return undefined;
  const short = Math.min(HEAD.characters, endOfLine(text, HEAD.lines));
  const from = safeCut(text, Math.max(short, shown));
  const to = safeCut(
    text,
    Math.max(text.length - TAIL.characters, startOfLastLines(text, TAIL.lines)),
  );
  if (from >= to) return undefined;
  return { head: text.slice(0, from), tail: text.slice(to), from, to };
}

/** `13,602 more characters, 388 lines, 1 marked place`: what a fold of a text hides. */
export function foldedWords(text: string, { from, to }: FoldedText): string {
  const hidden = text.slice(from, to);
  const characters = hidden.length - pairsIn(hidden);
  const lines = linesIn(hidden) - 1;
  const marked = markedPlaces(hidden, MOST_COUNTED);
  const told = [
    `${grouped(characters)} more character${characters === 1 ? '' : 's'}`,
    lines > 0 && counted(lines, 'line'),
    marked >= MOST_COUNTED
      ? `${MOST_COUNTED}+ marked places`
      : marked > 0 && counted(marked, 'marked place'),
  ];
  return told.filter((part) => part !== false).join(', ');
}

/** Counting goes no further: it changes nothing. */
const MOST_COUNTED = 999;
/** What one press brings: this many characters that have to be drawn one by one, … */
const DRAWN_PER_PRESS = 20_000;
/** … or this many times as many that need not. */
const PLAIN_IN_ONE = 20;

/** Up to where a text is shown after one more press, from where its fold begins. */
export function nextPress(text: string, from: number): number {
  let drawn = 0;
  let at = from;
  for (; at < text.length && drawn < DRAWN_PER_PRESS; at += 1) {
    const code = text.charCodeAt(at);
    drawn += code >= 0x20 && code <= 0x7e ? 1 / PLAIN_IN_ONE : 1;
  }
  return at;
}

function linesIn(text: string): number {
  let lines = 1;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines += 1;
  return lines;
}

function pairsIn(text: string): number {
  const pair = /[\ud800-\udbff][\udc00-\udfff]/g;
  let pairs = 0;
  while (pair.test(text)) pairs += 1;
  return pairs;
}

function endOfLine(text: string, lines: number): number {
  let at = -1;
  for (let line = 0; line < lines; line += 1) {
    at = text.indexOf('\n', at + 1);
    if (at < 0) return text.length;
  }
  return at + 1;
}

function startOfLastLines(text: string, lines: number): number {
  let at = text.length;
  for (let line = 0; line < lines; line += 1) {
    at = text.lastIndexOf('\n', at - 1);
    if (at <= 0) return 0;
  }
  return at + 1;
}

/** Which parts of a long list or object are drawn: the first, then a fold, then the last. */
export interface FoldedParts {
  readonly first: number;
  readonly hidden: number;
}

/** How many parts are drawn unasked. */
export function foldParts(total: number, isList: boolean): FoldedParts {
  const [most, first, last] = isList ? [20, 10, 3] : [40, 30, 3];
  return total <= most ? { first: total, hidden: 0 } : { first, hidden: total - first - last };
}

/** How many more parts one press brings. */
export const PARTS_PER_PRESS = 200;
/** Deeper containers begin closed, … */
export const DEEPEST_OPEN = 6;
/** … and so do those after this many lines. */
export const MOST_LINES = 1500;
