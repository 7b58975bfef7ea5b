// Every benchmark, one after the other, in one process: `npm run bench`. Exits with 1 when a figure
// is not below what it has to stay below. Names given as arguments choose among them.

import { generateTextBenchmark } from './generate-text.ts';
import { guardBenchmark } from './guard.ts';
import type { Figure } from './measure.ts';
import { waitingBenchmark } from './waiting.ts';

const BENCHMARKS = {
  guard: guardBenchmark,
  'generate-text': generateTextBenchmark,
  waiting: waitingBenchmark,
};

const chosen = process.argv.slice(2);
const misses: string[] = [];
for (const [name, { question, run }] of Object.entries(BENCHMARKS)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  console.log(`\n${name}: ${question}`);
  for (const figure of await run()) {
    console.log(`  ${line(figure)}`);
    if (isMissed(figure)) misses.push(`${name}: ${figure.name}`);
  }
}
if (misses.length > 0) {
  console.log(`\nNot reached: ${misses.join('; ')}`);
  process.exitCode = 1;
}

function line(figure: Figure): string {
  const { name, value, unit, below } = figure;
  const bound = below === undefined ? '' : `  (below ${below.toFixed(2)})`;
  const miss = isMissed(figure) ? '  NOT REACHED' : '';
  return `${name.padEnd(34)}${value.toFixed(2).padStart(10)} ${unit}${bound}${miss}`;
}

function isMissed({ value, below }: Figure): boolean {
  return below !== undefined && !(value < below);
}
