#!/usr/bin/env bash
# LiteLLM's proxy from PyPI, every package pinned by hash, laid over the Python layer.
set -euo pipefail
here=$(readlink -f "$(dirname "$(readlink -f "$0")")/../..")
# shellcheck source=setup.sh
. "$here/images/sh/setup.sh"

root=$(readlink -f "$stage/python")
key=$({ basename "$root" && cat "$images"/{litellm/requirements.txt,compile.py} "$0"; } | key_of -)
! have_layer litellm "$key" || exit 0
stop_when_offline litellm
exec 3>&1 >"$cache/logs/litellm.log" 2>&1
grep -q "^litellm==$LITELLM_VERSION " "$images/litellm/requirements.txt" ||
  fail "litellm/requirements.txt does not pin LiteLLM $LITELLM_VERSION"
folder=$(scratch litellm)
trap 'rm -rf --one-file-system "$folder"' EXIT
mkdir -p "$folder/app"
cp "$images/litellm/requirements.txt" "$folder/app/"

# --no-deps: requirements.txt is complete, and deviates on purpose (see README.md).
install_packages() {
  in_root "$root" "$folder/app" sh -ec '
    python3 -m venv --without-pip /app/.venv
    pip --python /app/.venv/bin/python install --quiet --no-deps --no-compile --no-cache-dir \
      --only-binary :all: --require-hashes -r /app/requirements.txt
    rm /app/requirements.txt
    cd /app/.venv/lib/python3*/site-packages
    find . -depth -type d \( -name tests -o -name test \) ! -path "./litellm/*" -exec rm -rf {} +'
}
# Without compiled files each start of the container takes eight seconds longer.
compile_packages() {
  cp "$images/compile.py" "$folder/app/"
  in_root "$root" "$folder/app" env LITELLM_LOCAL_MODEL_COST_MAP=True /app/.venv/bin/python3 /app/compile.py \
    litellm.proxy.{proxy_cli,proxy_server} uvicorn.protocols.{http,websockets}.auto
  rm "$folder/app/compile.py"
}

timed "litellm: pip install litellm[proxy] $LITELLM_VERSION" install_packages >&3 2>>"$cache/logs/litellm.log"
timed 'litellm: compile' compile_packages >&3 2>>"$cache/logs/litellm.log"
timed 'litellm: layer' keep_layer litellm "$key" "$folder" >&3
