#!/usr/bin/env bash
# Whole runs beside the real tools, as root: `tests/benches/peers.sh [SERVICES] [ENDPOINTS]`.
# The tools load and list, in a network namespace made for this run, the rules that kubehop prints.
set -euo pipefail
services=${1:-10000} endpoints=${2:-10}
target=${CARGO_TARGET_DIR:-target}/release
work=$(mktemp -d) netns="kubehop-peers-$$"
trap 'ip netns del "$netns" 2>/dev/null || true; rm -rf "$work"' EXIT
ip netns add "$netns"

timed() { # NAME COMMAND…: seconds and peak memory on one line
    local name=$1; shift
    /usr/bin/time -f "%e s wall, %U s user, %M KiB peak: $name" "$@"
}

"$target/large-input" "$services" "$endpoints" >"$work/input.yaml"
for mode in iptables nftables; do
    timed "kubehop rules, $mode" "$target/kubehop" rules --node node-a --proxy-mode "$mode" "$work/input.yaml" >"$work/$mode"
    echo "$(wc -c <"$work/$mode") bytes, $(grep -c '' "$work/$mode") lines"
done
timed "iptables-restore --test" ip netns exec "$netns" iptables-restore --test <"$work/iptables"
timed "iptables-restore" ip netns exec "$netns" iptables-restore <"$work/iptables"
# With very many rules version 1.8.9 of this one ends with a fault, after minutes.
if [ "$services" -le 2000 ]; then
    timed "iptables-save" ip netns exec "$netns" iptables-save >"$work/saved"
    # The same chains and rules, whatever comments and counters the tool adds.
    strip() { grep -v '^#' "$1" | sed 's/\[[0-9]*:[0-9]*\]//' | sort; }
    cmp <(strip "$work/iptables") <(strip "$work/saved") && echo "iptables-save lists the same"
fi
ip netns exec "$netns" nft flush ruleset
timed "nft --check" ip netns exec "$netns" nft --check --file "$work/nftables"
timed "nft --file" ip netns exec "$netns" nft --file "$work/nftables"
timed "nft list ruleset" ip netns exec "$netns" nft list ruleset >"$work/saved"
