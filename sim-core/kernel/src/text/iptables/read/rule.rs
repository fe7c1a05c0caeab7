//! The options of one rule.

use super::draft::{Draft, Given};
use super::error::{SaveErrorKind, Wrong};
use super::options::{self, MATCHES, OTHER_TARGETS, Spec, TARGETS};
use super::values::{dev, net, protocol};
use super::words::Word;
use super::{matches, target};
use crate::config::xtables::{DevMatch, IpMatch, Neg, Rule, Table, Target};
use crate::ids::CauseId;
use crate::packet::Protocol;
use ipnet::IpNet;
use std::sync::Arc;

/// Most rules that one line with lists of addresses stands for.
const MOST_RULES: usize = 1024;

/// Options every rule has.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Core {
    Source,
    Destination,
    In,
    Out,
    Protocol,
    Fragment,
    Jump,
    Goto,
    Match,
    Counters,
    Table,
    V4,
}

const CORE: [(&str, Core); 29] = [
    ("-s", Core::Source),
    ("--source", Core::Source),
    ("--src", Core::Source),
    ("-d", Core::Destination),
    ("--destination", Core::Destination),
    ("--dst", Core::Destination),
    ("-i", Core::In),
    ("--in-interface", Core::In),
    ("-o", Core::Out),
    ("--out-interface", Core::Out),
    ("-p", Core::Protocol),
    ("--protocol", Core::Protocol),
    ("--proto", Core::Protocol),
    ("-f", Core::Fragment),
    ("--fragment", Core::Fragment),
    ("--fragments", Core::Fragment),
    ("-j", Core::Jump),
    ("--jump", Core::Jump),
    ("-g", Core::Goto),
    ("--goto", Core::Goto),
    ("-m", Core::Match),
    ("--match", Core::Match),
    ("-c", Core::Counters),
    ("--set-counters", Core::Counters),
    ("-t", Core::Table),
    ("--table", Core::Table),
    ("-4", Core::V4),
    ("--ipv4", Core::V4),
    ("-w", Core::V4),
];

fn core(word: &Word<'_>) -> Option<Core> {
    if word.quoted {
        return None;
    }
    CORE.iter().find(|(name, _)| *name == word.text).map(|(_, core)| *core)
}

/// Where a rule stands.
pub(super) struct Place<'a> {
    pub(super) line: &'a str,
    pub(super) table: &'a Table,
    pub(super) chain: &'a str,
    pub(super) cause: CauseId,
}

/// A jump, before its chain is looked up.
enum Way {
    Chain(Word<'static>, bool),
    Target(usize),
}

struct RuleReader<'a, 'w> {
    place: &'a Place<'a>,
    words: &'w [Word<'w>],
    next: usize,
    ip: IpMatch,
    sources: Option<Neg<Vec<IpNet>>>,
    destinations: Option<Neg<Vec<IpNet>>>,
    /// `-p` was seen (it may mean any).
    has_protocol: bool,
    protocol_name: Option<Arc<str>>,
    /// Modules in written order; the target's among them.
    drafts: Vec<Draft>,
    way: Option<Way>,
}

/// Reads the words after the chain's name. Lists of addresses make several rules.
pub(super) fn read(place: &Place<'_>, words: &[Word<'_>]) -> Result<Vec<Rule>, Wrong> {
    let mut reader = RuleReader {
        place,
        words,
        next: 0,
        ip: IpMatch::default(),
        sources: None,
        destinations: None,
        has_protocol: false,
        protocol_name: None,
        drafts: Vec::new(),
        way: None,
    };
    while reader.next < words.len() {
        reader.step()?;
    }
    reader.finish()
}

fn text(word: &Word<'_>) -> Arc<str> {
    Arc::from(&*word.text)
}

impl<'w> RuleReader<'_, 'w> {
    fn value(&mut self, option: &Word<'_>) -> Result<&'w Word<'w>, Wrong> {
        let missing = (option.start, SaveErrorKind::Missing { after: text(option) });
        let value = self.words.get(self.next).ok_or(missing)?;
        self.next += 1;
        Ok(value)
    }

    fn step(&mut self) -> Result<(), Wrong> {
        let words = self.words;
        let Some(word) = words.get(self.next) else { return Ok(()) };
        let first = self.next;
        self.next += 1;
        let (not, start, word) = if word.is("!") {
            let after = words.get(self.next);
            let Some(after) = after else {
                return Err((word.start, SaveErrorKind::Missing { after: text(word) }));
            };
            self.next += 1;
            (true, word.start, after)
        } else {
            (false, word.start, word)
        };
        if let Some(core) = core(word) {
            return self.core(core, word, not);
        }
        // A module kept as text takes all up to the next option of the rule itself.
        if let Some(open) = self.drafts.last_mut().filter(|draft| draft.module.is_none()) {
            open.take((first, self.next), (start, word.end));
            return Ok(());
        }
        if !word.is_option() {
            return Err((word.start, SaveErrorKind::Unexpected(text(word))));
        }
        self.option(word, start, not)
    }

    fn core(&mut self, core: Core, word: &'w Word<'w>, not: bool) -> Result<(), Wrong> {
        let invertible =
            matches!(core, Core::Source | Core::Destination | Core::In | Core::Out | Core::Protocol | Core::Fragment);
        if not && !invertible {
            return Err((word.start, SaveErrorKind::NotInvertible(text(word))));
        }
        let twice = || (word.start, SaveErrorKind::Twice(text(word)));
        match core {
            Core::Source | Core::Destination => {
                let value = self.value(word)?;
                let nets = nets(word, value, not)?;
                let place = if core == Core::Source { &mut self.sources } else { &mut self.destinations };
                if place.replace(Neg { not, value: nets }).is_some() {
                    return Err(twice());
                }
            }
            Core::In | Core::Out => {
                let value = self.value(word)?;
                let dev = dev(&value.text).ok_or_else(|| (value.start, SaveErrorKind::DeviceName(text(value))))?;
                let known = match core {
                    Core::In => !matches!(self.place.chain, "OUTPUT" | "POSTROUTING"),
                    _ => !matches!(self.place.chain, "PREROUTING" | "INPUT"),
                };
                if !known {
                    let chain = Arc::from(self.place.chain);
                    return Err((word.start, SaveErrorKind::NoDevice { option: text(word), chain }));
                }
                let place = if core == Core::In { &mut self.ip.in_dev } else { &mut self.ip.out_dev };
                if place.replace(Box::new(Neg { not, value: dev })).is_some() {
                    return Err(twice());
                }
            }
            Core::Protocol => {
                let value = self.value(word)?;
                let found = protocol(&value.text).ok_or_else(|| wrong_value(word, value))?;
                if std::mem::replace(&mut self.has_protocol, true) {
                    return Err(twice());
                }
                if not && found.is_none() {
                    return Err(wrong_value(word, value));
                }
                self.protocol_name = Some(text(value));
                self.ip.protocol = found.map(|value| Neg { not, value });
            }
            Core::Fragment => {
                if self.ip.fragment.replace(Neg { not, value: () }).is_some() {
                    return Err(twice());
                }
            }
            Core::Jump | Core::Goto => {
                let value = self.value(word)?;
                if self.way.is_some() {
                    return Err(twice());
                }
                self.jump(value, core == Core::Goto);
            }
            Core::Match => {
                let value = self.value(word)?;
                // A protocol's module that is there already takes further options.
                if let Some(there) = self.drafts.iter_mut().find(|draft| draft.implied && *draft.name == *value.text) {
                    there.implied = false;
                } else {
                    let known = options::find(MATCHES, &value.text);
                    self.drafts.push(Draft::new(text(value), value.start, known));
                }
            }
            Core::Counters => {
                for _ in 0..2 {
                    let value = self.value(word)?;
                    if value.text.parse::<u64>().is_err() {
                        return Err(wrong_value(word, value));
                    }
                }
            }
            Core::Table => {
                let value = self.value(word)?;
                if *value.text != *self.place.table.name.to_string() {
                    return Err((value.start, SaveErrorKind::OtherTable(text(value))));
                }
            }
            Core::V4 => {}
        }
        Ok(())
    }

    fn jump(&mut self, to: &Word<'w>, goto: bool) {
        let known = options::find(TARGETS, &to.text).filter(|_| !goto);
        let has_options = self.words.get(self.next).is_some_and(|next| next.is_option() && core(next).is_none());
        let chain = self.place.table.find(&to.text).is_some();
        let other = !goto && !chain && (OTHER_TARGETS.contains(&&*to.text) || has_options);
        if known.is_some() || other {
            self.way = Some(Way::Target(self.drafts.len()));
            self.drafts.push(Draft::new(text(to), to.start, known));
            return;
        }
        let word = Word { text: to.text.to_string().into(), quoted: to.quoted, start: to.start, end: to.end };
        self.way = Some(Way::Chain(word, goto));
    }

    /// An option of a module: the newest that has it, else the protocol's own module, which `-p` brings in.
    fn option(&mut self, word: &'w Word<'w>, start: usize, not: bool) -> Result<(), Wrong> {
        let find = |draft: &Draft, exact: bool| {
            draft.module.and_then(|module| if exact { module.exact(&word.text) } else { module.shortened(&word.text) })
        };
        let target = match self.way {
            Some(Way::Target(at)) => Some(at),
            _ => None,
        };
        let order: Vec<usize> =
            target.into_iter().chain((0..self.drafts.len()).rev().filter(|at| Some(*at) != target)).collect();
        let search = |exact: bool| {
            order
                .iter()
                .find_map(|&at| self.drafts.get(at).and_then(|draft| find(draft, exact)).map(|spec| (at, *spec)))
        };
        // The protocol's module is loaded before names are completed.
        let implied = || {
            let name = match self.ip.protocol.filter(|protocol| !protocol.not)?.value {
                Protocol::Tcp => "tcp",
                Protocol::Udp => "udp",
                Protocol::Sctp => "sctp",
                Protocol::Icmp => "icmp",
                Protocol::Other(_) => return None,
            };
            let module = options::find(MATCHES, name)?;
            let loaded = self.drafts.iter().any(|draft| &*draft.name == name);
            let spec = module.exact(&word.text).or_else(|| module.shortened(&word.text)).filter(|_| !loaded)?;
            Some((module, *spec))
        };
        let found = search(true).or_else(|| search(false).filter(|_| implied().is_none()));
        let (at, spec) = match found {
            Some(found) => found,
            None => match implied() {
                Some((module, spec)) => {
                    let draft = Draft::new(Arc::from(module.name), start, Some(module));
                    self.drafts.push(Draft { implied: true, ..draft });
                    (self.drafts.len() - 1, spec)
                }
                None => return Err((word.start, SaveErrorKind::UnknownOption(text(word)))),
            },
        };
        self.give(at, spec, word, start, not)
    }

    fn give(&mut self, at: usize, spec: Spec, word: &'w Word<'w>, start: usize, not: bool) -> Result<(), Wrong> {
        let name = spec.0.first().copied().unwrap_or_default();
        let mut values = Vec::new();
        let mut end = word.end;
        for _ in 0..spec.1 {
            let value = self.value(word)?;
            values.push(text(value));
            end = value.end;
        }
        let Some(draft) = self.drafts.get_mut(at) else { return Ok(()) };
        if draft.has(&[name]) {
            return Err((word.start, SaveErrorKind::Twice(text(word))));
        }
        draft.given.push(Given { name, not, values, span: (start, end) });
        Ok(())
    }

    fn finish(mut self) -> Result<Vec<Rule>, Wrong> {
        let place = self.place;
        let protocol = self.ip.protocol;
        let mut parts = Vec::new();
        let mut target = Target::None;
        let at_target = match &self.way {
            Some(Way::Target(at)) => Some(*at),
            _ => None,
        };
        for (at, draft) in self.drafts.iter().enumerate() {
            match Some(at) == at_target {
                true => target = target::build(draft, place.line, protocol)?,
                false => parts.push(matches::build(draft, place.line, protocol)?),
            }
        }
        if let Some(Way::Chain(word, goto)) = &self.way {
            let id = place.table.find(&word.text);
            let id = id.ok_or_else(|| (word.start, SaveErrorKind::NoChain(text(word))))?;
            if place.table.get(id).base.is_some() {
                return Err((word.start, SaveErrorKind::JumpToBuiltIn(text(word))));
            }
            target = if *goto { Target::Goto(id) } else { Target::Jump(id) };
        }
        // `+` alone is any device.
        let some = |dev: Option<Box<Neg<DevMatch>>>| {
            dev.filter(|dev| dev.not || !dev.value.prefix || !dev.value.name.is_empty())
        };
        self.ip.in_dev = some(self.ip.in_dev.take());
        self.ip.out_dev = some(self.ip.out_dev.take());
        let each = |nets: Option<Neg<Vec<IpNet>>>| match nets {
            None => vec![None],
            Some(nets) => nets
                .value
                .into_iter()
                .map(|value| (value.prefix_len() > 0).then_some(Neg { not: nets.not, value }))
                .collect(),
        };
        let (sources, destinations) = (each(self.sources.take()), each(self.destinations.take()));
        if sources.len().saturating_mul(destinations.len()) > MOST_RULES {
            return Err((0, SaveErrorKind::TooManyRules { limit: MOST_RULES }));
        }
        let mut rules = Vec::new();
        for src in sources {
            for dst in &destinations {
                rules.push(Rule {
                    ip: IpMatch { src, dst: *dst, ..self.ip.clone() },
                    matches: parts.clone(),
                    target: target.clone(),
                    cause: place.cause,
                });
            }
        }
        Ok(rules)
    }
}

fn wrong_value(option: &Word<'_>, value: &Word<'_>) -> Wrong {
    (value.start, SaveErrorKind::Value { option: text(option), value: text(value) })
}

/// `NET,NET…`, host bits cut off; a list cannot be inverted, nor can everything.
fn nets(option: &Word<'_>, value: &Word<'_>, not: bool) -> Result<Vec<IpNet>, Wrong> {
    let mut nets = Vec::new();
    for part in value.text.split(',') {
        nets.push(net(part).map(|net| net.trunc()).ok_or_else(|| wrong_value(option, value))?);
    }
    if not && (nets.len() > 1 || nets.iter().any(|net| net.prefix_len() == 0)) {
        return Err((option.start, SaveErrorKind::NotInvertible(text(option))));
    }
    if nets.len() > MOST_RULES {
        return Err((value.start, SaveErrorKind::TooManyRules { limit: MOST_RULES }));
    }
    Ok(nets)
}
