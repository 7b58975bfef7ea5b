import micromatch from 'micromatch';
import { InvalidOptionError } from '../base/errors.ts';
import { shown } from '../base/options.ts';

/**
 * Whatever a glob or a regular expression gives a meaning to, besides `*`, `{`, `,` and `}`; quotes
 * and the at sign because the matcher reads them too.
 */
const REFUSED = /[?[\]()!+@|^$\\"']/;

/** Control characters and white space of any script. */
const UNPRINTABLE = /[\p{Cc}\p{Zs}\p{Zl}\p{Zp}\uFEFF]/u;

/** A flat list of alternatives, none of them empty. */
const ALTERNATIVES = /\{[^{},]+(?:,[^{},]+)+\}/g;

/**
 * `*` has to be any run of characters, but the matcher keeps `/` and `.` apart as parts of paths. On
 * both sides they are moved to private-use characters. What stands there already makes room: one
 * mark, and two characters that nothing else is moved to, so that no part of it can be taken for
 * another name's.
 */
const MOVED: ReadonlyMap<string, string> = new Map([
  ['/', '\uE000'],
  ['.', '\uE001'],
  ['\\', '\uE002'],
  ...Array.from({ length: 8 }, (_, index): [string, string] => [
    String.fromCharCode(0xe000 + index),
    String.fromCharCode(0xe003, 0xe004 + (index >> 2), 0xe004 + (index & 3)),
  ]),
]);

/** `flags` are the regular expression's; the published types take them for a yes or no. */
const OPTIONS = {
  dot: true,
  nonegate: true,
  noext: true,
  noextglob: true,
  nobracket: true,
  noglobstar: true,
  flags: 's',
} as unknown as micromatch.Options;

/**
 * Whether a tool's name matches, for a glob that is anchored and case-sensitive, in which only `*`
 * (any run of characters, whatever they are) and a flat `{a,b}` are special.
 *
 * @throws InvalidOptionError for an empty pattern, white space, control characters and every other
 * character that globs or regular expressions give a meaning to
 */
export function compilePattern(pattern: unknown): (toolName: string) => boolean {
  const problem = problemOf(pattern);
  if (problem) throw new InvalidOptionError(`pattern ${shown(pattern)}`, problem);
  // Not `micromatch.matcher`, for which every pattern also matches its own text, braces included.
  const expression = micromatch.makeRe(moved(pattern as string), OPTIONS);
  return (toolName) => expression.test(moved(toolName));
}

function problemOf(pattern: unknown): string | undefined {
  if (typeof pattern !== 'string') return 'must be a string, such as "delete_*".';
  if (pattern === '') return 'is empty. Write a tool name, or "*" for every tool.';
  if (UNPRINTABLE.test(pattern)) return 'contains white space or a control character. Remove it.';
  if (!pattern.isWellFormed()) return 'contains half of a character (a lone surrogate).';
  const special = REFUSED.exec(pattern);
  if (special)
    return `contains ${special[0]}. Only * and a flat {a,b} have a special meaning here.`;
  if (/[{}]/.test(pattern.replaceAll(ALTERNATIVES, ''))) {
    return 'has braces that are not a flat list such as {a,b}.';
  }
  return undefined;
}

function moved(text: string): string {
  return text.replaceAll(/[/.\\\uE000-\uE007]/g, (character) => MOVED.get(character) ?? character);
}
