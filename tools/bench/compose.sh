#!/usr/bin/env bash
# Docker Compose for this machine, which may have none: that of the lab's hosts, run from their root. Prints a path.
# shellcheck source-path=SCRIPTDIR
set -euo pipefail
cd "$(dirname "$0")/../.."
here=$PWD/tools/lab
# shellcheck source=../lab/sh/settings.sh
. "$here/sh/settings.sh"
# shellcheck source=../lab/sh/root.sh
. "$here/sh/root.sh"
root=$(root_path)
loader=$(find "$root/usr/lib" -name 'ld-linux-*' | head -n 1)
program=$PWD/dist/bench/docker-compose
mkdir -p "${program%/*}"
cat >"$program" <<END
#!/bin/sh
exec '$loader' --library-path '${loader%/*}' '$root/usr/bin/docker-compose' "\$@"
END
chmod +x "$program"
echo "$program"
