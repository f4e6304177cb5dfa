# shellcheck shell=bash disable=SC2034,SC2154 # a part of hosts.sh, which has the other names
# What runs: one line per host and service, or one JSON object.

host_status() { # NAME ADDRESS POWER CABLE SSHD ENGINE
  local power=off cable=in sshd=off engine=off version
  [ ! -e "$(host_dir "$1")/cut" ] || cable='cut'
  if host_pid "$1" >/dev/null; then
    power=on
    # shellcheck disable=SC2016 # the host expands these
    ! host_exec "$1" sh -c 'kill -0 "$(cat /run/sshd.pid)"' 2>/dev/null || sshd=on
    ! version=$(host_exec "$1" timeout 3 docker version -f '{{.Server.Version}}' 2>/dev/null) || engine=$version
  fi
  echo "$1 $(host_address "$1") $power $cable $sshd $engine"
}
is_up() {
  local host
  service_pid upstream >/dev/null && service_pid registry >/dev/null && service_pid models >/dev/null || return 1
  for host in "${lab_hosts[@]}"; do host_pid "$host" >/dev/null || return 1; done
}

status() {
  if [ ! -e "$state/net" ]; then
    if [ "${1:-}" = --json ]; then printf '{"up": false, "id": "%s", "net": null, "hosts": []}\n' "$lab_id"; else echo 'lab: there is none yet'; fi
    return
  fi
  if [ "${1:-}" = --json ]; then status_json; else status_lines; fi
}
status_lines() {
  local host name address power cable sshd engine
  for host in "${lab_hosts[@]}"; do
    read -r name address power cable sshd engine <<<"$(host_status "$host")"
    printf '%-11s %-14s power %-3s  cable %-3s  sshd %-3s  engine %s\n' "$name" "$address" "$power" "$cable" "$sshd" "$engine"
  done
  [ ! -s "$state/worlds" ] || echo "worlds      $(paste -sd' ' "$state/worlds")"
  for name in registry upstream models; do
    printf '%-11s %-14s power %s\n' "$name" "$(service_address "$name")" "$(service_pid "$name" >/dev/null && echo on || echo off)"
  done
}
status_json() {
  local host name address power cable sshd engine worlds=() hosts=() up=false
  for host in "${lab_hosts[@]}"; do
    read -r name address power cable sshd engine <<<"$(host_status "$host")"
    hosts+=("{\"name\": \"$name\", \"address\": \"$address\", \"power\": \"$power\", \"cable\": \"$cable\", \"sshd\": \"$sshd\", \"engine\": \"$engine\"}")
  done
  while read -r name; do worlds+=("\"$name\""); done < <(cat "$state/worlds" 2>/dev/null)
  ! is_up || up=true
  printf '{"up": %s, "id": "%s", "net": "%s", "worlds": [%s], "hosts": [%s], "registry": "%s", "upstream": "%s"}\n' "$up" "$lab_id" "$(lab_net)" \
    "$(IFS=,; echo "${worlds[*]}")" "$(IFS=,; echo "${hosts[*]}")" "$(service_pid registry >/dev/null && echo on || echo off)" "$(service_pid upstream >/dev/null && echo on || echo off)"
}
