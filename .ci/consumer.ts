// Installs the packed tarball as a user would, but from this repository's node_modules instead of
// the network, and takes every entry point by `import` and by `require()`: it must load, give the
// same names both ways, load no database driver or peer that its user did not ask for, and have
// types that hold, also without the optional peers.
//
//   node .ci/consumer.ts TARBALL

import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { command, root } from './command.ts';
import { entryPoints, packageJson } from './entry-points.ts';

const [tarball] = process.argv.slice(2);
if (!tarball) throw new Error('Usage: node .ci/consumer.ts TARBALL');

const { name } = packageJson;
const peers = Object.keys(packageJson.peerDependencies);

/** What only those may load who import an entry point that is made for it. */
const onlyOnDemand = new Set([...peers, '@azure/identity', 'better-sqlite3', 'node:sqlite', 'pg']);
const mayLoad: Record<string, string> = {
  [`${name}/express`]: 'express',
  [`${name}/stores/entra-pim`]: '@azure/identity',
  [`${name}/stores/postgres`]: 'pg',
  [`${name}/stores/sqlite`]: 'better-sqlite3',
};

const complaints: string[] = [];
const folder = await mkdtemp(join(tmpdir(), 'ai-sentinel-consumer-'));
try {
  await unpack(tarball);
  await link('@types/node', ...Object.keys(packageJson.dependencies));
  const withoutPeers = entryPoints.filter(({ specifier }) => !mayLoad[specifier]);
  // Declarations may name a peer that is not there; it must not disturb who leaves them unchecked.
  await typeCheck(withoutPeers, { skipLibCheck: true });

  await link('@types/express', ...peers);
  await typeCheck(entryPoints, { skipLibCheck: false });
  for (const { specifier } of entryPoints) await takeBothWays(specifier);
} finally {
  await rm(folder, { recursive: true, force: true });
}
for (const complaint of complaints) console.error(complaint);
if (complaints.length > 0) process.exitCode = 1;

async function unpack(archive: string): Promise<void> {
  const target = join(folder, 'node_modules', name);
  await mkdir(target, { recursive: true });
  const args = ['-xzf', archive, '-C', target, '--strip-components=1'];
  const { ok, output } = await command('tar', args);
  if (!ok) throw new Error(output);
  for (const file of ['probe.cjs', 'user.ts']) {
    await copyFile(join(root, '.ci', 'consumer', file), join(folder, file));
  }
}

async function link(...packages: string[]): Promise<void> {
  for (const needed of packages) {
    const target = join(folder, 'node_modules', needed);
    await mkdir(dirname(target), { recursive: true });
    await symlink(join(root, 'node_modules', needed), target, 'dir');
  }
}

async function takeBothWays(specifier: string): Promise<void> {
  const [imported, required] = [await take('import', specifier), await take('require', specifier)];
  if (!imported || !required) return;

  if (imported.names.length === 0) complaints.push(`${specifier} exports nothing`);
  if (imported.names.join() !== required.names.join()) {
    complaints.push(`${specifier}: import and require() give different names`);
  }
  const needless = new Set([...imported.loaded, ...required.loaded].map(packageOf));
  for (const loaded of needless) {
    if (onlyOnDemand.has(loaded) && mayLoad[specifier] !== loaded) {
      complaints.push(`${specifier} loads ${loaded}, which its user may not have or want`);
    }
  }
}

interface Taken {
  names: string[];
  loaded: string[];
}

async function take(how: 'import' | 'require', specifier: string): Promise<Taken | undefined> {
  const { ok, output } = await command('node', ['probe.cjs', how, specifier], { cwd: folder });
  try {
    // Anything beside the report, such as a warning on stderr, is no good either.
    if (ok) return JSON.parse(output) as Taken;
  } catch {}
  complaints.push(`${how} of ${specifier} fails:\n${output}`);
  return undefined;
}

/** The package that a loaded URL belongs to; a built-in module is its own. */
function packageOf(url: string): string {
  const inPackage = url.split('/node_modules/').at(-1) ?? url;
  if (inPackage === url) return url;
  return inPackage
    .split('/')
    .slice(0, inPackage.startsWith('@') ? 2 : 1)
    .join('/');
}

async function typeCheck(
  entries: typeof entryPoints,
  { skipLibCheck }: { skipLibCheck: boolean },
): Promise<void> {
  const everything = entries
    .map(({ specifier }, index) => `export * as entry${index} from '${specifier}';\n`)
    .join('');
  await writeFile(join(folder, 'everything.ts'), everything);
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));

  const resolutions = { nodenext: 'nodenext', bundler: 'esnext' };
  const checks = Object.entries(resolutions).map(async ([moduleResolution, module]) => {
    const compilerOptions = {
      module,
      moduleResolution,
      target: 'es2024',
      lib: ['es2024'],
      types: ['node'],
      strict: true,
      exactOptionalPropertyTypes: true,
      noEmit: true,
      skipLibCheck,
    };
    const project = join(folder, `tsconfig.${moduleResolution}.json`);
    await writeFile(
      project,
      JSON.stringify({ compilerOptions, files: ['everything.ts', 'user.ts'] }),
    );
    const { ok, output } = await command('tsc', ['-p', project, '--pretty', 'false'], {
      cwd: folder,
    });
    const ours = output.split('\n').filter(isOurs).join('\n');
    if (!ok && ours) complaints.push(`Types with ${moduleResolution} resolution:\n${ours}`);
  });
  await Promise.all(checks);
}

/** Not an error inside another package's declarations: `ai` has some. */
function isOurs(line: string): boolean {
  return /^(?:error|[a-z]+\.ts)\b/.test(line) || line.startsWith(`node_modules/${name}/`);
}
