#!/usr/bin/env bash
# Installs the Debian or Ubuntu packages that the checks of a pull request need and this machine lacks.
set -euo pipefail
cd "$(dirname "$0")/../.."
export step=packages
# shellcheck source=../sh/prepare.sh
. tools/sh/prepare.sh

needed+=("${needed_by_tests[@]}")
mapfile -t missing < <(missing_packages)
[ ${#missing[@]} -eq 0 ] || install_packages "${missing[@]}"
say 'all there'
