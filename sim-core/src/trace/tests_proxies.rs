//! Processes that open a second connection, put into the ready scenario by hand: legs form a tree.

use super::*;
use crate::model::{Model, Options};
use crate::site::{Behaviour, Process};
use kernel::config::Socket;
use kernel::packet::{Port, Protocol};
use kernel::walk::DropReason;
use kubernetes::cluster::model::PodId;
use kubernetes::manifest::{Limits, SourceText};
use std::net::SocketAddr;

const TCP: Protocol = Protocol::Tcp;
const UDP: Protocol = Protocol::Udp;

fn model() -> Model {
    let text = include_str!("../../../web/scenarios/first-service.yaml");
    Model::build(&[SourceText::given("first-service.yaml", text)], &Limits::default(), &Options::default())
}

/// Lets a Pod's proxy listen on a port and pass on what comes to `to`.
fn proxy(model: &mut Model, pod: PodId, protocol: Protocol, port: u16, to: SocketAddr) {
    let site = &model.site;
    let process = site.processes.add(Process::named("proxy", Behaviour::proxy(to)));
    let at = site.pods[&pod];
    let socket = Socket {
        protocol,
        address: None,
        port: Port(port),
        process,
        owner: Default::default(),
        cause: kernel::ids::CauseId::default(),
    };
    let network = site.network.amended(Vec::new(), move |id, below| {
        let mut netns = below.clone();
        netns.sockets.push(socket.clone());
        (id == at).then_some(netns)
    });
    model.site.network = network;
}

fn at(model: &Model, pod: PodId, port: u16) -> SocketAddr {
    SocketAddr::new(model.cluster.pods[pod.0 as usize].ip, port)
}

fn pod(model: &Model, name: &str, nth: usize) -> PodId {
    let of = |pod: &kubernetes::cluster::model::Pod| pod.name.name.starts_with(name);
    let mut all = (0..).map(PodId).zip(&model.cluster.pods).filter(|(_, pod)| of(pod));
    all.nth(nth).expect("a Pod of that name").0
}

fn ask(model: &Model, to: SocketAddr, protocol: Protocol) -> Journey {
    let text = ProbeText {
        from: "pod/default/client".to_owned(),
        to: to.to_string(),
        proto: Some(protocol.to_string()),
        ..ProbeText::default()
    };
    run(model, &parse_probe(model, &text).unwrap())
}

fn tree(journey: &Journey) -> Vec<(Purpose, Option<u32>)> {
    journey.legs.iter().map(|leg| (leg.purpose, leg.parent.map(|parent| parent.0))).collect()
}

/// Two in a row, each in a Pod of `web`, before the Service `web`.
fn in_a_row(protocol: Protocol, last: SocketAddr) -> (Model, SocketAddr) {
    let mut model = model();
    let (one, two) = (pod(&model, "web", 0), pod(&model, "web", 1));
    let (first, second) = (at(&model, one, 9000), at(&model, two, 9001));
    proxy(&mut model, one, protocol, 9000, second);
    proxy(&mut model, two, protocol, 9001, last);
    (model, first)
}

fn service(model: &Model, port: u16) -> SocketAddr {
    let web = model.cluster.services.iter().find(|service| &*service.name.name == "web").unwrap();
    SocketAddr::new(web.cluster_ips[0], port)
}

#[test]
fn a_connection_goes_through_two_proxies_to_a_service() {
    let (model, first) = in_a_row(TCP, service(&model(), 80));
    let journey = ask(&model, first, TCP);
    let (connect, reply, proxy) = (Purpose::Connect, Purpose::Reply, Purpose::Proxy);
    let wanted =
        [(connect, None), (reply, Some(0)), (proxy, Some(0)), (reply, Some(2)), (proxy, Some(2)), (reply, Some(4))];
    assert_eq!(tree(&journey), wanted);
    let depths: Vec<u32> = (0..6).map(|leg| journey.depth(LegId(leg))).collect();
    assert_eq!(depths, [0, 0, 1, 1, 2, 2]);
    assert_eq!((&journey.client, journey.outcome.kind.code()), (&ClientResult::Ok, "delivered"));
    let server = journey.server.as_ref().unwrap();
    assert_eq!(server.local.port(), 8080, "the endpoint of the Service");
    assert_eq!(server.sees.ip(), at(&model, pod(&model, "web", 1), 0).ip(), "it sees the second proxy");
    let endpoint = journey.choices.iter().any(|choice| choice.name == ChoiceKind::Endpoint.into());
    assert!(endpoint, "a proxy's request chooses as any other: {:?}", journey.choices);
    assert_eq!(ask(&model, first, TCP), journey, "the same probe goes the same way");
}

#[test]
fn a_datagram_and_its_answer_go_through_two_proxies() {
    let (mut model, first) = in_a_row(UDP, SocketAddr::from(([0, 0, 0, 0], 0)));
    let three = pod(&model, "web", 2);
    let last = at(&model, three, 9002);
    // The second proxy's listener for real: what stood there first gave nothing back.
    let two = pod(&model, "web", 1);
    proxy(&mut model, two, UDP, 9003, last);
    let one = pod(&model, "web", 0);
    let second = at(&model, two, 9003);
    proxy(&mut model, one, UDP, 9004, second);
    let echo = model.site.processes.add(Process::named("echo", Behaviour::Echoes));
    let netns = model.site.pods[&three];
    let socket = Socket {
        protocol: UDP,
        address: None,
        port: Port(9002),
        process: echo,
        owner: Default::default(),
        cause: Default::default(),
    };
    let network = model.site.network.amended(Vec::new(), move |id, below| {
        let mut changed = below.clone();
        changed.sockets.push(socket.clone());
        (id == netns).then_some(changed)
    });
    model.site.network = network;
    let journey = ask(&model, at(&model, one, 9004), UDP);
    let (connect, reply, proxy) = (Purpose::Connect, Purpose::Reply, Purpose::Proxy);
    let wanted =
        [(connect, None), (proxy, Some(0)), (proxy, Some(1)), (reply, Some(2)), (reply, Some(1)), (reply, Some(0))];
    assert_eq!(tree(&journey), wanted);
    assert_eq!((&journey.client, journey.outcome.kind.code()), (&ClientResult::Ok, "delivered"));
    let back = &journey.legs[5].hops.last().unwrap().after.packet;
    assert_eq!(&*back.payload, b"ping", "what the last one sends back comes to the client");
    assert_eq!(back.source(), at(&model, one, 9004));
    assert_eq!(journey.server.unwrap().sees.ip(), at(&model, two, 0).ip());
    // Nothing comes back from a proxy whose own request gets nowhere.
    let lost = ask(&model, first, UDP);
    assert_eq!(lost.client, ClientResult::Timeout);
}

#[test]
fn a_proxy_whose_own_connection_fails_closes_the_clients() {
    let (model, first) = in_a_row(TCP, at(&model(), pod(&model(), "web", 2), 1));
    let journey = ask(&model, first, TCP);
    assert_eq!(journey.client, ClientResult::Eof);
    assert_eq!(journey.outcome.kind.code(), "no-listener", "what the second proxy met decides");
    assert_eq!(journey.outcome.at.map(|(leg, _)| leg), Some(4));
    // Each proxy closes the connection that it took, whose client closes then too.
    let close = |of| (Purpose::Close, Some(of));
    let wanted = [
        (Purpose::Proxy, Some(2)),
        (Purpose::Error, Some(4)),
        close(2),
        close(6),
        close(7),
        (Purpose::Close, None),
        close(9),
        close(10),
    ];
    assert_eq!(tree(&journey)[4..], wanted);
    let server = journey.server.unwrap();
    assert_eq!(server.local, at(&model, pod(&model, "web", 1), 9001), "the last process that was reached");
}

#[test]
fn proxies_that_go_in_circles_end() {
    let mut model = model();
    let one = pod(&model, "web", 0);
    let to = at(&model, one, 9000);
    proxy(&mut model, one, TCP, 9000, to);
    let journey = ask(&model, to, TCP);
    let deepest = (0..journey.legs.len()).map(|leg| journey.depth(LegId(leg as u32))).max();
    assert_eq!(deepest, Some(MAX_PROXIES));
    assert_eq!(journey.client, ClientResult::Timeout);
    assert_eq!(journey.outcome.kind, OutcomeKind::Dropped(DropReason::Loop));
}

#[test]
fn what_asks_answers_and_proxies_is_in_one_table() {
    let (model, _) = in_a_row(TCP, service(&model(), 80));
    let one = model.site.pods[&pod(&model, "web", 0)];
    let of: Vec<(u16, String)> =
        model.site.listening(one).map(|known| (known.socket.port.0, known.process.unwrap().name.to_string())).collect();
    assert_eq!(of, [(8080, "nginx".to_owned()), (9000, "proxy".to_owned())]);
    let mut told = String::new();
    crate::print::socket::write_listening(&mut told, &model, one).unwrap();
    assert!(told.lines().any(|line| line.contains(":9000") && line.contains("proxy")), "{told}");
    let dns = model.site.pods[&pod(&model, "coredns", 0)];
    let asked = |known: &crate::site::Listening<'_>| known.socket.protocol == UDP && known.socket.port.0 == 53;
    let server = model.site.listening(dns).find(asked).and_then(|known| known.process).unwrap();
    assert_eq!(server.behaviour, Behaviour::NameServer(crate::site::NameServer::CoreDns));
    assert!(server.of.is_some(), "its evidence is the Pod's");
}
