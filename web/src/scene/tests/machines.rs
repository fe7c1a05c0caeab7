//! The picture is drawn from machines and links: without a bridge, with machines that hold nodes, with what is not assumed.

use super::super::svg::Focus;
use super::super::{Scene, stills, wires};
use super::{Shape, check_layout, check_stills, scenario, svg};
use crate::scene::geometry::Rect;
use kernel::ids::NetnsId;
use kubernetes::manifest::{Limits, SourceText};
use sim_core::model::{Model, Options};
use sim_core::site::{Kind, Machine, MachineId, Segment, Tree};
use sim_core::trace::{ProbeText, parse_probe};
use std::sync::Arc;

/// A node that has no bridge: its Pods' devices lead to the rail.
#[test]
fn pods_without_a_bridge_hang_on_the_lanes() {
    let text = include_str!("../../../scenarios/first-service.yaml");
    let source = SourceText::given("first-service.yaml", text);
    let cni = sim_core::agents::cni::named("toy");
    let model = Model::build(&[source], &Limits::default(), &Options { cni, ..Options::default() });
    let near = model.cluster.pods.iter().filter(|pod| pod.name.name.starts_with("web-")).map(|pod| pod.ip.to_string());
    for to in near.map(|ip| format!("{ip}:8080")).chain(["web:80".to_owned()]) {
        let probe = ProbeText { from: "pod/default/client".to_owned(), to, ..ProbeText::default() };
        let journey = sim_core::trace::run(&model, &parse_probe(&model, &probe).unwrap());
        assert_eq!(journey.outcome.kind.code(), "delivered");
        let scene = Scene::build(&model, Some(&journey));
        check_layout(&scene);
        check_stills(&scene, &journey);
        // Everywhere lines lead on from the port where the packet is: none is jumped to at an angle.
        for leg in &journey.legs {
            for pair in leg.hops.windows(2).filter(|pair| pair[0].netns == pair[1].netns) {
                let wires = &scene.layout.wires;
                let drawn = |spot: &wires::Spot| wires.at(*spot).is_some();
                let spot = |hop| {
                    let visit = sim_core::facts::Visit::of(&model, hop);
                    stills::spots(&model, &visit, &visit.facts()).into_iter().find(drawn).unwrap()
                };
                let (from, to) = (spot(&pair[0]), spot(&pair[1]));
                assert!(wires.along(from, to).is_some(), "{from:?} to {to:?}");
            }
        }
        let out = svg(&scene, Some(1), Focus::All);
        assert!(out.contains(">toy") && !out.contains("cni0"), "the node's end of the pair");
    }
}

/// The same machines, as `change` makes them; those it names hold the nodes, from the outermost on.
fn rehoused(model: &Model, holders: &[&str], change: impl Fn(Machine) -> Machine) -> Tree {
    let mut tree = Tree::default();
    for (_, segment) in model.site.tree.segments() {
        tree.add_segment(Segment { assumed: false, ..segment.clone() });
    }
    let mut parent = None;
    for (nth, name) in holders.iter().enumerate() {
        let (ip, netns) = ([192, 168, 10, 200 + nth as u8].into(), NetnsId((model.site.network.len() + nth) as u32));
        let (name, segments) = (Arc::from(*name), Box::default());
        parent = Some(tree.add(Machine { kind: Kind::Host(ip), name, parent, netns, segments, assumed: false }));
    }
    let shift = holders.len() as u32;
    for (_, machine) in model.site.tree.machines() {
        let held = machine.parent.map(|id| MachineId(id.0 + shift));
        let parent = held.or(parent.filter(|_| matches!(machine.kind, Kind::Node(_))));
        tree.add(change(Machine { parent, ..machine.clone() }));
    }
    tree
}

/// kind's nodes are containers of a host: one more ring, and everything else as before.
#[test]
fn a_machine_that_holds_nodes_stands_around_them() {
    let mut model = scenario();
    let text = ProbeText { from: "pod/default/client".into(), to: "svc/default/web:80".into(), ..ProbeText::default() };
    let before = sim_core::trace::run(&model, &parse_probe(&model, &text).unwrap());
    for holders in [&["docker"][..], &["machine", "docker"]] {
        model.site.tree = rehoused(&scenario(), holders, |machine| machine);
        let journey = sim_core::trace::run(&model, &parse_probe(&model, &text).unwrap());
        assert_eq!(journey, before, "who holds a node is no matter of its kernel");
        let scene = Scene::build(&model, Some(&journey));
        check_layout(&scene);
        check_stills(&scene, &journey);
        let frames = |class: &str| -> Vec<Rect> {
            let of = |shape: &Shape| match shape {
                Shape::Group(group) if group.class.starts_with(class) => {
                    group.shapes.iter().find_map(|inner| match inner {
                        Shape::Rect { at, .. } => Some(*at),
                        _ => None,
                    })
                }
                _ => None,
            };
            scene.layout.frames.iter().filter_map(of).collect()
        };
        let (rings, nodes) = (frames("host-frame"), frames("node-frame"));
        assert_eq!(rings.len(), holders.len());
        assert!(!nodes.is_empty());
        let inner = rings.last().unwrap();
        assert!(nodes.iter().all(|node| inner.contains(*node)) && rings[0].contains(*inner), "{rings:?} {nodes:?}");
        let out = svg(&scene, Some(1), Focus::All);
        assert!(holders.iter().all(|name| out.contains(&format!(">{name}<"))));
        check_layout(&Scene::build(&model, None));
    }
}

/// Borders say what is assumed of this model, not what usually is.
#[test]
fn what_the_input_has_is_not_drawn_as_assumed() {
    let mut model = scenario();
    let drawn = |model: &Model| svg(&Scene::build(model, None), None, Focus::All);
    let assumed = drawn(&model);
    assert!(assumed.contains("lan-frame assumed") && assumed.contains("gateway-frame assumed"));
    model.site.tree = rehoused(&scenario(), &[], |machine| Machine { assumed: false, ..machine });
    let given = drawn(&model);
    assert!(
        given.contains("lan-frame") && !given.contains("lan-frame assumed") && !given.contains("gateway-frame assumed")
    );
}
