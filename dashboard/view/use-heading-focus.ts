import { useEffect, useRef } from 'preact/hooks';
import { moves } from '../model/route.ts';

/** Moves the focus to a page's heading when the page changes; not when it is opened first. */
export function useHeadingFocus(page: string) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (moves.peek() === 0) return;
    heading.current?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }, [page]);
  return heading;
}
