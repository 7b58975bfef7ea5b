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
 * `*` has to be any run of characters, but the matcher keeps `/` and `.` apart as parts of paths.
 * They are moved to private-use characters on both sides, together with whatever stood there, so
 * that no two names become one.
 */
const MOVED: Readonly<Record<string, string>> = {
  '/': '\uE000',
  '.': '\uE001',
  '\\': '\uE002',
  '\uE000': '\uE003a',
  '\uE001': '\uE003b',
  '\uE002': '\uE003c',
  '\uE003': '\uE003d',
};

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
  const matches = micromatch.matcher(moved(pattern as string), OPTIONS);
  return (toolName) => matches(moved(toolName));
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
  return text.replaceAll(/[/.\\\uE000-\uE003]/g, (character) => MOVED[character] ?? character);
}
