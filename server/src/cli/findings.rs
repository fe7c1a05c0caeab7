//! Findings on standard error, with the lines they are about.

use super::failure::Failure;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use kubernetes::diagnostic::{Diagnostic, Severity};
use kubernetes::shown::visible;
use sim_core::model::Model;
use std::io::{IsTerminal, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use web::finding;
use web::locale::{self, Lang};
use web::markdown::quoted;

/// Findings written out with their lines at most; the rest is counted.
const MAX: usize = 200;
/// Findings of one kind listed by their places at most.
const PLACES: usize = 20;

/// Writes all findings, those of one kind together. With the `files` that were given, each kind comes with the command that
/// sends a probe to what it is about.
pub(super) fn report(lang: Lang, model: &Model, files: &[PathBuf]) -> Result<(), Failure> {
    let mut err = std::io::stderr().lock();
    let renderer = if err.is_terminal() { Renderer::styled() } else { Renderer::plain() };
    let groups = finding::groups(&model.diagnostics);
    for group in groups.iter().take(MAX) {
        writeln!(err, "{}\n", render(lang, model, group, &renderer, files))?;
        for patch in group.findings.iter().take(PLACES).filter_map(|found| finding::patch(&model.parsed, found)) {
            writeln!(err, "{}", visible(&patch))?;
        }
    }
    let more: usize = groups.iter().skip(MAX).map(|group| group.findings.len()).sum();
    if more > 0 {
        writeln!(err, "… {more} more")?;
    }
    Ok(())
}

/// The command that sends a probe to what a finding is about.
fn command(model: &Model, diagnostic: &Diagnostic, files: &[PathBuf]) -> Option<String> {
    // What came by standard input is gone.
    if files.is_empty() || files.iter().any(|file| file.as_path() == Path::new("-")) {
        return None;
    }
    let probe = finding::probe(model, diagnostic)?;
    let files: Vec<String> = files.iter().map(|file| quoted(&file.display().to_string())).collect();
    let proto = probe.proto.map(|proto| format!(" --proto {proto}")).unwrap_or_default();
    let (from, to) = (quoted(&probe.from), quoted(&probe.to));
    Some(format!("kubehop trace {} --from {from} --to {to}{proto}", files.join(" ")))
}

/// Bytes of a line up to which a text is shown as it is.
const LONG: usize = 4_000;
/// Bytes shown before and behind the beginning of a mark in a longer line.
const AROUND: (usize, usize) = (120, 360);

/// The text to show a mark in, and the number of its first line: all of it, or of a line that is endless or holds more than what may be
/// `shown` the part around the mark.
fn around<'t>(text: &'t str, mark: Range<usize>, line: usize, shown: &Range<usize>) -> (&'t str, Range<usize>, usize) {
    let (before, behind) = (text.get(..mark.start).unwrap_or_default(), text.get(mark.start..).unwrap_or_default());
    let first = before.rfind('\n').map_or(0, |at| at + 1);
    let last = mark.start + behind.find('\n').unwrap_or(behind.len());
    let (begin, end) = (first.max(shown.start), last.min(shown.end).max(mark.start));
    if last - first <= LONG && (begin, end) == (first, last) {
        return (text, mark, 1);
    }
    let (from, to) = match end - begin <= LONG {
        true => (begin, end),
        false => {
            let from = text.floor_char_boundary(mark.start.saturating_sub(AROUND.0).max(begin));
            (from, text.floor_char_boundary((mark.start + AROUND.1).min(end)))
        }
    };
    let marked = mark.start - from..text.floor_char_boundary(mark.end.min(to)).max(mark.start) - from;
    (text.get(from..to).unwrap_or_default(), marked, line)
}

fn render(lang: Lang, model: &Model, all: &finding::Group<'_>, renderer: &Renderer, files: &[PathBuf]) -> String {
    let Some((diagnostic, others)) = all.findings.split_first() else { return String::new() };
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    };
    let message = visible(&finding::message(lang, diagnostic)).into_owned();
    let title = level.primary_title(message.as_str()).id(diagnostic.code);
    let source = model.parsed.sources.get(diagnostic.span.source.0 as usize).filter(|_| !diagnostic.span.is_nowhere());
    let hints: Vec<String> = finding::hints(lang, diagnostic).iter().map(|hint| visible(hint).into_owned()).collect();
    let mut group = match source {
        Some(source) => {
            let (start, end) = (diagnostic.span.start as usize, diagnostic.span.end as usize);
            // A whole object is shown by its first line.
            let text: &str = &source.text;
            let first = text.get(start..end).and_then(|span| span.find('\n')).map_or(end, |at| start + at).max(start);
            let line = model.parsed.locate(diagnostic.span).map_or(1, |place| place.line as usize);
            let shown = model.parsed.shown_with(diagnostic.span).unwrap_or(0..text.len());
            let (text, marked, line) = around(text, start..first, line, &shown);
            let snippet = Snippet::source(text)
                .line_start(line)
                .path(&*source.name)
                .annotation(AnnotationKind::Primary.span(marked));
            title.element(snippet)
        }
        None => Group::with_title(title),
    };
    for hint in &hints {
        group = group.element(Level::HELP.message(hint.as_str()));
    }
    let command = command(model, diagnostic, files);
    let command = command
        .map(|command| locale::ta(lang, "cli-trace-this", &[("command", visible(&command).into_owned().into())]));
    if let Some(command) = &command {
        group = group.element(Level::HELP.message(command.as_str()));
    }
    let also = (!others.is_empty()).then(|| visible(&also(lang, model, diagnostic, others)).into_owned());
    if let Some(also) = &also {
        group = group.element(Level::NOTE.message(also.as_str()));
    }
    renderer.render(&[group]).to_string()
}

/// The other findings of a kind: their places, and their words and hints where they differ from the first's.
fn also(lang: Lang, model: &Model, first: &Diagnostic, others: &[&Diagnostic]) -> String {
    let (said, known) = (finding::message(lang, first), finding::hints(lang, first));
    let mut text = locale::ta(lang, "cli-findings-also", &[("count", others.len().into())]);
    for other in others.iter().take(PLACES) {
        let message = finding::message(lang, other);
        let place = model.parsed.locate(other.span).map(|place| place.to_string());
        let object = other.object.as_ref().map(ToString::to_string);
        let place = place.or(object).unwrap_or_default();
        text.push_str(&if message == said { format!("\n{place}") } else { format!("\n{place}: {message}") });
        for hint in finding::hints(lang, other).into_iter().filter(|hint| !known.contains(hint)) {
            text.push_str(&format!("\n  {hint}"));
        }
    }
    if let Some(more) = others.len().checked_sub(PLACES).filter(|more| *more > 0) {
        text.push_str(&format!("\n{}", locale::ta(lang, "inventory-more", &[("count", more.into())])));
    }
    text
}
