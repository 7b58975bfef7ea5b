import { type Run, runsOf } from './characters.ts';

// Rows are cut by counting what is drawn, never by clipping, so that every cut is told.

/** How many characters of the agent's type a text takes when it is drawn. */
export function drawnLength(text: string): number {
  return unitsOf(text).reduce((sum, { length }) => sum + length, 0);
}

/** A text with its middle left out, so that what is left takes `room` characters. */
export function cutInMiddle(text: string, room: number): { text: string; end: string } {
  const units = unitsOf(text);
  const tail = Math.floor((room - 1) / 3);
  const end = take(units.toReversed(), tail).toReversed();
  const start = take(units.slice(0, units.length - end.length), room - 1 - tail);
  return { text: joined(start), end: joined(end) };
}

/** What cannot be cut: a character, or everything that one chip stands for. */
interface Unit {
  readonly text: string;
  readonly length: number;
}

function unitsOf(text: string): readonly Unit[] {
  return runsOf(text).flatMap((run): readonly Unit[] =>
    run.kind === 'text'
      ? [...run.text].map((character) => ({ text: character, length: 1 }))
      : [{ text: run.text, length: lengthOf(run) }],
  );
}

function lengthOf(run: Exclude<Run, { kind: 'text' }>): number {
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
