# shellcheck shell=bash disable=SC2034,SC2154 # a part of hosts.sh, which has the other names
# The switch and its cables, and what tells one lab of this machine from another.

# The bridge has a namespace of its own, so the machine's iptables (a Docker's FORWARD DROP) never see
# a frame of the lab. No host has a default route: nothing in the lab reaches anything outside it.
switch_up() {
  [ ! -e "/run/netns/$switch" ] || return 0
  ip netns add "$switch"
  ip -n "$switch" link set lo up
  # Without an address of its own a bridge takes another one whenever a cable comes or goes.
  ip -n "$switch" link add br0 address "$(card_address "$(registry_address)")" type bridge
  ip -n "$switch" addr add "$(registry_address)/24" dev br0
  ip -n "$switch" link set br0 up
  ip link add "$uplink" type veth peer name uplink netns "$switch"
  ip -n "$switch" link set uplink master br0 up
  ip addr add "$(lab_net).1/24" dev "$uplink"
  ip link set "$uplink" up
}

# card_address IP: the address of its network card, a locally administered one.
card_address() {
  local a b c d
  IFS=. read -r a b c d <<<"$1"
  printf '02:00:%02x:%02x:%02x:%02x' "$a" "$b" "$c" "$d"
}
# The address of the network card is fixed: with a new one after each power cycle, the neighbours'
# ARP caches would hide the host for half a minute.
host_plug() {
  local host=$1 ns address
  ns=$(host_netns "$host")
  address=$(host_address "$host")
  [ ! -e "/run/netns/$ns" ] || clear_pids "$ns"
  host_unplug "$host"
  ip netns add "$ns"
  ip -n "$ns" link set lo up
  ip -n "$ns" link add eth0 address "$(card_address "$address")" type veth peer name "$(host_cable "$host")" netns "$switch"
  ip -n "$ns" link set eth0 up
  plug_worlds "$host" "$ns"
  ip -n "$switch" link set "$(host_cable "$host")" master br0
  [ -e "$(host_dir "$host")/cut" ] || ip -n "$switch" link set "$(host_cable "$host")" up
}
# A host without power is silent; left alive, its namespace would go on answering "connection refused".
host_unplug() {
  local ns
  ns=$(host_netns "$1")
  ip -n "$switch" link del "$(host_cable "$1")" 2>/dev/null || true
  [ ! -e "/run/netns/$ns" ] || ip netns del "$ns"
}

host_cut() {
  mkdir -p "$(host_dir "$1")"
  touch "$(host_dir "$1")/cut"
  ! host_pid "$1" >/dev/null || ip -n "$switch" link set "$(host_cable "$1")" down
}
host_join() {
  rm -f "$(host_dir "$1")/cut"
  ! host_pid "$1" >/dev/null || ip -n "$switch" link set "$(host_cable "$1")" up
}

# ---- the machine's ledger of labs ----------------------------------------------------------------

lab_namespaces() { find /run/netns -maxdepth 1 -name "$1-*" -printf '%f\n' 2>/dev/null || true; }
lab_pids() { local ns; for ns in $(lab_namespaces "$1"); do ip netns pids "$ns" 2>/dev/null || true; done; }

# Ends every program that runs in a network namespace; a host's pid 1 takes the host's others with it.
clear_pids() {
  local pid
  for _ in $(seq 500); do
    [ -n "$(ip netns pids "$1" 2>/dev/null)" ] || return 0
    for pid in $(ip netns pids "$1" 2>/dev/null); do kill -9 "$pid" 2>/dev/null || true; done
    sleep .02
  done
  fail "programs in the network namespace $1 do not end"
}

# Whose directories we see: a chroot or a container that shares the ledger sees others than the machine.
viewpoint() { echo "$(readlink /proc/self/ns/mnt) $(stat -Lc %d:%i /)"; }

# A lab lives while one of its own programs runs in its networks and its checkout stands. Whether that
# stands cannot be judged from another viewpoint than the lab's own: then its programs alone count.
lab_lives() {
  local of
  of=$(cat "$ledger/$1/checkout" 2>/dev/null) && [ -n "$(lab_pids "$1")" ] || return 1
  [ -d "$of/.lab" ] || [ "$(cat "$ledger/$1/viewpoint" 2>/dev/null)" != "$(viewpoint)" ]
}

# Takes away everything of a lab but its disks: programs, namespaces, cables, cgroups.
clear_lab() {
  local ns
  for ns in $(lab_namespaces "$1"); do clear_pids "$ns"; done
  for ns in $(lab_namespaces "$1"); do ip netns del "$ns"; done
  ip link del "$1-c" 2>/dev/null || true
  clear_cgroups "$1-*"
  rm -rf "${ledger:?}/$1"
}
# Emptied cgroups stay behind; they go deepest first, and only when their last program is really gone.
clear_cgroups() {
  local try
  for try in $(seq 50); do
    find /sys/fs/cgroup -mindepth 1 -depth -type d \( -path "*/$1" -o -path "*/$1/*" \) \
      -exec rmdir {} + 2>/dev/null || true
    [ -n "$(find /sys/fs/cgroup -mindepth 1 -maxdepth 3 -type d -name "$1" -print -quit 2>/dev/null)" ] || return 0
    sleep "$([ "$try" -lt 5 ] && echo .02 || echo .1)"
  done
}

# Holds the ledger while this lab finds its network: other labs' leftovers go, living labs are respected.
claim_net() {
  local entry id taken net
  # (without .lab/net the directory was removed under a living lab: that one is cleared below)
  if [ -e "$state/net" ] && [ -e "/run/netns/$switch" ] && lab_lives "$lab_id"; then
    cat "$ledger/$lab_id/net" >"$state/net"
    return
  fi
  taken=
  for entry in "$ledger"/lab*; do
    id=${entry##*/}
    [ -d "$entry" ] || continue
    [ "$id" != "$lab_id" ] || continue
    if lab_lives "$id"; then taken+=" $(cat "$entry/net")"; else
      echo "clearing what is left of a dead lab ($(cat "$entry/checkout" 2>/dev/null || echo unknown))"
      clear_lab "$id"
    fi
  done
  clear_lab "$lab_id"
  net=$(pick_net "$(cat "$state/net" 2>/dev/null || true) ${LAB_NET:-}" "$taken $(ip -4 route show | routed_nets "$uplink")") ||
    fail 'all of 172.30.77.0/24 to 172.30.99.0/24 are in use on this machine'
  echo "$net" >"$state/net"
  mkdir -p "$ledger/$lab_id"
  echo "$owner" >"$ledger/$lab_id/checkout"
  viewpoint >"$ledger/$lab_id/viewpoint"
  echo "$net" >"$ledger/$lab_id/net"
}
