# shellcheck shell=bash
# shellcheck disable=SC2154 # the script that sources this sets `step`
# Sourced by the scripts of tools/long from the workspace root: counts checks, prints the closing line, and runs commands
# in a root of another machine. Each check's output is kept, and shown when it fails.

# shellcheck source=prepare.sh
. tools/sh/prepare.sh

passed=0 failed=0 skipped=0
work=$(mktemp -d "${TMPDIR:-/tmp}/ai-stack-long-XXXXXX")
nx=node_modules/.bin/nx

# check NAME COMMAND..: runs it, counts how it ended, and says how long it took; false when it failed.
check() {
  local name=$1 started=$SECONDS log="$work/check.log"
  shift
  if "$@" </dev/null >"$log" 2>&1; then
    passed=$((passed + 1))
    say "$name: passed after $((SECONDS - started)) s"
  else
    failed=$((failed + 1))
    say "$name: FAILED after $((SECONDS - started)) s"
    tail -n 40 "$log" | sed 's/^/    /'
    return 1
  fi
}
# skip NAME WHY: what could not be tried here, which is not a success.
skip() {
  skipped=$((skipped + 1))
  say "$1: skipped: $2"
}
# refused COMMAND..: succeeds when the command fails.
refused() { ! "$@"; }
# says TEXT COMMAND..: the command succeeds and prints this text.
says() {
  local text=$1 said
  shift
  said=$("$@" 2>&1) || { echo "$said"; return 1; }
  echo "$said"
  grep -qF -- "$text" <<<"$said" || { echo "it does not say: $text"; return 1; }
}
# The last command of a script.
finish() {
  echo "$passed passed, $failed failed, $skipped skipped"
  [ "$failed" -eq 0 ] && [ "$skipped" -eq 0 ] && [ "$passed" -gt 0 ]
}

# The lab of this checkout, deployed; wiped at the end when it was not up before.
lab_was_up=yes
lab_ready() {
  [ -e .lab/net ] || lab_was_up=no
  "$nx" run lab:up && "$nx" run stack:deploy:lab
}
# clean_up ends every script; each may have more to remove, as `clean_more`.
clean_more() { :; }
clean_up() {
  clean_more
  [ "$lab_was_up" = yes ] || "$nx" run lab:wipe >/dev/null 2>&1 || echo 'the lab could not be wiped: npx nx run lab:wipe' >&2
  rm -rf --one-file-system "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# clone DIRECTORY: this commit, as a user would clone it, with the lab of this checkout.
clone() {
  git clone --quiet . "$1"
  if [ -e .lab/net ]; then
    ln -s "$PWD/.lab" "$1/.lab"
    cp .env.local "$1/.env.local"
  fi
}

# The Debian mirror of this machine's apt.
mirror() {
  local found=${AI_STACK_LAB_MIRROR:-}
  # shellcheck disable=SC2016 # apt expands these
  [ -n "$found" ] || found=$(apt-get indextargets --format '$(REPO_URI) $(ORIGIN) $(LABEL)' 'Created-By: Packages' |
    awk '$2 == "Debian" && $3 == "Debian" { print $1; exit }')
  [ -n "$found" ] || { echo 'apt knows no Debian mirror here: set AI_STACK_LAB_MIRROR to one' >&2; return 1; }
  echo "$found"
}
# bare_debian SUITE ROOT [PACKAGE..]: what debootstrap's minbase gives, and nothing that is recommended only.
bare_debian() {
  local suite=$1 root=$2 source
  shift 2
  source=$(mirror) || return
  mmdebstrap --quiet --variant=minbase --aptopt='Apt::Install-Recommends "0"' \
    ${1:+--include="$(IFS=,; echo "$*")"} "$suite" "$root" "$source"
}
# in_machine ROOT [--bind FROM TO].. -- COMMAND..: as if ROOT were a machine: its own root, mounts and processes; the
# network is this machine's, because npm, apt and the lab's hosts are reached by it.
in_machine() {
  unshare --mount --pid --fork --kill-child --propagation private bash tools/sh/enter-machine.sh "$@"
}
