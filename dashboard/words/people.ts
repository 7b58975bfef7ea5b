import type { WireApproval, WireMe, WirePerson } from '../../lib/inbox/wire.ts';

/** What people call each other here: a name, else an address, else an id. */
export function nameOf(person: WirePerson, me?: WireMe | null): string {
  return isMe(person, me) ? 'you' : (person.name ?? person.email ?? person.id);
}

/** Whether a person is the one who sits in front of the page. */
function isMe(person: WirePerson, me?: WireMe | null): boolean {
  return me !== undefined && me !== null && person.id === me.id;
}

/** `carol`, `carol and dan`, `carol, dan and you`. */
export function listed(names: readonly string[], conjunction: 'and' | 'or' = 'and'): string {
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} ${conjunction} ${last}`;
}

/** Those who may decide: by name where the rule names them, else by the role it takes. */
export function deciders(
  approval: WireApproval,
  conjunction: 'and' | 'or',
  me?: WireMe | null,
): string {
  const { approvers, required_role } = approval;
  const given = new Set(approval.approvals.flatMap(({ by }) => [by.id, by.email]));
  const names = approvers
    .filter((name) => !given.has(name))
    .map((name) => (me && (name === me.id || name === me.email) ? 'you' : name))
    // Yourself last, as one says it.
    .toSorted((one, other) => Number(one === 'you') - Number(other === 'you'));
  if (names.length > 0) {
    const role = required_role === null ? '' : ` with the role ${required_role}`;
    return listed(names, conjunction) + role;
  }
  return required_role === null ? 'any approver' : `anyone with the role ${required_role}`;
}

/** Starts a sentence. */
export function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
