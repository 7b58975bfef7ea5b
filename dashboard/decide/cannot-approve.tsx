import { useRef } from 'preact/hooks';
import type { WireApprovalDetail } from '../../lib/inbox/wire.ts';
import { me } from '../model/session.ts';
import { AgentText } from '../view/agent-text.tsx';
import { capitalised, deciders } from '../words/people.ts';
import { OpenQuestion } from './open-question.tsx';
import { OtherForms } from './words-form.tsx';

/** Why this person may not approve this request, and what else they may do. */
export function CannotApprove({ detail }: { readonly detail: WireApprovalDetail }) {
  const above = useRef<HTMLDivElement>(null);
  const { approve, request_info } = detail.can;
  return (
    <>
      <div ref={above}>
        <OpenQuestion detail={detail} />
        <h2 class="eyebrow" id="decide-eyebrow">
          You may read this, not decide it
        </h2>
        <p class="covers">{headFor(detail)}</p>
        <p class="tail">
          <Tail detail={detail} />
          {approve.code === 'not_eligible' &&
            request_info.allowed &&
            'You can still leave a question.'}
        </p>
      </div>
      <div class="actions">
        <OtherForms detail={detail} />
      </div>
    </>
  );
}

function headFor(detail: WireApprovalDetail) {
  switch (detail.can.approve.code) {
    case 'self_approval':
      return 'It was asked in your name.';
    case 'not_eligible':
      return (
        <>
          <AgentText text={onlyThey(detail)} /> may approve or reject this.
        </>
      );
    case 'already_decided':
      return 'You have approved this.';
    default:
      return 'This cannot be approved here.';
  }
}

function onlyThey(detail: WireApprovalDetail): string {
  const they = deciders(detail, 'and');
  return they.startsWith('any') ? capitalised(they).replace(/^Any/, 'Only any') : `Only ${they}`;
}

function Tail({ detail }: { readonly detail: WireApprovalDetail }) {
  const { code, reason } = detail.can.approve;
  const others = {
    ...detail,
    approvers: detail.approvers.filter((name) => name !== me.value?.id && name !== me.value?.email),
  };
  if (code === 'self_approval') {
    return (
      <>
        Somebody else has to decide: <AgentText text={deciders(others, 'or')} />.{' '}
      </>
    );
  }
  if (code === 'not_eligible') return null;
  return reason === null ? null : <AgentText text={`${reason} `} />;
}
