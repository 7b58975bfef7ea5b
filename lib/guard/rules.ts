import type { SecurityContext } from '../approvals/people.ts';
import { type ApprovalSpec, refuseUnknownSpecOptions, resolveSpec } from '../approvals/spec.ts';
import { InvalidOptionError } from '../base/errors.ts';
import { optionalFunction, shown } from '../base/options.ts';
import type { CallContext } from './decision.ts';
import { compilePattern } from './pattern.ts';

/** A call as policies and predicates see it: frozen through and through. */
export interface PolicyCall {
  readonly caller: SecurityContext;
  readonly toolName: string;
  // biome-ignore lint/suspicious/noExplicitAny: a policy knows its tool's input, this type cannot.
  readonly input: any;
  /** In US dollars; absent where nothing estimates it, or the estimate failed. */
  readonly estimatedCostUsd?: number | undefined;
  readonly context?: CallContext | undefined;
}

/** What a policy answers. Only `true` allows; a `code` of the policy's own is passed on. */
export type PolicyVerdict =
  | boolean
  | { readonly allowed: boolean; readonly reason?: string; readonly code?: string };

/** Decides whether a caller may make a call at all. A policy that throws denies. */
export type Policy = (call: PolicyCall) => PolicyVerdict | Promise<PolicyVerdict>;

/** What `requireApproval` takes: who decides and for how long, and when to ask at all. */
export interface ApprovalRuleOptions extends ApprovalSpec {
  /** What one call costs, in US dollars, or a function of its input. Default: `estimateCostUsd`. */
  // biome-ignore lint/suspicious/noExplicitAny: the rule's author knows the tool's input.
  readonly estimatedCostUsd?: number | ((input: any) => number | Promise<number>);
  /** Ask only if this says so. Whatever is not exactly `false`, a failure included, asks. */
  readonly when?: (call: PolicyCall) => boolean | Promise<boolean>;
}

/** A rule that lets a policy judge the tools whose names match. */
export interface PolicyRule {
  readonly kind: 'policy';
  readonly pattern: string;
  readonly policy: Policy | string;
  readonly policyName: string;
  readonly matches: (toolName: string) => boolean;
}

/** A rule by which a person has to approve calls of the tools whose names match. */
export interface ApprovalRequirement {
  readonly kind: 'approval';
  readonly pattern: string;
  readonly spec: ApprovalSpec & { readonly name: string };
  readonly policyName: string;
  readonly estimatedCostUsd: ApprovalRuleOptions['estimatedCostUsd'];
  readonly when: ApprovalRuleOptions['when'];
  readonly matches: (toolName: string) => boolean;
}

/** What a sentinel goes by. */
export type Rule = PolicyRule | ApprovalRequirement;

/**
 * Every call of a matching tool must be allowed by `policy`.
 *
 * @param pattern a tool name; `*` stands for any run of characters, `{a,b}` for alternatives
 * @param policy a function, or the name of one in `createSentinel`'s `policies`
 * @throws InvalidOptionError for a bad pattern or a policy that is neither
 */
export function requireToolPolicy(pattern: string, policy: Policy | string): PolicyRule {
  const where = `requireToolPolicy(${shown(pattern)})`;
  const matches = compilePattern(pattern);
  if (typeof policy !== 'function' && (typeof policy !== 'string' || policy.trim() === '')) {
    throw new InvalidOptionError(
      where,
      `the policy must be a function or the name of one in \`policies\`, not ${shown(policy)}.`,
    );
  }
  const policyName = typeof policy === 'string' ? policy : policy.name || pattern;
  return Object.freeze({ kind: 'policy', pattern, policy, policyName, matches });
}

/**
 * Every call of a matching tool must be approved by a person, as `options` say.
 *
 * @param pattern a tool name; `*` stands for any run of characters, `{a,b}` for alternatives
 * @throws InvalidOptionError naming the option and what to write instead
 */
export function requireApproval(
  pattern: string,
  options: ApprovalRuleOptions = {},
): ApprovalRequirement {
  const where = `requireApproval(${shown(pattern)})`;
  const matches = compilePattern(pattern);
  refuseUnknownSpecOptions(options, where, ['when', 'estimatedCostUsd']);
  const { when, estimatedCostUsd, ...spec } = options;
  const { name } = resolveSpec(spec, where, `approval:${pattern}`, '');
  optionalFunction(`${where}.when`, when);
  const isCost =
    estimatedCostUsd === undefined ||
    typeof estimatedCostUsd === 'function' ||
    isCostUsd(estimatedCostUsd);
  if (!isCost) {
    throw new InvalidOptionError(
      `${where}.estimatedCostUsd`,
      `must be a number of at least 0 or a function of the input, not ${shown(estimatedCostUsd)}.`,
    );
  }
  return Object.freeze({
    kind: 'approval',
    pattern,
    spec: frozenSpec({ ...spec, name }),
    policyName: name,
    estimatedCostUsd,
    when,
    matches,
  });
}

/** Frozen with its lists, so that nothing changes a rule once it is in force. */
function frozenSpec<S extends ApprovalSpec>({ approvers, redact, ...spec }: S): S {
  return Object.freeze({
    ...spec,
    ...(approvers && { approvers: Object.freeze([...approvers]) }),
    ...(redact && { redact: Object.freeze([...redact]) }),
  }) as S;
}

/** Whether a value is an amount: a finite number of at least 0. */
export function isCostUsd(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

/** The rules that concern one tool, in the order they were given. */
export interface MatchingRules {
  readonly policies: readonly PolicyRule[];
  readonly approvals: readonly ApprovalRequirement[];
  /** Whether a tool may be called that at all, where there are rules. */
  readonly isSoundName: boolean;
}

/** More names than any app has tools; a hostile stream of new names must not grow memory. */
const MOST_REMEMBERED_NAMES = 1000;

/**
 * Finds the rules for a tool, remembering the answer for each name.
 *
 * @throws InvalidOptionError for something that is no rule, and for two approval rules of one name
 */
export function ruleBook(
  rules: unknown,
  redact: readonly string[] = [],
): (toolName: string) => MatchingRules {
  if (!Array.isArray(rules)) {
    throw new InvalidOptionError('rules', `must be a list of rules, not ${shown(rules)}.`);
  }
  rules.forEach(requireRule);
  const book = rules.map((rule: Rule) => alsoRedacting(rule, redact));
  requireDistinctNames(book);
  const remembered = new Map<string, MatchingRules>();
  return (toolName) => {
    const known = remembered.get(toolName);
    if (known) return known;
    if (book.length > 0 && !isSoundName(toolName)) return UNSOUND;
    const matching = book.filter((rule) => rule.matches(toolName));
    const found = {
      policies: matching.filter((rule) => rule.kind === 'policy'),
      approvals: matching.filter((rule) => rule.kind === 'approval'),
      isSoundName: true,
    };
    if (remembered.size >= MOST_REMEMBERED_NAMES) remembered.clear();
    remembered.set(toolName, found);
    return found;
  };
}

/** Longer than any tool's name; matching takes time that grows faster than a name's length. */
const LONGEST_NAME = 256;

/** What is said of a name that no tool may have; which rules would match it does not matter. */
const UNSOUND: MatchingRules = { policies: [], approvals: [], isSoundName: false };

/** Neither empty, nor endless, nor with control characters or half a character, nor with space at its ends. */
function isSoundName(toolName: string): boolean {
  return (
    toolName !== '' &&
    toolName.length <= LONGEST_NAME &&
    toolName.trim() === toolName &&
    !/[\p{Cc}\p{Cs}]/u.test(toolName)
  );
}

/** The rule, hiding also what the app hides from view everywhere. */
function alsoRedacting(rule: Rule, redact: readonly string[]): Rule {
  if (rule.kind === 'policy' || redact.length === 0) return rule;
  const { spec } = rule;
  const both = [...new Set([...(spec.redact ?? []), ...redact])];
  return Object.freeze({ ...rule, spec: frozenSpec({ ...spec, redact: both }) });
}

function requireRule(rule: unknown, index: number): void {
  const kind = (rule as Rule | null | undefined)?.kind;
  if (kind === 'policy' || kind === 'approval') return;
  throw new InvalidOptionError(
    `rules[${index}]`,
    `must be made by requireToolPolicy or requireApproval; it is ${shown(rule)}.`,
  );
}

function requireDistinctNames(rules: readonly Rule[]): void {
  const seen = new Map<string, string>();
  for (const rule of rules) {
    if (rule.kind !== 'approval') continue;
    const earlier = seen.get(rule.policyName);
    if (earlier !== undefined) {
      throw new InvalidOptionError(
        'rules',
        `the approval rules for ${shown(earlier)} and ${shown(rule.pattern)} are both called ` +
          `${shown(rule.policyName)}, so one approval would count for both. Give one a \`name\` of its own.`,
      );
    }
    seen.set(rule.policyName, rule.pattern);
  }
}
