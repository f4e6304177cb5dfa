'use strict';
// One task alone: what Nx calls when batches are switched off. The order among several is then lost.
const { join } = require('node:path');
const { load } = require('../bundle.cjs');

module.exports = async function single(options, context) {
  const { projectName, targetName } = context;
  const task = { id: projectName, target: { project: projectName, target: targetName } };
  const { runBatch } = load(join(__dirname, '..', '..', '..'), 'stack');
  const ends = runBatch({ [task.id]: task }, { [task.id]: options }, context.root);
  for await (const { result } of ends) {
    process.stdout.write(result.terminalOutput);
    if (!result.success) return { success: false };
  }
  return { success: true };
};
