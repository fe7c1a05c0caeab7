//! Errors, merging, and text nobody would write.

mod generated;

use super::*;
use crate::config::xtables::{Match, Target};
use crate::text::iptables::write::write_save;
use proptest::prelude::*;

fn read(text: &str) -> Result<Xtables, SaveErrors> {
    parse_save(text, &Limits::default(), &mut CauseId)
}

fn print(xtables: &Xtables) -> String {
    let mut out = String::new();
    write_save(&mut out, xtables, &|_| true).unwrap();
    out
}

/// Errors as `line:column code`.
fn check(text: &str, expected: &[&str]) {
    let errors = read(text).expect_err(text).0;
    let have: Vec<String> =
        errors.iter().map(|error| format!("{}:{} {}", error.line, error.column, error.kind.code())).collect();
    assert_eq!(have, expected, "{text}");
}

/// A line in a table with the user chain `U`; the line is number 3.
fn in_filter(line: &str, expected: &[&str]) {
    check(&format!("*filter\n:U - [0:0]\n{line}\nCOMMIT\n"), expected);
}

/// Names that the tools take. iptables-save 1.8.9 prints all of them but nfacct's bare, so that it cannot read its own text; where nothing needs quotes both print the same.
#[test]
fn names_with_blanks_and_quotes_are_read_again() {
    let text = "*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:a\"b - [0:0]\n:c'd - [0:0]\n:e\\f - [0:0]\n\
        -A INPUT -j \"a\\\"b\"\n\
        -A INPUT -g \"c\\'d\"\n\
        -A INPUT -m recent --set --name \"x y\" --mask 255.255.255.255 --rsource\n\
        -A INPUT -m recent --set --name x.y --mask 255.255.255.255 --rsource\n\
        -A INPUT -m set --match-set \"s\\\"t u\" src\n\
        -A INPUT -m set --match-set s.t src,dst\n\
        -A INPUT -m nfacct --nfacct-name  \"n m\"\n\
        -A INPUT -m nfacct --nfacct-name  \"n.m\"\n\
        -A INPUT -m nfacct --nfacct-name  n-m\n\
        -A \"a\\\"b\" -j \"e\\\\f\"\n\
        COMMIT\n";
    let rules = read(text).unwrap();
    assert_eq!(print(&rules), text);
    let table = &rules.tables[&TableName::Filter];
    assert!(["a\"b", "c'd", "e\\f"].iter().all(|name| table.find(name).is_some()));
    // What no name can have.
    check("*filter\n:\"a b\" - [0:0]\nCOMMIT\n", &["2:8 unexpected"]);
    in_filter("-N \"a b\"", &["3:4 chain-name"]);
    in_filter("-A INPUT -m recent --set --name \"\"", &["3:26 value"]);
}

#[test]
fn errors_say_where_and_what() {
    check("-A INPUT -j ACCEPT\n", &["1:1 no-table"]);
    check("*filters\nCOMMIT\n", &["1:1 unknown-table", "2:1 no-table"]);
    check("*filter\n", &["1:0 no-commit"]);
    check("*filter\n*nat\nCOMMIT\n", &["2:0 no-commit"]);
    check(
        "*filter\n:INPUT REJECT [0:0]\n:U ACCEPT\n:-x -\n:V\nCOMMIT\n",
        &["2:8 policy", "3:4 policy", "4:1 chain-name", "5:1 missing"],
    );
    in_filter("-A INPUT -j NOSUCH", &["3:13 no-chain"]);
    in_filter("-A INPUT -j INPUT", &["3:13 jump-to-built-in"]);
    in_filter("-A INPUT -j DNAT --to-destination 1.2.3.4", &["3:13 target-table"]);
    in_filter("-A INPUT --dport 5 -j ACCEPT", &["3:10 unknown-option"]);
    in_filter("-A INPUT -p tcp --dport 99999 -j ACCEPT", &["3:17 value"]);
    in_filter("-A INPUT -m tcp --dport 99 -j ACCEPT", &["3:13 needs-protocol"]);
    in_filter("-A INPUT -s 10.0.0.0/255.0.255.0", &["3:13 value"]);
    in_filter("-A INPUT -m comment --comment \"ü\" --nosuch", &["3:35 unknown-option"]);
    in_filter("-A INPUT -m comment --comment \"open", &["3:31 open-quote"]);
    in_filter("-A U -j U", &["3:0 loop"]);
    in_filter("-A U -m foo -j ACCEPT -j DROP", &["3:23 twice"]);
    in_filter("-A U ! -j ACCEPT", &["3:8 not-invertible"]);
    in_filter("-X INPUT", &["3:4 chain-in-use"]);
    in_filter("-A INPUT -o eth0", &["3:10 no-device"]);
    in_filter("-A INPUT -m state --state NEW,OLD", &["3:19 value"]);
    check(
        "*nat\n-A PREROUTING -j U\n:U -\n-A U -j MASQUERADE\n-A PREROUTING -j U\nCOMMIT\n",
        &["2:18 no-chain", "4:0 hook"],
    );
    check("*nat\n-A PREROUTING -j DROP\nCOMMIT\n", &["2:18 target-table"]);
    check("*filter\n:A -\n:B -\n-A A -j B\n-A B -g A\nCOMMIT\n", &["5:0 loop"]);
}

#[test]
fn every_error_of_a_text_is_told_up_to_a_limit() {
    let text = format!("*filter\n{}COMMIT\n", "-A INPUT -j NOSUCH\n".repeat(500));
    let errors = read(&text).unwrap_err().0;
    assert_eq!((errors.len(), errors[0].line, errors[99].line), (100, 2, 101));
}

#[test]
fn limits_hold() {
    let small = Limits { bytes: 200, line: 60, rules: 3, chains: 2, errors: 5 };
    let code = |text: &str| {
        let errors = parse_save(text, &small, &mut CauseId).unwrap_err().0;
        (errors[0].line, errors[0].kind.code())
    };
    assert_eq!(code(&"#".repeat(201)), (0, "too-long"));
    assert_eq!(
        code(&format!("*filter\n-A INPUT -m comment --comment {}\nCOMMIT\n", "x".repeat(40))),
        (2, "line-too-long")
    );
    assert_eq!(code(&format!("*filter\n{}COMMIT\n", "-A INPUT\n".repeat(4))), (5, "too-many-rules"));
    assert_eq!(code("*filter\n:A -\n:B -\n:C -\nCOMMIT\n"), (4, "too-many-chains"));
    let many = "10.0.0.1,".repeat(1100);
    in_filter(&format!("-A INPUT -s {}10.0.0.2", many), &["3:13 too-many-rules"]);
}

/// Carries `second` out on `first` and prints.
fn merged(first: &str, second: &str) -> String {
    let mut xtables = read(first).unwrap();
    merge(&mut xtables, second, &Limits::default(), &mut CauseId).unwrap();
    let out = print(&xtables);
    out.lines().filter(|line| line.starts_with("-A") || line.contains(" - ")).map(|line| format!("{line}\n")).collect()
}

const FIRST: &str = "*filter\n:U - [0:0]\n:V - [0:0]\n-A INPUT -j U\n-A U -j ACCEPT\n-A V -j DROP\nCOMMIT\n";

#[test]
fn merging_keeps_what_is_not_named_and_empties_declared_chains() {
    assert_eq!(
        merged(FIRST, "*filter\n:U - [0:0]\n-A U -j RETURN\n-I INPUT -i lo -j ACCEPT\nCOMMIT\n"),
        ":U - [0:0]\n:V - [0:0]\n-A INPUT -i lo -j ACCEPT\n-A INPUT -j U\n-A U -j RETURN\n-A V -j DROP\n"
    );
    assert_eq!(
        merged(
            FIRST,
            "*filter\n-F INPUT\n-F U\n-X U\n-N W\n-A W -j V\n-R V 1 -j ACCEPT\n-A V -j DROP\n-D V -j ACCEPT\nCOMMIT\n"
        ),
        ":V - [0:0]\n:W - [0:0]\n-A V -j DROP\n-A W -j V\n"
    );
    assert_eq!(merged(FIRST, "*filter\n-F\n-X\nCOMMIT\n"), "");
    assert_eq!(merged(FIRST, "*filter\n-D INPUT 1\n-I V 2 -j RETURN\nCOMMIT\n").lines().count(), 5);
    let policies = print(&read("*filter\n:INPUT DROP [7:9]\n-P FORWARD DROP\nCOMMIT\n").unwrap());
    assert!(policies.contains(":INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n"));
}

#[test]
fn a_text_with_an_error_changes_nothing() {
    let mut xtables = read(FIRST).unwrap();
    let before = xtables.clone();
    let text = "*nat\nCOMMIT\n*filter\n-F\n-A INPUT -j NOSUCH\nCOMMIT\n";
    assert!(merge(&mut xtables, text, &Limits::default(), &mut CauseId).is_err());
    assert_eq!(xtables, before);
}

#[test]
fn causes_are_those_of_the_lines() {
    let xtables = read("*filter\n\n# x\n:U -\n[5:6] -A U -j ACCEPT\nCOMMIT\n").unwrap();
    let table = xtables.tables.values().next().unwrap();
    let chain = table.get(table.find("U").unwrap());
    assert_eq!((chain.cause, chain.rules[0].cause), (CauseId(4), CauseId(5)));
}

#[test]
fn what_is_not_modelled_is_kept_word_for_word_in_its_place() {
    let rule = "-A INPUT -p tcp -m u32 --u32 \"0>>22 & 0x3C\" -m mark --mark 0x1 -m foo ! --bar \"a b\" 5 -j NFQUEUE --queue-num 3 --queue-bypass";
    let xtables = read(&format!("*filter\n{rule}\nCOMMIT\n")).unwrap();
    assert!(print(&xtables).contains(&format!("{rule}\n")));
    let rule = &xtables.tables.values().next().unwrap().chains[0].rules[0];
    assert!(matches!(&rule.matches[0], Match::Unknown { module, .. } if &**module == "u32"));
    assert!(matches!(rule.matches[1], Match::Mark(_)));
    assert!(matches!(&rule.matches[2], Match::Unknown { text, .. } if &**text == "! --bar \"a b\" 5"));
    assert!(matches!(&rule.target, Target::Unknown { text, .. } if &**text == "--queue-num 3 --queue-bypass"));
}

#[test]
fn an_option_of_the_rule_between_words_of_a_module_is_no_part_of_it() {
    let xtables = read("*filter\n-A INPUT -m foo --bar 1 -p udp --baz ! 2 -s 10.0.0.1 3\nCOMMIT\n").unwrap();
    let printed = print(&xtables);
    assert!(printed.contains("-A INPUT -s 10.0.0.1/32 -p udp -m foo --bar 1 --baz ! 2 3\n"), "{printed}");
    assert_eq!(print(&read(&printed).unwrap()), printed);
}

/// Rules with every kind of word, to be cut up.
const SAMPLE: &str = r#"*nat
:PREROUTING ACCEPT [1:2]
:APP-ONE - [0:0]
-A PREROUTING ! -s 10.0.0.0/8 -i eth+ -p tcp -m comment --comment "a \"b\" c" -m multiport --dports 80,90:99 -j DNAT --to-destination 10.0.0.1-10.0.0.9:80-90/80 --random
-A APP-ONE -m statistic --mode random --probability 0.33333333349 -m recent --rcheck --seconds 5 --reap --name x --mask 255.255.255.255 --rsource -j RETURN
-I APP-ONE 1 -m conntrack ! --ctstate NEW,DNAT --ctorigdst 10.0.0.0/8 --ctorigdstport 1:2 -g APP-ONE
COMMIT
*filter
[3:4] -A INPUT -p icmp -m icmp --icmp-type 3/4 -m limit --limit 5/min -j REJECT --reject-with icmp-port-unreachable
-A FORWARD -m set ! --match-set foo src,dst -m u32 --u32 "0=1" -j LOG --log-prefix "x: " --log-level 6
-D INPUT 1
-X
COMMIT
"#;

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is done to a text, reading it ends, and what it yields prints and reads back.
    #[test]
    fn mutated_text_never_panics(
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), prop::sample::select(vec![
            "", " ", "!", "\"", "\\", "-", "--", "-A ", "-j ", "-m ", "*", ":", "COMMIT\n", "\n", "0", "99999999999", "/", ",", "ü",
            "APP-ONE", "INPUT", "-p tcp ", "--dport ", "ACCEPT", "255.0.255.0", "10.0.0.0/33", "0x", "[", "]",
        ])), 1..12),
    ) {
        let mut text = SAMPLE.to_owned();
        for (at, kind, insert) in edits {
            let at = at.index(text.len());
            let at = (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap();
            match kind % 4 {
                0 => text.insert_str(at, insert),
                1 => {
                    let end = (at + usize::from(kind) / 4).min(text.len());
                    let end = (end..=text.len()).find(|end| text.is_char_boundary(*end)).unwrap();
                    text.replace_range(at..end, insert);
                }
                2 => text = format!("{}{insert}{}", &text[at..], &text[..at]),
                _ => text.insert_str(at, insert),
            }
        }
        match read(&text) {
            Ok(xtables) => {
                let printed = print(&xtables);
                match read(&printed) {
                    Ok(again) => prop_assert_eq!(print(&again), printed),
                    Err(errors) => prop_assert!(false, "{:?}\n{}", errors, printed),
                }
            }
            Err(errors) => prop_assert!(!errors.0.is_empty()),
        }
    }

    /// Nor does text of any characters.
    #[test]
    fn any_text_never_panics(text in "\\PC{0,80}", line in "[-A-Za-z0-9 !\"\\\\:,./+=]{0,80}") {
        let _ = read(&text);
        let _ = read(&format!("*filter\n-A INPUT {line}\nCOMMIT\n"));
        let _ = read(&format!("*nat\n{line}\nCOMMIT\n"));
    }
}
