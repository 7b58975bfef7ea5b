import type { ComponentChildren } from 'preact';

function Icon({ children }: { readonly children: ComponentChildren }) {
  return (
    <svg
      class="icon"
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      stroke-width="1.5"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      {children}
    </svg>
  );
}

/** The panel's mark: a signature on its line. */
export function Mark() {
  return (
    <svg
      class="mark-icon"
      viewBox="0 0 22 22"
      fill="none"
      stroke="currentColor"
      stroke-width="1.75"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      <path d="M3 18.3h16M4 12.5c2.5-8 5.5-10.7 6-7.9.5 3-3.6 9.4-2 9.6 1.4.2 3-4.6 4.6-4.6 1.3 0 .2 3.2 1.6 3.4 1.2.1 2-1.4 3.3-3.2" />
    </svg>
  );
}

/** An octagon: critical risk. */
export function Octagon() {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path fill="currentColor" d="M5 1h6l4 4v6l-4 4H5l-4-4V5z" />
      <path class="cut-out" d="M8 4v4.8" stroke-width="2" stroke-linecap="round" />
      <circle class="cut-out-dot" cx="8" cy="11.8" r="1.2" />
    </svg>
  );
}

/** A triangle: high risk, and trouble with the connection. */
export function Triangle() {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path
        fill="currentColor"
        d="M7.1 1.7a1 1 0 0 1 1.8 0l6.2 11.4a1 1 0 0 1-.9 1.5H1.8a1 1 0 0 1-.9-1.5z"
      />
      <path class="cut-out" d="M8 6v3.8" stroke-width="1.8" stroke-linecap="round" />
      <circle class="cut-out-dot" cx="8" cy="12.3" r="1" />
    </svg>
  );
}

/** A diamond, half filled: medium risk. */
export function Diamond() {
  return (
    <Icon>
      <path d="m8 1.8 6.2 6.2L8 14.2 1.8 8z" />
      <path fill="currentColor" d="M8 1.8v12.4L1.8 8z" />
    </Icon>
  );
}

/** A ring, with or without a dot: low and minimal risk; a value not looked at yet. */
export function Ring({ dotted = false }: { readonly dotted?: boolean }) {
  return (
    <Icon>
      <circle cx="8" cy="8" r="5.5" />
      {dotted && <circle cx="8" cy="8" r="2" fill="currentColor" stroke="none" />}
    </Icon>
  );
}

/** Chevrons: how urgent. */
export function Chevrons({
  count,
  down = false,
}: {
  readonly count: 1 | 2;
  readonly down?: boolean;
}) {
  if (down) {
    return (
      <Icon>
        <path d="m4 6 4 4 4-4" />
      </Icon>
    );
  }
  return (
    <Icon>
      <path d={count === 2 ? 'm4 8 4-4 4 4M4 12l4-4 4 4' : 'm4 9.8 4-4 4 4'} />
    </Icon>
  );
}

/** Down when open, right when closed. */
export function Twist({ open }: { readonly open: boolean }) {
  return (
    <Icon>
      <path d={open ? 'm4 6 4 4 4-4' : 'm6 4 4 4-4 4'} />
    </Icon>
  );
}

/** An eye, crossed out: characters that are not drawn as they are. */
export function Veiled() {
  return (
    <Icon>
      <path d="M1.8 8S4 3.8 8 3.8 14.2 8 14.2 8 12 12.2 8 12.2 1.8 8 1.8 8Zm1.2 5.5 10-11" />
    </Icon>
  );
}

/** A tick. */
export function Tick() {
  return (
    <Icon>
      <path d="m3 8.5 3.2 3.2L13 4.8" />
    </Icon>
  );
}

/** A cross. */
export function Cross() {
  return (
    <Icon>
      <path d="m4 4 8 8m0-8-8 8" />
    </Icon>
  );
}

/** A short line: nothing came of it. */
export function Dash() {
  return (
    <Icon>
      <path d="M3.5 8h9" />
    </Icon>
  );
}

/** A clock. */
export function Clock() {
  return (
    <Icon>
      <circle cx="8" cy="8" r="6" />
      <path d="M8 4.5V8l2.3 1.6" />
    </Icon>
  );
}

/** An arrow back: something was taken back. */
export function Back() {
  return (
    <Icon>
      <path d="M3 4v3.5h3.5M3.4 7.2A5 5 0 1 1 4 11" />
    </Icon>
  );
}

/** Somebody. */
export function Person() {
  return (
    <Icon>
      <circle cx="8" cy="5.2" r="2.7" />
      <path d="M3 14c.3-3 2.3-4.4 5-4.4s4.7 1.4 5 4.4" />
    </Icon>
  );
}

/** Half light, half dark. */
export function HalfMoon() {
  return (
    <Icon>
      <circle cx="8" cy="8" r="5.2" />
      <path fill="currentColor" d="M8 2.8v10.4A5.2 5.2 0 0 0 8 2.8Z" />
    </Icon>
  );
}

const CIRCUMFERENCE = 2 * Math.PI * 3.1;

/** A pie that empties; `left` is what is left, from 0 to 1. */
export function Pie({ left }: { readonly left: number }) {
  const share = Math.min(1, Math.max(0, left)) * CIRCUMFERENCE;
  return (
    <svg class="icon" viewBox="0 0 16 16" fill="none" stroke="currentColor" aria-hidden="true">
      <circle cx="8" cy="8" r="6.2" stroke-width="1.3" />
      <circle
        cx="8"
        cy="8"
        r="3.1"
        stroke-width="6.2"
        stroke-dasharray={`${share.toFixed(2)} ${CIRCUMFERENCE.toFixed(2)}`}
        transform="rotate(-90 8 8)"
      />
    </svg>
  );
}
