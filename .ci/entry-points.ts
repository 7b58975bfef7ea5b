import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './command.ts';

interface PackageJson {
  name: string;
  exports: Record<string, { default: string }>;
  bin?: Record<string, string>;
  dependencies: Record<string, string>;
  peerDependencies: Record<string, string>;
}

export const packageJson: PackageJson = JSON.parse(
  readFileSync(join(root, 'package.json'), 'utf8'),
);

const source = (built: string) => built.replace('./dist/', 'lib/').replace(/\.js$/, '.ts');

/** The doors of the package, from its `exports`: what users write to import each, and its source. */
export const entryPoints = Object.entries(packageJson.exports).map(([key, target]) => ({
  specifier: key.replace('.', packageJson.name),
  source: source(target.default),
}));

/** The sources of the commands in the package's `bin`. */
export const commandSources = Object.values(packageJson.bin ?? {}).map(source);
