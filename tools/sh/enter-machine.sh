#!/usr/bin/env bash
# enter-machine.sh ROOT [--bind FROM TO].. -- COMMAND..: in new namespaces, see in_machine of long.sh. ROOT becomes the
# root by pivot_root, so that the lab takes it for a machine; a chroot it refuses.
set -euo pipefail
root=$1
shift
mount --bind "$root" "$root"
cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
# What this machine needs to reach registries: its certificates, and the user's settings of npm and pip.
bundle=${NODE_EXTRA_CA_CERTS:-${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}}
[ ! -f "$bundle" ] || cp -L "$bundle" "$root/etc/machine-ca.crt"
for file in .npmrc .config/pip/pip.conf .pip/pip.conf .config/go/env .netrc; do
  [ ! -f "$HOME/$file" ] || install -D "$HOME/$file" "$root/root/$file"
done
[ ! -f "${NPM_CONFIG_USERCONFIG:-}" ] || cp -L "$NPM_CONFIG_USERCONFIG" "$root/root/.npmrc"
settings=("NODE_EXTRA_CA_CERTS=/etc/machine-ca.crt" "TERM=dumb")
for name in {http,https,no,all}_proxy {HTTP,HTTPS,NO,ALL}_PROXY CI; do
  [ -z "${!name:-}" ] || settings+=("$name=${!name}")
done
mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
mount --rbind /dev "$root/dev"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
while [ "$1" = --bind ]; do
  mkdir -p "$root$3"
  mount --rbind "$2" "$root$3"
  shift 3
done
shift
cd "$root"
pivot_root . .                               # the old root now covers the new one
umount -l .
cd /
exec /usr/bin/env -i HOME=/root LANG=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
  "${settings[@]}" "$@"
