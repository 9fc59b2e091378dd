# shellcheck shell=bash disable=SC2034,SC2154
# One Elasticsearch node. Read by up.
#
# It comes out of the SonarQube Community zip, the only place on Maven Central that has an official distribution with more
# than a transport in it; some modules are left out there. It starts by its own launcher, so seccomp, entitlements and
# flags of the JVM are the real ones.

ELASTICSEARCH_VERSION=9.4.3

prepare_elasticsearch() {
  find_java 21 Elasticsearch
  command -v curl >/dev/null || apt_install curl || die 'no curl: install the package curl'
  home=$cache/elasticsearch-$ELASTICSEARCH_VERSION
  lock 8 "$cache/elasticsearch.lock"
  if [ ! -d "$home" ]; then fetch_elasticsearch; fi
  exec 8>&-
}

fetch_elasticsearch() {
  may_fetch
  need_maven
  local work=$home.work
  rm -rf "$work"
  mkdir -p "$work"
  say "fetching Elasticsearch $ELASTICSEARCH_VERSION: 0.9 GiB, of which 0.15 stay, in $cache"
  # A Maven repository of its own, deleted below: the zip is not worth keeping beside what is unpacked from it.
  mvn -q -B -Dstyle.color=never -f "$here/elasticsearch/pom.xml" "-Dmaven.repo.local=$work/m2" \
    "-Dhome.parent=$work/unpacked" initialize >"$work/maven.log" 2>&1 3>&- 8>&- || {
    tail -n 20 "$work/maven.log"
    die 'Maven could not fetch Elasticsearch'
  }
  mv "$work"/unpacked/sonarqube-*/elasticsearch "$home"
  rm -rf "$work"
}

# Elasticsearch refuses to run as root. In a user namespace root looks like user 1000 to it and still owns its files; where
# those are forbidden it runs as nobody, who then needs to reach its folders.
become_a_user() { # fills $as
  as=()
  [ "$EUID" -eq 0 ] || return 0
  if unshare --user --map-user=1000 --map-group=1000 true 2>/dev/null; then
    as=(unshare --user --map-user=1000 --map-group=1000)
    return
  fi
  as=(setpriv --reuid=65534 --regid=65534 --clear-groups)
  "${as[@]}" test -r "$home/lib" || die "no user namespaces here: name a folder that user 65534 can read in COUNTERFOIL_SERVICES_CACHE"
  chown -R 65534:65534 "$node"
  "${as[@]}" test -w "$node/data" || die 'no user namespaces here: give a --dir that user 65534 can reach'
}

# The users of the file realm, whose files take several hashes: SHA-256 with a salt of eight bytes, since openssl can make
# it.
write_users() {
  local salt
  salt=$(random_word)
  salt=${salt:0:8}
  printf '%s:{SSHA256}%s%s\n' "$user" "$(printf %s "$salt" | base64)" \
    "$(printf '%s%s' "$password" "$salt" | openssl dgst -sha256 -binary | base64)" >"$node/config/users"
  printf 'superuser:%s\n' "$user" >"$node/config/users_roles"
}

write_elasticsearch_configuration() {
  local setting name
  cp "$home/config/log4j2.properties" "$node/config/"
  # Logs of the collector and dumps of the heap would land in the home that all share.
  grep -v -e '^-Xlog:gc' -e HeapDumpOnOutOfMemoryError "$home/config/jvm.options" |
    sed "s#^-XX:ErrorFile=.*#-XX:ErrorFile=$node/logs/error%p.log#" >"$node/config/jvm.options"
  {
    cat <<YML
cluster.name: counterfoil-tests
node.name: node-1
node.portsfile: true
path.data: "$node/data"
path.logs: "$node/logs"
path.repo: ["$node/snapshots"]
network.host: 127.0.0.1
http.port: $port
transport.port: 0
discovery.type: single-node
xpack.security.enabled: $([ -n "$auth" ] && echo true || echo false)
action.auto_create_index: false
cluster.routing.allocation.disk.threshold_enabled: false
YML
    if [ -n "$tls" ]; then
      cp "$dir"/tls/{server.pem,server.key,ca.pem} "$node/config/"
      printf 'xpack.security.http.ssl.enabled: true\nxpack.security.http.ssl.certificate: server.pem\n'
      printf 'xpack.security.http.ssl.key: server.key\nxpack.security.http.ssl.certificate_authorities: ["ca.pem"]\n'
    fi
  } >"$node/config/elasticsearch.yml"
  if [ -n "$auth" ]; then write_users; fi
  while IFS= read -r setting; do
    name=${setting%%=*}
    # A key that stands there twice is an error, so the line is replaced.
    sed -i "/^${name//./\\.}:/d" "$node/config/elasticsearch.yml"
    echo "$name: ${setting#*=}" >>"$node/config/elasticsearch.yml"
  done < <(settings elasticsearch)
}

elasticsearch_url() { echo "http${tls:+s}://127.0.0.1:$port"; }

# Whether it asks who comes. To be asked first: Elasticsearch 9.4.3 stands still for ever when the first errors of its
# life are made by two threads at once (each holds the initialisation of a class that the other waits for, ElasticsearchException
# and EngineException), as happens when users are written while it makes its security index. A refusal is such an error, and
# comes here before either.
asks_who_comes() {
  [ "$(curl -s -o /dev/null -m 35 -w '%{http_code}' "$@" "$(elasticsearch_url)/")" = 401 ]
}

# After a crash every operation since the last flush is done again first, which takes its time.
elasticsearch_ready() {
  local code with=()
  if [ -n "$tls" ]; then with+=(--cacert "$dir/tls/ca.pem"); fi
  if [ -n "$auth" ]; then asks_who_comes "${with[@]}" || return; fi
  # The password comes by standard input: a command line can be read by everybody.
  code=$(printf 'user = "%s:%s"\n' "$user" "$password" | curl -s -K - -o /dev/null -m 35 -w '%{http_code}' "${with[@]}" \
    "$(elasticsearch_url)/_cluster/health?wait_for_status=yellow&timeout=30s") || true
  [ "$code" = 200 ]
}

bound_port() { sed -n 's/.*:\([0-9][0-9]*\)$/\1/p' "$node/logs/http.ports" | head -n 1; }

# C1 only: halves the time to the first answer. ES_JAVA_OPTS= (empty) gives the full compiler, for measurements.
launch_elasticsearch() {
  local heap=${ES_HEAP:-1g} java_home=${java%/bin/java}
  (
    cd "$home" || exit
    exec env -u JAVA_TOOL_OPTIONS -u _JAVA_OPTIONS \
      "ES_HOME=$home" "ES_PATH_CONF=$node/config" "ES_TMPDIR=$node/tmp" ES_DISTRIBUTION_TYPE=zip \
      "JAVA=$java" "ES_JAVA_HOME=$java_home" JAVA_TYPE=ES_JAVA_HOME \
      "ES_JAVA_OPTS=-Xms$heap -Xmx$heap -XX:-AlwaysPreTouch ${ES_JAVA_OPTS--XX:TieredStopAtLevel=1}" \
      'CLI_JAVA_OPTS=-Xms4m -Xmx64m -XX:+UseSerialGC -XX:TieredStopAtLevel=1' \
      setsid "${as[@]}" "$java" -Xms4m -Xmx64m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 \
      -cp "$home/lib/tools/server-launcher/*" org.elasticsearch.server.launcher.ServerLauncher -d -p "$node/server.pid"
  ) </dev/null >"$dir/elasticsearch.log" 2>&1 3>&- 7>&- 8>&- 9>&-
}

start_elasticsearch() {
  [ -z "$nodes" ] || [ "$nodes" -eq 1 ] || die 'Elasticsearch is one node here'
  node=$dir/elasticsearch
  if running elasticsearch; then
    port=$(bound_port)
    wait_for elasticsearch_ready elasticsearch || die "it runs and does not answer on port $port; see $node/logs"
    return
  fi
  # The same port again, so that a client which waits for the node finds it.
  port=${port:-$(cat "$dir/port" 2>/dev/null || true)}
  if [ -z "$port" ]; then
    free_port
    port=$free
  fi
  mkdir -p "$node"/{config,data,logs,tmp,snapshots}
  rm -f "$node/server.pid" "$node/logs/http.ports"
  write_elasticsearch_configuration
  become_a_user
  if launch_elasticsearch; then
    cp "$node/server.pid" "$dir/elasticsearch.pid"
    started+=(elasticsearch)
    port=$(bound_port)
    echo "$port" >"$dir/port"
    wait_for elasticsearch_ready elasticsearch && return
    give_up elasticsearch "no answer in $wait_seconds s; see $node/logs"
  fi
  tail -n 20 "$dir/elasticsearch.log"
  die "it did not start; see $node/logs"
}

announce_elasticsearch() {
  echo "ELASTICSEARCH_URL=$(elasticsearch_url)"
  if [ -n "$auth" ]; then printf 'ELASTICSEARCH_USER=%s\nELASTICSEARCH_PASSWORD=%s\n' "$user" "$password"; fi
  if [ -n "$tls" ]; then echo "ELASTICSEARCH_CA=$dir/tls/ca.pem"; fi
}
