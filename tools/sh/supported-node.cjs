// Ends with 0 when this Node, or the version that is given, fits `engines.node` of package.json: alternatives of
// `^a.b.c` and `>=a.b.c`. Written for a Node of any age.
const engines = require('../../package.json').engines.node;

function fits(version) {
  const have = version.replace(/^v/, '').split('.').map(Number);
  return engines.split('||').some(function (range) {
    const parts = /^(\^|>=)(\d+)\.(\d+)\.(\d+)$/.exec(range.trim());
    if (parts === null) throw new Error('cannot read engines.node of package.json: ' + engines);
    const least = parts.slice(2).map(Number);
    if (parts[1] === '^' && have[0] !== least[0]) return false;
    for (let at = 0; at < 3; at += 1) if (have[at] !== least[at]) return have[at] > least[at];
    return true;
  });
}

module.exports = { fits: fits };
if (require.main === module) process.exit(fits(process.argv[2] || process.version) ? 0 : 1);
