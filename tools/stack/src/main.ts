import { exitCodes, StackError } from '@ai-stack/core';
import { formatErrors } from '@ai-stack/report';
import { changing } from './options/declaration';
import { buildProgram } from './program';
import { lookOf, openTerminal, watchReaders } from './terminal/terminal';

/** The command line: the only place of the project that prints an error and sets an exit code. */
async function main(): Promise<void> {
  const terminal = openTerminal(process.env);
  const verbose = process.argv.includes('--verbose');
  const goesOn = changing.some((name) => name === process.argv[2]);
  watchReaders([process.stdout, process.stderr], () => goesOn || process.exit(exitCodes.failed));
  try {
    process.exitCode = await buildProgram(
      terminal,
      process.env,
      process.cwd(),
    )(process.argv.slice(2));
  } catch (error) {
    terminal.err(formatErrors(error, { ...lookOf(terminal), verbose }));
    process.exitCode = error instanceof StackError ? error.exitCode : exitCodes.failed;
  }
}

void main();
