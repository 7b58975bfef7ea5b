import { signal } from '@preact/signals';

/** What is shown. In the hash, because nobody knows where the page is mounted. */
export type Route =
  | { readonly page: 'inbox' }
  | { readonly page: 'history' }
  | { readonly page: 'request'; readonly id: string };

/** What is shown now. */
export const route = signal<Route>(parse(location.hash));

/** How often something else was shown; 0 while it is what the page was opened with. */
export const moves = signal(0);

addEventListener('hashchange', () => {
  moves.value += 1;
  route.value = parse(location.hash);
});

/** Shows something else; the way back stays. */
export function go(to: Route): void {
  location.hash = hrefOf(to);
}

/** The link to it. */
export function hrefOf(to: Route): string {
  switch (to.page) {
    case 'inbox':
      return '#/';
    case 'history':
      return '#/history';
    case 'request':
      return `#/r/${encodeURIComponent(to.id)}`;
  }
}

function parse(hash: string): Route {
  if (/^#\/history(?:\?|$)/.test(hash)) return { page: 'history' };
  const [, id] = /^#\/r\/([^/?]+)$/.exec(hash) ?? [];
  return id === undefined ? { page: 'inbox' } : { page: 'request', id: decoded(id) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
