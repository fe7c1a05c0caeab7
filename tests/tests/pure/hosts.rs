//! Addresses of endpoints that no Pod has are machines on the segments of the nodes.

use kubernetes::assumption::About;
use kubernetes::manifest::{Limits, SourceText};
use sim_core::model::{Model, Options};
use std::fmt::Write;

/// Machines made at most.
const MOST: usize = 256;

fn model(addresses: impl Iterator<Item = String>) -> Model {
    let mut text = String::from(
        "apiVersion: v1\nkind: Service\nmetadata: {name: db}\nspec: {ports: [{port: 5432}]}\n---\n\
         apiVersion: v1\nkind: Node\nmetadata: {name: a}\nspec: {podCIDR: 10.244.0.0/24}\n\
         status: {addresses: [{type: InternalIP, address: 172.20.0.11}]}\n---\n\
         apiVersion: v1\nkind: Node\nmetadata: {name: b}\nspec: {podCIDR: 10.244.1.0/24}\n\
         status: {addresses: [{type: InternalIP, address: 172.20.9.11}]}\n---\n\
         apiVersion: v1\nkind: Endpoints\nmetadata: {name: db}\nsubsets:\n- ports: [{port: 5432}, {port: 53, protocol: UDP}]\n  addresses:\n",
    );
    for address in addresses {
        writeln!(text, "  - {{ip: {address}}}").unwrap();
    }
    Model::build(&[SourceText::given("in.yaml", text)], &Limits::default(), &Options::default())
}

#[test]
fn many_addresses_are_bounded_and_the_rest_is_told() {
    let model = model((0..300).map(|n| format!("172.20.{}.{}", 2 + n / 200, 20 + n % 200)));
    assert_eq!(model.cluster.hosts.len(), MOST);
    assert_eq!(model.site.hosts.len(), MOST);
    let cut = model.cluster.assumptions.iter().find(|one| one.code == "endpoint-hosts-cut").unwrap();
    assert_eq!((&*cut.args["count"], &*cut.args["made"]), ("300", "256"));
    let About::Addresses(cut) = &cut.about else { panic!("{cut:?}") };
    let had = |ip: &std::net::IpAddr| model.site.hosts.contains_key(ip);
    assert_eq!((cut.len(), cut.iter().filter(|ip| had(ip)).count()), (300 - MOST, 0));
}

#[test]
fn a_machine_has_the_place_that_names_it() {
    let model = model(["172.20.3.3".to_owned()].into_iter());
    let [host] = &model.cluster.hosts[..] else { panic!("{:?}", model.cluster.hosts) };
    assert_eq!(host.because.field.as_deref(), Some("subsets[0].addresses[0].ip"));
    assert_eq!(host.because.location.as_ref().unwrap().line, 24);
    assert_eq!(host.ports(), "53/UDP, 5432");
    let netns = model.site.network.netns(model.site.hosts[&host.ip]);
    assert_eq!((&*netns.name, netns.sockets.len()), ("host/172.20.3.3", 2));
}

#[test]
fn what_somebody_has_or_nobody_may_have_is_no_machine() {
    // A node, a Pod network, beyond the segment, its last address.
    let all = ["172.20.9.11", "10.244.1.9", "172.21.0.1", "172.20.15.255"].map(str::to_owned);
    assert_eq!(model(all.into_iter()).cluster.hosts, []);
}
