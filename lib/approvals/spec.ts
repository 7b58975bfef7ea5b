import { type Duration, parseDuration } from '../base/duration.ts';
import { InvalidOptionError } from '../base/errors.ts';
import {
  flag,
  oneOf,
  optionalCount,
  optionalText,
  refuseUnknownOptions,
  requireObject,
  shown,
  textList,
} from '../base/options.ts';
import { ANONYMOUS } from './people.ts';

/** How much harm a call can do. Critical asks for more care everywhere. */
export const RISKS = ['minimal', 'low', 'medium', 'high', 'critical'] as const;
export type Risk = (typeof RISKS)[number];

/** How soon somebody should look. */
export const PRIORITIES = ['low', 'medium', 'high', 'critical'] as const;
export type Priority = (typeof PRIORITIES)[number];

/** What one approval covers: any input of the tool by this caller, or this very input only. */
export type GrantScope = 'tool' | 'input';

/** What a rule asks of people: who may approve, what an approval gives, how long things last. */
export interface ApprovalSpec {
  /** The role an approver must have; with Entra PIM, the role's name. Default: none needed. */
  readonly role?: string;
  /** Ids or e-mail addresses; if given, only these may decide. With `role`, both must hold. */
  readonly approvers?: readonly string[];
  /** How many different people must approve; one rejection ends it. Default 1. */
  readonly requiredApprovals?: number;
  /** Whether the person the call is made for may approve it. Default false. */
  readonly allowSelfApproval?: boolean;
  /** How long an approval stays valid, from the last one needed. Default 15 minutes. */
  readonly grantDuration?: Duration;
  /** What one approval covers. Default `tool`; `input` at critical risk or for `anonymous`. */
  readonly grantScope?: GrantScope;
  /** How many calls one approval covers. Default: no limit; 1 at critical risk. */
  readonly maxUses?: number;
  /** Whether nothing may be asked for without saying why. Default true. */
  readonly requireJustification?: boolean;
  /** How long a blocked call waits in all; at most `expiresAfter`. Default 5 minutes. */
  readonly waitTimeout?: Duration;
  /** How long an undecided request stays open. Default 24 hours. */
  readonly expiresAfter?: Duration;
  /** For how long a rejection also answers the same call made again. 0 (the default): not at all. */
  readonly rejectionHold?: Duration;
  /** How many open requests one caller may have, and distinct inputs one request. Default 100. */
  readonly maxPendingPerCaller?: number;
  /** What the tool does, in the operator's words, for approvers. */
  readonly description?: string;
  /** Default `medium`. */
  readonly risk?: Risk;
  /** Default `medium`. */
  readonly priority?: Priority;
  /** JSON pointers (RFC 6901) into the input whose values nobody is to see. */
  readonly redact?: readonly string[];
  /** The rule's policy name. Default `approval:` and the pattern. */
  readonly name?: string;
}

/**
 * The rule in force when a request was opened, as stored on it: every default filled in, every
 * duration in milliseconds. The request is judged by this and by nothing newer.
 */
export interface ApprovalRule {
  readonly name: string;
  readonly role?: string;
  readonly approvers: readonly string[];
  readonly requiredApprovals: number;
  readonly allowSelfApproval: boolean;
  readonly grantDurationMs: number;
  readonly grantScope: GrantScope;
  readonly maxUses?: number;
  readonly requireJustification: boolean;
  readonly waitTimeoutMs: number;
  readonly expiresAfterMs: number;
  readonly rejectionHoldMs: number;
  readonly maxPendingPerCaller: number;
  readonly description?: string;
  readonly risk: Risk;
  readonly priority: Priority;
  readonly redact: readonly string[];
}

/** The options of `ApprovalSpec`. */
const SPEC_OPTIONS = [
  'role',
  'approvers',
  'requiredApprovals',
  'allowSelfApproval',
  'grantDuration',
  'grantScope',
  'maxUses',
  'requireJustification',
  'waitTimeout',
  'expiresAfter',
  'rejectionHold',
  'maxPendingPerCaller',
  'description',
  'risk',
  'priority',
  'redact',
  'name',
] as const satisfies readonly (keyof ApprovalSpec)[];

/**
 * The rule that `spec` means for a caller: options checked, defaults filled in.
 *
 * @param where what to call the spec in an error: `requireApproval("deploy_*")`
 * @param callerId whose call it is about; `anonymous` is given less by default
 * @throws InvalidOptionError naming the option
 */
export function resolveSpec(
  spec: ApprovalSpec,
  where: string,
  defaultName: string,
  callerId: string,
): ApprovalRule {
  requireObject(where, spec);
  const isAnonymous = callerId === ANONYMOUS.id;
  // A frozen spec with a name of its own means the same rule every time, so all its requests share
  // one. What a spec of somebody's own means may change between two calls.
  const isConstant = Object.isFrozen(spec) && spec.name !== undefined;
  const known = isConstant ? resolved[isAnonymous ? 'anonymous' : 'known'].get(spec) : undefined;
  if (known) return known;
  const rule = resolve(spec, where, defaultName, isAnonymous);
  if (isConstant) resolved[isAnonymous ? 'anonymous' : 'known'].set(spec, rule);
  return rule;
}

const resolved = {
  known: new WeakMap<ApprovalSpec, ApprovalRule>(),
  anonymous: new WeakMap<ApprovalSpec, ApprovalRule>(),
};

function resolve(
  spec: ApprovalSpec,
  where: string,
  defaultName: string,
  isAnonymous: boolean,
): ApprovalRule {
  const at = (option: keyof ApprovalSpec) => `${where}.${option}`;
  const role = optionalText(at('role'), spec.role);
  const description = optionalText(at('description'), spec.description);
  const risk = oneOf(at('risk'), spec.risk, RISKS, 'medium');
  const careful = risk === 'critical' || isAnonymous;
  const maxUses =
    optionalCount(at('maxUses'), spec.maxUses) ?? (risk === 'critical' ? 1 : undefined);
  const expiresAfterMs = parseDuration(at('expiresAfter'), spec.expiresAfter ?? '24h');
  const approvers = textList(at('approvers'), spec.approvers);
  if (spec.approvers !== undefined && approvers.length === 0) {
    throw new InvalidOptionError(
      at('approvers'),
      'names nobody, so nobody could ever decide. Name at least one person, or leave it out.',
    );
  }
  return {
    name: optionalText(at('name'), spec.name) ?? defaultName,
    ...(role !== undefined && { role }),
    approvers,
    requiredApprovals: optionalCount(at('requiredApprovals'), spec.requiredApprovals) ?? 1,
    allowSelfApproval: flag(at('allowSelfApproval'), spec.allowSelfApproval, false),
    grantDurationMs: parseDuration(at('grantDuration'), spec.grantDuration ?? '15m'),
    grantScope: oneOf(
      at('grantScope'),
      spec.grantScope,
      ['tool', 'input'],
      careful ? 'input' : 'tool',
    ),
    ...(maxUses !== undefined && { maxUses }),
    requireJustification: flag(at('requireJustification'), spec.requireJustification, true),
    waitTimeoutMs: waitTimeout(at('waitTimeout'), spec.waitTimeout, expiresAfterMs),
    expiresAfterMs,
    rejectionHoldMs: parseDuration(at('rejectionHold'), spec.rejectionHold ?? 0, {
      zeroAllowed: true,
    }),
    maxPendingPerCaller: optionalCount(at('maxPendingPerCaller'), spec.maxPendingPerCaller) ?? 100,
    ...(description !== undefined && { description }),
    risk,
    priority: oneOf(at('priority'), spec.priority, PRIORITIES, 'medium'),
    redact: jsonPointers(at('redact'), spec.redact),
  };
}

/** Throws for options that `ApprovalSpec` does not have, `extra` ones aside. */
export function refuseUnknownSpecOptions(
  spec: ApprovalSpec,
  where: string,
  extra: readonly string[] = [],
): void {
  requireObject(where, spec);
  refuseUnknownOptions(where, spec, [...SPEC_OPTIONS, ...extra]);
}

/**
 * What must be the same for a grant of an older version of the rule to still count: who had to
 * agree (role, approvers, quorum) and to what (scope, uses, risk).
 */
export function ruleFingerprint(rule: ApprovalRule): string {
  return JSON.stringify([
    rule.role ?? null,
    [...rule.approvers].sort(),
    rule.requiredApprovals,
    rule.grantScope,
    rule.maxUses ?? null,
    rule.risk,
  ]);
}

/** A wait ends with the request at the latest. */
function waitTimeout(option: string, given: Duration | undefined, expiresAfterMs: number): number {
  return Math.min(parseDuration(option, given ?? '5m'), expiresAfterMs);
}

/** A list of JSON pointers; absent is none. */
export function jsonPointers(
  option: string,
  value: readonly string[] | undefined,
): readonly string[] {
  const list = textList(option, value);
  for (const pointer of list) {
    if (!pointer.startsWith('/') || /~(?![01])/.test(pointer)) {
      throw new InvalidOptionError(
        option,
        `${shown(pointer)} is no JSON pointer. Write the path with slashes, such as '/card/number'.`,
      );
    }
  }
  return list;
}
