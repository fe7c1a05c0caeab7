//! The network part of a service.

use super::super::{List, Text, Unread};
use super::value::{self, Commands, Named, OneOrMore, Pairs};
use crate::origin::Spanned;
use serde::Deserialize;

/// One of `services`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ComposeService {
    /// `image`.
    #[serde(deserialize_with = "value::text")]
    pub image: Option<Spanned<Text>>,
    /// `container_name`.
    #[serde(deserialize_with = "value::text")]
    pub container_name: Option<Spanned<Text>>,
    /// `hostname`.
    #[serde(deserialize_with = "value::text")]
    pub hostname: Option<Spanned<Text>>,
    /// `entrypoint`.
    pub entrypoint: Option<Spanned<Commands>>,
    /// `command`.
    pub command: Option<Spanned<Commands>>,
    /// `environment`.
    #[serde(deserialize_with = "value::variables")]
    pub environment: Pairs,
    /// `ports`.
    pub ports: List<ComposePort>,
    /// `expose`.
    pub expose: OneOrMore,
    /// `networks`.
    #[serde(deserialize_with = "value::map_or_list")]
    pub networks: Named<ComposeAttachment>,
    /// `network_mode`.
    #[serde(deserialize_with = "value::text")]
    pub network_mode: Option<Spanned<Text>>,
    /// `mac_address`.
    #[serde(deserialize_with = "value::text")]
    pub mac_address: Option<Spanned<Text>>,
    /// `links`.
    pub links: OneOrMore,
    /// `external_links`.
    pub external_links: OneOrMore,
    /// `extra_hosts`.
    #[serde(deserialize_with = "value::hosts")]
    pub extra_hosts: Pairs,
    /// `dns`.
    pub dns: OneOrMore,
    /// `dns_search`.
    pub dns_search: OneOrMore,
    /// `depends_on`.
    #[serde(deserialize_with = "value::map_or_list")]
    pub depends_on: Named<Unread>,
    /// `deploy`.
    pub deploy: ComposeDeploy,
    /// `scale`.
    #[serde(deserialize_with = "value::text")]
    pub scale: Option<Spanned<Text>>,
    /// `profiles`.
    pub profiles: OneOrMore,
    /// `extends`: the service that this one is written over.
    pub extends: Option<Spanned<ComposeExtends>>,
    /// `volumes`: where a part of the image's configuration may be mounted.
    pub volumes: List<ComposeMount>,
}

/// `extends` of a service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ComposeExtends {
    /// The short form: a service of the same file.
    #[serde(rename = "$short-form", deserialize_with = "value::text")]
    pub short: Option<Spanned<Text>>,
    /// `service`.
    #[serde(deserialize_with = "value::text")]
    pub service: Option<Spanned<Text>>,
    /// `file`; absent is the same one.
    #[serde(deserialize_with = "value::text")]
    pub file: Option<Spanned<Text>>,
}

impl ComposeExtends {
    /// The service's name.
    pub fn name(&self) -> Option<&Spanned<Text>> {
        self.service.as_ref().or(self.short.as_ref())
    }
}

/// One of `ports`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(default)]
pub struct ComposePort {
    /// The short form: `[[ADDRESS:]PUBLISHED:]TARGET[/PROTOCOL]`.
    #[serde(rename = "$short-form", deserialize_with = "value::text")]
    pub short: Option<Spanned<Text>>,
    /// `target`: the container's port.
    #[serde(deserialize_with = "value::text")]
    pub target: Option<Spanned<Text>>,
    /// `published`: the host's port, or a range of which one is taken.
    #[serde(deserialize_with = "value::text")]
    pub published: Option<Spanned<Text>>,
    /// `host_ip`.
    #[serde(deserialize_with = "value::text")]
    pub host_ip: Option<Spanned<Text>>,
    /// `protocol`; absent is `tcp`.
    #[serde(deserialize_with = "value::text")]
    pub protocol: Option<Spanned<Text>>,
}

/// What a service is on one of its networks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ComposeAttachment {
    /// `aliases`.
    pub aliases: OneOrMore,
    /// `ipv4_address`.
    #[serde(deserialize_with = "value::text")]
    pub ipv4_address: Option<Spanned<Text>>,
    /// `mac_address`.
    #[serde(deserialize_with = "value::text")]
    pub mac_address: Option<Spanned<Text>>,
    /// `priority`: the order in which networks are connected.
    #[serde(deserialize_with = "value::text")]
    pub priority: Option<Spanned<Text>>,
    /// `gw_priority`: the highest has the default route.
    #[serde(deserialize_with = "value::text")]
    pub gw_priority: Option<Spanned<Text>>,
    /// `interface_name`, which is not followed.
    #[serde(deserialize_with = "value::text")]
    pub interface_name: Option<Spanned<Text>>,
}

/// `deploy` of a service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ComposeDeploy {
    /// `replicas`.
    #[serde(deserialize_with = "value::text")]
    pub replicas: Option<Spanned<Text>>,
}

/// One of a service's `volumes`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ComposeMount {
    /// The short form: `[SOURCE:]TARGET[:MODE]`.
    #[serde(rename = "$short-form", deserialize_with = "value::text")]
    pub short: Option<Spanned<Text>>,
    /// `target`.
    #[serde(deserialize_with = "value::text")]
    pub target: Option<Spanned<Text>>,
}
