import type {
  ScriptedAnswer,
  ScriptedPrompt,
  ScriptedPromptMessage,
  ScriptedToolCall,
} from 'ai-sentinel/testing';

// Stands in for a language model where there is no key for one. It knows a handful of wishes by
// their words; everything behind it (tools, rules, waiting, decisions) is real.

const ABILITIES = `I am a script, not a language model, and know only a few wishes:
• “Which databases are there?”
• “Show me the newest orders”
• “Delete the orders database”
• “Pay 1,240 dollars to Fjord Freight for invoice 2207”`;

/** What to say or call next, from all that was said and done so far. */
export function answer(prompt: ScriptedPrompt): ScriptedAnswer {
  const last = prompt.at(-1);
  if (last?.role === 'tool') return sayWhatHappened(prompt, partsOf(last, 'tool-result'));
  return understand(
    partsOf(last, 'text')
      .map(({ text }) => text)
      .join(' '),
  );
}

function understand(words: string): ScriptedAnswer {
  const wish = words.trim().replace(/[.!?]+$/, '');
  for (const [pattern, reply] of WISHES) {
    const found = pattern.exec(wish);
    const known = found && reply(found.groups ?? {});
    if (known) return known;
  }
  return ABILITIES;
}

type Groups = Readonly<Record<string, string | undefined>>;

const WISHES: readonly (readonly [RegExp, (groups: Groups) => ScriptedAnswer | undefined])[] = [
  [
    /\b(?:delete|drop|destroy|erase|remove|get rid of)\b(?<what>.+)/i,
    ({ what = '' }) => {
      const databases = namesIn(what);
      if (databases.length === 0) return 'Which database shall I delete?';
      return {
        text: `You want the ${inWords(databases)} gone, so I will delete ${them(databases)}. Somebody else may have to approve that first.`,
        toolCalls: databases.map((database) => call('delete_database', { database })),
      };
    },
  ],
  [
    /\b(?:pay|send|transfer|wire)\b\D*(?<amount>\d[\d,]*(?:\.\d+)?)\s*(?:dollars|usd|\$)?\s+to\s+(?<to>.+?)(?:\s+for\s+(?<reference>.+))?$/i,
    ({ amount = '', to = '', reference = 'no reference' }) => ({
      text: `I will pay $${amount} to ${to} for ${reference}, as you asked.`,
      toolCalls: [
        call('send_payment', { to, amount_usd: Number(amount.replaceAll(',', '')), reference }),
      ],
    }),
  ],
  [
    /\b(?:which|what|list|show|all)\b.*\bdatabases\b/i,
    () => ({ toolCalls: [call('list_databases', {})] }),
  ],
  [
    /\b(?:show|read|query|see|newest|latest|look)\b(?<what>.+)/i,
    ({ what = '' }) => {
      const [database] = namesIn(what);
      return database === undefined
        ? undefined
        : { toolCalls: [call('query_database', { database, limit: 5 })] };
    },
  ],
];

/** Words that are never a database's name. */
const FILLERS =
  /^(?:the|a|an|and|or|me|us|of|in|at|from|to|my|our|all|please|now|rows?|databases?|db|table|tables|newest|latest|last|some|with|called|named|it|this|that|just)$/i;

function namesIn(words: string): string[] {
  const found = words.match(/[\p{L}\p{N}_-]+/gu) ?? [];
  return [...new Set(found.filter((word) => !FILLERS.test(word)))].slice(0, 5);
}

/** An id of its own, since one conversation has many answers. */
function call(toolName: string, input: object): ScriptedToolCall {
  return { toolName, input, toolCallId: `call-${crypto.randomUUID()}` };
}

function sayWhatHappened(prompt: ScriptedPrompt, results: readonly Part[]): string {
  const calls = prompt.flatMap((message) => partsOf(message, 'tool-call'));
  return results
    .map(({ toolCallId, toolName, output }) => {
      const made = calls.find((part) => part.toolCallId === toolCallId);
      const what = made?.input ?? {};
      if (output?.type === 'execution-denied') return refused(toolName, what, output.reason ?? '');
      if (output?.type === 'error-text') return `That failed: ${output.value}`;
      return REPORTS[toolName ?? '']?.(output?.value, what) ?? 'Done.';
    })
    .join('\n\n');
}

// biome-ignore lint/suspicious/noExplicitAny: inputs and outputs of the sample's own tools.
type Loose = any;

const REPORTS: Readonly<Record<string, (output: Loose, input: Loose) => string>> = {
  list_databases: (list: { name: string; rows: number }[]) =>
    `There are ${list.length}: ${list.map(({ name, rows }) => `${name} (${rows} rows)`).join(', ')}.`,
  query_database: (rows: unknown[], { database }) =>
    `Here are the ${rows.length} newest rows of ${database}.`,
  delete_database: ({ deleted, rows }) =>
    `Done: the ${deleted} database is gone, with ${rows} rows.`,
  send_payment: ({ payment, to, amount_usd }) =>
    `Done: ${dollars(amount_usd)} went to ${to}. It is payment ${payment}.`,
};

/** Says why, with the person's own words if it was one who refused. */
function refused(toolName: string | undefined, input: Loose, message: string): string {
  const what =
    toolName === 'send_payment'
      ? `I did not pay ${input.to}`
      : `I did not delete the ${input.database} database`;
  const quoted = /person refused it\. Their reason: ("(?:[^"\\]|\\.)*")/.exec(message)?.[1];
  if (quoted !== undefined) {
    return `${what}. The person who looked at it refused: “${JSON.parse(quoted)}” What shall I do instead?`;
  }
  if (message.includes('nobody decided within')) {
    return `${what}: nobody decided in time, and nobody refused it. The request stays open. Ask me again once it is approved.`;
  }
  const reason = /was not made[.:] (.*?)(?: Repeating it will not help\.)?(?: Request: .*)?$/s.exec(
    message,
  );
  return `${what}. ${reason?.[1] ?? message}`;
}

function inWords(databases: readonly string[]): string {
  const last = databases.at(-1);
  const others = databases.slice(0, -1);
  return others.length === 0 ? `${last} database` : `${others.join(', ')} and ${last} databases`;
}

function them(databases: readonly string[]): string {
  return databases.length === 1 ? 'it' : 'them';
}

function dollars(amount: number): string {
  return amount.toLocaleString('en', { style: 'currency', currency: 'USD' });
}

/** A part of a message, as far as the script reads it. */
interface Part {
  readonly type: string;
  readonly text?: string;
  readonly toolCallId?: string;
  readonly toolName?: string;
  readonly input?: unknown;
  readonly output?: { readonly type: string; readonly value?: unknown; readonly reason?: string };
}

function partsOf(message: ScriptedPromptMessage | undefined, type: string): Part[] {
  const content = Array.isArray(message?.content) ? (message.content as Part[]) : [];
  return content.filter((part) => part.type === type);
}
