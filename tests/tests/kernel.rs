//! Networks on the real kernel, hop for hop.

use kubehop_tests::judge::judge;
use kubehop_tests::judge::kernel::{Lab, require};
use kubehop_tests::model;
use sim_core::linux::exchange::Request;
use sim_core::linux::live::Live;
use sim_core::model::Options;
use sim_core::packet::{Port, Protocol};
use std::sync::Arc;

#[test]
fn first() {
    require();
    let text =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../web/scenarios/first-service.yaml")).unwrap();
    let model = model(&[("a.yaml", &text)], &Options::default());
    let network = &model.built.network;
    let mut lab = Lab::up(network, "khj1").unwrap();
    let mut live = Live::default();
    let mut sport = 20000;
    for netns in network.ids() {
        for to in ["10.96.0.11:80", "10.244.1.2:8080", "10.244.1.2:81", "10.96.0.11:81"] {
            for protocol in [Protocol::Tcp, Protocol::Udp, Protocol::Icmp] {
                sport += 1;
                let request = Request {
                    netns,
                    protocol,
                    local: None,
                    sport: Port(sport),
                    remote: to.parse().unwrap(),
                    payload: Arc::from(&b"ping"[..]),
                    ttl: None,
                    dont_fragment: None,
                };
                match judge(&mut lab, network, &mut live, &request) {
                    Ok(record) => println!("agree {} {to} {}", network.netns(netns).name, record.client),
                    Err(difference) => println!("DIFFER {} {protocol} {to}\n{difference}", network.netns(netns).name),
                }
            }
        }
    }
}
