//! `replacements` and `vars`: a field of one object copied into others.

use super::object::Item;
use super::select::Selector;
use super::specs::{Made, Spec, group_version, visit};
use super::value::{Node, Val};
use crate::origin::Span;
use crate::text::resolve::{Plain, plain};

/// A replacement that cannot be made: where, and why: `source`, `field`, `target`, `pattern` or `delimiter`.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) at: Span,
    pub(super) reason: &'static str,
    pub(super) what: String,
}

/// The parts of `spec.template.spec.containers.[name=web].env.0`; dots in brackets and behind a backslash are letters.
fn parts(path: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut bracket = false;
    let mut escaped = false;
    for c in path.chars() {
        let last = parts.len() - 1;
        match c {
            '\\' if !escaped => {
                escaped = true;
                continue;
            }
            '.' if !bracket && !escaped => parts.push(String::new()),
            c => {
                // `ports[0]` and `containers[name=web]` are two parts.
                if c == '[' && !escaped && !parts[last].is_empty() {
                    parts.push(String::new());
                }
                let last = parts.len() - 1;
                bracket = if c == '[' { true } else { bracket && c != ']' };
                parts[last].push(c);
            }
        }
        escaped = false;
    }
    parts.retain(|part| !part.is_empty());
    parts
}

/// Calls `f` for each field at a path; counts them. With `create`, missing keys are made.
fn each(node: &mut Node, path: &[String], create: bool, at: Span, f: &mut dyn FnMut(&mut Node)) -> usize {
    let Some((part, rest)) = path.split_first() else {
        f(node);
        return 1;
    };
    if let Some(inner) = part.strip_prefix('[').and_then(|part| part.strip_suffix(']')) {
        let (key, value) = inner.split_once('=').unwrap_or(("", inner));
        let Val::List(items) = &mut node.value else { return 0 };
        if let (false, Ok(index)) = (inner.contains('='), inner.parse::<usize>()) {
            return items.get_mut(index).map_or(0, |item| each(item, rest, create, at, f));
        }
        let fits = |item: &Node| match key {
            "" => item.scalar().as_deref() == Some(value),
            key => item.get(key).and_then(Node::scalar).as_deref() == Some(value),
        };
        let mut count = 0;
        for item in items.iter_mut().filter(|item| fits(item)) {
            count += each(item, rest, create, at, f);
        }
        if count == 0 && create && !key.is_empty() && !items.iter().any(fits) {
            let mut item = Node::map_at(at);
            item.set_text(&[key], value, at);
            count = each(&mut item, rest, create, at, f);
            items.push(item);
        }
        return count;
    }
    match &mut node.value {
        Val::List(items) if part == "*" => items.iter_mut().map(|item| each(item, rest, create, at, f)).sum(),
        Val::List(items) => {
            let index = match part.as_str() {
                "-" => items.len().checked_sub(1),
                part => part.parse().ok(),
            };
            index.and_then(|index: usize| items.get_mut(index)).map_or(0, |item| each(item, rest, create, at, f))
        }
        Val::Map(entries) if part == "*" => {
            entries.iter_mut().map(|entry| each(&mut entry.node, rest, create, at, f)).sum()
        }
        Val::Map(_) => match node.get_mut(part) {
            Some(inner) if inner.is_null() && create && !rest.is_empty() => {
                inner.value = Val::Map(Vec::new());
                each(inner, rest, create, at, f)
            }
            Some(inner) => each(inner, rest, create, at, f),
            None if create => {
                let of_list = rest.first().is_some_and(|next| next.starts_with('['));
                let value = if of_list { Val::List(Vec::new()) } else { Val::Map(Vec::new()) };
                let mut inner = Node { span: at, value: if rest.is_empty() { Val::Null } else { value } };
                let count = each(&mut inner, rest, create, at, f);
                node.set(part, at, inner);
                count
            }
            None => 0,
        },
        _ => 0,
    }
}

fn value_at(node: &Node, path: &str) -> Option<Node> {
    let mut found = None;
    let mut copy = node.clone();
    each(&mut copy, &parts(path), false, node.span, &mut |field| {
        found.get_or_insert_with(|| field.clone());
    });
    found
}

/// The source's value put in the target's place; a scalar keeps the target's type.
fn put(target: &mut Node, value: &Node) {
    let written = value.scalar();
    let typed = |text: &str| match plain(text) {
        Plain::Null => Val::Null,
        Plain::Bool(value) => Val::Bool(value),
        Plain::Int(value) => Val::Int(value),
        Plain::UInt(value) => Val::UInt(value),
        Plain::Float(value) => Val::Float(value),
        Plain::Merge | Plain::Text => Val::Text(text.into()),
    };
    let new = match (&target.value, written) {
        (Val::Text(_), Some(text)) => Val::Text(text.into()),
        (Val::Bool(_) | Val::Int(_) | Val::UInt(_) | Val::Float(_), Some(text)) => typed(&text),
        _ => value.value.clone(),
    };
    *target = Node { span: value.span, value: new };
}

/// `options` of a source or a target: what parts text, and which part is meant.
fn delimiter(options: Option<&Node>) -> Option<(String, i64)> {
    let delimiter = options?.text_of(&["delimiter"]).filter(|text| !text.is_empty())?;
    let index = match options?.get("index").map(|node| &node.value) {
        Some(Val::Int(index)) => *index,
        _ => 0,
    };
    Some((delimiter.to_owned(), index))
}

fn source(items: &[Item], source: &Node) -> Result<Node, Refused> {
    let text = |key: &str| source.get(key).and_then(Node::scalar).unwrap_or_default();
    let (group, version, kind, name, namespace) =
        (text("group"), text("version"), text("kind"), text("name"), text("namespace"));
    let is_it = |item: &Item| {
        item.ids().any(|id| {
            id.is_selected(&group, &version, &kind)
                && (name.is_empty() || id.name == name)
                && (namespace.is_empty() || id.effective_namespace() == namespace)
        })
    };
    let refused = |reason, what: String| Refused { at: source.span, reason, what };
    let mut found = items.iter().filter(|item| is_it(item));
    let (Some(item), None) = (found.next(), found.next()) else {
        return Err(refused("source", format!("{kind} {name}")));
    };
    let path = source.text_of(&["fieldPath"]).unwrap_or("metadata.name");
    let value = value_at(&item.node, path).ok_or_else(|| refused("field", path.to_owned()))?;
    let Some((delimiter, index)) = delimiter(source.get("options")) else { return Ok(value) };
    let whole = value.scalar().ok_or_else(|| refused("delimiter", path.to_owned()))?;
    let part = usize::try_from(index).ok().and_then(|index| whole.split(&delimiter).nth(index).map(str::to_owned));
    let part = part.ok_or_else(|| refused("delimiter", path.to_owned()))?;
    Ok(Node::text_at(part, value.span))
}

/// Makes one replacement.
///
/// # Errors
/// What keeps it from being made; targets before that one are changed.
pub(super) fn replacement(items: &mut [Item], replacement: &Node) -> Result<(), Refused> {
    let value = match (replacement.get("source"), replacement.get("sourceValue")) {
        (Some(from), _) => source(items, from)?,
        (None, Some(value)) => value.clone(),
        _ => return Err(Refused { at: replacement.span, reason: "source", what: String::new() }),
    };
    for target in replacement.get("targets").map(Node::items).unwrap_or_default() {
        let refused = |reason, what: &str| Refused { at: target.span, reason, what: what.to_owned() };
        let Some(select) = target.get("select") else { return Err(refused("target", "")) };
        let select = Selector::read(select).map_err(|field| refused("pattern", field))?;
        let rejects = target.get("reject").map(Node::items).unwrap_or_default().iter().map(Selector::read);
        let rejects = rejects.collect::<Result<Vec<_>, _>>().map_err(|field| refused("pattern", field))?;
        let options = target.get("options");
        let create = options.and_then(|options| options.get("create")).and_then(Node::boolean).unwrap_or_default();
        let delimiter = delimiter(options);
        let default = [Node::text_at("metadata.name", target.span)];
        let paths = target.get("fieldPaths").map(Node::items).filter(|paths| !paths.is_empty()).unwrap_or(&default);
        for item in items.iter_mut() {
            if !select.selects_any(item) || rejects.iter().any(|reject| reject.selects_any(item)) {
                continue;
            }
            item.remember();
            for path in paths.iter().filter_map(Node::text) {
                let of_metadata = path.starts_with("metadata.annotations.") || path.starts_with("metadata.labels.");
                let mut set = |field: &mut Node| match &delimiter {
                    None => {
                        put(field, &value);
                        // Labels and annotations are text, whatever they are made of.
                        if let Some(text) = field.scalar().filter(|_| of_metadata) {
                            field.value = Val::Text(text.into());
                        }
                    }
                    Some((delimiter, index)) => {
                        let (whole, part) = (field.scalar().unwrap_or_default(), value.scalar().unwrap_or_default());
                        let mut all: Vec<String> = whole.split(delimiter.as_str()).map(str::to_owned).collect();
                        match usize::try_from(*index) {
                            Err(_) => all.insert(0, part),
                            Ok(index) if index >= all.len() => all.push(part),
                            Ok(index) => all[index] = part,
                        }
                        put(field, &Node::text_at(all.join(delimiter), value.span));
                    }
                };
                if each(&mut item.node, &parts(path), create, target.span, &mut set) == 0 {
                    return Err(refused("field", path));
                }
            }
        }
    }
    Ok(())
}

/// One of `vars`.
#[derive(Clone, Debug)]
pub(super) struct Variable {
    pub(super) node: Node,
}

/// Puts the values of variables where `$(NAME)` stands in fields that may hold them. Returns those without a value.
pub(super) fn variables<'v>(items: &mut [Item], variables: &'v [Variable], specs: &[Spec]) -> Vec<&'v Node> {
    let mut missing = Vec::new();
    let mut values: Vec<(String, Node)> = Vec::new();
    for variable in variables {
        let node = &variable.node;
        let name = node.text_of(&["name"]).unwrap_or_default();
        let (group, version) = group_version(node.text_of(&["objref", "apiVersion"]).unwrap_or_default());
        let kind = node.text_of(&["objref", "kind"]).unwrap_or_default();
        let of = node.text_of(&["objref", "name"]).unwrap_or_default();
        let namespace = node.text_of(&["objref", "namespace"]).unwrap_or_default();
        let found = items.iter().find(|item| {
            item.ids().any(|id| {
                id.is_selected(group, version, kind)
                    && id.name == of
                    && (namespace.is_empty() || id.effective_namespace() == namespace)
            })
        });
        let path = node.text_of(&["fieldref", "fieldpath"]).or_else(|| node.text_of(&["fieldref", "fieldPath"]));
        match found.and_then(|item| value_at(&item.node, path.unwrap_or("metadata.name"))) {
            Some(value) => values.push((name.to_owned(), value)),
            None => missing.push(node),
        }
    }
    if values.is_empty() {
        return missing;
    }
    for item in items {
        for spec in specs {
            if !spec.is_of(&item.node) {
                continue;
            }
            let span = item.node.span;
            visit(&mut item.node, &spec.path, Made::Nothing, span, &mut |field| expand(field, &values));
        }
    }
    missing
}

fn expand(field: &mut Node, values: &[(String, Node)]) {
    match &mut field.value {
        Val::List(items) => items.iter_mut().for_each(|item| expand(item, values)),
        Val::Map(entries) => entries.iter_mut().for_each(|entry| expand(&mut entry.node, values)),
        Val::Text(text) => {
            let value_of = |name: &str| values.iter().find(|(key, _)| key == name).map(|(_, value)| value);
            // A variable that stands alone keeps the type of its value.
            let alone = text.strip_prefix("$(").and_then(|rest| rest.strip_suffix(')'));
            if let Some(value) = alone.filter(|name| !name.contains('(')).and_then(value_of) {
                field.value = value.value.clone();
                return;
            }
            let mut out = String::new();
            let mut rest: &str = text;
            while let Some(at) = rest.find('$') {
                out.push_str(&rest[..at]);
                rest = &rest[at..];
                if let Some(behind) = rest.strip_prefix("$$") {
                    out.push('$');
                    rest = behind;
                    continue;
                }
                let name = rest.strip_prefix("$(").and_then(|behind| behind.split_once(')'));
                match name.map(|(name, behind)| (value_of(name).and_then(Node::scalar), name, behind)) {
                    Some((Some(value), _, behind)) => {
                        out.push_str(&value);
                        rest = behind;
                    }
                    Some((None, name, behind)) => {
                        out.push_str(&format!("$({name})"));
                        rest = behind;
                    }
                    None => {
                        out.push('$');
                        rest = &rest[1..];
                    }
                }
            }
            out.push_str(rest);
            field.value = Val::Text(out.into());
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::parts;

    #[test]
    fn paths_are_parted_at_dots_outside_of_brackets() {
        assert_eq!(parts("spec.containers.[name=a.b].env.0"), ["spec", "containers", "[name=a.b]", "env", "0"]);
        assert_eq!(parts("metadata.annotations.a\\.b/c"), ["metadata", "annotations", "a.b/c"]);
    }
}
