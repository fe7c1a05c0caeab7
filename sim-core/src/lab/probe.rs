//! `probe.sh`: sends the probe while the kernel traces it and tcpdump listens.

use super::LabProbe;
use super::names::Names;
use crate::linux::state::Network;
use std::fmt::Write;

/// Rules that mark packets of the probe for the kernel's own trace: both directions and ICMP errors, before anything else looks
/// at them.
const TRACE: &str = "\
trace_on() {
  ip netns exec \"$1\" nft -f - <<'END'
table ip kubehop-lab {
  chain prerouting { type filter hook prerouting priority -350; meta nftrace set 1; }
  chain output { type filter hook output priority -350; meta nftrace set 1; }
}
END
}
";

pub(super) fn script(network: &Network, names: &Names, probe: &LabProbe) -> String {
    let request = &probe.request;
    let mut out = String::from(
        "#!/bin/sh\n\
         # Sends the probe, once, and shows what the kernel did: each namespace's packets as tcpdump saw them, and the rules its\n\
         # trace reports. up.sh must have run. With --all every namespace is watched, not only those on the expected way.\n\
         set -eu\n\
         cd \"$(dirname \"$0\")\"\n\
         [ \"$(id -u)\" = 0 ] || { echo \"probe.sh: run as root\" >&2; exit 1; }\n\
         [ -s run/servers.pid ] || { echo \"probe.sh: run ./up.sh first\" >&2; exit 1; }\n",
    );
    let list = |ids: &mut dyn Iterator<Item = &str>| ids.collect::<Vec<_>>().join(" ");
    let _ = writeln!(out, "watch='{}'", list(&mut probe.watch.iter().map(|id| names.netns(*id))));
    let _ = writeln!(out, "[ \"${{1:-}}\" != --all ] || watch='{}'", list(&mut names.all()));
    out.push_str(TRACE);
    out.push_str(
        "pids=\n\
         finish() {\n\
         \x20 for pid in $pids; do kill \"$pid\" 2>/dev/null || true; done\n\
         \x20 for name in $watch; do ip netns exec \"$name\" nft delete table ip kubehop-lab 2>/dev/null || true; done\n\
         }\n\
         trap finish EXIT\n\
         for name in $watch; do\n\
         \x20 trace_on \"$name\"\n\
         \x20 ip netns exec \"$name\" nft monitor trace >\"run/$name.trace\" 2>&1 &\n\
         \x20 pids=\"$pids $!\"\n\
         \x20 # -p: a promiscuous bridge would behave differently.\n\
         \x20 ip netns exec \"$name\" tcpdump -p -l -n -e -q -tt -i any >\"run/$name.packets\" 2>/dev/null &\n\
         \x20 pids=\"$pids $!\"\n\
         done\n\
         sleep 1\n",
    );
    let _ = write!(
        out,
        "echo '== probe: {} {} from {}'\nip netns exec {} python3 client.py {} {} {} {}",
        request.protocol,
        request.remote,
        names.netns(request.netns),
        names.netns(request.netns),
        request.protocol,
        request.remote.ip(),
        request.remote.port(),
        request.sport
    );
    if let Some(local) = request.local {
        let _ = write!(out, " {local}");
    }
    out.push_str(
        "\nsleep 1\n\
         finish\n\
         trap - EXIT\n\
         echo\n\
         echo '== packets, in order: time, namespace, device, direction'\n\
         for name in $watch; do sed \"s|^\\([0-9.]*\\) |\\1 $name |\" \"run/$name.packets\"; done | grep -v ' ARP, ' | sort -n\n\
         for name in $watch; do\n\
         \x20 grep -q '^trace id' \"run/$name.trace\" || continue\n\
         \x20 echo\n\
         \x20 echo \"== rules in $name\"\n\
         \x20 grep -v 'kubehop-lab' \"run/$name.trace\"\n\
         done\n\
         echo\n\
         echo '== servers'\n\
         grep sees run/servers.log || echo 'no server saw anything'\n",
    );
    let _ = network;
    out
}
