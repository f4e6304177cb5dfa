#!/usr/bin/env bash
# Makes the lab's container images without a Docker engine, from packages and from the doubles, and lays
# them out as the storage of an image registry, under the names that the services use.
#
#   build.sh          make what is missing; the second run only checks a key
#   build.sh list     the images of the last run: name, kind, size, digest
#   build.sh absent   the programs that the last run could not make: name, tab, reason
#   build.sh check    fails when one of these could be made now
#
# In the cache (AI_STACK_LAB_CACHE, default ~/.cache/ai-stack-lab, shared by all checkouts):
#   registry/         storage of docker-registry (a link to registry-<key>), with images.json
#   programs.json     which programs there are, and why not: one whose registry cannot be reached is left out;
#                     any other failure fails the build
#   bin/coredns       the same program as in its image
set -euo pipefail
here=$(readlink -f "$(dirname "$(readlink -f "$0")")/..")
# shellcheck source=sh/setup.sh
. "$here/images/sh/setup.sh"

# All that decides what comes out. Doubles are bundled with packages of the lock file, and ask by the client of the tests.
inputs_key() {
  {
    machine_key
    cat "${checkout:?}/package-lock.json"
    cat "${model_registry:?}/cert.pem"
    find "$images" "$here/doubles" "$checkout/libs/testing/src/ask.ts" -type f ! -name '*.spec.ts' ! -name '*.md' -print0 | sort -z | xargs -0 cat
  } | sha256sum | cut -c1-16
}
# point_to STORAGE: turns the link at once. The hosts' script may have made an empty folder of its name.
point_to() {
  [ -L "$cache/registry" ] || rm -rf "$cache/registry"
  ln -sfn "$1" "$cache/registry.new"
  mv -T "$cache/registry.new" "$cache/registry"
  cp "$cache/$1/programs.json" "$cache/programs.json"
}

# part NAME: makes it or leaves the reason in NAME.missing; the others go on.
part() {
  bash "$images/sh/$1.sh" || tail -n 3 "$cache/logs/$1.log" >"$stage/$1.missing"
}
build() {
  rm -rf --one-file-system "$stage"
  mkdir -p "$stage" "$cache"/{bin,layers,logs,builds}
  { part coredns && part ollama; } & # download and compile while the other parts do
  bash "$images/sh/node.sh"
  bash "$images/sh/doubles.sh"
  if bash "$images/sh/python.sh"; then
    part open-webui &
    part litellm
    part traefik
    part vllm
  else
    tail -n 3 "$cache/logs/python.log" | tee "$stage"/{litellm,open-webui,vllm}.missing >"$stage/traefik.missing"
  fi
  wait
  rm -rf --one-file-system "$golang_root"
  [ ! -e "$stage/coredns" ] || cmp -s "$stage/coredns" "$cache/bin/coredns" || {
    cp "$stage/coredns" "$cache/bin/coredns.new"
    mv "$cache/bin/coredns.new" "$cache/bin/coredns"
  }
  timed 'registry: storage' publish "$stage" "$cache"
  point_to "$(<"$stage/registry")"
}
publish() { (cd "$checkout" && node -r @swc-node/register tools/lab/images/src/main.ts "$@"); }


# absent_of PROGRAMS.JSON: the programs that are not there, one a line: name, tab, kind, tab, reason.
absent_of() {
  node -e 'const kinds = JSON.parse(require("fs").readFileSync(process.argv[1], "utf8"));
    for (const [name, { kind, reason = "" }] of Object.entries(kinds))
      if (kind !== "real") console.log([name, kind, reason.trim().replace(/\s+/g, " ")].join("\t"))' "$1"
}
# justified PROGRAMS.JSON: true when each program that is not there has a registry that cannot be reached now.
justified() {
  local name kind reason good=0 parts
  parts=$(absent_of "$1")
  while IFS=$'\t' read -r name kind _; do
    [ -n "$name" ] || continue
    if [ "$kind" = offline ] && reason=$(offline_reason "$name"); then
      say "OFFLINE: there is no $name, because its registry cannot be reached: $reason"
    else
      say "$name is $kind, and nothing shows that its registry cannot be reached" >&2
      good=1
    fi
  done <<<"$parts"
  return "$good"
}
check() {
  [ -s "$cache/programs.json" ] || fail 'no images yet: run tools/lab/images/build.sh'
  justified "$cache/programs.json" || fail 'they can be made here: run tools/lab/images/build.sh'
  [ -n "$(absent_of "$cache/programs.json")" ] || say 'all programs are there'
}

if [ "${1:-}" = list ]; then
  publish list "$cache"
  exit
fi
if [ "${1:-}" = absent ]; then
  absent_of "$cache/programs.json" | cut -f1,3
  exit
fi
require_commands mmdebstrap=mmdebstrap node=nodejs tar=tar ldd=libc-bin bash=bash curl=curl unshare=util-linux flock=util-linux openssl=openssl
mkdir -p "$cache"
exec 6>"$cache/images.lock"
flock -n 6 || { say 'another checkout is building: waiting for it' && flock 6; }
if [ "${1:-}" = check ]; then
  check
  exit
fi
write_model_identity
key=$(inputs_key)
stamp="$cache/builds/$key"
# Without a program only while its registry still cannot be reached.
if [ -s "$stamp" ] && [ -d "$cache/$(<"$stamp")" ] && justified "$cache/$(<"$stamp")/programs.json"; then
  point_to "$(<"$stamp")"
  touch "$stamp" "$cache/registry/."
  say "up to date ($key)"
  exit
fi
started=$SECONDS
build
say "all images: $((SECONDS - started))s"
if compgen -G "$stage/*.missing" >/dev/null; then
  for reason in "$stage"/*.missing; do
    name=$(basename "$reason" .missing)
    say "MISSING: $name could not be built, and its registry answers; log: $cache/logs/$name.log" >&2
    sed 's/^/[images]   /' "$reason" >&2
  done
  exit 1
fi
for reason in "$stage"/*.offline; do
  [ -e "$reason" ] || break
  name=$(basename "$reason" .offline)
  say "OFFLINE: there is no image of $name, because its registry cannot be reached:" >&2
  sed 's/^/[images]   /' "$reason" >&2
  say "  what needs $name cannot run in this lab: take it out of services in the lab's hosts/*.yaml" >&2
done
cp "$stage/registry" "$stamp"
rm -rf --one-file-system "$stage"
# Old parts of other versions go; what a live build used was touched by it.
find "$cache/layers" "$cache/builds" -type f -mtime +14 -delete
find "$cache" -maxdepth 1 -type d -name 'registry-*' -mtime +14 ! -name "$(<"$stamp")" -exec rm -rf {} +
