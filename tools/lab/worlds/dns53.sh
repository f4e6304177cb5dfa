#!/usr/bin/env bash
# Another DNS server, on port 53 of every address: as with Pi-hole, or a dnsmasq that was there first.
set -euo pipefail
exec dnsmasq --conf-file=/dev/null --no-hosts --no-resolv --server="$(cat /etc/lab/net).2" \
  --user=root --pid-file=/run/dnsmasq.pid
