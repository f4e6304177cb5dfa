import { StackError } from '@ai-stack/core';
import { composeConfig } from '@ai-stack/docker';
import type { UploadFile } from '@ai-stack/ssh';
import { ofKind, realChanges } from '../plan/change';
import type { PlannedRelease } from '../plan/plan-release';
import { formatState, releaseId } from '../state-files';
import { composePlace } from './compose';
import { dataStaging, type ApplyStep, type Work } from './context';
import { discardScript, journalScript, swapScript } from './files-scripts';

/** Begins: folders, and the journal that stands until the release is recorded. */
export const writeJournal: ApplyStep = {
  name: 'journal',
  text: () => 'preparing its folders',
  isNeeded: () => true,
  run: async (work) => {
    const { planned, deps } = work;
    const { release } = planned;
    const id = releaseId(release.contentHash);
    const journal = formatState({ version: 1, release: id, ...deps.author });
    const args = realChanges(planned.changes, 'directory').flatMap(({ directory }) => {
      const { path, mode, uid, gid } = directory;
      return [path, mode, `${uid}`, `${gid}`];
    });
    const folders = [release.stackDirectory, dataStaging(work)];
    await deps.connection.script(journalScript, [...folders, ...args], {
      stdin: journal,
      before: deps.fence,
      doing: 'preparing its folders',
    });
  },
};

/** A staged file and where it goes. */
interface Upload {
  staged: string;
  target: string;
}

/** What has to be written, each tree for a folder of its own file system; compose.yaml and `.env` always, for the check. */
function stagedFiles(work: Work): {
  trees: { staging: string; files: UploadFile[] }[];
  uploads: Upload[];
} {
  const { planned, deps } = work;
  const { release, changes } = planned;
  const trees = [
    { root: release.stackDirectory, staging: stackStaging(work) },
    { root: `${deps.dataRoot}/${release.service}`, staging: dataStaging(work) },
  ].map((tree) => ({ ...tree, files: [] as UploadFile[] }));
  const uploads: Upload[] = [];
  const add = (path: string, content: string, mode: string, isSwapped: boolean): void => {
    const tree = trees.find(({ root }) => path.startsWith(`${root}/`));
    if (tree === undefined) throw outside(planned, path);
    const relative = path.slice(tree.root.length + 1);
    tree.files.push({ path: relative, content, mode: parseInt(mode, 8) });
    if (isSwapped) uploads.push({ staged: `${tree.staging}/${relative}`, target: path });
  };
  for (const { file, content, verb } of ofKind(changes, 'file')) {
    const isSwapped = verb !== 'keep';
    if (isSwapped || file.path.endsWith('/compose.yaml')) {
      add(file.path, content, file.mode, isSwapped);
    }
  }
  for (const { path, text, isRewritten } of ofKind(changes, 'env')) {
    add(path, text.reveal(), '0600', isRewritten);
  }
  return { trees: trees.filter(({ files }) => files.length > 0), uploads };
}

/** Sends what has to be written to the staging folders. */
export const uploadFiles: ApplyStep = {
  name: 'upload',
  text: (work) => `uploading ${stagedFiles(work).uploads.length} files`,
  isNeeded: () => true,
  run: async (work) => {
    const { connection, fence } = work.deps;
    const { trees } = stagedFiles(work);
    await Promise.all(trees.map(({ files, staging }) => connection.upload(files, staging, fence)));
  },
};

/** Lets Compose check what was staged, with the values that it will get. */
export const checkCompose: ApplyStep = {
  name: 'check',
  text: () => 'checking with docker compose config',
  isNeeded: () => true,
  run: async (work) => {
    const { release } = work.planned;
    const command = composeConfig(composePlace(work.planned, stackStaging(work)));
    const options = { allowFailure: true } as const;
    const { exitCode, stderr } = await work.deps.connection.run(command, options);
    if (exitCode === 0) return;
    // Compose quotes the line of `.env` that it cannot read, and so a part of a secret.
    const lines = stderr.split('\n').filter((line) => line !== '' && !/\.env\b/.test(line));
    const shown = lines.slice(-8).map((line) => `\n  | ${line}`);
    throw new StackError(`Compose refuses the rendered compose.yaml or .env${shown.join('')}`, {
      where: { service: release.service, host: release.host },
      fix: 'nothing was changed; correct the definition, or the secret that holds a line break',
    });
  },
};

/** Puts each staged file into place by one rename, and removes what the release no longer has. */
export const swapFiles: ApplyStep = {
  name: 'swap',
  text: (work) => `putting ${movedFiles(work).length + removedFiles(work).length} files in place`,
  isNeeded: (work) => movedFiles(work).length + removedFiles(work).length > 0,
  run: async (work) => {
    const pairs = movedFiles(work).flatMap(({ staged, target }) => [staged, target]);
    await work.deps.connection.script(swapScript, [...pairs, '--', ...removedFiles(work)], {
      before: work.deps.fence,
      doing: 'putting its files in place',
    });
  },
};

function movedFiles(work: Work): Upload[] {
  const strays = ofKind(work.planned.changes, 'stray-file');
  return [
    ...stagedFiles(work).uploads,
    ...strays.map(({ path, awayPath }) => ({ staged: path, target: awayPath })),
  ];
}

function removedFiles({ planned }: Work): string[] {
  const strays = ofKind(planned.changes, 'stray-file').map(({ path }) => path);
  const removed = ofKind(planned.changes, 'removed-file').map(({ path }) => path);
  return removed.filter((path) => !strays.includes(path));
}

function stackStaging({ planned }: Work): string {
  return `${planned.release.stackDirectory}/.stack/staging`;
}

function outside({ release }: PlannedRelease, path: string): StackError {
  return new StackError(`${path} lies outside of the folders of ${release.service}`, {
    where: { service: release.service, host: release.host },
    fix: 'render it below dataPath()',
  });
}

/** Removes what was staged, `.env` among it. Best effort: never throws. */
export async function discardStaged(work: Work): Promise<void> {
  const folders = [stackStaging(work), dataStaging(work)];
  await work.deps.connection
    .script(discardScript, folders, { before: work.deps.fence, timeoutMs: 10_000 })
    .catch(() => undefined);
}
