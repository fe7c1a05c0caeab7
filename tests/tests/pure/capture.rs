//! Captures, read by tshark: correct checksums, nothing malformed, and the same as the JSON of the trace.

use kernel::packet::{Ethernet, Icmp, L4, Mac, Packet, Port, SctpChunk, TcpFlags, Tunnel, Tunnelled};
use kernel::socket;
use kubehop_tests::ready;
use serde_json::Value;
use sim_core::trace::{self, Journey, ProbeText};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use web::{capture, json};

const FIELDS: [&str; 18] = [
    "frame.interface_name",
    "frame.comment",
    "frame.time_epoch",
    "eth.src",
    "ip.src",
    "ip.dst",
    "ip.ttl",
    "ip.checksum.status",
    "tcp.srcport",
    "tcp.dstport",
    "tcp.checksum.status",
    "udp.srcport",
    "udp.dstport",
    "udp.checksum.status",
    "icmp.checksum.status",
    "sctp.checksum.status",
    "arp.dst.proto_ipv4",
    "_ws.malformed",
];

/// What tshark reads of a capture: a list of fields a frame. `None` where it is not installed and need not be.
fn read(bytes: &[u8]) -> Option<Vec<Vec<String>>> {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let file = std::env::temp_dir().join(format!("kubehop-capture-{}-{number}.pcapng", std::process::id()));
    std::fs::write(&file, bytes).unwrap();
    let mut command = Command::new("tshark");
    command.args(["-n", "-T", "fields", "-E", "separator=\u{1}", "-E", "occurrence=a"]).arg("-r").arg(&file);
    for protocol in ["ip", "tcp", "udp"] {
        command.args(["-o", &format!("{protocol}.check_checksum:TRUE")]);
    }
    command.args(["-o", "sctp.checksum:CRC 32c", "-o", "ip.defragment:FALSE"]);
    FIELDS.iter().for_each(|field| {
        command.args(["-e", field]);
    });
    let output = match command.output() {
        Ok(output) => output,
        Err(error) => {
            assert!(std::env::var_os("KUBEHOP_TEST_ALL").is_none(), "tshark: {error}");
            eprintln!("left out: tshark is not installed");
            return None;
        }
    };
    let _ = std::fs::remove_file(&file);
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{err}");
    Some(out.lines().map(|line| line.split('\u{1}').map(str::to_owned).collect()).collect())
}

fn field<'f>(frame: &'f [String], name: &str) -> &'f str {
    &frame[FIELDS.iter().position(|one| *one == name).unwrap()]
}

/// Everything that tshark checks by itself.
fn is_sound(frame: &[String]) {
    assert_eq!(field(frame, "_ws.malformed"), "", "{frame:?}");
    // What an error quotes is cut: nobody can check it.
    let quotes = !field(frame, "icmp.checksum.status").is_empty() && field(frame, "ip.src").contains(',');
    let cut = |name: &str| quotes && (name.starts_with("tcp") || name.starts_with("udp"));
    for name in FIELDS.iter().filter(|name| name.ends_with("checksum.status") && !cut(name)) {
        // 1 is good; what a tunnel carries has its own.
        assert!(field(frame, name).split(',').all(|status| matches!(status, "" | "1")), "{name}: {frame:?}");
    }
}

fn journey(from: &str, to: &str, proto: &str) -> (sim_core::model::Model, Journey) {
    let model = ready();
    let asked =
        ProbeText { from: from.to_owned(), to: to.to_owned(), proto: Some(proto.to_owned()), ..ProbeText::default() };
    let probe = trace::parse_probe(&model, &asked).unwrap();
    let model = trace::model_for(&model, &probe).into_owned();
    let journey = trace::run(&model, &probe);
    (model, journey)
}

const PROBES: [(&str, &str, &str); 6] = [
    ("pod/default/client", "web:80", "tcp"),
    ("pod/default/client", "svc/default/web:80", "tcp"),
    ("pod/default/client", "svc/default/web:81", "tcp"),
    ("node/node-a", "pod/default/client:9", "tcp"),
    ("pod/default/client", "192.168.10.12:1", "icmp"),
    ("external", "192.168.10.12:30080", "udp"),
];

#[test]
fn what_a_capture_has_is_what_the_trace_says() {
    let mut frames_of_all = 0;
    for (from, to, proto) in PROBES {
        let model = ready();
        let asked = ProbeText {
            from: from.to_owned(),
            to: to.to_owned(),
            proto: Some(proto.to_owned()),
            ..ProbeText::default()
        };
        if trace::parse_probe(&model, &asked).is_err() {
            panic!("{from} {to} {proto}: {:?}", trace::parse_probe(&model, &asked).err());
        }
        let (model, journey) = journey(from, to, proto);
        let Some(frames) = read(&capture::pcapng(&model, &journey, None)) else { return };
        let value = json::trace(&model, &journey);
        // Hops where a frame crosses a device, in order.
        let hops = value["legs"].as_array().unwrap().iter().flat_map(|leg| leg["hops"].as_array().unwrap());
        let crossing: Vec<&Value> =
            hops.filter(|hop| matches!(hop["place"].as_str(), Some("ingress" | "egress"))).collect();
        let packets: Vec<&Vec<String>> = frames.iter().filter(|frame| !field(frame, "ip.src").is_empty()).collect();
        assert_eq!(packets.len(), crossing.len(), "{from} {to}");
        for (frame, hop) in packets.iter().zip(&crossing) {
            is_sound(frame);
            let place = if hop["netns"] == "root" { &hop["node"] } else { &hop["netns"] };
            let name = format!("{}:{}", place.as_str().unwrap(), hop["device"].as_str().unwrap());
            assert_eq!(field(frame, "frame.interface_name"), name);
            // An error quotes the packet that it is about behind its own addresses.
            let first = |name: &str| field(frame, name).split(',').next().unwrap_or_default().to_owned();
            assert_eq!(first("ip.src"), hop["packet"]["src"], "{name}");
            assert_eq!(first("ip.dst"), hop["packet"]["dst"], "{name}");
            if hop["place"] == "egress" {
                assert_eq!(first("ip.ttl"), hop["packet"]["ttl"].to_string(), "{name}");
            }
            for protocol in ["tcp", "udp"].into_iter().filter(|own| hop["packet"]["proto"] == *own) {
                assert_eq!(first(&format!("{protocol}.srcport")), hop["packet"]["sport"].to_string(), "{name}");
                assert_eq!(first(&format!("{protocol}.dstport")), hop["packet"]["dport"].to_string(), "{name}");
            }
        }
        let times: Vec<f64> = frames.iter().map(|frame| field(frame, "frame.time_epoch").parse().unwrap()).collect();
        assert!(times.windows(2).all(|pair| pair[0] < pair[1]), "each is later than the one before");
        let questions = value.to_string().matches("\"type\":\"arp\"").count();
        assert!(frames.len() - packets.len() >= questions, "{questions} neighbours were asked for");
        frames_of_all += frames.len();
    }
    assert!(frames_of_all > 100, "{frames_of_all}");
}

#[test]
fn comments_name_the_rules_that_acted() {
    let (model, journey) = journey("pod/default/client", "svc/default/web:80", "tcp");
    let Some(frames) = read(&capture::pcapng(&model, &journey, None)) else { return };
    let translated = frames.iter().find(|frame| field(frame, "frame.comment").contains("-j DNAT --to-destination"));
    let translated = translated.expect("the rule that translates is a comment");
    assert!(field(translated, "frame.comment").contains("PREROUTING nat"), "{translated:?}");
    assert!(!field(translated, "ip.dst").starts_with("10.96."), "of the packet as it is behind it");
    let (model, journey) = self::journey("external", "10.244.0.10:80", "tcp");
    let dropped = read(&capture::pcapng(&model, &journey, None)).unwrap();
    assert!(dropped.iter().any(|frame| field(frame, "frame.comment").contains("drop:")), "{dropped:?}");
}

#[test]
fn one_device_can_be_taken_alone() {
    let (model, journey) = journey("pod/default/client", "web:80", "tcp");
    let names = capture::interfaces(&model, &journey);
    assert_eq!(names.first().map(String::as_str), Some("pod/default/client:eth0"));
    let Some(all) = read(&capture::pcapng(&model, &journey, None)) else { return };
    let mut count = 0;
    for name in &names {
        let own = read(&capture::pcapng(&model, &journey, Some(name))).unwrap();
        assert!(!own.is_empty() && own.iter().all(|frame| field(frame, "frame.interface_name") == name));
        let times = |frames: &[Vec<String>]| {
            let of = frames.iter().filter(|frame| field(frame, "frame.interface_name") == name);
            of.map(|frame| field(frame, "frame.time_epoch").to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(times(&own), times(&all), "the same frames at the same times");
        count += own.len();
    }
    assert_eq!(count, all.len());
}

fn packet(l4: L4, payload: usize) -> Packet {
    let mut packet = socket::packet("10.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap(), l4);
    packet.payload = (0..payload).map(|at| at as u8).collect();
    packet.ethernet = Some(Ethernet { src: Mac([2, 0, 0, 0, 0, 1]), dst: Mac([2, 0, 0, 0, 0, 2]) });
    packet
}

#[test]
fn every_kind_of_packet_is_sound() {
    let (sport, dport) = (Port(40_000), Port(7));
    let udp = || L4::Udp { sport, dport };
    let quoted = || Box::new(packet(udp(), 600));
    let vxlan = |inner: Packet| {
        let mut outer = packet(L4::Udp { sport: Port(50_000), dport: Port(4_789) }, 0);
        outer.inner = Some(Box::new(Tunnelled { kind: Tunnel::Vxlan { vni: 1 }, packet: inner }));
        outer
    };
    let ipip = |inner: Packet| {
        let mut outer = packet(L4::Other(4), 0);
        outer.inner = Some(Box::new(Tunnelled { kind: Tunnel::Ipip, packet: inner }));
        outer
    };
    let flags = [TcpFlags::SYN, TcpFlags::SYN_ACK, TcpFlags::ACK, TcpFlags::RST, TcpFlags::RST_ACK];
    let mut all: Vec<Packet> = flags.into_iter().map(|flags| packet(L4::Tcp { sport, dport, flags }, 0)).collect();
    for chunk in [SctpChunk::Init, SctpChunk::InitAck, SctpChunk::Abort] {
        all.push(packet(L4::Sctp { sport, dport, chunk }, 0));
    }
    all.push(packet(udp(), 1));
    all.push(packet(L4::Icmp(Icmp::EchoRequest { id: 7 }), 56));
    all.push(packet(L4::Icmp(Icmp::EchoReply { id: 7 }), 56));
    all.push(packet(L4::Icmp(Icmp::Unreachable { code: 4, mtu: Some(1_450), quoted: quoted() }), 0));
    all.push(packet(L4::Icmp(Icmp::TimeExceeded { code: 0, quoted: quoted() }), 0));
    all.push(vxlan(packet(udp(), 100)));
    all.push(ipip(packet(udp(), 100)));
    all.push(vxlan(ipip(packet(udp(), 100))));
    let count = all.len();
    let Some(frames) = read(&capture::of_packets("a:eth0", &all)) else { return };
    assert_eq!(frames.len(), count);
    frames.iter().for_each(|frame| is_sound(frame));
    assert_eq!(field(&frames[count - 3], "ip.src"), "10.0.0.1,10.0.0.1", "outer and inner");
    // In pieces: each is a frame, and the transport's checksum is in the first.
    let mut large = packet(udp(), 4_000);
    large.fragment(1_500);
    let pieces = large.pieces().len();
    let frames = read(&capture::of_packets("a:eth0", [&large])).unwrap();
    assert_eq!((frames.len(), pieces), (3, 3));
    assert!(
        frames
            .iter()
            .all(|frame| field(frame, "ip.checksum.status") == "1" && field(frame, "_ws.malformed").is_empty())
    );
    let frames = read(&capture::of_packets("a:eth0", [&vxlan(large)])).unwrap();
    assert_eq!(frames.len(), 3, "each piece is wrapped by itself");
}
