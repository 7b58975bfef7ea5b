import type { RefObject } from 'preact';
import { useEffect, useState } from 'preact/hooks';

/** How much text a row has room for. */
export interface TextRoom {
  /** Characters of the agent's type on the line of the input. */
  readonly characters: number;
  /** Whether rows are laid out for a narrow list. */
  readonly narrow: boolean;
}

const NARROW = 620;

/** Counts how many characters fit into the rows of a list, so that nothing is cut by clipping. */
export function useTextRoom(list: RefObject<HTMLElement | null>, sample: string): TextRoom {
  const [room, setRoom] = useState<TextRoom>({ characters: 48, narrow: false });
  useEffect(() => {
    const element = list.current;
    if (!element) return;
    const observer = new ResizeObserver(() => {
      const line = element.querySelector(sample);
      if (!line) return;
      const characters = Math.floor(line.clientWidth / characterWidth(line));
      const narrow = element.clientWidth <= NARROW;
      setRoom((before) =>
        before.characters === characters && before.narrow === narrow
          ? before
          : { characters, narrow },
      );
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [list, sample]);
  return room;
}

function characterWidth(line: Element): number {
  const canvas = document.createElement('canvas').getContext('2d');
  if (!canvas) return 8;
  // Not the shorthand: it is empty where ligatures are off.
  const { fontSize, fontFamily } = getComputedStyle(line);
  canvas.font = `${fontSize} ${fontFamily}`;
  return canvas.measureText('0000000000').width / 10;
}
