// Which way imports may point. `npm run arrows` holds the sources against it; .ci/arrows.ts proves
// on files of its own that every rule here catches what it is for.

import type { IConfiguration } from 'dependency-cruiser';
import { entryPoints } from './entry-points.ts';

/** The rooms of lib/, top floor first. An import may point down or stay in its room. */
const floors = [
  ['cli', 'ai-sdk', 'inbox-http', 'testing'],
  ['config', 'inbox'],
  ['sentinel'],
  // Each ledger stands beside the others and knows none of them; see `ledgers-are-apart`.
  ['ledgers', 'guard'],
  ['approvals'],
  ['base'],
];

/** A room is a folder, or one file of that name. */
const inRooms = (rooms: string[]) => `^lib/(?:${rooms.join('|')})(?:/|[.]ts$)`;

const doors = `^(?:${entryPoints.map(({ source }) => source.replaceAll('.', '[.]')).join('|')})$`;

const packages = (names: string[]) => `(?:^|node_modules/)(?:${names.join('|')})(?:/|$)`;

const floorRules = floors.flatMap((rooms, floor) =>
  rooms
    .filter((room) => room !== 'ledgers')
    .map((room) => ({
      name: `${room}-looks-down`,
      severity: 'error' as const,
      comment: `lib/${room} may import only from its own room and from the floors below.`,
      from: { path: inRooms([room]), pathNot: doors },
      to: {
        path: '^lib/',
        pathNot: [inRooms([room, ...floors.slice(floor + 1).flat()]), doors],
      },
    })),
);

export default {
  forbidden: [
    {
      name: 'no-circle',
      severity: 'error',
      comment: 'Files that import one another in a circle are one file in pieces.',
      from: {},
      to: { circular: true },
    },
    ...floorRules,
    {
      name: 'ledgers-are-apart',
      severity: 'error',
      comment: 'A ledger persists: it knows approvals, never another ledger nor a floor above.',
      from: { path: '^lib/ledgers/([^/.]+)' },
      to: {
        path: '^lib/',
        pathNot: [inRooms(['approvals', 'base']), '^lib/ledgers/$1(?:/|[.]ts$)', doors],
      },
    },
    {
      name: 'entry-points-are-doors',
      severity: 'error',
      comment: 'An entry point is for users; inside, import the file that it re-exports.',
      from: { path: '^lib/' },
      to: { path: doors },
    },
    {
      name: 'every-file-has-a-room',
      severity: 'error',
      comment: 'A file outside the known rooms would escape the rules for them.',
      from: {},
      to: { path: '^lib/', pathNot: [inRooms(floors.flat()), doors] },
    },
    {
      name: 'heart-is-pure',
      severity: 'error',
      comment: 'Rules about approvals and policies know no HTTP, no AI SDK and no database.',
      from: { path: inRooms(['guard', 'approvals', 'base']) },
      to: {
        path: [
          packages(['ai', '@ai-sdk/[^/]+', 'express', 'better-sqlite3', 'pg', '@azure/[^/]+']),
          '^(?:node:)?(?:http|https|http2|net|sqlite)$',
        ],
      },
    },
    {
      name: 'library-stands-alone',
      severity: 'error',
      comment: 'What is published imports nothing that is not.',
      from: { path: '^lib/' },
      to: { path: '^(?:__tests__|samples|bench|dashboard|[.]ci)/' },
    },
    {
      name: 'library-ships-what-it-imports',
      severity: 'error',
      comment: 'A devDependency is not there where the library is installed.',
      from: { path: '^lib/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['npm', 'npm-peer'] },
    },
    {
      name: 'samples-use-the-doors',
      severity: 'error',
      comment: 'A sample shows what a user can write, so it imports the package by its name.',
      from: { path: '^samples/' },
      to: { path: '^lib/', pathNot: doors },
    },
    {
      name: 'dashboard-knows-the-wire-only',
      severity: 'error',
      comment: 'The panel speaks to the API; of the library it knows the wire types.',
      from: { path: '^dashboard/' },
      to: { path: '^lib/', pathNot: '^lib/inbox/wire[.]ts$' },
    },
    {
      name: 'dashboard-takes-types-only',
      severity: 'error',
      comment: 'Code of the library would be shipped to browsers.',
      from: { path: '^dashboard/' },
      to: { path: '^lib/', dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    // Types count: a rule that knows a type of the floor above knows that floor.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    combinedDependencies: false,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
    },
  },
} satisfies IConfiguration;
