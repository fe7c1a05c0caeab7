//! `probe.sh`: sends the probe while the kernel traces it and tcpdump listens.

use super::files::{LabProbe, Sighting};
use super::names::Names;
use kernel::config::{LinkKind, Network};
use std::fmt::Write;

/// The script behind what differs from lab to lab. Rules that mark packets for the kernel's own trace come before anything else
/// looks at them, in both directions and for ICMP errors.
const BODY: &str = r#"
full=0
while [ $# -gt 0 ]; do
  case $1 in
    --all) watch=$all ;;
    --full) full=1 ;;
    --sport) shift; given=${1:?probe.sh: --sport wants a number} ;;
    *) echo "usage: ./probe.sh [--all] [--full] [--sport PORT]" >&2; exit 2 ;;
  esac
  shift
done
cd "$(dirname "$0")"
[ "$(id -u)" = 0 ] || { echo "probe.sh: run as root" >&2; exit 1; }
[ -s run/servers.pid ] || { echo "probe.sh: run ./up.sh first" >&2; exit 1; }

# A connection that conntrack remembers would not ask the nat table again: each run takes a port of its own.
if [ -n "${given:-}" ]; then
  sport=$given
elif [ -s run/sport ]; then
  sport=$(($(cat run/sport) + 1))
  [ "$sport" -le 65535 ] || sport=32768
fi
echo "$sport" >run/sport

trace_on() {
  ip netns exec "$1" nft -f - <<'END'
table ip kubehop-lab {
  chain prerouting { type filter hook prerouting priority -350; meta nftrace set 1; }
  chain output { type filter hook output priority -350; meta nftrace set 1; }
}
END
}
pids=
finish() {
  for pid in $pids; do kill "$pid" 2>/dev/null || true; done
  for pid in $pids; do wait "$pid" 2>/dev/null || true; done
  for name in $watch; do ip netns exec "$name" nft delete table ip kubehop-lab 2>/dev/null || true; done
  rm -f run/probe.pid
}
trap finish EXIT
trap 'exit 130' INT TERM
# What earlier probes left behind is forgotten: the expected trace starts with empty neighbour tables too.
for name in $all; do ip -n "$name" neigh flush all 2>/dev/null || true; done
for name in $watch; do
  trace_on "$name"
  ip netns exec "$name" nft monitor trace >"run/$name.trace" 2>&1 &
  pids="$pids $!"
  # -p: a promiscuous bridge would behave differently.
  ip netns exec "$name" tcpdump -p -l --immediate-mode -s 256 -B 8192 --time-stamp-precision=nano -n -e -tt -i any >"run/$name.packets" 2>"run/$name.listening" &
  pids="$pids $!"
  echo "$pids" >run/probe.pid
done
for name in $watch; do
  tries=0
  until grep -qs '^listening on' "run/$name.listening"; do
    tries=$((tries + 1))
    [ "$tries" -le 200 ] || { cat "run/$name.listening" >&2; exit 1; }
    sleep 0.05
  done
done
sleep 0.5

before=$(wc -l <run/servers.log)
echo "== probe: $protocol from $client port $sport to $address port $port"
# The resolver tells its questions, if there is a name.
ip netns exec "$client" python3 client.py "$protocol" "$address" "$port" "$sport" $local >run/client.txt 2>run/resolver.txt
ports=$sport$(sed -n 's/.* from port \([0-9]*\) .*/|\1/p' run/resolver.txt | sort -u | tr -d '\n')
sleep 0.5
for name in $watch; do
  ip netns exec "$name" sh -c 'cat /proc/net/nf_conntrack 2>/dev/null || conntrack -L 2>/dev/null || true' |
    grep -E "(sport|id)=($ports)( |\$)" >"run/$name.conntrack" || true
done
tail -n "+$((before + 1))" run/servers.log >run/servers.new
finish
trap - EXIT
echo
# shellcheck disable=SC2086 # names are words without blanks
python3 report.py "$expected" "$full" "$protocol" $watch
"#;

/// Where packets should be seen, one line each: what it is about (`connection`, `question-1`), number of the way, namespace, device,
/// direction, addresses, kind.
pub(super) fn sightings(network: &Network, names: &Names, probe: &LabProbe) -> String {
    let mut out = String::from("# part way namespace device in|out source destination kind\n");
    let questions = probe.lookup.iter().flat_map(|lookup| &lookup.questions);
    let questions = (1..).zip(questions).map(|(number, ways)| (format!("question-{number}"), ways));
    let parts = questions.chain([("connection".to_owned(), &probe.ways)]);
    let ways = parts.flat_map(|(part, ways)| ways.iter().enumerate().map(move |(way, all)| (part.clone(), way, all)));
    for (part, way, all) in ways {
        for seen in all {
            // tcpdump shows a packet of the loopback device once, as it comes in.
            if seen.out && network.link(seen.at).kind == LinkKind::Loopback {
                continue;
            }
            let (netns, dev) = (names.netns(seen.at.netns), names.device(seen.at));
            let direction = if seen.out { "out" } else { "in" };
            let Sighting { src, dst, kind, .. } = seen;
            let _ = writeln!(out, "{part} {} {netns} {dev} {direction} {src} {dst} {kind}", way + 1);
        }
    }
    out
}

pub(super) fn script(names: &Names, probe: &LabProbe) -> String {
    let request = &probe.request;
    let mut out = String::from(
        "#!/bin/sh\n\
         # Sends the probe, once, and shows what the kernel did: packets as tcpdump saw them in each namespace on the way, the rules\n\
         # that its own trace names, what conntrack remembers. up.sh must have run.\n\
         #   --all         watch every namespace, not only those on the expected way\n\
         #   --full        show every packet, ARP and the rest of a connection too\n\
         #   --sport PORT  send from this port instead of one that is new each time\n\
         # Exit status 1 when the client's result is none of the expected ones, or an expected packet was not seen.\n\
         set -eu\n",
    );
    let list = |ids: &mut dyn Iterator<Item = &str>| ids.collect::<Vec<_>>().join(" ");
    let local = request.local.map(|local| local.to_string()).unwrap_or_default();
    let _ = writeln!(out, "all='{}'", list(&mut names.all()));
    let _ = writeln!(out, "watch='{}'", list(&mut probe.watch.iter().map(|id| names.netns(*id))));
    let _ = writeln!(out, "client={}", names.netns(request.netns));
    let address = match &probe.lookup {
        // A word in quotes, whatever was typed.
        Some(lookup) => {
            let good = |c: &char| c.is_ascii_graphic() && *c != '\'';
            format!("'{}'", lookup.name.chars().filter(good).collect::<String>())
        }
        None => request.remote.ip().to_string(),
    };
    let _ = writeln!(out, "protocol={} address={address}", request.protocol);
    let _ = writeln!(out, "port={} sport={} local={local}", request.remote.port(), request.sport);
    let _ = write!(out, "expected={}", probe.results.iter().map(String::as_str).collect::<Vec<_>>().join(","));
    out.push_str(BODY);
    out
}
