import { createOpenAI } from '@ai-sdk/openai';
import type { LanguageModel } from 'ai';
import { scriptedModel } from 'ai-sentinel/testing';
import { answer } from './script.ts';

/** A model, and what to call it on the page. */
export interface ChosenModel {
  readonly label: string;
  readonly isScripted: boolean;
  /** One for each answer: a scripted model remembers all it has read. */
  readonly create: () => LanguageModel;
}

/** OpenAI's with `OPENAI_API_KEY` (and `OPENAI_MODEL`, if another is wanted), else the script. */
export function chooseModel({ OPENAI_API_KEY, OPENAI_MODEL }: NodeJS.ProcessEnv): ChosenModel {
  if (OPENAI_API_KEY) {
    const model = createOpenAI({ apiKey: OPENAI_API_KEY })(OPENAI_MODEL || 'gpt-5.4-mini');
    return { label: `OpenAI ${model.modelId}`, isScripted: false, create: () => model };
  }
  return {
    label: 'Scripted local model, no key',
    isScripted: true,
    create: () => scriptedModel({ answers: answer }),
  };
}
