/** Any value that JSON can carry. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

/** A JSON object: own, enumerable, plain values only. */
export interface JsonObject {
  readonly [key: string]: Json;
}
