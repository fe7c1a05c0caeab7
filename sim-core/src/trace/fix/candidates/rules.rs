//! A rule of an administrator that decided, taken out of the text that adds it.

use super::search::Search;
use crate::trace::why::{Field, codes};
use kubernetes::edit::Content;
use kubernetes::origin::Component;

/// The text without the rule's line; without the text where nothing else is left of it.
pub(super) fn changes(search: &mut Search<'_>) {
    let Some(why) = search.journey.outcome.why.as_ref().filter(|why| why.code == codes::HAIRPIN_NOT_MASQUERADED.code)
    else {
        return;
    };
    let Some(field) = why.field.clone().filter(|_| why.component == Some(Component::Administrator)) else { return };
    let parsed = &search.model.parsed;
    let Some(object) = parsed.objects.iter().find(|own| *own.object() == field.object) else { return };
    let source = parsed.sources.get(object.span().source.0 as usize);
    let line = field.at.as_ref().and_then(|at| source?.text.lines().nth((at.line as usize).checked_sub(1)?));
    let editor = parsed.reader(object);
    let text = editor.as_ref().and_then(|editor| editor.text(field.path.clone()));
    let (Some(line), Some(text)) = (line.map(str::trim), text) else { return };
    let rest: Vec<&str> = text.lines().filter(|own| own.trim() != line).collect();
    let says = |line: &&str| !line.is_empty() && !line.starts_with(['#', '*', ':']) && *line != "COMMIT";
    let field = Field { at: None, ..field };
    if rest.iter().map(|line| line.trim()).any(|line| says(&line)) {
        search.set(field, Content::text(&format!("{}\n", rest.join("\n"))));
    } else {
        search.remove(field);
    }
}
