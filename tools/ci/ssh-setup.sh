#!/usr/bin/env bash
# Runs a command with the SSH key of the runner's secrets, and takes the key away again however the command ends.
#
#   SSH_PRIVATE_KEY=... SSH_KNOWN_HOSTS=... tools/ci/ssh-setup.sh COMMAND...
#
# Both go into a directory of this run alone, together with an ssh_config that STACK_SSH_CONFIG names to the command. The
# inventory stays as it is: a host's own ssh.identity and ssh.knownHosts count beside it. The command's environment
# holds neither of them, so that nothing below can print them.
set -euo pipefail

missing=()
[ -n "${SSH_PRIVATE_KEY:-}" ] || missing+=(SSH_PRIVATE_KEY)
[ -n "${SSH_KNOWN_HOSTS:-}" ] || missing+=(SSH_KNOWN_HOSTS)
if [ ${#missing[@]} -gt 0 ]; then
  echo "[ci] no ${missing[*]}: add it to the secrets of the repository (docs/operating.md, \"CI\")" >&2
  exit 2
fi
[ $# -gt 0 ] || { echo 'usage: ssh-setup.sh COMMAND...' >&2; exit 2; }

umask 077
directory=$(mktemp -d "${RUNNER_TEMP:-${TMPDIR:-/tmp}}/ai-stack-ci-XXXXXX")
running=
clean() { rm -rf "$directory"; }
# The command and all below it get the signal, too, and may end what they began before the key is gone.
stop() {
  [ -z "$running" ] || { kill -s "$1" -- "-$running" 2>/dev/null && wait "$running"; } || true
  exit $((128 + $2))
}
trap clean EXIT
trap 'stop INT 2' INT
trap 'stop TERM 15' TERM
trap 'stop HUP 1' HUP

# printf is part of the shell: no value appears in a process list. Keys that were pasted may have lost their last
# end of line, or got ends of line of Windows; OpenSSH takes neither.
printf '%s\n' "${SSH_PRIVATE_KEY//$'\r'/}" >"$directory/key"
printf '%s\n' "${SSH_KNOWN_HOSTS//$'\r'/}" >"$directory/known_hosts"
unset SSH_PRIVATE_KEY SSH_KNOWN_HOSTS
cat >"$directory/config" <<CONFIG
Host *
  IdentityFile "$directory/key"
  IdentitiesOnly yes
  IdentityAgent none
  UserKnownHostsFile "$directory/known_hosts"
  GlobalKnownHostsFile "$directory/known_hosts"
CONFIG
if ! ssh-keygen -y -P '' -f "$directory/key" >/dev/null 2>&1; then
  echo '[ci] SSH_PRIVATE_KEY is not a private key without a passphrase: paste the whole file, first and last line too' >&2
  exit 2
fi

umask 022
set -m # a process group of its own, which a signal reaches as a whole
STACK_SSH_CONFIG="$directory/config" "$@" </dev/null &
running=$!
ended=0
wait "$running" || ended=$?
exit "$ended"
