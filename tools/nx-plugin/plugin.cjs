'use strict';
// What nx.json names. Plain JavaScript, so that Nx starts no compiler: src/plugin.ts is compiled once.
const { join } = require('node:path');

module.exports = require('../stack/bundle.cjs').load(join(__dirname, '..', '..'), 'plugin');
