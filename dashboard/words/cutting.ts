import { type Run, runsOf } from './characters.ts';

// Rows are cut by counting what is drawn, never by clipping, so that every cut is told.

/** No row has room for more. Longer text is not even looked at between its ends. */
const LONGEST = 600;

/** How many characters of the agent's type a text takes when it is drawn; too many: infinite. */
export function drawnLength(text: string): number {
  if (text.length > LONGEST) return Number.POSITIVE_INFINITY;
  return unitsOf(text).reduce((sum, { length }) => sum + length, 0);
}

/** A text with its middle left out, so that what is left takes `room` characters. */
export function cutInMiddle(text: string, room: number): { text: string; end: string } {
  const isLong = text.length > LONGEST;
  const head = isLong ? text.slice(0, safeCut(text, LONGEST / 2)) : text;
  const foot = isLong ? text.slice(safeCut(text, text.length - LONGEST / 2)) : text;
  const units = unitsOf(head);
  const tail = Math.floor((room - 1) / 3);
  const end = take(unitsOf(foot).toReversed(), tail).toReversed();
  const left = isLong ? units : units.slice(0, units.length - end.length);
  return { text: joined(take(left, room - 1 - tail)), end: joined(end) };
}

/** Moves a cut off the middle of a character or of a line break. */
export function safeCut(text: string, at: number): number {
  const pair = text.slice(Math.max(0, at - 1), at + 1);
  return /^(?:[\ud800-\udbff][\udc00-\udfff]|\r\n)$/.test(pair) ? at + 1 : at;
}

/** What cannot be cut: a character, or everything that one chip stands for. */
interface Unit {
  readonly text: string;
  readonly length: number;
}

function unitsOf(text: string): readonly Unit[] {
  return runsOf(text).flatMap((run): readonly Unit[] =>
    run.kind === 'text' || run.kind === 'alike'
      ? [...run.text].map((character) => ({ text: character, length: 1 }))
      : [{ text: run.text, length: lengthOf(run) }],
  );
}

function lengthOf(run: Exclude<Run, { kind: 'text' | 'alike' }>): number {
  // A chip has a border around its label.
  return run.kind === 'veiled' ? run.label.length + 2 : Math.min(run.text.length, 12);
}

function take(units: readonly Unit[], room: number): readonly Unit[] {
  let left = room;
  const end = units.findIndex(({ length }) => {
    left -= length;
    return left < 0;
  });
  return end < 0 ? units : units.slice(0, end);
}

function joined(units: readonly Unit[]): string {
  return units.map(({ text }) => text).join('');
}
