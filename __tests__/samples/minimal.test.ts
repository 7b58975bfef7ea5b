import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from '@jest/globals';

const root = resolve(import.meta.dirname, '../..');

/** The sample's output, with `typed` on its standard input, which then ends. */
async function output(typed: string): Promise<string> {
  const sample = spawn(process.execPath, ['samples/minimal.ts'], { cwd: root });
  sample.stdin.end(typed);
  const [stdout, stderr, [code]] = await Promise.all([
    text(sample.stdout),
    text(sample.stderr),
    once(sample, 'close'),
  ]);
  expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
  return stdout;
}

const question = "May alice's agent call delete_database? { name: 'orders' }\n";

test('approved: the tool runs', async () => {
  expect(await output('y\n')).toBe(`${question}Databases: customers\n`);
});

test.each([
  ['rejected', 'Not before Friday.\n', 'a person refused it. Their reason: "Not before Friday."'],
  [
    'nobody at the terminal',
    '',
    'the request for it was withdrawn. The reason: "Nobody answered."',
  ],
  ['an empty line', '\n', 'the request for it was withdrawn. The reason: "Nobody answered."'],
])('%s: the tool does not run, and the model is told why', async (_, typed, reason) => {
  const [asked, told, left] = (await output(typed)).split('\n');

  expect(`${asked}\n`).toBe(question);
  expect(told).toContain(reason);
  expect(left).toBe('Databases: orders customers');
});

test('is short enough to be the first code anybody reads', async () => {
  const source = await readFile(resolve(root, 'samples/minimal.ts'), 'utf8');

  expect(source.trimEnd().split('\n').length).toBeLessThan(40);
});
