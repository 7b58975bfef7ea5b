import type { ApprovalNotice, ChatChunk } from '../wire.ts';
import { element } from './dom.ts';
import { ToolCard } from './tool-card.ts';

/** One answer of the assistant, growing as it comes in. */
export class Answer {
  readonly element = element(
    'article',
    { class: 'answer', 'aria-busy': 'true' },
    element('h2', { class: 'vh' }, 'The assistant'),
  );
  private readonly texts = new Map<string, HTMLElement>();
  private readonly cards = new Map<string, ToolCard>();
  /** A wait can begin before its call has made its way here through the words said before it. */
  private readonly early = new Map<string, ApprovalNotice>();

  add(chunk: ChatChunk): void {
    switch (chunk.type) {
      case 'text-start':
        this.texts.set(chunk.id, this.append(element('p', { class: 'said' })));
        break;
      case 'text-delta':
        this.texts.get(chunk.id)?.append(chunk.delta);
        break;
      case 'tool-input-start':
        this.card(chunk.toolCallId, chunk.toolName);
        break;
      case 'tool-input-available':
        this.card(chunk.toolCallId, chunk.toolName).showInput(chunk.input);
        break;
      case 'tool-input-error':
        this.card(chunk.toolCallId, chunk.toolName).showError(chunk.errorText);
        break;
      case 'data-approval': {
        const card = this.cards.get(chunk.data.toolCallId);
        if (card) card.showApproval(chunk.data);
        else this.early.set(chunk.data.toolCallId, chunk.data);
        break;
      }
      case 'tool-output-available':
        this.cards.get(chunk.toolCallId)?.showOutput(chunk.output);
        break;
      case 'tool-output-error':
        this.cards.get(chunk.toolCallId)?.showError(chunk.errorText);
        break;
      case 'error':
        this.fail(chunk.errorText);
        break;
    }
  }

  fail(words: string): void {
    this.append(element('p', { class: 'error', role: 'alert' }, words));
  }

  /** Nothing more comes. */
  end({ stopped }: { readonly stopped: boolean }): void {
    for (const card of this.cards.values()) card.end();
    if (stopped) this.append(element('p', { class: 'note' }, 'You stopped this answer.'));
    this.element.removeAttribute('aria-busy');
  }

  private card(toolCallId: string, toolName: string): ToolCard {
    const known = this.cards.get(toolCallId);
    if (known) return known;
    const card = new ToolCard(toolName);
    this.cards.set(toolCallId, card);
    this.append(card.element);
    const notice = this.early.get(toolCallId);
    if (notice) card.showApproval(notice);
    return card;
  }

  private append(child: HTMLElement): HTMLElement {
    this.element.append(child);
    return child;
  }
}
