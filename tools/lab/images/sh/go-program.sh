#!/usr/bin/env bash
# go-program.sh PACKAGE@VERSION FOLDER: a program from its Go module, built in the Debian root that has Go.
set -euo pipefail
here=$(readlink -f "$(dirname "$(readlink -f "$0")")/../..")
# shellcheck source=setup.sh
. "$here/images/sh/setup.sh"

mkdir -p "$cache"
exec 6>"$cache/images.lock"
flock 6                                      # build.sh of any checkout makes and removes the same root
had_root=$([ ! -d "$golang_root" ] || echo yes)
need_golang
in_root "$golang_root" "$2" env GOBIN=/app GOTOOLCHAIN=auto CGO_ENABLED=0 GOFLAGS=-mod=mod go install "$1"
[ -n "$had_root" ] || rm -rf --one-file-system "$golang_root"
