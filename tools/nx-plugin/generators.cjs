'use strict';
// What generators.json names; src/service/generator.ts is compiled once.
const { join } = require('node:path');

module.exports = require('../stack/bundle.cjs').load(join(__dirname, '..', '..'), 'generators');
