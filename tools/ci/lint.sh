#!/usr/bin/env bash
# Lints what runs in CI: every shell script with shellcheck, also those in TypeScript sources, and the workflows with
# actionlint. actionlint comes as a Go module and stays in the lab's cache; where its registry cannot be reached, that is
# said and only then passed over.
set -uo pipefail
# shellcheck source=steps.sh
. "$(dirname "$0")/steps.sh"

version=1.7.12 # of actionlint; go checks what it fetches against the public checksum list
module=github.com/rhysd/actionlint/cmd/actionlint
cache=${AI_STACK_LAB_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/ai-stack-lab}
actionlint=$cache/bin/actionlint-$version
offline='dial tcp|proxyconnect|i/o timeout|TLS handshake timeout|connection reset by peer|network is unreachable|no such host'

lint_shell() {
  git ls-files -z -co --exclude-standard -- '*.sh' tools/test tools/quickstart .ci/run tools/long |
    # A part of the long run may be any program.
    xargs -0 grep -lZE '^(#!.*[/ ](ba)?sh\b|# shellcheck shell=)' |
    # SC2317: 0.9 takes what a trap calls for unreachable.
    xargs -0 -n 12 -P "$(nproc)" shellcheck --external-sources --source-path=SCRIPTDIR --exclude=SC2317
}
lint_embedded() { node -r @swc-node/register tools/checks/src/lint-embedded.ts; }
# fetch DIRECTORY: builds it with the Go of this machine, or with that of the lab's Debian root (which needs root).
fetch() {
  if command -v go >/dev/null; then
    GOBIN=$1 GOTOOLCHAIN=auto GOFLAGS=-mod=mod go install "$module@v$version"
  elif [ "$(id -u)" = 0 ]; then
    tools/lab/images/sh/go-program.sh "$module@v$version" "$1"
  else
    echo 'there is no go on this machine, and only root can make the Debian root of the lab that has one'
    return 1
  fi
}
lint_workflows() {
  local directory said
  if [ ! -x "$actionlint" ]; then
    directory=$(mktemp -d)
    if ! said=$(fetch "$directory" 2>&1); then
      rm -rf "$directory"
      grep -m 1 -E "$offline" <<<"$said" | sed 's/^/NOT linted, the registry of Go modules cannot be reached: /' && return
      echo "$said"
      return 1
    fi
    mkdir -p "$cache/bin" && mv "$directory/actionlint" "$actionlint"
    rm -rf "$directory"
  fi
  # The address of an action is Forgejo's own; all else in its files must be what GitHub takes, too.
  "$actionlint" .github/workflows/*.yaml &&
    "$actionlint" -ignore '^specifying action "https://code\.forgejo\.org/' .forgejo/workflows/*.yaml
}

step 'shell scripts' lint_shell
step 'shell scripts in sources' lint_embedded
step workflows lint_workflows
finish
