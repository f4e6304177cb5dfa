# shellcheck shell=bash disable=SC2034,SC2154 # a part of hosts.sh, which has the other names
# Names, places and addresses of this checkout's lab. Sourced by hosts.sh, which sets `here`.

export PATH="$PATH:/usr/sbin:/sbin"           # a plain user's su leaves these out
checkout=$(readlink -f "$here/../..")
# Keys, hosts' disks: this checkout's own. A checkout whose .lab is a link to another's shares that lab.
state=$(readlink -f "$checkout/.lab")
owner=${state%/*}
host_files="$checkout/libs/inventory/environments/lab/hosts"
cache="${AI_STACK_LAB_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/ai-stack-lab}" # shared by all checkouts
ledger=/run/ai-stack-lab                     # one directory per lab of this machine; empty after a reboot
lab_domain=lab.test
lab_hosts=()                                 # list_hosts fills these two
declare -A host_number=()
# Image registries that the lab's own registry answers for, besides Docker Hub's mirror.
lab_registries=(ghcr.io lscr.io quay.io docker.litellm.ai docker.io index.docker.io registry-1.docker.io)

# Names of network devices end at 15 characters, so a lab is known by a short hash of its owner.
lab_id_of() { printf 'lab%s\n' "$(printf '%s' "$1" | sha256sum | cut -c1-6)"; }
lab_id=$(lab_id_of "$owner")
switch="$lab_id-sw"                          # the network namespace that holds the bridge
uplink="$lab_id-c"                           # the machine's own cable into the switch

lab_net() { cat "$state/net"; }              # "172.30.77": the first three octets
registry_address() { echo "$(lab_net).2"; }  # the image registry and the upstream resolver
router_address() { models_address; }         # port 53 in the world `router`
second_address() { echo "$(lab_net).253"; }  # and that of its second provider
models_address() { echo "$(lab_net).254"; }  # the model registry; at .2 engines would take it for the image registry's TLS
host_address() {
  [ -n "${1:+${host_number["$1"]:-}}" ] || fail "there is no host '$1'; the lab has: ${lab_hosts[*]}"
  echo "$(lab_net).${host_number["$1"]}"
}
host_dir() { echo "$state/hosts/$1"; }
host_netns() { echo "$lab_id-$1"; }
host_cable() { echo "host${host_number["$1"]}"; } # its end in the switch; a host's name may be too long
known_host() { host_address "$1" >/dev/null; }

fail() { echo "lab: $*" >&2; exit 1; }

# require_commands COMMAND=PACKAGE..: names every package that is missing, in one message.
require_commands() {
  local pair missing=()
  for pair in "$@"; do
    command -v "${pair%%=*}" >/dev/null || missing+=("${pair##*=}")
  done
  [ ${#missing[@]} -eq 0 ] ||
    fail "missing here: apt-get install --no-install-recommends $(printf '%s\n' "${missing[@]}" | sort -u | tr '\n' ' ')"
}
require_machine() {
  [ "$(id -u)" -eq 0 ] || fail 'network namespaces and mounts need root: run this as root'
  [ "$(uname -s)" = Linux ] || fail 'the lab needs Linux'
  require_commands ip=iproute2 ssh=openssh-client ssh-keygen=openssh-client nsenter=util-linux \
    unshare=util-linux flock=util-linux setsid=util-linux pivot_root=util-linux sha256sum=coreutils
  # In a chroot a container's programs would start in the machine's root instead of the container's.
  [ "$(nsenter --mount=/proc/self/ns/mnt stat -Lc %d:%i / 2>/dev/null)" = "$(stat -Lc %d:%i /)" ] ||
    fail 'this is a chroot, or lacks the right to mount: the lab needs a machine, or a privileged container with its own root'
}
