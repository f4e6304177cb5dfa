#!/usr/bin/env bash
# The edge on the trusted host: real Traefik, the identity provider's double, TLS from a lab authority.
# May be repeated: keys, secrets and certificates are made once and stay in LAB_DIR (default .lab).
#
#   LAB_DIR        the lab's directory, with ssh_config and net
#   TRAEFIK_IMAGE  default: the newest traefik of the lab's registry
#   IDP_IMAGE      default: the newest ai-stack-lab/idp-double of the lab's registry
# shellcheck source-path=SCRIPTDIR
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
state=$(readlink -m "${LAB_DIR:-$here/../../../.lab}")
domain=lab.test
# shellcheck source=authority.sh
. "$here/authority.sh"
# shellcheck source=accounts.sh
. "$here/accounts.sh"

fail() { echo "edge: $*" >&2; exit 1; }
on_trusted() { ssh -F "$state/ssh_config" -o LogLevel=ERROR trusted "$@"; }
digest() { cat "$@" | sha256sum | cut -d' ' -f1; }

# newest NAME: a repository's highest tag in the lab's registry.
newest() {
  local tags
  tags=$(node -e 'fetch(process.argv[1], { signal: AbortSignal.timeout(5000) })
    .then(async (reply) => console.log(((await reply.json()).tags ?? []).join("\n")))
    .catch((error) => { console.error(String(error.cause ?? error)); process.exitCode = 1; })' \
    "http://$(cat "$state/net").2/v2/$1/tags/list") || fail "the lab's registry does not answer"
  [ -n "$tags" ] || fail "the lab's registry has no image $1: images/build.sh says why"
  printf '%s:%s\n' "${1#library/}" "$(sort -V <<<"$tags" | tail -n 1)"
}

# The directory as it lies on the host, in one stream; the secrets in it never are arguments.
write_tree() {
  local tree=$1 srv=$1/srv/docker/edge stack=$1/opt/stacks/edge
  install -d -m755 "$srv" "$srv/dynamic" "$srv/ca" "$stack"
  install -d -m700 "$srv/tls" "$srv/idp"
  install -m644 "$here/tls.yaml" "$srv/dynamic/tls.yaml"
  install -m644 "$state/tls/ca.pem" "$srv/ca/ca.pem" # for containers that must trust it
  install -m600 "$state/tls/leaf.pem" "$state/tls/leaf.key" "$srv/tls"
  install -m600 "$state/secrets/idp.json" "$srv/idp/idp.json"
  install -m644 "$here/compose.yaml" "$stack/compose.yaml"
  {
    echo "WEB_PORT=$web"
    echo "WEBSECURE_PORT=$websecure"
    echo "TRAEFIK_IMAGE=$traefik"
    echo "IDP_IMAGE=$idp"
    echo "TRAEFIK_CONFIG=$(digest "$here/tls.yaml" "$state/tls/leaf.pem")"
    echo "IDP_CONFIG=$(digest "$state/secrets/idp.json")"
  } >"$stack/.env"
  tar -C "$tree" -c srv/docker/edge opt/stacks/edge
}

for command in openssl node ssh tar; do
  command -v "$command" >/dev/null || fail "missing here: $command"
done
[ -s "$state/ssh_config" ] || fail "there is no lab in $state: run hosts.sh up"
umask 077
write_authority
write_accounts
# A tag of the lab's registry may have new content; images named from outside are there already.
pull=always
[ -z "${TRAEFIK_IMAGE:-}${IDP_IMAGE:-}" ] || pull=missing
traefik=${TRAEFIK_IMAGE:-$(newest library/traefik)}
idp=${IDP_IMAGE:-$(newest ai-stack-lab/idp-double)}
web=80 websecure=443
# In this world an nginx has these ports (../worlds/collector.sh).
! grep -qx collector "$state/worlds" 2>/dev/null || web=8080 websecure=8443
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
write_tree "$scratch" | on_trusted 'tar -C / -x --no-same-owner --no-overwrite-dir'
on_trusted "cd /opt/stacks/edge && docker compose -p edge up -d --wait --wait-timeout 120 --pull $pull --quiet-pull --remove-orphans" ||
  { on_trusted 'docker compose -p edge logs --tail 20' >&2 || true; fail 'the edge did not become healthy'; }
on_trusted '[ ! -e /etc/lab/boot.d/collector ] || bash /etc/lab/boot.d/collector' || fail 'the nginx of the world collector did not start'
# Traefik collects changes for two seconds before it acts, so healthy is not yet routed.
on_trusted "docker compose -p edge exec -T idp curl -fsS -o /dev/null --retry 30 --retry-delay 1 --retry-all-errors \
  --cacert /etc/ca/ca.pem --connect-to ::traefik: https://auth.$domain/-/health/live/ 2>/dev/null" ||
  fail "https://auth.$domain is not routed after 30 s"
echo "edge: https://auth.$domain, authority $state/tls/ca.pem, users $state/secrets/users"
