import { alikeWords, hasAlikes } from './alike.ts';
import type { Veil } from './characters.ts';

// What is odd about a text, told without drawing it: one pass of a pattern each, however long it
// is. `runsOf` says the same, character by character, of what is on the screen.

const PATTERNS: Readonly<Record<Veil, RegExp>> = {
  control: /(?![\t\n\r])\p{Cc}|\r(?!\n)/u,
  direction: /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u,
  invisible:
    /(?<!\p{Extended_Pictographic}|\p{Emoji_Modifier}|\ufe0f)\u200d|\u200d(?!\p{Extended_Pictographic})|(?!\u200d|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u{e0000}-\u{e007f}]|\p{Variation_Selector})[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Zl}\p{Zp}\u2800]/u,
  space: /(?!\x20)\p{Zs}/u,
  tag: /[\u{e0000}-\u{e007f}]/u,
  variation:
    /[\ufe00-\ufe0d\u{e0100}-\u{e01ef}]|(?<!\p{Extended_Pictographic})(?:(?<![0-9#*])[\ufe0e\ufe0f]|[\ufe0e\ufe0f](?!\u20e3))/u,
  unknown: /(?!\p{Default_Ignorable_Code_Point})[\p{Co}\p{Cn}\p{Cs}\ufffd]/u,
  combining:
    /[\p{Mn}\p{Me}]{3}|(?<![^\n])[\p{Mn}\p{Me}]|[\u0334-\u0338\u20d2\u20d3\u20d8-\u20da\u20dd-\u20e0\u20e2\u20e4-\u20eb]/u,
};
const VEILS = Object.keys(PATTERNS) as readonly Veil[];
const ANY = anyOf(VEILS);
/** What nothing above can match: most text needs one look only. */
const PLAIN = /^[\n\x20-\x7e]*$/;

/** Whether a text has characters that the eye would miss, or take for others. */
export function isMarked(text: string): boolean {
  return !PLAIN.test(text) && (ANY.test(text) || hasAlikes(text));
}

/** In which ways the characters of a text are not drawn as they are. */
export function veilsIn(text: string): readonly Veil[] {
  return !PLAIN.test(text) && ANY.test(text)
    ? VEILS.filter((veil) => PATTERNS[veil].test(text))
    : [];
}

/** In how many places a text is marked; counts no further than `most`. */
export function markedPlaces(text: string, most: number): number {
  if (PLAIN.test(text)) return 0;
  const veiled = matches(text, new RegExp(`(?:${ANY.source})+`, 'gu'), most);
  return veiled + alikeWords(text, most - veiled);
}

/** How many characters of a text are veiled in one of these ways; no further than `most`. */
export function countVeiled(text: string, veils: readonly Veil[], most: number): number {
  return PLAIN.test(text) ? 0 : matches(text, new RegExp(anyOf(veils).source, 'gu'), most);
}

function anyOf(veils: readonly Veil[]): RegExp {
  return new RegExp(veils.map((veil) => PATTERNS[veil].source).join('|'), 'u');
}

function matches(text: string, pattern: RegExp, most: number): number {
  let count = 0;
  while (count < most && pattern.test(text)) count += 1;
  return count;
}
