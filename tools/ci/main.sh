#!/usr/bin/env bash
# Deploys what differs from what runs, then verifies it. For a runner inside the network, one at a time:
#
#   STACK_ENV=prod tools/ci/ssh-setup.sh tools/ci/main.sh
#
# The base comes from the hosts, not from the last run of CI: a failed, skipped or cancelled run is made up for by the
# next one. Reports of verify (JSON, JUnit): dist/verify/<env>/.
set -euo pipefail
# shellcheck source=steps.sh
. "$(dirname "$0")/steps.sh"

[ -n "${STACK_ENV:-}" ] || fail 'STACK_ENV says which environment to deploy; set it as a variable of the repository'
say "plan of $STACK_ENV from the hosts' facts"
nx run stack:plan
base=$(npm run --silent stack -- base)
[[ $base =~ ^([0-9a-f]{40}|[0-9a-f]{64})$ ]] || fail "stack base printed no commit id but: $base"
say "deploying what changed since $base"
nx affected -t deploy --base="$base"
say 'verifying it'
nx affected -t verify --base="$base"
