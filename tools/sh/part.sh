# shellcheck shell=bash
# Sourced by the parts of the long run (tools/long/*), which tools/test starts with RESULTS: a directory in which each
# leaves what is counted, NAME.json of Jest or NAME.check with "passed", "failed" or "skipped".

cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
[ -n "${RESULTS:-}" ] || { echo "start it with ./tools/test --long=$(basename "$0")" >&2; exit 2; }

# jest NAME PROJECT ARGS..: the tests of one of Jest's projects (unit, e2e, long), counted one by one.
jest() {
  local name=$1 project=$2
  shift 2
  # A test that fails may leave a connection open, for which Jest would wait without end.
  NODE_NO_WARNINGS=1 node --experimental-vm-modules node_modules/jest/bin/jest.js --forceExit --selectProjects "$project" \
    --json --outputFile="$RESULTS/$name.json" --reporters=default --reporters=./tools/sh/say-test.cjs "$@" >/dev/null
}
# check NAME COMMAND..: a command whose success is one test; returns how it ended.
check() {
  local name=$1 ended=failed
  shift
  if "$@"; then ended=passed; fi
  echo "$ended" >"$RESULTS/$name.check"
  [ "$ended" = passed ]
}
# with_lab: brings this checkout's lab up; one that was down before is removed when the part ends, also by a signal.
with_lab() {
  if [ ! -e .lab/net ]; then
    trap 'node_modules/.bin/nx run lab:wipe' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
  fi
  check lab-up node_modules/.bin/nx run lab:up
}
