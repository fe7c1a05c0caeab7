//! Findings on standard error, with the lines they are about.

use super::Failure;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use sim_core::diagnostic::{Diagnostic, Severity};
use sim_core::model::Model;
use std::io::{IsTerminal, Write};
use web::finding;
use web::locale::Lang;

/// Findings written out at most; the rest is counted.
const MAX: usize = 200;

/// Writes all findings.
pub(super) fn report(lang: Lang, model: &Model) -> Result<(), Failure> {
    let mut err = std::io::stderr().lock();
    let renderer = if err.is_terminal() { Renderer::styled() } else { Renderer::plain() };
    for diagnostic in model.diagnostics.iter().take(MAX) {
        writeln!(err, "{}\n", render(lang, model, diagnostic, &renderer))?;
        if let Some(patch) = finding::patch(&model.parsed, diagnostic) {
            writeln!(err, "{patch}")?;
        }
    }
    if let Some(more) = model.diagnostics.len().checked_sub(MAX).filter(|more| *more > 0) {
        writeln!(err, "… {more} more")?;
    }
    Ok(())
}

fn render(lang: Lang, model: &Model, diagnostic: &Diagnostic, renderer: &Renderer) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    };
    let message = finding::message(lang, diagnostic);
    let title = level.primary_title(message.as_str()).id(diagnostic.code);
    let source = model.parsed.sources.get(diagnostic.span.source.0 as usize).filter(|_| !diagnostic.span.is_nowhere());
    let hints = finding::hints(lang, diagnostic);
    let mut group = match source {
        Some(source) => {
            let (start, end) = (diagnostic.span.start as usize, diagnostic.span.end as usize);
            // A whole object is shown by its first line.
            let text: &str = &source.text;
            let first = text.get(start..end).and_then(|span| span.find('\n')).map_or(end, |at| start + at);
            let snippet = Snippet::source(text)
                .path(&*source.name)
                .annotation(AnnotationKind::Primary.span(start..first.max(start)));
            title.element(snippet)
        }
        None => Group::with_title(title),
    };
    for hint in &hints {
        group = group.element(Level::HELP.message(hint.as_str()));
    }
    renderer.render(&[group]).to_string()
}
