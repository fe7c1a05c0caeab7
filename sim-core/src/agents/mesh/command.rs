//! Commands of a tool that adds rules, before they are rules.

/// Chains that a table has from the start.
const BUILT_IN: [&str; 5] = ["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"];

/// How the names of meshes' own chains begin.
const OWN: [&str; 2] = ["ISTIO_", "PROXY_INIT_"];

/// One rule that is added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// Table.
    pub table: &'static str,
    /// Chain.
    pub chain: &'static str,
    /// In front of the rule that stands there, from 0; behind all of them without.
    pub before: Option<usize>,
    /// The rule, as the tool takes it.
    pub rule: String,
}

/// Rules in the order in which they are added.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Commands(pub Vec<Command>);

impl Commands {
    /// Adds a rule behind those of its chain.
    pub(super) fn append(&mut self, table: &'static str, chain: &'static str, rule: impl Into<String>) {
        self.0.push(Command { table, chain, before: None, rule: rule.into() });
    }

    /// Adds a rule in front of another, from 0.
    pub(super) fn insert(&mut self, table: &'static str, chain: &'static str, before: usize, rule: impl Into<String>) {
        self.0.push(Command { table, chain, before: Some(before), rule: rule.into() });
    }

    /// Tables that have rules, in order of their names.
    pub fn tables(&self) -> Vec<&'static str> {
        let mut all: Vec<_> = self.0.iter().map(|command| command.table).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// The chains of a table that rules are added to, each once, in order; then those that rules only jump to.
    pub fn chains(&self, table: &str) -> Vec<&str> {
        let commands = || self.0.iter().filter(|command| command.table == table);
        let jumps = commands().filter_map(|command| {
            let to = command.rule.split_once("-j ")?.1.split(' ').next()?;
            OWN.iter().any(|own| to.starts_with(own)).then_some(to)
        });
        let mut all: Vec<&str> = Vec::new();
        for chain in commands().map(|command| command.chain).chain(jumps) {
            if !all.contains(&chain) {
                all.push(chain);
            }
        }
        all
    }

    /// The rules of a chain once all are added.
    pub fn rules(&self, table: &str, chain: &str) -> Vec<&str> {
        let mut all = Vec::new();
        for command in self.0.iter().filter(|command| command.table == table && command.chain == chain) {
            let at = command.before.map_or(all.len(), |at| at.min(all.len()));
            all.insert(at, &*command.rule);
        }
        all
    }

    /// What `iptables-restore --noflush` takes: chains, then rules, of each table.
    pub fn restored(&self) -> String {
        let mut out = String::new();
        for table in self.tables() {
            out.push_str(&format!("*{table}\n"));
            for chain in self.chains(table).into_iter().filter(|chain| !BUILT_IN.contains(chain)) {
                out.push_str(&format!("-N {chain}\n"));
            }
            for command in self.0.iter().filter(|command| command.table == table) {
                match command.before {
                    None => out.push_str(&format!("-A {} {}\n", command.chain, command.rule)),
                    Some(at) => out.push_str(&format!("-I {} {} {}\n", command.chain, at + 1, command.rule)),
                }
            }
            out.push_str("COMMIT\n");
        }
        out
    }
}
