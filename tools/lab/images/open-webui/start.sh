#!/bin/bash
# The name and the place of upstream's start script; the program makes its own secret key where none is given.
cd /app/backend || exit 1
[ -n "$WEBUI_SECRET_KEY" ] || unset WEBUI_SECRET_KEY
exec open-webui serve --host "${HOST:-0.0.0.0}" --port "${PORT:-8080}"
