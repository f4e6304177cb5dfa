# shellcheck shell=bash disable=SC2034,SC2154 # a part of hosts.sh, which has the other names
# The Debian root of the hosts: built once per content key, shared read-only by all hosts and checkouts.
# With the packages that a world needs it is another root.

root_suite=trixie                            # Debian 13: Docker Engine 26.1, Compose 2.26, as a user may have
root_packages=(docker.io docker-cli docker-compose docker-registry openssh-server sudo iptables iproute2 procps tini)
root_without=(/usr/share/doc /usr/share/man /usr/share/locale)

root_key() {
  # shellcheck disable=SC2046 # words
  printf '%s\n' "$root_suite" "$(uname -m)" "${root_packages[@]}" "${root_without[@]}" $(world_packages) | sha256sum | cut -c1-12
}
root_path() { echo "$cache/root-$(root_key)"; }

# The mirror that this machine's own apt uses, so that none is named here.
debian_mirror() {
  # shellcheck disable=SC2016 # apt expands these
  apt-get indextargets --format '$(REPO_URI) $(ORIGIN) $(LABEL)' 'Created-By: Packages' |
    awk '$2 == "Debian" && $3 == "Debian" && !found { print $1; found = 1 }'
}

build_root() (
  path=$(root_path)
  mkdir -p "$cache"
  exec 7>"$cache/root.lock"
  flock 7                                    # a second checkout waits here and then finds the root
  [ ! -d "$path" ] || exit 0
  require_commands mmdebstrap=mmdebstrap
  mirror=${AI_STACK_LAB_MIRROR:-$(debian_mirror)}
  [ -n "$mirror" ] || fail 'apt knows no Debian mirror here: set AI_STACK_LAB_MIRROR to one'
  options=()
  packages=("${root_packages[@]}")
  read -ra more <<<"$(world_packages)"
  packages+=("${more[@]}")
  for left_out in "${root_without[@]}"; do options+=(--dpkgopt="path-exclude=$left_out/*"); done
  echo "building the hosts' Debian $root_suite root (once per machine, about half a minute)"
  rm -rf "$cache"/root-*.new
  trap 'rm -rf --one-file-system "$path.new"' EXIT
  mmdebstrap --quiet --variant=minbase --aptopt='Apt::Install-Recommends "0"' "${options[@]}" \
    --include="$(IFS=,; echo "${packages[*]}")" "$root_suite" "$path.new" "$mirror" </dev/null 7>&- ||
    fail "mmdebstrap could not build the Debian root from $mirror"
  rm -f "$path.new"/etc/ssh/ssh_host_*       # each host has its own
  mv "$path.new" "$path"
)
