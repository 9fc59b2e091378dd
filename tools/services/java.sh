# shellcheck shell=bash disable=SC2034,SC2154
# Finds Java, and Maven, which fetches what Maven Central has. Read by up.

java_major() { # java
  "$1" -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java.specification.version = \([0-9]*\)$/\1/p'
}

# Sets $java to the first that is new enough: what the environment names, the one on the path, its neighbours (a machine
# with several Javas keeps them in one folder).
look_for_java() { # lowest version
  local default candidate neighbours=() version
  if default=$(command -v java); then
    default=$(readlink -f "$default")
    neighbours=("${default%/*/bin/java}"/*/bin/java "${default%/*/bin/java}"/bin/java)
  else
    neighbours=(/usr/lib/jvm/*/bin/java)
  fi
  for candidate in "${SERVICES_JAVA_HOME:+$SERVICES_JAVA_HOME/bin/java}" "${JAVA_HOME:+$JAVA_HOME/bin/java}" "$default" "${neighbours[@]}"; do
    [ -n "$candidate" ] && [ -x "$candidate" ] || continue
    version=$(java_major "$candidate")
    if [ "${version:-0}" -ge "$1" ]; then
      java=$candidate
      return 0
    fi
  done
  return 1
}

find_java() { # lowest version, what needs it
  local package
  look_for_java "$1" && return
  for package in openjdk-{25,21,17}-jre-headless; do
    [ "${package//[!0-9]/}" -ge "$1" ] || continue
    apt_install "$package" && look_for_java "$1" && return
  done
  die "$2 needs Java $1 or newer: install one, and name its folder in SERVICES_JAVA_HOME"
}

need_maven() {
  command -v mvn >/dev/null || apt_install maven || die 'no Maven: install the package maven'
}
