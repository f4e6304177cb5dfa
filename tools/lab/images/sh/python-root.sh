# shellcheck shell=bash
# Sourced by the parts that make a Debian root with Python, and its layer.

# pip serves the build only; the rest is the builder's own state.
python_left_out=(./usr/lib/python3/dist-packages/{pip,wheel,setuptools} './usr/lib/python3/dist-packages/*-info'
  ./usr/share/python-wheels './usr/bin/pip*' './var/lib/apt/lists/*' './var/cache/*' './var/log/*'
  ./etc/apt ./etc/resolv.conf ./etc/hostname './dev/*' './tmp/*' './run/*')
# Python's compiled files name the time of their source: times must stay as they are.
python_times=(--clamp-mtime --mtime=@4102444800)

# python_root NAME PACKAGE..: the root of $root_suite in the cache and in the stage, and its layer NAME.
python_root() {
  local name=$1 key root
  shift
  key=$({ printf '%s\n' "${root_suite:?}" "$(uname -m)" "${root_without[@]:?}" "$@" &&
    cat "${images:?}/sh/python-root.sh"; } | key_of -)
  root="${cache:?}/$name-$key"
  [ -d "$root" ] || timed "$name: Debian $root_suite root" new_python_root "$name" "$root" "$@" 2>"$cache/logs/$name.log"
  have_layer "$name" "$key" || timed "$name: layer" keep_layer "$name" "$key" "$root" \
    "${python_times[@]}" --wildcards "${python_left_out[@]/#/--exclude=}"
  ln -sfn "$root" "${stage:?}/$name"
}
new_python_root() {
  local name=$1 root=$2
  shift 2
  rm -rf --one-file-system "$cache/$name"-*
  debian_root "$root.new" "$@"
  mv "$root.new" "$root"
}
