// The commands that the documents show: targets of Nx, commands of the program, and their options.
import { readFileSync } from 'node:fs';
import { commands, optionsOf, type CommandName } from '../../stack/src/options/declaration';

/** Projects of Nx with targets of their own. */
const tools = ['lab', 'bench'];
/** Options that any target or command may be given. */
const ofAll = ['configuration', 'help', 'skip-nx-cache'];

/** Targets, commands and options in a document that do not exist, each with its line. */
export function commandErrors(text: string): string[] {
  return text
    .split('\n')
    .flatMap((line, index) => lineErrors(line).map((error) => `${index + 1}: ${error}`));
}

function lineErrors(line: string): string[] {
  const single = [...line.matchAll(/\bnx run ([\w<>-]+):([\w-]+)([^`#|;&]*)/g)];
  const many = [...line.matchAll(/\bnx (?:run-many|affected) -t ([\w-]+(?:,[\w-]+)*)/g)];
  const direct = [...line.matchAll(/\bnpm run (?:--silent )?stack -- (\w+)([^`#|;&]*)/g)];
  return [
    ...single.flatMap(([, project = '', target = '', rest = '']) =>
      targetsOf(project).includes(target)
        ? optionErrors(target, rest)
        : [`${project} has no target ${target}`],
    ),
    ...many
      .flatMap(([, targets = '']) => targets.split(','))
      .filter((target) => !targetsOf('<service>').includes(target))
      .map((target) => `no project has the target ${target}`),
    ...direct.flatMap(([, command = '', rest = '']) =>
      isCommand(command) ? optionErrors(command, rest) : [`there is no command ${command}`],
    ),
  ];
}

function targetsOf(project: string): string[] {
  if (tools.includes(project)) {
    const json = readFileSync(`tools/${project}/project.json`, 'utf8');
    return Object.keys((JSON.parse(json) as { targets: object }).targets);
  }
  const kind = project === 'stack' ? 'stack' : 'service';
  return commands
    .filter(({ targets }) => (targets as readonly string[]).includes(kind))
    .map(({ name }) => name);
}

const isCommand = (name: string): name is CommandName => commands.some((one) => one.name === name);

/** Of what follows a command up to a gap: what comes after it explains. */
function optionErrors(command: string, rest: string): string[] {
  if (!isCommand(command)) return [];
  const names = optionsOf([command]).map(({ name }) => name);
  const shown = (rest.split(/\s{2,}/)[0] ?? '').matchAll(/(?:^|\s)--([\w-]+)/g);
  return [...shown]
    .map(([, name = '']) => name)
    .filter((name) => ![...names, ...ofAll].includes(name))
    .map((name) => `${command} has no option --${name}`);
}
