import { useEffect, useId, useRef, useState } from 'preact/hooks';
import type { WireApprovalDetail } from '../../lib/inbox/wire.ts';
import type { Decision } from '../api/approvals.ts';
import { attemptOf, decide, isUnderWay } from '../model/deciding.ts';
import { type Draft, draftOf, keepDraft } from '../model/drafts.ts';
import { counted } from '../words/times.ts';
import { ignoreRepeats, useInputGuard } from './input-guard.ts';
import { missingConnection } from './missing.ts';

type Field = 'reason' | 'question' | 'revokeReason';

interface WordsFormProps {
  readonly detail: WireApprovalDetail;
  readonly field: Field;
  readonly eyebrow: string;
  readonly head: string;
  readonly tail?: string;
  readonly label: string;
  readonly hint: string;
  /** What to say when nothing was written; without it, nothing has to be. */
  readonly required?: string;
  /** Words that a press puts into the field. */
  readonly suggestions?: readonly string[];
  readonly button: string;
  readonly decision: (words: string) => Decision;
}

/** Refusing, with the reason that the agent is told. */
export function RejectForm({ detail }: { readonly detail: WireApprovalDetail }) {
  return (
    <WordsForm
      detail={detail}
      field="reason"
      eyebrow="Reject"
      head="Nothing runs."
      tail="The agent is told your reason. It may ask again with another input."
      label="Reason"
      hint="(the agent reads it)"
      required="Write a reason: the agent reads it."
      suggestions={['Wrong target', 'Not what was asked for', 'Too much at once, ask for less']}
      button="Reject"
      decision={(reason) => ({ type: 'reject', reason })}
    />
  );
}

/** Asking back. */
export function AskForm({ detail }: { readonly detail: WireApprovalDetail }) {
  return (
    <WordsForm
      detail={detail}
      field="question"
      eyebrow="Ask"
      head="Ask for information"
      label="Your question"
      hint="(the agent reads it)"
      required="Write a question: the agent reads it."
      button="Send the question"
      decision={(message) => ({ type: 'ask', message })}
    />
  );
}

/** Ending a grant that is still good. */
export function RevokeForm({ detail }: { readonly detail: WireApprovalDetail }) {
  const used = counted(detail.grant?.used ?? 0, 'time');
  return (
    <WordsForm
      detail={detail}
      field="revokeReason"
      eyebrow="Revoke"
      head="End this grant now."
      tail={`Used ${used} so far. Calls already running are not stopped.`}
      label="Reason"
      hint="(optional)"
      button="Revoke"
      decision={(reason) => ({ type: 'revoke', reason })}
    />
  );
}

/** The buttons that open the other forms. */
export function OtherForms({ detail }: { readonly detail: WireApprovalDetail }) {
  const { reject, request_info } = detail.can;
  return (
    <>
      {reject.allowed && <Opener detail={detail} form="reject" words="Reject…" />}
      {request_info.allowed && <Opener detail={detail} form="ask" words="Ask…" />}
    </>
  );
}

/** Opens a form in the place of the one that is shown. */
export function Opener({
  detail,
  form,
  words,
}: {
  readonly detail: WireApprovalDetail;
  readonly form: Draft['form'];
  readonly words: string;
}) {
  return (
    <button
      type="button"
      class="button"
      data-opens={form}
      onClick={() => keepDraft(detail.id, { form })}
    >
      {words}
    </button>
  );
}

function WordsForm(props: WordsFormProps) {
  const { detail, field } = props;
  const { id } = detail;
  const words = draftOf(id)[field];
  const [complaint, setComplaint] = useState(false);
  const above = useRef<HTMLDivElement>(null);
  const area = useRef<HTMLTextAreaElement>(null);
  const counts = useInputGuard(above, `${id} ${field}`);
  const name = useId();
  useEffect(() => {
    area.current?.focus({ preventScroll: true });
    // The words above the field belong to it.
    above.current?.scrollIntoView({ block: 'nearest' });
  }, []);

  const attempt = attemptOf(id);
  const missing = missingConnection();
  const isEmpty = props.required !== undefined && words.trim() === '';
  const send = () => {
    if (!counts() || isUnderWay(attempt) || missing) return;
    setComplaint(isEmpty);
    if (isEmpty) area.current?.focus();
    else void decide(detail, props.decision(words.trim()));
  };
  const back = () => {
    const { form } = draftOf(id);
    keepDraft(id, { form: 'approve' });
    requestAnimationFrame(() =>
      document.querySelector<HTMLElement>(`#decision [data-opens="${form}"]`)?.focus(),
    );
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: more ways to press the buttons in it.
    <div
      onKeyDown={(event) => {
        if (event.key === 'Escape') back();
        if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && !event.repeat) send();
      }}
    >
      <div ref={above}>
        <h2 class="eyebrow" id="decide-eyebrow">
          {props.eyebrow}
        </h2>
        <p class="covers">{props.head}</p>
        {props.tail && <p class="tail">{props.tail}</p>}
        <label class="label" for={name}>
          <strong>{props.label}</strong> {props.hint}
        </label>
        <textarea
          ref={area}
          id={name}
          class="input"
          rows={3}
          maxLength={4000}
          required={props.required !== undefined}
          aria-invalid={complaint && isEmpty}
          aria-describedby={complaint && isEmpty ? `${name}-complaint` : undefined}
          value={words}
          onInput={({ currentTarget }) => keepDraft(id, { [field]: currentTarget.value })}
        />
        {complaint && isEmpty && (
          <p class="why-not" id={`${name}-complaint`} role="alert">
            {props.required}
          </p>
        )}
        {props.suggestions && (
          <div class="suggestions">
            {props.suggestions.map((suggestion) => (
              <button
                key={suggestion}
                type="button"
                class="chip"
                onClick={() => {
                  keepDraft(id, { [field]: suggestion });
                  area.current?.focus();
                }}
              >
                {suggestion}
              </button>
            ))}
          </div>
        )}
      </div>
      <div class="actions">
        <button
          type="button"
          class="button solid"
          aria-disabled={missing !== undefined || isUnderWay(attempt)}
          onClick={send}
          onKeyDown={ignoreRepeats}
        >
          {attempt?.kind === 'sending' ? 'Sending…' : props.button}
        </button>
        <button type="button" class="button" onClick={back}>
          Back
        </button>
        {missing && <p class="why-not">{missing.words}</p>}
      </div>
    </div>
  );
}
