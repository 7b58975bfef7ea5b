import type { WireApproval } from '../../lib/inbox/wire.ts';
import { isMarked } from '../words/veils.ts';
import type { Json } from './json.ts';
import { markedIn, oddities, planOf } from './plan.ts';

/** Something that has to be looked at before anybody signs for it. */
export interface Suspect {
  /** Tells the suspects of one request apart. */
  readonly key: string;
  /** Where it stands: a value of an input, a whole input, or the request's own words. */
  readonly place:
    | {
        readonly in: 'input';
        readonly digest: string;
        readonly input: Json;
        readonly pointer: string;
        readonly value: Json;
      }
    | { readonly in: 'sheet'; readonly digest: string }
    | { readonly in: 'heading' };
  /** What to call it: the field's name. */
  readonly name: string;
  /** What is odd about it: `hidden characters, very long`. */
  readonly why: string;
}

/** Everything of a request that somebody has to look at, in reading order. */
export function suspectsOf(approval: WireApproval): readonly Suspect[] {
  const heading = [
    { name: 'the tool’s name', text: approval.action_name },
    { name: 'who asks', text: approval.agent_id },
  ].flatMap(({ name, text }) => {
    const why = oddities(text).join(', ');
    return why === '' ? [] : [{ key: name, place: { in: 'heading' as const }, name, why }];
  });
  const inputs = approval.asks.map(({ digest, action_inputs: input }, at) => {
    const places = planOf(input).places.map(({ pointer, value, name, why }): Suspect => {
      const place = { in: 'input' as const, digest, input, pointer, value };
      return { key: `${digest}${pointer}`, place, name, why };
    });
    return at === 0 ? places : [wholeInput(digest, at + 1), ...places];
  });
  return [...heading, ...inputs.flat()];
}

/** All but the first begin closed. */
function wholeInput(digest: string, number: number): Suspect {
  const place = { in: 'sheet' as const, digest };
  return { key: `${digest} sheet`, place, name: `Input ${number}`, why: 'another input' };
}

/** Counting goes no further: there is nothing more to say. */
export const MOST_MARKED = 999;
const counts = new Map<string, number>();
/** More requests than anybody has before their eyes. */
const MOST_COUNTS = 5000;

/** How many values of a request have characters that are not drawn as they are. */
export function markedCount(approval: WireApproval): number {
  // No input of a request ever changes; another one makes another version.
  const key = `${approval.id} ${approval.version}`;
  const known = counts.get(key);
  if (known !== undefined) return known;
  const count = [approval.action_name, approval.agent_id].filter(isMarked).length;
  const all = approval.asks.reduce(
    (sum, ask) => sum + markedIn(ask.action_inputs, MOST_MARKED),
    count,
  );
  if (counts.size >= MOST_COUNTS) counts.clear();
  counts.set(key, all);
  return all;
}
