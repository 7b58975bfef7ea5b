import { alikesIn } from './alike.ts';
import { characterName, codePoint } from './character-names.ts';

// Text of agents and callers is drawn from runs, never as the string itself, so that what the eye
// cannot see is there to be seen. A further kind of deception is a further kind of run: whoever
// draws runs has to say what it does with it, or does not compile.

/** Why characters are not drawn as they are. */
export type Veil =
  | 'control'
  | 'direction'
  | 'invisible'
  | 'space'
  | 'tag'
  | 'variation'
  | 'unknown'
  | 'combining';

/** Characters drawn as a chip with their name. */
export interface VeiledRun {
  readonly kind: 'veiled';
  readonly text: string;
  readonly veil: Veil;
  /** `ZWSP U+200B`; for tag characters, what they spell. */
  readonly label: string;
  readonly spoken: string;
  /** How many of them stand here in a row. */
  readonly count: number;
}

/** A stretch of text that is drawn in one way; `text` is what is in the string. */
export type Run =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'break'; readonly text: '\n' | '\r\n' }
  | { readonly kind: 'tabs'; readonly text: string }
  | { readonly kind: 'end-spaces'; readonly text: string }
  /** A letter that passes for another. */
  | { readonly kind: 'alike'; readonly text: string }
  | VeiledRun;

const PICTURE = /\p{Extended_Pictographic}|\p{Emoji_Modifier}|\ufe0f/u;
const STACKED = /^[\p{Mn}\p{Me}]$/u;
const ODD_SPACE = /^[\p{Zs}]$/u;
const NOT_DRAWN = /^[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Zl}\p{Zp}\u2800]$/u;
const UNKNOWN = /^[\p{Co}\p{Cn}\p{Cs}\ufffd]$/u;
/** What nothing above can match: most text needs one look only. */
const PLAIN = /^[\n\x20-\x7e]*$/;
const DIRECTION = new Set([
  0x61c, 0x200e, 0x200f, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2066, 0x2067, 0x2068, 0x2069,
]);
/** Marks that cross out or frame what they stand on. */
const STRIKES = /[\u0334-\u0338\u20d2\u20d3\u20d8-\u20da\u20dd-\u20e0\u20e2\u20e4-\u20eb]/;
/** Marks on one letter that scripts in use need; more hide what they stand on. */
const MOST_MARKS = 2;

/** Splits text into what is drawn plainly and what is named instead. */
export function runsOf(text: string): readonly Run[] {
  const body = text.slice(0, endOfWords(text));
  const runs = PLAIN.test(body) ? plainRuns(body) : carefulRuns([...body], alikesIn(body));
  if (body !== text) runs.push({ kind: 'end-spaces', text: text.slice(body.length) });
  return runs;
}

/** Where the spaces at the end begin. From behind: a pattern would try every space in between. */
function endOfWords(text: string): number {
  let end = text.length;
  while (end > 0 && text[end - 1] === ' ') end -= 1;
  return end;
}

/** Text without any character the eye could miss; each of those as `\u0440` is written in JSON. */
export function typeable(text: string): string {
  return [...text]
    .map((character) => (/[\x20-\x7e]/.test(character) ? character : escapes(character)))
    .join('');
}

function escapes(character: string): string {
  return character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}

/** Whether right-to-left letters stand beside Latin ones or digits, so that order may mislead. */
export function mixesDirections(text: string): boolean {
  if (PLAIN.test(text)) return false;
  const rightToLeft = /[\p{sc=Hebr}\p{sc=Arab}\p{sc=Syrc}\p{sc=Thaa}\p{sc=Nkoo}\p{sc=Adlm}]/u;
  return rightToLeft.test(text) && /[\p{sc=Latn}\p{Nd}]/u.test(text);
}

function plainRuns(body: string): Run[] {
  const runs: Run[] = [];
  body.split('\n').forEach((line, index) => {
    if (index > 0) runs.push({ kind: 'break', text: '\n' });
    if (line !== '') runs.push({ kind: 'text', text: line });
  });
  return runs;
}

function carefulRuns(characters: readonly string[], alikes: ReadonlySet<number>): Run[] {
  const runs: Run[] = [];
  let plain = '';
  let marks = 0;
  let counted = 0;
  let offset = 0;
  const flush = () => {
    if (plain !== '') runs.push({ kind: 'text', text: plain });
    plain = '';
  };

  for (let at = 0; at < characters.length; at += 1) {
    for (; counted < at; counted += 1) offset += characters[counted]?.length ?? 0;
    const character = characters[at] ?? '';
    const isReturn = character === '\r' && characters[at + 1] === '\n';
    if (character === '\n' || isReturn) {
      flush();
      runs.push({ kind: 'break', text: isReturn ? '\r\n' : '\n' });
      if (isReturn) at += 1;
      marks = 0;
      continue;
    }
    marks = STACKED.test(character) ? marks + 1 : 0;
    const before = characters[at - 1] ?? '\n';
    const isMisplaced = marks > MOST_MARKS || (marks > 0 && before === '\n');
    const veil = isMisplaced || STRIKES.test(character) ? 'combining' : veilOf(characters, at);
    if (alikes.has(offset)) {
      flush();
      runs.push({ kind: 'alike', text: character });
      continue;
    }
    if (character !== '\t' && veil === undefined) {
      plain += character;
      continue;
    }
    flush();
    const end = endOfRun(characters, at, veil);
    runs.push(
      veil === undefined
        ? { kind: 'tabs', text: '\t'.repeat(end - at) }
        : veiledRun(veil, characters.slice(at, end)),
    );
    at = end - 1;
  }
  flush();
  return runs;
}

/** Where a row of the same character ends; for tags, which spell a text, a row of any of them. */
function endOfRun(characters: readonly string[], start: number, veil: Veil | undefined): number {
  let end = start + 1;
  while (end < characters.length) {
    const same =
      veil === 'tag' ? isTag(codeAt(characters, end)) : characters[end] === characters[start];
    if (!same) break;
    end += 1;
  }
  return end;
}

function veilOf(characters: readonly string[], at: number): Veil | undefined {
  const character = characters[at] ?? '';
  const code = codeAt(characters, at);
  if (code >= 0x20 && code <= 0x7e) return undefined;
  if (code === 0x09) return undefined;
  if (code < 0x20 || (code >= 0x7f && code <= 0x9f)) return 'control';
  if (DIRECTION.has(code)) return 'direction';
  if (isTag(code)) return 'tag';
  if (isVariationSelector(code)) return belongsToPicture(characters, at) ? undefined : 'variation';
  if (code === 0x200d && joinsPictures(characters, at)) return undefined;
  if (ODD_SPACE.test(character)) return 'space';
  if (NOT_DRAWN.test(character)) return 'invisible';
  if (UNKNOWN.test(character)) return 'unknown';
  return undefined;
}

function veiledRun(veil: Veil, characters: readonly string[]): VeiledRun {
  const text = characters.join('');
  const count = characters.length;
  const times = count > 1 ? `, ${count} times` : '';
  if (veil === 'tag') {
    const hidden = characters
      .map((_, at) => codeAt(characters, at) - 0xe0000)
      .map((code) => (code >= 0x20 && code < 0x7f ? String.fromCharCode(code) : '·'))
      .join('');
    const label = `hidden text: “${hidden}”`;
    return { kind: 'veiled', text, veil, label, spoken: label, count };
  }
  const code = codeAt(characters, 0);
  const { short, spoken } = characterName(code);
  return {
    kind: 'veiled',
    text,
    veil,
    label: `${short} ${codePoint(code)}${count > 1 ? ` ×${count}` : ''}`.trim(),
    spoken: spoken + times,
    count,
  };
}

function codeAt(characters: readonly string[], at: number): number {
  return characters[at]?.codePointAt(0) ?? 0;
}

function isTag(code: number): boolean {
  return code >= 0xe0000 && code <= 0xe007f;
}

function isVariationSelector(code: number): boolean {
  return (code >= 0xfe00 && code <= 0xfe0f) || (code >= 0xe0100 && code <= 0xe01ef);
}

/** The selectors that only say "as a picture" or "as text", where there is a picture. */
function belongsToPicture(characters: readonly string[], at: number): boolean {
  const code = codeAt(characters, at);
  const before = characters[at - 1] ?? '';
  const isKeycap = /[0-9#*]/.test(before) && characters[at + 1] === '\u20e3';
  return (
    (code === 0xfe0f || code === 0xfe0e) && (isKeycap || /\p{Extended_Pictographic}/u.test(before))
  );
}

function joinsPictures(characters: readonly string[], at: number): boolean {
  const after = characters[at + 1] ?? '';
  return PICTURE.test(characters[at - 1] ?? '') && /\p{Extended_Pictographic}/u.test(after);
}
