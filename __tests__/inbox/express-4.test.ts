// Everything that the other tests of the inbox say, once more where Express is version 4: nothing in
// it waits for a promise, bodies are read by older code, and routes are matched in other ways.

import { expect, jest, test } from '@jest/globals';

// @ts-expect-error: it brings no types of its own.
const { default: express4 } = await import('express-v4');
jest.unstable_mockModule('express', () => ({ default: express4 }));

test('it is version 4, for the app and for the router', async () => {
  const { default: express } = await import('express');
  expect(express).toBe(express4);
  // Only there, and gone since.
  expect(express()).toHaveProperty('lazyrouter');
});

await import('./bodies.test.ts');
await import('./construction.test.ts');
await import('./decisions.test.ts');
await import('./event-streams-end.test.ts');
await import('./events.test.ts');
await import('./failing-store.test.ts');
await import('./fuzz.test.ts');
await import('./listing.test.ts');
await import('./origin.test.ts');
await import('./panel-files.test.ts');
await import('./routes.test.ts');
await import('./slow-clients.test.ts');
