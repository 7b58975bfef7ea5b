import { codePoint } from './character-names.ts';

// Letters that pass for others. No list of names: scripts are told by their property, and the
// twins are those that nobody tells apart in ordinary type.

const TWINS = new Map(
  [
    'аaеeоoрpсcуyхxіiјjѕsһhԁdԛqԝwӏlѵvАAВBЕEЗ3ІIЈJКKМMНHОOРPСCЅSТTУYХXҮYԌGԚQԜWӀIёëЁËїïЇÏ',
    'αaιiνvοoρpυuϲcϳjΑAΒBΕEΖZΗHΙIΚKΜMΝNΟOΡPΤTΥYΧXϹCͿJ',
    'օoոnսuհhցgյjՕOՍUՏSԼL',
    'ᎠDᎡRᎢTᎥiᎩyᎪAᎫJᎬEᎳWᎷMᎻHᎽYᏀGᏂhᏃZᏎ4ᏏbᏒRᏔWᏚSᏙVᏞLᏟCᏢPᏦKᏧdᏴB',
  ].flatMap((pairs) =>
    (pairs.match(/../gsu) ?? []).map((pair) => [pair.charAt(0), pair.charAt(1)] as const),
  ),
);
const SCRIPTS = [
  ['Cyrillic', /\p{sc=Cyrl}/u],
  ['Greek', /\p{sc=Grek}/u],
  ['Armenian', /\p{sc=Armn}/u],
  ['Cherokee', /\p{sc=Cher}/u],
] as const;

const WORD = /[\p{L}\p{N}\p{M}\-_.]+/gu;
const LATIN = /\p{sc=Latn}/u;
const ALIEN = /(?=\p{L})[\p{sc=Cyrl}\p{sc=Grek}\p{sc=Armn}\p{sc=Cher}]/u;
/** Fullwidth, mathematical, small and old forms of Latin letters and digits; not ª, º and ℹ. */
const FORM =
  /[\u017f\u02b0-\u02b8\u02e0-\u02e3\u1d2c-\u1d6a\u2071\u207f\u2090-\u209c\ufb00-\ufb06\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\u{1d400}-\u{1d7ff}]|(?![\u2139])(?=[\p{L}\p{Nl}])[\u2100-\u2188]/u;
const DIGIT = /(?![0-9])\p{Nd}/u;
const SUSPECT = new RegExp(`${ALIEN.source}|${FORM.source}|${DIGIT.source}`, 'u');
const TWIN = `[${[...TWINS.keys()].join('')}]`;
const ALL_TWINS = new RegExp(`^(?:${TWIN}|\\P{L})+$`, 'u');
/** A letter that only its own script has: where one is, the text may well be in that script. */
const OWN = new RegExp(`(?!${TWIN})${ALIEN.source}`, 'u');
/** `с`, `он`: words so short are all twins by chance. */
const SHORT = 2;

/** One word in which letters pass for others. */
interface FalseWord {
  readonly word: string;
  readonly at: number;
  /** Whether the letters of other scripts are what is false about it. */
  readonly isMixed: boolean;
}

function* falseWords(text: string): Generator<FalseWord> {
  if (!SUSPECT.test(text)) return;
  const isItsOwn = OWN.test(text);
  for (const { 0: word, index: at } of text.matchAll(WORD)) {
    if (!SUSPECT.test(word)) continue;
    const isMixed = ALIEN.test(word) && (LATIN.test(word) || isAllTwins(word, isItsOwn));
    if (isMixed || FORM.test(word) || DIGIT.test(word)) yield { word, at, isMixed };
  }
}

function isAllTwins(word: string, isItsOwn: boolean): boolean {
  if (!ALL_TWINS.test(word)) return false;
  return !isItsOwn || word.replace(/\P{L}/gu, '').length > SHORT;
}

function* falseLetters(text: string): Generator<{ readonly letter: string; readonly at: number }> {
  for (const { word, at, isMixed } of falseWords(text)) {
    let offset = at;
    for (const letter of word) {
      if (FORM.test(letter) || DIGIT.test(letter) || (isMixed && ALIEN.test(letter))) {
        yield { letter, at: offset };
      }
      offset += letter.length;
    }
  }
}

/** Whether some letters of a text pass for others. */
export function hasAlikes(text: string): boolean {
  return !falseWords(text).next().done;
}

/** How many words of a text have such letters; counts no further than `most`. */
export function alikeWords(text: string, most: number): number {
  if (most === 0) return 0;
  let count = 0;
  for (const _ of falseWords(text)) {
    count += 1;
    if (count >= most) break;
  }
  return count;
}

/** Where in a text those letters stand. */
export function alikesIn(text: string): ReadonlySet<number> {
  return new Set([...falseLetters(text)].map(({ at }) => at));
}

/** `р U+0440 Cyrillic looks like p`, of the first few. */
export function alikeNotes(text: string, most: number): readonly string[] {
  const notes = new Set<string>();
  for (const { letter } of falseLetters(text)) {
    notes.add(noteOn(letter));
    if (notes.size >= most) break;
  }
  return [...notes];
}

function noteOn(letter: string): string {
  const code = letter.codePointAt(0) ?? 0;
  const script = SCRIPTS.find(([, pattern]) => pattern.test(letter))?.[0];
  const named = `${letter} ${codePoint(code)}${script === undefined ? '' : ` ${script}`}`;
  const twin = TWINS.get(letter) ?? (FORM.test(letter) ? letter.normalize('NFKC') : undefined);
  if (twin !== undefined) return `${named} looks like ${twin}`;
  return DIGIT.test(letter) ? `${named} is the digit ${digitOf(code)}` : named;
}

/** Every script has its ten digits in a row. */
function digitOf(code: number): number {
  let digit = 0;
  while (digit < 9 && DIGIT.test(String.fromCodePoint(code - digit - 1))) digit += 1;
  return digit;
}
