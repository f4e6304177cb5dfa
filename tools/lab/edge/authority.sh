# shellcheck shell=bash
# The lab's own certificate authority and one leaf for *.lab.test. Sourced by up.sh, which sets `state`.
: "${state:?}" "${domain:?}"

write_authority() {
  local tls="$state/tls"
  mkdir -p "$tls"
  chmod 711 "$tls"
  if ! still_good "$tls/ca.pem"; then
    rm -f "$tls/leaf.pem"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -batch \
      -subj '/CN=ai-stack lab authority' -addext 'keyUsage=critical,keyCertSign,cRLSign' \
      -keyout "$tls/ca.key" -out "$tls/ca.new" 2>/dev/null
    mv "$tls/ca.new" "$tls/ca.pem"
  fi
  still_good "$tls/leaf.pem" || write_leaf "$tls"
  chmod 600 "$tls"/*.key
  chmod 644 "$tls/ca.pem"
}
write_leaf() {
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -batch \
    -subj "/CN=*.$domain" -keyout "$1/leaf.key" -out "$1/leaf.csr" 2>/dev/null
  printf '%s\n' "subjectAltName=DNS:*.$domain,DNS:$domain" 'basicConstraints=critical,CA:FALSE' \
    'keyUsage=critical,digitalSignature' 'extendedKeyUsage=serverAuth' >"$1/leaf.ext"
  openssl x509 -req -in "$1/leaf.csr" -CA "$1/ca.pem" -CAkey "$1/ca.key" -days 800 \
    -set_serial "0x$(openssl rand -hex 16)" -extfile "$1/leaf.ext" -out "$1/leaf.new" 2>/dev/null
  mv "$1/leaf.new" "$1/leaf.pem"
  rm -f "$1/leaf.csr" "$1/leaf.ext"
}
still_good() { openssl x509 -in "$1" -noout -checkend $((30 * 86400)) >/dev/null 2>&1; }
