import type { WireAsk } from '../../lib/inbox/wire.ts';

/** What an input is made of; taken from the wire, which is all the panel knows of the library. */
export type Json = WireAsk['action_inputs'];

/** A list or an object. */
export type Container = Extract<Json, object>;

/** Whether a value has parts of its own. */
export function isContainer(value: Json): value is Container {
  return typeof value === 'object' && value !== null;
}

/** Whether a value is a list. `Array.isArray` alone does not tell a read-only one from an object. */
export function isList(value: Json): value is Extract<Json, readonly unknown[]> {
  return Array.isArray(value);
}

/** The parts of a list or an object, in their order, with their names. */
export function partsOf(value: Container): readonly (readonly [name: string, value: Json])[] {
  return isList(value) ? value.map((item, at) => [String(at), item]) : Object.entries(value);
}

/** `3 fields`, `1 item`. */
export function sizeInWords(value: Container): string {
  const count = isList(value) ? value.length : Object.keys(value).length;
  const noun = isList(value) ? 'item' : 'field';
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** `12 fields, 4 levels deeper`: what somebody does not see of a closed container. */
export function closedWords(value: Container): string {
  const deeper = depthOf(value) - 1;
  const levels = deeper > 0 ? `, ${deeper} level${deeper === 1 ? '' : 's'} deeper` : '';
  return sizeInWords(value) + levels;
}

/** How many containers deep a value goes: 0 for one without parts. */
function depthOf(value: Json): number {
  if (!isContainer(value)) return 0;
  return 1 + partsOf(value).reduce((deepest, [, part]) => Math.max(deepest, depthOf(part)), 0);
}

/** The pointer (RFC 6901) of a part of the value at `pointer`. */
export function pointerTo(pointer: string, name: string): string {
  return `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
