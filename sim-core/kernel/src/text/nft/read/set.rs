//! Sets and maps.

use super::block::RulesetReader;
use super::element::{read_name, read_number, read_text, read_time};
use super::error::{Expected, NftError, NftErrorKind};
use super::expr::read_expr;
use super::lex::{Cursor, Kind, Token};
use super::scope::Scope;
use crate::config::nft::Family;
use crate::config::nft::data::DataType;
use crate::config::nft::set::{Set, SetData};
use crate::ids::SetId;
use std::collections::BTreeMap;
use std::sync::Arc;

impl RulesetReader<'_, '_> {
    pub(super) fn set(&mut self, at: usize, is_map: bool) -> Result<(), NftError> {
        let cause = self.cause;
        let mut before = self.cursor;
        let name = read_name(&mut self.cursor)?;
        if self.draft(at)?.sets.contains_key(name) {
            return Err(before.error(NftErrorKind::Duplicate(Arc::from(name))));
        }
        self.open()?;
        let mut set = Set::new(name, Vec::new(), None, cause);
        let mut elements = Vec::new();
        while !self.cursor.sign("}") {
            if self.cursor.sign(";") {
                continue;
            }
            let mut before = self.cursor;
            let word = self.cursor.any_word().ok_or_else(|| before.expected(Expected::Name))?;
            match word {
                "type" => self.types(&mut set)?,
                "typeof" => self.type_of(&mut set)?,
                "policy" => set.memory = self.cursor.any_word() == Some("memory"),
                "size" => {
                    let size = u32::try_from(read_number(&mut self.cursor)?);
                    set.size = Some(size.map_err(|_| before.error(NftErrorKind::TooLarge))?);
                }
                "flags" => self.flags(&mut set)?,
                "timeout" => set.timeout = Some(read_time(&mut self.cursor)?),
                "gc-interval" => set.gc_interval = Some(read_time(&mut self.cursor)?),
                "auto-merge" => set.auto_merge = true,
                "counter" => set.counter = true,
                "comment" => set.comment = Some(Arc::from(read_text(&mut self.cursor)?)),
                "elements" => {
                    if !self.cursor.sign("=") {
                        return Err(self.cursor.expected(Expected::Sign("=")));
                    }
                    elements.push(self.element_tokens()?);
                }
                other => return Err(before.error(NftErrorKind::Unsupported(Arc::from(other)))),
            }
        }
        if set.key.is_empty() || is_map != set.data.is_some() {
            return Err(before.expected(Expected::Type));
        }
        let draft = self.draft(at)?;
        let id = draft.table.add_set(set);
        draft.sets.insert(Arc::from(name), id);
        draft.elements.extend(elements.into_iter().map(|from| (id, from)));
        Ok(())
    }

    /// Remembers where elements are: chains they lead to may come later.
    pub(super) fn element_tokens(&mut self) -> Result<usize, NftError> {
        self.open()?;
        let from = self.cursor.at;
        let mut depth = 1usize;
        while depth > 0 {
            let Some(token) = self.cursor.next() else { return Err(self.cursor.error(NftErrorKind::End)) };
            match (token.kind, token.text) {
                (Kind::Sign, "{") => depth += 1,
                (Kind::Sign, "}") => depth -= 1,
                _ => {}
            }
        }
        Ok(from)
    }

    pub(super) fn elements(&mut self, at: usize, id: SetId) -> Result<(), NftError> {
        let from = self.element_tokens()?;
        self.draft(at)?.elements.push((id, from));
        Ok(())
    }

    fn flags(&mut self, set: &mut Set) -> Result<(), NftError> {
        loop {
            let mut before = self.cursor;
            let flag = match self.cursor.any_word() {
                Some("constant") => &mut set.flags.constant,
                Some("dynamic") => &mut set.flags.dynamic,
                Some("interval") => &mut set.flags.interval,
                Some("timeout") => &mut set.flags.timeout,
                _ => return Err(before.expected(Expected::Name)),
            };
            *flag = true;
            if !self.cursor.sign(",") {
                return Ok(());
            }
        }
    }

    /// `KEY [: DATA]`, each with `.` between its types.
    fn types(&mut self, set: &mut Set) -> Result<(), NftError> {
        let read = |cursor: &mut Cursor<'_, '_>| {
            let mut all = Vec::new();
            loop {
                let name = cursor.any_word().ok_or_else(|| cursor.expected(Expected::Type))?;
                all.push(DataType::of_name(name));
                if !cursor.word(".") {
                    return Ok::<_, NftError>(all);
                }
            }
        };
        set.key = read(&mut self.cursor)?;
        if self.cursor.sign(":") {
            set.data = Some(if self.cursor.word("verdict") {
                SetData::Verdict
            } else {
                SetData::Value(read(&mut self.cursor)?)
            });
        }
        Ok(())
    }

    /// Types by example. What is not understood has values that are kept as text.
    fn type_of(&mut self, set: &mut Set) -> Result<(), NftError> {
        let tokens = self.rule_tokens();
        let part = self.cursor.tokens.get(tokens.clone()).unwrap_or_default();
        let text = self.cursor.slice(tokens.start, tokens.end);
        let (chains, sets) = (BTreeMap::new(), BTreeMap::new());
        let (source, cause) = (self.source, self.cause);
        let scope = Scope { chains: &chains, sets: &sets, family: Family::Inet, source, cause };
        let split = part.iter().position(|token| token.kind == Kind::Sign && token.text == ":");
        let types = |part: &[Token<'_>]| {
            let mut cursor = Cursor::new(self.cursor.text, part);
            match read_expr(&mut cursor, &scope, &[]) {
                Ok(expr) if cursor.done() => expr.types(),
                _ => vec![DataType::Other(Arc::from("typeof"))],
            }
        };
        let (key, data) = match split.and_then(|at| part.split_at_checked(at)) {
            Some((key, data)) => (key, data.get(1..)),
            None => (part, None),
        };
        set.key = types(key);
        set.data = data.map(|data| match data {
            [only] if only.text == "verdict" => SetData::Verdict,
            data => SetData::Value(types(data)),
        });
        set.type_of = Some(text);
        Ok(())
    }
}
