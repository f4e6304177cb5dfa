# shellcheck shell=bash
# Sourced by build.sh and by each part, with `here` set to tools/lab: places, keys, layers, chroots.

# shellcheck source=../../sh/settings.sh
. "${here:?}/sh/settings.sh"
# shellcheck source=../../sh/root.sh
. "$here/sh/root.sh"
# shellcheck source=../../models/identity.sh
. "$here/models/identity.sh"
images="$here/images"
stage="$cache/stage"                         # what one run hands to the registry; under the lock
# shellcheck source=../versions.env
. "$images/versions.env"
export LITELLM_VERSION TRAEFIK_VERSION COREDNS_VERSION OPEN_WEBUI_TAG OLLAMA_TAG VLLM_TAG QDRANT_TAG IDP_TAG ECHO_TAG

say() { echo "[images] $*"; }
# timed TEXT COMMAND..: says what runs and how long it took.
timed() {
  local text=$1 started=$SECONDS
  shift
  say "$text ..."
  "$@"
  say "$text: $((SECONDS - started))s"
}
key_of() { cat "$@" | sha256sum | cut -c1-16; }
# The machine's own programs go into images: their identity, without reading a hundred megabytes.
machine_key() {
  uname -m
  stat -Lc '%n %s %Y' "$(command -v node)" "$(command -v bash)" "$(command -v curl)"
}

# have_layer NAME KEY: true when the layer is there; hands it to this run.
have_layer() {
  local path="$cache/layers/$1-$2.tar"
  [ -f "$path" ] || return 1
  touch "$path" "$path.digest"
  ln -sfn "$path" "$stage/$1.tar"
}
# keep_layer NAME KEY FOLDER [tar option..]: the same files give the same bytes.
keep_layer() {
  local name=$1 path="$cache/layers/$1-$2.tar" folder=$3
  shift 3
  tar -C "$folder" --sort=name --mtime=@0 --numeric-owner --format=gnu "$@" -cf "$path.new" .
  echo "sha256:$(sha256sum "$path.new" | cut -c1-64)" >"$path.digest"
  mv "$path.new" "$path"
  ln -sfn "$path" "$stage/$name.tar"
}

# debian_root PATH PACKAGE..: a small Debian of the suite that the hosts have, or of `suite`.
debian_root() {
  local path=$1 options=() left_out mirror dated
  shift
  mirror=${AI_STACK_LAB_MIRROR:-$(debian_mirror)}
  [ -n "$mirror" ] || fail 'apt knows no Debian mirror here: set AI_STACK_LAB_MIRROR to one'
  # A suite that is not released yet has an end of validity, which a mirror may outlive: as the machine's apt says.
  dated=$(apt-config dump --format '%v%n' Acquire::Check-Valid-Until)
  options=(--aptopt="Acquire::Check-Valid-Until \"${dated:-true}\"")
  for left_out in "${root_without[@]}"; do options+=(--dpkgopt="path-exclude=$left_out/*"); done
  mmdebstrap --quiet --variant=minbase --aptopt='Apt::Install-Recommends "0"' "${options[@]}" \
    --include="$(IFS=,; echo "$*")" "${suite:-$root_suite}" "$path" "$mirror" </dev/null
}
# in_root ROOT KEPT COMMAND..: runs it in ROOT with the machine's network and registry settings. Nothing
# that it writes stays, except in /app, which is the folder KEPT.
in_root() {
  unshare --mount --pid --fork --propagation private --kill-child bash "$images/sh/enter-root.sh" "$@" </dev/null
}
# scratch NAME: an empty folder of this build on the cache's disk; the caller removes it.
scratch() {
  rm -rf --one-file-system "$cache/scratch-$1"
  mkdir -p "$cache/scratch-$1"
  echo "$cache/scratch-$1"
}

llama_suite=forky                            # the first suite that has llama.cpp
# golang_root: a Debian root with Go and a C compiler, kept until all is built.
golang_root="$cache/golang-c-$root_suite"
need_golang() {
  [ -d "$golang_root" ] || {
    rm -rf --one-file-system "$golang_root.new"
    debian_root "$golang_root.new" golang-go g++ libc6-dev ca-certificates && mv "$golang_root.new" "$golang_root"
  }
}
registry_of() { case "$1" in coredns | ollama) echo go ;; *) echo pypi ;; esac; }
# What each client says of the registry that a build would use; both end with 0 when they get an answer.
ask_pypi() {
  in_root "$(find "$cache" -maxdepth 1 -type d -name 'python-*' -print -quit)" "$1" \
    timeout 60 pip index versions --retries 1 --timeout 15 litellm
}
ask_go() {
  need_golang && in_root "$golang_root" "$1" env GOTOOLCHAIN=local GOFLAGS=-mod=mod \
    timeout 60 go list -m "github.com/coredns/coredns@v$COREDNS_VERSION"
}
# offline_reason PART: true, with the client's own words, when no connection to the part's registry comes
# about. False when it answers, be it with a refusal, and when nothing shows that it cannot be reached.
offline_reason() {
  local registry folder said code=0
  cannot_be_had "$1" && return
  registry=$(registry_of "$1")
  folder=$(scratch "ask-$1")
  said=$("ask_$registry" "$folder" 2>&1) || code=$?
  rm -rf --one-file-system "$folder"
  [ "$code" != 0 ] || return 1
  [ "$code" != 124 ] || { echo "$registry: no answer in 60 seconds" && return; }
  grep -m 1 -E "${no_connection[$registry]}" <<<"$said" | cut -c1-320
}
# What else a part needs of this machine and its mirror.
cannot_be_had() {
  local mirror
  case "$1" in
    vllm) ! grep -qw avx2 /proc/cpuinfo && echo 'this processor has no AVX2' ;;
    ollama)
      mirror=${AI_STACK_LAB_MIRROR:-$(debian_mirror)}
      [ "$(curl -s -o /dev/null -w '%{http_code}' --max-time 30 "${mirror%/}/dists/$llama_suite/InRelease")" = 404 ] &&
        echo "the mirror of Debian has no $llama_suite, whose llama.cpp it needs"
      ;;
    *) false ;;
  esac
}
declare -A no_connection=(
  [pypi]="connection broken by '(NewConnectionError|ConnectTimeoutError|ReadTimeoutError|ProxyError|ProtocolError)"
  [go]='dial tcp|proxyconnect|i/o timeout|TLS handshake timeout|connection reset by peer|network is unreachable|no such host'
)
# stop_when_offline PART: ends the part without a failure when its registry cannot be reached.
stop_when_offline() {
  local reason
  reason=$(offline_reason "$1") || return 0
  echo "$reason" >"$stage/$1.offline"
  exit 0
}
