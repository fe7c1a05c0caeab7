//! A Compose file, and its networks.

use super::super::Text;
use super::ComposeService;
use super::value::{self, Named, OneOrMore, Pairs};
use crate::manifest::objects::List;
use crate::origin::Spanned;
use serde::Deserialize;

/// A Compose file. Values are filled in: `${…}` is no more.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ComposeFile {
    /// `name` of the project.
    #[serde(deserialize_with = "value::text")]
    pub name: Option<Spanned<Text>>,
    /// `services`.
    pub services: Named<ComposeService>,
    /// `networks`.
    pub networks: Named<ComposeNetwork>,
    /// `include`: files that are projects of their own, whose parts belong to this one, too.
    pub include: List<ComposeInclude>,
    /// What is tagged `!reset` or `!override`.
    #[serde(skip)]
    pub tags: Vec<ComposeTag>,
    /// `COMPOSE_PROJECT_NAME` of the `.env` file beside it.
    #[serde(skip)]
    pub project: Option<Text>,
    /// `COMPOSE_FILE` of the `.env` file beside it: names of files of its folder.
    #[serde(skip)]
    pub files: Vec<Text>,
    /// `COMPOSE_PROFILES` of the `.env` file beside it.
    #[serde(skip)]
    pub profiles: Vec<Text>,
}

/// One of `include`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ComposeInclude {
    /// The short form: a path.
    #[serde(rename = "$short-form", deserialize_with = "value::text")]
    pub short: Option<Spanned<Text>>,
    /// `path`: files that are merged, each over those before it.
    pub path: OneOrMore,
}

impl ComposeInclude {
    /// Its files, as they are written: relative to the file that says so.
    pub fn files(&self) -> impl Iterator<Item = &Spanned<Text>> {
        self.short.iter().chain(&self.path.0)
    }
}

/// A tag of Compose's own before a value: what an earlier file or the base of `extends` says there does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComposeTag {
    /// Keys that lead there: `services`, `web`, `ports`.
    pub path: Vec<Text>,
    /// `!reset`: nothing is there. Else `!override`: the value alone is.
    pub reset: bool,
}

/// One of `networks`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ComposeNetwork {
    /// `name` in the engine; absent is `PROJECT_KEY`.
    #[serde(deserialize_with = "value::text")]
    pub name: Option<Spanned<Text>>,
    /// `driver`; absent is `bridge`.
    #[serde(deserialize_with = "value::text")]
    pub driver: Option<Spanned<Text>>,
    /// `driver_opts`.
    #[serde(deserialize_with = "value::variables")]
    pub driver_opts: Pairs,
    /// `external`: it is there already.
    pub external: Option<Spanned<ComposeExternal>>,
    /// `internal`.
    #[serde(deserialize_with = "value::text")]
    pub internal: Option<Spanned<Text>>,
    /// `enable_ipv4`.
    #[serde(deserialize_with = "value::text")]
    pub enable_ipv4: Option<Spanned<Text>>,
    /// `enable_ipv6`.
    #[serde(deserialize_with = "value::text")]
    pub enable_ipv6: Option<Spanned<Text>>,
    /// `ipam`.
    pub ipam: ComposeIpam,
}

/// `external`: a truth value, or in older files a mapping with the name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ComposeExternal {
    /// The truth value.
    #[serde(rename = "$short-form", deserialize_with = "value::text")]
    pub short: Option<Spanned<Text>>,
    /// `name`.
    #[serde(deserialize_with = "value::text")]
    pub name: Option<Spanned<Text>>,
}

/// `ipam` of a network.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ComposeIpam {
    /// `driver`.
    #[serde(deserialize_with = "value::text")]
    pub driver: Option<Spanned<Text>>,
    /// `config`.
    pub config: List<ComposePool>,
}

/// One of `ipam.config`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ComposePool {
    /// `subnet`.
    #[serde(deserialize_with = "value::text")]
    pub subnet: Option<Spanned<Text>>,
    /// `ip_range`: addresses are handed out of this part of it.
    #[serde(deserialize_with = "value::text")]
    pub ip_range: Option<Spanned<Text>>,
    /// `gateway`.
    #[serde(deserialize_with = "value::text")]
    pub gateway: Option<Spanned<Text>>,
    /// `aux_addresses`: addresses that are nobody's.
    #[serde(deserialize_with = "value::variables")]
    pub aux_addresses: Pairs,
}
