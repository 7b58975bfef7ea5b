import { signal } from '@preact/signals';

/** What was just done, told once. */
export interface Toast {
  readonly words: string;
  /** The tool it was done to, set in the agent's type after the words. */
  readonly tool?: string;
  /** What follows the tool. */
  readonly rest?: string;
  /** The request to go back to. */
  readonly requestId?: string;
}

/** How long it stays; under the pointer or the focus it stays on. */
const STAYS_MS = 10_000;

/** What is told now. */
export const toast = signal<Toast | null>(null);
let timer: ReturnType<typeof setTimeout> | undefined;

/** Tells something. */
export function tell(next: Toast): void {
  toast.value = next;
  letToastGo();
}

/** Keeps it while somebody reads it. */
export function keepToast(): void {
  clearTimeout(timer);
}

/** Lets it go after its time. */
export function letToastGo(): void {
  clearTimeout(timer);
  timer = setTimeout(closeToast, STAYS_MS);
}

/** Takes it away. */
export function closeToast(): void {
  clearTimeout(timer);
  toast.value = null;
}
