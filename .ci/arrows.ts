// A rule that never fires looks just like a rule that is kept. Lays out one small file for each
// import that must be refused, and for some that must not, and compares what the rules say.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { command, root } from './command.ts';
import rules from './dependency-cruiser.ts';

interface Import {
  from: string;
  to: string;
  typeOnly?: boolean;
}

/** Imports by the rule that refuses them; under `''`, imports that no rule may refuse. */
const imports: Record<string, Import[]> = {
  '': [
    { from: 'lib/index.ts', to: 'lib/sentinel.ts' },
    { from: 'lib/index.ts', to: 'lib/ledgers/memory.ts' },
    { from: 'lib/express.ts', to: 'lib/inbox/router.ts' },
    { from: 'lib/testing.ts', to: 'lib/ai-sdk/wrap.ts' },
    { from: 'lib/cli/sentinel/main.ts', to: 'lib/config/load.ts' },
    { from: 'lib/cli/sentinel/main.ts', to: 'lib/ledgers/sqlite/open.ts' },
    { from: 'lib/inbox/decide.ts', to: 'lib/sentinel.ts' },
    { from: 'lib/guard/order.ts', to: 'lib/approvals/engine.ts' },
    { from: 'lib/guard/order.ts', to: 'lib/guard/pattern.ts' },
    { from: 'lib/guard/pattern.ts', to: 'micromatch' },
    { from: 'lib/approvals/engine.ts', to: 'lib/base/clock.ts' },
    { from: 'lib/approvals/canonical.ts', to: 'node:crypto' },
    { from: 'lib/ledgers/sqlite/open.ts', to: 'lib/ledgers/sqlite/rows.ts' },
    { from: 'lib/ledgers/sqlite/open.ts', to: 'lib/approvals/ledger.ts' },
    { from: 'lib/ledgers/sqlite/open.ts', to: 'better-sqlite3' },
    { from: 'lib/ai-sdk/wrap.ts', to: 'ai' },
    { from: 'samples/chat/main.ts', to: 'lib/index.ts' },
    { from: '__tests__/guard/order.test.ts', to: 'lib/guard/order.ts' },
    { from: 'lib/approvals/hen.ts', to: 'lib/approvals/egg.ts' },
    { from: 'dashboard/main.tsx', to: 'lib/inbox/wire.ts', typeOnly: true },
  ],
  // A circle is told once, at one of its imports; the other one is above.
  'no-circle': [{ from: 'lib/approvals/egg.ts', to: 'lib/approvals/hen.ts', typeOnly: true }],
  'cli-looks-down': [{ from: 'lib/cli/hook/a.ts', to: 'lib/ai-sdk/wrap.ts' }],
  'ai-sdk-looks-down': [{ from: 'lib/ai-sdk/a.ts', to: 'lib/cli/hook/main.ts' }],
  'inbox-http-looks-down': [{ from: 'lib/inbox-http/a.ts', to: 'lib/ai-sdk/wrap.ts' }],
  'testing-looks-down': [{ from: 'lib/testing/a.ts', to: 'lib/ai-sdk/wrap.ts' }],
  'config-looks-down': [
    { from: 'lib/config/a.ts', to: 'lib/inbox/router.ts' },
    { from: 'lib/config/b.ts', to: 'lib/cli/hook/main.ts' },
  ],
  'inbox-looks-down': [
    { from: 'lib/inbox/a.ts', to: 'lib/ai-sdk/wrap.ts' },
    { from: 'lib/inbox/b.ts', to: 'lib/config/load.ts', typeOnly: true },
  ],
  'sentinel-looks-down': [{ from: 'lib/sentinel.ts', to: 'lib/inbox/router.ts' }],
  'guard-looks-down': [
    { from: 'lib/guard/a.ts', to: 'lib/sentinel.ts', typeOnly: true },
    { from: 'lib/guard/b.ts', to: 'lib/ledgers/memory.ts' },
  ],
  'approvals-looks-down': [
    { from: 'lib/approvals/a.ts', to: 'lib/guard/pattern.ts' },
    { from: 'lib/approvals/b.ts', to: 'lib/ledgers/memory.ts' },
  ],
  'base-looks-down': [{ from: 'lib/base/a.ts', to: 'lib/approvals/ledger.ts', typeOnly: true }],
  'ledgers-are-apart': [
    { from: 'lib/ledgers/sqlite/a.ts', to: 'lib/ledgers/memory.ts' },
    { from: 'lib/ledgers/memory.ts', to: 'lib/guard/pattern.ts' },
    { from: 'lib/ledgers/sqlite/b.ts', to: 'lib/inbox/router.ts', typeOnly: true },
    { from: 'lib/ledgers/sqlite/c.ts', to: 'lib/ai-sdk/wrap.ts' },
  ],
  'entry-points-are-doors': [
    { from: 'lib/inbox/c.ts', to: 'lib/express.ts' },
    { from: 'lib/testing.ts', to: 'lib/index.ts' },
  ],
  'every-file-has-a-room': [{ from: 'lib/index.ts', to: 'lib/stray.ts' }],
  'heart-is-pure': [
    { from: 'lib/approvals/c.ts', to: 'express', typeOnly: true },
    { from: 'lib/approvals/d.ts', to: 'better-sqlite3' },
    { from: 'lib/approvals/e.ts', to: 'pg' },
    { from: 'lib/guard/c.ts', to: 'ai', typeOnly: true },
    { from: 'lib/guard/d.ts', to: 'node:http' },
  ],
  'library-stands-alone': [
    { from: 'lib/inbox/d.ts', to: '__tests__/fixture.ts' },
    { from: 'lib/inbox/e.ts', to: 'samples/chat/model.ts', typeOnly: true },
    { from: 'lib/inbox/f.ts', to: 'bench/clock.ts' },
    { from: 'lib/inbox/g.ts', to: 'dashboard/words.ts' },
  ],
  'library-ships-what-it-imports': [{ from: 'lib/inbox/h.ts', to: 'fast-check' }],
  'samples-use-the-doors': [{ from: 'samples/chat/a.ts', to: 'lib/sentinel.ts' }],
  'dashboard-knows-the-wire-only': [
    { from: 'dashboard/a.ts', to: 'lib/approvals/ledger.ts', typeOnly: true },
  ],
  'dashboard-takes-types-only': [{ from: 'dashboard/b.ts', to: 'lib/inbox/wire.ts' }],
};

const isFile = (path: string) => path.endsWith('.ts') || path.endsWith('.tsx');

async function layOut(folder: string): Promise<void> {
  const files = new Map<string, string>();
  const allImports = Object.values(imports).flat();
  for (const { to } of allImports) if (isFile(to)) files.set(to, 'export const it = 1;\n');
  for (const { from, to, typeOnly } of allImports) {
    const specifier = isFile(to) ? `./${relative(dirname(from), to)}` : to;
    const line = typeOnly
      ? `export type { it } from '${specifier}';\n`
      : `export { it } from '${specifier}';\n`;
    files.set(from, line + (files.get(from) ?? ''));
  }

  const packages = ['ai', 'better-sqlite3', 'express', 'fast-check', 'micromatch'];
  for (const name of packages) {
    files.set(`node_modules/${name}/package.json`, JSON.stringify({ name, main: 'index.js' }));
    files.set(`node_modules/${name}/index.js`, 'exports.it = 1;\n');
  }
  files.set('tsconfig.json', '{}');
  files.set(
    'package.json',
    JSON.stringify({
      dependencies: { 'better-sqlite3': '*', micromatch: '*' },
      peerDependencies: { ai: '*', express: '*' },
      devDependencies: { ai: '*', express: '*', 'fast-check': '*' },
    }),
  );

  for (const [path, text] of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

interface Report {
  summary: { violations: { rule: { name: string }; from: string; to: string }[] };
}

async function refusals(folder: string): Promise<string[]> {
  const config = join(root, '.ci', 'dependency-cruiser.ts');
  const folders = ['lib', 'dashboard', 'samples', '__tests__'];
  const { output } = await command(
    'depcruise',
    ['--config', config, '--output-type', 'json', ...folders],
    { cwd: folder },
  );
  const { summary } = JSON.parse(output) as Report;
  return summary.violations.map(({ rule, from, to }) => line(rule.name, from, to));
}

const line = (rule: string, from: string, to: string) =>
  `${rule}: ${from} -> ${to.replace(/^node_modules\/([^/]+)\/.*$/, '$1').replace(/^(?=http$)/, 'node:')}`;

const folder = await mkdtemp(join(tmpdir(), 'ai-sentinel-arrows-'));
try {
  await layOut(folder);
  const refused = new Set(await refusals(folder));
  const expected = new Set(
    Object.entries(imports).flatMap(([rule, list]) =>
      rule === '' ? [] : list.map(({ from, to }) => line(rule, from, to)),
    ),
  );
  const untried = rules.forbidden.map(({ name }) => name).filter((name) => !imports[name]);

  const complaints = [
    ...[...expected.difference(refused)].map((text) => `not refused: ${text}`),
    ...[...refused.difference(expected)].map((text) => `refused for no reason: ${text}`),
    ...untried.map((name) => `no import tries the rule ${name}`),
  ];
  for (const complaint of complaints) console.error(complaint);
  if (complaints.length > 0) process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}
