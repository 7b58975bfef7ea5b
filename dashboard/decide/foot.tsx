import { useEffect, useState } from 'preact/hooks';
import type { WireApprovalDetail } from '../../lib/inbox/wire.ts';
import { type Draft, keepDraft } from '../model/drafts.ts';
import { isUndecided } from '../model/request.ts';
import { TimeLeft } from '../view/marks.tsx';

/** On narrow screens: the way to the form, while the form itself is out of sight. */
export function Foot({ detail }: { readonly detail: WireApprovalDetail }) {
  const isFormInSight = useSightOf('decision');
  const { approve, reject } = detail.can;
  if (!isUndecided(detail) || isFormInSight) return null;
  const bring = (form: Draft['form']) => {
    keepDraft(detail.id, { form });
    // Once it is drawn. Never to a button that decides.
    requestAnimationFrame(() => {
      const card = document.getElementById('decision');
      card?.scrollIntoView({ block: 'start' });
      card?.querySelector<HTMLElement>('input, textarea')?.focus({ preventScroll: true });
    });
  };
  return (
    <div class="foot">
      <TimeLeft approval={detail} />
      {reject.allowed && (
        <button type="button" class="button" onClick={() => bring('reject')}>
          Reject…
        </button>
      )}
      {approve.allowed && (
        <button type="button" class="button sign" onClick={() => bring('approve')}>
          Approve…
        </button>
      )}
    </div>
  );
}

function useSightOf(id: string): boolean {
  const [inSight, setInSight] = useState(false);
  useEffect(() => {
    const element = document.getElementById(id);
    if (!element) return;
    const observer = new IntersectionObserver(
      ([entry]) => setInSight(entry?.isIntersecting ?? false),
      // A first line of it at the foot of the window is not in sight yet.
      { rootMargin: '0px 0px -160px' },
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, [id]);
  return inSight;
}
