//! The page of what happens when, and pages of a moment.

use axum::http::StatusCode;
use kubehop_tests::service::{get, post, service};

#[tokio::test]
async fn each_moment_is_told_and_opens_the_cluster_as_it_was() {
    let app = service().await;
    let text = include_str!("../../fixtures/cases/time/churn.yaml");
    let scenario = post(&app, &[("churn.yaml", text)], "").await.header("location").to_owned();
    let page = get(&app, &scenario).await.body;
    assert!(page.contains("data-time"), "{page}");
    let time = get(&app, &format!("{scenario}/time")).await;
    assert_eq!(time.status, StatusCode::OK);
    for mark in [
        "data-moment=\"10s\"",
        "Deployment default/site is rolled out",
        "churn.yaml:8:3",
        "kube-proxy on node-a",
        "?t=10s",
        "t=40s",
    ] {
        assert!(time.body.contains(mark), "{mark}\n{}", time.body);
    }
    // A trace then: the address that a Pod had is nobody's.
    let probe = "from=pod/default/caller&to=10.244.1.3:80";
    let before = get(&app, &format!("{scenario}/trace.json?{probe}")).await.body;
    let then = get(&app, &format!("{scenario}/trace.json?{probe}&t=40s")).await.body;
    assert!(before.contains("\"result\":\"ok\"") && then.contains("EHOSTUNREACH"), "{then}");
    let page = get(&app, &format!("{scenario}/trace?{probe}&t=40s&lang=ko")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("40s 시점") && page.body.contains("t=40s"), "{}", page.body);
    // What is no time is told; an input without a timeline says so.
    assert_eq!(get(&app, &format!("{scenario}?t=soon")).await.status, StatusCode::BAD_REQUEST);
    let none = get(&app, "/s/first-service/time").await.body;
    assert!(none.contains("data-none"), "{none}");
}

#[tokio::test]
async fn a_bar_of_time_leads_to_every_moment_with_the_same_question() {
    let app = service().await;
    let page = get(&app, "/s/rollout/trace?from=pod/default/client&to=web:80&t=12s&level=hops").await;
    assert_eq!(page.status, StatusCode::OK);
    for mark in [
        "data-timebar",
        "<b data-now>12s</b>",
        "since 10s:",
        "data-moment=\"10s\" data-time-step=\"previous\"",
        "data-moment=\"13s\" data-time-step=\"next\"",
        "href=\"/s/rollout/trace?t=13s&#38;from=pod/default/client&#38;to=web:80&#38;at=",
        "&#38;level=hops\"",
        "data-mark=\"1m\"",
    ] {
        assert!(page.body.contains(mark), "{mark}\n{}", page.body);
    }
    // The start has no time in its address, and nothing before it.
    let start = get(&app, "/s/rollout/trace?from=pod/default/client&to=web:80").await.body;
    assert!(start.contains("data-mark=\"0s\"") && !start.contains("data-time-step=\"previous\""), "{start}");
    assert!(start.contains("href=\"/s/rollout/trace?from=pod/default/client&#38;to=web:80&#38;at="), "{start}");
    let map = get(&app, "/s/rollout?t=40s&view=nodes").await.body;
    assert!(map.contains("data-timebar") && map.contains("href=\"/s/rollout?t=1m&#38;view=nodes\""), "{map}");
    // Nothing happens: no bar.
    let still = get(&app, "/s/first-service/trace?from=pod/default/client&to=web:80").await.body;
    assert!(!still.contains("data-timebar"), "{still}");
}

#[tokio::test]
async fn an_event_of_an_address_happens_and_stays_in_every_link() {
    let app = service().await;
    let probe = "from=pod/default/client&to=web:80";
    let event = "event=5s%20scale%20deploy/default/web%200";
    // Behind the seconds of preStop.
    let before = get(&app, &format!("/s/rollout/trace.json?{probe}&t=12s")).await.body;
    let then = get(&app, &format!("/s/rollout/trace.json?{probe}&t=12s&{event}")).await.body;
    let end = |body: &str| body.chars().skip(200).take(200).collect::<String>();
    assert!(before.contains("\"result\":\"ok\"") && then.contains("\"result\":\"refused\""), "{}", end(&then));
    // One more, written with other blanks, and in an input without a timeline.
    let other = "event=+7s++delete+pod/default/client";
    let page = get(&app, &format!("/s/first-service/trace?{probe}&{event}&{other}&t=6s")).await;
    assert_eq!(page.status, StatusCode::OK);
    let kept = "t=6s&#38;event=5s%20scale%20deploy/default/web%200&#38;event=7s%20delete%20pod/default/client";
    let links = page.body.matches("href=\"/s/first-service").count();
    assert!(
        page.body.matches(kept).count() * 2 > links,
        "{} of {links}\n{}",
        page.body.matches(kept).count(),
        page.body
    );
    assert!(page.body.contains("name=\"event\" value=\"7s delete pod/default/client\""), "{}", page.body);
    let time = get(&app, &format!("/s/first-service/time.json?{event}&{other}")).await.body;
    assert!(time.contains("\"file\":\"events\"") && time.contains("\"line\":6"), "{time}");
}

#[tokio::test]
async fn an_event_that_is_none_is_refused_and_one_about_nobody_is_found() {
    let app = service().await;
    for (event, said) in [
        ("soon delete pod/a/b", "“soon”"),
        ("5s remove pod/a/b", "notReady, scale, rollout"),
        ("5s scale deploy/a/b", "deploy/NAMESPACE/NAME REPLICAS"),
        ("5s delete pod/a/<b>\"", "pod/a/&#60;b&#62;&#34;"),
    ] {
        let page = get(&app, &format!("/s/first-service/time?event={}", web::url::encode(event))).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{event}");
        assert!(page.body.contains(said) && page.body.contains("10s delete pod/shop/web-1"), "{event}\n{}", page.body);
    }
    let many = "event=1s%20drain%20node-a&".repeat(21);
    assert_eq!(get(&app, &format!("/s/first-service?{many}")).await.status, StatusCode::BAD_REQUEST);
    let problem = get(&app, "/s/first-service/trace.json?from=pod/default/client&to=web:80&event=nothing").await;
    assert_eq!(problem.status, StatusCode::BAD_REQUEST);
    assert!(problem.body.contains("event"), "{}", problem.body);
    let found = get(&app, "/s/first-service?event=5s%20delete%20pod/default/nobody").await.body;
    assert!(found.contains("scenario-place") && found.contains("events:5:20"), "{found}");
}

#[tokio::test]
async fn presses_add_events_and_the_timeline_takes_them_away() {
    let app = service().await;
    // A Pod, a Node and a workload, each with what can be made to happen at the time that is looked at.
    let pod = get(&app, "/s/rollout?view=pod/default/client&t=5s").await.body;
    let delete = "/s/rollout?t=5s&#38;event=5s%20delete%20pod/default/client&#38;view=cluster";
    assert!(pod.contains("data-acts") && pod.contains(delete), "{pod}");
    let gone = get(&app, &delete.replace("&#38;", "&")).await;
    assert_eq!(gone.status, StatusCode::OK);
    let node = get(&app, "/s/rollout?view=node/node-b").await.body;
    assert!(node.contains("t=10s&#38;event=10s%20drain%20node-b&#38;view=node/node-b"), "{node}");
    let found = get(&app, "/s/rollout?q=web&t=5s").await.body;
    assert!(found.contains("event=5s%20scale%20deploy/default/web%204"), "{found}");
    // What came later is told of by its workload alone: events are about Pods of the start.
    let later = get(&app, "/s/rollout?view=nodes&q=web&t=40s").await.body;
    let name =
        later.split("pod/default/web-rcjg").nth(1).and_then(|rest| rest.split(['"', '&']).next()).unwrap_or_default();
    let pod = get(&app, &format!("/s/rollout?view=pod/default/web-rcjg{name}&t=40s")).await.body;
    assert!(pod.contains("rollout%20deploy/default/web") && !pod.contains("delete%20pod"), "{pod}");
    // In a trace, beside the picture: the same probe right after it.
    let door = "from=pod/default/client&to=web:80&step=1&what=machine&netns=pod/default/client&t=5s";
    let door = get(&app, &format!("/s/rollout/door?{door}")).await.body;
    assert!(door.contains("/s/rollout/trace?t=5s&#38;event=5s%20delete%20pod/default/client&#38;from="), "{door}");
    // The page of all moments takes each away, keeps the others, and says what is wrong.
    let page = get(&app, "/s/rollout/time?event=3s%20drain%20nowhere&event=4s%20drain%20node-b&t=9s").await.body;
    for mark in [
        "data-events",
        "href=\"/s/rollout/time?event=4s%20drain%20node-b\"",
        "href=\"/s/rollout/time?event=3s%20drain%20nowhere\"",
        "There is no node nowhere.",
        "name=\"event\" value=\"4s drain node-b\"",
        "- {at: 4s, drain: node-b}",
        "href=\"#at-1m\"",
    ] {
        assert!(page.contains(mark), "{mark}\n{page}");
    }
}

#[tokio::test]
async fn a_stream_of_probes_is_a_strip_of_traces() {
    let app = service().await;
    let asked = "from=pod/default/client&to=web:80&event=20s%20scale%20deploy/default/web%200";
    let page = get(&app, &format!("/s/rollout/time?{asked}&until=30s")).await.body;
    assert_eq!(page.matches("data-cell=").count(), 31, "{page}");
    for mark in ["data-strip", "class=\"who-0", "class=\"failed", ">✕</a>", "Rejected by a rule", "data-legend"] {
        assert!(page.contains(mark), "{mark}\n{page}");
    }
    // What a cell says is what the trace that it leads to is.
    let cells: Vec<&str> = page.split("data-cell=").skip(1).collect();
    let hrefs: Vec<&str> = page.split("href=\"").filter(|part| part.contains("data-cell=")).collect();
    for at in [0, 4, 13, 17, 29] {
        let said = cells[at].split("title=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
        let href =
            hrefs[at].split('"').next().unwrap_or_default().replace("&#38;", "&").replace("/trace?", "/trace.json?");
        let trace: serde_json::Value = serde_json::from_str(&get(&app, &href).await.body).unwrap();
        match trace["server"]["ip"].as_str().filter(|_| trace["client"]["result"] == "ok") {
            Some(ip) => assert!(said.contains(ip), "{href}: {said}"),
            None => assert!(said.contains("refused"), "{href}: {said}"),
        }
    }
    // The page of a trace leads to the strip of its probe; without a probe there is none.
    let trace = get(&app, "/s/rollout/trace?from=pod/default/client&to=web:80&t=12s").await.body;
    assert!(trace.contains("/s/rollout/time?from=pod/default/client&#38;to=web:80"), "{trace}");
    let bare = get(&app, "/s/rollout/time").await.body;
    assert!(!bare.contains("data-strip") && bare.contains("data-stream"), "{bare}");
    let json = get(&app, &format!("/s/rollout/time.json?{asked}&every=500ms&until=2s")).await.body;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["stream"]["cells"].as_array().map(Vec::len), Some(5));
    for wrong in ["every=0s", "every=often", "until=soon"] {
        let answer = get(&app, &format!("/s/rollout/time?{asked}&{wrong}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{wrong}");
    }
    let hostile = get(&app, "/s/rollout/time?from=%3Cb%3E&to=%22%3E%3Cscript%3E").await;
    assert!(hostile.status == StatusCode::OK && !hostile.body.contains("\"><script>"), "{}", hostile.body);
}

#[tokio::test]
async fn two_moments_stand_side_by_side() {
    let app = service().await;
    let asked = "from=pod/default/client&to=web:80&t=5s&with=--at%2040s";
    let page = get(&app, &format!("/s/rollout/compare?{asked}")).await;
    assert_eq!(page.status, StatusCode::OK);
    for mark in [
        "data-between",
        "Between 5s and 40s",
        "ready → not there",
        "not there → ready",
        "kube-proxy on node-a",
        "class=\"add\"",
        "class=\"del\"",
        "src=\"/s/rollout/trace.svg?t=5s",
        "src=\"/s/rollout/trace.svg?t=40s",
        "<option selected>--at 40s",
        "<option>--at 1m",
        "<b>13s</b>",
    ] {
        assert!(page.body.contains(mark), "{mark}\n{}", page.body);
    }
    // Both pictures are there.
    for part in page.body.split("src=\"").filter(|part| part.starts_with("/s/rollout/trace.svg")) {
        let src = part.split('"').next().unwrap_or_default().replace("&#38;", "&");
        assert_eq!(get(&app, &src).await.status, StatusCode::OK, "{src}");
    }
    let json = get(&app, &format!("/s/rollout/compare.json?{asked}")).await.body;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["between"]["endpoints"].as_array().map(Vec::len), Some(6), "{}", json["between"]);
    // At one time nothing lies between; what is no time is told.
    let same = get(&app, "/s/rollout/compare?from=pod/default/client&to=web:80&with=--cni%20flannel").await.body;
    assert!(!same.contains("data-between"));
    let wrong = get(&app, "/s/rollout/compare?from=pod/default/client&to=web:80&with=--at%20soon").await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    // From a trace there is a way here.
    let trace = get(&app, "/s/rollout/trace?from=pod/default/client&to=web:80&t=5s").await.body;
    assert!(trace.contains("data-beside") && trace.contains("with=--at%2010s"), "{trace}");
}
