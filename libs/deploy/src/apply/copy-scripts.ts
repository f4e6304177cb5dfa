/** `$1` where the copy will be, then folders: whether there is room for a copy of them. */
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

/** `$1` keep or anew, `$2` the copy, then folders. A copy is there whole or not at all, and the newest alone stays. */
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
