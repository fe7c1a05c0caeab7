//! Pages are whole, hold what scripts and tests look for, and escape what people wrote.

use super::*;
use crate::locale::Lang;
use kubernetes::budget::Budget;
use kubernetes::manifest::{Limits, SourceText};
use sim_core::model::{Model, Options};
use sim_core::trace::{self as tracing, ProbeText, parse_probe};

fn model(name: &str, text: &str) -> Model {
    let source = SourceText::given(name, text);
    Model::build(&[source], &Limits::default(), &Options::default())
}

fn first_service() -> Model {
    model("first-service.yaml", include_str!("../../scenarios/first-service.yaml"))
}

fn chrome(lang: Lang) -> Chrome {
    Chrome { lang, path_and_query: "/s/x?step=2".to_owned(), ..Chrome::default() }
}

fn probe(to: &str) -> ProbeText {
    ProbeText { from: "pod/default/client".to_owned(), to: to.to_owned(), ..ProbeText::default() }
}

fn trace_page(c: &Chrome, model: &Model, to: &str, step: u32) -> String {
    let text = probe(to);
    let probe = parse_probe(model, &text).unwrap();
    let journey = tracing::run(model, &probe);
    let branches = tracing::branches(model, &probe, 16);
    let input = trace::Input {
        interfaces: &[],
        id: "x",
        name: "name",
        model,
        probe_text: &text,
        journey: &journey,
        branches: &branches,
        step: Some(step),
        level: Some("all"),
        measured: (None, None),
        time: (&[], 0),
        budget: &Budget::unlimited(),
    };
    trace::render(c, &input).unwrap()
}

/// Every page has these, and nothing a strict content security policy would stop.
fn check_page(c: &Chrome, html: &str) {
    assert!(html.contains(&format!("<html lang=\"{}\"", c.code())), "{}", &html[..200]);
    assert!(html.contains("href=\"/s/x?step=2&#38;lang=ko\"") || html.contains("lang=ko"), "language switch");
    for forbidden in ["<style", " style=\"", " onclick=", "javascript:"] {
        assert!(!html.contains(forbidden), "{forbidden}");
    }
    let scripts = html.matches("<script").count();
    let external = html.matches("<script type=\"module\" src=").count() + html.matches("<script src=").count();
    let data = html.matches("<script type=\"application/json\"").count();
    assert_eq!(scripts, external + data, "no inline script");
    let ids: Vec<&str> = html.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let mut unique = ids.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(ids.len(), unique.len(), "an id is there twice");
}

#[test]
fn home_leads_to_the_first_trace_in_one_click() {
    for lang in Lang::ALL {
        let c = chrome(lang);
        let ready = home::Ready { id: "first-service".to_owned(), group: None, probe: probe("web:80") };
        let listed = home::Ready { id: "calico".to_owned(), group: Some("nodes".to_owned()), probe: probe("web:80") };
        let html = home::render(&c, &[ready, listed]).unwrap();
        check_page(&c, &html);
        assert!(
            html.contains("data-ready-scenario href=\"/s/first-service/trace?from=pod/default/client&#38;to=web:80\"")
        );
        assert!(!html.contains("ready-first-service-title") && !html.contains("ready-group-nodes"));
        assert_eq!((html.matches("ready-card").count(), html.matches("<h3 id=\"ready-nodes\">").count()), (1, 1));
    }
}

#[test]
fn a_trace_page_has_one_current_step_and_all_details() {
    let model = first_service();
    for lang in Lang::ALL {
        let c = chrome(lang);
        for (to, step) in [("web:80", 3), ("svc/default/idle:80", 1), ("10.244.9.9:80", 9999)] {
            let html = trace_page(&c, &model, to, step);
            check_page(&c, &html);
            assert_eq!(html.matches("aria-current=\"step\"").count(), 1, "{to}");
            // Every step is told in the template, the current one in the page as well.
            let (page, template) = html.split_once("<template id=\"details-data\">").unwrap();
            let details = template.matches("data-step-detail=").count();
            assert_eq!(details, html.matches("<li data-step=").count());
            assert_eq!(page.matches("data-step-detail=").count(), 1);
            assert_eq!(html.matches("<p class=\"where\">").count(), details + 1, "every step is told");
            assert_eq!(html.matches("data-outcome ").count(), 1);
        }
    }
}

#[test]
fn a_story_has_its_beats_and_every_step_below_one() {
    let model = first_service();
    for lang in Lang::ALL {
        let c = chrome(lang);
        let text = probe("web:80");
        let probe = parse_probe(&model, &text).unwrap();
        let journey = tracing::run(&model, &probe);
        let branches = tracing::branches(&model, &probe, 16);
        let page = |level, step| {
            let budget = Budget::unlimited();
            let input = trace::Input {
                interfaces: &[],
                id: "x",
                name: "name",
                model: &model,
                probe_text: &text,
                journey: &journey,
                branches: &branches,
                step,
                level,
                measured: (None, None),
                time: (&[], 0),
                budget: &budget,
            };
            trace::render(&c, &input).unwrap()
        };
        let story = page(None, None);
        check_page(&c, &story);
        let beats = story.matches("<li class=\"beat ").count();
        assert!((4..=8).contains(&beats), "{beats}");
        assert!(story.contains(&format!("data-now aria-live=\"off\">1 / {beats}<")), "the first of the beats");
        assert_eq!(story.matches("aria-current=\"step\"").count(), 1);
        // Every step is told, and is in the list below its beat: where a beat is one step, it is that.
        let details = story.matches("data-step-detail=").count() - 1;
        let single = story.matches("</a>\n</li>").count();
        assert_eq!(details, story.matches("<li data-step=").count() + single, "{single}");
        // A step within a beat: its beat is open, and it alone is marked.
        let within = page(Some("story"), Some(5));
        assert_eq!(within.matches("aria-current=\"step\"").count(), 1);
        assert!(within.contains("<li data-step=\"5\" aria-current=\"step\""), "the step");
        assert_eq!(within.matches("<details open><summary>").count(), 1);
        // Hops are fewer than all steps, and each level leads to the others at the step that is shown.
        let count = |html: &str| html.matches("<li data-step=").count();
        let (hops, all) = (page(Some("hops"), Some(5)), page(Some("all"), Some(5)));
        assert!(count(&hops) < count(&all) && count(&all) == details, "{} of {details}", count(&hops));
        for level in ["story", "hops", "all"] {
            let link = format!("step=5&#38;level={level}\"");
            let links = all.split("<a data-level-link ").skip(1).filter_map(|rest| rest.split('>').next());
            assert_eq!(links.filter(|own| own.contains(&link)).count(), 1, "{level}");
        }
    }
}

/// A model with one change, so that a probe fails in it.
fn changed(from: &str, to: &str) -> Model {
    let text = include_str!("../../scenarios/first-service.yaml");
    assert!(text.contains(from), "{from}");
    model("first-service.yaml", &text.replace(from, to))
}

fn failing_page(c: &Chrome, model: &Model, to: &str) -> String {
    let text = probe(to);
    let probe = parse_probe(model, &text).unwrap();
    let mut journey = tracing::run(model, &probe);
    journey.outcome.fixes = tracing::fixes(model, &journey, &tracing::Effort::default());
    let branches = tracing::branches(model, &probe, 16);
    let (step, level) = (None, None);
    let input = trace::Input {
        interfaces: &[],
        id: "x",
        name: "n",
        model,
        probe_text: &text,
        journey: &journey,
        branches: &branches,
        step,
        level,
        measured: (None, None),
        time: (&[], 0),
        budget: &Budget::unlimited(),
    };
    trace::render(c, &input).unwrap()
}

#[test]
fn a_failing_trace_begins_with_cause_line_and_fix() {
    let model = changed("targetPort: http\n---", "targetPort: 8081\n---");
    for lang in Lang::ALL {
        let c = chrome(lang);
        let html = failing_page(&c, &model, "svc/default/web:80");
        check_page(&c, &html);
        let at = |part: &str| html.find(part).unwrap_or_else(|| panic!("{part}"));
        let order = [
            at("<h1>"),
            at("<nav class=\"branches\""),
            at("id=\"player\""),
            at("data-cause"),
            at("<span class=\"ln hit\">"),
            at("data-fix>"),
            at("<span class=\"add\">"),
            at("<form method=\"post\" action=\"/s/x/fix?"),
            at("id=\"hops\""),
        ];
        assert!(order.is_sorted(), "{order:?}");
        assert!(html[at("<span class=\"ln hit\">")..at("data-fix>")].contains("8081"), "the line itself");
        // Every way is told apart: Pod, address, node and how it ends there.
        let ways: Vec<&str> =
            html.split("<a data-branch ").skip(1).filter_map(|way| way.split("</a>").next()).collect();
        let result = c.t("result-short-refused");
        assert_eq!(ways.len(), 3);
        for way in &ways {
            assert!(way.contains("10.244.") && way.contains(" · node-") && way.contains(&result), "{way}");
        }
        let pods: std::collections::BTreeSet<&str> =
            ways.iter().filter_map(|way| way.split("<b>").nth(1)?.split('<').next()).collect();
        assert_eq!(pods.len(), 3, "{pods:?}");
    }
}

#[test]
fn without_a_packet_the_picture_stays_with_what_is_missing() {
    let model = changed(
        "    image: curlimages/curl",
        "    image: curlimages/curl\n  dnsPolicy: None\n  dnsConfig: {searches: [x.y]}",
    );
    for lang in Lang::ALL {
        let c = chrome(lang);
        let html = failing_page(&c, &model, "web:80");
        check_page(&c, &html);
        assert!(html.contains(&c.t("trace-empty")) && !html.contains("id=\"player\""), "nothing was sent");
        let (_, picture) = html.split_once("<figure id=\"scene\"").expect("the picture stays");
        let marked: Vec<&str> = picture.split("<g class=\"").filter(|group| group.contains(" now\"")).collect();
        assert_eq!(marked.len(), 1, "{marked:?}");
        assert!(marked[0].contains("data-pod=\"default/client\""), "who would have sent is marked");
        let (_, conf) = html.split_once("data-resolver open>").expect("the resolver's configuration is open");
        assert!(
            conf.split("</details>").next().is_some_and(|conf| conf.contains("search x.y\noptions ndots:1")),
            "{conf}"
        );
    }
    // A name that is not found, too, shows whom the Pod asks.
    let html = failing_page(&chrome(Lang::En), &first_service(), "nobody:80");
    assert!(
        html.contains("data-resolver>") && html.contains("nameserver 10.96.0.10\nsearch default.svc.cluster.local")
    );
}

#[test]
fn branches_are_links_to_each_other() {
    let html = trace_page(&chrome(Lang::En), &first_service(), "web:80", 1);
    assert_eq!(html.matches("<a data-branch ").count(), 3);
    assert_eq!(html.matches("choose=endpoint%3D").count(), 3);
}

#[test]
fn a_rule_has_a_page_with_its_line() {
    let model = first_service();
    let c = chrome(Lang::En);
    let html = trace_page(&c, &model, "svc/default/web:80", 5);
    let href = html.split("href=\"/s/x/rule?").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    let href = href.replace("&#38;", "&");
    let pairs: Vec<(&str, &str)> = href.split('&').filter_map(|pair| pair.split_once('=')).collect();
    let get = |name: &str| pairs.iter().find(|(found, _)| *found == name).map(|(_, value)| *value).unwrap();
    let input = detail::RuleInput {
        id: "x",
        name: "name",
        model: &model,
        netns: get("netns"),
        table: get("table"),
        chain: get("chain"),
        number: get("n").parse().unwrap(),
        fragment: false,
    };
    let page = detail::rule(&c, &input).unwrap().unwrap();
    check_page(&c, &page);
    assert!(page.contains(&format!("-A {}", get("chain"))));
    let fragment = detail::rule(&c, &detail::RuleInput { fragment: true, ..input }).unwrap().unwrap();
    assert!(fragment.starts_with("<article") && page.contains(fragment.trim()));
    let none = detail::rule(&c, &detail::RuleInput { number: 9999, ..input }).unwrap();
    assert_eq!(none, None);
}

#[test]
fn an_interface_has_a_page() {
    let model = first_service();
    let c = chrome(Lang::Ko);
    let netns = model.site.network.name(kernel::ids::NetnsId(0)).unwrap().clone();
    let input = detail::LinkInput { id: "x", name: "name", model: &model, netns: &netns, dev: "lo", fragment: false };
    let page = detail::link(&c, &input).unwrap().unwrap();
    check_page(&c, &page);
    assert_eq!(detail::link(&c, &detail::LinkInput { dev: "nope", ..input }).unwrap(), None);
}

#[test]
fn findings_show_their_place_and_what_people_wrote_is_text() {
    let hostile =
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: \"<img src=x onerror=alert(1)>\"\n  labels: [</script><b>]\n";
    let model = model("bro\"<i>ken.yaml", hostile);
    let c = chrome(Lang::En);
    let text = probe("\"><script>alert(1)</script>:80");
    let error = parse_probe(&model, &text).err();
    let input = scenario::Input {
        id: "x",
        name: "<u>name",
        model: &model,
        probe_text: &text,
        lesson: None,
        time: (&[], 0),
        error: error.as_ref(),
        asked: &crate::atlas::Asked::default(),
        findings: 1,
    };
    let html = scenario::render(&c, &input).unwrap();
    check_page(&c, &html);
    assert!(html.contains("data-diagnostic="));
    for raw in ["<img src=x", "<script>alert", "</script><b>", "<u>name", "<i>ken"] {
        assert!(!html.contains(raw), "{raw}");
    }
    assert!(html.contains("ken.yaml:"));
}

#[test]
fn errors_and_help_have_a_way_onward() {
    for lang in Lang::ALL {
        let c = chrome(lang);
        for code in ["not-found", "scenario-not-found", "too-large", "bad-request", "no-input", "a-code-nobody-knows"] {
            let html = error::render(&c, 404, code, &["<b>".to_owned()], Some("/s/x")).unwrap();
            check_page(&c, &html);
            assert!(html.contains("href=\"/s/x\"") && !html.contains("<b>") && !html.contains("error-"), "{code}");
        }
        let page = help::render(&c, "no-route").unwrap().unwrap();
        check_page(&c, &page);
        for code in ["cni-cilium", "network-plugins"] {
            check_page(&c, &help::render(&c, code).unwrap().unwrap());
        }
        for code in ["<script>", "cni-calico", "cni-"] {
            assert_eq!(help::render(&c, code).unwrap(), None, "{code}");
        }
    }
}

#[test]
fn pages_of_nftables_mode_show_maps_and_who_filled_them() {
    let text = concat!(
        include_str!("../../scenarios/first-service.yaml"),
        "---\napiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nmode: nftables\n"
    );
    let model = model("a.yaml", text);
    assert!(!model.has_errors(), "{:#?}", model.diagnostics);
    for lang in Lang::ALL {
        let c = chrome(lang);
        let text = ProbeText { from: "pod/default/client".to_owned(), ..probe("svc/default/web:80") };
        let probe = parse_probe(&model, &text).unwrap();
        let journey = tracing::run(&model, &probe);
        let say = crate::words::Say { lang, model: &model, id: Some("x") };
        let facts = sim_core::facts::Facts::of(&model, &journey);
        let visit = facts.visits().find(|visit| visit.facts().len() > 8).expect("a step through the chains");
        let lines = say.events(&visit, None);
        let found = lines
            .iter()
            .find(|line| {
                line.kind == "lookup" && line.kernel.as_deref().is_some_and(|text| text.contains("goto service-"))
            })
            .expect("the Service is looked up");
        let because = found.because.as_ref().expect("somebody filled the map");
        assert_eq!(because.object.as_deref(), Some("Service default/web"));
        assert!(because.place.as_deref().is_some_and(|place| place.starts_with("a.yaml:")));
        assert_eq!(found.depth, 1, "as deep as the rule");
        let input = detail::RuleInput {
            id: "x",
            name: "name",
            model: &model,
            netns: "node-a",
            table: "ip kube-proxy",
            chain: "services",
            number: 1,
            fragment: false,
        };
        let html = detail::rule(&c, &input).unwrap().expect("the rule is there");
        check_page(&c, &html);
        for part in ["vmap @service-ips", "10.96.0.11 . tcp . 80 : goto service-", "Service default/web"] {
            assert!(html.contains(part), "{part}");
        }
        assert!(trace_page(&c, &model, "svc/default/web:80", 5).contains("@service-ips {"), "the panel names the map");
    }
}

#[test]
fn the_ipv6_half_is_listed_and_marked() {
    let text = "apiVersion: v1\nkind: Service\nmetadata: {name: both}\nspec: {clusterIPs: [10.96.0.9, 'fd00:96::9'], ipFamilyPolicy: PreferDualStack, ports: [{port: 80}]}\n";
    let config = "---\napiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nmode: nftables\n";
    for (text, address) in
        [(text.to_owned(), "-d fd00:96::9/128"), (format!("{text}{config}"), "fd00:96::9 . tcp . 80")]
    {
        let model = model("both.yaml", &text);
        for (lang, mark) in [(Lang::En, "listed, not traced yet"), (Lang::Ko, "목록만, 아직 추적하지 않음")]
        {
            let c = chrome(lang);
            let of_service = rules::ServiceInput {
                id: "x",
                name: "X",
                model: &model,
                namespace: "default",
                service: "both",
                port: None,
                page: 1,
            };
            let html = rules::service(&c, &of_service).unwrap().expect("page");
            assert!(html.contains(address) && html.contains(mark), "{html}");
            check_page(&c, &html);
            let input = rules::Input {
                id: "x",
                name: "X",
                model: &model,
                node: "node-a",
                netns: "",
                table: "",
                chain: "",
                set: "",
                q: "",
                page: 1,
                number: 0,
                packet: None,
                claims: false,
            };
            let html = rules::render(&c, &input).unwrap().expect("page");
            assert!(html.contains(mark), "{html}");
            check_page(&c, &html);
        }
    }
}
