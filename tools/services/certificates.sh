# shellcheck shell=bash disable=SC2034,SC2154
# Certificates for a server on loopback, made anew for each DIR: an authority that signs one certificate. Read by up.
# They live as long as the DIR, so two days are enough; nothing is secret on this machine, and nothing leaves it.

make_certificates() { # writes DIR/tls/{ca.pem,server.pem,server.key,server-chain.pem}
  local tls=$dir/tls
  [ -e "$tls/server-chain.pem" ] && return
  command -v openssl >/dev/null || apt_install openssl || die 'no openssl: install the package openssl'
  rm -rf "$tls" && mkdir -p "$tls"
  {
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj '/CN=authority of tests' \
      -addext 'basicConstraints=critical,CA:TRUE' -keyout "$tls/ca.key" -out "$tls/ca.pem"
    openssl req -newkey rsa:2048 -nodes -subj '/CN=localhost' -keyout "$tls/server.key" -out "$tls/server.csr"
    printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\n' >"$tls/server.ext"
    openssl x509 -req -in "$tls/server.csr" -CA "$tls/ca.pem" -CAkey "$tls/ca.key" -CAcreateserial -days 2 \
      -extfile "$tls/server.ext" -out "$tls/server.pem"
  } >"$dir/tls.log" 2>&1 || {
    tail -n 5 "$dir/tls.log" >&2
    die 'openssl could not make certificates'
  }
  # Key and chain in one file: Kafka takes no other form of PEM.
  cat "$tls/server.key" "$tls/server.pem" "$tls/ca.pem" >"$tls/server-chain.pem"
}
