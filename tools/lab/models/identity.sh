# shellcheck shell=bash
# The certificate of the lab's model registry, made once per machine: the image of Ollama holds it as the
# only one that it trusts. Sourced by the images' build and by hosts.sh, which set `cache`.
model_registry="${cache:?}/model-registry"

write_model_identity() {
  ! openssl x509 -in "$model_registry/cert.pem" -noout -checkend $((30 * 86400)) >/dev/null 2>&1 || return 0
  mkdir -p "$model_registry"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -batch \
    -subj '/CN=ai-stack lab model registry' \
    -addext 'subjectAltName=DNS:registry.ollama.ai,DNS:blobs.registry.ollama.ai' \
    -addext 'basicConstraints=critical,CA:FALSE' -addext 'extendedKeyUsage=serverAuth' \
    -keyout "$model_registry/key.pem" -out "$model_registry/cert.new" 2>/dev/null
  chmod 600 "$model_registry/key.pem"
  mv "$model_registry/cert.new" "$model_registry/cert.pem"
}
