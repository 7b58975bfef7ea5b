import type { WireApprovalDetail, WireAsk } from '../../lib/inbox/wire.ts';
import { isContainer, sizeInWords } from '../input/json.ts';
import { now } from '../model/clock.ts';
import { isSheetOpen, openSheet, sheetId } from '../model/looking.ts';
import { grouped, timeOfDay } from '../words/times.ts';
import { Fields } from './fields.tsx';
import { Twist } from './icons.tsx';
import { TellingPart } from './telling-part.tsx';

/** Every distinct input that was asked for. */
export function Inputs({ detail: { asks, times_asked } }: { readonly detail: WireApprovalDetail }) {
  const [only] = asks;
  if (asks.length === 1 && only) {
    return (
      <section class="sheet" aria-labelledby="input-heading">
        <div class="sheet-head">
          <h2 id="input-heading">Input</h2>
          <span class="tell">{sizeOf(only)}</span>
        </div>
        <Fields ask={only} />
        <Digest digest={only.digest} />
      </section>
    );
  }
  return (
    <section aria-labelledby="input-heading">
      <h2 id="input-heading" class="inputs-heading">
        Asked {times_asked} times, with {asks.length} different inputs
      </h2>
      {asks.map((ask, at) => (
        <OneOfSeveral key={ask.digest} ask={ask} number={at + 1} />
      ))}
    </section>
  );
}

function OneOfSeveral({ ask, number }: { readonly ask: WireAsk; readonly number: number }) {
  const open = isSheetOpen(ask.digest, number === 1);
  return (
    <section
      class="sheet"
      aria-labelledby={`input-${number}`}
      id={sheetId(ask.digest)}
      tabIndex={-1}
    >
      <div class="sheet-head">
        <h3 id={`input-${number}`}>
          <button
            type="button"
            class="twist"
            aria-expanded={open}
            onClick={() => openSheet(ask.digest, !open)}
          >
            <Twist open={open} />
            Input {number}
          </button>
        </h3>
        <span class="tell">
          asked {timeOfDay(Date.parse(ask.asked_at), now.peek())}
          {open ? `, ${sizeOf(ask)}` : ''}
        </span>
        {!open && <TellingPart input={ask.action_inputs} room={36} />}
      </div>
      {open && (
        <>
          <Fields ask={ask} />
          <Digest digest={ask.digest} />
        </>
      )}
    </section>
  );
}

function Digest({ digest }: { readonly digest: string }) {
  return (
    <p class="digest">
      Digest <code>{digest}</code>
    </p>
  );
}

/** `5 fields, 14.2 KB.` */
function sizeOf({ action_inputs: input }: WireAsk): string {
  const bytes = new TextEncoder().encode(JSON.stringify(input)).length;
  const size = bytes < 1024 ? `${bytes} bytes` : `${grouped(Math.round(bytes / 102.4) / 10)} KB`;
  return isContainer(input) ? `${sizeInWords(input)}, ${size}.` : `${size}.`;
}
