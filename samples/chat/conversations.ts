import type { ModelMessage } from 'ai';

const MOST_CONVERSATIONS = 100;

/** A conversation, for as long as the server runs. */
export interface Conversation {
  readonly messages: ModelMessage[];
  /** The answer before is complete, or stopped; another one meanwhile would mix with it. */
  answered: Promise<void>;
}

/** Finds conversations, or begins them; the ones not spoken in for longest are forgotten. */
export function rememberedConversations(): (chatId: string) => Conversation {
  const conversations = new Map<string, Conversation>();
  return (chatId) => {
    const conversation = conversations.get(chatId) ?? { messages: [], answered: Promise.resolve() };
    conversations.delete(chatId);
    conversations.set(chatId, conversation);
    const [oldest] = conversations.keys();
    if (conversations.size > MOST_CONVERSATIONS && oldest) conversations.delete(oldest);
    return conversation;
  };
}
