// Requests that `fetch` would not send: with headers of one's own and no others, cut short, or with
// bytes that are no HTTP.

import { request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

/** Sends a request with exactly these headers, and `Host`. */
export function rawRequest(
  port: number,
  options: {
    readonly method: string;
    readonly path: string;
    readonly headers: Record<string, string>;
    readonly body?: Uint8Array | string;
  },
): Promise<{
  status: number;
  headers: NodeJS.Dict<string | string[]>;
  text: string;
  json: unknown;
}> {
  const { body, ...rest } = options;
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, agent: false, ...rest }, async (answer) => {
      const said = await text(answer);
      const isJson = /[/+]json/.test(answer.headers['content-type'] ?? '');
      const { statusCode: status = 0, headers } = answer;
      resolve({ status, headers, text: said, json: isJson ? JSON.parse(said) : undefined });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Sends bytes as they are; what comes back until the server closes the connection. */
export function rawBytes(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.end(bytes);
  return text(socket);
}
