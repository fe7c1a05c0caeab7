//! The way through the chains at one place, as the tree it is.

use super::Visit;
use super::fact::{Fact, What};
use super::refs::{ChainAt, RuleAt};
use kernel::walk::Skipped;

/// One pass through a chain.
#[derive(Clone, Debug)]
pub struct ChainPass<'a> {
    /// Which of the place's passes, from 0, in the order in which they began.
    pub number: u32,
    /// The chain.
    pub chain: ChainAt<'a>,
    /// The rule that led here; `None` for a built-in chain.
    pub from: Option<RuleAt<'a>>,
    /// What happened in it, in order.
    pub lines: Vec<ChainLine<'a>>,
}

/// A rule that matched, or the end of a chain.
#[derive(Clone, Debug)]
pub struct ChainLine<'a> {
    /// [`What::Rule`] or [`What::ChainEnd`].
    pub fact: Fact<'a>,
    /// Chains that the rule led into: one, or none.
    pub entered: Vec<ChainPass<'a>>,
}

impl<'a> ChainLine<'a> {
    /// The rule that matched; `None` at the chain's end.
    pub fn rule(&self) -> Option<RuleAt<'a>> {
        self.fact.rule()
    }

    /// Rules of the chain that were tried before without success.
    pub fn skipped(&self) -> &'a [Skipped] {
        self.fact.skipped()
    }
}

impl<'a> Fact<'a> {
    /// Rules of the chain that were tried without success before this one, or before the chain's end.
    pub fn skipped(&self) -> &'a [Skipped] {
        match &self.what {
            What::Rule { skipped, .. } | What::ChainEnd { skipped, .. } => skipped,
            _ => &[],
        }
    }
}

impl<'a> Visit<'a> {
    /// The chains it went through here, as a tree.
    pub fn chains(&self) -> Vec<ChainPass<'a>> {
        tree(self.facts())
    }
}

/// The passes that `facts` tell of: those of built-in chains, with the others inside.
fn tree<'a>(facts: impl IntoIterator<Item = Fact<'a>>) -> Vec<ChainPass<'a>> {
    let mut roots = Vec::new();
    let mut open: Vec<ChainPass<'a>> = Vec::new();
    for fact in facts {
        match (&fact.what, fact.pass) {
            (What::Chain { chain, from }, Some(number)) => {
                close(&mut open, &mut roots, fact.depth as usize);
                open.push(ChainPass { number, chain: *chain, from: *from, lines: Vec::new() });
            }
            (What::Rule { .. } | What::ChainEnd { .. }, Some(_)) => {
                close(&mut open, &mut roots, fact.depth as usize + 1);
                if let Some(pass) = open.last_mut() {
                    pass.lines.push(ChainLine { fact, entered: Vec::new() });
                }
            }
            _ => {}
        }
    }
    close(&mut open, &mut roots, 0);
    roots
}

/// Puts passes away until `depth` are open.
fn close<'a>(open: &mut Vec<ChainPass<'a>>, roots: &mut Vec<ChainPass<'a>>, depth: usize) {
    while open.len() > depth {
        let Some(done) = open.pop() else { return };
        match open.last_mut().and_then(|pass| pass.lines.last_mut()) {
            Some(line) => line.entered.push(done),
            None => roots.push(done),
        }
    }
}

impl<'a> ChainPass<'a> {
    /// The pass of that number: this one, or one inside it.
    pub fn find(&self, number: u32) -> Option<&Self> {
        if self.number == number {
            return Some(self);
        }
        self.lines.iter().flat_map(|line| &line.entered).find_map(|inner| inner.find(number))
    }
}
