import type { KnipConfig } from 'knip';
import { commandSources, entryPoints } from './entry-points.ts';

export default {
  entry: [
    ...entryPoints.map(({ source }) => source),
    ...commandSources,
    'samples/*.ts',
    'samples/*/main.ts',
    'samples/*/page/chat.ts',
    'bench/main.ts',
    '.ci/{arrows,build,check,consumer}.ts',
    '.ci/consumer/*',
  ],
  project: ['{lib,dashboard,samples,bench,__tests__,.ci}/**/*.{ts,tsx}', '*.ts'],
  // A type that only signatures of its own file use is exported for whoever needs to name it.
  ignoreExportsUsedInFile: { interface: true, type: true },
  vite: { config: 'dashboard/vite.config.ts', entry: 'dashboard/main.tsx' },
  ignoreDependencies: [
    // Commands that .ci/check.ts starts.
    '@arethetypeswrong/cli',
    'publint',
  ],
} satisfies KnipConfig;
