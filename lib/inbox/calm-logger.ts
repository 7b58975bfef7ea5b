import type { Logger } from '../base/logger.ts';

/**
 * The app's logger, which may fail on what it is told, such as an error that refers to itself. Where
 * the inbox reports that something failed, there is nobody left to tell that telling failed.
 */
export function calmLogger(logger: Logger): Logger {
  const calmly = (tell: () => void) => {
    try {
      tell();
    } catch {
      // What it was about is handled all the same.
    }
  };
  return {
    warn: (...told) => calmly(() => logger.warn(...told)),
    error: (...told) => calmly(() => logger.error(...told)),
  };
}
