// The entry point for tests: what stands in for the world around a sentinel.

export { type FakeClock, fakeClock } from './testing/fake-clock.ts';
export {
  type AiMajor,
  type ScriptedAnswer,
  type ScriptedAnswerer,
  type ScriptedModel,
  type ScriptedModelCall,
  type ScriptedModelOptions,
  type ScriptedPrompt,
  type ScriptedPromptMessage,
  type ScriptedResult,
  type ScriptedStreamPart,
  type ScriptedToolCall,
  scriptedModel,
} from './testing/scripted-model.ts';
export { type StoreContractOptions, storeContract } from './testing/store-contract.ts';
