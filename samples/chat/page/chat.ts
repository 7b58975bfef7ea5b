import type { About, ChatChunk } from '../wire.ts';
import { Answer } from './answer.ts';
import { byId, element } from './dom.ts';
import { answerTo } from './stream.ts';

const scroll = byId('scroll', HTMLElement);
const log = byId('log', HTMLElement);
const composer = byId('composer', HTMLFormElement);
const text = byId('text', HTMLTextAreaElement);
const send = byId('send', HTMLButtonElement);
const status = byId('status', HTMLElement);

/** One conversation for each time the page is opened; the server keeps what was said in it. */
const chatId = crypto.randomUUID();

/** The answer on its way. */
let running: AbortController | undefined;

async function ask(words: string): Promise<void> {
  byId('welcome', HTMLElement).hidden = true;
  const heading = element('h2', { class: 'vh' }, 'You');
  log.append(element('article', { class: 'you' }, heading, element('p', {}, words)));
  const answer = new Answer();
  log.append(answer.element);
  scrollToEnd();

  running = new AbortController();
  const { signal } = running;
  showWhetherRunning();
  try {
    for await (const chunk of answerTo({ chatId, text: words }, signal)) {
      keepingToTheEnd(() => answer.add(chunk));
      announce(chunk);
    }
  } catch (error) {
    if (!signal.aborted) {
      answer.fail(failureInWords(error));
      // Nothing typed is lost, unless something else has been typed by now.
      if (text.value === '') text.value = words;
    }
  }
  running = undefined;
  showWhetherRunning();
  keepingToTheEnd(() => answer.end({ stopped: signal.aborted }));
}

function failureInWords(error: unknown): string {
  // What `fetch` and a cut stream throw says nothing to people.
  if (error instanceof TypeError) return 'The server cannot be reached. Is it still running?';
  return error instanceof Error ? error.message : String(error);
}

function showWhetherRunning(): void {
  send.textContent = running ? 'Stop' : 'Send';
  send.classList.toggle('stop', running !== undefined);
}

/** The log is read out when an answer is complete; a wait is news before that. */
function announce(chunk: ChatChunk): void {
  if (chunk.type !== 'data-approval') return;
  const { status: standing, by } = chunk.data;
  status.textContent =
    standing === 'waiting' ? 'Waiting for approval' : `${standing}${by ? ` by ${by}` : ''}`;
}

/** Follows what is added, unless somebody has scrolled up to read. */
function keepingToTheEnd(change: () => void): void {
  const distance = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight;
  change();
  if (distance < 80) scrollToEnd();
}

function scrollToEnd(): void {
  scroll.scrollTop = scroll.scrollHeight;
}

composer.addEventListener('submit', (event) => {
  event.preventDefault();
  if (running) {
    running.abort();
    return;
  }
  const words = text.value.trim();
  if (words === '') return;
  text.value = '';
  void ask(words);
});

text.addEventListener('keydown', (event) => {
  // Enter also ends the composition of a character, and then sends nothing.
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  if (!running) composer.requestSubmit();
});

for (const example of byId('examples', HTMLElement).querySelectorAll('button')) {
  example.addEventListener('click', () => {
    if (running) return;
    text.focus();
    void ask(example.textContent);
  });
}

async function introduce(): Promise<void> {
  const about = (await (await fetch('about')).json()) as About;
  byId('model', HTMLElement).textContent = about.model;
  byId('caller', HTMLElement).textContent = about.caller;
  byId('approver', HTMLElement).textContent = about.approver;
  byId('panel', HTMLAnchorElement).href = about.panel;
}

void introduce();
text.focus();
