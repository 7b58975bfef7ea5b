import type { WireApprovalDetail } from '../../lib/inbox/wire.ts';
import { me } from '../model/session.ts';
import { deciders } from '../words/people.ts';

/** Which of several approvals this one is. */
export function Quorum({ detail }: { readonly detail: WireApprovalDetail }) {
  const { required_approvals: needed, approvals } = detail;
  if (needed < 2) return null;
  const mine = approvals.length + 1;
  const others = deciders(
    { ...detail, approvers: detail.approvers.filter((name) => !isMyName(name)) },
    'or',
  );
  return (
    <p class="tail quorum">
      {mine >= needed
        ? `Yours is the last of ${needed}. It takes effect at once.`
        : `Yours is approval ${mine} of ${needed}. Nothing runs until ${others} approves too.`}
    </p>
  );
}

function isMyName(name: string): boolean {
  return name === me.value?.id || name === me.value?.email;
}
