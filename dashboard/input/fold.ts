import { veiledRuns } from '../words/characters.ts';
import { counted, grouped } from '../words/times.ts';

/** A long text in three: both ends are drawn, the middle is told. */
export interface FoldedText {
  readonly head: string;
  readonly tail: string;
  readonly hiddenCharacters: number;
  /** `13,602 more characters, 388 lines, 1 marked place`. */
  readonly told: string;
}

const LONG = { characters: 400, lines: 8 };
const HEAD = { characters: 240, lines: 6 };
const TAIL = { characters: 80, lines: 2 };
/** More folded than this has to be opened before it is approved. */
export const VERY_LONG = 4000;

/** Folds a text that is too long to be drawn whole; undefined: it is not. */
export function foldText(text: string): FoldedText | undefined {
  const lines = text.split('\n').length;
  if (text.length <= LONG.characters && lines <= LONG.lines) return undefined;

  const headEnd = safeCut(text, Math.min(HEAD.characters, endOfLine(text, HEAD.lines)));
  const tailStart = safeCut(
    text,
    Math.max(text.length - TAIL.characters, startOfLastLines(text, TAIL.lines)),
  );
  const hidden = text.slice(headEnd, tailStart);
  const characters = [...hidden].length;
  const hiddenLines = hidden.split('\n').length - 1;
  const marked = veiledRuns(hidden).length;
  const told = [
    `${grouped(characters)} more character${characters === 1 ? '' : 's'}`,
    hiddenLines > 0 && counted(hiddenLines, 'line'),
    marked > 0 && counted(marked, 'marked place'),
  ].filter((part) => part !== false);

  return {
    head: text.slice(0, headEnd),
    tail: text.slice(tailStart),
    hiddenCharacters: characters,
    told: told.join(', '),
  };
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

/** Moves a cut off the middle of a character or of a line break. */
function safeCut(text: string, at: number): number {
  const pair = text.slice(at - 1, at + 1);
  return /^(?:[\ud800-\udbff][\udc00-\udfff]|\r\n)$/.test(pair) ? at + 1 : at;
}

/** Which parts of a long list or object are drawn: the first, then a fold, then the last. */
export interface FoldedParts {
  readonly first: number;
  readonly hidden: number;
}

/** How many parts to draw; `revealed` counts those that were asked for beyond the first. */
export function foldParts(total: number, isList: boolean, revealed: number): FoldedParts {
  const [most, first, last] = isList ? [20, 10, 3] : [40, 30, 3];
  if (total <= most) return { first: total, hidden: 0 };
  const shown = Math.min(total, first + revealed);
  const hidden = Math.max(0, total - shown - last);
  return hidden === 0 ? { first: total, hidden: 0 } : { first: shown, hidden };
}

/** How many more parts one press brings. */
export const PARTS_PER_PRESS = 200;
/** Deeper containers begin closed. */
export const DEEPEST_OPEN = 6;
