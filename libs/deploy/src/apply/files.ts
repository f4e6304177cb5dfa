import { StackError } from '@ai-stack/core';
import { composeConfig } from '@ai-stack/docker';
import type { UploadFile } from '@ai-stack/ssh';
import { changesOf, dataStaging, tellStep, type ApplyDeps } from './context';
import { composePlace } from './compose-place';
import { formatState } from '../state-files';
import type { PlannedRelease } from '../plan/plan-release';
import { awayPath, strayFilesOf } from '../plan/files';

/** `$1` folder of the service, `$2` its staging folder in the data tree, then path, mode, uid, gid of each directory;
 *  standard input: the journal. */
export const journalScript = `set -eu
umask 022
state=$1/.stack staging=$2
shift 2
mkdir -p -- "$state/releases"
chmod 0700 -- "$state"
cat >"$state/pending.json.new"
if [ ! -s "$state/pending.json.new" ]; then echo "the journal did not arrive" >&2; exit 65; fi
sync -- "$state/pending.json.new" 2>/dev/null || sync
mv -f -- "$state/pending.json.new" "$state/pending.json"
rm -rf -- "$state/staging" "$state/releases/.new" "$staging"
while [ $# -gt 0 ]; do
  mkdir -p -- "$1"
  if [ "$(stat -L -c %u:%g -- "$1")" != "$3:$4" ]; then chown "$3:$4" -- "$1"; fi
  chmod "$2" -- "$1"
  shift 4
done`;

/** Pairs of staged file and target up to \`--\`, then the files to remove. A file that was staged on another file
 *  system is first brought beside its target, so that each target changes by one rename. */
export const swapScript = `set -eu
umask 077
while [ "$1" != -- ]; do
  staged=$1 target=$2 folder=\${2%/*}
  shift 2
  if [ -d "$target" ]; then echo "$target is a directory" >&2; exit 66; fi
  if [ ! -d "$folder" ]; then (umask 022; mkdir -p -- "$folder"); fi
  if [ "$(stat -c %d -- "$staged")" != "$(stat -c %d -- "$folder/.")" ]; then
    near=$folder/.\${target##*/}.new
    cp -p -- "$staged" "$near"
    sync -- "$near" 2>/dev/null || sync
    staged=$near
  fi
  mv -f -- "$staged" "$target"
  sync -- "$folder" 2>/dev/null || sync
done
shift
for path; do rm -f -- "$path"; done`;

/** Folders with staged files, to be gone. */
const discardScript = `rm -rf -- "$@"`;

/** A staged file and where it goes. */
interface Upload {
  staged: string;
  target: string;
}

/** Begins: folders, and the journal that stands until the release is recorded. */
export async function writeJournal(planned: PlannedRelease, deps: ApplyDeps): Promise<void> {
  const { release, plan } = planned;
  const paths = changesOf(planned, 'directory').map(({ target }) => target);
  const directories = release.directories.filter(({ path }) => paths.includes(path));
  tellStep(planned, deps, 'journal', 'preparing its folders');
  const journal = formatState({ version: 1, release: plan.release, ...deps.author });
  const args = directories.flatMap(({ path, mode, uid, gid }) => [path, mode, `${uid}`, `${gid}`]);
  const staging = dataStaging(planned, deps);
  await deps.connection.script(journalScript, [release.stackDirectory, staging, ...args], {
    stdin: journal,
    before: deps.fence,
    doing: 'preparing its folders',
  });
}

/** Sends what has to be written, each tree to a folder of its own file system; compose.yaml and `.env` always, for
 *  the check. */
export async function uploadStaged(planned: PlannedRelease, deps: ApplyDeps): Promise<Upload[]> {
  const { release, env } = planned;
  const trees = [
    { root: release.stackDirectory, staging: stackStaging(planned) },
    { root: `${deps.dataRoot}/${release.service}`, staging: dataStaging(planned, deps) },
  ].map((tree) => ({ ...tree, files: [] as UploadFile[] }));
  const uploads: Upload[] = [];
  const add = (path: string, content: string, mode: string, isSwapped: boolean): void => {
    const tree = trees.find(({ root }) => path.startsWith(`${root}/`));
    if (tree === undefined) throw outside(planned, path);
    const relative = path.slice(tree.root.length + 1);
    tree.files.push({ path: relative, content, mode: parseInt(mode, 8) });
    if (isSwapped) uploads.push({ staged: `${tree.staging}/${relative}`, target: path });
  };
  for (const { file, content, action } of planned.files) {
    const isSwapped = action.verb !== 'keep';
    if (isSwapped || file.path.endsWith('/compose.yaml')) {
      add(file.path, content, file.mode, isSwapped);
    }
  }
  if (env.text !== undefined) {
    add(`${release.stackDirectory}/.env`, env.text.reveal(), '0600', env.isRewritten);
  }
  tellStep(planned, deps, 'upload', `uploading ${uploads.length} files`);
  await Promise.all(
    trees
      .filter(({ files }) => files.length > 0)
      .map(({ files, staging }) => deps.connection.upload(files, staging, deps.fence)),
  );
  return uploads;
}

/** Lets Compose check what was staged, with the values that it will get. Throws a StackError. */
export async function checkCompose(planned: PlannedRelease, deps: ApplyDeps): Promise<void> {
  tellStep(planned, deps, 'check', 'checking with docker compose config');
  const hasEnv = planned.env.text !== undefined;
  const command = composeConfig(composePlace(planned.release, hasEnv, stackStaging(planned)));
  const { exitCode, stderr } = await deps.connection.run(command, { allowFailure: true });
  if (exitCode === 0) return;
  // Compose quotes the line of `.env` that it cannot read, and so a part of a secret.
  const lines = stderr.split('\n').filter((line) => line !== '' && !/\.env\b/.test(line));
  const shown = lines.slice(-8).map((line) => `\n  | ${line}`);
  throw new StackError(`Compose refuses the rendered compose.yaml or .env${shown.join('')}`, {
    where: { service: planned.release.service, host: planned.release.host },
    fix: 'nothing was changed; correct the definition, or the secret that holds a line break',
  });
}

/** Puts each staged file into place by one rename, and removes what the release no longer has. */
export async function swapFiles(
  planned: PlannedRelease,
  uploads: readonly Upload[],
  deps: ApplyDeps,
): Promise<void> {
  const strays = strayFilesOf(planned.release.stackDirectory, planned.facts);
  const removed = changesOf(planned, 'file')
    .filter(({ verb, target }) => verb === 'remove' && !strays.includes(target))
    .map(({ target }) => target);
  const moved = strays.map((path) => ({ staged: path, target: awayPath(path) }));
  const count = uploads.length + removed.length + moved.length;
  if (count === 0) return;
  tellStep(planned, deps, 'swap', `putting ${count} files in place`);
  const pairs = [...uploads, ...moved].flatMap(({ staged, target }) => [staged, target]);
  await deps.connection.script(swapScript, [...pairs, '--', ...removed], {
    before: deps.fence,
    doing: 'putting its files in place',
  });
}

function stackStaging({ release }: PlannedRelease): string {
  return `${release.stackDirectory}/.stack/staging`;
}

function outside({ release }: PlannedRelease, path: string): StackError {
  return new StackError(`${path} lies outside of the folders of ${release.service}`, {
    where: { service: release.service, host: release.host },
    fix: 'render it below dataPath()',
  });
}

/** Removes what was staged, `.env` among it, as well as it goes. Never throws. */
export async function discardStaged(planned: PlannedRelease, deps: ApplyDeps): Promise<void> {
  const folders = [stackStaging(planned), dataStaging(planned, deps)];
  await deps.connection
    .script(discardScript, folders, { before: deps.fence, timeoutMs: 10_000 })
    .catch(() => undefined);
}
