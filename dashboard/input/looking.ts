/**
 * What somebody has opened and closed in one input. Kept outside the components that draw it, so
 * that coming back shows it as it was left.
 */
export interface Looking {
  /** Texts shown whole and containers opened against their default, by pointer. */
  readonly opened: ReadonlySet<string>;
  /** Containers closed against their default. */
  readonly closed: ReadonlySet<string>;
  /** How many parts beyond the first are drawn. */
  readonly revealed: ReadonlyMap<string, number>;
}

/** An input that nobody has touched. */
export const UNTOUCHED: Looking = { opened: new Set(), closed: new Set(), revealed: new Map() };

/** Whether a text is shown whole, or a container opened. */
export function isOpen(looking: Looking, pointer: string): boolean {
  return looking.opened.has(pointer);
}

/** Whether a container was closed. */
export function isFolded(looking: Looking, pointer: string): boolean {
  return looking.closed.has(pointer);
}

/** How many parts beyond the first are drawn. */
export function revealed(looking: Looking, pointer: string): number {
  return looking.revealed.get(pointer) ?? 0;
}

/** Opens or closes one text or container. */
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

/** Draws `count` more parts of a long container. */
export function withMore(looking: Looking, pointer: string, count: number): Looking {
  const more = new Map(looking.revealed);
  more.set(pointer, revealed(looking, pointer) + count);
  return { ...looking, revealed: more };
}

/** Opens everything that stands between the eye and one value, and the value itself. */
export function withSight(looking: Looking, pointer: string): Looking {
  let seen = withMore(withOpen(looking, '', true), '', Number.MAX_SAFE_INTEGER);
  for (let at = pointer.indexOf('/', 1); at > 0; at = pointer.indexOf('/', at + 1)) {
    const above = pointer.slice(0, at);
    seen = withMore(withOpen(seen, above, true), above, Number.MAX_SAFE_INTEGER);
  }
  return withOpen(seen, pointer, true);
}
