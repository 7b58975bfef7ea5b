import { signal } from '@preact/signals';

/** What somebody has typed and chosen for one request, and not yet sent. */
export interface Draft {
  readonly note: string;
  readonly reason: string;
  readonly question: string;
  readonly revokeReason: string;
  readonly typedName: string;
  /** The key of the choice how far it goes. */
  readonly choice: string;
  /** Which form is open. */
  readonly form: 'approve' | 'reject' | 'ask' | 'revoke';
}

const EMPTY: Draft = {
  note: '',
  reason: '',
  question: '',
  revokeReason: '',
  typedName: '',
  choice: 'asked',
  form: 'approve',
};

const KEY = 'approvals-draft ';
const drafts = signal<ReadonlyMap<string, Draft>>(new Map());

/** What was typed for a request; also after the page was loaded again. */
export function draftOf(id: string): Draft {
  return drafts.value.get(id) ?? stored(id) ?? EMPTY;
}

/** Keeps what was typed. */
export function keepDraft(id: string, change: Partial<Draft>): void {
  const draft = { ...draftOf(id), ...change };
  drafts.value = new Map(drafts.value).set(id, draft);
  store((storage) => storage.setItem(KEY + id, JSON.stringify(draft)));
}

/** Forgets what was typed, once it was sent. */
export function dropDraft(id: string): void {
  drafts.value = new Map(drafts.value).set(id, EMPTY);
  store((storage) => storage.removeItem(KEY + id));
}

function stored(id: string): Draft | undefined {
  return store((storage) => {
    const text = storage.getItem(KEY + id);
    return text === null ? undefined : { ...EMPTY, ...(JSON.parse(text) as Partial<Draft>) };
  });
}

/** A browser that stores nothing keeps it as long as the page is open. */
function store<T>(use: (storage: Storage) => T): T | undefined {
  try {
    return use(sessionStorage);
  } catch {
    return undefined;
  }
}
