#!/usr/bin/env bash
# CoreDNS from its Go module, with the plugins that we use; go.sum pins every module by hash.
set -euo pipefail
here=$(readlink -f "$(dirname "$(readlink -f "$0")")/../..")
# shellcheck source=setup.sh
. "$here/images/sh/setup.sh"

key=$({ uname -m && cat "$images"/coredns/{main.go,go.mod,go.sum} "$0"; } | key_of -)
program="$cache/layers/coredns-$key.bin"
if [ ! -x "$program" ]; then
  exec 3>&1 >"$cache/logs/coredns.log" 2>&1
  grep -q "coredns/coredns v$COREDNS_VERSION\$" "$images/coredns/go.mod" ||
    fail "coredns/go.mod does not require CoreDNS $COREDNS_VERSION"
  folder=$(scratch coredns)
  trap 'rm -rf --one-file-system "$folder"' EXIT
  mkdir "$folder/src"
  cp "$images"/coredns/{main.go,go.mod,go.sum} "$folder/src/"

  # Debian's Go fetches the newer one that go.mod asks for through the module proxy.
  build() {
    in_root "$golang_root" "$folder/src" sh -ec '
      cd /app
      export GOTOOLCHAIN=auto CGO_ENABLED=0 GOFLAGS=-mod=readonly
      go build -trimpath -ldflags "-s -w" -o coredns .'
  }
  timed "coredns: Debian $root_suite root with Go" need_golang >&3 2>>"$cache/logs/coredns.log"
  stop_when_offline coredns
  timed "coredns: go build $COREDNS_VERSION" build >&3 2>>"$cache/logs/coredns.log"
  mv "$folder/src/coredns" "$program"
fi
touch "$program"
ln -sfn "$program" "$stage/coredns"
