#!/usr/bin/env bash
# Whole runs of `check` and `trace` over clusters of many nodes, smallest of three: seconds and peak memory.
set -euo pipefail
cd "$(dirname "$0")/../.."
cargo build --release --quiet -p kubehop -p kubehop-tests --bin kubehop --bin large-input
out=target/fleet
mkdir -p "$out"
timed() { # label, command…: the fastest of three runs
  local label=$1 best=
  shift
  for _ in 1 2 3; do
    /usr/bin/time -f '%e %M' -o "$out/time" "$@" >"$out/stdout" 2>"$out/stderr"
    best=$( (echo "$best"; cat "$out/time") | grep . | sort -n | head -n 1)
  done
  printf '%-28s %s s, %s MB\n' "$label" "${best% *}" "$((${best#* } / 1024))"
}
while read -r nodes pods services; do
  file=$out/fleet-$nodes.json
  target/release/large-input fleet "$nodes" "$pods" "$services" >"$file"
  timed "$nodes nodes, check" target/release/kubehop check "$file"
  timed "$nodes nodes, trace" target/release/kubehop trace "$file" --from node/node-0 --to svc/default/app-0:80
done <<'SIZES'
10 900 30
100 9000 300
1000 30000 1000
5000 150000 10000
SIZES
target/release/large-input fleet 100 2000 10 >"$out/wide.json"
timed "200 endpoints, trace" target/release/kubehop trace "$out/wide.json" --from node/node-0 --to svc/default/app-0:80
timed "200 endpoints, trace --all" target/release/kubehop trace "$out/wide.json" --from node/node-0 --to svc/default/app-0:80 --all
