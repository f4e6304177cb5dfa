#!/usr/bin/env bash
# One part of the long run, on a runner that is thrown away: PART names it. As root, which its lab needs.
set -euo pipefail
# shellcheck source=steps.sh
. "$(dirname "$0")/steps.sh"

[ -n "${PART:-}" ] || fail 'PART names a part of the long run; ./tools/test --help lists them'
as_root=()
# sudo has a PATH of its own, in which the Node of this job is missing.
[ "$(id -u)" = 0 ] || as_root=(sudo env "PATH=$PATH" "HOME=$HOME")
"${as_root[@]}" ./tools/test --long="$PART"
