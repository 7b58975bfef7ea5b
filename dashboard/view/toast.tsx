import { go } from '../model/route.ts';
import { closeToast, keepToast, letToastGo, toast } from '../model/toast.ts';
import { AgentText } from './agent-text.tsx';

/** What was just done, at the foot of the page. */
export function Toast() {
  const told = toast.value;
  const id = told?.requestId;
  return (
    <div class="toast-place" role="status">
      {told && (
        // biome-ignore lint/a11y/noStaticElementInteractions: it only stays while it is read.
        <div
          class="toast"
          onMouseEnter={keepToast}
          onMouseLeave={letToastGo}
          onFocusCapture={keepToast}
          onBlurCapture={letToastGo}
        >
          <span>
            {told.words}
            {told.tool && (
              <code>
                <AgentText text={told.tool} />
              </code>
            )}
            {told.rest && <AgentText text={told.rest} />}
          </span>
          {id !== undefined && (
            <button
              type="button"
              class="button small"
              onClick={() => {
                closeToast();
                go({ page: 'request', id });
              }}
            >
              Back to it
            </button>
          )}
        </div>
      )}
    </div>
  );
}
