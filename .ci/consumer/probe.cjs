// Runs in a folder where the packed package is installed: takes one entry point the way it is told
// and reports what it exports and every file that was loaded for it.

const { registerHooks } = require('node:module');

const [, , how, specifier] = process.argv;

const loaded = [];
registerHooks({
  load(url, context, next) {
    loaded.push(url);
    return next(url, context);
  },
});

async function probe() {
  const entry = how === 'import' ? await import(specifier) : require(specifier);
  process.stdout.write(JSON.stringify({ names: Object.keys(entry).sort(), loaded }));
}

void probe();
