#!/usr/bin/env bash
# Open WebUI from PyPI, every package pinned by hash, on the Debian and the Python of upstream's image: its
# package refuses Python 3.13, which the hosts' Debian has.
set -euo pipefail
here=$(readlink -f "$(dirname "$(readlink -f "$0")")/../..")
# shellcheck source=setup.sh
. "$here/images/sh/setup.sh"
# shellcheck source=python-root.sh
. "$here/images/sh/python-root.sh"

exec 3>&1 >"$cache/logs/open-webui.log" 2>&1
root_suite=bookworm
python_root bookworm python3 python3-venv python3-pip ca-certificates curl >&3
root=$(readlink -f "$stage/bookworm")
key=$({ basename "$root" && cat "$images"/{open-webui/{requirements.txt,start.sh},compile.py} "$0"; } | key_of -)
! have_layer open-webui "$key" || exit 0
stop_when_offline open-webui
grep -q "^open-webui==${OPEN_WEBUI_TAG#v} " "$images/open-webui/requirements.txt" ||
  fail "open-webui/requirements.txt does not pin Open WebUI ${OPEN_WEBUI_TAG#v}"
folder=$(scratch open-webui)
trap 'rm -rf --one-file-system "$folder"' EXIT
mkdir -p "$folder/app/backend/data"
cp "$images/open-webui/requirements.txt" "$folder/app/"
install -m755 "$images/open-webui/start.sh" "$folder/app/backend/start.sh"

# --no-deps: requirements.txt is complete, and deviates on purpose (see README.md).
install_packages() {
  in_root "$root" "$folder/app" sh -ec '
    python3 -m venv --without-pip /app/.venv
    pip --python /app/.venv/bin/python install --quiet --no-deps --no-compile --no-cache-dir \
      --only-binary :all: --require-hashes -r /app/requirements.txt
    rm /app/requirements.txt
    cd /app/.venv/lib/python3*/site-packages
    find open_webui/frontend -name "*.map" -delete
    find . -depth -type d \( -name tests -o -name test \) ! -path "./open_webui/*" -exec rm -rf {} +'
}
# Importing it makes its database, so it gets a folder that does not stay. The settings are those that
# decide what is imported.
compile_packages() {
  cp "$images/compile.py" "$folder/app/"
  in_root "$root" "$folder/app" env DATA_DIR=/tmp FROM_INIT_PY=true VECTOR_DB=qdrant QDRANT_URI=http://127.0.0.1:9 \
    RAG_EMBEDDING_ENGINE=openai OLLAMA_BASE_URL=/ollama WEBUI_SECRET_KEY=unused \
    /app/.venv/bin/python3 /app/compile.py open_webui.main uvicorn.protocols.{http,websockets}.auto >&2
  rm "$folder/app/compile.py"
}

timed "open-webui: pip install open-webui ${OPEN_WEBUI_TAG#v}" install_packages >&3
timed 'open-webui: compile' compile_packages >&3
timed 'open-webui: layer' keep_layer open-webui "$key" "$folder" >&3
