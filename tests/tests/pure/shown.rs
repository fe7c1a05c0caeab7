//! What a journey shows of things beside its packet's way, in JSON, text and page: copies that bridges make, ports that a
//! tunnel chooses by a hash, pieces that a narrow interface drops.

use kernel::config::{Link, LinkKind, Neighbour, NetworkBuilder, VtepEntry, Vxlan};
use kernel::ids::{LinkId, LinkRef, NetnsId};
use kernel::packet::{Fragment, L4, Mac, Mark, Port};
use kernel::walk::{DropReason, Event, Hop, Place, Skb};
use kubernetes::budget::Budget;
use sim_core::facts::Visit;
use sim_core::model::{Model, Options};
use sim_core::trace::{self, ChoiceAt, Journey, ProbeText, check_choices, parse_probe};
use std::fmt::Write;
use web::locale::Lang;
use web::page::Chrome;
use web::words::Say;

const NOBODY: Mac = Mac([2, 0, 0, 0, 9, 9]);

/// Two nodes; `client`, `near` and `other` on the first, `far` on the second.
fn cluster() -> Model {
    let mut text = String::new();
    for node in 0..2 {
        let _ = write!(
            text,
            "---\napiVersion: v1\nkind: Node\nmetadata: {{name: node-{node}}}\nspec: {{podCIDR: 10.244.{node}.0/24}}\n\
             status: {{addresses: [{{type: InternalIP, address: 192.168.10.{}}}]}}\n",
            11 + node
        );
    }
    for (name, node, last) in [("client", 0, 10), ("near", 0, 11), ("other", 0, 12), ("far", 1, 10)] {
        let _ = write!(
            text,
            "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {name}}}\nspec:\n  nodeName: node-{node}\n  containers: [{{name: c, image: x, \
             ports: [{{containerPort: 80}}]}}]\nstatus: {{phase: Running, podIP: 10.244.{node}.{last}, conditions: [{{type: Ready, \
             status: \"True\"}}]}}\n"
        );
    }
    kubehop_tests::model(&[("cluster.yaml", &text)], &Options { bridge_nf: Some(true), ..Options::default() })
}

fn netns(builder: &NetworkBuilder, name: &str) -> NetnsId {
    let at = builder.namespaces.iter().position(|netns| &*netns.name == name);
    NetnsId(at.unwrap_or_else(|| panic!("{name}")) as u32)
}

/// The client believes that `near` has another Ethernet address, which no station has.
fn mistaken() -> Model {
    let mut model = cluster();
    let mut builder = model.site.network.edit();
    let client = netns(&builder, "pod/default/client");
    let dev = LinkId(builder.netns(client).links.iter().position(|link| &*link.name == "eth0").unwrap() as u32);
    // On the bridge itself, past the gateway.
    let ip = "10.244.0.11".parse().unwrap();
    builder.add_route(client, "10.244.0.11/32".parse().unwrap(), None, dev, Default::default());
    let entry = Neighbour { ip, dev, mac: NOBODY, permanent: true, cause: Default::default() };
    builder.netns(client).neighbours.push(entry);
    model.site.network = builder.build().unwrap();
    model
}

/// The nodes reach each other's Pods by a VXLAN device.
fn overlay() -> Model {
    let mut model = cluster();
    let mut builder = model.site.network.edit();
    for node in 0..2u8 {
        let here = netns(&builder, &format!("node-{node}"));
        let (other, cause) = (1 - node, Default::default());
        let remote = format!("192.168.10.{}", 11 + other).parse().unwrap();
        let end = |node: u8| Mac([2, 0, 0, 0, 8, node]);
        let fdb = vec![VtepEntry { mac: end(other), remote, cause }];
        let kind = LinkKind::Vxlan(Vxlan { learning: false, fdb, ..Vxlan::new(1, Port(8472)) });
        let device = Link {
            name: "flannel.1".into(),
            mac: end(node),
            mtu: 1450,
            up: true,
            kind,
            port: None,
            addresses: Vec::new(),
            cause,
        };
        let LinkRef { link: dev, .. } = builder.add_link(here, device);
        let via = format!("10.244.{other}.0").parse().unwrap();
        for route in builder.netns(here).routes.to_mut().iter_mut().filter(|route| route.via.is_some()) {
            if route.dst.to_string() == format!("10.244.{other}.0/24") {
                (route.via, route.dev, route.onlink) = (Some(via), Some(dev), true);
            }
        }
        let entry = Neighbour { ip: via, dev, mac: end(other), permanent: true, cause };
        builder.netns(here).neighbours.push(entry);
    }
    model.site.network = builder.build().unwrap();
    model
}

fn text(to: &str, choose: &[&str]) -> ProbeText {
    ProbeText {
        from: "pod/default/client".into(),
        to: to.into(),
        choose: choose.iter().map(|one| one.to_string()).collect(),
        ..ProbeText::default()
    }
}

fn journey(model: &Model, text: &ProbeText) -> Journey {
    trace::run(model, &parse_probe(model, text).unwrap())
}

fn page(model: &Model, text: &ProbeText, lang: Lang, step: u32) -> String {
    let journey = journey(model, text);
    let branches = trace::branches(model, &journey.probe, 4);
    let input = web::page::trace::Input {
        interfaces: &[],
        id: "x",
        name: "x",
        model,
        probe_text: text,
        journey: &journey,
        branches: &branches,
        step: Some(step),
        level: None,
        measured: (None, None),
        time: (&[], 0),
        budget: &Budget::unlimited(),
    };
    web::page::trace::render(&Chrome { lang, ..Chrome::default() }, &input).unwrap()
}

fn printed(model: &Model, journey: &Journey, lang: Lang) -> String {
    let mut out = String::new();
    web::text::write_trace(&mut out, lang, model, journey, None).unwrap();
    out
}

#[test]
fn copies_are_part_of_the_flooding() {
    let model = mistaken();
    let text = text("10.244.0.11:80", &[]);
    let journey = journey(&model, &text);
    let flooding = |hop: &&kernel::walk::Hop| !hop.copies().0.is_empty();
    let hop = journey.legs[0].hops.iter().find(flooding).unwrap();
    let (copies, earlier) = hop.copies();
    assert!(hop.events.iter().any(|event| matches!(event, Event::FdbFlood { ports, .. } if ports.len() == 3)));
    assert_eq!(
        (copies.len(), earlier),
        (2, 1),
        "the port that came last is first; the Pod with the address is followed"
    );

    let json = web::json::trace(&model, &journey);
    let hops = json["legs"][0]["hops"].as_array().unwrap();
    let events = hops.iter().flat_map(|hop| hop["events"].as_array().unwrap());
    let copied = events.clone().find(|event| event["type"] == "copies").unwrap();
    assert_eq!(copied["earlier"], 1);
    assert_eq!(copied["copies"][0]["end"]["code"], "other-host");
    assert_eq!(journey.outcome.kind.code(), "other-host");
    let inside = copied["copies"][0]["hops"].as_array().unwrap();
    let hooks: Vec<_> = inside.iter().filter_map(|hop| hop["hook"].as_str()).collect();
    assert_eq!(hooks, ["FORWARD", "POSTROUTING"]);
    assert!(inside.iter().all(|hop| hop.get("n").is_none()), "a copy is no step");

    for (lang, words) in [(Lang::En, "beside the frame that is followed here"), (Lang::Ko, "복사본 2개")] {
        assert!(printed(&model, &journey, lang).contains(words));
        let html = page(&model, &text, lang, 1);
        assert!(html.contains(words));
        assert_eq!(html.matches("data-copy").count(), 2, "folded");
    }
}

#[test]
fn the_outer_source_port_is_a_choice() {
    let model = overlay();
    let plain = text("10.244.1.10:80", &[]);
    let found = journey(&model, &plain);
    assert_eq!(found.client.code(), "ok");
    // One for each way: another node hashes another flow. All packets of a flow have the same.
    let names: Vec<_> = found.choices.iter().map(|choice| choice.name.to_string()).collect();
    assert_eq!(names, ["vxlan-source-port", "vxlan-source-port-2"]);
    for (choice, node) in found.choices.iter().zip(["node-0", "node-1"]) {
        assert_eq!(choice.of, [("32768-60998".into(), 1.0)]);
        assert!((choice.probability - 1.0 / 28_231.0).abs() < 1e-9);
        assert!(matches!(choice.at, ChoiceAt::Device(..)));
        assert_eq!(&*model.site.network.netns(choice.at.netns()).name, node);
    }
    assert!((found.probability - 1.0).abs() < 1e-9, "ports do not count");
    let ports = |journey: &Journey| -> Vec<u16> {
        let events = journey.legs.iter().flat_map(|leg| &leg.hops).flat_map(|hop| &hop.events);
        let ports = events.filter_map(|event| match event {
            Event::Encapsulated { port, .. } => Some(port.0),
            _ => None,
        });
        ports.collect()
    };
    let value = |at: usize| found.choices[at].value.parse::<u16>().unwrap();
    assert_eq!(ports(&found), [value(0), value(1)], "request and answer");

    let wished = journey(&model, &text("10.244.1.10:80", &["vxlan-source-port=40000"]));
    assert_eq!((ports(&wished), check_choices(&wished)), (vec![40000; 2], Ok(())));
    let outside = check_choices(&journey(&model, &text("10.244.1.10:80", &["vxlan-source-port=80"]))).unwrap_err();
    assert_eq!((outside.code, outside.candidates), ("unknown-value", vec!["32768-60998".to_owned()]));

    let json = web::json::trace(&model, &found);
    let at = &json["choices"][0]["at"];
    assert_eq!((&at["how"], &at["node"], &at["device"]), (&"flow-hash".into(), &"node-0".into(), &"flannel.1".into()));

    for (lang, words) in [(Lang::En, "one of 32768-60998, by a hash"), (Lang::Ko, "32768-60998 중 하나")] {
        assert!(printed(&model, &found, lang).contains(words));
        let html = page(&model, &plain, lang, 1);
        assert_eq!(html.matches("data-choice>").count(), 2);
        assert!(html.contains(words));
    }
}

#[test]
fn pieces_that_a_narrow_interface_drops_are_named() {
    let model = cluster();
    let network = &model.site.network;
    let netns = network.ids().find(|id| network.netns(*id).links.iter().any(|link| &*link.name == "eth0")).unwrap();
    let link = LinkId(network.netns(netns).links.iter().position(|link| &*link.name == "eth0").unwrap() as u32);
    let request = kernel::socket::packet(
        "10.0.0.1".parse().unwrap(),
        "10.0.0.2".parse().unwrap(),
        L4::Udp { sport: Port(1), dport: Port(2) },
    );
    let skb = Skb { packet: request, mark: Mark(0), ct: None, zone: 0 };
    let at = LinkRef { netns, link };
    let [long, short] = [(0, 1480), (1480, 128)].map(|(offset, len)| Fragment { offset, len, of: 0 });
    for (passed, unsent, sizes) in
        [(vec![short], vec![], "148"), (vec![], vec![short], "148"), (vec![], vec![], "1500")]
    {
        let event = Event::PiecesLost { at, mtu: 1300, lost: vec![long], passed: passed.clone(), unsent };
        let end = Event::Drop(DropReason::Incomplete { missing: 1480, seconds: 30 });
        let hop = Hop {
            netns,
            place: Place::Egress(link),
            in_dev: None,
            out_dev: Some(link),
            before: skb.clone(),
            after: skb.clone(),
            events: vec![event, end],
        };
        for lang in Lang::ALL {
            let say = Say { lang, model: &model, id: None };
            let lines = say.events(&Visit::of(&model, &hop), None);
            let [lost, missing] = lines.as_slice() else { panic!("{lines:?}") };
            for text in [&lost.text, &missing.text] {
                let said = !text.starts_with("event-") && !text.starts_with("outcome-") && !text.contains("{ $");
                assert!(said, "{}: {text}", lang.code());
            }
            for part in ["1500", "1300", "eth0", sizes] {
                assert!(lost.text.contains(part), "{part} is not in {}", lost.text);
            }
            assert!(missing.text.contains("1480") && missing.text.contains("30"), "{}", missing.text);
        }
    }
}
