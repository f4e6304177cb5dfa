#!/usr/bin/env bash
# Read by bash on the lab's host: runs the Traefik under trial on the host's containers, prints its routers.
set -euo pipefail
/run/traefik-try --global.checkNewVersion=false --global.sendAnonymousUsage=false --log.level=ERROR \
  --api.insecure=true --providers.docker=true --providers.docker.exposedByDefault=false \
  --providers.docker.network=traefik --entrypoints.traefik.address=127.0.0.1:18080 \
  --entrypoints.web.address=127.0.0.1:18081 --entrypoints.websecure.address=127.0.0.1:18443 >/run/traefik-try.log 2>&1 &
program=$!
trap 'kill "$program"; rm -f /run/traefik-try /run/traefik-try.log' EXIT
for _ in $(seq 20); do
  sleep 1
  exec 3<>/dev/tcp/127.0.0.1/18080 || continue
  printf 'GET /api/http/routers?per_page=100 HTTP/1.0\r\n\r\n' >&3
  answer=$(sed '1,/^\r$/d' <&3)
  exec 3>&-
  case "$answer" in *'litellm@docker'*'open-webui@docker'*) break ;; esac
done 2>/dev/null
printf '%s\n' "${answer:-}"
