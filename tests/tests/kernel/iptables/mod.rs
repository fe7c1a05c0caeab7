//! iptables rules against the real kernel. Needs root, iproute2, iptables, python3 and br_netfilter.

mod lab;
mod matches;
mod targets;

use kubehop_tests::read;
use std::path::Path;

fn fixture(name: &str) -> String {
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/iptables").join(name))
}
