import { connection } from '../model/connection.ts';
import { openCount } from '../model/inbox.ts';
import { hrefOf, type Route, route } from '../model/route.ts';
import { me, signedOut } from '../model/session.ts';
import { isDark, toggleTheme } from '../model/theme.ts';
import { AgentText } from './agent-text.tsx';
import { HalfMoon, Mark } from './icons.tsx';

/** The bar at the top: where one can go, whether it is live, and who one is. */
export function Bar() {
  const here = route.value.page;
  return (
    <header class="bar">
      <a class="mark" href={hrefOf({ page: 'inbox' })} aria-label="Approvals, to the inbox">
        <Mark />
        <span>Approvals</span>
      </a>
      <nav class="tabs" aria-label="Sections">
        <Tab to={{ page: 'inbox' }} current={here !== 'history'}>
          Inbox {openCount.value !== null && <span class="count">{openCount.value}</span>}
        </Tab>
        <Tab to={{ page: 'history' }} current={here === 'history'}>
          History
        </Tab>
      </nav>
      <div class="bar-end">
        <Connection />
        {me.value && (
          <span class="me">
            <AgentText text={me.value.email ?? me.value.name ?? me.value.id} />
          </span>
        )}
        <button
          type="button"
          class="ghost"
          aria-label={isDark() ? 'Light theme' : 'Dark theme'}
          onClick={toggleTheme}
        >
          <HalfMoon />
        </button>
      </div>
    </header>
  );
}

function Tab({
  to,
  current,
  children,
}: {
  readonly to: Route;
  readonly current: boolean;
  readonly children: preact.ComponentChildren;
}) {
  return (
    <a href={hrefOf(to)} aria-current={current ? 'page' : undefined}>
      {children}
    </a>
  );
}

function Connection() {
  const { kind } = connection.value;
  const words = signedOut.value
    ? 'Signed out'
    : { connecting: 'Connecting', live: 'Live', asking: 'Not live', offline: 'Offline' }[kind];
  const isOff = signedOut.value || kind === 'offline' || kind === 'asking';
  return (
    <span class={isOff ? 'net off' : `net ${kind}`} role="status">
      <span class="net-word">{words}</span>
    </span>
  );
}
