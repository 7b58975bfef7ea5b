import { cutInMiddle, drawnLength } from '../words/cutting.ts';
import { isMarked } from '../words/veils.ts';
import { isContainer, type Json, partsOf, sizeInWords } from './json.ts';

/** One field of an input, as a row of a list shows it. */
export interface TellingField {
  readonly name: string;
  /** Set where the middle of the name is left out: what follows the gap. */
  readonly nameEnd?: string;
  readonly text: string;
  /** Set where the middle is left out: what follows the gap. */
  readonly end?: string;
  /** A number, whose digits are grouped; a string's never are. */
  readonly isNumber: boolean;
}

/** The most telling fields of an input, and how many others there are. */
export interface Telling {
  readonly fields: readonly TellingField[];
  readonly more: number;
}

const MONEY = /amount|cost|price|total|currency/i;
const TARGET = /(^|_)to$|recipient|email/i;
const OBJECT = /command|cmd|sql|query|path|file|url|host|database|table|name|id|number/i;
const BETWEEN = 2;
/** `  +99`. */
const MORE = 5;
/** A field cut shorter than this says nothing. */
const LEAST = 6;

/**
 * What to show of an input where there is room for `budget` characters: whole fields, the most
 * telling first, while they fit; the last one cut in its middle.
 */
export function tellingPart(input: Json, budget: number): Telling {
  const given: readonly (readonly [string, Json])[] = isContainer(input)
    ? partsOf(input)
    : [['input', input]];
  const ordered = given
    .map(([name, value]) => ({ name, value, rank: rank(name, value) }))
    .toSorted((one, other) => one.rank - other.rank);

  const fields: TellingField[] = [];
  let left = budget;
  for (const { name, value } of ordered) {
    const text = fieldText(value);
    const isNumber = typeof value === 'number';
    const isLast = fields.length + 1 === ordered.length;
    const named = Math.min(drawnLength(name), Math.max(LEAST, budget >> 1)) + 1;
    const cutName = drawnLength(name) < named ? { name } : nameOf(cutInMiddle(name, named - 1));
    const room = left - named - (isLast ? 0 : MORE);
    const length = drawnLength(text);
    if (length <= room) {
      fields.push({ ...cutName, text, isNumber });
      left -= named + length + BETWEEN;
      continue;
    }
    // The first is shown whatever it is; a further one only if nothing odd would be cut away.
    if (fields.length === 0 || (room >= LEAST * 4 && !isMarked(text))) {
      fields.push({ ...cutName, isNumber: false, ...cutInMiddle(text, Math.max(LEAST, room)) });
    }
    break;
  }
  return { fields, more: ordered.length - fields.length };
}

function nameOf({ text, end }: { readonly text: string; readonly end: string }) {
  return { name: text, nameEnd: end };
}

/** What a name begins with tells what it is. */
const TELLING_NAME = 100;

/** Names first, then scalars before containers; the sort keeps the input's order otherwise. */
function rank(name: string, value: Json): number {
  const byName = [MONEY, TARGET, OBJECT].findIndex((pattern) =>
    pattern.test(name.slice(0, TELLING_NAME)),
  );
  return (byName < 0 ? 3 : byName) + (isContainer(value) ? 0.5 : 0);
}

function fieldText(value: Json): string {
  return isContainer(value) ? sizeInWords(value) : String(value);
}
