//! Listings of the real nft, read and printed again byte for byte.

use kernel::config::nft::Ruleset;
use kernel::config::nft::expr::Statement;
use kernel::text::nft::read::{NftError, NftLimits, Source, parse};
use kubehop_tests::{cases, conformance, read};
use kubernetes::origin::CauseId;
use proptest::prelude::*;
use sim_core::print::nft::write_ruleset;
use std::path::{Path, PathBuf};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/nft")
}

fn listing(text: &str) -> Result<Ruleset, NftError> {
    parse(text, Source::Listing, CauseId::default(), &NftLimits::default())
}

fn script(text: &str) -> Result<Ruleset, NftError> {
    parse(text, Source::Script, CauseId::default(), &NftLimits::default())
}

fn print(rules: &Ruleset) -> String {
    let mut out = String::new();
    write_ruleset(&mut out, rules).unwrap();
    out
}

/// Rules kept in a notation that is not nft's own, and rules that are not understood.
fn kept(rules: &Ruleset) -> (Vec<String>, Vec<String>) {
    let all = || rules.tables.iter().flat_map(|table| &table.chains).flat_map(|chain| &chain.rules);
    let written = all().filter_map(|rule| rule.written.as_deref().map(str::to_owned)).collect();
    let unknown = all().flat_map(|rule| &rule.statements).filter_map(|statement| match statement {
        Statement::Unknown(text) => Some(text.to_string()),
        _ => None,
    });
    (written, unknown.collect())
}

fn round_trip(name: &Path) -> Ruleset {
    let text = read(name);
    let rules = listing(&text).unwrap_or_else(|error| panic!("{}: {error}", name.display()));
    let printed = print(&rules);
    for (number, (ours, real)) in printed.lines().zip(text.lines()).enumerate() {
        assert_eq!(ours, real, "{}:{}", name.display(), number + 1);
    }
    assert_eq!(printed, text, "{}", name.display());
    rules
}

/// All listings kube-proxy left, of its golden cases and of the traces.
fn kube_proxy() -> Vec<PathBuf> {
    let mut all = Vec::new();
    for folder in ["kube-proxy", "trace"] {
        let folder = conformance().join(folder);
        for case in cases(&folder) {
            let files = cases(&folder.join(&case));
            let rules = |name: &str| name.starts_with("nftables") && name.ends_with(".rules.txt");
            let listed = |name: &&String| name.starts_with("nft-list") || rules(name);
            all.extend(files.iter().filter(listed).map(|name| folder.join(&case).join(name)));
        }
    }
    assert!(all.len() > 80, "{}", all.len());
    all
}

#[test]
fn what_kube_proxy_wrote_is_understood_and_printed_in_our_own_words() {
    for name in kube_proxy() {
        let (written, unknown) = kept(&round_trip(&name));
        assert_eq!((written, unknown), (Vec::new(), Vec::new()), "{}", name.display());
    }
}

#[test]
fn what_cni_plugins_wrote_is_understood() {
    let folder = fixtures().join("cni");
    for case in cases(&folder) {
        let (written, unknown) = kept(&round_trip(&folder.join(&case)));
        assert_eq!(unknown, Vec::<String>::new(), "{case}");
        for rule in written {
            // iptables-nft has these matches and targets listed in a notation of its own.
            let foreign = ["ct state related,established", "mark set mark or", "mark set mark xor"];
            assert!(foreign.iter().any(|part| rule.contains(part)), "{case}: {rule}");
        }
    }
}

#[test]
fn what_the_tool_lists_is_printed_again() {
    let folder = fixtures().join("tool");
    let mut unknown = Vec::new();
    for case in cases(&folder) {
        let rules = round_trip(&folder.join(&case));
        let (written, not_known) = kept(&rules);
        // An interface of number 0 is none: we say `missing`.
        assert!(written.iter().all(|rule| rule == "fib saddr . iif oif 0 drop"), "{case}: {written:?}");
        unknown.extend(not_known);
    }
    unknown.sort();
    let not_read = [
        "arp operation request accept",
        "ct count over 5 drop",
        "ct expiration > 10s accept",
        "ct zone 5 accept",
        "dnat to jhash ip saddr . tcp sport mod 2 map { 0 : 1.1.1.1, 1 : 1.1.1.2 }",
        "ether type ip accept",
        "exthdr frag exists accept",
        "icmpv6 type echo-request accept",
        "iifgroup 5 accept",
        "ip dscp cs1 accept",
        "ip frag-off & 8191 != 0 accept",
        "ip version 4 accept",
        "jhash ip saddr mod 2 vmap { 0 : goto c3, 1 : accept }",
        "meta cpu 0 accept",
        "meta hour \"10:00\" accept",
        "meta length 5-10 accept",
        "meta pkttype broadcast drop",
        "meta random < 5 accept",
        "meta rtclassid 1 accept",
        "quota over 10 mbytes drop",
        "rt type 0 accept",
        "snat ip prefix to ip saddr map { 10.0.0.0/8 : 11.0.0.0/8 }",
        "socket transparent 1 accept",
    ];
    assert_eq!(unknown, not_read);
}

#[test]
fn scripts_are_listed_as_nft_would() {
    let check = |rules: &str, expected: &str| {
        let text = format!(
            "table inet t {{ map m {{ type ipv4_addr : ipv4_addr; }}; chain c {{ {rules}; }}; chain d {{ }}; }}"
        );
        let printed = print(&script(&text).unwrap_or_else(|error| panic!("{rules}: {error}")));
        let line = printed.lines().find(|line| line.starts_with("\t\t") && !line.contains("type")).unwrap_or_default();
        assert_eq!(line.trim_start(), expected);
    };
    check("meta mark and 0x10 != 0 accept", "meta mark & 0x00000010 != 0x00000000 accept");
    check("meta mark set mark or 0x4000", "meta mark set meta mark | 0x00004000");
    check("tcp flags & (syn|ack) == syn accept", "tcp flags syn / syn,ack accept");
    check("tcp flags & (fin | syn | rst | ack) != syn accept", "tcp flags != syn / fin,syn,rst,ack accept");
    check("tcp flags & (syn|ack) == 0 accept", "tcp flags ! syn,ack accept");
    check("ct status & (snat|dnat) != 0 accept", "ct status snat,dnat accept");
    check("ct state related,established accept", "ct state established,related accept");
    check("tcp dport { 22 } accept", "tcp dport 22 accept");
    check("tcp dport { http, https } accept", "tcp dport { 80, 443 } accept");
    check("ip daddr 10.1.2.3/32 drop", "ip daddr 10.1.2.3 drop");
    check("ip daddr 10.1.2.3/8 drop", "ip daddr 10.0.0.0/8 drop");
    check("iif lo accept", "iif \"lo\" accept");
    check("meta iifname \"a\" meta oifname \"b\" accept", "iifname \"a\" oifname \"b\" accept");
    check("reject with icmp type host-unreachable", "reject with icmp host-unreachable");
    check("dnat ip addr to ip saddr map @m", "dnat ip to ip saddr map @m");
    check("meta l4proto 6 accept", "meta l4proto tcp accept");
    check("ip saddr vmap { 10.0.0.1 : jump d, * : drop }", "ip saddr vmap { 10.0.0.1 : jump d, * : drop }");
    check("frobnicate the packet comment \"what\"", "frobnicate the packet comment \"what\"");
}

#[test]
fn commands_build_up_a_rule_set() {
    let text = "#!/usr/sbin/nft -f\n\
        flush ruleset\n\
        define LAN = 10.0.0.0/8\n\
        define NETS = { $LAN, 192.168.0.0/16 }\n\
        add table ip old\n\
        delete table ip old\n\
        add table ip t\n\
        add chain ip t c { type nat hook postrouting priority 100; policy accept; }\n\
        add chain t d\n\
        add set ip t s { type ipv4_addr; flags interval; }\n\
        add element ip t s { 10.0.0.1, $LAN }\n\
        add rule ip t c ip saddr $NETS \\\n   oifname \"eth0\" masquerade\n\
        insert rule ip t c goto d\n";
    let expected = "table ip t {\n\tset s {\n\t\ttype ipv4_addr\n\t\tflags interval\n\t\telements = { 10.0.0.1, 10.0.0.0/8 }\n\t}\n\n\
        \tchain c {\n\t\ttype nat hook postrouting priority srcnat; policy accept;\n\t\tgoto d\n\
        \t\tip saddr { 10.0.0.0/8, 192.168.0.0/16 } oifname \"eth0\" masquerade\n\t}\n\n\tchain d {\n\t}\n}\n";
    assert_eq!(print(&script(text).unwrap()), expected);
}

#[test]
fn errors_have_their_place() {
    let check = |text: &str, place: (u32, u32), code: &str| {
        let error = script(text).expect_err(text);
        assert_eq!((error.line, error.column, error.kind.code()), (place.0, place.1, code), "{text}");
    };
    check("table ip t {\n\tchain c {\n\t\tjump nowhere\n\t}\n}\n", (3, 8), "unknown-chain");
    check("table ip t {\n\tchain c {\n\t\tip saddr @none drop\n\t}\n}\n", (3, 13), "unknown-set");
    check("table ip t {\n\tchain c {\n", (3, 1), "end");
    check("table ip t {\n\tset s { type ipv4_addr; elements = { nonsense } }\n}\n", (2, 39), "expected");
    check("table ip t {\n\tset s { elements = { 1 } }\n}\n", (2, 6), "expected");
    check("table ip t {\n\tset s { type ipv4_addr; }\n\tset s { type ipv4_addr; }\n}\n", (3, 6), "duplicate");
    check("table ip t {\n\tcomment \"no end\n}\n", (2, 10), "quote");
    check("table ip t {\n\tchain c { type filter hook nowhere priority 0; }\n}\n", (2, 29), "expected");
    check("table ip t {\n\tchain c { type filter hook input priority high; }\n}\n", (2, 44), "expected");
    check("list ruleset\n", (1, 1), "unsupported");
    check("add rule ip none c accept\n", (1, 10), "unknown-table");
    check("table ip t { chain c { ip saddr $X drop; }; }\n", (1, 33), "unknown-variable");
    check("table ip t {\n é\n}\n", (2, 2), "character");
    check(&format!("table ip t {}", "{".repeat(20)), (1, 20), "too-deep");
    let small = NftLimits { bytes: 10, ..NftLimits::default() };
    let error = parse("table ip t { }", Source::Script, CauseId::default(), &small).unwrap_err();
    assert_eq!(error.kind.code(), "too-large");
    let few = NftLimits { tokens: 3, ..NftLimits::default() };
    let error = parse("table ip t { }", Source::Script, CauseId::default(), &few).unwrap_err();
    assert_eq!((error.column, error.kind.code()), (12, "too-many"));
}

/// A few texts that together have all that is read.
fn samples() -> Vec<String> {
    let mut all: Vec<PathBuf> = ["tool", "cni"]
        .iter()
        .flat_map(|folder| {
            cases(&fixtures().join(folder)).into_iter().map(move |name| fixtures().join(folder).join(name))
        })
        .collect();
    all.push(conformance().join("kube-proxy/60-mixed-20/nft-list.txt"));
    all.iter().map(|name| read(name)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn changed_text_is_read_or_refused(
        which in any::<prop::sample::Index>(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0usize..6, "[ -~\n\té]{0,6}"), 1..6),
    ) {
        let all = samples();
        let mut text: Vec<char> = which.get(&all).chars().collect();
        for (at, cut, put) in edits {
            let at = at.index(text.len());
            let end = (at + cut).min(text.len());
            text.splice(at..end, put.chars());
        }
        let text: String = text.into_iter().collect();
        for source in [Source::Listing, Source::Script] {
            match parse(&text, source, CauseId::default(), &NftLimits::default()) {
                Ok(rules) => prop_assert!(rules.references_are_sound()),
                Err(error) => prop_assert!(error.line >= 1 && error.column >= 1),
            }
        }
    }
}
