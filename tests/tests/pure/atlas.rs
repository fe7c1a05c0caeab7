//! The map of a scenario at any size: how many elements it takes, that every object is found, what is shown of how many, and links that
//! need no script.

use kubehop_tests::{fleet, hostile};
use kubernetes::manifest::{Limits, SourceText};
use kubernetes::origin::ObjectRef;
use sim_core::model::{Model, Options};
use sim_core::trace::ProbeText;
use std::collections::BTreeSet;
use web::atlas::{Asked, Atlas, Drawn, Item, Level, Links, find, groups, plan};
use web::locale::Lang;
use web::page::{Chrome, scenario, topology};

/// Elements of the picture, and of the page.
const PICTURE: usize = 1_500;
const PAGE: usize = 3_000;

fn model(text: &str) -> Model {
    Model::build(&[SourceText::given("all.yaml", text)], &Limits::default(), &Options::default())
}

fn page(model: &Model, lang: Lang, asked: &Asked) -> String {
    let chrome = Chrome { lang, path_and_query: "/s/x".to_owned(), ..Chrome::default() };
    let probe = ProbeText { from: asked.probe[0].clone(), to: asked.probe[1].clone(), ..ProbeText::default() };
    let input = scenario::Input {
        id: "x",
        name: "name",
        model,
        asked,
        findings: 1,
        probe_text: &probe,
        time: (&[], 0),
        error: None,
        lesson: None,
    };
    scenario::render(&chrome, &input).expect("a page")
}

fn elements(html: &str) -> usize {
    html.match_indices('<').filter(|(at, _)| html[at + 1..].starts_with(|c: char| c.is_ascii_alphabetic())).count()
}

/// The part of a page between two marks.
fn between<'a>(html: &'a str, from: &str, to: &str) -> &'a str {
    let rest = html.split_once(from).map_or("", |(_, rest)| rest);
    rest.split_once(to).map_or(rest, |(part, _)| part)
}

fn within_bounds(what: &str, html: &str) {
    let picture = elements(between(html, "<figure id=\"scene\"", "</figure>"));
    assert!(picture <= PICTURE, "{what}: {picture} elements in the picture");
    assert!(elements(html) <= PAGE, "{what}: {} elements on the page", elements(html));
}

fn at(level: Level) -> Asked {
    Asked { level: Some(level), page: 1, part: 1, ..Asked::default() }
}

/// Namespaces with everything there is a box for.
fn shop(namespaces: usize, replicas: usize) -> String {
    let one = |at: usize| {
        format!(
            r#"---
{{apiVersion: v1, kind: Namespace, metadata: {{name: shop-{at}}}}}
---
{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: web, namespace: shop-{at}}}, spec: {{replicas: {replicas}, selector: {{matchLabels: {{app: web}}}}, template: {{metadata: {{labels: {{app: web, tier: front}}}}, spec: {{containers: [{{name: web, image: nginx, ports: [{{containerPort: 80}}]}}]}}}}}}}}
---
{{apiVersion: v1, kind: Service, metadata: {{name: web, namespace: shop-{at}}}, spec: {{selector: {{app: web}}, ports: [{{port: 80}}]}}}}
---
{{apiVersion: v1, kind: Service, metadata: {{name: empty, namespace: shop-{at}}}, spec: {{selector: {{app: nobody}}, ports: [{{port: 80}}]}}}}
---
{{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {{name: door, namespace: shop-{at}}}, spec: {{rules: [{{host: shop-{at}.example.com, http: {{paths: [{{path: /, pathType: Prefix, backend: {{service: {{name: web, port: {{number: 80}}}}}}}}]}}}}]}}}}
---
{{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {{name: closed, namespace: shop-{at}}}, spec: {{podSelector: {{matchLabels: {{app: web}}}}, policyTypes: [Ingress]}}}}
---
{{apiVersion: v1, kind: ConfigMap, metadata: {{name: settings, namespace: shop-{at}}}, data: {{a: b}}}}
"#
        )
    };
    (0..namespaces).map(one).collect()
}

#[test]
fn pictures_and_pages_stay_small_at_any_size() {
    let inputs: Vec<(String, String)> = vec![
        ("a shop".to_owned(), shop(1, 3)),
        ("100 replicas".to_owned(), shop(1, 100)),
        ("90 namespaces".to_owned(), shop(90, 2)),
        ("a fleet".to_owned(), fleet::manifests(fleet::Size { nodes: 250, pods: 1_000, services: 400 })),
        ("one large workload".to_owned(), fleet::manifests(fleet::Size { nodes: 20, pods: 1_000, services: 1 })),
    ];
    let shapes =
        ["nodes", "node-sites", "services-pods", "ports", "pending-pods", "unknown-fields", "ingresses", "gateways"];
    let hostile = shapes.iter().map(|name| ((*name).to_owned(), hostile::input(name, 80).expect("a shape")));
    for (what, text) in inputs.into_iter().chain(hostile) {
        let model = model(&text);
        let all = [
            Asked::default(),
            at(Level::Nodes),
            Asked { q: "0".into(), ..at(Level::Cluster) },
            Asked { kind: "Pod".into(), ..at(Level::Nodes) },
            Asked { problem: true, ..at(Level::Cluster) },
            Asked {
                open: vec!["default".into(), "default/Deployment/app-0".into(), "default/Deployment/a".into()],
                ..at(Level::Cluster)
            },
        ];
        for asked in &all {
            within_bounds(&format!("{what} {asked:?}"), &page(&model, Lang::En, asked));
        }
        if let Some(node) = model.cluster.nodes.first() {
            within_bounds(&what, &page(&model, Lang::En, &at(Level::Node(node.name.to_string()))));
        }
        if let Some(pod) = model.cluster.pods.first() {
            let level = Level::Pod(pod.name.namespace.to_string(), pod.name.name.to_string());
            within_bounds(&what, &page(&model, Lang::En, &at(level)));
        }
    }
}

#[test]
fn every_object_is_found_by_its_name_and_leads_somewhere() {
    let text = shop(2, 3)
        + "---\n{apiVersion: v1, kind: Pod, metadata: {name: lost, namespace: shop-0}, spec: {nodeSelector: {x: y}, containers: [{name: c, image: i}]}}\n";
    let compose = include_str!("../../../web/scenarios/published-port.compose.yaml");
    let compose = SourceText::given("compose.yaml", compose);
    let mut all = vec![model(&text), Model::build(&[compose], &Limits::default(), &Options::default())];
    for text in
        [include_str!("../../../web/scenarios/gateway.yaml"), include_str!("../../../web/scenarios/internet.yaml")]
    {
        all.push(model(text));
    }
    let mut kinds = BTreeSet::new();
    for model in &all {
        let atlas = Atlas::of(model);
        let asked = Asked::default();
        let links = Links { id: "x", asked: &asked };
        for item in atlas.items() {
            let facts = atlas.facts(item).expect("facts");
            kinds.insert(facts.kind.to_owned());
            let found = find(&atlas, &Asked { q: facts.name.to_string(), ..Asked::default() });
            assert!(found.items.contains(&item), "{facts:?}");
            let own = Asked {
                q: facts.name.to_string(),
                kind: facts.kind.to_owned(),
                ns: facts.namespace.unwrap_or_default().to_owned(),
                ..Asked::default()
            };
            // Of a kind and a namespace those of just that name stand first, on the first page of the list.
            let place = find(&atlas, &own).items.iter().position(|one| *one == item);
            assert!(place.is_some_and(|place| place < 5), "{facts:?} {place:?}");
            let href = links.item(&atlas, item);
            assert!(href.as_deref().is_some_and(|href| href.starts_with("/s/x")), "{facts:?} {href:?}");
            if let Some(ip) = facts.address {
                let by_address = find(&atlas, &Asked { q: ip.to_string(), ..Asked::default() });
                assert!(by_address.items.contains(&item), "{facts:?}");
            }
        }
        // Nothing of the input is missing from the map.
        let known: BTreeSet<(String, String)> = atlas
            .items()
            .filter_map(|item| atlas.facts(item))
            .map(|one| (one.kind.to_owned(), one.name.to_string()))
            .collect();
        for entry in sim_core::inventory::inventory(model) {
            let ObjectRef { kind, name, .. } = &entry.object;
            let known = known.contains(&(kind.to_string(), name.to_string()));
            assert!(known || matches!(&**kind, "Scenario" | "Compose"), "{}", entry.object);
        }
    }
    for kind in [
        "Namespace",
        "Node",
        "Deployment",
        "Pod",
        "Service",
        "Ingress",
        "NetworkPolicy",
        "ConfigMap",
        "Gateway",
        "HTTPRoute",
        "Container",
        "DockerHost",
        "Host",
        "Router",
    ] {
        assert!(kinds.contains(kind), "no {kind} was looked for: {kinds:?}");
    }
}

#[test]
fn filters_leave_what_they_say() {
    let model = model(&shop(3, 4));
    let atlas = Atlas::of(&model);
    let kinds = |asked: &Asked| -> Vec<(String, String)> {
        let found = find(&atlas, asked);
        let facts = found.items.iter().filter_map(|item| atlas.facts(*item));
        facts.map(|one| (one.kind.to_owned(), one.namespace.unwrap_or_default().to_owned())).collect()
    };
    let pods = kinds(&Asked { ns: "shop-1".into(), kind: "pod".into(), ..Asked::default() });
    assert_eq!(pods, vec![("Pod".to_owned(), "shop-1".to_owned()); 4]);
    let fronts = kinds(&Asked { label: "tier=front,app".into(), kind: "Pod".into(), ..Asked::default() });
    assert_eq!(fronts.len(), 12);
    assert!(kinds(&Asked { label: "tier=back".into(), ..Asked::default() }).is_empty());
    let wrong = kinds(&Asked { problem: true, kind: "Service".into(), ..Asked::default() });
    assert_eq!(wrong.len(), 3, "the Services that nobody stands behind: {wrong:?}");
    let all_kinds = find(&atlas, &Asked { ns: "shop-0".into(), kind: "Pod".into(), ..Asked::default() }).kinds;
    assert_eq!(
        (all_kinds.get("Pod"), all_kinds.get("Service")),
        (Some(&4), Some(&2)),
        "counted whatever kind is asked for"
    );
    // The picture has what was found and what belongs to it, nothing else.
    let asked = Asked { ns: "shop-2".into(), kind: "Ingress".into(), ..at(Level::Cluster) };
    let picture = plan(&atlas, &asked, Some(&find(&atlas, &asked)));
    let [ring] = picture.rings.as_slice() else { panic!("{picture:?}") };
    assert_eq!(&*ring.namespace, "shop-2");
    assert!(matches!(ring.boxes.as_slice(), [Drawn::Ingress(_), Drawn::Service(_), Drawn::Workload(..)]), "{ring:?}");
}

#[test]
fn what_is_drawn_is_said_of_how_many_and_the_rest_is_a_link_away() {
    let model = model(&fleet::manifests(fleet::Size { nodes: 300, pods: 1_200, services: 300 }));
    let atlas = Atlas::of(&model);
    let mut asked = at(Level::Cluster);
    let first = plan(&atlas, &asked, None);
    assert_eq!((first.workloads.of, first.pods.of), (300, 1_200));
    assert!(first.workloads.shown < 300 && first.parts > 1);
    // Part by part every workload comes up, once.
    let mut seen = BTreeSet::new();
    for part in 1..=first.parts {
        asked.part = part;
        let boxes = plan(&atlas, &asked, None).rings.into_iter().flat_map(|ring| ring.boxes);
        for one in boxes {
            if let Drawn::Workload(at, _) = one {
                assert!(seen.insert(at), "workload {at} twice");
            }
        }
    }
    assert_eq!(seen.len(), atlas.workloads.len());
    let html = page(&model, Lang::En, &at(Level::Cluster));
    assert!(
        html.contains(&format!("{} of 300 workloads shown", first.workloads.shown)),
        "{}",
        between(&html, "data-shown>", "</p>")
    );
    assert!(html.contains("of 1,200 Pods") && html.contains("data-next-part"));
    // So do machines.
    let mut nodes = BTreeSet::new();
    let mut asked = at(Level::Nodes);
    asked.group = String::from("node-*");
    for part in 1..=groups(&atlas, &asked, None).parts {
        asked.part = part;
        let of = groups(&atlas, &asked, None).groups.into_iter().flat_map(|group| group.machines);
        nodes.extend(of.filter(|one| matches!(one.item, Item::Node(_))).map(|one| one.item));
    }
    assert_eq!(nodes.len(), 300);
}

#[test]
fn workloads_and_namespaces_unfold_in_place_by_links() {
    let model = model(&shop(2, 30));
    let html = page(&model, Lang::En, &at(Level::Cluster));
    assert!(
        html.contains("web ×30") && !html.contains("data-pick-value=\"pod/shop-0/web-")
            || html.matches("class=\"one\"").count() == 0
    );
    let unfold = "href=\"/s/x?view=cluster&amp;open=shop-0/Deployment/web\"";
    assert!(html.contains(unfold), "{}", between(&html, "data-ring=\"shop-0\"", "</section>"));
    let asked = Asked { open: vec!["shop-0/Deployment/web".into()], ..at(Level::Cluster) };
    let open = page(&model, Lang::En, &asked);
    assert_eq!(between(&open, "data-ring=\"shop-0\"", "</section>").matches("<g class=\"one").count(), 30);
    assert!(open.contains("shut=shop-0/Deployment/web"), "the way back");
    let asked = Asked { shut: vec!["shop-0".into()], ..at(Level::Cluster) };
    let shut = page(&model, Lang::En, &asked);
    assert!(between(&shut, "data-ring=\"shop-0\"", "</section>").contains("aria-expanded=\"false\""));
    assert!(!between(&shut, "data-ring=\"shop-0\"", "</section>").contains("<svg"));
}

#[test]
fn a_pod_is_told_with_its_addresses_and_how_they_are_known_in_both_languages() {
    let model = model(&shop(1, 2));
    let pod = &model.cluster.pods.iter().find(|pod| &*pod.name.namespace == "shop-0").expect("a Pod").name;
    let level = Level::Pod(pod.namespace.to_string(), pod.name.to_string());
    for (lang, words) in [
        (Lang::En, ["Services that lead here", "Send from here"]),
        (Lang::Ko, ["이 파드로 이어지는 서비스", "여기에서 보내기"]),
    ] {
        let html = page(&model, lang, &at(level.clone()));
        for word in words {
            assert!(html.contains(word), "{word}");
        }
        let view = between(&html, "<div class=\"pod-view\"", "<section class=\"ask\"");
        for part in [
            "nameserver ",
            "default via ",
            "shop-0/web</a>",
            "NetworkPolicy shop-0/closed</a>",
            "containerPort",
            "tcp 80",
        ] {
            assert!(view.contains(part), "{part}: {view}");
        }
        let sends = format!("from=pod/shop-0/{}#ask-heading", pod.name);
        assert!(html.contains(&sends), "{sends}");
        assert!(!html.contains("data-kinds"), "what is about the whole input stands on its page");
    }
    // The form has a source that it does not list otherwise.
    let from = format!("pod/{pod}");
    let asked = Asked { probe: [from.clone(), String::new()], ..at(level) };
    assert!(page(&model, Lang::En, &asked).contains(&format!("<option value=\"{from}\" selected>")));
}

#[test]
fn unknown_names_are_told_with_those_that_are_near() {
    let model = model(&shop(1, 2));
    let chrome = Chrome::default();
    let missing = |level: Level| topology::missing(&chrome, &model, &at(level));
    assert!(missing(Level::Node("node-z".into())).is_some_and(|hint| hint.contains("node-a")));
    assert!(missing(Level::Pod("shop-0".into(), "wob".into())).is_some_and(|hint| hint.contains("shop-0/web-")));
    assert!(missing(Level::Host("<b>".into())).is_some());
    assert_eq!(missing(Level::Node("node-a".into())), None);
    assert_eq!(missing(Level::Cluster), None);
    assert_eq!(Level::read("nowhere"), None);
    assert_eq!(Level::read("node/"), None);
}

#[test]
fn names_and_values_of_an_address_stay_what_they_are() {
    let model = model(&shop(1, 1).replace("name: web", "name: 'w<b>\"eb'"));
    let asked = Asked { q: "\"><script>".into(), ns: "<u>".into(), label: "'x'=\"y\"".into(), ..at(Level::Cluster) };
    for asked in [asked, at(Level::Cluster), at(Level::Nodes)] {
        let html = page(&model, Lang::En, &asked);
        for bad in ["<script>\"", "\"><script", "<b>\"", "<u>"] {
            assert!(!html.contains(bad), "{bad}");
        }
    }
    let long = "x".repeat(web::atlas::TEXT + 1);
    assert!(Asked::read(|name| (name == "q").then_some(long.as_str())).is_err());
    let many = vec!["a"; 65].join(",");
    assert!(Asked::read(|name| (name == "open").then_some(many.as_str())).is_err());
    assert!(Asked::read(|name| (name == "part").then_some("0")).is_err());
    let read = Asked::read(|name| match name {
        "view" => Some("pod/shop/web-1"),
        "problem" => Some("1"),
        "open" => Some("a,b/Deployment/c"),
        _ => None,
    });
    let read = read.expect("an address");
    assert_eq!(read.href("x"), "/s/x?view=pod/shop/web-1&problem=1&open=a,b/Deployment/c");
}
