# shellcheck shell=bash disable=SC2034,SC2154
# One Redis, or a Redis Cluster of N primaries without replicas. Read by up.
#
# Everything is asked through redis-cli, which comes with the server: it speaks TLS and passwords too.

prepare_redis() {
  command -v redis-server >/dev/null && command -v redis-cli >/dev/null && return
  lock 8 "$cache/redis.lock"
  command -v redis-server >/dev/null || apt_install redis-server || die 'no redis-server: install the package redis-server'
  exec 8>&-
}

ask() { # port, command...
  local at=$1 with=()
  shift
  if [ -n "$tls" ]; then with+=(--tls --cacert "$dir/tls/ca.pem"); fi
  if [ -n "$auth" ]; then with+=(--user "$user" --no-auth-warning); fi
  REDISCLI_AUTH=$password timeout 5 redis-cli -h 127.0.0.1 -p "$at" "${with[@]}" "$@" 2>&1
}

write_configuration() { # name, port, port of the cluster's own talk
  local plain=$2 secure=0
  if [ -n "$tls" ]; then plain=0 secure=$2; fi
  {
    printf 'bind 127.0.0.1\nport %s\ndaemonize no\nsave ""\nappendonly no\ndir "%s"\n' "$plain" "$dir/$1"
    if [ -n "$tls" ]; then
      printf 'tls-port %s\ntls-auth-clients no\ntls-cluster yes\ntls-replication yes\n' "$secure"
      printf 'tls-cert-file "%s"\ntls-key-file "%s"\ntls-ca-cert-file "%s"\n' "$dir"/tls/{server.pem,server.key,ca.pem}
    fi
    # Nobody comes in without the password, not even the user that every client is before it says who it is.
    if [ -n "$auth" ]; then printf 'user default off\nuser %s on >%s ~* &* +@all\n' "$user" "$password"; fi
    if [ "$count" -gt 1 ]; then
      printf 'cluster-enabled yes\ncluster-config-file nodes.conf\ncluster-node-timeout 2000\ncluster-port %s\n' "$3"
    fi
    settings redis | sed 's/=/ /'
  } >"$dir/$1.conf"
}

# Ours is the one whose process id is that of our pid file; a server that asks for a password of --set is only seen to ask.
redis_answers() { # name, port
  local answer
  answer=$(ask "$2" INFO server) || return 1
  case $answer in
    *"process_id:$(pid_of "$1")"$'\r'*) return 0 ;;
    *NOAUTH*) running "$1" ;;
    *) return 1 ;;
  esac
}

redis_ready() {
  local line name client_port rest
  for line in "${ports[@]}"; do
    read -r name client_port rest <<<"$line"
    redis_answers "$name" "$client_port" || return 1
  done
}

cluster_ready() { # every node says that all slots are served
  local line name client_port rest
  for line in "${ports[@]}"; do
    read -r name client_port rest <<<"$line"
    [[ $(ask "$client_port" CLUSTER INFO) == *cluster_state:ok* ]] || return 1
  done
}

# What redis-cli --cluster create does, without its pauses: slots and epochs are given by hand, then all meet the first.
make_cluster() {
  local i name client_port bus_port first_port='' first_bus=''
  for ((i = 0; i < count; i++)); do
    read -r name client_port bus_port <<<"${ports[i]}"
    # A node that knows slots already has been here before.
    [[ $(ask "$client_port" CLUSTER INFO) == *cluster_slots_assigned:0* ]] || continue
    ask "$client_port" CLUSTER ADDSLOTSRANGE $((16384 * i / count)) $((16384 * (i + 1) / count - 1))
    ask "$client_port" CLUSTER SET-CONFIG-EPOCH $((i + 1))
    if [ "$i" -eq 0 ]; then
      first_port=$client_port first_bus=$bus_port
    else
      ask "$client_port" CLUSTER MEET 127.0.0.1 "$first_port" "$first_bus"
    fi
  done >"$dir/cluster.log"
}

choose_redis_ports() { # fills $ports: one line a node, "name, client port, port of the cluster's own talk"
  local i name
  ports=()
  for ((i = 1; i <= count; i++)); do
    name=redis-$i
    if [ -n "$port" ]; then free=$((port + i - 1)) taken+="$((port + i - 1)) "; else free_port; fi
    name+=" $free"
    free_port
    ports+=("$name $free")
  done
}

start_nodes() { # what of $ports does not run
  local line name client_port bus_port
  names=()
  for line in "${ports[@]}"; do
    read -r name client_port bus_port <<<"$line"
    names+=("$name")
    if running "$name"; then continue; fi
    mkdir -p "$dir/$name"
    write_configuration "$name" "$client_port" "$bus_port"
    spawn "$name" redis-server "$dir/$name.conf"
  done
  printf '%s\n' "${ports[@]}" >"$dir/redis.ports"
}

start_redis() {
  local attempt outcome fresh='' i
  mapfile -t ports < <(cat "$dir/redis.ports" 2>/dev/null)
  count=${#ports[@]}
  [ "$count" -eq 0 ] || [ -z "$nodes" ] || [ "$nodes" -eq "$count" ] || die "$dir holds $count node(s), not $nodes"
  if [ "$count" -eq 0 ]; then fresh=1 count=${nodes:-1}; fi
  [ "$count" -eq 1 ] || [ "$count" -ge 3 ] || die '--nodes wants 1, or 3 or more: a cluster has no fewer primaries'
  for attempt in 1 2 3; do
    if [ -n "$fresh" ]; then choose_redis_ports; fi
    start_nodes
    outcome=0
    wait_for redis_ready "${names[@]}" || outcome=$?
    if [ $outcome -eq 0 ] && [ "$count" -gt 1 ]; then
      make_cluster
      wait_for cluster_ready "${names[@]}" || outcome=$?
    fi
    [ $outcome -ne 0 ] || return 0
    if [ -n "$fresh" ]; then rm -f "$dir/redis.ports"; fi
    if [ $outcome -eq 2 ]; then give_up "$failed" "no answer in $wait_seconds s"; fi
    if [ -z "$fresh" ] || [ -n "$port" ] || ! lost_a_port "$failed"; then give_up "$failed" "$failed ended"; fi
    kill_started
    started=()
    rm -rf "$dir"/redis-*
  done
  die 'no free port in three tries'
}

announce_redis() {
  local line name client_port rest list='' secret=${auth:+$user:$password@} scheme=redis${tls:+s}
  for line in "${ports[@]}"; do
    read -r name client_port rest <<<"$line"
    list+=,127.0.0.1:$client_port
  done
  if [ "$count" -gt 1 ]; then
    echo "REDIS_CLUSTER=${list#,}"
    if [ -n "$auth" ]; then printf 'REDIS_USER=%s\nREDIS_PASSWORD=%s\n' "$user" "$password"; fi
  else
    echo "REDIS_URL=$scheme://$secret${list#,}"
  fi
  if [ -n "$tls" ]; then echo "REDIS_CA=$dir/tls/ca.pem"; fi
}
