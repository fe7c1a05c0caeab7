//! Commands, tables and chains.

use super::element::{read_elements, read_name, read_text};
use super::error::{Expected, NftError, NftErrorKind, Source};
use super::lex::{Cursor, Kind, Token};
use super::scope::Scope;
use super::statement::read_rule;
use super::value::number;
use crate::config::Policy;
use crate::config::nft::{Base, BaseHook, Chain, ChainKind, Family, Rule, Ruleset, Table};
use crate::ids::{CauseId, ChainId, SetId};
use crate::text::nft::write as print;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// A table with what is still to be read.
pub(super) struct Draft {
    pub(super) table: Table,
    chains: BTreeMap<Arc<str>, ChainId>,
    pub(super) sets: BTreeMap<Arc<str>, SetId>,
    /// Tokens of each rule, and whether it goes to the head of its chain.
    rules: Vec<(ChainId, Range<usize>, bool)>,
    /// Tokens of elements, from after the opening brace.
    pub(super) elements: Vec<(SetId, usize)>,
}

/// Reads a whole text.
pub(super) struct RulesetReader<'a, 't> {
    pub(super) cursor: Cursor<'a, 't>,
    pub(super) source: Source,
    pub(super) cause: CauseId,
    drafts: Vec<Draft>,
}

impl<'a, 't> RulesetReader<'a, 't> {
    pub(super) fn new(text: &'t str, tokens: &'a [Token<'t>], source: Source, cause: CauseId) -> Self {
        Self { cursor: Cursor::new(text, tokens), source, cause, drafts: Vec::new() }
    }

    pub(super) fn read(mut self) -> Result<Ruleset, NftError> {
        loop {
            while self.cursor.sign(";") {}
            if self.cursor.done() {
                break;
            }
            self.command()?;
        }
        let (cursor, source, cause) = (self.cursor, self.source, self.cause);
        let tables = self.drafts.into_iter().map(|draft| finish(draft, cursor, source, cause));
        Ok(Ruleset::new(tables.collect::<Result<_, _>>()?))
    }

    fn command(&mut self) -> Result<(), NftError> {
        if self.cursor.is_word("table") {
            return self.table();
        }
        let mut before = self.cursor;
        let verb = self.cursor.any_word().ok_or_else(|| before.expected(Expected::Command))?;
        let object = self.cursor.any_word().ok_or_else(|| self.cursor.expected(Expected::Command))?;
        match (verb, object) {
            ("add" | "create", "table") => {
                self.cursor.at -= 1;
                self.table()
            }
            ("flush", "ruleset") => {
                self.drafts.clear();
                Ok(())
            }
            ("delete" | "destroy", "table") => {
                let (family, name) = self.table_name()?;
                self.drafts.retain(|draft| draft.table.family != family || &*draft.table.name != name);
                Ok(())
            }
            ("flush", "table") => {
                let at = self.known_table()?;
                self.draft(at)?.rules.clear();
                Ok(())
            }
            ("flush", "chain") => {
                let at = self.known_table()?;
                let chain = self.known_chain(at)?;
                self.draft(at)?.rules.retain(|(of, ..)| *of != chain);
                Ok(())
            }
            ("add" | "create", "chain") => {
                let at = self.known_table()?;
                self.chain(at)
            }
            ("add" | "create", "set" | "map") => {
                let at = self.known_table()?;
                self.set(at, object == "map")
            }
            ("add" | "create", "element") => {
                let at = self.known_table()?;
                let mut before = self.cursor;
                let name = read_name(&mut self.cursor)?;
                let id = self.draft(at)?.sets.get(name).copied();
                let id = id.ok_or_else(|| before.error(NftErrorKind::UnknownSet(Arc::from(name))))?;
                self.elements(at, id)
            }
            ("add" | "insert", "rule") => {
                let at = self.known_table()?;
                let chain = self.known_chain(at)?;
                let tokens = self.rule_tokens();
                self.draft(at)?.rules.push((chain, tokens, verb == "insert"));
                Ok(())
            }
            _ => Err(before.error(NftErrorKind::Unsupported(Arc::from(format!("{verb} {object}"))))),
        }
    }

    pub(super) fn draft(&mut self, at: usize) -> Result<&mut Draft, NftError> {
        let (text, end) = (self.cursor.text, self.cursor.text.len());
        self.drafts.get_mut(at).ok_or_else(|| super::lex::error(text, end, NftErrorKind::End))
    }

    /// `[FAMILY] NAME`; without a family it is `ip`.
    fn table_name(&mut self) -> Result<(Family, &'t str), NftError> {
        let first = read_name(&mut self.cursor)?;
        match Family::ALL.iter().find(|(_, name)| *name == first) {
            Some((family, _)) => Ok((*family, read_name(&mut self.cursor)?)),
            None => Ok((Family::Ip, first)),
        }
    }

    fn known_table(&mut self) -> Result<usize, NftError> {
        let mut before = self.cursor;
        let (family, name) = self.table_name()?;
        let found = self.drafts.iter().position(|draft| draft.table.family == family && &*draft.table.name == name);
        found.ok_or_else(|| before.error(NftErrorKind::UnknownTable(Arc::from(name))))
    }

    fn known_chain(&mut self, at: usize) -> Result<ChainId, NftError> {
        let mut before = self.cursor;
        let name = read_name(&mut self.cursor)?;
        let found = self.draft(at)?.chains.get(name).copied();
        found.ok_or_else(|| before.error(NftErrorKind::UnknownChain(Arc::from(name))))
    }

    pub(super) fn open(&mut self) -> Result<(), NftError> {
        if self.cursor.sign("{") { Ok(()) } else { Err(self.cursor.expected(Expected::Sign("{"))) }
    }

    /// `table FAMILY NAME { … }`. A table that is there already is added to.
    fn table(&mut self) -> Result<(), NftError> {
        self.cursor.at += 1;
        let (family, name) = self.table_name()?;
        let known = self.drafts.iter().position(|draft| draft.table.family == family && &*draft.table.name == name);
        let at = known.unwrap_or_else(|| {
            let table = Table::new(family, name, self.cause);
            let (chains, sets) = (BTreeMap::new(), BTreeMap::new());
            self.drafts.push(Draft { table, chains, sets, rules: Vec::new(), elements: Vec::new() });
            self.drafts.len() - 1
        });
        if !self.cursor.sign("{") {
            return Ok(());
        }
        while !self.cursor.sign("}") {
            let mut before = self.cursor;
            let Some(token) = self.cursor.next() else { return Err(before.error(NftErrorKind::End)) };
            match (token.kind, token.text) {
                (Kind::Sign, ";") => {}
                (Kind::Word, "comment") => {
                    let text = read_text(&mut self.cursor)?;
                    self.draft(at)?.table.comment = Some(Arc::from(text));
                }
                (Kind::Word, "flags") => match read_name(&mut self.cursor)? {
                    "dormant" => self.draft(at)?.table.dormant = true,
                    other => return Err(before.error(NftErrorKind::Unsupported(Arc::from(format!("flags {other}"))))),
                },
                (Kind::Word, "set" | "map") => self.set(at, token.text == "map")?,
                (Kind::Word, "chain") => self.chain(at)?,
                (Kind::Word, "counter" | "quota" | "limit" | "secmark" | "synproxy" | "ct" | "flowtable") => {
                    let text = self.opaque(token.start)?;
                    let table = &mut self.draft(at)?.table;
                    if token.text == "flowtable" { table.flowtables.push(text) } else { table.objects.push(text) }
                }
                _ => {
                    return Err(before.expected(Expected::Command));
                }
            }
        }
        Ok(())
    }

    /// A block that is kept as text, to its closing brace.
    pub(super) fn opaque(&mut self, start: usize) -> Result<Arc<str>, NftError> {
        let mut depth = 0usize;
        while let Some(token) = self.cursor.next() {
            match (token.kind, token.text) {
                (Kind::Sign, "{") => depth += 1,
                (Kind::Sign, "}") if depth == 1 => {
                    return Ok(Arc::from(self.cursor.text.get(start..token.end).unwrap_or_default()));
                }
                (Kind::Sign, "}") if depth == 0 => break,
                (Kind::Sign, "}") => depth -= 1,
                _ => {}
            }
        }
        Err(self.cursor.error(NftErrorKind::End))
    }

    /// Tokens up to the end of the statement: a line end or `;` outside braces, or the brace that closes the block.
    pub(super) fn rule_tokens(&mut self) -> Range<usize> {
        let from = self.cursor.at;
        let mut depth = 0usize;
        while let Some(token) = self.cursor.raw() {
            match (token.kind, token.text) {
                (Kind::Sign, "{") => depth += 1,
                (Kind::Sign, "}") if depth == 0 => break,
                (Kind::Sign, "}") => depth -= 1,
                (Kind::Line, _) | (Kind::Sign, ";") if depth == 0 => break,
                _ => {}
            }
            self.cursor.at += 1;
        }
        from..self.cursor.at
    }

    fn chain(&mut self, at: usize) -> Result<(), NftError> {
        let cause = self.cause;
        let name = read_name(&mut self.cursor)?;
        let draft = self.draft(at)?;
        let family = draft.table.family;
        let id = match draft.chains.get(name) {
            Some(id) => *id,
            None => {
                let id = draft.table.add_chain(Chain::new(name, None, cause));
                draft.chains.insert(Arc::from(name), id);
                id
            }
        };
        if !self.cursor.sign("{") {
            return Ok(());
        }
        let (mut base, mut comment) = (None, None);
        loop {
            if self.cursor.sign("}") {
                break;
            }
            if self.cursor.sign(";") {
                continue;
            }
            let mut ahead = self.cursor;
            let Some(token) = ahead.next() else { return Err(ahead.error(NftErrorKind::End)) };
            match (token.kind, token.text) {
                (Kind::Word, "type") if ahead.any_word().is_some() && ahead.is_word("hook") => {
                    base = Some(self.base(family)?);
                }
                (Kind::Word, "policy") => {
                    self.cursor.next();
                    let policy = self.policy()?;
                    match &mut base {
                        Some(base) => base.policy = policy,
                        None => return Err(self.cursor.expected(Expected::Type)),
                    }
                }
                (Kind::Word, "comment") => {
                    self.cursor.next();
                    comment = Some(Arc::from(read_text(&mut self.cursor)?));
                }
                _ => {
                    self.cursor.skip_lines();
                    let tokens = self.rule_tokens();
                    self.draft(at)?.rules.push((id, tokens, false));
                }
            }
        }
        if let Some(chain) = self.draft(at)?.table.chains.get_mut(id) {
            chain.base = base.or(chain.base.take());
            chain.comment = comment.or(chain.comment.take());
        }
        Ok(())
    }

    fn policy(&mut self) -> Result<Policy, NftError> {
        if self.cursor.word("accept") {
            Ok(Policy::Accept)
        } else if self.cursor.word("drop") {
            Ok(Policy::Drop)
        } else {
            Err(self.cursor.expected(Expected::Policy))
        }
    }

    /// `type KIND hook HOOK [device NAME] priority …`.
    fn base(&mut self, family: Family) -> Result<Base, NftError> {
        self.cursor.next();
        let mut before = self.cursor;
        let kind = self.cursor.any_word().unwrap_or_default();
        let kind = ChainKind::ALL.iter().find(|(_, name)| *name == kind);
        let (kind, _) = kind.ok_or_else(|| before.expected(Expected::Type))?;
        self.cursor.next();
        let mut before = self.cursor;
        let hook = self.cursor.any_word().unwrap_or_default();
        let hook = BaseHook::ALL.iter().find(|(_, name)| *name == hook);
        let (hook, _) = hook.ok_or_else(|| before.expected(Expected::Hook))?;
        let device = match self.cursor.word("device") {
            true => Some(Arc::from(read_name(&mut self.cursor)?)),
            false => None,
        };
        if !self.cursor.word("priority") {
            return Err(self.cursor.expected(Expected::Sign("priority")));
        }
        let priority = self.priority(family)?;
        Ok(Base { kind: *kind, hook: *hook, device, priority, policy: Policy::Accept })
    }

    fn priority(&mut self, family: Family) -> Result<i32, NftError> {
        let mut before = self.cursor;
        let word = self.cursor.any_word().unwrap_or_default();
        if let Ok(value) = word.parse() {
            return Ok(value);
        }
        let all = BaseHook::ALL.iter().flat_map(|(hook, _)| family.priorities(*hook));
        let named = all.into_iter().find(|(_, name)| *name == word).map(|(value, _)| *value);
        let value = named.ok_or_else(|| before.expected(Expected::Number))?;
        let sign = match self.cursor.peek().map(|token| token.text) {
            Some("+") => 1,
            Some("-") => -1,
            _ => return Ok(value),
        };
        self.cursor.next();
        let mut before = self.cursor;
        let distance = self.cursor.any_word().and_then(number).and_then(|number| i32::try_from(number).ok());
        let distance = distance.ok_or_else(|| before.expected(Expected::Number))?;
        value.checked_add(distance.saturating_mul(sign)).ok_or_else(|| before.expected(Expected::Number))
    }
}

/// Reads what leads to chains and sets, now that all are known.
fn finish(draft: Draft, cursor: Cursor<'_, '_>, source: Source, cause: CauseId) -> Result<Table, NftError> {
    let Draft { mut table, chains, sets, rules, elements } = draft;
    let scope = Scope { chains: &chains, sets: &sets, family: table.family, source, cause };
    for (id, from) in elements {
        let Some(set) = table.sets.get_mut(id) else { continue };
        let mut cursor = cursor;
        cursor.at = from;
        let read = read_elements(&mut cursor, &scope, &set.key, set.data.as_ref())?;
        set.elements.extend(read);
    }
    for (id, tokens, at_head) in rules {
        let before = tokens.start.checked_sub(1).and_then(|at| cursor.tokens.get(at)).map_or(0, |token| token.end);
        let part = cursor.tokens.get(tokens.clone()).unwrap_or_default();
        let mut rule = read_rule(Cursor::new(cursor.text, part), &scope, before)?;
        if source == Source::Listing {
            rule.written = written(&table, &rule, &cursor, part, before);
        }
        if rule.statements.is_empty() && rule.comment.is_none() {
            continue;
        }
        if let Some(chain) = table.chains.get_mut(id) {
            if at_head { chain.rules.insert(0, rule) } else { chain.rules.push(rule) }
        }
    }
    Ok(table)
}

/// The rule as it was listed, where our own notation differs.
fn written(table: &Table, rule: &Rule, cursor: &Cursor<'_, '_>, part: &[Token<'_>], before: usize) -> Option<Arc<str>> {
    let (first, last) = (part.first()?, part.last()?);
    let text = cursor.text.get(first.start..last.end)?;
    let indented = cursor.text.get(before..first.start).is_some_and(|gap| gap.ends_with("\t "));
    let text = if indented { format!(" {text}") } else { text.to_owned() };
    let mut ours = String::new();
    // Writing to a String cannot fail.
    let _ = print::write_rule(&mut ours, table, rule);
    (ours != text).then(|| Arc::from(text))
}
