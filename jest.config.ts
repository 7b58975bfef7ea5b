import type { Config } from 'jest';

export default {
  testMatch: ['<rootDir>/__tests__/**/*.test.ts'],
  roots: ['<rootDir>/__tests__'],
  // Not the system's temp folder, where it would stay behind.
  cacheDirectory: '<rootDir>/node_modules/.cache/jest',
  maxWorkers: 2,
  extensionsToTreatAsEsm: ['.ts', '.tsx'],
  moduleNameMapper: {
    '^ai-sentinel$': '<rootDir>/lib/index.ts',
    '^ai-sentinel/(.*)$': '<rootDir>/lib/$1.ts',
  },
  transform: {
    '\\.tsx?$': [
      'ts-jest',
      {
        useESM: true,
        tsconfig: {
          // One file at a time and unchecked; `npm run typecheck` does the checking.
          isolatedModules: true,
          // Jest finds './x.ts' as it is written; rewritten to './x.js' it would find nothing.
          rewriteRelativeImportExtensions: false,
          allowImportingTsExtensions: true,
        },
      },
    ],
  },
} satisfies Config;
