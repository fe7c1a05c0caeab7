//! JSON Patch (RFC 6902): the six operations, on a value with places.

use super::value::{Node, Val};
use crate::origin::Span;

/// An operation that cannot be done, and why: `test`, `missing`, `index`, `operation`, `value` or `scalar`.
#[derive(Clone, Debug)]
pub(super) struct Refused {
    pub(super) at: Span,
    pub(super) op: String,
    pub(super) path: String,
    pub(super) reason: &'static str,
}

/// Applies operations one after the other.
///
/// # Errors
/// The first that cannot be done; the object is then to be left as it was.
pub(super) fn apply(object: &mut Node, operations: &Node) -> Result<(), Refused> {
    for operation in operations.items() {
        let text = |key| operation.text_of(&[key]).unwrap_or_default();
        let (op, path) = (text("op"), text("path"));
        let refused = |reason| Refused { at: operation.span, op: op.to_owned(), path: path.to_owned(), reason };
        let value = || operation.get("value").cloned().ok_or("value");
        let done = match op {
            "add" => value().and_then(|value| add(object, &steps(path), value, operation.span)),
            "replace" => value().and_then(|value| replace(object, &steps(path), value, operation.span)),
            "remove" => remove(object, &steps(path)).map(drop),
            "copy" => find(object, &steps(text("from")))
                .cloned()
                .ok_or("missing")
                .and_then(|value| add(object, &steps(path), value, operation.span)),
            "move" => {
                remove(object, &steps(text("from"))).and_then(|value| add(object, &steps(path), value, operation.span))
            }
            "test" => match (find(object, &steps(path)), operation.get("value")) {
                (Some(found), Some(value)) if same(found, value) => Ok(()),
                (None, Some(value)) if value.is_null() => Ok(()),
                _ => Err("test"),
            },
            _ => Err("operation"),
        };
        done.map_err(refused)?;
    }
    Ok(())
}

/// Equal whatever the order of keys.
fn same(a: &Node, b: &Node) -> bool {
    match (&a.value, &b.value) {
        (Val::Map(one), Val::Map(two)) => {
            one.len() == two.len()
                && one.iter().all(|entry| b.get(&entry.key).is_some_and(|other| same(&entry.node, other)))
        }
        (Val::List(one), Val::List(two)) => one.len() == two.len() && one.iter().zip(two).all(|(a, b)| same(a, b)),
        (one, two) => one == two,
    }
}

/// The parts of a JSON pointer, unescaped.
fn steps(pointer: &str) -> Vec<String> {
    pointer.split('/').skip(1).map(|part| part.replace("~1", "/").replace("~0", "~")).collect()
}

fn find<'n>(node: &'n Node, steps: &[String]) -> Option<&'n Node> {
    steps.iter().try_fold(node, |node, step| match &node.value {
        Val::List(items) => items.get(index(step, items.len())?),
        _ => node.get(step),
    })
}

/// A position in a list of that length; negative ones count from the end.
fn index(step: &str, length: usize) -> Option<usize> {
    let number: i64 = step.parse().ok()?;
    if number < 0 { length.checked_sub(usize::try_from(-number).ok()?) } else { usize::try_from(number).ok() }
}

fn find_mut<'n>(node: &'n mut Node, steps: &[String]) -> Option<&'n mut Node> {
    steps.iter().try_fold(node, |node, step| match &mut node.value {
        Val::List(items) => {
            let at = index(step, items.len())?;
            items.get_mut(at)
        }
        Val::Map(entries) => entries.iter_mut().find(|entry| *entry.key == **step).map(|entry| &mut entry.node),
        _ => None,
    })
}

type Done<T> = Result<T, &'static str>;

fn add(node: &mut Node, steps: &[String], value: Node, at: Span) -> Done<()> {
    let Some((last, parents)) = steps.split_last() else {
        *node = value;
        return Ok(());
    };
    let parent = find_mut(node, parents).ok_or("missing")?;
    match &mut parent.value {
        Val::List(items) => {
            let position = if last == "-" { items.len() } else { index(last, items.len()).ok_or("index")? };
            if position > items.len() {
                return Err("index");
            }
            items.insert(position, value);
            Ok(())
        }
        Val::Map(_) => {
            parent.set(last, at, value);
            Ok(())
        }
        _ => Err("scalar"),
    }
}

fn replace(node: &mut Node, steps: &[String], value: Node, at: Span) -> Done<()> {
    let Some((last, parents)) = steps.split_last() else {
        *node = value;
        return Ok(());
    };
    let parent = find_mut(node, parents).ok_or("missing")?;
    match &mut parent.value {
        Val::List(items) => {
            let position = index(last, items.len()).ok_or("index")?;
            *items.get_mut(position).ok_or("index")? = value;
            Ok(())
        }
        // A key that is not there is set, as kubectl does.
        Val::Map(_) => {
            parent.set(last, at, value);
            Ok(())
        }
        _ => Err("scalar"),
    }
}

fn remove(node: &mut Node, steps: &[String]) -> Done<Node> {
    let Some((last, parents)) = steps.split_last() else { return Err("missing") };
    let parent = find_mut(node, parents).ok_or("missing")?;
    match &mut parent.value {
        Val::List(items) => {
            let position = index(last, items.len()).filter(|at| *at < items.len()).ok_or("index")?;
            Ok(items.remove(position))
        }
        Val::Map(_) => parent.remove(last).ok_or("missing"),
        _ => Err("scalar"),
    }
}
