#!/usr/bin/env bash
# What a change does to the files on the hosts: renders every environment at two commits and compares the trees.
# Text to standard output, and to the job's summary where there is one. Rendered files hold no secret by construction.
#
#   tools/ci/render-diff.sh BASE [HEAD]
#
# An environment that has open keys (TODO) refuses to render: that is said, and the rest goes on. Exit code 1 when an
# environment rendered at BASE and does not at HEAD.
set -uo pipefail
# shellcheck source=steps.sh
. "$(dirname "$0")/steps.sh"

base=$(git rev-parse --verify "${1:?usage: render-diff.sh BASE [HEAD]}^{commit}") || exit 2
head=$(git rev-parse --verify "${2:-HEAD}^{commit}") || exit 2
root=$PWD
work=$(mktemp -d)
clean() {
  git -C "$root" worktree remove --force "$work/base-tree" 2>/dev/null
  git -C "$root" worktree remove --force "$work/head-tree" 2>/dev/null
  rm -rf "$work"
}
trap clean EXIT

# check_out SIDE COMMIT: the commit's tree, with the packages of this one.
check_out() {
  git worktree add --quiet --detach "$work/$1-tree" "$2" || exit 2
  ln -s "$root/node_modules" "$work/$1-tree/node_modules"
  mkdir "$work/$1"
}
environments() { ls "$work/$1-tree/libs/inventory/environments"; }
# render SIDE ENVIRONMENT: into $work/SIDE/ENVIRONMENT; what it said stays in $work/SIDE.ENVIRONMENT.log
render() {
  mkdir -p "$work/$1/$2"
  [ -d "$work/$1-tree/libs/inventory/environments/$2" ] || return 0 # added or removed: an empty tree
  (cd "$work/$1-tree" && stack render --environment "$2") >"$work/$1.$2.log" 2>&1 || return
  cp -R "$work/$1-tree/dist/render/$2/." "$work/$1/$2"
}
# compare ENVIRONMENT: prints the difference; 1 when HEAD cannot render what BASE could.
compare() {
  local environment=$1 base_code=0 head_code=0
  echo "## $environment"
  render base "$environment" || base_code=$?
  render head "$environment" || head_code=$?
  if [ $head_code -ne 0 ]; then
    if [ $base_code -eq 0 ]; then
      echo "It rendered at the base and does not any more (exit code $head_code):"
    else
      echo "Not compared: it cannot be rendered, neither at the base nor here (exit code $head_code):"
    fi
    sed 's/^/    /' "$work/head.$environment.log"
    [ $base_code -ne 0 ]
    return
  fi
  [ $base_code -eq 0 ] || echo "It could not be rendered at the base (exit code $base_code), so every file is new."
  if git -C "$work" diff --no-index --no-color --no-ext-diff --no-prefix --stat --patch \
    "base/$environment" "head/$environment" >"$work/diff"; then
    echo 'No rendered file changes.'
  else
    cat "$work/diff"
  fi
}
# write_summary: the same as Markdown; a summary holds a megabyte.
write_summary() {
  [ -n "${GITHUB_STEP_SUMMARY:-}" ] || return 0
  {
    echo '# What changes on the hosts'
    echo '``````diff'
    head -c 900000 "$work/report"
    echo
    echo '``````'
    [ "$(wc -c <"$work/report")" -le 900000 ] || echo 'Cut here: the whole is in the log of the job.'
  } >>"$GITHUB_STEP_SUMMARY"
}

check_out base "$base"
check_out head "$head"
cmp -s "$work/base-tree/package-lock.json" "$work/head-tree/package-lock.json" ||
  say 'the packages differ between the two commits; both are rendered with those installed here'
ended=0
for environment in $( (environments base; environments head) | sort -u); do
  compare "$environment" || ended=1
done >"$work/report"
cat "$work/report"
write_summary
exit $ended
