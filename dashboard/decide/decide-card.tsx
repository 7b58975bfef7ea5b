import type { WireApprovalDetail } from '../../lib/inbox/wire.ts';
import { draftOf } from '../model/drafts.ts';
import { isUndecided } from '../model/request.ts';
import { ApproveForm } from './approve-form.tsx';
import { AttemptNotice } from './attempt-notice.tsx';
import { CannotApprove } from './cannot-approve.tsx';
import { Outcome } from './outcome.tsx';
import { Sidelines } from './sidelines.tsx';
import { AskForm, RejectForm, RevokeForm } from './words-form.tsx';

/** Where a request is decided, or what became of it. */
export function DecideCard({ detail }: { readonly detail: WireApprovalDetail }) {
  return (
    <aside class="decide" id="decision" aria-labelledby="decide-eyebrow">
      <AttemptNotice detail={detail} />
      <section class="sheet">
        <Body detail={detail} />
      </section>
      <Sidelines detail={detail} />
    </aside>
  );
}

function Body({ detail }: { readonly detail: WireApprovalDetail }) {
  const { form } = draftOf(detail.id);
  const { can } = detail;
  if (!isUndecided(detail)) {
    return form === 'revoke' && can.revoke.allowed ? (
      <RevokeForm detail={detail} />
    ) : (
      <Outcome detail={detail} />
    );
  }
  if (form === 'reject' && can.reject.allowed) return <RejectForm detail={detail} />;
  if (form === 'ask' && can.request_info.allowed) return <AskForm detail={detail} />;
  return can.approve.allowed ? <ApproveForm detail={detail} /> : <CannotApprove detail={detail} />;
}
