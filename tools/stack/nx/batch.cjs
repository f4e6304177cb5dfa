'use strict';
// Nx's batch executor: gets every selected render, deploy and verify at once, in one process; src/nx/run-batch.ts does the
// work. Plain JavaScript, so that Nx starts no compiler.
const { join } = require('node:path');
const { keepCompiled, load } = require('../bundle.cjs');

module.exports = async function* batch(graph, inputs, _overrides, context) {
  try {
    yield* load(join(__dirname, '..', '..', '..'), 'stack').runBatch(
      graph.tasks,
      inputs,
      context.root,
    );
  } finally {
    // Nx ends this process with a signal.
    keepCompiled();
  }
};
