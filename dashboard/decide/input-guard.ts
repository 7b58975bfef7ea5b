import type { RefObject } from 'preact';
import { useCallback, useEffect, useLayoutEffect, useRef } from 'preact/hooks';

/** How long a press is taken for one that was meant for what stood here before. */
const GUARD_MS = 500;

/**
 * Keeps a press that was already on its way from deciding something else: after what is shown
 * changes, after the window comes back and after the box above the buttons changes its height,
 * nothing is decided for half a second.
 *
 * @returns whether a press counts now
 */
export function useInputGuard(box: RefObject<HTMLElement | null>, shown: string): () => boolean {
  const until = useRef(0);
  const arm = useCallback(() => {
    until.current = performance.now() + GUARD_MS;
  }, []);

  useLayoutEffect(arm, [shown]);

  useEffect(() => {
    addEventListener('focus', arm);
    return () => removeEventListener('focus', arm);
  }, [arm]);

  useEffect(() => {
    if (!box.current) return;
    const element = box.current;
    let height = element.offsetHeight;
    const observer = new ResizeObserver(() => {
      const next = element.offsetHeight;
      if (next !== height) arm();
      height = next;
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [box, arm]);

  return useCallback(() => performance.now() >= until.current, []);
}

/** A key that is held down presses a button again and again; only its first press is one. */
export function ignoreRepeats(event: KeyboardEvent): void {
  if (event.repeat) event.preventDefault();
}
