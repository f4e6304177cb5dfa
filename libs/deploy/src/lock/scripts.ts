/**
 * Keeps the locks of services until standard input ends or stays silent. `$1` this text, `$2` seconds to wait for each
 * lock, `$3` seconds of silence after which it gives up, then the `.stack` directories, `--`, and the same directories
 * again. Standard input: a line of JSON that names their owner, then a line from time to time. It answers `busy JSON`
 * before it waits, `acquired LAST NEXT DIRECTORY` for each lock and its fence before and now, and `ready`; each after
 * an end of line, because start files of a login shell may print without one.
 *
 * A cut cable closes a TCP connection only after hours: without a heartbeat the lock would outlive its owner. What the
 * owner started may outlive it, too; that keeps `work.lock`, for which this waits once no new work can begin, because
 * each script compares the fence first (`fenceText`). One `flock` inside another: sh knows nine descriptors.
 */
export const lockScript = `set -u
umask 077
text=$1 wait=$2 beat=$3
shift 3
if [ "$1" != -- ]; then
  directory=$1
  shift
  if ! command -v flock >/dev/null 2>&1; then echo "flock is missing: install util-linux" >&2; exit 127; fi
  (umask 022; mkdir -p -- "\${directory%/*}") && mkdir -p -- "$directory" || exit 73
  if ! flock -n "$directory/lock" true; then
    printf '\\nbusy %s\\n' "$(head -n 1 -- "$directory/lock.json" 2>/dev/null)"
  fi
  exec flock -w "$wait" -E 75 "$directory/lock" sh -c "$text" sh "$text" "$wait" "$beat" "$@"
fi
shift
IFS= read -r info || exit 65
echo
for directory; do
  last=$(cat -- "$directory/fence" 2>/dev/null) || last=0
  case $last in '' | *[!0-9]*) last=0 ;; esac
  next=$((last + 1)) now=$(date +%s)
  if [ "$next" -lt "$now" ]; then next=$now; fi
  printf '%s\\n' "$next" >"$directory/fence.new" || exit 73
  sync -- "$directory/fence.new" 2>/dev/null || sync
  mv -f -- "$directory/fence.new" "$directory/fence" || exit 73
  flock -w "$wait" -E 76 "$directory/work.lock" true || exit 76
  printf '%s\\n' "$info" >"$directory/lock.json"
  printf 'acquired %s %s %s\\n' "$last" "$next" "$directory"
done
echo ready
while timeout "$beat" sh -c 'IFS= read -r line'; do :; done
for directory; do rm -f -- "$directory/lock.json"; done`;

/**
 * Runs before every script that changes something: `$1` the `.stack` directory, `$2` the fence. Refuses when another
 * operator has acquired the lock since. Descriptor 8 keeps `work.lock` for as long as anything that was started runs.
 */
export const fenceText = `set -eu
exec 8>>"$1/work.lock"
flock -s -w 60 8 || { echo "another command is running in $1" >&2; exit 75; }
if [ "$(cat -- "$1/fence" 2>/dev/null)" != "$2" ]; then
  echo "another operator has acquired the lock since" >&2
  exit 75
fi
shift 2`;
