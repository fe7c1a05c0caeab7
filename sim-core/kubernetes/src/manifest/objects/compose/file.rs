//! A Compose file, and its networks.

use super::super::{Text, Unread};
use super::ComposeService;
use super::value::{self, Named, Pairs};
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
    /// `include`, which is not followed.
    pub include: Option<Spanned<Unread>>,
    /// `COMPOSE_PROJECT_NAME` of the `.env` file beside it.
    #[serde(skip)]
    pub project: Option<Text>,
    /// `COMPOSE_PROFILES` of the `.env` file beside it.
    #[serde(skip)]
    pub profiles: Vec<Text>,
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
