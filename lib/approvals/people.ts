import { InvalidOptionError } from '../base/errors.ts';
import type { JsonObject } from '../base/json.ts';
import { shown } from '../base/options.ts';
import { freezePlainJson, NotPlainJsonError, TooLargeError } from '../base/plain-json.ts';

/** On whose behalf a tool is called. */
export interface SecurityContext {
  /** The caller's id; `anonymous` where nobody is known. */
  readonly id: string;
  /** What the caller may be asked for by policies; no approver's role. */
  readonly roles: readonly string[];
  /** What an identity provider said. `email` and `sub` also tell whether an approver is the caller. */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** The tenant the caller belongs to, in an app that has several. */
  readonly tenantId?: string;
  /** The person a token was issued to, who may not approve what it asks for. */
  readonly owner?: string;
}

/** Who decides. */
export interface Approver {
  readonly id: string;
  readonly email?: string;
  /** Shown to others; never compared. */
  readonly name?: string;
  readonly roles: readonly string[];
  readonly tenantId?: string;
}

/** An approver as kept with a decision. */
export interface Person {
  readonly id: string;
  readonly email?: string;
  readonly name?: string;
}

/** A caller as kept with a request: enough to judge who may decide, and no other claim. */
export interface Caller {
  readonly id: string;
  readonly roles: readonly string[];
  readonly tenantId?: string;
  readonly email?: string;
  readonly sub?: string;
  readonly owner?: string;
}

/** The caller when none is given: rules are stricter with it. */
export const ANONYMOUS: SecurityContext = Object.freeze({
  id: 'anonymous',
  roles: Object.freeze([]) as readonly string[],
});

/** More than any identity provider says of anybody. */
const MOST_CLAIMS_BYTES = 1024 * 1024;

/** Contexts that were checked already: they are frozen, so they stay as they were found. */
const checked = new WeakSet<SecurityContext>();

/**
 * A caller as an app gave it, copied and frozen, so that nothing that is handed it can change in
 * whose name a call is made. Optional names that are null or blank, as databases and identity
 * providers have them, count as absent.
 *
 * @throws InvalidOptionError for no id, an id that is no text, or roles that are no list of names
 */
export function checkedCaller(given: unknown): SecurityContext {
  if (checked.has(given as SecurityContext)) return given as SecurityContext;
  const { id, roles, claims, tenantId, owner } = (given ?? {}) as Partial<SecurityContext>;
  requireIdentity('caller', given, id, roles);
  const context: SecurityContext = Object.freeze({
    id,
    roles: Object.freeze([...(roles ?? [])]),
    ...(claims && { claims: frozenClaims(claims) }),
    ...optionalName('caller.tenantId', 'tenantId', tenantId),
    ...optionalName('caller.owner', 'owner', owner),
  });
  checked.add(context);
  return context;
}

/**
 * An approver as an app gave one; see `checkedCaller`.
 *
 * @throws InvalidOptionError for no id, an id that is no text, or roles that are no list of names
 */
export function checkedApprover(given: unknown): Approver {
  const { id, roles = [], email, name, tenantId } = (given ?? {}) as Partial<Approver>;
  requireIdentity('approver', given, id, roles);
  return {
    id,
    roles: [...roles],
    ...optionalName('approver.email', 'email', email),
    ...optionalName('approver.name', 'name', name),
    ...optionalName('approver.tenantId', 'tenantId', tenantId),
  };
}

type Claims = NonNullable<SecurityContext['claims']>;

/** Frozen to the ground where they are plain JSON, as a token's are; else only on the surface. */
function frozenClaims(claims: Claims): Claims {
  try {
    return freezePlainJson(claims, MOST_CLAIMS_BYTES) as JsonObject;
  } catch (error) {
    if (error instanceof NotPlainJsonError || error instanceof TooLargeError) {
      return Object.freeze({ ...claims });
    }
    throw error;
  }
}

function requireIdentity(
  what: string,
  given: unknown,
  id: unknown,
  roles: unknown,
): asserts id is string {
  if (
    isName(id) &&
    Array.isArray(roles) &&
    roles.every((role) => typeof role === 'string' && role.isWellFormed())
  ) {
    return;
  }
  throw new InvalidOptionError(
    what,
    `must be { id, roles } with an id that is not empty and a list of role names, not ${shown(given)}.`,
  );
}

function optionalName<K extends string>(option: string, key: K, value: unknown) {
  if (value === undefined || value === null || (typeof value === 'string' && value.trim() === '')) {
    return {} as { readonly [key in K]?: string };
  }
  if (isName(value)) return { [key]: value } as { readonly [key in K]?: string };
  throw new InvalidOptionError(option, `must be a text, or absent, not ${shown(value)}.`);
}

/** Text that the log can carry and that somebody could be known by. */
function isName(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '' && value.isWellFormed();
}

/** What of a caller is kept on a request. */
export function callerRecord(context: SecurityContext): Caller {
  const email = claim(context, 'email');
  const sub = claim(context, 'sub');
  return {
    id: context.id,
    roles: [...context.roles],
    ...(context.tenantId !== undefined && { tenantId: context.tenantId }),
    ...(email !== undefined && { email }),
    ...(sub !== undefined && { sub }),
    ...(context.owner !== undefined && { owner: context.owner }),
  };
}

/** What of an approver is kept with a decision. */
export function personRecord(approver: Approver): Person {
  return {
    id: approver.id,
    ...(approver.email !== undefined && { email: approver.email }),
    ...(approver.name !== undefined && { name: approver.name }),
  };
}

/** Whether two approvers are one person: an id or e-mail address of one is one of the other's. */
export function isSamePerson(one: Person, other: Person): boolean {
  return goesBy(one, other.id) || (other.email !== undefined && goesBy(one, other.email));
}

/** Whether the approver is who the call was made for, by any of the names either goes by. */
export function isCaller(approver: Person, caller: Caller): boolean {
  const names = [caller.id, caller.email, caller.sub, caller.owner];
  return names.some((name) => name !== undefined && goesBy(approver, name));
}

/** Whether `name` is the person's id or e-mail address. */
export function goesBy(person: Person, name: string): boolean {
  return (
    isSameIdentity(person.id, name) ||
    (person.email !== undefined && isSameIdentity(person.email, name))
  );
}

/** How people are named to people. */
export function nameOf(person: Person): string {
  return person.name ?? person.email ?? person.id;
}

function isSameIdentity(one: string, other: string): boolean {
  return one === other || foldCase(one) === foldCase(other);
}

/**
 * Case folding by way of upper case, so that `ß` and `SS`, `ς` and `σ` meet; by lower case before
 * that, for `ẞ`; composed (NFC). Upper case also makes an `I` of the dotless `ı`, which is another
 * letter in every folding: `admın` is not `admin`.
 */
function foldCase(text: string): string {
  return text
    .normalize('NFC')
    .split('ı')
    .map((part) => part.toLowerCase().toUpperCase().toLowerCase())
    .join('ı')
    .normalize('NFC');
}

function claim(context: SecurityContext, name: string): string | undefined {
  const value = context.claims?.[name];
  return isName(value) ? value : undefined;
}
