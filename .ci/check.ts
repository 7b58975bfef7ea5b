// Everything that must hold, in one run: static checks first, then every test. Goes on after a
// failure, so that one run tells all that is wrong. The last line counts: `N passed, N failed`.
//
//   npm test                      everything
//   npm test -- lint arrows       these steps only

import { rmSync } from 'node:fs';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { command, type Outcome, root } from './command.ts';

const scratch = await mkdtemp(join(tmpdir(), 'ai-sentinel-check-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));

const env = {
  // Whatever a check leaves behind, also when it is interrupted, goes with the scratch folder.
  TMPDIR: scratch,
  // Compilers keep their compiled selves from one run to the next.
  NODE_COMPILE_CACHE: join(root, 'node_modules', '.cache', 'node'),
};
const tool = (name: string, ...args: string[]) => command(name, args, { env });
const script = (name: string) => tool('node', '--run', name);

const staticChecks: Record<string, () => Promise<Outcome>> = {
  build: () => script('build'),
  typecheck: () => script('typecheck'),
  lint: () => script('lint'),
  arrows: () => script('arrows'),
  knip: () => script('knip'),
  publint: () => withTarball((tarball) => tool('publint', 'run', tarball, '--strict')),
  attw: () => withTarball((tarball) => tool('attw', tarball, '--profile', 'esm-only')),
  consumer: () => withTarball((tarball) => tool('node', '.ci/consumer.ts', tarball)),
};

let packing: Promise<Outcome> | undefined;

async function withTarball(check: (tarball: string) => Promise<Outcome>): Promise<Outcome> {
  packing ??= tool('npm', 'pack', '--ignore-scripts', '--silent', '--pack-destination', scratch);
  const packed = await packing;
  return packed.ok ? check(join(scratch, packed.output.trim())) : packed;
}

interface Count {
  passed: number;
  failed: number;
}

/** What Jest writes with --json, as far as it is counted here. */
interface JestReport {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  numRuntimeErrorTestSuites: number;
}

async function runTests(): Promise<Count> {
  const report = join(scratch, 'jest.json');
  const args = ['--ci', '--json', `--outputFile=${report}`];
  const { ok } = await command('node', ['--run', 'test:unit', '--', ...args], { live: true });
  return readFile(report, 'utf8').then(
    (text) => count(JSON.parse(text), ok),
    () => ({ passed: 0, failed: 1 }),
  );
}

function count(report: JestReport, ok: boolean): Count {
  const passed = report.numPassedTests;
  // A test that is skipped proves nothing, and a file that does not load hides its tests.
  const failed =
    report.numFailedTests +
    report.numPendingTests +
    report.numTodoTests +
    report.numRuntimeErrorTestSuites;
  const failedOtherwise = failed === 0 && (!ok || passed === 0);
  return { passed, failed: failedOtherwise ? 1 : failed };
}

const known = [...Object.keys(staticChecks), 'tests'];
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  console.error(`No step ${unknown.join(', ')}. There are: ${known.join(', ')}.`);
  console.error('For some of the tests: npm run test:unit -- PATTERN');
  process.exit(1);
}
const wanted = (name: string) => asked.length === 0 || asked.includes(name);

const total: Count = { passed: 0, failed: 0 };

for (const [name, check] of Object.entries(staticChecks)) {
  if (!wanted(name)) continue;
  const start = performance.now();
  const { ok, output } = await check();
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${ok ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`);
  if (!ok) console.log(output);
  total[ok ? 'passed' : 'failed'] += 1;
}

if (wanted('tests')) {
  const { passed, failed } = await runTests();
  total.passed += passed;
  total.failed += failed;
}

console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 ? 0 : 1;
