#!/usr/bin/env bash
# alone.sh ROOT KEPT COMMAND..: like enter-root.sh, in a network that has nothing but its loopback.
set -euo pipefail
ip link set lo up
exec unshare --mount --pid --fork --propagation private --kill-child \
  bash "$(dirname "$(readlink -f "$0")")/../images/sh/enter-root.sh" "$@" </dev/null
