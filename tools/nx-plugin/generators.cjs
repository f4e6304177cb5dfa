'use strict';
// What generators.json names; their sources are compiled once.
const { join } = require('node:path');
const { load } = require('../stack/bundle.cjs');
const { generators } = require('./entries.cjs');

module.exports = load(join(__dirname, '..', '..'), generators);
