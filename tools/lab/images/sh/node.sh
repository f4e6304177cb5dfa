#!/usr/bin/env bash
# What the doubles stand on: this machine's node, bash and curl with their libraries.
set -euo pipefail
here=$(readlink -f "$(dirname "$(readlink -f "$0")")/../..")
# shellcheck source=setup.sh
. "$here/images/sh/setup.sh"

key=$({ machine_key && cat "$0"; } | key_of -)
tools=(bash cat head base64 sleep ls mkdir rm cp mv env id date tr timeout grep sed getent)

# with_libraries FOLDER PROGRAM..: each program in /bin, its libraries where they are here.
with_libraries() {
  local folder=$1 program library
  shift
  mkdir -p "$folder/bin"
  for program; do
    program=$(readlink -f "$(command -v "$program")")
    install "$program" "$folder/bin/$(basename "$program")"
    for library in $(ldd "$program" | grep -o '/[^ )]*'); do
      [ -e "$folder$library" ] || install -D "$(readlink -f "$library")" "$folder$library"
    done
  done
}
node_layer() {
  local folder
  folder=$(scratch node)
  with_libraries "$folder" node "${tools[@]}"
  ln -s bash "$folder/bin/sh"
  ! command -v strip >/dev/null || strip "$folder/bin/node" 2>/dev/null || true
  mkdir -p "$folder"/{etc,root,usr/local/bin,usr/bin,var/tmp}
  ln -s ../../bin/env "$folder/usr/bin/env"
  install -d -m1777 "$folder/tmp"
  printf 'root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534:nobody:/:/bin/false\n' >"$folder/etc/passwd"
  printf 'root:x:0:\nnogroup:x:65534:\n' >"$folder/etc/group"
  echo 'hosts: files dns' >"$folder/etc/nsswitch.conf"
  keep_layer node "$key" "$folder"
  rm -rf "$folder"
}
curl_layer() {
  local folder
  folder=$(scratch curl)
  with_libraries "$folder" curl
  keep_layer curl "$key" "$folder"
  rm -rf "$folder"
}

have_layer node "$key" || timed 'node: layer' node_layer
have_layer curl "$key" || timed 'curl: layer' curl_layer
