import { describe, expect, it } from '@jest/globals';
import { InvalidOptionError, requireApproval } from 'ai-sentinel';
import { resolveSpec } from '../../lib/approvals/spec.ts';

describe('requireApproval', () => {
  it.each<[string, object, string]>([
    [
      'an unknown option',
      { grantduration: '1h' },
      'requireApproval("x").grantduration: there is no such option. Did you mean `grantDuration`?',
    ],
    ['an unknown option', { ttl: 5 }, 'requireApproval("x").ttl: there is no such option.'],
    ['a bad duration', { grantDuration: 'soon' }, 'requireApproval("x").grantDuration: must be'],
    ['a wait of no time', { waitTimeout: 0 }, 'requireApproval("x").waitTimeout: must be'],
    ['an endless request', { expiresAfter: '400d' }, 'requireApproval("x").expiresAfter: must be'],
    ['a negative hold', { rejectionHold: -1 }, 'requireApproval("x").rejectionHold: must be'],
    ['no approver', { approvers: [] }, 'requireApproval("x").approvers: names nobody'],
    [
      'an approver without a name',
      { approvers: ['bob', ' '] },
      'requireApproval("x").approvers[1]: must be',
    ],
    [
      'a quorum of nobody',
      { requiredApprovals: 0 },
      'requireApproval("x").requiredApprovals: must be',
    ],
    ['no uses', { maxUses: 0 }, 'requireApproval("x").maxUses: must be'],
    ['a blank role', { role: ' ' }, 'requireApproval("x").role: must be'],
    ['another risk', { risk: 'extreme' }, 'requireApproval("x").risk: must be one of minimal, low'],
    [
      'another priority',
      { priority: 'minimal' },
      'requireApproval("x").priority: must be one of low',
    ],
    [
      'another scope',
      { grantScope: 'all' },
      'requireApproval("x").grantScope: must be one of tool, input',
    ],
    [
      'words for a flag',
      { allowSelfApproval: 'no' },
      'requireApproval("x").allowSelfApproval: must be true or false',
    ],
    [
      'a path that is no pointer',
      { redact: ['card.number'] },
      'requireApproval("x").redact: "card.number" is no JSON pointer',
    ],
    [
      'a pointer with a stray tilde',
      { redact: ['/a~b'] },
      'requireApproval("x").redact: "/a~b" is no JSON pointer',
    ],
    ['a pointer to everything', { redact: [''] }, 'requireApproval("x").redact[0]: must be'],
    [
      'a negative cost',
      { estimatedCostUsd: -1 },
      'requireApproval("x").estimatedCostUsd: must be a number',
    ],
    [
      'a cost in words',
      { estimatedCostUsd: '5' },
      'requireApproval("x").estimatedCostUsd: must be a number',
    ],
    ['a predicate that is none', { when: true }, 'requireApproval("x").when: must be a function'],
    ['a list for options', [], 'requireApproval("x"): must be an object, not a list'],
  ])('refuses %s', (_, options, message) => {
    expect(() => requireApproval('x', options as never)).toThrow(InvalidOptionError);
    expect(() => requireApproval('x', options as never)).toThrow(message);
  });

  it('cannot be changed once it is made', () => {
    const approvers = ['bob'];
    const rule = requireApproval('x', { approvers });
    approvers.push('mallory');
    expect(rule.spec.approvers).toEqual(['bob']);
    expect(Object.isFrozen(rule) && Object.isFrozen(rule.spec)).toBe(true);
  });
});

describe('resolveSpec', () => {
  it('lets nobody wait longer than the request lives', () => {
    const resolve = (spec: object) => resolveSpec(spec, 'spec', 'name', 'alice').waitTimeoutMs;
    expect(resolve({ waitTimeout: '1h', expiresAfter: '10m' })).toBe(600_000);
    expect(resolve({ expiresAfter: '1m' })).toBe(60_000);
    expect(resolve({})).toBe(300_000);
  });
});
