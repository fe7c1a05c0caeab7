//! What the parts of the picture lead to, and how pages beside a trace lead back to it.

use axum::http::StatusCode;
use kubehop_tests::service::{get, get_with, service};

const ASKED: &str = "/s/first-service/door?from=pod/default/client&to=web:80&choose=endpoint=10.244.1.2:8080";

/// The text of a page, without its elements.
fn text(page: &str) -> String {
    let mut out = String::new();
    for part in page.split('<') {
        out.push_str(part.split_once('>').map_or(part, |(_, text)| text));
        out.push(' ');
    }
    let out = out.replace("&#60;", "<").replace("&#62;", ">").replace(['\u{2068}', '\u{2069}'], "");
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn every_door_tells_of_its_step() {
    let app = service().await;
    let trace = get(&app, &ASKED.replace("/door?", "/trace.json?")).await;
    let trace: serde_json::Value = serde_json::from_str(&trace.body).expect("JSON");
    let hops = trace["legs"].as_array().unwrap().iter().flat_map(|leg| leg["hops"].as_array().unwrap());
    let hops: Vec<&serde_json::Value> = hops.collect();
    let n = |wanted: &dyn Fn(&serde_json::Value) -> bool| hops.iter().position(|hop| wanted(hop)).expect("a hop") + 1;
    let event =
        |hop: &serde_json::Value, kind: &str| hop["events"].as_array().unwrap().iter().any(|e| e["type"] == kind);
    // The step of the Service's translation: the second, as a name was asked for first.
    let to_service = |hop: &serde_json::Value| event(hop, "nat") && hop.to_string().contains("10.244.1.2");
    let nat = n(&to_service);
    for (query, wanted) in [
        (
            format!("step={nat}&what=packet"),
            &["L2 Ethernet", "dst 10.96.0.11 10.244.1.2", "dport 80 8080", "--to-destination 10.244.1.2:8080"][..],
        ),
        (
            format!("step={nat}&what=hook&netns=node-a&of=PREROUTING"),
            &["SYN_SENT", "-j DNAT --to-destination", "All chains"],
        ),
        (
            format!("step={nat}&what=route&netns=node-a&of=in"),
            &[
                "10.244.1.0/24 via 192.168.10.12 dev eth0 taken",
                "has it, but a longer prefix wins",
                "does not have this address",
            ],
        ),
        (
            format!("step={nat}&what=connections"),
            &["sport=41388 dport=80", "made for this packet, not yet in the table", "dport=53"],
        ),
        (
            format!("step={nat}&what=link&netns=node-a&of=cni0"),
            &["mtu 1500", "Forwarding table", "dev vethc891b922", "Ports"],
        ),
        (
            format!("step={nat}&what=link&netns=pod/default/client&of=eth0"),
            &["inet 10.244.0.10/24", "vethc891b922 on node-a"],
        ),
        (
            format!("step={nat}&what=machine&netns=pod/default/client"),
            &["Probe from here", "Everything about it", "inet 10.244.0.10/24", "first-service.yaml:42"],
        ),
        (format!("step={nat}&what=machine&netns=node-a"), &["Connections", "Rules of this machine", "kube-apiserver"]),
        (format!("step={nat}&what=machine&netns=net/lan"), &["What fits", "mtu 1500"]),
        (
            format!("step={nat}&what=rules&netns=node-a"),
            &["What rules here did", "-j DNAT --to-destination 10.244.1.2:8080"],
        ),
        (
            "what=service&of=default/web".to_owned(),
            &["10.244.1.2:8080", "ready", "Its rules on all nodes", "first-service.yaml:75"],
        ),
    ] {
        let page = get(&app, &format!("{ASKED}&{query}")).await;
        assert_eq!(page.status, StatusCode::OK, "{query}");
        let told = text(&page.body);
        for one in wanted {
            assert!(told.contains(one), "{query}: {one}\n{told}");
        }
        assert!(page.body.contains("<html") && page.body.contains("/s/first-service/trace?"), "it leads back");
        let fragment = get_with(&app, &format!("{ASKED}&{query}"), &[("hx-request", "true")]).await;
        assert!(fragment.body.starts_with("<article") && !fragment.body.contains("<html"), "{query}");
        let korean = get(&app, &format!("{ASKED}&{query}&lang=ko")).await.body;
        assert!(korean.contains("<html lang=\"ko\"") && !text(&korean).contains("door-"), "{query}");
    }
    // A step later the entry stands in the table, and nothing changes it on the way through routing.
    let routed = get(&app, &format!("{ASKED}&step={}&what=connections", nat + 2)).await.body;
    assert!(!text(&routed).contains("not yet in the table"), "{}", text(&routed));
    for missing in [
        "what=hook&netns=node-a&of=NONE",
        "what=link&netns=node-a&of=nosuch",
        "what=machine&netns=nosuch",
        "what=service&of=default/nosuch",
        "what=nosuch",
    ] {
        assert_eq!(get(&app, &format!("{ASKED}&{missing}")).await.status, StatusCode::NOT_FOUND, "{missing}");
    }
    assert!(get(&app, "/s/first-service/door?what=packet").await.status.is_client_error(), "no probe");
    // What is called to act is shown as it is.
    let hostile = get(&app, &format!("{ASKED}&what=machine&netns=%3Cscript%3E")).await;
    assert!(hostile.status == StatusCode::NOT_FOUND && !hostile.body.contains("<script>"));
}

#[tokio::test]
async fn a_packet_in_a_packet_is_told_as_two() {
    let app = service().await;
    let trace = "/s/flannel/trace?from=pod/default/client&to=pod/default/far:80";
    let json: serde_json::Value =
        serde_json::from_str(&get(&app, &trace.replace("/trace?", "/trace.json?")).await.body).unwrap();
    let hops = json["legs"].as_array().unwrap().iter().flat_map(|leg| leg["hops"].as_array().unwrap());
    let at = hops
        .into_iter()
        .position(|hop| hop["events"].as_array().unwrap().iter().any(|e| e["type"] == "encap"))
        .expect("encapsulated")
        + 2;
    let page = get(&app, &format!("{}&step={at}&what=packet", trace.replace("/trace?", "/door?"))).await.body;
    assert_eq!(page.matches("header-card").count(), 2, "{page}");
    let told = text(&page);
    assert!(told.contains("VXLAN 1") && told.contains("dport 8472 8472") && told.contains("dst 10.244."), "{told}");
}

#[tokio::test]
async fn pages_beside_a_trace_lead_back_to_its_step() {
    let app = service().await;
    let step = "/s/first-service/trace?from=pod/default/client&to=web:80&step=7";
    let back = |page: &str| {
        page.split("data-back href=\"")
            .nth(1)
            .and_then(|rest| rest.split('"').next())
            .map(|href| href.replace("&#38;", "&"))
    };
    for page in [
        "/help/no-listener",
        "/s/first-service/state?netns=node-a",
        "/s/first-service/rules?netns=node-a",
        "/s/first-service/link?netns=node-a&dev=cni0",
    ] {
        let from = |referer: String| {
            let app = &app;
            async move { back(&get_with(app, page, &[("host", "hop.example"), ("referer", &referer)]).await.body) }
        };
        assert_eq!(from(format!("http://hop.example{step}")).await.as_deref(), Some(step), "{page}");
        for other in [
            format!("http://elsewhere.example{step}"),
            "http://hop.example/".to_owned(),
            "http://hop.example/s/a/b/trace?x".to_owned(),
            "javascript:alert(1)".to_owned(),
            String::new(),
        ] {
            assert_eq!(from(other.clone()).await, None, "{page} from {other}");
        }
    }
    // A page that has its own way does not.
    let own = get_with(
        &app,
        "/s/first-service",
        &[("host", "hop.example"), ("referer", &format!("http://hop.example{step}"))],
    )
    .await;
    assert_eq!(back(&own.body), None);
}
