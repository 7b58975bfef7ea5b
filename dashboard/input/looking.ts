import { foldParts, foldText, nextPress, PARTS_PER_PRESS } from './fold.ts';
import { isContainer, isList, type Json, partsOf, pointerTo } from './json.ts';

/**
 * What somebody has opened and closed in one input. Kept outside the components that draw it, so
 * that coming back shows it as it was left.
 */
export interface Looking {
  /** Containers opened against their default, by pointer. */
  readonly opened: ReadonlySet<string>;
  /** Containers closed against their default. */
  readonly closed: ReadonlySet<string>;
  /** Up to where long texts are shown. */
  readonly shown: ReadonlyMap<string, number>;
  /** Which presses' worth of the folded parts of a container are drawn. */
  readonly pages: ReadonlyMap<string, ReadonlySet<number>>;
}

/** An input that nobody has touched. */
export const UNTOUCHED: Looking = {
  opened: new Set(),
  closed: new Set(),
  shown: new Map(),
  pages: new Map(),
};

/** Whether a container is open. */
export function isOpen(looking: Looking, pointer: string, byDefault: boolean): boolean {
  return byDefault ? !looking.closed.has(pointer) : looking.opened.has(pointer);
}

/** Whether some of the folded parts of a container are drawn. */
export function isDrawn(looking: Looking, pointer: string, page: number): boolean {
  return looking.pages.get(pointer)?.has(page) ?? false;
}

/** A text's fold as it is now; undefined: it is shown whole. */
export function foldOf(looking: Looking, pointer: string, text: string) {
  return foldText(text, looking.shown.get(pointer));
}

/** Opens or closes one container. */
export function withOpen(looking: Looking, pointer: string, open: boolean): Looking {
  const opened = new Set(looking.opened);
  const closed = new Set(looking.closed);
  if (open) {
    opened.add(pointer);
    closed.delete(pointer);
  } else {
    opened.delete(pointer);
    closed.add(pointer);
  }
  return { ...looking, opened, closed };
}

/** Shows one press more of a long text. */
export function withMoreText(looking: Looking, pointer: string, text: string): Looking {
  const fold = foldOf(looking, pointer, text);
  if (!fold) return looking;
  const shown = new Map(looking.shown).set(pointer, nextPress(text, fold.from));
  return { ...looking, shown };
}

/** Draws some of the folded parts of a container. */
export function withPage(looking: Looking, pointer: string, page: number): Looking {
  const drawn = new Set(looking.pages.get(pointer)).add(page);
  return { ...looking, pages: new Map(looking.pages).set(pointer, drawn) };
}

/** How many presses one look is worth. */
const PRESSES_PER_LOOK = 5;

/**
 * Opens everything that stands between the eye and one value, and the value itself; if that is
 * very long, the next part of it.
 */
export function withSight(looking: Looking, input: Json, pointer: string): Looking {
  let seen = looking;
  let at = '';
  let value = input;
  for (const name of pointer.split('/').slice(1)) {
    if (!isContainer(value)) return seen;
    const parts = partsOf(value);
    const index = parts.findIndex(([part]) => pointerTo('', part) === `/${name}`);
    const found = parts[index];
    if (!found) return seen;
    seen = withOpen(seen, at, true);
    const { first, hidden } = foldParts(parts.length, isList(value));
    if (index >= first && index < first + hidden) {
      seen = withPage(seen, at, Math.floor((index - first) / PARTS_PER_PRESS));
    }
    at = pointerTo(at, found[0]);
    value = found[1];
  }
  if (typeof value === 'string') return withMoreText(seen, at, value);
  if (!isContainer(value)) return seen;
  seen = withOpen(seen, at, true);
  for (const page of missingPages(seen, at, value).slice(0, PRESSES_PER_LOOK)) {
    seen = withPage(seen, at, page);
  }
  return seen;
}

/** Whether nothing of a value is folded any more. */
export function isWhole(looking: Looking, pointer: string, value: Json): boolean {
  if (typeof value === 'string') return foldOf(looking, pointer, value) === undefined;
  return !isContainer(value) || missingPages(looking, pointer, value).length === 0;
}

function missingPages(
  looking: Looking,
  pointer: string,
  value: Parameters<typeof partsOf>[0],
): readonly number[] {
  const { hidden } = foldParts(partsOf(value).length, isList(value));
  return Array.from({ length: Math.ceil(hidden / PARTS_PER_PRESS) }, (_, page) => page).filter(
    (page) => !isDrawn(looking, pointer, page),
  );
}
