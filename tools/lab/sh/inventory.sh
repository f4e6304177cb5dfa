# shellcheck shell=bash disable=SC2034,SC2154 # a part of hosts.sh, which has the other names
# Which hosts the lab has: one for each file in the `hosts` directory of the environment `lab`.

# host_lines DIRECTORY: "NUMBER NAME" of each host file whose address is ${LAB_NET}.NUMBER; others have the number 0.
host_lines() {
  local file number
  for file in "$1"/*.yaml; do
    [ -e "$file" ] || continue
    # shellcheck disable=SC2016 # the inventory expands it
    number=$(sed -n 's/^address: *["'\'']\{0,1\}${LAB_NET}\.\([1-9][0-9]\{0,2\}\)["'\'']\{0,1\} *\(#.*\)\{0,1\}$/\1/p' "$file")
    echo "${number:-0} $(basename "$file" .yaml)"
  done
}
# The same of hosts that have a disk and no file any more: they stay until they are removed.
left_lines() {
  local dir
  for dir in "$state"/hosts/*/; do
    [ ! -e "$dir/number" ] || is_listed "$(basename "$dir")" || echo "$(cat "$dir/number") $(basename "$dir")"
  done
}
# host_faults < lines: what makes a host impossible, one line each. .1 is this machine, .2, .253 and .254 the lab's internet.
host_faults() {
  awk '
    $1 < 3 || $1 > 252 { print $2 ": its address must be ${LAB_NET}.<number>, with a number from 3 to 252"; next }
    $2 == "sw" { print "sw: the lab itself uses this name" }
    $1 in seen { print $2 ": its address is the one of " seen[$1] }
    { seen[$1] = $2 }'
}

is_listed() { [ -e "$host_files/$1.yaml" ]; }
list_hosts() {
  local number name
  lab_hosts=()
  host_number=()
  while read -r number name; do
    if [ "$number" -ge 3 ] && [ "$number" -le 252 ]; then
      lab_hosts+=("$name")
      host_number["$name"]=$number
    fi
  done < <({ host_lines "$host_files"; left_lines; } | sort -n)
}
check_hosts() {
  local faults directory=${host_files#"$checkout"/}
  faults=$({ host_lines "$host_files"; left_lines; } | host_faults)
  [ -z "$faults" ] || fail "these hosts of $directory cannot be made:"$'\n'"$faults"
  is_listed trusted || fail "there is no $directory/trusted.yaml: the lab's Traefik and its names stand there"
}
