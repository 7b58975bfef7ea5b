/**
 * Where the library reports what no caller may see: messages of failed policies, of a failing
 * store, of a listener that threw. `console` fits. Nothing logged contains an input, a token or a
 * connection string.
 */
export interface Logger {
  warn(message: string, detail?: unknown): void;
  error(message: string, detail?: unknown): void;
}

/** Says nothing. */
export const silentLogger: Logger = { warn() {}, error() {} };
