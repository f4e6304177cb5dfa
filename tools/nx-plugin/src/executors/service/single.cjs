'use strict';
// One task alone: what Nx calls when batches are switched off. The order among several is then lost.
const { join } = require('node:path');
const { load } = require('../../../../stack/bundle.cjs');
const stack = require('../../../../stack/entry.cjs');

const root = join(__dirname, '..', '..', '..', '..', '..');

module.exports = async function single(options, context) {
  const { projectName, targetName } = context;
  const task = { id: projectName, target: { project: projectName, target: targetName } };
  const { runBatch } = load(root, stack, [targetName]);
  const ends = runBatch({ [task.id]: task }, { [task.id]: options }, context.root);
  for await (const { result } of ends) {
    process.stdout.write(result.terminalOutput);
    if (!result.success) return { success: false };
  }
  return { success: true };
};
