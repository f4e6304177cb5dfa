#!/usr/bin/env bash
# The Debian root with Python that LiteLLM's image stands on, and the CA certificates of all images.
set -euo pipefail
here=$(readlink -f "$(dirname "$(readlink -f "$0")")/../..")
# shellcheck source=setup.sh
. "$here/images/sh/setup.sh"

packages=(python3 python3-venv python3-pip ca-certificates)
key=$({ printf '%s\n' "$root_suite" "$(uname -m)" "${root_without[@]}" "${packages[@]}" && cat "$0"; } | key_of -)
root="$cache/python-$key"
# pip serves the build only; the rest is the builder's own state.
left_out=(./usr/lib/python3/dist-packages/{pip,wheel,setuptools} './usr/lib/python3/dist-packages/*-info'
  ./usr/share/python-wheels './usr/bin/pip*' './var/lib/apt/lists/*' './var/cache/*' './var/log/*'
  ./etc/apt ./etc/resolv.conf ./etc/hostname './dev/*' './tmp/*' './run/*')
# Python's compiled files name the time of their source: times must stay as they are.
times=(--clamp-mtime --mtime=@4102444800)

build() {
  rm -rf --one-file-system "$cache"/python-*
  debian_root "$root.new" "${packages[@]}"
  mv "$root.new" "$root"
}
certs() {
  local folder
  folder=$(scratch certs)
  install -D -m644 "$root/etc/ssl/certs/ca-certificates.crt" "$folder/etc/ssl/certs/ca-certificates.crt"
  install -d -m1777 "$folder/tmp"
  keep_layer certs "$key" "$folder"
  rm -rf "$folder"
}

[ -d "$root" ] || timed "python: Debian $root_suite root" build 2>"$cache/logs/python.log"
have_layer python "$key" || timed 'python: layer' keep_layer python "$key" "$root" "${times[@]}" --wildcards "${left_out[@]/#/--exclude=}"
have_layer certs "$key" || certs
ln -sfn "$root" "$stage/python"
