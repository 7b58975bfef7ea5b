import { useMemo } from 'preact/hooks';
import type { Json } from '../input/json.ts';
import { tellingPart } from '../input/telling.ts';
import { AgentNumber, AgentText } from './agent-text.tsx';

/** The telling part of an input, on one line of `room` characters. */
export function TellingPart({ input, room }: { readonly input: Json; readonly room: number }) {
  const { fields, more } = useMemo(() => tellingPart(input, room), [input, room]);
  return (
    <span class="telling">
      {fields.map(({ name, nameEnd, text, end, isNumber }, at) => (
        <span key={at}>
          <i>
            {nameEnd === undefined ? (
              <AgentText text={name} inline />
            ) : (
              <CutText text={name} end={nameEnd} />
            )}
          </i>{' '}
          {isNumber ? (
            <AgentNumber text={text} />
          ) : end === undefined ? (
            <AgentText text={text} inline />
          ) : (
            <CutText text={text} end={end} />
          )}
        </span>
      ))}
      {more > 0 && <span class="more">+{more}</span>}
    </span>
  );
}

/** A text whose middle was left out, and that says so. */
export function CutText({ text, end }: { readonly text: string; readonly end: string }) {
  return (
    <>
      <AgentText text={text} inline />
      <span class="gap">…</span>
      <AgentText text={end} inline />
    </>
  );
}
