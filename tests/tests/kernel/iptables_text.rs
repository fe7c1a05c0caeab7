//! Rules as people write them, through the real `iptables-restore` and `iptables-save` (1.8, nf_tables back-end) and through our parser
//! and printer. Needs root, iproute2 and iptables.

use kernel::text::iptables::read::{Limits, SaveErrors, parse_save};
use kubehop_tests::namespace::Namespace;
use kubehop_tests::read;
use kubernetes::origin::CauseId;
use sim_core::print::iptables::write_save;
use std::path::Path;

/// `TABLE|RULE` lines.
fn rules(file: &str) -> Vec<(String, String)> {
    let text = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/iptables").join(file));
    let rules: Vec<_> = text
        .lines()
        .map(|line| line.split_once('|').expect("TABLE|RULE"))
        .map(|(table, rule)| (table.to_owned(), rule.to_owned()))
        .collect();
    assert!(rules.len() > 50, "{file}");
    rules
}

fn dump(table: &str, rules: &[&str]) -> String {
    format!("*{table}\n:USER - [0:0]\n{}\nCOMMIT\n", rules.join("\n"))
}

fn ours(text: &str) -> Result<Vec<String>, SaveErrors> {
    let xtables = parse_save(text, &Limits::default(), &mut |_| CauseId(0))?;
    let mut out = String::new();
    write_save(&mut out, &xtables, &|_| true).expect("a String takes everything");
    Ok(out.lines().filter(|line| line.starts_with("-A")).map(str::to_owned).collect())
}

#[test]
fn rules_are_printed_as_the_real_tool_prints_them() {
    let namespace = Namespace::new("accepted");
    let all = rules("accepted.txt");
    for table in ["raw", "mangle", "nat", "filter"] {
        let rules: Vec<&str> = all.iter().filter(|(of, _)| of == table).map(|(_, rule)| &**rule).collect();
        assert!(!rules.is_empty());
        let text = dump(table, &rules);
        let restored = namespace.run(&["iptables-restore"], &text);
        assert!(restored.status.success(), "{table}: {}", String::from_utf8_lossy(&restored.stderr));
        let saved = namespace.run(&["iptables-save", "-t", table], "");
        assert!(saved.status.success(), "{}", String::from_utf8_lossy(&saved.stderr));
        let saved = String::from_utf8(saved.stdout).expect("text");
        let real: Vec<&str> = saved.lines().filter(|line| line.starts_with("-A")).collect();
        let ours = ours(&text).unwrap_or_else(|errors| panic!("{table}: {errors:?}\n{text}"));
        for (real, ours) in real.iter().zip(&ours) {
            assert_eq!(ours, real);
        }
        assert_eq!(ours.len(), real.len());
        // What is printed reads back, here and there.
        let again = dump(table, &ours.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(self::ours(&again).as_ref(), Ok(&ours));
        let restored = namespace.run(&["iptables-restore"], &again);
        assert!(restored.status.success(), "{table}: {}", String::from_utf8_lossy(&restored.stderr));
    }
}

#[test]
fn what_the_real_tool_refuses_is_an_error_here() {
    let namespace = Namespace::new("refused");
    let mut wrong = Vec::new();
    for (table, rule) in rules("refused.txt") {
        let text = dump(&table, &[&rule]);
        if namespace.run(&["iptables-restore"], &text).status.success() {
            wrong.push(format!("the tool takes {rule}"));
        }
        match ours(&text) {
            Ok(_) => wrong.push(format!("we take {rule}")),
            Err(errors) if errors.0.iter().map(|error| error.line).ne([3]) => wrong.push(format!("{rule}: {errors:?}")),
            Err(_) => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
