//! Rules that tell processes by their users, on the real kernel: sockets of two users go different ways.

use kernel::config::{NetworkBuilder, Owner};
use kernel::packet::Protocol;
use kubehop_tests::judge::hand::{Ask, CAUSE, Rows, address, ask, listen, mac, restore};
use kubehop_tests::judge::kernel::require;

/// What Istio's rules ask, without its names: the proxy's user goes out as it is, others are led to its port; a group is refused.
const RULES: &str = "*nat\n\
    :PROXY - [0:0]\n\
    -A OUTPUT -p tcp -j PROXY\n\
    -A PROXY -o lo -s 127.0.0.6/32 -j RETURN\n\
    -A PROXY -o lo ! -d 127.0.0.1/32 -p tcp ! --dport 15008 -m owner --uid-owner 1337 -j REDIRECT --to-ports 15006\n\
    -A PROXY -o lo -m owner ! --uid-owner 1337 -j RETURN\n\
    -A PROXY -m owner --uid-owner 1337 -j RETURN\n\
    -A PROXY -d 127.0.0.1/32 -j RETURN\n\
    -A PROXY -p tcp -j REDIRECT --to-ports 15001\n\
    COMMIT\n\
    *mangle\n\
    -A OUTPUT -m owner --socket-exists -j MARK --set-xmark 0x1/0xff\n\
    -A OUTPUT -m owner ! --socket-exists -j MARK --set-xmark 0x2/0xff\n\
    -A OUTPUT -m owner ! --uid-owner 1337 -j MARK --set-xmark 0x100/0xff00\n\
    -A POSTROUTING -m owner --gid-owner 900-999 -j MARK --set-xmark 0x200/0xff00\n\
    COMMIT\n\
    *filter\n\
    -A OUTPUT -p udp -m owner --gid-owner 950 -j REJECT\n\
    COMMIT\n\
    *raw\n\
    -A OUTPUT -p udp --dport 53 -m owner --uid-owner 1337 -j CT --zone 1\n\
    -A OUTPUT -p udp --dport 53 -m owner ! --uid-owner 1337 -j CT --zone 2\n\
    -A PREROUTING -p udp --sport 53 -j CT --zone 1\n\
    COMMIT\n";

#[test]
fn sockets_of_two_users_go_different_ways() {
    require();
    let mut builder = NetworkBuilder::default();
    let (a, b) = (builder.add_netns("a", CAUSE), builder.add_netns("b", CAUSE));
    let (near, far) = builder.add_veth((a, "eth0", mac(1)), (b, "eth0", mac(2)), 1500, CAUSE);
    address(&mut builder, near, "10.0.0.1/24");
    address(&mut builder, far, "10.0.0.2/24");
    for port in [15001, 15006, 8080] {
        listen(&mut builder, a, Protocol::Tcp, port);
    }
    for (protocol, port) in [(Protocol::Tcp, 8080), (Protocol::Udp, 53), (Protocol::Udp, 9)] {
        listen(&mut builder, b, protocol, port);
    }
    if let Some(proxy) = builder.netns(a).sockets.get_mut(kernel::ids::SocketId(0)) {
        proxy.owner = Owner { uid: 1337, gid: 1337 };
    }
    restore(&mut builder, a, RULES);
    let mut rows = Rows::new(builder, "khow");
    let owned = |owner: (u32, u32), ask: Ask| Ask { owner: Owner { uid: owner.0, gid: owner.1 }, ..ask };
    for owner in [(0, 0), (1337, 1337), (1000, 950)] {
        for to in ["10.0.0.2:8080", "10.0.0.1:8080", "127.0.0.1:8080", "10.0.0.2:81"] {
            rows.agree(owned(owner, ask(a, Protocol::Tcp, to)));
        }
        rows.agree(owned(owner, ask(a, Protocol::Icmp, "10.0.0.2:0")));
        rows.agree(owned(owner, ask(a, Protocol::Udp, "10.0.0.2:53")));
    }
    rows.check(owned((1000, 950), ask(a, Protocol::Udp, "10.0.0.2:9")), "EPERM");
    rows.check(owned((1000, 900), ask(a, Protocol::Udp, "10.0.0.2:9")), "ok");
    // What comes from outside is answered by the proxy's socket, or by the kernel alone.
    for to in ["10.0.0.1:15001", "10.0.0.1:8080", "10.0.0.1:81"] {
        rows.agree(ask(b, Protocol::Tcp, to));
    }
    rows.agree(ask(b, Protocol::Icmp, "10.0.0.1:0"));
    rows.finish();
}
