//! Every rule of every recorded listing has plain words in both languages: nothing of the tools' own notation is left in them.

use kernel::config::nft::Ruleset;
use kernel::config::nft::expr::Statement;
use kernel::config::{AnyRule, Netns};
use kernel::ids::{ChainId, NftTableId, RuleRef, TableRef};
use kernel::text::iptables::read::{Limits, parse_save};
use kernel::text::nft::read::{NftLimits, Source, parse};
use kubehop_tests::{conformance, read, ready};
use kubernetes::origin::CauseId;
use sim_core::print::rule_text;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use web::locale::Lang;
use web::words::RuleWords;

fn files(folder: &Path, wanted: &dyn Fn(&str) -> bool) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.expect("readable folder").path();
            if path.is_dir() {
                open.push(path);
            } else if wanted(&path.file_name().expect("named").to_string_lossy()) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// An empty namespace.
fn empty() -> Netns {
    let model = ready();
    let network = &model.site.network;
    let mut netns = network.netns(network.find("node-a").expect("node-a")).clone();
    netns.xtables = Default::default();
    netns.nft = Ruleset::default();
    netns
}

fn xtables(text: &str) -> Netns {
    // Counters of chains are not read.
    let line = |line: &str| match line.rsplit_once(" [") {
        Some((before, _)) if line.starts_with(':') => format!("{before} [0:0]\n"),
        _ => format!("{line}\n"),
    };
    let text: String = text.lines().filter(|line| !line.starts_with('#')).map(line).collect();
    // Names in the place of random ports.
    let text = text.replace("<dns-tcp>", "35353").replace("<dns-udp>", "35353").replace(['<', '>'], "");
    let xtables =
        parse_save(&text, &Limits::default(), &mut |_| CauseId(0)).unwrap_or_else(|errors| panic!("{errors:?}"));
    Netns { xtables, ..empty() }
}

fn nft(text: &str) -> Netns {
    let rules = parse(text, Source::Listing, CauseId::default(), &NftLimits::default())
        .unwrap_or_else(|error| panic!("{error}"));
    Netns { nft: rules, ..empty() }
}

fn rules(netns: &Netns) -> Vec<RuleRef> {
    let xtables = netns.xtables.tables.iter().map(|(name, table)| (TableRef::Xtables(*name), table.chains.len()));
    let nft = netns.nft.tables.iter().enumerate();
    let nft = nft.map(|(at, table)| (TableRef::Nft(NftTableId(at as u32)), table.chains.len()));
    let mut all = Vec::new();
    for (table, chains) in xtables.chain(nft) {
        for chain in (0..chains as u32).map(ChainId) {
            all.extend(netns.rules_of(table, chain));
        }
    }
    all
}

/// The names of chains and sets, which stay as they are in any words.
fn names(netns: &Netns) -> BTreeSet<String> {
    let chains =
        netns.xtables.tables.values().flat_map(|table| table.chains.iter().map(|chain| chain.name.to_string()));
    let nft = netns.nft.tables.iter();
    let nft = nft
        .flat_map(|table| table.chains.iter().map(|chain| &chain.name).chain(table.sets.iter().map(|set| &set.name)));
    chains.chain(nft.map(ToString::to_string)).collect()
}

/// What only a tool writes: options, expressions, and keys of messages that are not there.
const NOTATION: [&str; 34] = [
    "--",
    "-m ",
    "@",
    "{",
    "}",
    " . ",
    "meta",
    "vmap",
    "saddr",
    "daddr",
    "dport",
    "sport",
    "l4proto",
    "nfproto",
    "numgen",
    "fib ",
    "ct ",
    "iifname",
    "oifname",
    "0x00004000",
    "counter packets",
    "!=",
    "==",
    "rule-",
    "field-",
    "xmark",
    "addrtype",
    "ctstate",
    "LOCAL",
    "NEW",
    "ESTABLISHED",
    "icmp-",
    "th ",
    "ip6 ",
];

/// Words of one rule that are not plain.
fn unplain(netns: &Netns, at: RuleRef, lang: Lang, names: &BTreeSet<String>) -> Option<String> {
    let words = RuleWords { lang, netns, made_for: &|_, _| None }.rule(at);
    let Some(said) = words else { return Some("no words".to_owned()) };
    // Names of chains and sets are nobody's notation.
    let mut plain: Vec<&str> = said.split([' ', ',', ';', ':']).filter(|word| !names.contains(*word)).collect();
    plain.push("");
    let plain = format!(" {}", plain.join(" "));
    let latin = |text: &str| text.chars().any(|c| c.is_alphabetic());
    let hangul = said.chars().any(|c| ('가'..='힣').contains(&c));
    let found = NOTATION.iter().find(|piece| {
        let piece = **piece;
        // Whole words where the piece is one.
        if latin(piece) && piece.ends_with(' ') { plain.contains(&format!(" {piece}")) } else { plain.contains(piece) }
    });
    match (found, lang) {
        (Some(found), _) => Some(format!("{found:?} in: {said}")),
        (None, Lang::Ko) if !hangul => Some(format!("not Korean: {said}")),
        _ => None,
    }
}

/// What the interpreter itself does not understand is printed back.
fn unknown(netns: &Netns, at: RuleRef) -> bool {
    match netns.rule(at) {
        Some(AnyRule::Nft(rule)) => rule.statements.iter().any(|one| matches!(one, Statement::Unknown(_))),
        _ => false,
    }
}

/// Checks every rule; returns how many there were.
fn check(name: &str, netns: &Netns) -> usize {
    let names = names(netns);
    let all = rules(netns);
    let mut wrong = BTreeSet::new();
    for at in &all {
        let text = rule_text(netns, *at).expect("a rule has text");
        for lang in Lang::ALL.into_iter().filter(|_| !unknown(netns, *at)) {
            wrong.extend(unplain(netns, *at, lang, &names).map(|why| format!("{name}: {text}\n    {why}")));
        }
    }
    let wrong: Vec<String> = wrong.into_iter().collect();
    assert!(
        wrong.is_empty(),
        "{} rules, the first:\n{}",
        wrong.len(),
        wrong.iter().take(30).map(String::as_str).collect::<Vec<_>>().join("\n")
    );
    all.len()
}

fn check_all(files: Vec<PathBuf>, read_as: &dyn Fn(&str) -> Netns, least: usize) {
    let count: usize = files.iter().map(|path| check(&path.display().to_string(), &read_as(&read(path)))).sum();
    assert!(count >= least, "{count} rules in {} files", files.len());
}

#[test]
fn every_rule_of_recorded_iptables_listings_is_said_plainly() {
    let wanted = |name: &str| {
        name.starts_with("iptables-save") || (name.starts_with("iptables.") && name.ends_with(".rules.txt"))
    };
    check_all(files(&conformance(), &wanted), &xtables, 3000);
}

#[test]
fn every_rule_of_recorded_nftables_listings_is_said_plainly() {
    let wanted =
        |name: &str| name.starts_with("nft-list") || (name.starts_with("nftables") && name.ends_with(".rules.txt"));
    check_all(files(&conformance(), &wanted), &nft, 3000);
    let cni = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/nft/cni");
    check_all(files(&cni, &|name| name.ends_with(".txt")), &nft, 20);
}

/// Rules of fixtures that show every match and target there is.
#[test]
fn every_match_and_target_is_said_plainly() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let ipsets = |line: &str| line.contains("--match-set");
    let matches = read(&folder.join("iptables/matches.txt"));
    let lines = matches.lines().filter(|line| !line.starts_with('#') && !ipsets(line));
    let text: String = lines.map(|line| format!("-A FORWARD {line}\n")).collect();
    let count = check("matches", &xtables(&format!("*filter\n{text}COMMIT\n")));
    assert!(count > 100, "{count}");
    assert!(check("targets", &xtables(&read(&folder.join("iptables/targets.txt")))) > 40);
    let matches = read(&folder.join("nft/matches.txt"));
    let lines = matches.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(' '));
    let text: String = lines.map(|(_, rule)| format!("\t\t{rule}\n")).collect();
    let sets = "\tset plain { type ipv4_addr; elements = { 10.9.0.2 } }\n\
                \tset ranges { type ipv4_addr; flags interval; elements = { 10.0.0.0/8 } }\n\
                \tset triples { type ipv4_addr . inet_proto . inet_service; }\n\
                \tmap tripmap { type ipv4_addr . inet_proto . inet_service : verdict; }\n\
                \tmap smallmap { type ipv4_addr : mark; flags dynamic; size 9; }\n\
                \tset learned { type ipv4_addr; flags dynamic,timeout; timeout 1m; }\n\
                \tset small { type ipv4_addr; size 1; flags dynamic; }\n";
    let script = format!("table ip t {{\n{sets}\tchain c {{\n{text}\t}}\n}}\n");
    let rules = parse(&script, Source::Script, CauseId::default(), &NftLimits::default())
        .unwrap_or_else(|error| panic!("{error}"));
    let count = check("nft matches", &Netns { nft: rules, ..empty() });
    assert!(count > 120, "{count}");
    let tool = nft(&read(&folder.join("nft/tool/statements.txt")));
    assert!(check("nft statements", &tool) > 100);
}

/// The words of one rule.
fn said(netns: &Netns, lang: Lang) -> String {
    let at = *rules(netns).last().expect("a rule");
    RuleWords { lang, netns, made_for: &|_, _| None }.rule(at).expect("words")
}

#[test]
fn sentences_say_what_rules_do() {
    let xt = |rule: &str, en: &str, ko: &str| {
        let netns = xtables(&format!("*nat\n:C - [0:0]\n-A C {rule}\nCOMMIT\n"));
        assert_eq!((said(&netns, Lang::En).as_str(), said(&netns, Lang::Ko).as_str()), (en, ko), "{rule}");
    };
    xt(
        "! -s 10.244.0.0/16 -d 10.96.0.11/32 -p tcp -m tcp --dport 80 -j ACCEPT",
        "TCP, not from 10.244.0.0/16, to 10.96.0.11, to port 80 → accept: this table is done",
        "TCP, 출발지 10.244.0.0/16 제외, 목적지 10.96.0.11, 목적지 포트 80 → 허용: 이 테이블은 끝",
    );
    xt(
        "-m addrtype --dst-type LOCAL -j RETURN",
        "to an address of this machine → back to the calling chain",
        "목적지: 이 노드의 주소 → 호출한 체인으로 돌아감",
    );
    xt(
        "-m statistic --mode random --probability 0.33333333349 -j MARK --set-xmark 0x4000/0x4000",
        "one packet in 3, at random (33.33 %) → set bits 0x4000 of the packet's mark",
        "무작위로 3개 중 하나(33.33%) → 패킷 마크의 비트 0x4000을 켬",
    );
    xt(
        "-m recent --rcheck --seconds 10800 --reap --name L --mask 255.255.255.255 --rsource -j RETURN",
        "source address is in list L within the last 3 h → back to the calling chain",
        "출발지 주소: 목록 L에 있음 (최근 3시간 안) → 호출한 체인으로 돌아감",
    );
    xt(
        "-m mark ! --mark 0x4000/0x4000 -j RETURN",
        "unless packet mark has bits 0x4000 → back to the calling chain",
        "패킷 마크에 비트 0x4000 있음 제외 → 호출한 체인으로 돌아감",
    );
    xt(
        "-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -m limit --limit 5/min -j LOG --log-prefix \"new \"",
        "TCP, first packet of a TCP connection (only SYN), at most 5 per minute, 5 at once → log with “new” and go on",
        "TCP, TCP 연결의 첫 패킷(SYN만), 분당 5개까지, 한 번에 5개까지 → ‘new’로 기록하고 계속",
    );
    let nf = |rule: &str, en: &str, ko: &str| {
        let netns = nft(&format!(
            "table ip t {{\n\tset s {{\n\t\ttype ipv4_addr\n\t\tflags dynamic,timeout\n\t\ttimeout 3h\n\t}}\n\n\tchain c {{\n\t\t{rule}\n\t}}\n}}\n"
        ));
        assert_eq!((said(&netns, Lang::En).as_str(), said(&netns, Lang::Ko).as_str()), (en, ko), "{rule}");
    };
    nf(
        "ip daddr 10.96.0.11 tcp dport 80 ip saddr != 10.244.0.0/16 drop",
        "to 10.96.0.11, TCP, to port 80, not from 10.244.0.0/16 → drop the packet",
        "목적지 10.96.0.11, TCP, 목적지 포트 80, 출발지 10.244.0.0/16 제외 → 패킷을 버림",
    );
    nf(
        "update @s { ip saddr }",
        "every packet → note source address in set s, afresh each time for 3 h",
        "모든 패킷 → 출발지 주소를 집합 s에 매번 새로 기록 (3시간 동안)",
    );
    nf(
        "ip saddr @s return",
        "source address is in set s → back to the calling chain",
        "출발지 주소: 집합 s에 있음 → 호출한 체인으로 돌아감",
    );
    nf(
        "numgen random mod 2 vmap { 0 : accept, 1 : drop }",
        "every packet → draw one of 2 at random — 0: accept: this chain is done; 1: drop the packet",
        "모든 패킷 → 2개 중 하나를 무작위로 선택 — 0: 허용: 이 체인은 끝; 1: 패킷을 버림",
    );
    nf(
        "meta mark set meta mark ^ 0x00004000",
        "every packet → flip bits 0x4000 of the packet's mark",
        "모든 패킷 → 패킷 마크의 비트 0x4000을 뒤집음",
    );
    nf(
        "fib daddr type local meta l4proto . th dport { tcp . 80, udp . 53 } accept",
        "to an address of this machine, protocol + destination port is TCP + 80 or UDP + 53 → accept: this chain is done",
        "목적지: 이 노드의 주소, 프로토콜 + 목적지 포트: TCP + 80 또는 UDP + 53 → 허용: 이 체인은 끝",
    );
}
