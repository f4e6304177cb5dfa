'use strict';
// The programs of Nx's plugin for bundle.cjs. They are apart from `stack` so that an error in a service stops neither
// Nx's graph nor the generators, and so that Nx's own process reads no more than the plugin.

exports.plugin = {
  name: 'plugin',
  entry: () => ["module.exports = require('./tools/nx-plugin/src/plugin.ts');"],
};

exports.generators = {
  name: 'generators',
  entry: () => [
    "exports.service = (...args) => require('./tools/nx-plugin/src/generators/service/generator.ts').default(...args);",
    "exports.environment = (...args) => require('./tools/nx-plugin/src/generators/environment/generator.ts').default(...args);",
  ],
};
