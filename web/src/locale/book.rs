//! Messages that come with what they are about: a lesson's, in one language.

use super::Lang;
use crate::josa;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use fluent_syntax::ast::Entry;
use std::collections::BTreeSet;
use std::fmt;

/// The messages of one file.
pub struct Book {
    lang: Lang,
    bundle: FluentBundle<FluentResource>,
    keys: BTreeSet<String>,
}

impl fmt::Debug for Book {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Book").field("lang", &self.lang).field("keys", &self.keys).finish_non_exhaustive()
    }
}

impl Book {
    /// Reads a file of Fluent messages. What cannot be read is told, and left out.
    pub fn read(lang: Lang, text: &str) -> (Self, Vec<String>) {
        let (resource, mut errors) = match FluentResource::try_new(text.to_owned()) {
            Ok(resource) => (resource, Vec::new()),
            Err((resource, errors)) => (resource, errors.iter().map(ToString::to_string).collect()),
        };
        let mut keys = BTreeSet::new();
        for entry in resource.entries() {
            let Entry::Message(message) = entry else { continue };
            let own = message.value.iter().map(|_| message.id.name.to_owned());
            let parts = message.attributes.iter().map(|part| format!("{}.{}", message.id.name, part.id.name));
            for key in own.chain(parts) {
                if keys.contains(&key) {
                    errors.push(format!("{key} is there twice"));
                }
                keys.insert(key);
            }
        }
        let mut bundle = FluentBundle::new_concurrent(vec![lang.id()]);
        bundle.set_use_isolating(false);
        if let Err(twice) = bundle.add_resource(resource) {
            errors.extend(twice.iter().map(ToString::to_string));
        }
        (Self { lang, bundle, keys }, errors)
    }

    /// Every message (`id`) and every attribute of one (`id.name`).
    pub fn keys(&self) -> &BTreeSet<String> {
        &self.keys
    }

    /// The text of a key with values in it, and what could not be put in; `None` where there is no such key.
    pub fn text(&self, key: &str, args: &[(&str, FluentValue<'_>)]) -> Option<(String, Vec<String>)> {
        let (id, part) = key.split_once('.').map_or((key, None), |(id, part)| (id, Some(part)));
        let message = self.bundle.get_message(id)?;
        let pattern = match part {
            None => message.value()?,
            Some(part) => message.get_attribute(part)?.value(),
        };
        let args: FluentArgs<'_> = args.iter().map(|(name, value)| (*name, value.clone())).collect();
        let mut errors = Vec::new();
        let text = self.bundle.format_pattern(pattern, Some(&args), &mut errors).into_owned();
        let text = match self.lang {
            Lang::Ko => josa::choose(text),
            Lang::En => text,
        };
        Some((text, errors.iter().map(ToString::to_string).collect()))
    }
}
