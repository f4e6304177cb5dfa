#!/usr/bin/env bash
# An nginx in front of Traefik, as many have one: with its default, proxy_buffering on, it collects answers. It takes
# ports 80 and 443, and the edge publishes Traefik on 8080 and 8443. It needs the edge's certificate, so the edge starts
# it the first time.
set -euo pipefail
tls=/srv/docker/edge/tls
[ -e "$tls/leaf.pem" ] || exit 0
cat >/etc/nginx/collector.conf <<CONF
user root;
worker_processes 1;
pid /run/nginx.pid;
error_log /var/log/nginx.log;
events { }
http {
  access_log off;
  proxy_buffering on;
  # The program after it may ask for its answer as it comes.
  proxy_ignore_headers X-Accel-Buffering;
  # One part for each part that came would hide that they come together: the lab's models need no time.
  chunked_transfer_encoding off;
  proxy_buffer_size 64k;
  proxy_buffers 8 64k;
  proxy_busy_buffers_size 128k;
  proxy_read_timeout 300s;
  proxy_http_version 1.1;
  proxy_set_header Host \$host;
  proxy_set_header X-Forwarded-For \$remote_addr;
  proxy_set_header X-Forwarded-Proto \$scheme;
  server {
    listen 80 default_server;
    location / { proxy_pass http://127.0.0.1:8080; }
  }
  server {
    listen 443 ssl default_server;
    ssl_certificate $tls/leaf.pem;
    ssl_certificate_key $tls/leaf.key;
    client_max_body_size 0;
    location / {
      proxy_ssl_server_name on;
      proxy_ssl_name \$host;
      proxy_pass https://127.0.0.1:8443;
    }
  }
}
CONF
if [ -s /run/nginx.pid ]; then nginx -c /etc/nginx/collector.conf -s reload; else nginx -c /etc/nginx/collector.conf; fi
