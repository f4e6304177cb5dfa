# shellcheck shell=bash
# What the identity provider knows: users, applications, keys; made once. Sourced by up.sh, which sets `state`.
: "${state:?}" "${domain:?}"

# secret NAME: the value, made at the first call; hex, so it needs no quoting anywhere.
secret() {
  local file="$state/secrets/$1"
  [ -s "$file" ] || openssl rand -hex 24 >"$file"
  cat "$file"
}
write_accounts() {
  local secrets="$state/secrets"
  mkdir -p "$secrets"
  chmod 700 "$secrets"
  [ -s "$secrets/signing.pem" ] ||
    openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$secrets/signing.pem" 2>/dev/null
  printf 'OAUTH_CLIENT_ID=open-webui\nOAUTH_CLIENT_SECRET=%s\n' "$(secret oauth-client)" >"$secrets/lab.env"
  printf '%s\n' "alice $(secret alice)" "bob $(secret bob)" "carol $(secret carol)" >"$secrets/users"
  write_idp_json >"$secrets/idp.json"
}
write_idp_json() {
  cat <<JSON
{
  "url": "https://auth.$domain",
  "apiToken": "$(secret idp-api)",
  "cookieSecret": "$(secret idp-cookie)",
  "signingKey": "$(awk '{ printf "%s\\n", $0 }' "$state/secrets/signing.pem")",
  "users": [
    { "username": "alice", "password": "$(secret alice)", "name": "Alice Lab", "email": "alice@$domain", "groups": ["ai-users"] },
    { "username": "bob", "password": "$(secret bob)", "name": "Bob Lab", "email": "bob@$domain", "groups": [] },
    { "username": "carol", "password": "$(secret carol)", "name": "Carol Lab", "email": "carol@$domain", "groups": ["ai-users", "ai-admins"] }
  ],
  "applications": [
    { "slug": "open-webui", "name": "openwebui", "allowedGroups": ["ai-users"], "clientId": "open-webui",
      "clientSecret": "$(secret oauth-client)",
      "redirectUris": ["https://chat.$domain/oauth/oidc/callback", "https://chat.$domain/oauth/oidc/login/callback"] },
    { "slug": "no-bindings", "name": "no-bindings", "allowedGroups": [], "clientId": "no-bindings",
      "clientSecret": "$(secret no-bindings-client)", "redirectUris": ["https://chat.$domain/oauth/oidc/callback"] }
  ],
  "proxies": [
    { "slug": "chat", "name": "chat", "allowedGroups": ["ai-users"], "externalHost": "https://chat.$domain" },
    { "slug": "openai", "name": "openai", "allowedGroups": ["ai-users"], "externalHost": "https://openai.$domain" },
    { "slug": "domain", "name": "domain", "allowedGroups": ["ai-users"], "externalHost": "https://auth.$domain",
      "cookieDomain": "$domain" }
  ]
}
JSON
}
