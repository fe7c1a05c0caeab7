//! Traces, findings and lookups for a terminal.

use crate::locale::Lang;
use sim_core::model::Model;
use sim_core::trace::{Branches, Journey};
use std::fmt::{self, Write};

/// One journey, hop by hop; only step `only`, if given.
///
/// # Errors
/// Those of `out`.
pub fn write_trace(
    out: &mut impl Write,
    lang: Lang,
    model: &Model,
    journey: &Journey,
    only: Option<u32>,
) -> fmt::Result {
    let _ = (lang, model, journey, only);
    writeln!(out)
}

/// All branches: one line each.
///
/// # Errors
/// Those of `out`.
pub fn write_branches(out: &mut impl Write, lang: Lang, model: &Model, branches: &Branches) -> fmt::Result {
    let _ = (lang, model, branches);
    writeln!(out)
}

/// What `check` says behind the findings: what was understood and what was assumed.
///
/// # Errors
/// Those of `out`.
pub fn write_summary(out: &mut impl Write, lang: Lang, model: &Model) -> fmt::Result {
    let _ = (lang, model);
    writeln!(out)
}

/// DNS questions and answers of a journey, in order.
///
/// # Errors
/// Those of `out`.
pub fn write_lookups(out: &mut impl Write, lang: Lang, model: &Model, journey: &Journey) -> fmt::Result {
    let _ = (lang, model, journey);
    writeln!(out)
}
