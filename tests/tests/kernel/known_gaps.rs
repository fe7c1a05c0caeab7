//! Where the simulation is known to differ from the kernel, with the reason. Strict: a row that starts to agree fails.

use kernel::config::NetworkBuilder;
use kernel::ids::TableName;
use kernel::packet::Protocol;
use kubehop_tests::judge::hand::*;
use kubehop_tests::judge::kernel::require;

#[test]
fn rules_without_tracking_see_pieces_one_by_one() {
    require();
    let mut builder = NetworkBuilder::default();
    let [a, b] = ["A", "B"].map(|name| builder.add_netns(name, CAUSE));
    let (a0, b0) = builder.add_veth((a, "eth0", mac(1)), (b, "eth0", mac(2)), 1500, CAUSE);
    address(&mut builder, a0, "10.0.1.2/24");
    address(&mut builder, b0, "10.0.1.1/24");
    listen(&mut builder, a, Protocol::Udp, 53);
    builder.netns(a).xtables.table_mut(TableName::Mangle);
    let mut rows = Rows::new(builder, "khg1");
    rows.check(ask(b, Protocol::Udp, "10.0.1.2:53"), "ok");
    let long = Ask { bytes: 1600, ..ask(b, Protocol::Udp, "10.0.1.2:53") };
    rows.known_gap(long, "the kernel runs the rules of PREROUTING once for each piece, the simulation once");
    rows.finish();
}
