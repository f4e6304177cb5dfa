import { composeProgram } from '@ai-stack/docker';

/**
 * One POSIX script that prints all that deploy needs to know of a host apart from its engine. `$1` stack root, `$2`
 * data root, `$3` Docker's root; standard input: a line per path, `h` (hash), `c` (hash and content) or `s` (stat
 * alone) before it. It answers in frames (`name bytes`, then the bytes) inside base64, so that no content and no login
 * banner can be taken for a frame; start files of the login shell may print without an end of line. Programs are
 * started once for many files, because each start costs a millisecond.
 *
 * Without CAP_SYS_RESOURCE on the machine itself (bit 24; a container that runs Docker may lack it) no container can
 * have more open files than the programs that start it.
 */
export const factsScript = `set -u
LC_ALL=C; export LC_ALL
umask 077
stack=$1 data=$2 docker=$3
newline='
'
frame() { printf '%s %s\\n%s\\n' "$1" "\${#2}" "$2"; }
nearest() { at=$1; while [ ! -e "$at" ]; do at=\${at%/*}; [ -n "$at" ] || at=/; done; }
is_empty() { inner=
  for entry in "$1"/* "$1"/.[!.]* "$1"/..?*; do
    if [ -d "$entry" ] && [ ! -L "$entry" ]; then inner=1
    elif [ -e "$entry" ] || [ -L "$entry" ]; then return 1; fi
  done
  [ -z "$inner" ] || [ -z "$(find "$1" ! -type d -print -quit 2>/dev/null || echo unknown)" ]; }
least_open_files() { least= one=0 two=0
  while read -r key value rest; do
    if [ "$key" = CapEff: ]; then break; fi
  done </proc/self/status
  read -r one two rest </proc/self/uid_map
  case $value:$one:$two in *[13579bdf]??????:0:0) return ;; esac
  for directory in /proc/[0-9]*; do
    if ! read -r name <"$directory/comm"; then continue; fi
    case $name in dockerd | containerd) ;; *) continue ;; esac
    hard=
    while read -r one two key value hard rest; do
      if [ "$one $two $key" = 'Max open files' ]; then break; fi
    done <"$directory/limits"
    case $hard in '' | *[!0-9]*) continue ;; esac
    if [ -z "$least" ] || [ "$hard" -lt "$least" ]; then least=$hard; fi
  done 2>/dev/null; }
wanted=$(cat)
main() {
  frame clock "$(date +%s)"
  while read -r key value rest; do
    if [ "$key" = MemTotal: ]; then frame memory "$value"; break; fi
  done </proc/meminfo
  least_open_files
  frame files "$least"
  late=
  for family in ipv4 ipv6; do
    value=0
    read -r value <"/proc/sys/net/$family/ip_nonlocal_bind" || :
    late="$late $family=$value"
  done 2>/dev/null
  frame late "$late"
  nearest "$stack"; one=$at; nearest "$data"; two=$at; nearest "$docker"
  frame space "$(stat -f -c '%a %S' -- "$one" "$two" "$at")"
  frame listening "$(grep -H -E '^ *[0-9]+: [0-9A-F]+:[0-9A-F]{4} [0-9A-F]+:0000 (0A|07) ' \\
    /proc/net/tcp /proc/net/tcp6 /proc/net/udp /proc/net/udp6 2>/dev/null)"
  if [ -f "$stack/.hold.json" ]; then frame hold "$(head -c 4096 -- "$stack/.hold.json")"; fi
  for name in compose.yaml compose.yml docker-compose.yml docker-compose.yaml; do
    if [ -e "$stack/$name" ]; then frame handmade "$stack/$name"; fi
  done
  names= contents= hashes= manifests= denied= bare= strays=
  if [ -d "$stack" ] && { [ ! -r "$stack" ] || [ ! -x "$stack" ]; }; then denied=$stack; fi
  for directory in "$stack"/*/; do
    directory=\${directory%/}; name=\${directory##*/}
    case $name in *[!a-z0-9-]*) continue ;; esac
    [ -e "$directory" ] || continue
    names=$names$newline$name
    if [ -f "$directory/.stack/current.json" ]; then manifests=$manifests$newline$directory/.stack/current.json; fi
    for path in "$directory/.env" "$directory/.stack/current.json" "$directory/.stack/pending.json" \\
      "$directory/.stack/converged.json" "$directory/.stack/fence"; do
      if [ -f "$path" ]; then contents=$contents$newline$path; fi
    done
    if [ -e "$directory/.env" ]; then hashes=$hashes$newline$directory/.env; fi
    if [ -f "$directory/.stack/lock.json" ] && ! flock -n -s "$directory/.stack/lock" true 2>/dev/null; then
      frame running "$name$newline$(head -c 4096 -- "$directory/.stack/lock.json" 2>/dev/null)"
    fi
    for path in "$directory/compose.override.yml" "$directory/compose.override.yaml" \\
      "$directory/docker-compose.override.yml" "$directory/docker-compose.override.yaml"; do
      if [ -e "$path" ] || [ -L "$path" ]; then strays=$strays$newline$path; fi
    done
  done
  frame services "$names"
  frame strays "$strays"
  IFS=$newline
  set -f
  if [ -n "$manifests" ]; then
    hashes=$hashes$newline$(sed -n 's/^ *"path": "\\(\\/[^"\\\\]*\\)",*$/\\1/p' -- $manifests 2>/dev/null)
  fi
  for line in $wanted; do
    path=\${line#?}
    case $line in s*) bare=$bare$newline$path ;; esac
    case $line in c*) if [ -f "$path" ]; then contents=$contents$newline$path; fi ;; esac
    case $hashes$newline in *"$newline$path$newline"*) ;; *) hashes=$hashes$newline$path ;; esac
  done
  set -- $hashes
  if [ $# -gt 0 ]; then
    frame stat "$(stat -L -c '%f %u %g %n' -- "$@" 2>/dev/null)"
    files= empty=
    for path in "$@"; do
      case $bare$newline in *"$newline$path$newline"*) continue ;; esac
      if [ -f "$path" ]; then
        if [ -r "$path" ]; then files=$files$newline$path; else denied=$denied$newline$path; fi
      elif [ -d "$path" ]; then
        set +f; if is_empty "$path"; then empty=$empty$newline$path; fi; set -f
      fi
    done
    frame empty "$empty"
    set -- $files
    if [ $# -gt 0 ]; then frame sha256 "$(sha256sum -- "$@")"; fi
  fi
  set -- $contents
  contents=
  for path in "$@"; do
    if [ -r "$path" ]; then contents=$contents$newline$path; else denied=$denied$newline$path; fi
  done
  set -- $contents
  if [ $# -gt 0 ]; then
    frame contents "$(stat -L -c '%s %n' -- "$@")"
    cat -- "$@"; printf '\\n'
  fi
  frame denied "$denied"
  frame end ok
}
printf '\\nai-stack-facts-1\\n'
main | base64`;

/** What is asked once something is to be done on the host: Compose's version, the GPUs and their driver. */
export const detailsScript = `set -u
LC_ALL=C; export LC_ALL
printf '\\n%s\\n' "compose $(${composeProgram().join(' ')} version --short 2>/dev/null)"
if command -v nvidia-smi >/dev/null 2>&1; then
  nvidia-smi --query-gpu=index,uuid,memory.total,driver_version --format=csv,noheader,nounits | sed 's/^/gpu /'
fi`;
