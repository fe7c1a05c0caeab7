//! Arguments of the subcommands that are about policies.

use super::common::Common;
use super::values::{FailOn, PolicyFormat, PolicyWay, ReachFormat, ReachPorts};
use clap::Args;
use std::path::PathBuf;

#[derive(Args)]
pub(crate) struct Reach {
    #[command(flatten)]
    pub(crate) common: Common,
    /// Only from here: NAMESPACE, NAMESPACE/WORKLOAD, KIND/NAMESPACE/NAME (pod, deploy, sts, ds …), external, an address or range, ingress
    #[arg(long, value_name = "SRC")]
    pub(crate) from: Option<String>,
    /// Only to there, likewise
    #[arg(long, value_name = "DST")]
    pub(crate) to: Option<String>,
    /// Ports that are told
    #[arg(long, value_enum, default_value_t)]
    pub(crate) ports: ReachPorts,
    /// Who is open to the whole cluster (any Pod of any namespace) or to the Internet, instead of pairs
    #[arg(long, conflicts_with = "diff")]
    pub(crate) exposure: bool,
    /// What differs from FILE to here: files or folders. Without FILE the first of them is what was before
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) diff: Vec<PathBuf>,
    /// Exit status 1 when a connection was added, removed or changed; more than once, or with commas
    #[arg(long, value_enum, value_delimiter = ',', requires = "diff")]
    pub(crate) fail_on: Vec<FailOn>,
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: ReachFormat,
}

#[derive(Args)]
pub(crate) struct Policy {
    #[command(flatten)]
    pub(crate) common: Common,
    /// Whose: NAMESPACE/WORKLOAD, KIND/NAMESPACE/NAME (pod, deploy, sts, ds …)
    #[arg(long, value_name = "WORKLOAD")]
    pub(crate) of: String,
    /// Open a connection: in:PEER or out:PEER, with :PORT or :PORT/udp where not every port that the destination declares is meant. PEER is a
    /// workload, external, an address or range
    #[arg(long, value_name = "WAY:PEER")]
    pub(crate) open: Vec<String>,
    /// Close a connection, likewise, on all ports
    #[arg(long, value_name = "WAY:PEER")]
    pub(crate) close: Vec<String>,
    /// Deny what no rule allows, in one direction: before anything is opened or closed
    #[arg(long, value_enum)]
    pub(crate) deny: Vec<PolicyWay>,
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: PolicyFormat,
}
