//! A table between `*NAME` and `COMMIT`.

use super::error::{SaveErrorKind, Wrong};
use super::matches;
use super::rule::{self, Place};
use super::target::place;
use super::words::{Word, text};
use crate::config::xtables::{Rule, Table, Target, Xtables};
use crate::config::{Hook, Policy};
use crate::ids::{CauseId, ChainId, TableName};
use std::sync::Arc;

/// Longest name of a chain, in bytes.
const CHAIN_NAME: usize = 28;

/// A table being changed.
pub(super) struct Work {
    table: Table,
    /// For each chain, the line of each rule; 0 for what was there before.
    lines: Vec<Vec<u32>>,
}

impl Work {
    pub(super) fn new(done: &Xtables, name: TableName) -> Self {
        let table = done.tables.get(&name).cloned().unwrap_or_else(|| Table::new(name));
        let lines = table.chains.iter().map(|chain| vec![0; chain.rules.len()]).collect();
        Self { table, lines }
    }

    pub(super) fn name(&self) -> TableName {
        self.table.name
    }

    /// `:NAME POLICY [packets:bytes]`.
    pub(super) fn declare(
        &mut self,
        name: &str,
        word: &Word<'_>,
        rest: &[Word<'_>],
        cause: CauseId,
    ) -> Result<(), Wrong> {
        let mut rest = rest.iter();
        let Some(policy) = rest.next() else {
            return Err((word.start, SaveErrorKind::Missing { after: text(word) }));
        };
        if let Some(more) = rest.find(|word| !(word.text.starts_with('[') && word.text.ends_with(']'))) {
            return Err((more.start, SaveErrorKind::Unexpected(text(more))));
        }
        let id = match self.table.find(name) {
            Some(id) => id,
            None => {
                check_name(name, word)?;
                self.make(name, cause)
            }
        };
        let wrong = || (policy.start, SaveErrorKind::Policy(text(policy)));
        let Some(chain) = self.table.chains.get_mut(id) else { return Ok(()) };
        match (&mut chain.base, &*policy.text) {
            (_, "-") => {}
            (Some((_, set)), word) => *set = read_policy(word).ok_or_else(wrong)?,
            (None, _) => return Err(wrong()),
        }
        // A user chain that is there is emptied.
        if chain.base.is_none() {
            chain.rules.clear();
            self.lines.get_mut(id.index()).into_iter().for_each(Vec::clear);
        }
        Ok(())
    }

    fn make(&mut self, name: &str, cause: CauseId) -> ChainId {
        let id = self.table.chain(name, cause);
        self.lines.resize(self.table.chains.len(), Vec::new());
        id
    }

    fn find(&self, word: &Word<'_>) -> Result<ChainId, Wrong> {
        self.table.find(&word.text).ok_or_else(|| (word.start, SaveErrorKind::NoChain(text(word))))
    }

    /// One command; returns how many rules it added.
    pub(super) fn command(
        &mut self,
        number: u32,
        line: &str,
        command: &Word<'_>,
        rest: &[Word<'_>],
        cause: CauseId,
    ) -> Result<usize, Wrong> {
        let (chain, rest) = match rest.split_first() {
            Some((chain, rest)) => (Some(chain), rest),
            None => (None, rest),
        };
        let need = || chain.ok_or_else(|| (command.start, SaveErrorKind::Missing { after: text(command) }));
        let nothing_more = |from: usize| match rest.get(from) {
            Some(word) => Err((word.start, SaveErrorKind::Unexpected(text(word)))),
            None => Ok(()),
        };
        let unknown = || (command.start, SaveErrorKind::UnknownCommand(text(command)));
        if command.quoted {
            return Err(unknown());
        }
        match &*command.text {
            "-A" | "--append" => {
                let id = self.find(need()?)?;
                let rules = self.rules(id, line, rest, cause)?;
                Ok(self.insert(id, usize::MAX, rules, number))
            }
            "-I" | "--insert" => {
                let id = self.find(need()?)?;
                let (at, rest) = position(rest);
                let at = at.unwrap_or(1);
                if at == 0 || at > self.table.get(id).rules.len() + 1 {
                    return Err((command.start, SaveErrorKind::NoRule(at.to_string().into())));
                }
                let rules = self.rules(id, line, rest, cause)?;
                Ok(self.insert(id, at - 1, rules, number))
            }
            "-R" | "--replace" => {
                let id = self.find(need()?)?;
                let (at, rest) = position(rest);
                let at = self.existing(id, at, command)?;
                let rules = self.rules(id, line, rest, cause)?;
                if rules.len() != 1 {
                    return Err((command.start, SaveErrorKind::TooManyRules { limit: 1 }));
                }
                self.delete(id, at);
                Ok(self.insert(id, at, rules, number))
            }
            "-D" | "--delete" => {
                let id = self.find(need()?)?;
                if let (Some(at), after) = position(rest) {
                    nothing_more(rest.len() - after.len())?;
                    let at = self.existing(id, Some(at), command)?;
                    self.delete(id, at);
                    return Ok(0);
                }
                for wanted in self.rules(id, line, rest, cause)? {
                    let same = |rule: &Rule| Rule { cause, ..rule.clone() } == wanted;
                    let at = self.table.get(id).rules.iter().position(same);
                    let at = at.ok_or_else(|| (command.start, SaveErrorKind::NoRule(text(command))))?;
                    self.delete(id, at);
                }
                Ok(0)
            }
            "-N" | "--new-chain" => {
                let word = need()?;
                check_name(&word.text, word)?;
                if self.table.find(&word.text).is_some() {
                    return Err((word.start, SaveErrorKind::ChainExists(text(word))));
                }
                nothing_more(0)?;
                self.make(&word.text, cause);
                Ok(0)
            }
            "-P" | "--policy" => {
                let word = need()?;
                let id = self.find(word)?;
                let Some(policy) = rest.first() else {
                    return Err((word.start, SaveErrorKind::Missing { after: text(word) }));
                };
                nothing_more(1)?;
                let wrong = || (policy.start, SaveErrorKind::Policy(text(policy)));
                let found = read_policy(&policy.text).ok_or_else(wrong)?;
                let chain = self.table.chains.get_mut(id);
                let (_, set) = chain.and_then(|chain| chain.base.as_mut()).ok_or_else(wrong)?;
                *set = found;
                Ok(0)
            }
            "-F" | "--flush" => {
                let ids = match chain {
                    Some(word) => vec![self.find(word)?],
                    None => self.table.chains.ids().collect(),
                };
                nothing_more(0)?;
                for id in ids {
                    self.table.chains.get_mut(id).into_iter().for_each(|chain| chain.rules.clear());
                    self.lines.get_mut(id.index()).into_iter().for_each(Vec::clear);
                }
                Ok(0)
            }
            "-X" | "--delete-chain" => {
                nothing_more(0)?;
                match chain {
                    Some(word) => {
                        let id = self.find(word)?;
                        if !self.remove(id) {
                            return Err((word.start, SaveErrorKind::ChainInUse(text(word))));
                        }
                    }
                    // All that can go.
                    None => {
                        let mut id = ChainId(0);
                        while self.table.chains.has(id) {
                            if !self.remove(id) {
                                id.0 += 1;
                            }
                        }
                    }
                }
                Ok(0)
            }
            "-Z" | "--zero" => Ok(0),
            _ => Err(unknown()),
        }
    }

    fn rules(&self, id: ChainId, line: &str, words: &[Word<'_>], cause: CauseId) -> Result<Vec<Rule>, Wrong> {
        let place = Place { line, table: &self.table, chain: &self.table.get(id).name, cause };
        let rules = rule::read(&place, words)?;
        let table = self.table.name;
        for rule in &rules {
            let (name, only, _) = self::place(&rule.target);
            let wrong = only.is_some_and(|only| only != table);
            // The tool refuses DROP in nat.
            let drops = table == TableName::Nat && rule.target == Target::Drop;
            if wrong || drops {
                let target: Arc<str> = Arc::from(if drops { "DROP" } else { name });
                let at = words.iter().find(|word| *word.text == *target).map_or(0, |word| word.start);
                return Err((at, SaveErrorKind::TargetTable { target, table }));
            }
        }
        Ok(rules)
    }

    fn existing(&self, id: ChainId, at: Option<usize>, command: &Word<'_>) -> Result<usize, Wrong> {
        let Some(at) = at else { return Err((command.start, SaveErrorKind::Missing { after: text(command) })) };
        let index = at.checked_sub(1).filter(|index| *index < self.table.get(id).rules.len());
        index.ok_or_else(|| (command.start, SaveErrorKind::NoRule(at.to_string().into())))
    }

    fn insert(&mut self, id: ChainId, at: usize, rules: Vec<Rule>, number: u32) -> usize {
        let added = rules.len();
        let chain = self.table.chains.get_mut(id).zip(self.lines.get_mut(id.index()));
        if let Some((chain, lines)) = chain {
            let at = at.min(chain.rules.len());
            chain.rules.splice(at..at, rules);
            lines.splice(at..at, std::iter::repeat_n(number, added));
        }
        added
    }

    fn delete(&mut self, id: ChainId, at: usize) {
        let chain = self.table.chains.get_mut(id).zip(self.lines.get_mut(id.index()));
        if let Some((chain, lines)) = chain.filter(|(chain, lines)| at < chain.rules.len() && at < lines.len()) {
            chain.rules.remove(at);
            lines.remove(at);
        }
    }

    fn remove(&mut self, id: ChainId) -> bool {
        let removed = self.table.remove(id);
        if removed {
            self.lines.remove(id.index());
        }
        removed
    }

    /// `COMMIT`: what only shows in the whole table.
    pub(super) fn finish(self) -> Result<Table, Vec<(u32, SaveErrorKind)>> {
        let line = |chain: ChainId, rule: usize| {
            self.lines.get(chain.index()).and_then(|lines| lines.get(rule)).copied().unwrap_or(0)
        };
        if let Some((chain, rule)) = self.table.find_loop() {
            let name = self.table.get(chain).name.clone();
            return Err(vec![(line(chain, rule.index()), SaveErrorKind::Loop(name))]);
        }
        let mut wrong = Vec::new();
        for &hook in self.table.name.hooks() {
            for (chain, rule, module) in self.misplaced(hook) {
                wrong.push((line(chain, rule), SaveErrorKind::Hook { module, hook }));
            }
        }
        wrong.sort_by_key(|(line, _)| *line);
        if wrong.is_empty() { Ok(self.table) } else { Err(wrong) }
    }

    /// Rules that a hook reaches and that do not work there, with the module that does not.
    fn misplaced(&self, hook: Hook) -> Vec<(ChainId, usize, Arc<str>)> {
        let mut found = Vec::new();
        let mut seen = vec![false; self.table.chains.len()];
        let mut open: Vec<ChainId> = self.table.base(hook).into_iter().collect();
        while let Some(id) = open.pop() {
            match seen.get_mut(id.index()) {
                Some(seen) if !*seen => *seen = true,
                _ => continue,
            }
            for (index, rule) in self.table.get(id).rules.iter().enumerate() {
                if let Target::Jump(to) | Target::Goto(to) = rule.target {
                    open.push(to);
                }
                let (name, _, hooks) = place(&rule.target);
                let part = rule.matches.iter().find_map(|part| matches::misplaced(part, hook));
                if let Some(name) = part.or((!hooks.contains(&hook)).then_some(name)) {
                    found.push((id, index, Arc::from(name)));
                }
            }
        }
        found
    }
}

fn read_policy(text: &str) -> Option<Policy> {
    match text {
        "ACCEPT" => Some(Policy::Accept),
        "DROP" => Some(Policy::Drop),
        _ => None,
    }
}

/// A rule number in front of the rest.
fn position<'a, 'w>(words: &'a [Word<'w>]) -> (Option<usize>, &'a [Word<'w>]) {
    let number = words.first().filter(|word| !word.quoted).and_then(|word| word.text.parse().ok());
    match number {
        Some(number) => (Some(number), words.get(1..).unwrap_or_default()),
        None => (None, words),
    }
}

/// A name a new chain may have.
fn check_name(name: &str, word: &Word<'_>) -> Result<(), Wrong> {
    let odd = |c: char| c.is_whitespace() || c.is_control();
    let reserved = ["ACCEPT", "DROP", "RETURN", "QUEUE"].contains(&name);
    let starts = name.starts_with(['-', '!', '[', '#']);
    if name.is_empty() || name.len() > CHAIN_NAME || starts || reserved || name.contains(odd) {
        return Err((word.start, SaveErrorKind::ChainName(Arc::from(name))));
    }
    Ok(())
}
