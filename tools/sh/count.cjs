// Adds up what tools/test ran: files NAME.check ("passed" or "failed") and NAME.json (jest's own report).
// Lists what failed and what was skipped, prints the closing line, exits 1 when anything failed or nothing ran.
const fs = require('node:fs');
const path = require('node:path');
const util = require('node:util');

const folder = process.argv[2];
const count = { passed: 0, failed: 0, skipped: 0 };
const notes = [];

/** Why it failed, without colours and without the way there: a log may be cut off above. */
function firstLines(message) {
  return util
    .stripVTControlCharacters(message)
    .split('\n')
    .filter((line) => line.trim() !== '' && !/^\s+at /.test(line))
    .slice(0, 15)
    .map((line) => `  ${line.slice(0, 300)}`);
}

for (const file of fs.readdirSync(folder).sort()) {
  const text = fs.readFileSync(path.join(folder, file), 'utf8');
  if (file.endsWith('.check')) {
    const ended = text.trim();
    count[ended] += 1;
    if (ended === 'failed') notes.push(`failed: ${file.slice(0, -'.check'.length)}`);
  } else {
    const report = JSON.parse(text);
    count.passed += report.numPassedTests;
    count.failed += report.numFailedTests + report.numRuntimeErrorTestSuites;
    count.skipped += report.numPendingTests + report.numTodoTests;
    for (const suite of report.testResults) {
      if (suite.status === 'failed' && suite.assertionResults.length === 0) {
        notes.push(`failed: ${path.relative('.', suite.name)}`, ...firstLines(suite.message));
      }
      for (const test of suite.assertionResults) {
        if (test.status === 'failed' || test.status === 'pending') {
          notes.push(`${test.status === 'failed' ? 'failed' : 'skipped'}: ${test.fullName}`);
          notes.push(...test.failureMessages.flatMap(firstLines));
        }
      }
    }
  }
}
for (const kind of ['unit', 'e2e']) {
  if (!fs.existsSync(path.join(folder, `${kind}.json`))) {
    count.failed += 1;
    notes.push(`failed: the ${kind} tests did not run`);
  }
}
if (notes.length > 0) console.log(notes.join('\n'));
console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
process.exit(count.failed > 0 || count.passed === 0 ? 1 : 0);
