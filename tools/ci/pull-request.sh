#!/usr/bin/env bash
# What a pull request is checked by. Needs no secret and reaches no host of the stack: it renders, and compares what
# is rendered. The end-to-end tests are not here: their lab makes network namespaces and mounts, and needs root
# (./tools/test runs them).
#
#   tools/ci/pull-request.sh [STEP...]     all steps, or these: format scripts lint unit render diff
#
# GITHUB_BASE_REF names the target branch (default: main); the base is where this branch left it.
set -uo pipefail
# shellcheck source=steps.sh
. "$(dirname "$0")/steps.sh"

target=${GITHUB_BASE_REF:-main}
base() {
  local branch
  for branch in "origin/$target" "$target"; do
    git rev-parse --verify --quiet "$branch^{commit}" >/dev/null && git merge-base "$branch" HEAD && return
  done
  fail "no common commit with $target: is this a shallow clone? Check out with fetch-depth: 0"
}

base=$(base) || exit 2
say "base $base, where this branch left $target"

declare -A commands=(
  [format]='npm run --silent format:check'
  [scripts]='tools/ci/lint.sh'
  [lint]='npm run --silent lint'
  [unit]='npm test --silent -- --selectProjects unit'
  [render]="nx affected -t render --base=$base --head=HEAD"
  [diff]="tools/ci/render-diff.sh $base"
)
[ $# -gt 0 ] || set -- format scripts lint unit render diff
for name; do
  [ -n "${commands[$name]:-}" ] || fail "there is no step $name: use ${!commands[*]}"
  # shellcheck disable=SC2086 # the words of our own commands above
  step "$name" ${commands[$name]}
done
finish
