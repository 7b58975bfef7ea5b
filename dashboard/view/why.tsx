import type { WireApprovalDetail, WireAsk } from '../../lib/inbox/wire.ts';
import { AgentText } from './agent-text.tsx';

const SAID_BY: Readonly<Record<WireAsk['justification_source'], string>> = {
  call: "The agent's own words. Nobody has checked them.",
  assistant: "The agent's own words. Nobody has checked them.",
  app: 'The words of the application that runs the agent.',
  user: 'What the user wrote last.',
  template: 'A fixed text. Nobody gave a reason.',
};

/** Why it is asked for. Below the facts, because it is there to persuade. */
export function Why({ detail: { asks } }: { readonly detail: WireApprovalDetail }) {
  return (
    <>
      {asks.map(({ digest, justification, justification_source }, at) => (
        <section key={digest} class="sheet" aria-labelledby={`why-${at + 1}`}>
          <div class="sheet-head">
            <h2 id={`why-${at + 1}`}>
              {asks.length === 1 ? 'Why it asks' : `Why it asks for input ${at + 1}`}
            </h2>
            <span class="tell">{SAID_BY[justification_source]}</span>
          </div>
          <div class="words">
            <AgentText text={justification} />
          </div>
        </section>
      ))}
    </>
  );
}
