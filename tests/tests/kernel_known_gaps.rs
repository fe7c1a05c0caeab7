//! Where the simulation is known to differ from the kernel, with the reason. Strict: a row that starts to agree fails.

use kubehop_tests::judge::hand::*;
use kubehop_tests::judge::kernel::require;
use sim_core::linux::build::NetworkBuilder;
use sim_core::packet::Protocol;

#[test]
fn short_pieces_pass_a_narrow_device() {
    require();
    let mut builder = NetworkBuilder::default();
    let [a, b] = ["A", "B"].map(|name| builder.add_netns(name, CAUSE));
    let (a0, b0) = builder.add_veth((a, "eth0", mac(1)), (b, "eth0", mac(2)), 1500, CAUSE);
    builder.link(b0).mtu = 1300;
    address(&mut builder, a0, "10.0.1.2/24");
    address(&mut builder, b0, "10.0.1.1/24");
    listen(&mut builder, b, Protocol::Udp, 53);
    let mut rows = Rows::new(builder, "khg1");
    rows.check(ask(a, Protocol::Udp, "10.0.1.1:53"), "ok");
    let long = Ask { bytes: 1600, ..ask(a, Protocol::Udp, "10.0.1.1:53") };
    rows.known_gap(long, "the kernel drops each piece by its own length, the simulation the packet");
    rows.finish();
}
