import type { ChatChunk, ChatRequest } from '../wire.ts';

/**
 * Posts a message; what comes back is the AI SDK's UI message stream, piece by piece.
 *
 * @throws an Error with words for the page
 */
export async function* answerTo(
  request: ChatRequest,
  signal: AbortSignal,
): AsyncGenerator<ChatChunk> {
  const response = await fetch('chat', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(request),
    signal,
  });
  if (!response.ok || !response.body) throw new Error(await response.text());
  yield* chunksOf(response.body.pipeThrough(new TextDecoderStream()));
}

/** Server-sent events whose data is JSON. Comments keep the connection alive and say nothing. */
async function* chunksOf(stream: ReadableStream<string>): AsyncGenerator<ChatChunk> {
  const reader = stream.getReader();
  let pending = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) throw new Error('The answer broke off.');
    const events = (pending + value).split('\n\n');
    pending = events.pop() ?? '';
    for (const event of events) {
      if (!event.startsWith('data: ')) continue;
      const data = event.slice('data: '.length);
      if (data === '[DONE]') return;
      yield JSON.parse(data) as ChatChunk;
    }
  }
}
