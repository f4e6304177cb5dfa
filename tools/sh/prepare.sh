# shellcheck shell=bash
# shellcheck disable=SC2154 # the one who sources this sets `step`
# Sourced by tools/quickstart, tools/test and tools/ci/packages.sh: makes sure that what they need is there.
# On Debian, as root, it installs what is missing; elsewhere it says what is missing and stops.

# program:Debian package
needed=(
  git:git ssh:openssh-client ip:iproute2 mmdebstrap:mmdebstrap nsenter:util-linux flock:util-linux
  openssl:openssl curl:curl
)
# shellcheck disable=SC2034 # what only tests use
needed_by_tests=(
  sshd:openssh-server named-checkzone:bind9-utils ps:procps shellcheck:shellcheck
  chromium:chromium certutil:libnss3-tools
)

# Live output: with the style "static" Nx shows nothing of a task before its end, which can be minutes away.
export NX_DEFAULT_OUTPUT_STYLE=stream-without-prefixes
[ -t 1 ] || export FORCE_COLOR=0             # Nx would force colours into a log file too

say() { if [ -t 1 ]; then printf '\033[1m[%s]\033[0m %s\n' "$step" "$*"; else echo "[$step] $*"; fi; }

missing_packages() {
  local entry
  for entry in "${needed[@]}"; do
    PATH="$PATH:/usr/sbin:/sbin" command -v "${entry%%:*}" >/dev/null || echo "${entry##*:}"
  done | sort -u
}

# apt's own words are shown when it fails.
install_packages() {
  local log as_root=()
  log=$(mktemp)
  [ "$(id -u)" = 0 ] || as_root=(sudo)
  say "installing $*"
  export DEBIAN_FRONTEND=noninteractive
  if ! { "${as_root[@]}" apt-get update -qq && "${as_root[@]}" apt-get install -y -qq --no-install-recommends "$@"; } </dev/null >"$log" 2>&1; then
    cat "$log" >&2
    rm -f "$log"
    echo "apt-get could not install: $*" >&2
    exit 1
  fi
  rm -f "$log"
}

prepare() {
  local missing
  check_node
  mapfile -t missing < <(missing_packages)
  if [ ${#missing[@]} -gt 0 ]; then
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
      echo "These programs are missing; install the packages that hold them and run this again, as root:" >&2
      printf '  %s\n' "${missing[@]}" >&2
      exit 2
    fi
    install_packages "${missing[@]}"
  fi
  if [ "$(id -u)" != 0 ]; then
    echo 'The lab makes network namespaces and mounts: run this as root.' >&2
    exit 2
  fi
  if [ ! -d node_modules ] || ! cmp -s package-lock.json node_modules/.lock-of-install; then
    say 'installing npm packages'
    install_npm_packages || { echo 'npm ci failed.' >&2; exit 1; }
    cp package-lock.json node_modules/.lock-of-install
  fi
}

# In CI with an empty HOME and an empty cache, as on a new machine: what an earlier run left must not hide a lock file
# that does not install. The user's own settings of npm (registry, proxy) still apply.
install_npm_packages() (
  if [ "${CI:-}" = true ]; then
    fresh=$(mktemp -d)
    trap 'rm -rf "$fresh"' EXIT
    export NPM_CONFIG_USERCONFIG=${NPM_CONFIG_USERCONFIG:-${npm_config_userconfig:-$HOME/.npmrc}}
    unset npm_config_userconfig
    export HOME=$fresh npm_config_cache=$fresh/npm-cache
  fi
  npm ci --no-audit --no-fund --loglevel=error </dev/null >/dev/null
)

# The versions are those of `engines` in package.json. The script runs on very old Nodes, too.
check_node() {
  local version advice='install Node 22 or newer with npm'
  version=$(node --version 2>/dev/null) || { echo "Node is missing: $advice." >&2; exit 2; }
  command -v npm >/dev/null || { echo "npm is missing: $advice." >&2; exit 2; }
  if ! node tools/sh/supported-node.cjs; then
    echo "Node $version is not supported: $advice." >&2
    exit 2
  fi
}
