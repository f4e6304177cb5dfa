#!/usr/bin/env bash
# Real hosts on one Linux machine, one for each file in libs/inventory/environments/lab/hosts: namespaces
# with their own Debian root, sshd, dockerd, compose and disks. Works as root, needs no Docker engine and no
# terminal. A checkout whose .lab is a link to another's shares that lab, and adds the hosts of its own files.
#
#   hosts.sh check                 can this machine run the lab?
#   hosts.sh build                 make the hosts' Debian root, once per machine
#   hosts.sh up | down             power on / off (disks stay); both may be repeated, a new host joins
#   hosts.sh wipe                  down, then remove everything of this lab
#   hosts.sh status [--json]       what runs
#   hosts.sh exec HOST COMMAND..   the console: run in HOST without ssh
#   hosts.sh cut | join HOST       pull / plug its network cable
#   hosts.sh kill | start HOST     power cut / power on
#   hosts.sh remove HOST           take away a host whose file is gone, disk and all
#   hosts.sh svc HOST sshd|dockerd start|stop     (and: dockerd crash)
#
# AI_STACK_LAB_CACHE   what checkouts share (default ~/.cache/ai-stack-lab)
# AI_STACK_LAB_MIRROR  the Debian mirror (default: the one of this machine's apt)
# LAB_IMAGES=upstream  the lab's registry offers nothing: real images are loaded into the hosts
# LAB_WORLDS           the worlds of `up`, with spaces between (`lab:up --world`); those that it does not name go off
# LAB_NET              the network to prefer (default 172.30.77; the choice stands in .lab/net)
# shellcheck source-path=SCRIPTDIR
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=sh/settings.sh
. "$here/sh/settings.sh"
# shellcheck source=sh/inventory.sh
. "$here/sh/inventory.sh"
# shellcheck source=sh/worlds.sh
. "$here/sh/worlds.sh"
# shellcheck source=sh/root.sh
. "$here/sh/root.sh"
# shellcheck source=models/identity.sh
. "$here/models/identity.sh"
# shellcheck source=sh/net-choice.sh
. "$here/sh/net-choice.sh"
# shellcheck source=sh/network.sh
. "$here/sh/network.sh"
# shellcheck source=sh/services.sh
. "$here/sh/services.sh"
# shellcheck source=sh/host.sh
. "$here/sh/host.sh"
# shellcheck source=sh/status.sh
. "$here/sh/status.sh"

# One command at a time changes this lab.
hold_lab() {
  mkdir -p "$state"
  exec 8>"$state/lock"
  flock -w 300 8 || fail 'another lab command of this checkout has been running for 5 minutes'
}
# One lab at a time changes what all labs of the machine share.
hold_machine() {
  mkdir -p "$ledger"
  exec 9>"$ledger/lock"
  flock -w 120 9 || fail 'another lab of this machine holds its ledger for 2 minutes'
}

up() {
  local host
  check_hosts
  hold_lab
  set_worlds "${LAB_WORLDS:-}"
  build_root
  list_hosts
  hold_machine
  claim_net
  switch_up
  upstream_up
  exec 9>&-
  write_keys
  set_env_line "$owner/.env.local" LAB_NET "$(lab_net)"
  registry_up
  models_up
  router_up
  mirror_up
  for host in "${lab_hosts[@]}"; do host_start "$host"; done
  for host in "${lab_hosts[@]}"; do host_wait "$host"; done
  for host in "${lab_hosts[@]}"; do
    is_listed "$host" || echo "$host has no file in the inventory any more: npx nx run lab:remove --host=$host takes it away"
  done
}
down() {
  [ ! -d "$state" ] || hold_lab
  hold_machine
  clear_lab "$lab_id"
  rm -f "$state"/hosts/*/pid "$state"/hosts/*/cut "$state"/services/*.pid
  exec 9>&-
}
wipe() {
  [ "$owner" = "$checkout" ] || fail "this checkout shares the lab of $owner: wipe it there"
  down
  remove_env_line "$owner/.env.local" LAB_NET
  rm -rf --one-file-system "$state"
}
switch_on() {
  [ -e "/run/netns/$switch" ] || fail 'the lab is down: start it with "hosts.sh up"'
  hold_lab
}

require_machine
list_hosts
verb=${1:-help}
shift || true
case "$verb" in
  exec | cut | join | kill | start | remove | svc) known_host "${1:-}" ;;
esac
case "$verb" in
  check | build | up | down | wipe) most=0 ;;
  status | cut | join | kill | start | remove) most=1 ;;
  *) most=$# ;;
esac
[ $# -le "$most" ] || fail "unexpected word ${!#}"
case "$verb" in
  check) ;;                                  # require_machine above has said what is wrong
  build) build_root ;;
  up | down | wipe) "$verb" ;;
  status) status "$@" ;;
  exec) host_exec "$@" ;;
  cut | join) switch_on && "host_$verb" "$1" ;;
  kill) switch_on && host_kill "$1" ;;
  start) switch_on && host_start "$1" && host_wait "$1" ;;
  remove) hold_lab && host_remove "$1" ;;
  svc) host_exec "$1" lab-boot service "${2:-}" "${3:-}" ;;
  *)
    sed -n '2,/^# shellcheck/{/^# shellcheck/d;s/^# \{0,1\}//p}' "$here/hosts.sh"
    [ "$verb" = help ] || exit 2
    ;;
esac
