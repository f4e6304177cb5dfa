# shellcheck shell=bash disable=SC2034,SC2154 # a part of hosts.sh, which has the other names
# What stands for the internet, in the switch's namespace: image registry (80) and resolver (53) at .2,
# Ollama's model registry (443) at .254.

service_pid() {
  local pid
  pid=$(cat "$state/services/$1.pid" 2>/dev/null) || return 1
  [ "/proc/$pid/ns/net" -ef "/run/netns/$switch" ] && echo "$pid"
}
service_address() { case "$1" in models | router) models_address ;; *) registry_address ;; esac; }
# service_start NAME PORT COMMAND..: runs it in the switch's namespace and waits for its TCP port.
service_start() {
  local name=$1 port=$2 pid address
  shift 2
  address=$(service_address "$name")
  ! service_pid "$name" >/dev/null || return 0
  setsid nsenter --net="/run/netns/$switch" "$@" </dev/null >"$state/services/$name.log" 2>&1 8>&- 9>&- &
  pid=$!
  echo "$pid" >"$state/services/$name.pid"
  for _ in $(seq 200); do
    [ -d "/proc/$pid" ] || break             # its namespace tells nothing yet: it has still to enter it
    ! (exec 3<>"/dev/tcp/$address/$port") 2>/dev/null || return 0
    sleep .05
  done
  tail -n 5 "$state/services/$name.log" >&2
  fail "the lab's $name does not answer on $address:$port"
}
service_stop() {
  local pid
  ! pid=$(service_pid "$1") || {
    kill "$pid"
    for _ in $(seq 100); do [ -d "/proc/$pid" ] || break; sleep .02; done
  }
  rm -f "$state/services/$1.pid"
}

# Read-only, over the storage that the images' build fills. It runs on the hosts' root, so this machine
# needs no registry; the cache is bound as a whole, so a build may replace the storage directory. With
# upstream's images loaded into the hosts it must offer nothing, least of all doubles of the same names.
registry_up() {
  local directory="$state/services/registry" storage=registry
  [ "${LAB_IMAGES:-lab}" = lab ] || storage=registry-none
  mkdir -p "$directory"
  cat >"$directory/config.new" <<YAML
version: 0.1
log: { level: warn, accesslog: { disabled: true } }
storage:
  filesystem: { rootdirectory: /srv/$storage }
  maintenance: { readonly: { enabled: true } }
http: { addr: "$(registry_address):80", secret: lab }
YAML
  cmp -s "$directory/config.new" "$directory/config.yml" || service_stop registry
  mv "$directory/config.new" "$directory/config.yml"
  # shellcheck disable=SC2016 # the inner shell expands these
  service_start registry 80 unshare --mount --propagation slave sh -ec '
    mount --bind "$1" "$3/srv"; mount --bind "$2" "$3/mnt"
    exec chroot "$3" docker-registry serve /mnt/config.yml' \
    sh "$cache" "$directory" "$(root_path)"
}

# The rest of the internet's names. Without CoreDNS nothing that needs a resolver is tried, and none is started.
upstream_up() {
  local zone="$state/services/internet.zone"
  mkdir -p "$state/services"
  sed "s/@MODELS@/$(models_address)/" "$here/upstream/internet.zone" >"$zone"
  if [ ! -x "$cache/bin/coredns" ]; then
    echo "no upstream resolver: CoreDNS could not be built" >&2
    return 0
  fi
  printf '. {\n  bind %s\n  file "%s" . {\n    reload 2s\n  }\n  errors\n}\n' "$(registry_address)" "$zone" >"$state/services/Corefile"
  service_start upstream 53 "$cache/bin/coredns" -conf "$state/services/Corefile"
}
# Its models are tiny and made on the spot; the real registry's names lead to it, inside the lab only.
models_up() {
  local trusted="$state/services/models.pem"
  ip -n "$switch" addr replace "$(models_address)/24" dev br0
  write_model_identity
  cmp -s "$model_registry/cert.pem" "$trusted" || service_stop models
  cp "$model_registry/cert.pem" "$trusted"
  (cd "$checkout" && service_start models 443 node -r @swc-node/register \
    tools/lab/models/serve.ts --address "$(models_address)" --tls "$model_registry")
}
