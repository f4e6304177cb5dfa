/** `$1` state folder, `$2` release, `$3` how many releases stay, `$4` staging folder in the data tree. Prints the
 *  releases that it pruned. `current.json` comes last, and only then the journal goes. */
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
