import { now } from '../model/clock.ts';
import { connection, tryAgain } from '../model/connection.ts';
import { signedOut } from '../model/session.ts';
import { timeOfDay } from '../words/times.ts';
import { Triangle } from './icons.tsx';

/** What stands above every page while something is wrong with all of them. */
export function Notices() {
  const { value } = connection;
  return (
    <>
      {signedOut.value && (
        <div class="banner" role="alert">
          <Triangle />
          <p>
            <strong>You are signed out.</strong> Nothing was sent. What you typed is kept on this
            page. Sign in in another tab, then try again.
          </p>
          <button type="button" class="button small" onClick={tryAgain}>
            Try again
          </button>
        </div>
      )}
      {value.kind === 'offline' && !signedOut.value && (
        <div class="banner" role="alert">
          <Triangle />
          <p>
            <strong>Offline since {timeOfDay(value.since, now.peek())}.</strong> This is what was
            known then. Reconnecting…
          </p>
        </div>
      )}
    </>
  );
}
