#!/usr/bin/env bash
# The first program of a lab host. `enter` runs in the new namespaces but on the machine's root,
# `init` and `service` run inside the host, where this file is /usr/local/sbin/lab-boot.
set -euo pipefail

enter() {
  local host=$1 dir=$2 shared=$3 name
  cd "$dir"                                  # overlay options cannot hold every path: use short ones
  mount --bind "$shared" lower
  mount -t overlay overlay -o lowerdir=lower,upperdir=upper,workdir=work root
  attach_disk
  mkdir -p root/{proc,sys,dev,run,tmp,opt,srv,var/lib/docker,.old}
  mount -t proc proc root/proc
  mount -t sysfs sysfs root/sys
  mount --rbind /sys/fs/cgroup root/sys/fs/cgroup
  mount -t tmpfs -o mode=755 tmpfs root/run
  mount -t tmpfs -o mode=1777 tmpfs root/tmp
  devices
  mount --bind disk/docker root/var/lib/docker # overlay2 cannot sit on an overlay
  mount --bind disk/opt root/opt               # disks of their own: a rename between them fails
  mount --bind disk/srv root/srv
  hostname "$host"
  cd root
  pivot_root . .old
  exec chroot . /usr/bin/env -i HOME=/root LANG=C.UTF-8 \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin bash /usr/local/sbin/lab-boot init
}
# The data disk is one sparse file: a wipe then removes a file, not the hundred thousand files of all images, which takes
# minutes where the machine's disk is told of each freed block. A directory serves where there is no loop device, and in
# a lab that was made before.
attach_disk() {
  [ -e disk.img ] || [ -d disk/docker ] || make_disk || rm -f disk.img
  [ ! -e disk.img ] || mount_disk
  mkdir -p disk/docker disk/opt/stacks disk/srv/docker
  chmod 711 disk/docker
}
# No journal: the file goes with the lab, and a power cut ends programs, not the machine.
make_disk() {
  truncate -s "$(df --output=avail -B1 . | tail -n 1)" disk.img &&
    mkfs.ext4 -q -F -m 0 -O ^has_journal -E lazy_itable_init=1,nodiscard disk.img && mount_disk && umount disk
}
# After a power cut the kernel may still be closing the file's earlier loop device.
mount_disk() {
  for _ in $(seq 100); do
    [ -n "$(losetup --noheadings --associated disk.img)" ] || break
    sleep .1
  done
  mount -o loop,noatime disk.img disk
}
devices() {
  local name
  mount -t tmpfs -o mode=755 tmpfs root/dev
  mkdir root/dev/pts root/dev/shm
  mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts root/dev/pts
  mount -t tmpfs -o mode=1777 tmpfs root/dev/shm
  ln -s pts/ptmx root/dev/ptmx
  for name in null zero full random urandom tty; do
    touch "root/dev/$name"
    mount --bind "/dev/$name" "root/dev/$name"
  done
  ln -s /proc/self/fd root/dev/fd
  ln -s /proc/self/fd/0 root/dev/stdin
  ln -s /proc/self/fd/1 root/dev/stdout
  ln -s /proc/self/fd/2 root/dev/stderr
}

init() {
  umount -l /.old
  rmdir /.old
  ln -sfn /proc/self/mounts /etc/mtab
  mkdir -p /run/sshd
  open_files
  apply_sysctl
  run_worlds
  service sshd start
  service dockerd start
  exec tini -g -- sleep infinity             # takes in orphans until the power goes
}
# As systemd does at boot, but only for the network: all other settings are those of the machine.
apply_sysctl() { sysctl --quiet --system --pattern '^net\.' >/dev/null || true; }
# What the worlds of this lab start before the engine (../sh/worlds.sh).
run_worlds() {
  local program
  for program in /etc/lab/boot.d/*; do
    [ ! -e "$program" ] || bash "$program" || echo "${program##*/} failed" >&2
  done
}
# As systemd does for Docker: containers may open many files. Beyond a million some programs crawl.
open_files() {
  local hard
  hard=$(ulimit -Hn)
  if [ "$hard" = unlimited ] || [ "$hard" -gt 1048576 ]; then hard=1048576; fi
  ulimit -Sn "$hard"
}

service() {
  case "$1 $2" in
    'sshd start') [ -n "$(running sshd)" ] || /usr/sbin/sshd -E /var/log/sshd.log ;;
    'sshd stop') [ -z "$(running sshd)" ] || kill "$(running sshd)" ;; # open sessions live on
    'dockerd start')
      [ -z "$(running dockerd)" ] || return 0
      rm -f /run/docker.pid
      setsid dockerd </dev/null >>/var/log/dockerd.log 2>&1 &
      ;;
    'dockerd stop') end dockerd TERM ;;      # containers get their grace time
    'dockerd crash') end dockerd KILL ;;
    *)
      echo "no such service or action: $1 $2 (sshd|dockerd start|stop, dockerd crash)" >&2
      return 2
      ;;
  esac
}
# The pid file of sshd names the listener alone; its sessions are sshd too.
running() {
  local pid
  if [ "$1" = sshd ]; then
    pid=$(cat /run/sshd.pid 2>/dev/null) && [ -d "/proc/$pid" ] && echo "$pid"
  else
    pidof dockerd
  fi || true
}
end() {
  local pid
  pid=$(running "$1")
  [ -n "$pid" ] || return 0
  kill "-$2" "$pid"
  for _ in $(seq 600); do
    [ -d "/proc/$pid" ] || return 0
    sleep .05
  done
  echo "$1 did not end in 30 s" >&2
  return 1
}

"$@"
