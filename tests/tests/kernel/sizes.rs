//! How large packets may be, on the real kernel: sizes around every limit, sent whole or not at all, and streams that learn what fits.

use crate::tunnels::{Two, flannel};
use kernel::config::*;
use kernel::ids::{LinkId, LinkRef, NetnsId};
use kernel::packet::Protocol;
use kubehop_tests::judge::hand::*;
use kubehop_tests::judge::kernel::{Streamed, require};

/// Addresses of a destination, so that what is learned of one says nothing of the others.
const MANY: u8 = 40;

/// A 10.0.1.2 — R — Q — 10.0.2.x B, with an MTU for each wire.
struct Plain {
    builder: NetworkBuilder,
    a: NetnsId,
    r: NetnsId,
    b: NetnsId,
}

fn plain(mtus: [u32; 3]) -> Plain {
    let mut builder = NetworkBuilder::default();
    let [a, r, q, b] = ["A", "R", "Q", "B"].map(|name| builder.add_netns(name, CAUSE));
    let (a0, r0) = builder.add_veth((a, "eth0", mac(1)), (r, "eth0", mac(2)), mtus[0], CAUSE);
    let (r1, q0) = builder.add_veth((r, "eth1", mac(3)), (q, "eth0", mac(4)), mtus[1], CAUSE);
    let (q1, b0) = builder.add_veth((q, "eth1", mac(5)), (b, "eth0", mac(6)), mtus[2], CAUSE);
    let nets = ["10.0.1.2/24", "10.0.1.1/24", "10.0.3.1/24", "10.0.3.2/24", "10.0.2.1/24", "10.0.2.2/24"];
    for (link, net) in [a0, r0, r1, q0, q1, b0].into_iter().zip(nets) {
        address(&mut builder, link, net);
    }
    more(&mut builder, b0, "10.0.2");
    route(&mut builder, a, "0.0.0.0/0", Some(("10.0.1.1", a0)));
    route(&mut builder, b, "0.0.0.0/0", Some(("10.0.2.1", b0)));
    route(&mut builder, r, "10.0.2.0/24", Some(("10.0.3.2", r1)));
    route(&mut builder, q, "10.0.1.0/24", Some(("10.0.3.1", q0)));
    for netns in [r, q] {
        builder.sysctl(netns, "net.ipv4.ip_forward", "1", CAUSE);
    }
    for netns in [a, b] {
        listen(&mut builder, netns, Protocol::Udp, 53);
        listen(&mut builder, netns, Protocol::Tcp, 80);
    }
    Plain { builder, a, r, b }
}

fn more(builder: &mut NetworkBuilder, link: LinkRef, net: &str) {
    for last in 100..100 + MANY {
        address(builder, link, &format!("{net}.{last}/32"));
    }
}

/// Numbers that are the same each time.
struct Draw(u64);

impl Draw {
    fn below(&mut self, most: u32) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % u64::from(most)) as u32
    }
}

/// Payloads of datagrams that are a little less and a little more than fits into each MTU, and some between.
fn payloads(draw: &mut Draw, mtus: &[u32]) -> Vec<usize> {
    let mut all: Vec<u32> = mtus.iter().flat_map(|mtu| [mtu - 28 - 1 - draw.below(7), mtu - 28, mtu - 27]).collect();
    all.extend((0..4).map(|_| draw.below(1_600)));
    all.iter().map(|size| *size as usize).collect()
}

/// Each size to a destination of its own, both ways, as a datagram and as an echo request.
fn sweep(rows: &mut Rows, from: NetnsId, net: &str, sizes: &[usize]) {
    let mut last = (100..100 + MANY).cycle();
    for bytes in sizes {
        for (protocol, port) in [(Protocol::Udp, 53), (Protocol::Icmp, 0)] {
            let to = format!("{net}.{}:{port}", last.next().unwrap());
            rows.agree(Ask { bytes: *bytes, whole: true, ..ask(from, protocol, &to) });
        }
    }
}

#[test]
fn sizes_on_a_plain_way() {
    require();
    let mut draw = Draw(13);
    for (at, mtus) in
        [[1500, 1400, 1500], [1500, 1400, 1300], [1400, 1500, 1300], [1500, 1500, 1500]].into_iter().enumerate()
    {
        let Plain { builder, a, .. } = plain(mtus);
        let mut rows = Rows::new(builder, &format!("khz{at}"));
        rows.agree(ask(a, Protocol::Udp, "10.0.2.2:53"));
        let sizes = payloads(&mut draw, &mtus);
        sweep(&mut rows, a, "10.0.2", &sizes);
        // What is known by now: nothing longer leaves.
        for bytes in [1272, 1273, 1372, 1373] {
            rows.agree(Ask { bytes, whole: true, ..ask(a, Protocol::Udp, "10.0.2.100:53") });
            rows.agree(Ask { bytes, whole: true, ..ask(a, Protocol::Udp, "10.0.2.100:53") });
        }
        rows.finish();
    }
}

#[test]
fn sizes_through_vxlan() {
    require();
    let mut draw = Draw(31);
    for (at, (device, pod, wire)) in
        [(1450, 1450, 1500), (1450, 1500, 1500), (1450, 1450, 1400), (1400, 1450, 1500)].into_iter().enumerate()
    {
        let Two { mut builder, pods, wires, .. } = flannel(device, pod);
        for end in wires {
            builder.link(end).mtu = wire;
        }
        more(&mut builder, LinkRef { netns: pods[1], link: LinkId(1) }, "10.244.2");
        let mut rows = Rows::new(builder, &format!("khy{at}"));
        rows.agree(ask(pods[0], Protocol::Udp, "10.244.2.2:53"));
        let sizes = payloads(&mut draw, &[device, pod, wire - 50]);
        sweep(&mut rows, pods[0], "10.244.2", &sizes);
        rows.finish();
    }
}

#[test]
fn streams_learn_what_fits() {
    require();
    for (at, mtus) in
        [[1500, 1400, 1500], [1500, 1400, 1300], [1400, 1500, 1300], [1500, 1500, 1500], [1500, 1500, 600]]
            .into_iter()
            .enumerate()
    {
        let Plain { builder, a, b, .. } = plain(mtus);
        let mut rows = Rows::new(builder, &format!("khx{at}"));
        for (bytes, last) in [(1, 100), (1200, 101), (1448, 102), (1449, 103), (20_000, 104)] {
            let done = rows.stream(a, &format!("10.0.2.{last}:80"), bytes);
            assert!(done.answered, "{mtus:?} {bytes}");
        }
        rows.stream(b, "10.0.1.2:80", 20_000);
        rows.finish();
    }
}

#[test]
fn streams_end_in_a_black_hole() {
    require();
    // B says that it takes more than fits into the last wire.
    let Plain { mut builder, a, r, b } = plain([1500, 1500, 1400]);
    builder.netns(b).links.iter_mut().for_each(|link| link.mtu = link.mtu.max(1500));
    restore(&mut builder, r, "*raw\n-A PREROUTING -p icmp -j DROP\nCOMMIT");
    let mut rows = Rows::new(builder, "khw1");
    assert!(rows.stream(a, "10.0.2.100:80", 1_000).answered);
    let Streamed { answered, path_mtu, .. } = rows.stream(a, "10.0.2.101:80", 4_000);
    assert_eq!((answered, path_mtu), (false, 1500));
    rows.finish();
}

#[test]
fn streams_through_vxlan() {
    require();
    for (at, (device, pod)) in [(1450, 1450), (1450, 1500), (1400, 1450)].into_iter().enumerate() {
        let two = flannel(device, pod);
        let mut rows = Rows::new(two.builder, &format!("khv{at}"));
        for bytes in [100, 1_398, 1_399, 10_000] {
            assert!(rows.stream(two.pods[0], "10.244.2.2:80", bytes).answered);
        }
        rows.finish();
    }
}
