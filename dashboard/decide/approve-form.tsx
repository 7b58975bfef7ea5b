import { useId, useRef } from 'preact/hooks';
import type { WireApprovalDetail } from '../../lib/inbox/wire.ts';
import { attemptOf, decide, isUnderWay } from '../model/deciding.ts';
import { draftOf, keepDraft } from '../model/drafts.ts';
import { seenVersion } from '../model/request.ts';
import { me } from '../model/session.ts';
import { AgentText } from '../view/agent-text.tsx';
import { typeable } from '../words/characters.ts';
import { approveLabel, choicesOf, isOnce } from '../words/coverage.ts';
import { HowFar } from './how-far.tsx';
import { ignoreRepeats, useInputGuard } from './input-guard.ts';
import { LookFirst } from './look-first.tsx';
import { missingFor } from './missing.ts';
import { OpenQuestion } from './open-question.tsx';
import { Quorum } from './quorum.tsx';
import { SentenceHead, SentenceTail } from './sentence.tsx';
import { OtherForms } from './words-form.tsx';

/** The sentence, how far it goes, what has to be done first, and the button that signs. */
export function ApproveForm({ detail }: { readonly detail: WireApprovalDetail }) {
  const { id } = detail;
  const draft = draftOf(id);
  const choices = choicesOf(detail);
  const chosen = choices.find(({ key }) => key === draft.choice) ?? choices[0];
  const above = useRef<HTMLDivElement>(null);
  const counts = useInputGuard(above, `${id} ${detail.version} ${detail.status}`);
  const field = useId();
  if (!chosen) return null;

  const { terms } = chosen;
  const missing = missingFor(detail, draft.typedName);
  const attempt = attemptOf(id);
  const sign = () => {
    if (!counts() || isUnderWay(attempt)) return;
    if (missing) return missing.goThere();
    void decide(detail, {
      type: 'approve',
      terms,
      note: draft.note.trim(),
      version: seenVersion(detail),
    });
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: one more way to press the button in it.
    <div
      onKeyDown={(event) => {
        if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && !event.repeat) sign();
      }}
    >
      <div ref={above}>
        <OpenQuestion detail={detail} />
        <h2 class="eyebrow" id="decide-eyebrow">
          What approving covers
        </h2>
        <div aria-live="polite">
          <p class="covers">
            <SentenceHead detail={detail} terms={terms} />
          </p>
          <p class="tail">
            <SentenceTail detail={detail} terms={terms} />
          </p>
        </div>
        <Quorum detail={detail} />
        <LookFirst detail={detail} />
        {choices.length > 1 && (
          <HowFar
            choices={choices}
            chosen={chosen.key}
            onChoose={(choice) => keepDraft(id, { choice })}
          />
        )}
        {detail.risk_level === 'critical' && (
          <>
            <label class="label" for={`${field}-name`}>
              Critical risk: type{' '}
              <strong>
                <code>{typeable(detail.action_name)}</code>
              </strong>{' '}
              to approve
            </label>
            <input
              id={`${field}-name`}
              class="input typed-name"
              data-typed-name
              autocomplete="off"
              autocapitalize="none"
              spellcheck={false}
              value={draft.typedName}
              onInput={({ currentTarget }) => keepDraft(id, { typedName: currentTarget.value })}
            />
          </>
        )}
        <label class="label" for={`${field}-note`}>
          Note <span class="third">(kept with the decision)</span>
        </label>
        <textarea
          id={`${field}-note`}
          class="input"
          rows={2}
          maxLength={4000}
          value={draft.note}
          onInput={({ currentTarget }) => keepDraft(id, { note: currentTarget.value })}
        />
      </div>
      <div class="actions">
        <button
          type="button"
          class="button sign"
          aria-disabled={missing !== undefined || isUnderWay(attempt)}
          aria-describedby={missing ? `${field}-missing` : undefined}
          onClick={sign}
          onKeyDown={ignoreRepeats}
        >
          {attempt?.kind === 'sending' ? 'Sending…' : approveLabel(terms)}
        </button>
        {missing && (
          <p class="why-not" id={`${field}-missing`}>
            {missing.words}
          </p>
        )}
        <OtherForms detail={detail} />
      </div>
      <p class="signs">
        You decide as <AgentText text={me.value?.email ?? me.value?.name ?? me.value?.id ?? '…'} />.
        A decision cannot be undone{isOnce(terms) ? '.' : '; a grant can be revoked.'}
      </p>
    </div>
  );
}
