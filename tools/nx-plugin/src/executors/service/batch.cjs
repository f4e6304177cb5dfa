'use strict';
// Nx's batch executor: gets every selected render, deploy and verify at once, in one process; the program's
// run-batch.ts does the work. Plain JavaScript, so that Nx starts no compiler.
const { join } = require('node:path');
const { keepCompiled, load } = require('../../../../stack/bundle.cjs');
const stack = require('../../../../stack/entry.cjs');

const root = join(__dirname, '..', '..', '..', '..', '..');

module.exports = async function* batch(graph, inputs, _overrides, context) {
  try {
    const verbs = new Set(Object.values(graph.tasks).map(({ target }) => target.target));
    yield* load(root, stack, [...verbs]).runBatch(graph.tasks, inputs, context.root);
  } finally {
    // Nx ends this process with a signal.
    keepCompiled();
  }
};
