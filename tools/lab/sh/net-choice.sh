# shellcheck shell=bash disable=SC2034,SC2154 # a part of hosts.sh, which has the other names
# Pure text in, text out (tested by src/net-choice.spec.ts): which network a lab takes, and its line in .env.local.

lab_nets() { printf '172.30.%s\n' {77..99}; }

# pick_net "PREFERRED.." "TAKEN..": the first preferred or next free network; fails when all are taken.
pick_net() {
  local net
  for net in $1 $(lab_nets); do
    case $'\n'"$(lab_nets)"$'\n' in *$'\n'"$net"$'\n'*) ;; *) continue ;; esac
    case " ${2//$'\n'/ } " in *" $net "*) continue ;; esac
    echo "$net"
    return
  done
  return 1
}

# routed_nets OWN_DEVICE < `ip -4 route show`: lab networks that this machine already routes elsewhere.
# Wide routes (shorter than /16: a VPN's) do not count, the lab's /24 simply wins over them.
routed_nets() {
  awk -v own="$1" '
    function number(dotted, part) { split(dotted, part, "."); return ((part[1] * 256 + part[2]) * 256 + part[3]) * 256 + part[4] }
    $1 ~ /^[0-9]/ {
      for (i = 2; i < NF; i++) if ($i == "dev" && $(i + 1) == own) next
      if (split($1, prefix, "/") < 2) prefix[2] = 32
      if (prefix[2] < 16) next
      first = number(prefix[1]); last = first + 2 ^ (32 - prefix[2]) - 1
      for (n = 77; n <= 99; n++) {
        net = number("172.30." n ".0")
        if (first <= net + 255 && last >= net) print "172.30." n
      }
    }' | sort -u
}

# set_env_line FILE NAME VALUE: the one line NAME=VALUE stands in FILE, its other lines stay as they are.
set_env_line() {
  local text=''
  [ ! -e "$1" ] || text=$(grep -v "^$2=" "$1" || true)
  printf '%s\n' ${text:+"$text"} "$2=$3" >"$1"
}

# remove_env_line FILE NAME: a file that held nothing else goes too.
remove_env_line() {
  local text
  [ -e "$1" ] || return 0
  text=$(grep -v "^$2=" "$1" || true)
  if [ -n "$text" ]; then printf '%s\n' "$text" >"$1"; else rm -f "$1"; fi
}
