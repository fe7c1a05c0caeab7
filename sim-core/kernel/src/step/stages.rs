//! The stages of a packet's way, in the order of the kernel.

use super::flow::{Flow, Stage};
use super::run::Run;
use super::{bridge, device, ip, local, tunnel};

/// Goes through one stage.
pub(super) fn enter(run: &mut Run<'_>, stage: Stage) -> Flow {
    match stage {
        Stage::Send(kind) => local::send(run, kind),
        Stage::Output => ip::output(run),
        Stage::Postrouting { next_hop } => ip::postrouting(run, next_hop),
        Stage::Neighbour { next_hop } => device::neighbour(run, next_hop),
        Stage::Inject { kind, dev } => local::inject(run, kind, dev),
        Stage::Transmit { dev } => device::transmit(run, dev),
        Stage::Wrap { dev, remote, port } => tunnel::wrap(run, dev, remote, port),
        Stage::Arrive { dev } => device::arrive(run, dev),
        Stage::BridgeIn { port } => bridge::prerouting(run, port),
        Stage::BridgeForward { bridge, port } => bridge::forward(run, bridge, port),
        Stage::BridgeOut { bridge, port } => bridge::out(run, bridge, port),
        Stage::Prerouting => ip::prerouting(run),
        Stage::RouteInput => ip::route_input(run),
        Stage::Input => ip::input(run),
        Stage::Receive => local::receive(run),
        Stage::Forward { next_hop } => ip::forward(run, next_hop),
    }
}
