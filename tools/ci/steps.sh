# shellcheck shell=bash
# Sourced by the scripts of this directory: goes to the workspace root, and says what runs.

cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
export FORCE_COLOR=0 CI=true

say() { echo "[ci] $*"; }
fail() { echo "[ci] $*" >&2; exit 2; }

# step NAME COMMAND..: runs it; what fails is remembered, and the rest goes on.
failed=()
step() {
  local name=$1 started=$SECONDS
  shift
  say "$name"
  if "$@"; then say "$name: passed after $((SECONDS - started)) s"; else
    say "$name: FAILED after $((SECONDS - started)) s"
    failed+=("$name")
  fi
}
finish() {
  if [ ${#failed[@]} -gt 0 ]; then
    say "failed: ${failed[*]}"
    exit 1
  fi
  say 'all passed'
}

nx() { node_modules/.bin/nx "$@"; }
stack() { node tools/stack/stack.cjs "$@"; }
