import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';

/** A sheet with nothing on it but why. */
export function Blank({
  head,
  children,
  action,
}: {
  readonly head: string;
  readonly children?: ComponentChildren;
  readonly action?: { readonly words: string; readonly onPress: () => void };
}) {
  return (
    <div class="sheet blank">
      <h2>{head}</h2>
      <p>{children}</p>
      {action && (
        <button type="button" class="button small" onClick={action.onPress}>
          {action.words}
        </button>
      )}
    </div>
  );
}

/** Rows of the height that is coming; nothing at all where it comes at once. */
export function LoadingRows() {
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), 150);
    return () => clearTimeout(timer);
  }, []);
  if (!slow) return null;
  return (
    <div class="sheet skeleton">
      <p class="unseen" role="status">
        Loading…
      </p>
      {[0, 1, 2, 3].map((row) => (
        <div key={row} class="skeleton-row" aria-hidden="true">
          <i />
          <i />
          <i />
        </div>
      ))}
    </div>
  );
}
