#!/usr/bin/env bash
# enter-root.sh ROOT KEPT COMMAND..: in new namespaces, see in_root. ROOT itself is never written.
set -euo pipefail
root=$1 kept=$2
shift 2
top="$kept.top"
mkdir -p "$top"/{upper,work,root}
trap 'cd /; umount -R "$top/root"; rm -rf --one-file-system "$top"' EXIT
mount -t overlay overlay -o "lowerdir=$root,upperdir=$top/upper,workdir=$top/work" "$top/root"
cd "$top/root"
mkdir -p app
mount --bind "$kept" app
mount -t proc proc proc
mount --rbind /dev dev
cp -L /etc/resolv.conf /etc/hosts etc/
bundle=${PIP_CERT:-${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}}
[ ! -f "$bundle" ] || cp -L "$bundle" etc/ssl/certs/ca-certificates.crt
[ ! -f /etc/pip.conf ] || cp -L /etc/pip.conf etc/pip.conf
for file in .config/pip/pip.conf .pip/pip.conf .config/go/env .netrc; do
  [ ! -f "$HOME/$file" ] || install -D "$HOME/$file" "root/$file"
done
settings=()
for name in {http,https,no,all}_proxy {HTTP,HTTPS,NO,ALL}_PROXY \
  PIP_{INDEX_URL,EXTRA_INDEX_URL,TRUSTED_HOST,DEFAULT_TIMEOUT,RETRIES,PROXY} \
  GO{PROXY,SUMDB,NOSUMDB,PRIVATE,INSECURE,NOPROXY}; do
  [ -z "${!name:-}" ] || settings+=("$name=${!name}")
done
chroot . /usr/bin/env -i HOME=/root LANG=C.UTF-8 PATH=/usr/local/bin:/usr/bin:/bin \
  PIP_CERT=/etc/ssl/certs/ca-certificates.crt PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore \
  "${settings[@]}" "$@"
