#!/usr/bin/env bash
# Bundles the doubles, one file each.
set -euo pipefail
here=$(readlink -f "$(dirname "$(readlink -f "$0")")/../..")
# shellcheck source=setup.sh
. "$here/images/sh/setup.sh"

cd "$checkout"
timed 'doubles: bundle' node -r @swc-node/register tools/lab/doubles/build.ts "$stage/doubles"
