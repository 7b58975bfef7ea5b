import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

describe('the README', () => {
  it('begins with the minimal sample, which another test runs', () => {
    const [, first] = /```ts\n([\s\S]*?)```/.exec(read('README.md')) ?? [];
    expect(first).toBe(read('samples/minimal.ts'));
  });
});
