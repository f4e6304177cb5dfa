import { readFileSync } from 'node:fs';
import { embeddedShell } from './embedded-shell';
import { shellcheckErrors } from './shellcheck';
import { trackedFiles } from './tracked-files';

// Called by tools/ci/lint.sh: shellcheck for the scripts that TypeScript sources hold as texts.
const files = trackedFiles().filter(
  (file) =>
    /^(?:apps|libs|tools)\/.*\.ts$/.test(file) && !/\.(?:spec|d)\.ts$|\/fixtures\//.test(file),
);
const sources = new Map(files.map((file) => [file, readFileSync(file, 'utf8')]));
const { scripts, unseen } = embeddedShell(sources);
const errors = [
  ...unseen.map((place) => `${place} is run as a script: write it as a constant text`),
  ...shellcheckErrors(scripts),
];
for (const error of errors) console.error(error);
console.log(`${scripts.length} scripts in ${files.length} sources: ${errors.length} errors`);
process.exitCode = errors.length > 0 ? 1 : 0;
