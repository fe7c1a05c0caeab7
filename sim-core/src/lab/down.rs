//! `down.sh`.

use super::names::Names;
use std::fmt::Write;

/// Ends a lab. A process is only ended when it still works in this folder: a number alone may be another's by now.
const BODY: &str = r#"
force=no
[ "${1:-}" != --force ] || force=yes
cd "$(dirname "$0")" || exit 1
[ "$(id -u)" = 0 ] || { echo "down.sh: run as root" >&2; exit 1; }
for pid in $(cat run/*.pid 2>/dev/null); do
  [ "/proc/$pid/cwd" -ef . ] && kill "$pid" 2>/dev/null
done
if [ -e run/up ] || [ $force = yes ]; then
  for name in $names; do
    # Another's "ip netns exec" may hold the mount for a moment.
    tries=0
    while [ -e "/run/netns/$name" ]; do
      ip netns delete "$name" 2>/dev/null && break
      tries=$((tries + 1))
      [ $tries -lt 50 ] || { ip netns delete "$name"; break; }
      sleep 0.1
    done
  done
fi
rm -rf run
"#;

pub(super) fn script(names: &Names) -> String {
    let mut out = String::from(
        "#!/bin/sh\n\
         # Ends what up.sh and probe.sh started and deletes this lab's namespaces, with everything in them. Safe to run twice.\n\
         # With --force also namespaces of these names that another lab, or this one before its folder was lost, has made.\n\
         set -u\n\
         names='",
    );
    for name in names.all() {
        let _ = writeln!(out, "{name}");
    }
    out.push('\'');
    out.push_str(BODY);
    out
}
