//! Machines that were seen, in the browser.

use axum::http::StatusCode;
use kubehop_tests::service::{get, post, service};

#[tokio::test]
async fn a_pasted_transcript_is_a_machine_to_send_through() {
    let app = service().await;
    let text = "\
root@box:~# ip -d addr
1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN
    inet 127.0.0.1/8 scope host lo
2: enp1s0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc fq_codel state UP
    link/ether 52:54:00:12:34:56 brd ff:ff:ff:ff:ff:ff
    inet 192.168.7.20/24 brd 192.168.7.255 scope global enp1s0
root@box:~# ip route
default via 192.168.7.1 dev enp1s0
192.168.7.0/24 dev enp1s0 proto kernel scope link src 192.168.7.20
root@box:~# iptables-save
*filter
:INPUT DROP [0:0]
-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
COMMIT
root@box:~# ss -lntup
tcp   LISTEN 0      128          0.0.0.0:22        0.0.0.0:*     users:((\"sshd\",pid=7,fd=3))
";
    let made = post(&app, &[], text).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.body);
    let scenario = made.header("location").split('?').next().unwrap_or_default().trim_end_matches("/trace").to_owned();
    let trace = |port: u16| format!("{scenario}/trace.json?from=external&to=192.168.7.20:{port}");
    let open = get(&app, &trace(22)).await.body;
    assert!(open.contains("\"result\": \"ok\"") || open.contains("\"result\":\"ok\""), "{open}");
    let closed = get(&app, &trace(80)).await.body;
    assert!(closed.contains("\"timeout\"") && closed.contains("pasted.yaml"), "{closed}");
    let page = get(&app, &scenario).await.body;
    assert!(page.contains("enp1s0"), "it is drawn: {page}");
}

#[tokio::test]
async fn what_a_node_has_is_compared_with_what_it_should_have() {
    let app = service().await;
    let asked = "from=pod/default/near&to=10.96.0.80:80";
    let page = get(&app, "/s/behind").await.body;
    assert!(page.contains("node-a lacks 6 rules that kube-proxy should have written"), "{page}");
    for with in ["", "&with=--expected", "&with=--expected%3D1"] {
        let page = get(&app, &format!("/s/behind/compare?{asked}{with}")).await;
        assert_eq!(page.status, StatusCode::OK, "{with}: {}", page.body);
        assert!(page.body.contains("--expected") && page.body.contains("Connected"), "{with}: {}", page.body);
    }
    let fails = get(&app, &format!("/s/behind/trace.json?{asked}")).await.body;
    let works = get(&app, &format!("/s/behind/trace.json?{asked}&expected=1")).await.body;
    assert!(fails.contains("EHOSTUNREACH") && !works.contains("EHOSTUNREACH"), "{fails}\n{works}");
    assert_eq!(get(&app, "/s/behind?expected=7").await.status, StatusCode::BAD_REQUEST);
}
