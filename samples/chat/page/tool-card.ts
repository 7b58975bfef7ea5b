import type { ApprovalNotice } from '../wire.ts';
import { element, icon } from './dom.ts';
import { inputList, isRecord, outputOf } from './values.ts';

const clock = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
});

/** How a call stands, in words and a shape that says the same. */
interface Standing {
  readonly kind: 'running' | 'waiting' | 'approved' | 'ended';
  readonly icon?: 'clock' | 'check' | 'cross';
  readonly words: string;
  /** A sentence below. */
  readonly more?: string;
  /** Somebody's own words. */
  readonly quote?: string | undefined;
  /** The way to the request; `decide`: somebody is waited for there. */
  readonly link?: { readonly words: string; readonly url: string; readonly decide?: boolean };
}

/** One tool call: what is called with what, how it stands, and what came of it. */
export class ToolCard {
  readonly element: HTMLElement;
  private readonly standing = element('p', { class: 'standing' });
  private readonly details = element('div', { class: 'details' });
  private readonly input = element('div');
  private readonly result = element('div');
  private notice: ApprovalNotice | undefined;

  constructor(toolName: string) {
    this.element = element(
      'div',
      { class: 'card', role: 'group', 'aria-label': `Call of ${toolName}` },
      element(
        'div',
        { class: 'head' },
        element('code', { class: 'tool' }, toolName),
        this.standing,
      ),
      this.input,
      this.details,
      this.result,
    );
    this.show({ kind: 'running', words: 'Running…' });
  }

  showInput(input: unknown): void {
    this.input.replaceChildren(inputList(input));
  }

  showApproval(notice: ApprovalNotice): void {
    this.notice = notice;
    this.show(standingOf(notice));
  }

  showOutput(output: unknown): void {
    if (isDenial(output)) {
      if (!this.notice) {
        this.show({
          kind: 'ended',
          icon: 'cross',
          words: 'Refused by a rule',
          more: output.reason,
        });
      }
      return;
    }
    if (!this.notice) this.show({ kind: 'ended', icon: 'check', words: 'Done' });
    this.result.replaceChildren(outputOf(output));
  }

  showError(words: string): void {
    this.show({ kind: 'ended', icon: 'cross', words: 'Failed', more: words });
  }

  /** The answer was stopped or broke off: what still waited is withdrawn with it. */
  end(): void {
    const { kind } = this.element.dataset;
    if (kind === 'running') this.show({ kind: 'ended', icon: 'cross', words: 'Stopped' });
    if (kind === 'waiting' && this.notice) {
      this.showApproval({ ...this.notice, status: 'withdrawn' });
    }
  }

  private show({ kind, icon: shape, words, more, quote, link }: Standing): void {
    this.element.dataset.kind = kind;
    this.standing.replaceChildren(...(shape ? [icon(shape)] : []), words);
    const details: Node[] = [];
    if (more) details.push(element('p', {}, more));
    if (quote) details.push(element('blockquote', {}, quote));
    if (link) details.push(linkTo(link));
    this.details.replaceChildren(...details);
  }
}

function standingOf({ status, by = 'somebody', words, url, waitsUntil }: ApprovalNotice): Standing {
  const look = { words: 'Look at the request', url };
  switch (status) {
    case 'waiting':
      return {
        kind: 'waiting',
        icon: 'clock',
        words: 'Waiting for approval',
        more: `Somebody else has to decide. The call waits until ${clock.format(waitsUntil)}.`,
        link: { words: 'Decide in the panel', url, decide: true },
      };
    case 'approved':
      return { kind: 'approved', icon: 'check', words: `Approved by ${by}`, quote: words };
    case 'rejected':
      return { kind: 'ended', icon: 'cross', words: `Rejected by ${by}`, quote: words };
    case 'unanswered':
      return {
        kind: 'ended',
        icon: 'clock',
        words: 'Nobody decided in time',
        more: 'Nothing ran. The request stays open: approve it, then ask again.',
        link: look,
      };
    case 'withdrawn':
      return {
        kind: 'ended',
        icon: 'cross',
        words: 'Withdrawn',
        more: 'Nothing ran. The call was called off while it waited.',
      };
    case 'failed':
      return { kind: 'ended', icon: 'cross', words: 'Not approved', quote: words, link: look };
  }
}

function linkTo({ words, url, decide = false }: NonNullable<Standing['link']>): HTMLElement {
  return element(
    'a',
    { href: url, target: '_blank', rel: 'noopener', class: decide ? 'sign' : 'quiet' },
    words,
    element('span', { class: 'vh' }, ' (opens a new tab)'),
  );
}

/** What a gated tool answers where a rule or a person refused. */
function isDenial(output: unknown): output is { readonly reason: string } {
  return isRecord(output) && output.type === 'tool-call-denied';
}
