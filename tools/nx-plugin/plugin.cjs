'use strict';
// What nx.json names. Plain JavaScript, so that Nx starts no compiler: src/plugin.ts is compiled once.
const { join } = require('node:path');
const { load } = require('../stack/bundle.cjs');
const { plugin } = require('./entries.cjs');

module.exports = load(join(__dirname, '..', '..'), plugin);
