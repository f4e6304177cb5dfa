# shellcheck shell=bash disable=SC2034,SC2154 # a part of hosts.sh, which has the other names
# Worlds: surroundings as people have them, which `lab:up --world=NAME` switches on. `.lab/worlds` holds those that are
# on, one a line; what runs in a host before its engine is in ../worlds.

world_names=(collector dns53 ipv6 late-address nofile offline router ufw)
late_seconds=20

world_on() { grep -qxF -- "$1" "$state/worlds" 2>/dev/null; }
# set_worlds "NAME..": those and no others.
set_worlds() {
  local name
  for name in $1; do
    [[ " ${world_names[*]} " = *" $name "* ]] || fail "there is no world '$name'; the lab knows: ${world_names[*]}"
  done
  mkdir -p "$state"
  # shellcheck disable=SC2086 # names, checked above
  printf '%s\n' $1 | sed '/^$/d' | sort -u >"$state/worlds.new"
  mv "$state/worlds.new" "$state/worlds"
}
# on_host WORLD HOST: whether the world is on, and the host is one that it changes.
on_host() {
  world_on "$1" || return 1
  case "$1" in
    collector | dns53 | late-address) [ "$2" = trusted ] ;;
    offline | ufw) [ "$2" != trusted ] ;;
  esac
}
host_worlds() {
  local name
  for name in "${world_names[@]}"; do ! on_host "$name" "$1" || echo "$name"; done
}
# The packages that the hosts' root has in addition: real programs, and none of them while no world needs it.
world_packages() {
  local name
  for name in collector dns53 offline ufw; do
    if world_on "$name"; then
      echo 'dnsmasq-base nginx ufw'
      return
    fi
  done
}

# Who answers for the names of a host and of its containers.
resolver_address() { if world_on router; then router_address; else host_address trusted; fi; }

# write_boot_files HOST UPPER: what the host runs before its engine.
write_boot_files() {
  local name
  rm -rf "$2/etc/lab"
  mkdir -p "$2/etc/lab/boot.d"
  lab_net >"$2/etc/lab/net"
  for name in $(host_worlds "$1"); do
    [ ! -e "$here/worlds/$name.sh" ] || install -m755 "$here/worlds/$name.sh" "$2/etc/lab/boot.d/$name"
  done
}

# The members of daemon.json that the worlds of a host add, each with a comma before it.
world_daemon_json() {
  local hard
  # As systemd has it for a service that sets nothing, and Docker 29 sets nothing; a lab cannot raise the machine's own.
  hard=$(ulimit -Hn)
  if [ "$hard" = unlimited ] || [ "$hard" -gt 524288 ]; then hard=524288; fi
  ! on_host nofile "$1" || printf ',\n  "default-ulimits": { "nofile": { "Name": "nofile", "Soft": 1024, "Hard": %s } }' "$hard"
  # ip6tables is experimental until Docker 27.
  ! on_host ipv6 "$1" || printf ',\n  "ipv6": true, "fixed-cidr-v6": "%s:%s::/64", "ip6tables": true, "experimental": true' \
    "$(prefix6 d0c)" "$(printf '%x' "${host_number["$1"]}")"
}
# prefix6 GROUP: a unique local prefix, which no two labs of a machine share: fd00:<group>:<second and third octet>.
prefix6() {
  local b c
  IFS=. read -r _ b c <<<"$(lab_net)"
  printf 'fd00:%s:%x' "$1" $((b * 256 + c))
}

# plug_worlds HOST NETNS: what the worlds do to its network card.
plug_worlds() {
  local address
  address=$(host_address "$1")
  # It lives in the host's namespace, so that a power cut ends it, too.
  if on_host late-address "$1"; then
    # shellcheck disable=SC2016 # the inner shell expands these
    setsid nsenter --net="/run/netns/$2" sh -c 'sleep "$1"; ip addr add "$2/24" dev eth0' \
      sh "$late_seconds" "$address" </dev/null >/dev/null 2>&1 8>&- 9>&- &
  else
    ip -n "$2" addr add "$address/24" dev eth0
  fi
  ! on_host ipv6 "$1" || ip -n "$2" addr add "$(prefix6 a15c)::${host_number["$1"]}/64" dev eth0 nodad
  # No model registry, and below no other image registry than the mirror.
  ! on_host offline "$1" || ip -n "$2" route add prohibit "$(models_address)"
}

# The home router and a second provider: .254 forwards the zone to our DNS server and all else to the first provider (.2);
# .253 knows what the first does, but nothing of the zone.
router_up() {
  local folder="$state/services/router"
  if ! world_on router; then
    service_stop router
    return 0
  fi
  [ -x "$cache/bin/coredns" ] || fail 'the world router needs CoreDNS, which could not be built'
  mkdir -p "$folder"
  grep -v "$lab_domain\." "$state/services/internet.zone" >"$folder/second.zone"
  cat >"$folder/Corefile" <<CONF
$lab_domain {
  bind $(router_address)
  forward . $(host_address trusted)
  errors
}
. {
  bind $(router_address)
  forward . $(registry_address)
  errors
}
. {
  bind $(second_address)
  file "$folder/second.zone" .
  errors
}
CONF
  ip -n "$switch" addr replace "$(router_address)/24" dev br0
  ip -n "$switch" addr replace "$(second_address)/24" dev br0
  service_start router 53 "$cache/bin/coredns" -conf "$folder/Corefile"
}
# A registry mirror as Harbor and Nexus have it: below a path, and for each registry.
mirror_up() {
  local folder="$state/services/mirror"
  if ! world_on offline; then
    service_stop mirror
    return 0
  fi
  mkdir -p "$folder"
  sed "s/@ADDRESS@/$(registry_address)/g" "$here/worlds/mirror.nginx" >"$folder/nginx.conf"
  # shellcheck disable=SC2016 # the inner shell expands these
  service_start mirror 8081 unshare --mount --propagation slave sh -ec '
    mount --bind "$1" "$2/mnt"
    exec chroot "$2" nginx -c /mnt/nginx.conf' sh "$folder" "$(root_path)"
}
