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
for host in trusted management; do
  tar -C "$prefix" --exclude='*/test' --exclude='*/site-packages' --exclude='*.pyc' -c bin lib |
    tools/lab/hosts.sh exec "$host" sh -c 'mkdir -p /var/tmp/bench-python && tar -x -C /var/tmp/bench-python'
  tools/lab/hosts.sh exec "$host" /var/tmp/bench-python/bin/python3 -c 'import json, subprocess'
done
echo "$PWD/$place/bin/ansible-playbook"
