# shellcheck shell=bash
# Sourced by build.sh and by each part, with `here` set to tools/lab: places, keys, layers, chroots.

# shellcheck source=../../sh/settings.sh
. "${here:?}/sh/settings.sh"
# shellcheck source=../../sh/root.sh
. "$here/sh/root.sh"
images="$here/images"
stage="$cache/stage"                         # what one run hands to the registry; under the lock
# shellcheck source=../versions.env
. "$images/versions.env"
export LITELLM_VERSION TRAEFIK_VERSION COREDNS_VERSION OPEN_WEBUI_TAG OLLAMA_TAG VLLM_TAG QDRANT_TAG IDP_TAG

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

# debian_root PATH PACKAGE..: a small Debian of the suite that the hosts have.
debian_root() {
  local path=$1 options=() left_out mirror
  shift
  mirror=${AI_STACK_LAB_MIRROR:-$(debian_mirror)}
  [ -n "$mirror" ] || fail 'apt knows no Debian mirror here: set AI_STACK_LAB_MIRROR to one'
  for left_out in "${root_without[@]}"; do options+=(--dpkgopt="path-exclude=$left_out/*"); done
  mmdebstrap --quiet --variant=minbase --aptopt='Apt::Install-Recommends "0"' "${options[@]}" \
    --include="$(IFS=,; echo "$*")" "$root_suite" "$path" "$mirror" </dev/null
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
