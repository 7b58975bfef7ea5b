import { signal } from '@preact/signals';
import { isWhole, type Looking, UNTOUCHED, withOpen, withSight } from '../input/looking.ts';
import type { Suspect } from '../input/suspects.ts';

/** What is opened and closed, by digest. */
const lookings = signal<ReadonlyMap<string, Looking>>(new Map());
/** Inputs whose sheet was opened or closed by hand, by digest. */
const sheets = signal<ReadonlyMap<string, boolean>>(new Map());
const seen = signal<ReadonlySet<string>>(new Set());

/** The value that was asked for last, to be brought before the eyes. */
export const target = signal<string | null>(null);

/** What is opened and closed in an input. */
export function lookingAt(digest: string): Looking {
  return lookings.value.get(digest) ?? UNTOUCHED;
}

/** Opens or closes something in an input. */
export function look(digest: string, change: (looking: Looking) => Looking): void {
  lookings.value = new Map(lookings.value).set(digest, change(lookingAt(digest)));
}

/** Whether an input's sheet is open. */
export function isSheetOpen(digest: string, byDefault: boolean): boolean {
  return sheets.value.get(digest) ?? byDefault;
}

/** Opens or closes an input's sheet. */
export function openSheet(digest: string, open: boolean): void {
  sheets.value = new Map(sheets.value).set(digest, open);
}

/** The id of the element that shows a suspect. */
export function elementId({ place }: Pick<Suspect, 'place'>): string {
  switch (place.in) {
    case 'heading':
      return 'request-heading';
    case 'sheet':
      return sheetId(place.digest);
    case 'input':
      return valueId(place.digest, place.pointer);
  }
}

/** The id of the element that shows an input. */
export function sheetId(digest: string): string {
  return `sheet-${digest}`;
}

/** The id of the element that shows a value. */
export function valueId(digest: string, pointer: string): string {
  return `value-${digest}${pointer}`;
}

/**
 * Opens what hides a suspect and brings it before the eyes. It is seen once nothing of it is
 * folded any more: what is very long takes several looks.
 */
export function lookAt(requestId: string, suspect: Suspect): void {
  const { place } = suspect;
  target.value = elementId(suspect);
  if (place.in !== 'heading') openSheet(place.digest, true);
  if (place.in === 'input') {
    const { digest, input, pointer, value } = place;
    look(digest, (looking) => withSight(looking, input, pointer));
    if (!isWhole(lookingAt(digest), pointer, value)) return;
  }
  seen.value = new Set(seen.value).add(`${requestId} ${suspect.key}`);
}

/** Whether somebody has looked at it. */
export function isSeen(requestId: string, suspect: Suspect): boolean {
  // A sheet that was opened by hand was open.
  if (suspect.place.in === 'sheet' && sheets.value.has(suspect.place.digest)) return true;
  return seen.value.has(`${requestId} ${suspect.key}`);
}

/** Opens or closes one container by hand. */
export function toggle(digest: string, pointer: string, open: boolean): void {
  look(digest, (looking) => withOpen(looking, pointer, open));
}
