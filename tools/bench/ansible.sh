#!/usr/bin/env bash
# Ansible for the bench: on this machine from PyPI, and a Python for its modules on each lab host, which ours never needs.
# Prints the path of ansible-playbook.
set -euo pipefail
cd "$(dirname "$0")/../.."
place=dist/bench/ansible
[ -x "$place/bin/ansible-playbook" ] || {
  python3 -m venv "$place"
  "$place/bin/pip" install --quiet ansible
}

# This machine's Python with the libraries that it needs, but those of glibc: the hosts have a newer one.
packed=dist/bench/python
library=$("$place/bin/python3" -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')
program=$(readlink -f "$place/bin/python3")
rm -rf "$packed"
mkdir -p "$packed/bin" "$packed/lib"
cp "$program" "$packed/bin/python3"
tar -C "${library%/*}" --exclude='*/test' --exclude='*/*-packages' --exclude='*.pyc' -c "${library##*/}" | tar -C "$packed/lib" -x
ldd "$program" "$library"/lib-dynload/*.so | awk '$2 == "=>" && $3 ~ /^\// { print $3 }' | sort -u |
  grep -vE '/(lib(c|m|dl|pthread|rt|util|resolv|nsl)|ld-linux[^/]*)\.so' | xargs cp -Lt "$packed/lib"

python=/var/tmp/bench-python
for host in trusted management; do
  tar -C "$packed" -c . | tools/lab/hosts.sh exec "$host" sh -c "mkdir -p $python && tar -x -C $python"
  printf '#!/bin/sh\nPYTHONHOME=%s LD_LIBRARY_PATH=%s/lib exec %s/bin/python3 "$@"\n' $python $python $python |
    tools/lab/hosts.sh exec "$host" sh -c "cat >$python/python3 && chmod +x $python/python3"
  tools/lab/hosts.sh exec "$host" $python/python3 -c 'import json, subprocess, zipfile, ssl'
done
echo "$PWD/$place/bin/ansible-playbook"
