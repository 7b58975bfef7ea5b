import { useEffect } from 'preact/hooks';
import type { WireApprovalDetail } from '../../lib/inbox/wire.ts';
import { serverSaid } from '../api/http.ts';
import { DecideCard } from '../decide/decide-card.tsx';
import { Foot } from '../decide/foot.tsx';
import { Brief } from '../decide/sentence.tsx';
import { now } from '../model/clock.ts';
import { holdInbox } from '../model/inbox.ts';
import { target } from '../model/looking.ts';
import { loadRequest, openRequest, showRequest } from '../model/request.ts';
import { go } from '../model/route.ts';
import { signedOut } from '../model/session.ts';
import { Blank, LoadingRows } from './blank.tsx';
import { Conversation } from './conversation.tsx';
import { Inputs } from './inputs.tsx';
import { RequestHead } from './request-head.tsx';
import { Timeline } from './timeline.tsx';
import { useHeadingFocus } from './use-heading-focus.ts';
import { Why } from './why.tsx';

/** One request: what is wanted, everything known about it, and the decision. */
export function RequestPage({ id }: { readonly id: string }) {
  useEffect(() => {
    showRequest(id);
    // The order seen is the order of the next ones.
    holdInbox('request', true);
    return () => holdInbox('request', false);
  }, [id]);

  const open = openRequest.value;
  if (open?.id !== id) return <LoadingRows />;
  if (open.detail) return <Request detail={open.detail} />;
  if (!open.failure || signedOut.value) {
    return <div class="page">{!signedOut.value && <LoadingRows />}</div>;
  }
  const { failure } = open;
  const isUnknown = failure.kind === 'problem' && failure.problem.status === 404;
  return (
    <div class="page">
      <h1 class="unseen">Request</h1>
      {isUnknown ? (
        <Blank
          head="There is no such request,"
          action={{ words: 'To the inbox', onPress: () => go({ page: 'inbox' }) }}
        >
          or it is not yours to see.
        </Blank>
      ) : (
        <Blank
          head="The request could not be loaded."
          action={{ words: 'Try again', onPress: () => void loadRequest(id) }}
        >
          {serverSaid(failure)} Nothing was decided.
        </Blank>
      )}
    </div>
  );
}

function Request({ detail }: { readonly detail: WireApprovalDetail }) {
  const heading = useHeadingFocus(detail.id);
  useTarget();
  return (
    <>
      <div class="request">
        <div class="request-top">
          <RequestHead detail={detail} heading={heading} />
          <Brief detail={detail} />
        </div>
        <div class="request-input">
          <Inputs detail={detail} />
        </div>
        <DecideCard key={detail.id} detail={detail} />
        <div class="request-rest">
          <Why detail={detail} />
          <Conversation detail={detail} />
          <Timeline detail={detail} />
        </div>
      </div>
      <Foot detail={detail} />
      <Ending detail={detail} />
    </>
  );
}

/**
 * Nothing is written when a request or a grant runs out, so no event says it. Draws nothing, so
 * that the request is not drawn again every second.
 */
function Ending({ detail }: { readonly detail: WireApprovalDetail }) {
  const { id, status, expires_at, grant } = detail;
  const isOpen = status === 'pending' || status === 'info_requested';
  const end = isOpen ? expires_at : grant?.state === 'active' ? grant.expires_at : null;
  const isOver = end !== null && Date.parse(end) <= now.value;
  useEffect(() => {
    if (isOver) void loadRequest(id);
  }, [isOver, id]);
  return null;
}

/** Brings a value that somebody asked for before their eyes. */
function useTarget() {
  const wanted = target.value;
  useEffect(() => {
    if (wanted === null) return;
    target.value = null;
    const element = document.getElementById(wanted);
    element?.scrollIntoView({ block: 'center' });
    element?.focus({ preventScroll: true });
  }, [wanted]);
}
