# shellcheck shell=bash disable=SC2034,SC2154
# Kafka in KRaft mode: N brokers that are also the N controllers. Read by up.
#
# What makes it start in about two seconds: jars are fetched once; a data folder is formatted once by Kafka's own tool and
# then copied with new ids; and classes come from an archive that one real start and stop has written.

prepare_kafka() {
  find_java 17 Kafka
  local version text
  version=${KAFKA_VERSION:-$(sed -nE 's:.*<kafka.version>(.*)</kafka.version>.*:\1:p' "$here/kafka/pom.xml")}
  home=$cache/kafka-$version
  mkdir -p "$home"
  lock 8 "$home/.lock"
  if [ ! -d "$home/jars" ]; then fetch_jars "$version"; fi
  classpath=$(printf '%s:' "$home"/jars/*.jar)
  classpath=${classpath%:}
  text=$("$java" -version 2>&1)
  archive=$home/classes-$(cksum <<<"$text" | cut -d' ' -f1).jsa
  archive_option=()
  if [ ! -d "$home/formatted" ] || [ ! -e "$archive" ]; then train; fi
  exec 8>&-
  if [ -s "$archive" ]; then archive_option=("-XX:SharedArchiveFile=$archive"); fi
}

fetch_jars() { # version
  may_fetch
  need_maven
  say "fetching the jars of Kafka $1"
  rm -rf "$home/jars.part"
  mvn -B -q -f "$here/kafka/pom.xml" "-Dkafka.version=$1" dependency:copy-dependencies \
    "-DoutputDirectory=$home/jars.part" >"$home/maven.log" 2>&1 3>&- 8>&- || {
    tail -n 20 "$home/maven.log"
    die 'Maven could not fetch the jars of Kafka'
  }
  mv "$home/jars.part" "$home/jars"
}

# The compiler that starts fastest and the collector with the fewest threads: a test wants the first answer soon.
jvm() { # main class, arguments: fills $command_line
  # shellcheck disable=SC2206
  command_line=("$java" "-Xmx${KAFKA_HEAP:-512m}" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xshare:auto
    ${archive_option[@]+"${archive_option[@]}"} -XX:+ExitOnOutOfMemoryError -Djava.awt.headless=true
    "-Dlog4j2.configurationFile=$here/kafka/log4j2.properties" ${KAFKA_JVM:-} -cp "$classpath" "$@")
}

random_id() { # 16 random bytes as Kafka writes them; one that begins with - would be taken for an option
  local id=-
  while [ "${id:0:1}" = - ]; do
    id=$(head -c 16 /dev/urandom | base64 | tr '+/' '-_')
    id=${id:0:22}
  done
  printf %s "$id"
}

# A data folder as Kafka's own tool makes it, without the one file that holds ids of node and cluster.
format() { # configuration, data folder, where to, more arguments...
  local properties=$1 data=$2 into=$3
  shift 3
  jvm kafka.tools.StorageTool format -t "$(cat "$dir/kafka.cluster")" -c "$properties" "$@"
  "${command_line[@]}" >"$dir/format.log" 2>&1 3>&- 8>&- 9>&- || {
    tail "$dir/format.log"
    die 'formatting failed'
  }
  rm -rf "$into" "$into.part"
  cp -r "$data" "$into.part"
  rm "$into.part/meta.properties"
  mv "$into.part" "$into"
}

train() { # one real format, kept as the template; one real start and stop, kept as the archive of classes
  say 'first start with this Kafka and this Java: writing the archive of classes'
  local dir auth='' tls='' port='' ports count=1 pid i
  dir=$(mktemp -d)
  choose_ports
  mkdir "$dir/kafka-1"
  random_id >"$dir/kafka.cluster"
  # shellcheck disable=SC2086
  write_properties ${ports[0]} "1@127.0.0.1:$(cut -d' ' -f3 <<<"${ports[0]}")" 1
  format "$dir/kafka-1.properties" "$dir/kafka-1" "$home/formatted"
  archive_option=("-XX:ArchiveClassesAtExit=$archive.part")
  jvm kafka.Kafka "$dir/kafka-1.properties"
  spawn kafka-1 "${command_line[@]}"
  wait_for kafka_ready kafka-1 || give_up kafka-1 'the first start failed'
  pid=$(pid_of kafka-1)
  kill "$pid"
  for i in {1..600}; do
    running kafka-1 || break
    sleep 0.1
  done
  kill_started
  if [ -s "$archive.part" ]; then
    mv -f "$archive.part" "$archive"
  else
    say 'no archive of classes: starts will be slower'
    : >"$archive"
  fi
  rm -rf "$dir"
  archive_option=() started=()
}

# Every broker has a listener without password for the brokers themselves and for tests that look in from outside. With
# --auth or --tls there is one more, CLIENT, which asks for what was ordered.
write_properties() { # node, client port, controller port, port of CLIENT, voters, count
  local replicas=$(($6 < 3 ? $6 : 3)) in_sync=$(($6 < 3 ? 1 : 2)) client_listener='' protocol=PLAINTEXT
  if [ -n "$auth$tls" ]; then
    client_listener=,CLIENT://127.0.0.1:$4
    protocol=${auth:+SASL_}$([ -n "$tls" ] && echo SSL || echo PLAINTEXT)
  fi
  {
    cat "$here/kafka/server.properties"
    cat <<P

# ---- written by up
node.id=$1
controller.quorum.voters=$5
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,CLIENT:$protocol
listeners=PLAINTEXT://127.0.0.1:$2,CONTROLLER://127.0.0.1:$3$client_listener
advertised.listeners=PLAINTEXT://127.0.0.1:$2$client_listener
inter.broker.listener.name=PLAINTEXT
log.dirs=$dir/kafka-$1
default.replication.factor=$replicas
min.insync.replicas=$in_sync
offsets.topic.replication.factor=$replicas
transaction.state.log.replication.factor=$replicas
transaction.state.log.min.isr=$in_sync
share.coordinator.state.topic.replication.factor=$replicas
share.coordinator.state.topic.min.isr=$in_sync
P
    if [ -n "$auth" ]; then
      cat <<P
sasl.enabled.mechanisms=SCRAM-SHA-256
listener.name.client.sasl.enabled.mechanisms=SCRAM-SHA-256
listener.name.client.scram-sha-256.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
P
    fi
    if [ -n "$tls" ]; then
      cat <<P
listener.name.client.ssl.keystore.type=PEM
listener.name.client.ssl.keystore.location=$dir/tls/server-chain.pem
P
    fi
    printf '\n# ---- from --set\n'
    settings kafka
  } >"$dir/kafka-$1.properties"
}

# An open port is not enough: it opens before the broker serves, and may be somebody else's. A Metadata request (version 2)
# must be answered with our own cluster's id and as many brokers as there are.
kafka_answers() { # port, brokers
  local answer
  answer=$({ exec 4<>"/dev/tcp/127.0.0.1/$1" &&
    printf '\0\0\0\016\0\003\0\002\0\0\0\007\377\377\0\0\0\0' >&4 &&
    timeout 2 head -c $((16#$(timeout 2 head -c 4 <&4 | hex))) <&4 | hex; } 2>/dev/null) || return 1
  # correlation id, count, brokers, cluster id
  [ "${answer:0:8}" = 00000007 ] && [ $((16#${answer:8:8})) -ge "$2" ] && [[ $answer == *"$(hex <"$dir/kafka.cluster")"* ]]
}

kafka_ready() {
  local line node client_port rest
  for line in "${ports[@]}"; do
    read -r node client_port rest <<<"$line"
    kafka_answers "$client_port" "$count" || return 1
  done
}

choose_ports() { # fills $ports: one line a node, "node, client port, controller port, port of CLIENT"
  local i client_port controller_port
  ports=()
  for ((i = 1; i <= count; i++)); do
    if [ -n "$port" ]; then
      client_port=$((port + i - 1))
      taken+="$client_port "
    else
      free_port
      client_port=$free
    fi
    free_port
    controller_port=$free
    free_port
    ports+=("$i $client_port $controller_port $free")
  done
}

lay_data() { # node
  [ ! -e "$dir/kafka-$1/meta.properties" ] || return 0
  local template=$home/formatted
  if [ -n "$auth" ]; then
    # The user is written by the formatting tool, so this folder's template is made here; its other nodes copy it.
    template=$dir/formatted
    if [ ! -d "$template" ]; then
      [ "$1" = 1 ] || die '--auth is for the first start of a DIR'
      mkdir -p "$dir/kafka-1"
      format "$dir/kafka-1.properties" "$dir/kafka-1" "$template" \
        --add-scram "SCRAM-SHA-256=[name=$user,password=$password]"
      rm -rf "$dir/kafka-1"
    fi
  fi
  mkdir -p "$dir/kafka-$1"
  cp -r "$template/." "$dir/kafka-$1/"
  printf 'version=1\ncluster.id=%s\nnode.id=%s\ndirectory.id=%s\n' \
    "$(cat "$dir/kafka.cluster")" "$1" "$(random_id)" >"$dir/kafka-$1/meta.properties"
}

start_brokers() { # what of $ports does not run
  local line node client_port controller_port secure_port voters=''
  for line in "${ports[@]}"; do
    read -r node client_port controller_port secure_port <<<"$line"
    voters+=,$node@127.0.0.1:$controller_port
  done
  names=()
  for line in "${ports[@]}"; do
    read -r node client_port controller_port secure_port <<<"$line"
    names+=("kafka-$node")
    if running "kafka-$node"; then continue; fi
    write_properties "$node" "$client_port" "$controller_port" "$secure_port" "${voters#,}" "$count"
    lay_data "$node"
    jvm kafka.Kafka "$dir/kafka-$node.properties"
    spawn "kafka-$node" "${command_line[@]}"
  done
  printf '%s\n' "${ports[@]}" >"$dir/kafka.ports"
}

start_kafka() {
  local attempt outcome fresh='' i rest
  mapfile -t ports < <(cat "$dir/kafka.ports" 2>/dev/null)
  count=${#ports[@]}
  [ "$count" -eq 0 ] || [ -z "$nodes" ] || [ "$nodes" -eq "$count" ] || die "$dir holds $count node(s), not $nodes"
  if [ "$count" -eq 0 ]; then fresh=1 count=${nodes:-1}; fi
  [ "$count" -ge 1 ] || die '--nodes wants 1 or more'
  [ -s "$dir/kafka.cluster" ] || random_id >"$dir/kafka.cluster"
  if [ -z "$fresh" ] && [ -n "$port" ]; then # the same data behind other client ports
    for ((i = 0; i < count; i++)); do
      rest=$(cut -d' ' -f3- <<<"${ports[i]}")
      ports[i]="$((i + 1)) $((port + i)) $rest"
    done
  fi
  for attempt in 1 2 3; do
    if [ -n "$fresh" ]; then choose_ports; fi
    start_brokers
    outcome=0
    wait_for kafka_ready "${names[@]}" || outcome=$?
    [ $outcome -ne 0 ] || return 0
    if [ -n "$fresh" ]; then rm -f "$dir/kafka.ports"; fi
    if [ $outcome -eq 2 ]; then give_up "$failed" "no answer in $wait_seconds s"; fi
    if [ -z "$fresh" ] || [ -n "$port" ] || ! lost_a_port "$failed"; then give_up "$failed" "$failed ended"; fi
    say 'a port was taken meanwhile: trying others'
    kill_started
    started=()
    rm -rf "$dir"/kafka-*
  done
  die 'no free ports in three tries'
}

announce_kafka() {
  local line node client_port controller_port secure_port list='' secure=''
  for line in "${ports[@]}"; do
    read -r node client_port controller_port secure_port <<<"$line"
    list+=,127.0.0.1:$client_port
    secure+=,127.0.0.1:$secure_port
  done
  echo "KAFKA_BROKERS=${list#,}"
  if [ -n "$auth$tls" ]; then echo "KAFKA_SECURE_BROKERS=${secure#,}"; fi
  if [ -n "$auth" ]; then printf 'KAFKA_USER=%s\nKAFKA_PASSWORD=%s\n' "$user" "$password"; fi
  if [ -n "$tls" ]; then echo "KAFKA_CA=$dir/tls/ca.pem"; fi
}
