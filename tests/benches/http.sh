#!/usr/bin/env bash
# Requests a second of the server, with wrk at 64 connections on this machine (both sides share its cores):
#   cargo build --release -p kubehop && tests/benches/http.sh [SECONDS]        wrk: apt-get install wrk
# Limits per client are off, but in the last part: what another client notices of one that asks as much as it may.
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${1:-5} binary=${KUBEHOP_BIN:-target/release/kubehop}
work=$(mktemp -d)
server=
stop() { [ -z "$server" ] || { kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; }; server=; }
trap 'stop; rm -rf "$work"' EXIT
start() {
  "$binary" serve --listen 127.0.0.1:0 --database-url "sqlite://$work/bench.db" "$@" >"$work/log" 2>&1 &
  server=$!
  for _ in $(seq 100); do grep -q 'listens on' "$work/log" && break; sleep 0.1; done
  base=$(sed -n 's/.*listens on //p' "$work/log")
}
page='/s/first-service/trace?from=pod/default/client&to=web:80'

# Every request has a seed of its own: nothing is kept.
cat >"$work/cold.lua" <<'LUA'
local thread = 0
function setup(t) thread = thread + 1; t:set("id", thread) end
local count = 0
function request() count = count + 1; return wrk.format("GET", wrk.path .. "&seed=" .. id * 10000000 + count) end
LUA

# Steps of one trace that was told before; the address differs each time, so that no page is kept.
cat >"$work/steps.lua" <<'LUA'
local thread = 0
function setup(t) thread = thread + 1; t:set("id", thread) end
local count = 0
function request() count = count + 1; return wrk.format("GET", wrk.path .. "&step=" .. count % 144 + 1 .. "&n=" .. id * 10000000 + count) end
LUA

measure() { # name, path, further arguments of wrk
  local name=$1 path=$2; shift 2
  curl -s -o "$work/body" -H 'Accept-Encoding: gzip' "$base$path"
  wrk -t2 -c64 -d"${seconds}s" --latency "$@" "$base$path" >"$work/wrk" || true
  awk -v name="$name" -v load="$(cut -d' ' -f1 /proc/loadavg)" '
    /^ +50%/ { p50 = $2 } /^ +99%/ { p99 = $2 } /^Requests\/sec/ { rate = $2 } /Non-2xx/ { bad = bad " " $0 } /Socket errors/ { bad = bad " " $0 }
    END { printf "| %-28s | %9.0f | %9s | %9s | %s |%s\n", name, rate, p50, p99, load, bad }' "$work/wrk"
}

start --rate 0 --upload-rate 0 --client-requests 0
echo '| page                         | requests/s | p50       | p99       | load |'
echo '|---|---|---|---|---|'
measure 'home' '/'
measure 'home, gzip' '/' -H 'Accept-Encoding: gzip'
measure 'trace page' "$page"
measure 'trace page, gzip' "$page" -H 'Accept-Encoding: gzip'
measure 'trace page, brotli' "$page" -H 'Accept-Encoding: br'
measure 'trace.json' "${page/trace/trace.json}"
measure 'trace page, cold' "$page" -s "$work/cold.lua"
measure 'trace page, cold, gzip' "$page" -s "$work/cold.lua" -H 'Accept-Encoding: gzip'
measure 'trace page, other steps' "$page" -s "$work/steps.lua"
measure 'trace.json, cold' "${page/trace/trace.json}" -s "$work/cold.lua"
grep VmHWM "/proc/$server/status"
stop

# Two clients behind a proxy that is trusted: one looks at 50 pages a second, the other asks for as many new ones as it can. Both would be other
# machines: what the second takes of this one's processors is not the server's doing (niceness 19), and the first does not wait for them (-20, as root).
start --trusted-proxies 127.0.0.1
urgent=(nice -n -20)
"${urgent[@]}" true 2>/dev/null || urgent=()
polite() {
  "${urgent[@]}" python3 - "$base$page" 10 <<'PY'
import http.client, sys, time
from urllib.parse import urlsplit
url, seconds = urlsplit(sys.argv[1]), float(sys.argv[2])
link, times, begin, at = http.client.HTTPConnection(url.netloc), [], time.time(), 0
while time.time() - begin < seconds:
    started = time.perf_counter()
    link.request("GET", f"{url.path}?{url.query}&seed={at % 100}", headers={"X-Forwarded-For": "203.0.113.1"})
    answer = link.getresponse(); answer.read()
    assert answer.status == 200, answer.status
    times.append(time.perf_counter() - started); at += 1
    time.sleep(max(0, begin + at / 50 - time.time()))
times.sort()
print(f"| {len(times)} | {times[len(times) // 2] * 1e3:.1f} ms | {times[int(len(times) * .99)] * 1e3:.1f} ms |")
PY
}
polite >/dev/null
echo; echo '| another client | requests | p50 | p99 |'; echo '|---|---|---|---|'
for _ in 1 2 3; do
  echo "| alone $(polite)"
  nice -n 19 wrk -t1 -c64 -d12s -s "$work/cold.lua" -H 'X-Forwarded-For: 203.0.113.2' "$base$page" >"$work/hostile" & hostile=$!
  sleep 1
  echo "| beside one at its limit $(polite)"
  wait "$hostile"
done
grep -E 'Requests/sec|Non-2xx' "$work/hostile"
