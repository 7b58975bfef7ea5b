import { useEffect } from 'preact/hooks';
import { openCount } from './model/inbox.ts';
import { route } from './model/route.ts';
import { Bar } from './view/bar.tsx';
import { HistoryPage } from './view/history-page.tsx';
import { InboxPage } from './view/inbox-page.tsx';
import { Notices } from './view/notices.tsx';
import { RequestPage } from './view/request-page.tsx';
import { Toast } from './view/toast.tsx';

/** The whole panel. */
export function App() {
  const count = openCount.value;
  useEffect(() => {
    document.title = count ? `(${count}) Approvals` : 'Approvals';
  }, [count]);
  return (
    <>
      <SkipLink />
      <Bar />
      <Notices />
      <main id="main" tabIndex={-1}>
        <Page />
      </main>
      <Toast />
    </>
  );
}

function Page() {
  const { value } = route;
  switch (value.page) {
    case 'inbox':
      return <InboxPage />;
    case 'history':
      return <HistoryPage />;
    case 'request':
      return <RequestPage key={value.id} id={value.id} />;
  }
}

/** A button, because the hash of a link would be taken for a page. */
function SkipLink() {
  return (
    <button type="button" class="skip" onClick={() => document.getElementById('main')?.focus()}>
      Skip to the requests
    </button>
  );
}
