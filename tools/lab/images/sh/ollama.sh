#!/usr/bin/env bash
# Ollama from its Go module. It runs models by llama.cpp's server, as upstream's image does; that one is
# Debian's, from the first suite that has it, and that suite is the image's base.
set -euo pipefail
here=$(readlink -f "$(dirname "$(readlink -f "$0")")/../..")
# shellcheck source=setup.sh
. "$here/images/sh/setup.sh"

packages=(llama.cpp-tools)
root="$cache/llama-$llama_suite"
left_out=('./var/lib/apt/lists/*' './var/cache/*' './var/log/*' './usr/share/doc/*' './dev/*' './tmp/*' './run/*'
  ./etc/apt ./etc/resolv.conf ./etc/hostname)
base_key=$({ printf '%s\n' "$llama_suite" "$(uname -m)" "${root_without[@]}" "${packages[@]}" "${left_out[@]}"; } | key_of -)
key=$({ uname -m && cat "$images"/ollama/{main.go,go.mod,go.sum} "$0"; } | key_of -)
! have_layer llama "$base_key" || ! have_layer ollama "$key" || exit 0

exec 3>&1 >"$cache/logs/ollama.log" 2>&1
grep -q "ollama/ollama v$OLLAMA_TAG\$" "$images/ollama/go.mod" || fail "ollama/go.mod does not require Ollama $OLLAMA_TAG"
folder=$(scratch ollama)
trap 'rm -rf --one-file-system "$folder" "$root"' EXIT

# What loads a graphics card's libraries, and an SQLite that only the desktop program opens, are linked in: it needs
# a C compiler, and no optimized C.
compile() {
  in_root "$golang_root" "$folder/src" sh -ec "
    cd /app
    export GOTOOLCHAIN=auto CGO_ENABLED=1 CGO_CFLAGS=-O0 GOFLAGS=-mod=readonly
    nice -n 10 go build -trimpath -ldflags '-s -w -X github.com/ollama/ollama/version.Version=$OLLAMA_TAG' -o ollama ."
}
build() {
  mkdir "$folder/src"
  cp "$images"/ollama/{main.go,go.mod,go.sum} "$folder/src/"
  timed "ollama: go build $OLLAMA_TAG" compile >&3 2>>"$cache/logs/ollama.log"
  install -D "$folder/src/ollama" "$folder/layer/usr/bin/ollama"
  install -d "$folder/layer/usr/lib/ollama"
  ln -s ../../bin/llama-server "$folder/layer/usr/lib/ollama/llama-server"
  keep_layer ollama "$key" "$folder/layer"
}
base() {
  rm -rf --one-file-system "$root"
  suite=$llama_suite debian_root "$root" "${packages[@]}"
  keep_layer llama "$base_key" "$root" --wildcards "${left_out[@]/#/--exclude=}"
}

timed "ollama: Debian $root_suite root with Go" need_golang >&3 2>>"$cache/logs/ollama.log"
stop_when_offline ollama
have_layer llama "$base_key" || timed "ollama: Debian $llama_suite root with llama.cpp" base >&3 2>>"$cache/logs/ollama.log"
have_layer ollama "$key" || build
