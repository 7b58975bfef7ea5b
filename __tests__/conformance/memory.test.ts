import { describe, it } from '@jest/globals';
import { memoryStore } from 'ai-sentinel';
import { storeContract } from 'ai-sentinel/testing';
import { silentLogger } from '../../lib/base/logger.ts';

describe('memoryStore', () => {
  storeContract({
    describe,
    it,
    createStore: ({ clock }) => memoryStore({ clock, logger: silentLogger }),
  });
});
