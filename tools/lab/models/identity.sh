# shellcheck shell=bash
# The certificate of the lab's model registries, made once per machine: the images of Ollama and vLLM hold it
# as the only one that they trust. Sourced by the images' build and by hosts.sh, which set `cache`.
model_registry="${cache:?}/model-registry"

write_model_identity() {
  local names=DNS:registry.ollama.ai,DNS:blobs.registry.ollama.ai,DNS:huggingface.co
  ! openssl x509 -in "$model_registry/cert.pem" -noout -checkend $((30 * 86400)) >/dev/null 2>&1 ||
    [ "$(openssl x509 -in "$model_registry/cert.pem" -noout -ext subjectAltName | tail -n 1 | tr -d ' ')" != "$names" ] ||
    return 0
  mkdir -p "$model_registry"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -batch \
    -subj '/CN=ai-stack lab model registries' \
    -addext "subjectAltName=$names" \
    -addext 'basicConstraints=critical,CA:FALSE' -addext 'extendedKeyUsage=serverAuth' \
    -keyout "$model_registry/key.pem" -out "$model_registry/cert.new" 2>/dev/null
  chmod 600 "$model_registry/key.pem"
  mv "$model_registry/cert.new" "$model_registry/cert.pem"
}
