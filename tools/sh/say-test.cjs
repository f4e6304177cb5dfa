// A reporter for jest that names each test as it begins: some of the lab's take minutes.
const path = require('node:path');

module.exports = class SayTest {
  onTestCaseStart({ path: file }, { fullName }) {
    console.error(`[test] ${path.basename(file, '.e2e.spec.ts')}: ${fullName}`);
  }
};
