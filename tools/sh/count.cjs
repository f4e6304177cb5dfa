// Adds up what a run of tools/test left in a directory: files NAME.check ("passed", "failed" or "skipped"), NAME.json
// (Jest's own report) and `steps` (what ran, how long, and which reports there must be). Prints the table of the steps,
// the slowest tests, what failed and what was skipped, and the closing line; exits 1 when anything failed, when a whole
// suite could not run, or when nothing ran.
const fs = require('node:fs');
const path = require('node:path');
const util = require('node:util');

const directory = process.argv[2];
const count = { passed: 0, failed: 0, skipped: 0 };
const notes = [];
/** Whole suites that could not run here, which is not a success. */
let skippedSuites = 0;
const tests = [];

/** How long the short run may take on two cores when the caches are warm. */
const budgetMinutes = 20;

/** Why it failed, without colours and without the way there: a log may be cut off above. */
function firstLines(message) {
  return util
    .stripVTControlCharacters(message)
    .split('\n')
    .filter((line) => line.trim() !== '' && !/^\s+at /.test(line))
    .slice(0, 15)
    .map((line) => `  ${line.slice(0, 300)}`);
}

function countReport(report) {
  count.passed += report.numPassedTests;
  count.failed += report.numFailedTests + report.numRuntimeErrorTestSuites;
  count.skipped += report.numPendingTests + report.numTodoTests;
  for (const suite of report.testResults) {
    const file = path.basename(suite.name).replace(/\.spec\.ts$/, '');
    if (suite.status === 'failed' && suite.assertionResults.length === 0) {
      notes.push(`failed: ${path.relative('.', suite.name)}`, ...firstLines(suite.message));
    }
    for (const test of suite.assertionResults) {
      tests.push({ name: `${file}: ${test.fullName}`, seconds: (test.duration ?? 0) / 1000 });
      if (test.status === 'failed' || test.status === 'pending') {
        notes.push(`${test.status === 'failed' ? 'failed' : 'skipped'}: ${test.fullName}`);
        notes.push(...test.failureMessages.flatMap(firstLines));
      }
    }
  }
}

const seconds = (value) => value.toFixed(1).padStart(8);

for (const file of fs.readdirSync(directory).sort()) {
  const read = () => fs.readFileSync(path.join(directory, file), 'utf8');
  if (file.endsWith('.check')) {
    const ended = read().trim();
    count[ended] += 1;
    if (ended === 'skipped') skippedSuites += 1;
    if (ended !== 'passed') notes.push(`${ended}: ${file.slice(0, -'.check'.length)}`);
  } else if (file.endsWith('.json')) countReport(JSON.parse(read()));
}
const {
  steps,
  expected,
  seconds: whole,
} = JSON.parse(fs.readFileSync(path.join(directory, 'steps'), 'utf8'));
for (const name of expected) {
  if (!fs.existsSync(path.join(directory, `${name}.json`))) {
    count.failed += 1;
    notes.push(`failed: the ${name} tests did not run`);
  }
}

console.log('\nSeconds: elapsed, of the processors (without what a lab keeps running), step');
for (const step of steps) {
  console.log(`${seconds(step.seconds)} ${seconds(step.cpuSeconds)}  ${step.name}`);
}
const cpu = steps.reduce((sum, step) => sum + step.cpuSeconds, 0);
console.log(`${seconds(whole)} ${seconds(cpu)}  the whole run`);
const slowest = tests.sort((one, other) => other.seconds - one.seconds).slice(0, 10);
if (slowest.length > 0) console.log('\nThe slowest tests, in seconds');
for (const test of slowest) console.log(`${seconds(test.seconds)}  ${test.name}`);
console.log();
if (notes.length > 0) console.log(notes.join('\n'));
// Said, not failed: how long a run takes is also a matter of the machine, of who else uses it, and of a cold image
// cache; a test that fails without an error in the code is soon passed over.
if (expected.length > 0 && whole > budgetMinutes * 60) {
  const line = `TOO SLOW: ${Math.ceil(whole / 60)} minutes; with warm caches, on two free cores, the budget is ${budgetMinutes}. See the tables above.`;
  console.log(['', '!'.repeat(line.length), line, '!'.repeat(line.length), ''].join('\n'));
}
console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
process.exit(count.failed > 0 || skippedSuites > 0 || count.passed === 0 ? 1 : 0);
