'use strict';
// What generators.json names; their sources are compiled once.
const { join } = require('node:path');

module.exports = require('../stack/bundle.cjs').load(join(__dirname, '..', '..'), 'generators');
