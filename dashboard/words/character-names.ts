/** A character's short name, as drawn, and its name as a screen reader should say it. */
export interface CharacterName {
  readonly short: string;
  readonly spoken: string;
}

const NAMED: readonly (readonly [code: number, short: string, spoken: string])[] = [
  [0x00, 'NUL', 'null'],
  [0x07, 'BEL', 'bell'],
  [0x08, 'BS', 'backspace'],
  [0x0b, 'VT', 'vertical tab'],
  [0x0c, 'FF', 'form feed'],
  [0x0d, 'CR', 'carriage return'],
  [0x1b, 'ESC', 'escape'],
  [0x7f, 'DEL', 'delete'],
  [0x85, 'NEL', 'next line'],
  [0xa0, 'NBSP', 'no-break space'],
  [0xad, 'SHY', 'soft hyphen'],
  [0x34f, 'CGJ', 'combining grapheme joiner'],
  [0x61c, 'ALM', 'Arabic letter mark'],
  [0x115f, 'HCF', 'Hangul filler'],
  [0x1160, 'HJF', 'Hangul filler'],
  [0x1680, 'OGSP', 'Ogham space'],
  [0x180e, 'MVS', 'Mongolian vowel separator'],
  [0x2003, 'EMSP', 'em space'],
  [0x2009, 'THSP', 'thin space'],
  [0x200a, 'HSP', 'hair space'],
  [0x200b, 'ZWSP', 'zero-width space'],
  [0x200c, 'ZWNJ', 'zero-width non-joiner'],
  [0x200d, 'ZWJ', 'zero-width joiner'],
  [0x200e, 'LRM', 'left-to-right mark'],
  [0x200f, 'RLM', 'right-to-left mark'],
  [0x2028, 'LSEP', 'line separator'],
  [0x2029, 'PSEP', 'paragraph separator'],
  [0x202a, 'LRE', 'left-to-right embedding'],
  [0x202b, 'RLE', 'right-to-left embedding'],
  [0x202c, 'PDF', 'end of direction change'],
  [0x202d, 'LRO', 'left-to-right override'],
  [0x202e, 'RLO', 'right-to-left override'],
  [0x202f, 'NNBSP', 'narrow no-break space'],
  [0x205f, 'MMSP', 'mathematical space'],
  [0x2060, 'WJ', 'word joiner'],
  [0x2066, 'LRI', 'left-to-right isolate'],
  [0x2067, 'RLI', 'right-to-left isolate'],
  [0x2068, 'FSI', 'first strong isolate'],
  [0x2069, 'PDI', 'end of isolate'],
  [0x2800, 'BLANK', 'blank Braille pattern'],
  [0x3000, 'IDSP', 'ideographic space'],
  [0x3164, 'HF', 'Hangul filler'],
  [0xfeff, 'BOM', 'zero-width no-break space'],
  [0xffa0, 'HHF', 'halfwidth Hangul filler'],
  [0xfffd, 'REPL', 'replacement character'],
];

const names = new Map(NAMED.map(([code, short, spoken]) => [code, { short, spoken }]));

/** `U+200B`. */
export function codePoint(code: number): string {
  return `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
}

/** The names of a character; those without one of their own are called by their code. */
export function characterName(code: number): CharacterName {
  return names.get(code) ?? { short: '', spoken: `character ${codePoint(code)}` };
}
