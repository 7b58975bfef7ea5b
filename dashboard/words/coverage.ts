import type { WireApproval, WireTerms } from '../../lib/inbox/wire.ts';
import { spanShort } from './times.ts';

/** One way an approval can go, as offered to the approver. */
export interface Choice {
  /** Tells the choices of one request apart, and stays the same while it is on screen. */
  readonly key: string;
  readonly label: string;
  readonly hint: string;
  readonly terms: WireTerms;
}

/** What an approver can choose between: as asked, and everything narrower. */
export function choicesOf(approval: WireApproval): readonly Choice[] {
  const widest = approval.allowed;
  const asAsked = { key: 'asked', label: 'As asked', hint: scopeWords(widest), terms: widest };
  const inputs = approval.asks.filter(
    ({ digest }) => widest.digest === null || widest.digest === digest,
  );
  const several = approval.asks.length > 1;
  const named = (digest: string) =>
    several ? `Input ${approval.asks.findIndex((ask) => ask.digest === digest) + 1}` : '';

  const inputOnly = inputs.map(({ digest }) => ({
    key: `input ${digest}`,
    label: several ? `${named(digest)} only` : 'This input only',
    hint: spanShort(widest.duration_seconds * 1000),
    terms: { ...widest, scope: 'input' as const, digest },
  }));
  const once = inputs.map(({ digest }) => ({
    key: `once ${digest}`,
    label: several ? `${named(digest)}, once` : 'This call, once',
    hint: '',
    terms: { ...widest, scope: 'input' as const, digest, max_uses: 1 },
  }));
  return [
    asAsked,
    ...(widest.scope === 'tool' && widest.max_uses !== 1 ? inputOnly : []),
    ...(isOnce(widest) ? [] : once),
  ];
}

/** One call with one input: as narrow as it gets. */
export function isOnce({ scope, max_uses }: Pick<WireTerms, 'scope' | 'max_uses'>): boolean {
  return scope === 'input' && max_uses === 1;
}

/** `any input, 15 min`, `this call, once`: how far it goes, in a row of a list. */
export function scopeWords(terms: WireTerms): string {
  if (isOnce(terms)) return 'this call, once';
  const what = terms.scope === 'tool' ? 'any input' : 'this input';
  if (terms.max_uses === 1) return `${what}, once`;
  if (terms.max_uses !== null) return `${what}, ${terms.max_uses} calls`;
  return `${what}, ${spanShort(terms.duration_seconds * 1000)}`;
}

/** What the button that signs says. */
export function approveLabel({ scope, max_uses, duration_seconds }: WireTerms): string {
  const span = spanShort(duration_seconds * 1000);
  if (scope === 'tool') {
    if (max_uses === 1) return 'Approve one call, any input';
    return max_uses === null ? `Approve any call, ${span}` : `Approve up to ${max_uses} calls`;
  }
  if (max_uses === 1) return 'Approve this call, once';
  return max_uses === null
    ? `Approve this input, ${span}`
    : `Approve this input, ${max_uses} times`;
}
