//! Messages that are texts with values between, which nearly all are: taken apart once, put together without Fluent. What asks for more
//! (plurals, choices, other messages) is left to it.

use fluent_bundle::{FluentResource, FluentValue};
use fluent_syntax::ast::{Entry, Expression, InlineExpression, PatternElement};
use std::collections::HashMap;

/// A piece of a message.
#[derive(Debug)]
enum Piece {
    Text(String),
    /// The value of that name.
    Value(String),
}

/// The plain messages of one language.
#[derive(Debug, Default)]
pub(super) struct Plain(HashMap<String, Box<[Piece]>>);

impl Plain {
    /// Takes the messages of a file; a later one stands for an earlier one of its name.
    pub(super) fn add(&mut self, file: &FluentResource) {
        for entry in file.entries() {
            let Entry::Message(message) = entry else { continue };
            let pieces = message.value.as_ref().and_then(|pattern| pattern.elements.iter().map(piece).collect());
            match pieces {
                Some(pieces) => drop(self.0.insert(message.id.name.to_owned(), pieces)),
                None => drop(self.0.remove(message.id.name)),
            }
        }
    }

    /// One message; `None` where there is no plain one of that name, or a value is missing.
    pub(super) fn text(&self, id: &str, args: &[(&str, FluentValue<'_>)]) -> Option<String> {
        let pieces = self.0.get(id)?;
        let mut text = String::with_capacity(64 + 16 * pieces.len());
        for piece in pieces {
            match piece {
                Piece::Text(piece) => text.push_str(piece),
                Piece::Value(name) => match &args.iter().find(|(known, _)| known == name)?.1 {
                    FluentValue::String(value) => text.push_str(value),
                    FluentValue::Number(value) => text.push_str(&value.as_string()),
                    FluentValue::Custom(_) | FluentValue::None | FluentValue::Error => return None,
                },
            }
        }
        Some(text)
    }
}

fn piece(element: &PatternElement<&str>) -> Option<Piece> {
    match element {
        PatternElement::TextElement { value } => Some(Piece::Text((*value).to_owned())),
        PatternElement::Placeable { expression: Expression::Inline(inline) } => match inline {
            InlineExpression::VariableReference { id } => Some(Piece::Value(id.name.to_owned())),
            _ => None,
        },
        PatternElement::Placeable { .. } => None,
    }
}
