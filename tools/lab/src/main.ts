import { join } from 'node:path';
import { exitCodes, flattenErrors, StackError } from '@ai-stack/core';
import { Argument, Command, CommanderError, Option } from 'commander';
import { execa } from 'execa';
import { readHostNames } from './host-names';
import { applyUp, runScript } from './up';
import type { ImageSource } from './up';
import { addWorlds, worlds } from './worlds';

// its own path on the command line is relative to the workspace root, so it runs there
const root = process.cwd();
const report = (line: string) => console.log(`[lab] ${line}`);
const hosts = (...args: string[]) => runScript(root, 'hosts.sh', args);
const names = readHostNames(root);
const host = () => new Option('--host <host>', 'the host').choices(names).makeOptionMandatory();

const program = new Command('lab')
  .description('Real hosts on this machine, one for each file of the environment lab')
  .enablePositionalOptions()
  .exitOverride();
program
  .command('up')
  .description('build what is missing, start hosts and edge; may be repeated')
  .addOption(
    new Option(
      '--images <source>',
      "lab: made here; upstream: pulled by this machine's Docker (untested)",
    )
      .choices(['lab', 'upstream'])
      .default('lab'),
  )
  .addOption(
    new Option(
      '--world <names>',
      `surroundings to switch on, repeatable or with commas between; all others go off. ${describeWorlds()}`,
    )
      .argParser(addWorlds)
      .default([], 'none'),
  )
  .action(({ images, world }: { images: ImageSource; world: string[] }) =>
    applyUp(root, { images, worlds: world }, process.env['PATH'] ?? '', report),
  );
program
  .command('down')
  .description('power off; disks stay')
  .action(() => hosts('down'));
program
  .command('wipe')
  .description('power off and remove the lab')
  .action(() => hosts('wipe'));
program
  .command('status')
  .description('what runs')
  .option('--json', 'one JSON object')
  .action(({ json }: { json?: boolean }) => hosts('status', ...(json === true ? ['--json'] : [])));
for (const [verb, text] of [
  ['cut', 'disconnect a host from the network'],
  ['join', 'connect it again'],
  ['remove', 'take away a host whose file is gone, disk and all'],
] as const) {
  program
    .command(verb)
    .description(text)
    .addOption(host())
    .action(({ host: name }: { host: string }) => hosts(verb, name));
}
program
  .command('ssh')
  .description('ssh into a host with the lab key')
  .addArgument(new Argument('<host>').choices(names))
  .argument('[command...]')
  .passThroughOptions()
  .action(async (name: string, command: string[]) => {
    const config = join(root, '.lab/ssh_config');
    const { exitCode } = await execa('ssh', ['-F', config, name, ...command], {
      stdio: 'inherit',
      reject: false,
    });
    process.exitCode = exitCode ?? 1;
  });

function describeWorlds(): string {
  return Object.entries(worlds)
    .map(([name, what]) => `${name}: ${what}`)
    .join('; ');
}

program.parseAsync().catch((error: unknown) => {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : exitCodes.badInput; // it has said what is wrong
    return;
  }
  for (const failure of flattenErrors(error)) console.error(`[lab] ${failure.message}`);
  process.exitCode = error instanceof StackError ? error.exitCode : exitCodes.failed;
});
