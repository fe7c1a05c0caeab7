//! Files that a Compose file names: those of `include` and of `extends`.

use crate::manifest::SourceText;
use crate::manifest::kustomize::paths;
use crate::text::read;
use crate::text::tree::{Budget, Builder, NodeId, Tree, Value};
use crate::text::yaml::Documents;
use std::collections::BTreeSet;

/// Files of one text at most.
const MOST: usize = 200;

struct Named<'n> {
    name: &'n str,
    all: BTreeSet<String>,
}

impl Named<'_> {
    /// Adds the path that a node is.
    fn path(&mut self, tree: &Tree<'_>, node: NodeId) {
        if let Some(path) = tree.text(node)
            && !path.is_empty()
            && !path.contains('$')
            && !paths::is_remote(path)
            && self.all.len() < MOST
        {
            let plain = paths::plain(self.name);
            self.all.insert(paths::join(paths::folder(&plain), path));
        }
    }
}

impl<'a> Documents<'a> for Named<'_> {
    fn document(&mut self, builder: &mut Builder<'a, '_>) -> bool {
        let Some((tree, root)) = builder.finished() else { return true };
        let included = tree.get(root, "include").map_or(&[][..], |list| tree.list(list));
        for one in included {
            let path = tree.get(*one, "path").unwrap_or(*one);
            self.path(tree, path);
            tree.list(path).iter().for_each(|path| self.path(tree, *path));
        }
        let services = tree.get(root, "services").map(|node| &tree.node(node).value);
        if let Some(Value::Map(entries)) = services {
            for (_, service) in tree.entries(entries) {
                let file = tree.get(*service, "extends").and_then(|extends| tree.get(extends, "file"));
                file.into_iter().for_each(|file| self.path(tree, file));
            }
        }
        true
    }
}

/// Paths of the files that a text names, from where all paths begin; nothing that is fetched from elsewhere.
pub(super) fn of(input: &SourceText, budget: &mut Budget) -> BTreeSet<String> {
    let mut named = Named { name: &input.name, all: BTreeSet::new() };
    // Most name none, and need not be read.
    if input.text.contains("include") || input.text.contains("extends") {
        read(&input.text, &mut Builder::new(budget), &mut named);
    }
    named.all
}
