// The order of the specs is that of lanes.json: the first of a lane is the first deploy on its lab.
const { readFileSync } = require('node:fs');
const { join, relative } = require('node:path');
const Sequencer = require('@jest/test-sequencer').default;

const source = join(__dirname, 'src');
const order = Object.values(JSON.parse(readFileSync(join(__dirname, 'lanes.json'), 'utf8'))).flat();
const placeOf = ({ path }) => order.indexOf(relative(source, path).replace('.e2e.spec.ts', ''));

module.exports = class InLaneOrder extends Sequencer {
  sort(tests) {
    return [...tests].sort((one, other) => placeOf(one) - placeOf(other));
  }
};
