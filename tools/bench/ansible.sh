#!/usr/bin/env bash
# Ansible for the bench: on this machine from PyPI, and a Python for its modules on each lab host, which ours never needs.
# Prints the path of ansible-playbook, for `nx run bench:run --ansible=...`.
set -euo pipefail
cd "$(dirname "$0")/../.."
place=dist/bench/ansible
[ -x "$place/bin/ansible-playbook" ] || {
  python3 -m venv "$place"
  "$place/bin/pip" install --quiet ansible
}
prefix=$(python3 -c 'import sys; print(sys.base_prefix)')
python=/var/tmp/bench-python
for host in trusted management; do
  tar -C "$prefix" --exclude='*/test' --exclude='*/site-packages' --exclude='*.pyc' -c bin lib |
    tools/lab/hosts.sh exec "$host" sh -c "mkdir -p $python && tar -x -C $python"
  # A Python that was built as a library looks for it where it was built.
  printf '#!/bin/sh\nLD_LIBRARY_PATH=%s/lib exec %s/bin/python3 "$@"\n' $python $python |
    tools/lab/hosts.sh exec "$host" sh -c "cat >$python/python3 && chmod +x $python/python3"
  tools/lab/hosts.sh exec "$host" $python/python3 -c 'import json, subprocess, zipfile'
done
echo "$PWD/$place/bin/ansible-playbook"
