import type { ModelMessage } from 'ai';

const MOST_CONVERSATIONS = 100;

/** A conversation, for as long as the server runs. */
export interface Conversation {
  readonly messages: ModelMessage[];
  /** An answer is on its way; another one now would mix with it. */
  isBusy: boolean;
}

/** Finds conversations, or begins them; the ones not spoken in for longest are forgotten. */
export function rememberedConversations(): (chatId: string) => Conversation {
  const conversations = new Map<string, Conversation>();
  return (chatId) => {
    const conversation = conversations.get(chatId) ?? { messages: [], isBusy: false };
    conversations.delete(chatId);
    conversations.set(chatId, conversation);
    const [oldest] = conversations.keys();
    if (conversations.size > MOST_CONVERSATIONS && oldest) conversations.delete(oldest);
    return conversation;
  };
}
