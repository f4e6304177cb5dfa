#!/usr/bin/env node
'use strict';
// The command line. It may be called from any folder of the workspace; main.ts does the work.
const { join } = require('node:path');

try {
  require('./bundle.cjs')
    .load(join(__dirname, '..', '..'), require('./entry.cjs'), process.argv.slice(2, 3))
    .main();
} catch (error) {
  process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
