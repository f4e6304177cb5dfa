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

/** Pairs of staged file and target up to `--`, then the files to remove. A file that was staged on another file
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
export const discardScript = `rm -rf -- "$@"`;
