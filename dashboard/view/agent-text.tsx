import { useMemo } from 'preact/hooks';
import { mixesDirections, type Run, runsOf } from '../words/characters.ts';
import { safeCut } from '../words/cutting.ts';
import { grouped } from '../words/times.ts';

/**
 * Text that an agent, a caller or any other stranger wrote, as text nodes only, with everything
 * the eye would miss made visible.
 */
export function AgentText({
  text,
  inline = false,
}: {
  readonly text: string;
  /** On one line: breaks are drawn, and do not break. */
  readonly inline?: boolean;
}) {
  // What draws it may be drawn again every second; the text is the same.
  return useMemo(
    () => (
      <span class={mixesDirections(text) ? 'as-is stored' : 'as-is'}>
        {runsOf(text).map((run, at) => (
          <OneRun key={at} run={run} inline={inline} />
        ))}
      </span>
    ),
    [text, inline],
  );
}

/** What is beside the input may be as long as it likes; so much of it is drawn. */
const DRAWN = { head: 8000, tail: 2000 };

/** Text that nobody signs: where it is endless, its middle is told and not drawn. */
export function AsideText({ text }: { readonly text: string }) {
  if (text.length <= DRAWN.head + DRAWN.tail) return <AgentText text={text} />;
  const from = safeCut(text, DRAWN.head);
  const to = safeCut(text, text.length - DRAWN.tail);
  return (
    <>
      <AgentText text={text.slice(0, from)} />
      <span class="fold">{grouped(to - from)} more characters</span>
      <AgentText text={text.slice(to)} />
    </>
  );
}

function OneRun({ run, inline }: { readonly run: Run; readonly inline: boolean }) {
  switch (run.kind) {
    case 'text':
      return <>{run.text}</>;
    case 'break':
      return (
        <>
          <Drawn sign={run.text === '\n' ? '↵' : '␍↵'} />
          {!inline && '\n'}
        </>
      );
    case 'tabs':
      return (
        <>
          <Repeated sign="→" name="tab" count={run.text.length} />
          {!inline && '\t'}
        </>
      );
    case 'end-spaces':
      return <Repeated sign="·" name="space" count={run.text.length} />;
    case 'alike':
      return <span class="alike">{run.text}</span>;
    case 'veiled':
      return <Chip label={run.label} spoken={run.spoken} />;
  }
}

/** How many in a row are drawn one by one. */
const FEW = 8;

function Repeated({
  sign,
  name,
  count,
}: {
  readonly sign: string;
  readonly name: string;
  readonly count: number;
}) {
  if (count <= FEW) return <Drawn sign={sign.repeat(count)} />;
  return <Chip label={`${name} ×${count}`} spoken={`${name}, ${count} times`} />;
}

function Drawn({ sign }: { readonly sign: string }) {
  return (
    <span class="drawn" aria-hidden="true">
      {sign}
    </span>
  );
}

function Chip({ label, spoken }: { readonly label: string; readonly spoken: string }) {
  return (
    <span class="veil-chip" role="img" aria-label={spoken}>
      {label}
    </span>
  );
}

/** A number exactly as it is, its digits set in threes by space that is drawn, not inserted. */
export function AgentNumber({ text }: { readonly text: string }) {
  const [, sign = '', whole = '', rest = ''] = /^(-?)(\d+)(.*)$/.exec(text) ?? [];
  if (whole.length < 5) return <>{text}</>;
  const groups = whole.match(/\d{1,3}(?=(?:\d{3})*$)/g) ?? [];
  return (
    <>
      {sign}
      {groups.map((group, at) => (
        <span key={at} class={at > 0 ? 'digits' : undefined}>
          {group}
        </span>
      ))}
      {rest}
    </>
  );
}
