# shellcheck shell=bash disable=SC2034,SC2154
# What up, down and signal share; read by them, never run. $dir is the folder of the server.

say() { printf '%s\n' "$*" >&2; }
die() {
  say "${0##*/}: $*"
  exit 1
}

cache=${COUNTERFOIL_SERVICES_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/counterfoil-services}
KINDS='kafka redis elasticsearch'

hex() { od -An -v -tx1 | tr -d ' \n'; }

random_word() { # letters and digits: safe in a URL, a configuration file and a shell
  local word
  word=$(head -c 48 /dev/urandom | base64 | tr -dc 'a-zA-Z0-9')
  printf %s "${word:0:24}"
}

# ---- processes ----------------------------------------------------------------

# A process is ours when it works in the folder that it was started in, or has that folder's mark on its command line.
# A pid file alone proves nothing: after a crash its number may belong to a stranger.
ours() { # name, pid
  [ -n "${2:-}" ] || return 1
  [ "$(readlink "/proc/$2/cwd" 2>/dev/null)" = "$dir/$1" ] && return 0
  tr '\0' '\n' 2>/dev/null <"/proc/$2/cmdline" | grep -Fxq -- "-Djava.io.tmpdir=$dir/$1/tmp"
}

pid_of() { cat "$dir/$1.pid" 2>/dev/null || true; }

running() { ours "$1" "$(pid_of "$1")"; }

spawn() { # name, command...: in the background, in a session of its own, working in DIR/name
  local name=$1
  shift
  # 7, 8 and 9 are locks: a server that inherited one would hold it for as long as it lives.
  (cd "$dir/$name" && exec setsid "$@") </dev/null >>"$dir/$name.log" 2>&1 3>&- 7>&- 8>&- 9>&- &
  echo $! >"$dir/$name.pid"
  disown $!
  started+=("$name")
}

wait_for() { # command that succeeds when ready, names that must stay alive...; 0 ready, 1 a process ended, 2 timed out
  local ready=$1 until=$((SECONDS + wait_seconds)) name
  shift
  sleep 0.05 # until the child has reached its working directory
  until $ready; do
    for name in "$@"; do
      kill -0 "$(pid_of "$name")" 2>/dev/null || {
        failed=$name
        return 1
      }
    done
    [ $SECONDS -lt $until ] || {
      failed=$1
      return 2
    }
    sleep 0.05
  done
}

kill_started() { # what this call started, and nothing else
  local name
  for name in "${started[@]}"; do
    if running "$name"; then kill -9 "$(pid_of "$name")" 2>/dev/null || true; fi
    rm -f "$dir/$name.pid"
  done
}

give_up() { # name of what failed, why
  say "---- the end of $dir/$1.log"
  tail -n 25 "$dir/$1.log" >&2 || true
  kill_started
  die "$2"
}

# ---- ports ----------------------------------------------------------------------

taken=' '
free_port() { # sets $free; below the kernel's range of outgoing connections, which would take it away again
  local tries
  for tries in {1..200}; do
    free=$((20000 + (RANDOM * 32768 + RANDOM) % 10000))
    case $taken in *" $free "*) continue ;; esac
    if ! (exec 4<>"/dev/tcp/127.0.0.1/$free") 2>/dev/null; then
      taken+="$free "
      return
    fi
  done
  die 'no free port found'
}

lost_a_port() { grep -qE 'Address already in use|BindException|Could not create server TCP listening socket' "$dir/$1.log"; }

# ---- settings and locks ------------------------------------------------------------

# --set is kept in DIR, so that a restart has it too; of one key the last counts.
settings() { # kind
  [ -e "$dir/$1.settings" ] || return 0
  tac "$dir/$1.settings" | awk -F= '!seen[$1]++' | tac
}

lock() { # file descriptor, file
  eval "exec $1>\"\$2\""
  flock -w "${SERVICES_LOCK_WAIT:-600}" "$1" || die "another run has held $2 for too long"
}

may_fetch() { [ -n "$fetch" ] || die "$kind is not prepared: run tools/services/up $kind --prepare"; }

updated=''
apt_install() { # package...: only for root, on Debian and its children
  [ -n "$fetch" ] && [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null || return 1
  # RUNLEVEL=1: a package that brings a daemon must not start it.
  local apt=(env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get -qq -o DPkg::Lock::Timeout=300)
  lock 7 "$cache/apt.lock"
  {
    [ -n "$updated" ] || "${apt[@]}" update
    "${apt[@]}" install -y --no-install-recommends "$@"
  } >/dev/null 2>&1 3>&- 7>&- 8>&- 9>&- && say "installed $*"
  local status=$?
  updated=1
  exec 7>&-
  return $status
}
