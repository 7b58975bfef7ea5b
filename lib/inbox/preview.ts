import type { Json } from '../base/json.ts';

/** As much of one request's inputs as a listing carries, in characters; a page of 1,000 stays small. */
const MOST_CHARACTERS = 8000;
/** The most of one text, and of one list or object. */
const LONGEST_TEXT = 1000;
const MOST_PARTS = 50;
const DEEPEST = 6;

/** What a listing shows of several inputs, and whether anything had to be left out. */
export interface Preview {
  readonly inputs: readonly Json[];
  readonly isCut: boolean;
}

/**
 * Inputs cut down for a listing: enough to tell requests apart by, never enough to decide by. What
 * is left out is said in its place. Each request has its inputs whole at its own address.
 */
export function previewOf(inputs: readonly Json[]): Preview {
  const budget = { left: MOST_CHARACTERS, isCut: false };
  return { inputs: inputs.map((input) => cut(input, 0, budget)), isCut: budget.isCut };
}

interface Budget {
  left: number;
  isCut: boolean;
}

function cut(value: Json, depth: number, budget: Budget): Json {
  if (typeof value === 'string') return cutText(value, budget);
  budget.left -= 8;
  if (typeof value !== 'object' || value === null) return value;
  const parts: readonly (readonly [string, Json])[] = Object.entries(value);
  const most = depth >= DEEPEST || budget.left <= 0 ? 0 : MOST_PARTS;
  const kept: [string, Json][] = [];
  for (const [key, part] of parts) {
    if (kept.length >= most || budget.left <= 0) break;
    kept.push([cutText(key, budget), cut(part, depth + 1, budget)]);
  }
  const missing = parts.length - kept.length;
  if (missing > 0) budget.isCut = true;
  const note = `… ${missing} more`;
  if (Array.isArray(value)) {
    const items = kept.map(([, part]) => part);
    return missing > 0 ? [...items, note] : items;
  }
  return Object.fromEntries(missing > 0 ? [...kept, ['…', note]] : kept);
}

function cutText(text: string, budget: Budget): string {
  const most = Math.max(0, Math.min(LONGEST_TEXT, budget.left));
  budget.left -= Math.min(text.length, most);
  if (text.length <= most) return text;
  budget.isCut = true;
  return `${text.slice(0, most).toWellFormed()}… ${text.length - most} more characters`;
}
