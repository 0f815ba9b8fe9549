# shellcheck shell=bash
# What the scripts share. Sourced, never run.
set -euo pipefail

# shellcheck disable=SC2034 # the scripts use it
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
CACHE=${FIELDOPS_CACHE:-${HOME:-/var/tmp}/.cache/fieldops}
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$CACHE/target}
# Where rustup puts cargo, for shells opened before it was installed.
if ! command -v cargo >/dev/null && [[ -x ${HOME:-}/.cargo/bin/cargo ]]; then PATH=$HOME/.cargo/bin:$PATH; fi

say() { printf '%s\n' "$*" >&2; }
die() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; exit 1; }

# Prints the comment at the head of the calling script, which is its manual.
usage() { sed -n '2,/^[^#]/{s/^# \{0,1\}//p}' "$0"; }

# `step TITLE COMMAND…`: says what runs, runs it, says how long it took.
step() {
  local title=$1 began=$SECONDS status=0
  shift
  say "── $title"
  "$@" || status=$?
  if ((status == 0)); then say "   $title: $((SECONDS - began)) s"; else say "   $title: FAILED after $((SECONDS - began)) s"; fi
  return "$status"
}

# The folder of the newest PostgreSQL (15 or later) on this machine; empty when there is none.
pg_bin() {
  local dir
  for dir in $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -t/ -k5,5 -rn); do
    if [[ -x $dir/postgres && $(basename "$(dirname "$dir")") -ge 15 ]]; then
      echo "$dir"
      return
    fi
  done
}

# PostgreSQL refuses to run as root: root lends it the `postgres` user of the package.
pg_user() { if ((EUID == 0)); then echo postgres; else id -un; fi; }
as_pg() {
  if ((EUID == 0)); then
    (cd / && setpriv --reuid postgres --regid postgres --init-groups env HOME=/var/tmp "$@")
  else
    "$@"
  fi
}

secret() { od -An -N16 -tx1 /dev/urandom | tr -d ' \n'; }

# `free_ports N`: N neighbouring loopback ports nobody listens on, below the range
# the kernel hands out to clients.
free_ports() {
  local first port
  while :; do
    first=$((20000 + RANDOM % 12000))
    for ((port = first; port < first + $1; port++)); do
      if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then continue 2; fi
    done
    seq -s ' ' "$first" "$((first + $1 - 1))"
    return
  done
}

# `wait_until SECONDS WHAT COMMAND…`: polls until the command succeeds, or dies naming WHAT.
wait_until() {
  local deadline=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    if ((SECONDS >= deadline)); then
      say "$what did not become ready in time"
      return 1
    fi
    sleep 0.1
  done
}

# `pg_create DIR PASSWORD`: a private cluster in DIR/data, loopback only, password only.
pg_create() {
  local dir=$1 password=$2
  install -d -m 0711 "$dir"
  install -d -m 0700 -o "$(pg_user)" -g "$(id -gn "$(pg_user)")" "$dir/data" "$dir/own"
  (umask 077 && printf '%s\n' "$password" >"$dir/own/password")
  chown "$(pg_user)" "$dir/own/password"
  as_pg "$(pg_bin)/initdb" -D "$dir/data" -U postgres -E UTF8 --locale=C.UTF-8 --no-sync \
    --auth=scram-sha-256 --pwfile="$dir/own/password" >"$dir/initdb.log" 2>&1 ||
    { cat "$dir/initdb.log" >&2 && return 1; }
}

# `pg_start DIR PORT [SETTING…]`: starts the cluster of DIR and checks that it is the one answering.
pg_start() {
  local dir=$1 port=$2 options setting
  shift 2
  options="-c port=$port -c listen_addresses=127.0.0.1 -c unix_socket_directories="
  for setting in "$@"; do options+=" -c $setting"; done
  as_pg "$(pg_bin)/pg_ctl" -D "$dir/data" -l "$dir/own/log" -o "$options" -w -t 60 -s start \
    </dev/null >/dev/null 2>&1 || { tail -20 "$dir/own/log" >&2 && return 1; }
  [[ $(PGPASSWORD=$(<"$dir/own/password") "$(pg_bin)/psql" -XAtq -h 127.0.0.1 -p "$port" -U postgres \
    -d postgres -c 'SHOW data_directory') == "$dir/data" ]] ||
    { say "another PostgreSQL answers on port $port" && return 1; }
}

pg_running() { as_pg "$(pg_bin)/pg_ctl" -D "$1/data" status >/dev/null 2>&1; }
pg_stop() { as_pg "$(pg_bin)/pg_ctl" -D "$1/data" -m "${2:-fast}" -w -t 60 -s stop >/dev/null 2>&1; }
