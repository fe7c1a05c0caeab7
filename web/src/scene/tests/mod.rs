mod docker;
mod fixture;
mod machines;
mod tunnels;

use super::geometry::{Pt, Rect};
use super::shape::{Align, Shape, Text};
use super::svg::{Focus, View, write, write_standalone};
use super::text::{Face, fit, width};
use super::wires::Spot;
use super::words::{Links, NoLinks};
use super::{Scene, wires};
use crate::locale::Lang;
use crate::theme::Theme;
use crate::words::Local;
use fixture::{PodSpec, journey, model, pod, service};
use kernel::config::{Hook, LinkKind};
use kernel::ids::{CauseId, LinkId, LinkRef, NetnsId};
use kubernetes::cluster::model::PodId;
use kubernetes::manifest::{Limits, SourceText};
use proptest::prelude::*;
use sim_core::model::{Model, Options};
use sim_core::trace::{ClientResult, Journey, ProbeText, branches, model_for, parse_probe};

/// The languages there are, the first for tests about one.
const WORDS: [Local; 2] = [Local(Lang::En), Local(Lang::Ko)];

struct AllLinks;

impl Links for AllLinks {
    fn pod(&self, namespace: &str, name: &str) -> Option<String> {
        Some(format!("?from=pod/{namespace}/{name}&to=x"))
    }
    fn service(&self, namespace: &str, name: &str) -> Option<String> {
        Some(format!("?to=svc/{namespace}/{name}"))
    }
}

fn svg(scene: &Scene, step: Option<u32>, focus: Focus) -> String {
    let mut out = String::new();
    write(&mut out, scene, &View { step, focus, theme: Theme::Auto, words: &WORDS[0], links: &AllLinks }).unwrap();
    out
}

fn first_service() -> Model {
    let pods: Vec<PodSpec> = vec![
        ("default", "client".into(), 0, 1),
        ("default", "web-7c5ddbdf54-2xk9p".into(), 0, 1),
        ("default", "web-7c5ddbdf54-8w4zq".into(), 1, 2),
        ("kube-system", "coredns-76f75df574-abcde".into(), 1, 1),
        ("default", "web-7c5ddbdf54-q7m2x".into(), 1, 1),
    ];
    model(2, &pods, &["web", "empty"])
}

/// Every text and where it stands.
fn texts<'a>(shapes: &'a [Shape], out: &mut Vec<&'a Text>) {
    for shape in shapes {
        match shape {
            Shape::Group(group) => texts(&group.shapes, out),
            Shape::Text(text) => out.push(text),
            _ => {}
        }
    }
}

fn extent(text: &Text, words: &Local) -> Rect {
    let w = width(&text.fitted(words).0, text.face);
    let x = match text.align {
        Align::Start => text.at.x,
        Align::Middle => text.at.x - w / 2,
        Align::End => text.at.x - w,
    };
    Rect::new(x, text.at.y - 10, w, 12)
}

/// No sibling boxes overlap, every box is inside its parent, no texts overlap, all is inside the picture.
fn check_layout(scene: &Scene) {
    let blocks = &scene.layout.blocks;
    let (w, h) = scene.size();
    let all = Rect::new(0, 0, w as i32, h as i32);
    for (i, a) in blocks.iter().enumerate() {
        assert!(all.contains(a.rect), "{a:?} is outside the picture {all:?}");
        if let Some(parent) = a.parent {
            assert!(blocks[parent].rect.contains(a.rect), "{a:?} is outside {:?}", blocks[parent]);
        }
        for b in blocks.iter().skip(i + 1).filter(|b| b.parent == a.parent) {
            assert!(!a.rect.overlaps(b.rect), "{a:?} overlaps {b:?}");
        }
    }
    let mut fixed = Vec::new();
    texts(&scene.layout.frames, &mut fixed);
    texts(&scene.layout.boxes, &mut fixed);
    check_texts(&fixed, all);
    for still in &scene.stills {
        let mut moving = Vec::new();
        texts(&still.draw, &mut moving);
        moving.extend(fixed.iter().copied());
        check_texts(&moving, all);
    }
}

fn check_texts(texts: &[&Text], all: Rect) {
    for words in &WORDS {
        check_texts_in(texts, all, words);
    }
}

fn check_texts_in(texts: &[&Text], all: Rect, words: &Local) {
    let extents: Vec<Rect> = texts.iter().map(|text| extent(text, words)).collect();
    for (i, a) in extents.iter().enumerate() {
        assert!(a.w <= texts[i].max.max(width("…", texts[i].face)), "{:?} is wider than its room", texts[i]);
        assert!(all.contains(*a), "{:?} is outside the picture", texts[i]);
        for (j, b) in extents.iter().enumerate().skip(i + 1) {
            assert!(!a.overlaps(*b), "{:?} overlaps {:?}", texts[i], texts[j]);
        }
    }
}

#[test]
fn a_small_cluster_is_laid_out_cleanly() {
    let model = first_service();
    for journey in [
        None,
        Some(journey(&model, pod(&model, "client"), service(&model, "web"))),
        Some(journey(&model, pod(&model, "web-7c5ddbdf54-q7m2x"), service(&model, "web"))),
        Some(journey(&model, pod(&model, "client"), service(&model, "empty"))),
    ] {
        check_layout(&Scene::build(&model, journey.as_ref()));
    }
}

/// The scenario that comes with kubehop.
fn scenario() -> Model {
    let text = include_str!("../../../scenarios/first-service.yaml");
    let source = SourceText::given("first-service.yaml", text);
    Model::build(&[source], &Limits::default(), &Options::default())
}

#[test]
fn every_way_through_the_scenario_is_drawn() {
    let model = scenario();
    let probes = [
        ("pod/default/client", "web:80"),
        ("pod/default/client", "svc/default/idle:80"),
        ("pod/default/client", "10.244.9.9:80"),
        ("pod/default/client", "kubernetes:443"),
        ("pod/default/client", "10.244.0.2:8080"),
        ("pod/default/client", "10.244.1.2:9999"),
        ("pod/default/client", "10.244.0.99:80"),
        ("ip/10.244.1.2", "svc/default/web:80"),
        ("pod/default/client", "nowhere:80"),
        ("pod/default/client", "192.0.2.1:80"),
        ("node/node-a", "svc/default/web:80"),
        ("node/node-b", "127.0.0.1:80"),
        ("external", "svc/default/web:80"),
        ("external/198.51.100.7", "svc/default/idle:80"),
        ("external", "10.244.1.2:8080"),
    ];
    for (from, to) in probes {
        let text = ProbeText { from: from.into(), to: to.into(), ..ProbeText::default() };
        let probe = parse_probe(&model, &text).unwrap();
        let model = model_for(&model, &probe);
        for journey in branches(&model, &probe, 8).journeys {
            let scene = Scene::build(&model, Some(&journey));
            check_layout(&scene);
            check_stills(&scene, &journey);
        }
    }
}

/// Each Pod's device in the node's namespace.
fn pod_ports(model: &Model) -> Vec<(PodId, LinkRef)> {
    let of = |(pod, netns): (&PodId, &NetnsId)| match model.site.network.netns(*netns).links.get(LinkId(1))?.kind {
        LinkKind::Veth { peer } if !model.site.nodes.values().any(|node| node == netns) => Some((*pod, peer)),
        _ => None,
    };
    model.site.pods.iter().filter_map(of).collect()
}

/// The scenario with nodes that route to each Pod by its own veth, as plugins do that use no bridge.
fn routed() -> Model {
    let mut model = scenario();
    let mut builder = model.site.network.edit();
    for (pod, port) in pod_ports(&model) {
        let node = builder.netns(port.netns);
        let name = node.links[port.link.0 as usize].name.clone();
        node.links[port.link.0 as usize].port = None;
        for link in node.links.iter_mut().filter(|link| matches!(link.kind, LinkKind::Bridge(_))) {
            link.kind = LinkKind::Dummy;
        }
        let ip = model.cluster.pods[pod.0 as usize].ip;
        builder.add_route(port.netns, ip.into(), None, port.link, CauseId::default());
        builder.sysctl(port.netns, &format!("net.ipv4.conf.{name}.proxy_arp"), "1", CauseId::default());
    }
    model.site.network = builder.build().unwrap();
    model
}

#[test]
fn without_a_bridge_pods_are_wired_to_their_own_devices() {
    let model = routed();
    check_layout(&Scene::build(&model, None));
    for (from, to) in [
        ("pod/default/client", "svc/default/web:80"),
        ("pod/default/client", "10.244.1.2:8080"),
        ("node/node-a", "svc/default/web:80"),
    ] {
        let text = ProbeText { from: from.into(), to: to.into(), ..ProbeText::default() };
        let probe = parse_probe(&model, &text).unwrap();
        let model = model_for(&model, &probe);
        for journey in branches(&model, &probe, 8).journeys {
            assert_eq!(journey.client, ClientResult::Ok, "{from} {to}");
            let scene = Scene::build(&model, Some(&journey));
            check_layout(&scene);
            check_stills(&scene, &journey);
            let wires = &scene.layout.wires;
            let mut ports = 0;
            for (pod, port) in &pod_ports(&model) {
                assert_eq!(wires.at(Spot::Tap(*port)), None, "{port:?} is a port of no bridge");
                let (own, far) = (model.site.pods[pod], Spot::Link(*port));
                let (Some(_), Some(at)) =
                    (wires.at(Spot::Link(LinkRef { netns: own, link: LinkId(1) })), wires.at(far))
                else {
                    continue;
                };
                ports += 1;
                // Down one lane into the hooks, up the other one out of them: not the plain angle of two spots without a line.
                let (pre, post) = (Spot::Hook(port.netns, Hook::Prerouting), Spot::Hook(port.netns, Hook::Postrouting));
                for way in [wires.way(far, pre), wires.way(post, far)] {
                    assert!(way.len() > 3 && way.contains(&at), "{way:?}");
                }
            }
            assert!(ports > 1);
            for node in model.site.nodes.values() {
                let lo = LinkRef { netns: *node, link: LinkId(0) };
                assert_eq!((wires.at(Spot::BridgeUp(lo)), wires.at(Spot::BridgeDown(lo))), (None, None));
            }
        }
    }
}

/// Nodes in as many /16 networks, with a Pod each, and a plugin that reaches across.
fn sites(count: u32, extra: u32) -> Model {
    use std::fmt::Write as _;
    let mut text = String::from(
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: kube-flannel-cfg, namespace: kube-flannel}, \
         data: {net-conf.json: '{\"Network\": \"10.244.0.0/16\", \"Backend\": {\"Type\": \"vxlan\"}}'}}\n",
    );
    for site in 0..count + extra {
        let net = site % count;
        let _ = writeln!(
            text,
            "---\n{{apiVersion: v1, kind: Node, metadata: {{name: n{site}}}, spec: {{podCIDR: 10.244.{site}.0/24}}, \
             status: {{addresses: [{{type: InternalIP, address: 10.{}.0.{}}}]}}}}\n---\n\
             {{apiVersion: v1, kind: Pod, metadata: {{name: p{site}}}, spec: {{nodeName: n{site}, containers: \
             [{{name: c, image: x, ports: [{{containerPort: 80}}]}}]}}}}",
            50 + net,
            11 + site
        );
    }
    Model::build(&[SourceText::given("sites.yaml", text)], &Limits::default(), &Options::default())
}

#[test]
fn segments_stand_side_by_side_with_the_router_below() {
    for (model, count) in [(sites(2, 0), 2), (sites(3, 0), 3), (sites(2, 2), 2), (sites(3, 1), 3)] {
        assert_eq!(model.cluster.segments.len(), count);
        check_layout(&Scene::build(&model, None));
        let last = model.cluster.pods.len() - 1;
        for (from, to) in [
            ("pod/default/p0".to_owned(), "pod/default/p1:80".to_owned()),
            (format!("pod/default/p{last}"), "pod/default/p0:80".to_owned()),
            ("pod/default/p0".to_owned(), "192.0.2.1:80".to_owned()),
            ("node/n1".to_owned(), "10.244.99.9:80".to_owned()),
            ("external".to_owned(), format!("{}:10250", model.cluster.nodes[0].ip)),
            ("external".to_owned(), format!("{}:10250", model.cluster.nodes[1].ip)),
        ] {
            let text = ProbeText { from: from.clone(), to: to.clone(), ..ProbeText::default() };
            let probe = parse_probe(&model, &text).unwrap();
            let model = model_for(&model, &probe);
            for journey in branches(&model, &probe, 8).journeys {
                let scene = Scene::build(&model, Some(&journey));
                check_layout(&scene);
                check_stills(&scene, &journey);
            }
        }
    }
}

/// Every step is somewhere, and is reached by a line from where the step before it was.
fn check_stills(scene: &Scene, journey: &Journey) {
    assert_eq!(scene.stills.len() as u32, scene.steps.len());
    for (step, pair) in scene.steps.steps.iter().skip(1).zip(scene.stills.windows(2)) {
        let (_, hop) = step.of(journey).unwrap();
        let [before, here] = pair else { continue };
        assert!(!here.now.is_empty(), "step {} is nowhere: {hop:?}", step.n);
        assert!(!here.draw.is_empty(), "step {} shows nothing: {hop:?}", step.n);
        let moved = before.at != here.at && !step.first;
        assert!(!moved || !here.trail.is_empty(), "step {} jumps: {hop:?}", step.n);
    }
}

#[test]
fn the_drawing_is_stable() {
    let model = first_service();
    let journey = journey(&model, pod(&model, "client"), service(&model, "web"));
    let scene = Scene::build(&model, Some(&journey));
    insta::assert_snapshot!("first-service-step-7", svg(&scene, Some(7), Focus::All).replace("><", ">\n<"));
    assert_eq!(svg(&scene, Some(7), Focus::All), svg(&Scene::build(&model, Some(&journey)), Some(7), Focus::All));
}

#[test]
fn nothing_but_the_packet_moves() {
    let model = first_service();
    let journey = journey(&model, pod(&model, "client"), service(&model, "web"));
    let scene = Scene::build(&model, Some(&journey));
    let fixed = |step| {
        let svg = svg(&scene, step, Focus::All);
        let boxes = svg.split("<g class=\"overlay\">").next().unwrap().split("<desc").nth(1).unwrap().to_owned();
        boxes
            .replace(" now", "")
            .replace(" past", "")
            .replace(" active", "")
            .replace(" tied", "")
            .replace(" gone", "")
            .replace(" next", "")
    };
    for n in 1..=scene.steps.len() {
        assert_eq!(fixed(None), fixed(Some(n)), "step {n} moved something");
    }
}

#[test]
fn text_of_people_is_escaped() {
    let pods: Vec<PodSpec> =
        vec![("default", "</script><b onload='x'>&".into(), 0, 1), ("default", "web-a".into(), 1, 1)];
    let model = model(2, &pods, &["web"]);
    let journey = journey(&model, PodId(0), service(&model, "web"));
    let scene = Scene::build(&model, Some(&journey));
    let svg = svg(&scene, Some(1), Focus::All);
    assert!(!svg.contains("<b ") && !svg.contains("</script"), "{svg}");
    let json = scene.to_json(&WORDS[0]);
    assert!(!json.contains('<') && !json.contains('&'), "{json}");
    let parsed: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(parsed["steps"].as_array().unwrap().len() as u32, scene.steps.len());
}

#[test]
fn a_translation_keeps_its_badge() {
    let model = first_service();
    let scene = Scene::build(&model, Some(&journey(&model, pod(&model, "client"), service(&model, "web"))));
    let badged: Vec<_> = scene.steps.steps.iter().filter(|step| !step.badges.is_empty()).collect();
    // Made for the SYN, undone for the SYN-ACK, applied to the ACK.
    let made: Vec<bool> = badged.iter().map(|step| step.badges[0].made).collect();
    assert_eq!(made, [true, false, false]);
    assert!(badged.iter().all(|step| step.badges[0].number == 1));
}

#[test]
fn a_drop_is_crossed_with_its_reason() {
    let model = first_service();
    let scene = Scene::build(&model, Some(&journey(&model, pod(&model, "client"), service(&model, "empty"))));
    let end = scene.steps.legs[0].last;
    let svg = svg(&scene, Some(end), Focus::Step);
    assert!(svg.contains("packet dropped") && svg.contains("✕ Rejected by a rule"), "no cross, or no reason");
}

#[test]
fn a_big_cluster_is_folded() {
    let mut pods: Vec<PodSpec> = vec![("default", "client".into(), 0, 1)];
    for n in 0..5000u32 {
        let name =
            format!("{}-7c5ddbdf54-{n:05}", ["web", "api", "db", "cache", "queue", "mail", "cron"][n as usize % 7]);
        pods.push(("default", name, n % 20, 2));
    }
    let model = model(20, &pods, &["web", "api", "db", "cache", "queue", "mail", "cron"]);
    for journey in [None, Some(journey(&model, pod(&model, "client"), service(&model, "web")))] {
        let scene = Scene::build(&model, journey.as_ref());
        check_layout(&scene);
        let svg = svg(&scene, journey.as_ref().map(|_| 7), Focus::All);
        let elements = svg.matches('<').count() - svg.matches("</").count();
        assert!(elements <= 1500, "{elements} elements");
        assert!(svg.contains("of 5001 Pods shown"), "{svg}");
    }
}

#[test]
fn phone_frames_are_legible() {
    let model = first_service();
    let scene = Scene::build(&model, Some(&journey(&model, pod(&model, "client"), service(&model, "web"))));
    for (n, still) in scene.stills.iter().enumerate() {
        let view = still.view.unwrap();
        // 12 px text must be at least 11 px on a 390 px screen.
        assert!(f64::from(view.w) * 11.0 <= 390.0 * 12.0, "step {} shows {view:?}", n + 1);
        assert!(view.contains(Rect::new(still.at.x, still.at.y, 0, 0)), "step {}", n + 1);
    }
}

#[test]
fn names_are_shortened_in_the_middle() {
    for (text, face, max, expected) in [
        ("web", Face::Mono, 60, "web"),
        ("web-7c5ddbdf54-2xk9p", Face::Mono, 80, "web-7…xk9p"),
        ("abc", Face::Mono, 3, "…"),
        ("한국어이름입니다", Face::Sans, 60, "한국…다"),
    ] {
        let short = fit(text, face, max);
        assert_eq!(short, expected);
    }
}

#[test]
fn the_router_keeps_order_without_overlap() {
    assert_eq!(wires::spread(&[(10, 20), (12, 20), (90, 20)], 0, 100, 4), vec![10, 34, 90]);
    assert_eq!(wires::spread(&[(95, 20), (98, 20)], 0, 100, 4), vec![66, 90]);
    assert_eq!(wires::tracks(&[(0, 20), (10, 30), (50, 40)]), vec![1, 0, 0]);
    let _ = Pt::default();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_small_cluster_is_laid_out_cleanly(
        nodes in 1u32..5,
        pods in prop::collection::vec(("(web-|api-|)[a-z가-힣W-]{1,30}", 0u32..5, 1usize..5, any::<bool>()), 1..24),
        services in 0usize..7,
        client in 0usize..24,
        walk in any::<bool>(),
    ) {
        let mut specs: Vec<PodSpec> = vec![("default", "client".into(), 0, 1)];
        for (n, (name, node, containers, system)) in pods.into_iter().enumerate() {
            specs.push((if system { "kube-system" } else { "default" }, format!("{name}{n}"), node % nodes, containers));
        }
        let names = ["web", "api", "a-service-with-a-rather-long-name", "d", "e", "f", "g"];
        let model = model(nodes, &specs, names.get(..services).unwrap_or_default());
        let client = PodId((client % specs.len()) as u32);
        let journey = (walk && services > 0).then(|| journey(&model, client, service(&model, names[client.0 as usize % services])));
        check_layout(&Scene::build(&model, journey.as_ref()));
    }
}

#[test]
fn a_standalone_document_brings_its_colours() {
    let model = first_service();
    let scene = Scene::build(&model, None);
    let mut out = String::new();
    write_standalone(
        &mut out,
        &scene,
        &View { step: None, focus: Focus::All, theme: Theme::Auto, words: &WORDS[0], links: &NoLinks },
    )
    .unwrap();
    assert!(out.contains("<style>") && out.contains("prefers-color-scheme") && !out.contains("<a "));
}
