# shellcheck shell=bash disable=SC2034,SC2154 # a part of hosts.sh, which has the other names
# One host: network, mount, pid, uts and ipc namespaces with its own root, sshd, dockerd and disks.

# A host is on while its pid 1 lives in its network namespace (a pid used again does not count).
host_pid() {
  local pid
  pid=$(cat "$(host_dir "$1")/pid" 2>/dev/null) || return 1
  [ "/proc/$pid/ns/net" -ef "/run/netns/$(host_netns "$1")" ] && echo "$pid"
}
# The console: runs a command in a host without ssh and network.
host_exec() {
  local pid
  pid=$(host_pid "$1") || fail "$1 is off"
  shift
  nsenter -t "$pid" -m -u -i -n -p -r -w /usr/bin/env -i HOME=/root LANG=C.UTF-8 "TERM=${TERM:-dumb}" \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
}

# Keys are made before the first boot, so host keys are strict from the first connection.
write_keys() {
  local keys="$state/keys" host
  mkdir -p "$keys"
  chmod 700 "$keys"
  [ -f "$keys/id_ed25519" ] || ssh-keygen -q -t ed25519 -N '' -C "$lab_id" -f "$keys/id_ed25519"
  : >"$keys/known_hosts.new"
  for host in "${lab_hosts[@]}"; do
    [ -f "$keys/host_$host" ] || ssh-keygen -q -t ed25519 -N '' -C "$host" -f "$keys/host_$host"
    echo "$(host_address "$host"),$host,$host.$lab_domain $(cut -d' ' -f1,2 "$keys/host_$host.pub")" >>"$keys/known_hosts.new"
  done
  mv "$keys/known_hosts.new" "$keys/known_hosts"
  write_ssh_config >"$state/ssh_config.new"
  mv "$state/ssh_config.new" "$state/ssh_config"
}
write_ssh_config() {
  local host keys="${state//%/%%}/keys"      # ssh expands % in these paths
  for host in "${lab_hosts[@]}"; do
    printf 'Host %s %s.%s %s\n  HostName %s\n' "$host" "$host" "$lab_domain" "$(host_address "$host")" "$(host_address "$host")"
  done
  printf 'Host *\n  User root\n  IdentityFile "%s"\n  IdentitiesOnly yes\n  UserKnownHostsFile "%s"\n' "$keys/id_ed25519" "$keys/known_hosts"
  printf '  GlobalKnownHostsFile /dev/null\n  StrictHostKeyChecking yes\n  BatchMode yes\n  ConnectTimeout 5\n'
}
lab_ssh() { ssh -F "$state/ssh_config" -o LogLevel=ERROR "$@"; }

# The system disk is a layer over the shared root; it starts anew when that root is another one.
write_host_files() {
  local host=$1 dir upper name
  dir=$(host_dir "$host")
  upper="$dir/upper"
  mkdir -p "$dir"
  echo "${host_number["$host"]}" >"$dir/number"
  [ "$(cat "$dir/root-key" 2>/dev/null)" = "$(root_key)" ] || rm -rf --one-file-system "$upper" "$dir/work"
  root_key >"$dir/root-key"
  mkdir -p "$dir"/{work,lower,root,disk} "$upper"/{etc/ssh/sshd_config.d,etc/docker,root/.ssh,usr/local/sbin}
  chmod 700 "$upper/root" "$upper/root/.ssh"
  install -m600 "$state/keys/host_$host" "$upper/etc/ssh/ssh_host_ed25519_key"
  install -m644 "$state/keys/host_$host.pub" "$upper/etc/ssh/ssh_host_ed25519_key.pub"
  install -m600 "$state/keys/id_ed25519.pub" "$upper/root/.ssh/authorized_keys"
  install -m755 "$here/host-boot.sh" "$upper/usr/local/sbin/lab-boot"
  # all else of sshd is its default; this one would lock the tests out for 20 s after four wrong keys
  echo "PerSourcePenaltyExemptList $(lab_net).0/24" >"$upper/etc/ssh/sshd_config.d/lab.conf"
  echo "$host" >"$upper/etc/hostname"
  {
    echo '127.0.0.1 localhost'
    echo "$(host_address "$host") $host.$lab_domain $host"
    on_host offline "$host" || for name in "${lab_registries[@]}"; do echo "$(registry_address) $name"; done
  } >"$upper/etc/hosts"
  # names come from whatever listens on the trusted host's port 53, or from the router
  printf 'nameserver %s\noptions timeout:1 attempts:1\n' "$(resolver_address)" >"$upper/etc/resolv.conf"
  write_daemon_json "$host" >"$upper/etc/docker/daemon.json"
  write_boot_files "$host" "$upper"
  host_worlds "$host" >"$dir/worlds"
}
# Containers ask our DNS server, or the upstream while there is none. Address pools stay clear of the lab networks, 172.30.77.0 to 172.30.99.255.
write_daemon_json() {
  local names mirrors=''
  names=$(printf '"%s", ' "${lab_registries[@]}")
  on_host offline "$1" || mirrors="\"http://$(registry_address)\""
  cat <<JSON
{
  "cgroup-parent": "/$lab_id-$1",
  "storage-driver": "overlay2",
  "bip": "172.30.127.1/24",
  "default-address-pools": [{ "base": "172.30.128.0/17", "size": 24 }],
  "dns": ["$(resolver_address)", "$(registry_address)"],
  "insecure-registries": [${names%, }, "$(registry_address):8081"],
  "registry-mirrors": [$mirrors]$(world_daemon_json "$1")
}
JSON
}

# To the scheduler all containers of a host are one: next to a compiler and to other labs, each would start several times as
# slowly as on a machine of its own. So they weigh as much as eight programs. Where that cannot be set, they are just slower.
weigh_containers() {
  local groups=/sys/fs/cgroup file=cpu.weight weight=800
  [ ! -d "$groups/cpu" ] || { groups=$groups/cpu file=cpu.shares weight=8192; }
  { mkdir -p "$groups/$lab_id-$1" && echo "$weight" >"$groups/$lab_id-$1/$file"; } 2>/dev/null || true
}

is_as_wanted() {
  local dir
  dir=$(host_dir "$1")
  [ "$(cat "$dir/number" 2>/dev/null || echo "${host_number["$1"]}")" = "${host_number["$1"]}" ] &&
    [ "$(cat "$dir/root-key")" = "$(root_key)" ] && [ "$(cat "$dir/worlds" 2>/dev/null)" = "$(host_worlds "$1")" ]
}
host_start() {
  local host=$1 dir ns root parent pid=
  dir=$(host_dir "$host")                    # all worked out first: the search for pid 1 below must
  ns=$(host_netns "$host")                   # not meet a child that only computes an argument
  root=$(root_path)
  if host_pid "$host" >/dev/null; then
    is_as_wanted "$host" && return 0
    host_kill "$host"                        # its address, or its world, is another one now
  fi
  write_host_files "$host"
  weigh_containers "$host"
  host_plug "$host"
  # not "ip netns exec": that mounts /sys anew, without /sys/fs/cgroup
  setsid nsenter --net="/run/netns/$ns" unshare --mount --uts --ipc --pid --fork --propagation private \
    bash "$here/host-boot.sh" enter "$host" "$dir" "$root" \
    </dev/null >"$dir/console.log" 2>&1 8>&- 9>&- &
  parent=$!
  for _ in $(seq 250); do                    # the only child of unshare is the host's pid 1
    pid=$(cat "/proc/$parent/task/$parent/children" 2>/dev/null || true)
    pid=${pid%% *}
    if [ -n "$pid" ] && [ -e "/proc/$pid/ns/pid" ] && [ ! "/proc/$pid/ns/pid" -ef /proc/self/ns/pid ]; then break; fi
    pid=
    sleep .02
  done
  [ -n "$pid" ] || { cat "$dir/console.log" >&2; fail "$host did not start"; }
  echo "$pid" >"$dir/pid"
}

# Deadline 60 s: sshd lets us in (the console, when the cable is cut) and the engine answers.
host_wait() {
  local host=$1 dir end=$((SECONDS + 60))
  dir=$(host_dir "$host")
  while [ $SECONDS -lt $end ]; do
    host_pid "$host" >/dev/null || { cat "$dir/console.log" >&2; fail "$host died while starting"; }
    if host_answers "$host"; then
      [ "$host" != trusted ] || host_exec "$host" sh -c 'docker network inspect traefik || docker network create traefik' >/dev/null 2>&1 ||
        fail 'the Docker network traefik cannot be made on trusted'
      return
    fi
    sleep .05
  done
  host_exec "$host" tail -n 5 /var/log/dockerd.log >&2 || true
  fail "$host is not up after 60 s"
}
host_answers() {
  host_exec "$1" timeout 3 docker version -f x >/dev/null 2>&1 || return 1
  [ -e "$(host_dir "$1")/cut" ] || lab_ssh "$1" true >/dev/null 2>&1 </dev/null
}

# Takes away a host whose file is gone: power, disk and keys.
host_remove() {
  ! is_listed "$1" || fail "$1 is still in the inventory: remove ${host_files#"$checkout"/}/$1.yaml first"
  host_kill "$1"
  rm -rf --one-file-system "$(host_dir "$1")" "$state/keys/host_$1" "$state/keys/host_$1.pub"
  list_hosts
  write_keys
}

# A power cut: killing pid 1 ends every program of the host, its containers too. Disks stay.
host_kill() {
  clear_pids "$(host_netns "$1")"
  rm -f "$(host_dir "$1")/pid"
  host_unplug "$1"
  clear_cgroups "$lab_id-$1"
}
