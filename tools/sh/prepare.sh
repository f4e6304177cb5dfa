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
    npm ci --no-audit --no-fund --loglevel=error </dev/null >/dev/null || { echo 'npm ci failed.' >&2; exit 1; }
    cp package-lock.json node_modules/.lock-of-install
  fi
}

check_node() {
  local version
  command -v npm >/dev/null || { echo 'npm is missing: install Node 20.19 or newer with npm.' >&2; exit 2; }
  version=$(node --version 2>/dev/null) || { echo 'Node is missing: install Node 20.19 or newer.' >&2; exit 2; }
  if ! node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)'; then
    echo "Node $version is too old: install Node 20.19 or newer." >&2
    exit 2
  fi
}
