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

/** Folders with staged files, to be gone. */
export const discardScript = `rm -rf -- "$@"`;

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

/** \`$1\` state folder, \`$2\` release, \`$3\` how many releases stay, \`$4\` staging folder in the data tree. Prints the
 *  releases that it pruned. \`current.json\` comes last, and only then the journal goes. */
export const recordScript = `set -eu
echo
umask 077
cd -- "$1"
cat releases/.new/log.jsonl >>log.jsonl
mv -f -- releases/.new/converged.json converged.json
rm -f -- releases/.new/log.jsonl
cp -- releases/.new/manifest.json current.json.new
rm -rf -- "releases/$2"
mv -- releases/.new "releases/$2"
sync -- current.json.new log.jsonl converged.json 2>/dev/null || sync
mv -f -- current.json.new current.json
sync -- . releases 2>/dev/null || sync
rm -rf -- pending.json staging "$4"
ls -1t releases | tail -n "+$(($3 + 1))" | while IFS= read -r old; do
  case $old in "$2" | *[!0-9a-f]*) continue ;; esac
  rm -rf -- "releases/$old"
  echo "$old"
done`;

/** \`$1\` state folder; standard input: what went wrong. The last two hundred lines stay. */
export const failureScript = `set -eu
umask 077
{ tail -n 150 -- "$1/failures.log" 2>/dev/null || true; head -n 50; } >"$1/failures.log.new"
mv -f -- "$1/failures.log.new" "$1/failures.log"`;

/** Pairs of state folder and the content of its \`converged.json\`. */
export const convergedScript = `set -eu
umask 077
while [ $# -gt 0 ]; do
  printf '%s\\n' "$2" >"$1/converged.json.new"
  mv -f -- "$1/converged.json.new" "$1/converged.json"
  shift 2
done`;

/** \`$1\` project, \`$2\` folder of the service: stops and removes its containers, with or without its compose.yaml. */
export const downScript = `set -eu
project=$1 folder=$2
if [ -f "$folder/compose.yaml" ]; then
  cd -- "$folder"
  docker compose -f compose.yaml -p "$project" down --remove-orphans && exit 0
fi
cd /
docker compose -p "$project" down --remove-orphans`;

/** \`$1\` folder of the service, then rendered files: forgets the release. \`.env\` stays with the data. */
export const forgetScript = `set -eu
folder=$1
shift
for path; do rm -f -- "$path"; done
rm -rf -- "$folder/.stack"
rmdir -- "$folder" 2>/dev/null || true`;

/** \`$1\` folder of the service, then its directories under the data root: removes \`.env\` and all data. */
export const removeDataScript = `set -eu
folder=$1
shift
for path; do rm -rf -- "$path"; done
rm -f -- "$folder/.env"
rmdir -- "$folder" 2>/dev/null || true`;

/** \`$1\` a container, then a command to run in it. */
export const drainScript = `exec docker exec -- "$@"`;

/** Containers to stop, with the time that each was given when it was made, and to remove. */
export const retireScript = `set -eu
docker stop -- "$@" >/dev/null
docker rm -- "$@" >/dev/null`;

/** Containers to be gone, at once. */
export const removeScript = `[ $# = 0 ] || docker rm --force -- "$@" >/dev/null`;

/** \`$1\` where the copy will be, then folders: whether there is room for a copy of them. */
export const spaceScript = `set -eu
LC_ALL=C; export LC_ALL
root=$1
shift
need=$(du -skc -- "$@" | tail -n 1 | cut -f 1)
set -- $(df -Pk -- "$root" | tail -n 1)
if [ "$need" -gt "$4" ]; then
  echo "a copy of its data needs $((need / 1024)) MiB, and $(($4 / 1024)) MiB are free: No space left on device" >&2
  exit 74
fi`;

/** \`$1\` keep or anew, \`$2\` the copy, then folders. A copy is there whole or not at all, and the newest alone stays. */
export const copyScript = `set -eu
umask 077
mode=$1 copy=$2
shift 2
if [ "$mode" = keep ] && [ -d "$copy" ]; then exit 0; fi
rm -rf -- "$copy.new"
mkdir -p -- "$copy.new"
for folder; do cp -a --reflink=auto -- "$folder" "$copy.new/"; done
sync
rm -rf -- "$copy"
mv -- "$copy.new" "$copy"
for other in "\${copy%/*}"/*; do
  if [ "$other" != "$copy" ]; then rm -rf -- "$other"; fi
done`;
