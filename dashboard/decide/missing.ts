import type { WireApprovalDetail } from '../../lib/inbox/wire.ts';
import { suspectsOf } from '../input/suspects.ts';
import { connection } from '../model/connection.ts';
import { isSeen } from '../model/looking.ts';
import { hasUnseenInput } from '../model/request.ts';
import { signedOut } from '../model/session.ts';
import { typeable } from '../words/characters.ts';

/** What has to be done before an approval can be sent. */
export interface Missing {
  /** Why the button does nothing. */
  readonly words: string;
  /** Moves the focus to what is missing. */
  readonly goThere: () => void;
}

/** What is missing for an approval; undefined: nothing. */
export function missingFor(detail: WireApprovalDetail, typedName: string): Missing | undefined {
  const offline = missingConnection();
  if (offline) return offline;

  const unseen = suspectsOf(detail).filter((suspect) => !isSeen(detail.id, suspect));
  const isTyped = detail.risk_level !== 'critical' || typedName === typeable(detail.action_name);
  const [first] = unseen;
  const looks = hasUnseenInput(detail)
    ? 'look at the input that joined'
    : first &&
      `look at ${unseen.length === 1 ? nameInWords(first.name) : `${unseen.length} values`}`;
  const steps = [looks, isTyped ? undefined : 'type the tool’s name'].filter(
    (step) => step !== undefined,
  );
  if (steps.length === 0) return undefined;
  return {
    words: `First ${steps.join(', then ')}.`,
    goThere: () => {
      const selector = hasUnseenInput(detail)
        ? '[data-look-at-joined]'
        : first
          ? '[data-look-first]:not([data-seen])'
          : '[data-typed-name]';
      document.querySelector<HTMLElement>(selector)?.focus();
    },
  };
}

/** Why nothing at all can be sent. */
export function missingConnection(): Missing | undefined {
  if (connection.value.kind !== 'offline' && !signedOut.value) return undefined;
  return {
    words: signedOut.value
      ? 'You are signed out. What you typed stays.'
      : 'No connection: a decision cannot be sent now. What you typed stays.',
    goThere: () => {},
  };
}

/** A field's name inside a sentence, where nothing can be drawn as a chip. */
function nameInWords(name: string): string {
  return typeable(name).replaceAll('\\u2019', '’');
}
