import { signal } from '@preact/signals';

/** What the page is drawn in; undefined: what the system says. */
type Theme = 'light' | 'dark' | undefined;

const KEY = 'approvals-theme';
const systemIsDark = matchMedia('(prefers-color-scheme: dark)');

const chosen = signal<Theme>(remembered());
const system = signal(systemIsDark.matches);
systemIsDark.addEventListener('change', ({ matches }) => {
  system.value = matches;
});

/** Whether the page is dark now. */
export function isDark(): boolean {
  return chosen.value === undefined ? system.value : chosen.value === 'dark';
}

/** Changes between light and dark, and remembers it in this browser. */
export function toggleTheme(): void {
  chosen.value = isDark() ? 'light' : 'dark';
  try {
    localStorage.setItem(KEY, chosen.value);
  } catch {
    // A browser that stores nothing forgets it with the page.
  }
  applyTheme();
}

/** Draws the page in what was chosen. */
export function applyTheme(): void {
  if (chosen.value) document.documentElement.dataset.theme = chosen.value;
}

function remembered(): Theme {
  try {
    const stored = localStorage.getItem(KEY);
    return stored === 'light' || stored === 'dark' ? stored : undefined;
  } catch {
    return undefined;
  }
}
