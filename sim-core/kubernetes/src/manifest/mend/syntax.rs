//! Mending what is no YAML, mistake by mistake, as long as it is plain what was meant.

use super::candidates::{self, Candidate};
use super::change::Mended;
use crate::diagnostic::{Diagnostic, Severity};
use crate::manifest::Limits;
use crate::patch::Patch;
use crate::text::tree::{Budget, Builder};
use crate::text::yaml::{Broken, Documents};

/// Mistakes of one document that are mended.
const MISTAKES: usize = 40;
/// Longest document that is mended, in bytes.
const LONGEST: usize = 256 << 10;

/// Bytes that may still be read again to try what was meant, over all texts.
#[derive(Debug)]
pub(in crate::manifest) struct Work(usize);

impl Default for Work {
    fn default() -> Self {
        Self(32 << 20)
    }
}

impl Work {
    /// False when nothing is left.
    pub(in crate::manifest) fn spend(&mut self, bytes: usize) -> bool {
        let left = self.0.checked_sub(bytes.max(64));
        self.0 = left.unwrap_or_default();
        left.is_some()
    }
}

/// What mending came to.
#[derive(Debug)]
pub(in crate::manifest) struct Outcome {
    /// The text as far as it was mended.
    pub(in crate::manifest) mended: Mended,
    /// Mistakes, with spans of the source, and the patch where it is plain.
    pub(in crate::manifest) findings: Vec<Diagnostic>,
    /// True when the text now can be read.
    pub(in crate::manifest) readable: bool,
}

/// Mends a text that is broken.
pub(in crate::manifest) fn syntax(mut mended: Mended, depth: usize, work: &mut Work) -> Outcome {
    let mut findings = Vec::new();
    let mut next = mistake(&mended.text, depth);
    loop {
        let Some(broken) = next else { return Outcome { mended, findings, readable: true } };
        let span = broken.found.span;
        let chosen = if findings.len() < MISTAKES && mended.text.len() <= LONGEST {
            choose(&mended, &broken, depth, work)
        } else {
            None
        };
        let Some(Chosen { next: mended_next, patch, silent, instead, left }) = chosen else {
            findings.push(Diagnostic { span: mended.span(span.start, span.end), ..broken.found });
            return Outcome { mended, findings, readable: false };
        };
        if !silent {
            let found = instead.unwrap_or(broken.found);
            let span = mended.span(found.span.start, found.span.end);
            findings.push(Diagnostic { span, patch: Some(patch), ..found });
        }
        mended = mended_next;
        next = left;
    }
}

struct Chosen {
    next: Mended,
    patch: Patch,
    silent: bool,
    instead: Option<Diagnostic>,
    /// The next mistake.
    left: Option<Box<Broken>>,
}

/// The candidate after which the text is good, else the one after which the next mistake is furthest behind.
fn choose(mended: &Mended, broken: &Broken, depth: usize, work: &mut Work) -> Option<Chosen> {
    let mut best: Option<(usize, Chosen)> = None;
    let old = mended.text.len().saturating_sub(broken.found.span.start as usize);
    for Candidate { changes, silent, instead } in candidates::of(&mended.text, broken) {
        let Some((next, patch)) = mended.with(&changes) else { continue };
        if !work.spend(next.text.len()) {
            break;
        }
        let Some(left) = mistake(&next.text, depth) else {
            return Some(Chosen { next, patch, silent, instead, left: None });
        };
        // What is left behind the next mistake has to become less.
        let rest = next.text.len().saturating_sub(left.found.span.start as usize);
        let fatal = matches!(left.found.code, "too-deep" | "too-many-values");
        let better = best.as_ref().is_none_or(|(least, _)| rest < *least);
        if rest < old && better && !fatal {
            best = Some((rest, Chosen { next, patch, silent, instead, left: Some(left) }));
        }
    }
    best.map(|(_, chosen)| chosen)
}

/// The first mistake of a text.
fn mistake(text: &str, depth: usize) -> Option<Box<Broken>> {
    struct Look(Option<Box<Broken>>);
    impl<'a> Documents<'a> for Look {
        fn document(&mut self, builder: &mut Builder<'a, '_>) -> bool {
            let fatal = builder.problems.iter().find(|problem| problem.found.severity == Severity::Error);
            self.0 = fatal.map(|problem| Box::new(Broken::of(problem.found.clone())));
            self.0.is_none()
        }
    }
    let limits = Limits { depth, nodes: 200_000, aliases: 20_000, ..Limits::default() };
    let mut budget = Budget::of(&limits);
    let mut look = Look(None);
    match crate::text::load(text, &(0..text.len()), &mut Builder::new(&mut budget), &mut look) {
        Ok(_) => look.0,
        Err(broken) => Some(broken),
    }
}
