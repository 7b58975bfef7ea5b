import { signal } from '@preact/signals';

/** The time, in milliseconds since 1970; changes once a second. */
export const now = signal(Date.now());

/** Starts the one timer that everything which shows time reads. */
export function startClock(): void {
  setInterval(() => {
    now.value = Date.now();
  }, 1000);
}
