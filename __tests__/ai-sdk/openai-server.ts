import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

/** What a server of these tests is to say in one turn: words, and perhaps a call. */
export interface Turn {
  readonly text: string;
  readonly call?: { readonly name: string; readonly arguments: string };
}

/** A body that came to the server. */
export interface WireRequest {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: {
    readonly stream?: boolean;
    readonly messages?: readonly { readonly role: string; readonly content: unknown }[];
    readonly input?: readonly { readonly type?: string; readonly output?: unknown }[];
    readonly tools?: readonly object[];
  };
}

/** Speaks OpenAI's HTTP wire on a free port of the loopback, one turn for each request. */
export async function openaiServer(turns: readonly Turn[]) {
  const requests: WireRequest[] = [];
  const server = createServer(async (request, response) => {
    const received = await wireRequest(request);
    const turn = turns[requests.length];
    requests.push(received);
    const wire = wires[received.path];
    if (!turn || !wire) {
      response.writeHead(404).end();
    } else if (received.body.stream) {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      for (const event of wire.streamed(turn)) response.write(`data: ${event}\n\n`);
      response.end();
    } else {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(wire.whole(turn)));
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    requests,
    baseURL: `http://127.0.0.1:${port}/v1`,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function wireRequest(request: IncomingMessage): Promise<WireRequest> {
  const { authorization } = request.headers;
  const body = (await json(request)) as WireRequest['body'];
  return { path: request.url ?? '', authorization, body };
}

interface Wire {
  whole(turn: Turn): object;
  /** What stands behind `data: ` in each server-sent event. */
  streamed(turn: Turn): Iterable<string>;
}

const CHAT = { id: 'chatcmpl-1', created: 1_700_000_000, model: 'gpt-test' };

const chat: Wire = {
  whole({ text, call }) {
    const toolCall = call && { id: 'call_1', type: 'function', function: call };
    const message = { role: 'assistant', content: text, ...(call && { tool_calls: [toolCall] }) };
    const finish_reason = call ? 'tool_calls' : 'stop';
    return {
      ...CHAT,
      object: 'chat.completion',
      choices: [{ index: 0, message, finish_reason }],
      usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
    };
  },
  *streamed({ text, call }) {
    const chunk = (delta: object, finish_reason: string | null = null) => {
      const choices = [{ index: 0, delta, finish_reason }];
      return JSON.stringify({ ...CHAT, object: 'chat.completion.chunk', choices });
    };
    yield chunk({ role: 'assistant', content: '' });
    for (const content of halves(text)) yield chunk({ content });
    if (call) {
      const start = {
        id: 'call_1',
        type: 'function',
        function: { name: call.name, arguments: '' },
      };
      yield chunk({ tool_calls: [{ index: 0, ...start }] });
      for (const piece of halves(call.arguments)) {
        yield chunk({ tool_calls: [{ index: 0, function: { arguments: piece } }] });
      }
    }
    yield chunk({}, call ? 'tool_calls' : 'stop');
    yield '[DONE]';
  },
};

const RESPONSE = { id: 'resp_1', object: 'response', created_at: 1_700_000_000, model: 'gpt-test' };

function outputItems({ text, call }: Turn) {
  const content = [{ type: 'output_text', text, annotations: [] }];
  const message = { type: 'message', id: 'msg_1', role: 'assistant', status: 'completed', content };
  const functionCall = {
    type: 'function_call',
    id: 'fc_1',
    call_id: 'call_1',
    status: 'completed',
  };
  return call ? [message, { ...functionCall, ...call }] : [message];
}

const responses: Wire = {
  whole: (turn) => ({
    ...RESPONSE,
    status: 'completed',
    error: null,
    incomplete_details: null,
    output: outputItems(turn),
    usage: { input_tokens: 10, output_tokens: 5, total_tokens: 15 },
  }),
  *streamed(turn) {
    const event = (type: string, more: object) => JSON.stringify({ type, ...more });
    const { text, call } = turn;
    yield event('response.created', { response: { ...RESPONSE, status: 'in_progress' } });
    for (const [output_index, item] of outputItems(turn).entries()) {
      const at = { output_index, item_id: item.id };
      const begun = call && item.type === 'function_call' ? { arguments: '' } : { content: [] };
      yield event('response.output_item.added', {
        output_index,
        item: { ...item, ...begun, status: 'in_progress' },
      });
      if (item.type === 'message') {
        for (const delta of halves(text)) {
          yield event('response.output_text.delta', { ...at, content_index: 0, delta });
        }
      } else {
        for (const delta of halves(call?.arguments ?? '')) {
          yield event('response.function_call_arguments.delta', { ...at, delta });
        }
      }
      yield event('response.output_item.done', { output_index, item });
    }
    yield event('response.completed', { response: responses.whole(turn) });
  },
};

const wires: Readonly<Record<string, Wire>> = {
  '/v1/chat/completions': chat,
  '/v1/responses': responses,
};

/** Cut in two, as a network would somewhere. */
function halves(text: string): readonly [string, string] {
  const middle = Math.floor(text.length / 2);
  return [text.slice(0, middle), text.slice(middle)];
}
