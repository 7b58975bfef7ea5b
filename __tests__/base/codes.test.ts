import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { DENIAL_CODES } from 'ai-sentinel';

/** As specified; a code that is added or removed has to be added or removed here as well. */
const SPECIFIED = [
  'policy_denied',
  'default_deny',
  'policy_not_registered',
  'policy_exception',
  'policy_timeout',
  'approval_required',
  'approval_rejected',
  'approval_expired',
  'approval_cancelled',
  'approval_revoked',
  'approval_used',
  'approval_timeout',
  'approval_store_exception',
  'approval_state_unknown',
  'justification_required',
  'too_many_pending',
  'input_not_serializable',
  'input_too_large',
  'self_approval',
  'not_eligible',
  'already_decided',
  'changed',
  'cannot_widen',
  'not_allowed_now',
  'decided_elsewhere',
  'unknown_request',
  'self_protection',
];

interface Documented {
  readonly code: string;
  readonly meaning: string;
  readonly advice: string;
}

/** The rows of the tables in docs/codes.md. */
async function documented(): Promise<Documented[]> {
  const text = await readFile(new URL('../../docs/codes.md', import.meta.url), 'utf8');
  return [...text.matchAll(/^\| `([^`]+)` \|([^|]*)\|([^|]*)\|$/gm)].map(
    ([, code = '', meaning = '', advice = '']) => ({
      code,
      meaning: meaning.trim(),
      advice: advice.trim(),
    }),
  );
}

describe('denial codes', () => {
  it('are those that are specified, no more and no fewer', () => {
    expect(Object.keys(DENIAL_CODES).sort()).toEqual([...SPECIFIED].sort());
  });

  it('are those that are documented, each once', async () => {
    const codes = (await documented()).map(({ code }) => code);
    expect([...codes].sort()).toEqual(Object.keys(DENIAL_CODES).sort());
  });

  it('are documented with what each means and what to do', async () => {
    const rows = await documented();
    expect(rows.length).toBeGreaterThan(0);
    for (const { code, meaning, advice } of rows) {
      expect([code, meaning]).toEqual([code, expect.stringMatching(/^[A-Z`].{20,}\.$/)]);
      expect([code, advice]).toEqual([code, expect.stringMatching(/^[A-Z`].{3,}\.$/)]);
    }
  });

  it('are told in sentences', () => {
    for (const text of Object.values(DENIAL_CODES)) expect(text).toMatch(/^[A-Z].*\.$/);
  });
});
