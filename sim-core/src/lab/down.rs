//! `down.sh`.

use super::names::Names;
use std::fmt::Write;

pub(super) fn script(names: &Names) -> String {
    let mut out = String::from(
        "#!/bin/sh\n\
         # Ends what up.sh and probe.sh started and deletes this lab's namespaces, with everything in them. Safe to run twice.\n\
         set -u\n\
         cd \"$(dirname \"$0\")\" || exit 1\n\
         [ \"$(id -u)\" = 0 ] || { echo \"down.sh: run as root\" >&2; exit 1; }\n\
         for file in run/*.pid; do\n\
         \x20 [ -f \"$file\" ] || continue\n\
         \x20 kill \"$(cat \"$file\")\" 2>/dev/null\n\
         \x20 rm -f \"$file\"\n\
         done\n\
         for name in",
    );
    for name in names.all() {
        let _ = write!(out, " \\\n  {name}");
    }
    out.push_str(
        "; do\n\
         \x20 [ ! -e \"/run/netns/$name\" ] || ip netns delete \"$name\"\n\
         done\n",
    );
    out
}
