//! Changes of objects that kustomizations came to: on the line that decides, be it in the base, an overlay, a patch or the kustomization.
//! Whether that comes to what was wanted shows when the changed folder is rendered again.

use super::search::Change;
use kubernetes::edit::{Content, Editor, FieldPath, Step};
use kubernetes::manifest::{FieldPlace, RenderedObject, SourceText, Stands};
use kubernetes::origin::Span;
use kubernetes::patch::Patch;

/// The change as edits; `None` where no line can be changed so.
pub(super) fn patch(sources: &[SourceText], made: &RenderedObject, change: &Change) -> Option<Patch> {
    match change {
        Change::Set(field, content) => set(sources, made, &field.path, content),
        Change::Push(field, content) => {
            let length = made.reader()?.length(field.path.clone());
            set(sources, made, &field.path.clone().at(length), content)
        }
        Change::Remove(field) => {
            let place = made.place(&field.path).filter(|place| place.known == field.path.0.len())?;
            let (editor, path) = Editor::around(sources, place.value, place.stands)?;
            editor.remove(path)
        }
        Change::Document(..) => None,
    }
}

fn set(sources: &[SourceText], made: &RenderedObject, path: &FieldPath, content: &Content) -> Option<Patch> {
    let place = made.place(path)?;
    let missing: Vec<Step> = path.0.iter().skip(place.known).cloned().collect();
    match Editor::around(sources, place.value, place.stands) {
        Some((editor, mut own)) => {
            // Items that others added stand elsewhere: the list goes on where it ends.
            let mut missing = missing;
            if let (Stands::List, Some(Step::At(at))) = (place.stands, missing.first_mut()) {
                *at = editor.length(own.clone());
            }
            own.0.extend(missing);
            editor.set(own, content.clone())
        }
        // Inside a text: an inline patch, or a configuration.
        None if missing.is_empty() => inside(sources, &place, content),
        None => None,
    }
}

/// A scalar in a text that stands in another: only where it reads as the one that is known.
fn inside(sources: &[SourceText], place: &FieldPlace, content: &Content) -> Option<Patch> {
    let (Stands::Scalar, Some(known)) = (place.stands, &place.scalar) else { return None };
    if matches!(content, Content::List(_) | Content::Map(_)) {
        return None;
    }
    let Span { source, start, end } = place.value;
    let written = sources.get(source.0 as usize)?.text.get(start as usize..end as usize)?;
    let bare = written.trim_matches(['"', '\'']);
    (bare == known && !written.contains('\n')).then(|| {
        let quote = written.chars().next().filter(|c| matches!(c, '"' | '\''));
        let new = match (quote, content) {
            (Some(quote), Content::Text(text)) if !text.contains(['"', '\'', '\\', '\n']) => {
                format!("{quote}{text}{quote}")
            }
            _ => content.to_string(),
        };
        Patch::replace(place.value, new)
    })
}
