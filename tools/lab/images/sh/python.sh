#!/usr/bin/env bash
# The Debian root with Python that LiteLLM's image stands on, and the CA certificates of all images.
set -euo pipefail
here=$(readlink -f "$(dirname "$(readlink -f "$0")")/../..")
# shellcheck source=setup.sh
. "$here/images/sh/setup.sh"
# shellcheck source=python-root.sh
. "$here/images/sh/python-root.sh"

certs() {
  local folder
  folder=$(scratch certs)
  install -D -m644 "$root/etc/ssl/certs/ca-certificates.crt" "$folder/etc/ssl/certs/ca-certificates.crt"
  install -d -m1777 "$folder/tmp"
  keep_layer certs "$key" "$folder"
  rm -rf "$folder"
}

python_root python python3 python3-venv python3-pip ca-certificates
root=$(readlink -f "$stage/python")
key=${root##*-}
have_layer certs "$key" || certs
