#!/usr/bin/env bash
# Does what runs equal what main says, and does it work? Both questions are asked, whatever the first answer is.
# Without the inference level, which would load every model.
#
#   STACK_ENV=prod tools/ci/ssh-setup.sh tools/ci/nightly.sh
set -uo pipefail
# shellcheck source=steps.sh
. "$(dirname "$0")/steps.sh"

[ -n "${STACK_ENV:-}" ] || fail 'STACK_ENV says which environment to look at; set it as a variable of the repository'
step drift nx run stack:plan --expect-no-changes
step verify nx run stack:verify --level=container,api,client
finish
