//! Whole journeys on the real kernel: questions over UDP and TCP, a cache of names on each node, requests through the proxies of Ingresses and
//! Gateways. Each act of a process is done there and in the simulation, and compared packet by packet.

use kernel::state::KernelState;
use kubehop_tests::judge::journeys::{self, Agreed};
use kubehop_tests::judge::kernel::{Lab, require};
use kubehop_tests::model;
use kubernetes::cluster::model::ProxyMode;
use sim_core::model::{Model, Options};
use sim_core::trace::{self, ProbeText, Purpose};

/// Two nodes with CoreDNS on both, a Service, clients: an ordinary one and one whose resolver asks over TCP.
const CLUSTER: &str = r#"
{apiVersion: v1, kind: Node, metadata: {name: node-a}, spec: {podCIDR: 10.244.0.0/24}, status: {addresses: [{type: InternalIP, address: 192.168.10.11}]}}
---
{apiVersion: v1, kind: Node, metadata: {name: node-b}, spec: {podCIDR: 10.244.1.0/24}, status: {addresses: [{type: InternalIP, address: 192.168.10.12}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: kube-dns, namespace: kube-system}, spec: {clusterIP: 10.96.0.10, selector: {k8s-app: kube-dns}, ports: [{name: dns, port: 53, protocol: UDP}, {name: dns-tcp, port: 53}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: coredns-a, namespace: kube-system, labels: {k8s-app: kube-dns}}, spec: {nodeName: node-a, containers: [{name: c, image: coredns, ports: [{containerPort: 53, protocol: UDP}, {containerPort: 53}]}]}, status: {podIP: 10.244.0.53}}
---
{apiVersion: v1, kind: Pod, metadata: {name: coredns-b, namespace: kube-system, labels: {k8s-app: kube-dns}}, spec: {nodeName: node-b, containers: [{name: c, image: coredns, ports: [{containerPort: 53, protocol: UDP}, {containerPort: 53}]}]}, status: {podIP: 10.244.1.53}}
---
{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {clusterIP: 10.96.0.20, selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: web-a, labels: {app: web}}, spec: {nodeName: node-a, containers: [{name: c, image: web, ports: [{name: http, containerPort: 8080}]}]}, status: {podIP: 10.244.0.20}}
---
{apiVersion: v1, kind: Pod, metadata: {name: web-b, labels: {app: web}}, spec: {nodeName: node-b, containers: [{name: c, image: web, ports: [{name: http, containerPort: 8080}]}]}, status: {podIP: 10.244.1.20}}
---
{apiVersion: v1, kind: Pod, metadata: {name: client}, spec: {nodeName: node-a, containers: [{name: c, image: c}]}, status: {podIP: 10.244.0.9}}
---
{apiVersion: v1, kind: Pod, metadata: {name: stream}, spec: {nodeName: node-b, dnsConfig: {options: [{name: use-vc}]}, containers: [{name: c, image: c}]}, status: {podIP: 10.244.1.9}}
"#;

/// A probe, and what has to come of it.
struct Case {
    from: &'static str,
    to: &'static str,
    /// Of a URL: where to connect.
    connect: Option<&'static str>,
    result: &'static str,
    /// Purposes of legs, each so often at least.
    legs: &'static [(Purpose, usize)],
}

fn check(texts: &str, tag: &str, cases: &[Case]) -> Vec<Agreed> {
    check_with(None, texts, tag, cases)
}

/// Where `narrow` is given, requests have a body of so many bytes, and nodes' bridges take so many in a packet.
fn check_with(narrow: Option<(u32, u32)>, texts: &str, tag: &str, cases: &[Case]) -> Vec<Agreed> {
    require();
    let mut all = Vec::new();
    for (mode, letter) in [(ProxyMode::Iptables, "i"), (ProxyMode::Nftables, "n")] {
        let options = Options { proxy_mode: Some(mode), ..Options::default() };
        let model = model(&[("cluster.yaml", &format!("{CLUSTER}{texts}"))], &options);
        let mut lab: Option<(Lab, KernelState)> = None;
        for (number, case) in cases.iter().enumerate() {
            let text = ProbeText {
                from: case.from.to_owned(),
                to: case.to.to_owned(),
                connect: case.connect.map(str::to_owned),
                seed: number as u64 + 1,
                size: narrow.map(|(size, _)| size.to_string()),
                ..ProbeText::default()
            };
            let probe = trace::parse_probe(&model, &text).unwrap();
            let mut with = trace::model_for(&model, &probe).into_owned();
            if let Some((_, mtu)) = narrow {
                let mut builder = with.site.network.edit();
                let links = builder.namespaces.iter_mut().flat_map(|netns| &mut netns.links);
                links.filter(|link| &*link.name == "cni0").for_each(|link| link.mtu = mtu);
                with.site.network = builder.build().unwrap();
            }
            let with: &Model = &with;
            let (lab, state) = lab.get_or_insert_with(|| {
                let lab = Lab::up(&with.site.network, &format!("{tag}{letter}")).unwrap();
                (lab, KernelState::default())
            });
            state.now = lab.started.elapsed().as_secs();
            let agreed = journeys::run(lab, with, state, &probe)
                .unwrap_or_else(|text| panic!("{} to {}, {mode:?}\n{text}", case.from, case.to));
            assert_eq!(agreed.journey.client.code(), case.result, "{} to {}", case.from, case.to);
            for (purpose, least) in case.legs {
                let count = agreed.journey.legs.iter().filter(|leg| leg.purpose == *purpose).count();
                assert!(count >= *least, "{} to {}: {count} legs {purpose:?}", case.from, case.to);
            }
            all.push(agreed);
        }
    }
    all
}

#[test]
fn questions_over_udp_and_tcp() {
    let all = check(
        "",
        "khj1",
        &[
            Case {
                from: "pod/default/client",
                to: "web:80",
                connect: None,
                result: "ok",
                legs: &[(Purpose::DnsQuery, 2), (Purpose::DnsAnswer, 2), (Purpose::Connect, 1)],
            },
            Case {
                from: "pod/default/stream",
                to: "web:80",
                connect: None,
                result: "ok",
                legs: &[(Purpose::DnsQuery, 1), (Purpose::Connect, 1)],
            },
        ],
    );
    let over_tcp =
        |agreed: &Agreed| agreed.journey.lookups.iter().any(|lookup| lookup.stream && lookup.rcode.is_some());
    assert!(all.iter().any(over_tcp), "a question over TCP is answered");
}

/// The cache on both nodes, asked at its own address and at that of the Service.
const CACHE: &str = r#"---
{apiVersion: v1, kind: Service, metadata: {name: kube-dns-upstream, namespace: kube-system}, spec: {clusterIP: 10.96.0.77, selector: {k8s-app: kube-dns}, ports: [{name: dns, port: 53, protocol: UDP}, {name: dns-tcp, port: 53}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: node-local-dns-a, namespace: kube-system, labels: {k8s-app: node-local-dns}}, spec: {hostNetwork: true, nodeName: node-a, containers: [{name: c, image: "registry.k8s.io/dns/k8s-dns-node-cache:1.23.1", args: ["-localip", "169.254.20.10,10.96.0.10", "-conf", /etc/Corefile, "-upstreamsvc", kube-dns-upstream]}]}, status: {podIP: 192.168.10.11}}
---
{apiVersion: v1, kind: Pod, metadata: {name: node-local-dns-b, namespace: kube-system, labels: {k8s-app: node-local-dns}}, spec: {hostNetwork: true, nodeName: node-b, containers: [{name: c, image: "registry.k8s.io/dns/k8s-dns-node-cache:1.23.1", args: ["-localip", "169.254.20.10,10.96.0.10", "-conf", /etc/Corefile, "-upstreamsvc", kube-dns-upstream]}]}, status: {podIP: 192.168.10.12}}
---
{apiVersion: v1, kind: Pod, metadata: {name: own}, spec: {nodeName: node-a, dnsPolicy: None, dnsConfig: {nameservers: [169.254.20.10], searches: [default.svc.cluster.local]}, containers: [{name: c, image: c}]}, status: {podIP: 10.244.0.8}}
"#;

#[test]
fn questions_to_a_cache_on_the_node() {
    let all = check(
        CACHE,
        "khj2",
        &[
            Case {
                from: "pod/default/client",
                to: "web:80",
                connect: None,
                result: "ok",
                // Of the client, and of the cache in a stream.
                legs: &[(Purpose::DnsQuery, 4), (Purpose::Connect, 1)],
            },
            Case {
                from: "pod/default/own",
                to: "web:80",
                connect: None,
                result: "ok",
                legs: &[(Purpose::DnsQuery, 4)],
            },
            Case {
                from: "pod/default/stream",
                to: "web:80",
                connect: None,
                result: "ok",
                legs: &[(Purpose::DnsQuery, 3)],
            },
        ],
    );
    let passed_on =
        |agreed: &Agreed| agreed.journey.lookups.iter().flat_map(|lookup| &lookup.forwards).any(|one| one.stream);
    assert!(all.iter().all(passed_on), "the cache asks over TCP");
}

/// An Ingress that ingress-nginx serves, which nobody installed, and a Gateway with a proxy that is assumed, too.
const DOORS: &str = r#"---
{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: shop}, spec: {ingressClassName: nginx, rules: [{host: shop.example, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}]}}
---
{apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: {name: front}, spec: {gatewayClassName: any, listeners: [{name: http, port: 80, protocol: HTTP}]}}
---
{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: web}, spec: {parentRefs: [{name: front}], hostnames: [web.example], rules: [{backendRefs: [{name: web, port: 80}]}]}}
"#;

#[test]
fn requests_through_proxies() {
    let talk =
        &[(Purpose::Connect, 1), (Purpose::Proxy, 1), (Purpose::Ack, 2), (Purpose::Request, 2), (Purpose::Response, 2)];
    let (ingress, gateway) = (Some("ingress"), Some("gateway/default/front"));
    check(
        DOORS,
        "khj3",
        &[
            Case { from: "pod/default/client", to: "http://shop.example/", connect: ingress, result: "ok", legs: talk },
            Case { from: "pod/default/client", to: "http://web.example/a", connect: gateway, result: "ok", legs: talk },
            Case { from: "node/node-a", to: "http://shop.example/", connect: ingress, result: "ok", legs: talk },
        ],
    );
}

/// A node's bridge takes less than its own device, by which a request seems to leave until OUTPUT translates it: the node tells itself what fits, has
/// sent nothing, and does so when a timer looks after it. Whoever has a node in between is told by that, and sends again at once.
#[test]
fn long_requests_where_bridges_are_narrower() {
    let (ingress, gateway) = (Some("ingress"), Some("gateway/default/front"));
    let talk = &[(Purpose::Connect, 1), (Purpose::Proxy, 1), (Purpose::Request, 2), (Purpose::Response, 2)];
    let told = &[(Purpose::Error, 1), (Purpose::Request, 3), (Purpose::Response, 2)];
    let all = check_with(
        Some((4000, 1400)),
        DOORS,
        "khj4",
        &[
            Case { from: "node/node-a", to: "http://web.example/", connect: gateway, result: "ok", legs: told },
            Case { from: "node/node-b", to: "http://web.example/", connect: gateway, result: "ok", legs: told },
            Case { from: "pod/default/client", to: "http://shop.example/", connect: ingress, result: "ok", legs: talk },
            // Now it knows.
            Case { from: "node/node-a", to: "http://web.example/", connect: gateway, result: "ok", legs: talk },
        ],
    );
    let by_itself = |agreed: &Agreed| {
        let error = agreed.journey.legs.iter().find(|leg| leg.purpose == Purpose::Error);
        error.is_some_and(|leg| leg.hops.iter().all(|hop| hop.netns == leg.hops[0].netns))
    };
    assert_eq!(all.iter().filter(|agreed| by_itself(agreed)).count(), 2, "one node has the proxy, under either mode");
}

/// Sidecars of Istio and Linkerd on both sides of a Service, and one Pod without.
const MESH: &str = r#"---
{apiVersion: v1, kind: Service, metadata: {name: cart}, spec: {clusterIP: 10.96.0.40, selector: {app: cart}, ports: [{port: 80, targetPort: 8080}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: cart, labels: {app: cart}}, spec: {nodeName: node-b, initContainers: [{name: istio-init, image: "istio/proxyv2:1", args: [istio-iptables, -p, "15001", -z, "15006", -u, "1337", -m, REDIRECT, -i, "*", -x, "", -b, "*", -d, "15090,15021,15020"]}], containers: [{name: c, image: cart, ports: [{containerPort: 8080}]}, {name: istio-proxy, image: "istio/proxyv2:1"}]}, status: {podIP: 10.244.1.40}}
---
{apiVersion: v1, kind: Pod, metadata: {name: shop}, spec: {nodeName: node-a, initContainers: [{name: istio-init, image: "istio/proxyv2:1", args: [istio-iptables, -p, "15001", -z, "15006", -u, "1337", -m, REDIRECT, -i, "*", -x, "10.244.1.20/32", -b, "*", -d, "15090,15021,15020"]}], containers: [{name: c, image: shop}, {name: istio-proxy, image: "istio/proxyv2:1"}]}, status: {podIP: 10.244.0.41}}
---
{apiVersion: v1, kind: Pod, metadata: {name: linked}, spec: {nodeName: node-a, initContainers: [{name: linkerd-init, image: "linkerd/proxy-init:v2", args: [--incoming-proxy-port, "4143", --outgoing-proxy-port, "4140", --proxy-uid, "2102", --inbound-ports-to-ignore, "4190,4191", --outbound-ports-to-ignore, "4567,4568"]}], containers: [{name: c, image: linked, ports: [{containerPort: 9000}]}, {name: linkerd-proxy, image: "linkerd/proxy:v2"}]}, status: {podIP: 10.244.0.42}}
"#;

#[test]
fn sidecars_of_a_mesh() {
    let case = |from, to, result, legs| Case { from, to, connect: None, result, legs };
    let (one, two): (&[_], &[_]) = (&[(Purpose::Proxy, 1)], &[(Purpose::Proxy, 2)]);
    check(
        MESH,
        "khjm",
        &[
            case("pod/default/client", "svc/default/cart:80", "ok", one),
            case("pod/default/shop", "svc/default/cart:80", "ok", two),
            case("pod/default/shop", "svc/default/web:80", "ok", one),
            // Left alone by its address.
            case("pod/default/shop", "10.244.1.20:8080", "ok", &[(Purpose::Connect, 1)]),
            case("pod/default/cart", "svc/default/cart:80", "ok", two),
            case("pod/default/linked", "svc/default/cart:80", "ok", two),
            case("pod/default/client", "10.244.0.42:9000", "ok", one),
            // Nobody listens behind the proxy, which has taken the connection already.
            case("pod/default/client", "http://10.244.1.40:81/", "eof", one),
            case("pod/default/client", "http://cart/", "ok", one),
        ],
    );
}
