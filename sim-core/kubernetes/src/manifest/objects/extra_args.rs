//! Flags that configuration objects hand to components, and a component's own command line.

use super::Text;
use crate::origin::Spanned;
use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::fmt;
use std::sync::Arc;

/// `extraArgs` of kubeadm's configuration: a mapping up to `v1beta3`, a list of `name` and `value` from `v1beta4` on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExtraArgs(pub Vec<ExtraArg>);

/// One flag, without its dashes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtraArg {
    /// Name, e.g. `service-node-port-range`.
    pub name: Text,
    /// Value as text.
    pub value: Spanned<Text>,
}

impl ExtraArgs {
    /// The flag's value; of several the last, as a command line takes it.
    pub fn get(&self, name: &str) -> Option<&Spanned<Text>> {
        self.0.iter().rev().find(|arg| &*arg.name == name).map(|arg| &arg.value)
    }
}

/// The value of `--name` in a command line: `--name=value`, or `--name` and the next word; of several the last.
pub fn flag<'w>(words: impl IntoIterator<Item = &'w Spanned<Text>>, name: &str) -> Option<Spanned<Text>> {
    let mut found = None;
    let mut next = false;
    for word in words {
        let text = word.value.trim();
        if std::mem::take(&mut next) && !text.starts_with("--") {
            found = Some(word.clone());
        }
        let Some(rest) = text.strip_prefix("--").and_then(|rest| rest.strip_prefix(name)) else { continue };
        match rest.strip_prefix('=') {
            Some(value) => found = Some(Spanned { value: Arc::from(value.trim_matches('"')), span: word.span }),
            None => next = rest.is_empty(),
        }
    }
    found
}

/// Text, or a number or truth value written without quotes.
pub(super) struct Scalar(pub(super) Text);

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;

        impl Visitor<'_> for Any {
            type Value = Scalar;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("string")
            }

            fn visit_unit<E: Error>(self) -> Result<Scalar, E> {
                Ok(Scalar(Arc::from("")))
            }

            fn visit_bool<E: Error>(self, value: bool) -> Result<Scalar, E> {
                Ok(Scalar(Arc::from(value.to_string())))
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<Scalar, E> {
                Ok(Scalar(Arc::from(value.to_string())))
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<Scalar, E> {
                Ok(Scalar(Arc::from(value.to_string())))
            }

            fn visit_f64<E: Error>(self, value: f64) -> Result<Scalar, E> {
                Ok(Scalar(Arc::from(value.to_string())))
            }

            fn visit_str<E: Error>(self, value: &str) -> Result<Scalar, E> {
                Ok(Scalar(Arc::from(value)))
            }
        }

        deserializer.deserialize_any(Any)
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Pair {
    name: Text,
    value: Option<Spanned<Scalar>>,
}

fn text(value: Spanned<Scalar>) -> Spanned<Text> {
    Spanned { value: value.value.0, span: value.span }
}

impl<'de> Deserialize<'de> for ExtraArgs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = ExtraArgs;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("object")
            }

            fn visit_unit<E: Error>(self) -> Result<ExtraArgs, E> {
                Ok(ExtraArgs::default())
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ExtraArgs, A::Error> {
                let mut all = Vec::new();
                while let Some(name) = map.next_key::<Text>()? {
                    all.push(ExtraArg { name, value: text(map.next_value()?) });
                }
                Ok(ExtraArgs(all))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<ExtraArgs, A::Error> {
                let mut all = Vec::new();
                while let Some(pair) = list.next_element::<Spanned<Pair>>()? {
                    let span = pair.span;
                    let value = pair.value.value.map_or_else(|| Spanned { value: Arc::from(""), span }, text);
                    all.push(ExtraArg { name: pair.value.name, value });
                }
                Ok(ExtraArgs(all))
            }
        }

        deserializer.deserialize_any(Either)
    }
}

/// `apiServer`, `controllerManager` or `scheduler` of kubeadm's configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ControlPlaneComponent {
    /// `extraArgs`.
    pub extra_args: ExtraArgs,
}

/// kubeadm's `InitConfiguration` or `JoinConfiguration`: what one node is set up with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct KubeadmNode {
    /// `nodeRegistration`.
    pub node_registration: NodeRegistration,
}

/// `nodeRegistration`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NodeRegistration {
    /// `name`.
    pub name: Option<Spanned<Text>>,
    /// `kubeletExtraArgs`.
    pub kubelet_extra_args: ExtraArgs,
}
