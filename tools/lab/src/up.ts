import { access } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { StackError } from '@ai-stack/core';
import { execa } from 'execa';
import { checkPrerequisites } from './prerequisites';
import { applyUpstreamImages, readRenderedCompose } from './upstream-images';

export type ImageSource = 'lab' | 'upstream';

/** What a lab shall be. */
interface LabOptions {
  readonly images: ImageSource;
  /** The surroundings that are on; all others are off. */
  readonly worlds: readonly string[];
}

interface Step {
  readonly name: string;
  readonly run: () => Promise<unknown>;
}

/** Runs one of the lab's scripts; its own progress and errors go straight to the terminal. */
export async function runScript(
  root: string,
  script: string,
  args: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<void> {
  const file = join(root, 'tools/lab', script);
  await access(file).catch((cause: unknown) => {
    throw new StackError('a script of the lab is missing', {
      where: { file: relative(root, file) },
      cause,
    });
  });
  const { exitCode } = await execa('bash', [file, ...args], {
    cwd: root,
    env,
    stdin: 'ignore',
    stdout: 'inherit',
    stderr: 'inherit',
    reject: false,
  });
  if (exitCode === 0) return;
  throw new StackError(
    `${script} ${args.join(' ')}`.trim() + ` ended with code ${exitCode ?? 'none'}`,
    {
      where: { file: relative(root, file) },
      fix: 'its last lines above say what is wrong',
    },
  );
}

/** Brings images, hosts and edge up, in this order; each step may be repeated and reports its seconds. */
export async function applyUp(
  root: string,
  options: LabOptions,
  path: string,
  report: (line: string) => void,
): Promise<void> {
  checkPrerequisites(path);
  await runScript(root, 'hosts.sh', ['check']);
  for (const { name, run } of stepsOf(root, options, report)) {
    report(`${name} ...`);
    const started = performance.now();
    await run();
    report(`${name}: done in ${((performance.now() - started) / 1000).toFixed(1)} s`);
  }
}

function stepsOf(
  root: string,
  { images, worlds }: LabOptions,
  report: (line: string) => void,
): Step[] {
  const build = { name: 'images', run: () => runScript(root, 'images/build.sh') };
  const rendered = { name: 'rendered files', run: () => readRenderedCompose(root) };
  const hosts = {
    name: 'hosts',
    run: () =>
      runScript(root, 'hosts.sh', ['up'], { LAB_IMAGES: images, LAB_WORLDS: worlds.join(' ') }),
  };
  const load = {
    name: "upstream's images (untested)",
    run: () => applyUpstreamImages(root, report),
  };
  const edge = { name: 'edge', run: () => runScript(root, 'edge/up.sh') };
  return images === 'lab' ? [build, hosts, edge] : [rendered, build, hosts, load, edge];
}
