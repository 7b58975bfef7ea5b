// Installs the packed tarball as a user would, but from this repository's node_modules instead of
// the network, and takes every entry point by `import` and by `require()`: it must load, give the
// same names both ways, and load no database driver or peer that its caller did not ask for. Then
// type-checks a user's file against the packed types.
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

/** Types that a user of an optional peer has beside it, and those that every user has. */
const userTypes = ['@types/express', '@types/node'];

const complaints: string[] = [];
const folder = await mkdtemp(join(tmpdir(), 'ai-sentinel-consumer-'));
try {
  await install(tarball);
  for (const { specifier } of entryPoints) await takeBothWays(specifier);
  await typeCheck();
} finally {
  await rm(folder, { recursive: true, force: true });
}
for (const complaint of complaints) console.error(complaint);
if (complaints.length > 0) process.exitCode = 1;

async function install(archive: string): Promise<void> {
  const target = join(folder, 'node_modules', name);
  await mkdir(target, { recursive: true });
  const { ok, output } = await command('tar', [
    '-xzf',
    archive,
    '-C',
    target,
    '--strip-components=1',
  ]);
  if (!ok) throw new Error(output);

  for (const needed of [...Object.keys(packageJson.dependencies), ...peers, ...userTypes]) {
    const link = join(folder, 'node_modules', needed);
    await mkdir(dirname(link), { recursive: true });
    await symlink(join(root, 'node_modules', needed), link, 'dir');
  }
  await copyFile(join(root, '.ci', 'consumer', 'probe.cjs'), join(folder, 'probe.cjs'));
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

async function typeCheck(): Promise<void> {
  // Every entry point at least by name, so that its types are read to the end.
  const everything = entryPoints
    .map(({ specifier }, index) => `export * as entry${index} from '${specifier}';\n`)
    .join('');
  await writeFile(join(folder, 'everything.ts'), everything);
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
  await copyFile(join(root, '.ci', 'consumer', 'user.ts'), join(folder, 'user.ts'));

  for (const [module, moduleResolution] of [
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ]) {
    await writeFile(
      join(folder, 'tsconfig.json'),
      JSON.stringify({
        compilerOptions: {
          module,
          moduleResolution,
          target: 'es2024',
          types: ['node'],
          strict: true,
          exactOptionalPropertyTypes: true,
          noEmit: true,
          // The package's own declarations are what is checked here.
          skipLibCheck: false,
        },
        files: ['everything.ts', 'user.ts'],
      }),
    );
    const { ok, output } = await command('tsc', ['-p', folder, '--pretty', 'false']);
    if (!ok) complaints.push(`A user's file with moduleResolution ${moduleResolution}:\n${output}`);
  }
}
