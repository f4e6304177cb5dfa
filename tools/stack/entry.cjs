'use strict';
// The program `stack` for bundle.cjs: the command line, and the same for the tasks of Nx, with all services in it.

/** What the command line and its callers in Nx's plugin load. */
module.exports = {
  name: 'stack',
  entry: (services) => [
    "const { offerDefinitions } = require('./tools/stack/src/context/definitions.ts');",
    `offerDefinitions({\n${services.map(ownDefinition).join('\n')}\n});`,
    "exports.main = () => require('./tools/stack/src/main.ts');",
    "exports.parseWords = (...args) => require('./tools/stack/src/options/parse-words.ts').parseWords(...args);",
    "exports.runBatch = (...args) => require('./tools/stack/src/nx/run-batch.ts').runBatch(...args);",
  ],
};

function ownDefinition(name) {
  return `  ${JSON.stringify(name)}: () => require(${JSON.stringify(`./apps/${name}/service.ts`)}),`;
}
