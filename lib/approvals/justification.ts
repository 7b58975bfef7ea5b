/**
 * Where the words come from that say why a call is wanted: the call itself or the assistant's
 * message (an agent's words, which nobody has checked), the app's own code, the user's last
 * message, or the template.
 */
export type JustificationSource = 'call' | 'app' | 'assistant' | 'user' | 'template';

/** Why a call is wanted, and who says so. */
export interface Justification {
  readonly text: string;
  readonly source: JustificationSource;
}

/** One message of the conversation a call came out of. */
export interface ConversationMessage {
  readonly role: 'user' | 'assistant';
  readonly text: string;
}

/** The default of `justificationTemplate`; `{tool}` becomes the tool's name. */
export const JUSTIFICATION_TEMPLATE = 'AI agent invocation: {tool}';

/** The template's words for a tool. */
export function justificationFromTemplate(template: string, toolName: string): Justification {
  return { text: template.replaceAll('{tool}', () => toolName), source: 'template' };
}

/**
 * What the conversation says: the assistant's words in the step that made the call (then they are
 * its last message), else the user's last message.
 */
export function justificationFromConversation(
  conversation: readonly ConversationMessage[],
): Justification | undefined {
  const last = conversation.at(-1);
  if (last?.role === 'assistant' && !isBlank(last.text)) {
    return { text: last.text, source: 'assistant' };
  }
  const asked = conversation.findLast(({ role, text }) => role === 'user' && !isBlank(text));
  return asked && { text: asked.text, source: 'user' };
}

/** Whether a justification says nothing. */
export function isBlank(text: string): boolean {
  return text.trim() === '';
}
