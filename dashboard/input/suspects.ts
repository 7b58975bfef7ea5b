import type { WireApproval, WireAsk } from '../../lib/inbox/wire.ts';
import { type Veil, veiledRuns } from '../words/characters.ts';
import { foldText, VERY_LONG } from './fold.ts';
import { isContainer, type Json, partsOf, pointerTo } from './json.ts';

/** A value that has to be looked at before anybody signs for it. */
export interface Suspect {
  /** Tells the suspects of one request apart. */
  readonly key: string;
  /** Where it stands: an input and a pointer into it, or the request's own words. */
  readonly place:
    | { readonly in: 'input'; readonly digest: string; readonly pointer: string }
    | { readonly in: 'heading' };
  /** What to call it: the field's name. */
  readonly name: string;
  /** What is odd about it: `hidden characters, very long`. */
  readonly why: string;
  readonly isMarked: boolean;
}

const WORDS: Readonly<Record<Veil, string>> = {
  control: 'control characters',
  direction: 'reversed text',
  invisible: 'hidden characters',
  space: 'odd spaces',
  tag: 'hidden text',
  variation: 'hidden characters',
  unknown: 'unknown characters',
  combining: 'stacked marks',
};

/** Every value of a request that somebody has to look at, in reading order. */
export function suspectsOf(approval: WireApproval): readonly Suspect[] {
  const heading = [
    { name: 'the tool’s name', text: approval.action_name },
    { name: 'who asks', text: approval.agent_id },
  ].flatMap(({ name, text }) => {
    const why = oddities(text, false);
    return why === ''
      ? []
      : [{ key: name, place: { in: 'heading' as const }, name, why, isMarked: true }];
  });
  return [...heading, ...approval.asks.flatMap(suspectsIn)];
}

/** How many values of a request have characters that are not drawn as they are. */
export function markedCount(approval: WireApproval): number {
  return suspectsOf(approval).filter(({ isMarked }) => isMarked).length;
}

function suspectsIn({ digest, action_inputs }: WireAsk): readonly Suspect[] {
  const found: Suspect[] = [];
  const visit = (value: Json, name: string, pointer: string, nameMayLie: boolean) => {
    const text = typeof value === 'string' ? value : '';
    const why = oddities(nameMayLie ? name + text : text, true, text);
    if (why !== '') {
      found.push({
        key: `${digest}${pointer}`,
        place: { in: 'input', digest, pointer },
        name,
        why,
        isMarked: veiledRuns(name + text).length > 0,
      });
    }
    if (isContainer(value)) {
      for (const [part, inner] of partsOf(value)) {
        visit(inner, part, pointerTo(pointer, part), true);
      }
    }
  };
  visit(action_inputs, 'input', '', false);
  return found;
}

function oddities(text: string, foldable: boolean, value = text): string {
  const veils = new Set(veiledRuns(text).map(({ veil }) => WORDS[veil]));
  const isVeryLong = foldable && (foldText(value)?.hiddenCharacters ?? 0) > VERY_LONG;
  return [...veils, ...(isVeryLong ? ['very long'] : [])].join(', ');
}
