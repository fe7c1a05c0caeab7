//! Clusters whose questions and requests go through others: resolvers that ask over TCP, a cache of names on nodes, controllers of Ingresses
//! and Gateways. Each probe is a whole journey.

use super::{Case, KUBE_DNS, PodSpec, PodState, ServiceKind, ServiceSpec, Tweak, case, cluster_ip, node_ip, service};
use kubernetes::cluster::Besides;
use kubernetes::cluster::model::Cni;
use proptest::collection::vec;
use proptest::prelude::*;
use sim_core::model::{Model, Options};
use sim_core::trace::{Probe, ProbeText, parse_probe};
use std::fmt::Write;

/// Who serves Ingresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Controller {
    /// Nobody: ingress-nginx is assumed.
    Assumed,
    /// ingress-nginx behind a Service with node ports.
    NodePort { etp_local: bool },
    /// ingress-nginx on port 80 of each node.
    HostPort,
    /// ingress-nginx on the node's own network.
    HostNetwork,
    /// Traefik behind a load balancer.
    Traefik { etp_local: bool },
}

/// A rule of the Ingresses: whose Service, at which host and path.
#[derive(Clone, Debug)]
struct Path {
    service: u8,
    host: u8,
    exact: bool,
    /// nginx goes to the ClusterIP.
    upstream: bool,
    tls: bool,
    /// The port by its name.
    named: bool,
}

/// A route of the Gateway.
#[derive(Clone, Debug)]
struct Route {
    services: Vec<(u8, u8)>,
    host: u8,
    mirror: Option<u8>,
    redirects: bool,
}

/// NodeLocal DNSCache.
#[derive(Clone, Copy, Debug)]
struct Cache {
    /// On which nodes it runs, by bits.
    nodes: u8,
    /// It has the Service's address as well.
    both: bool,
    /// kubelet tells Pods its own address.
    told: bool,
}

/// What a probe asks for.
#[derive(Clone, Copy, Debug)]
enum Asks {
    /// A name, then a connection.
    Name { form: u8, service: u8 },
    /// A URL through the controller of Ingresses: by its own way in, a node's address, a ClusterIP, a Pod.
    Ingress { host: u8, path: u8, tls: bool, way: u8 },
    /// A URL through the Gateway.
    Gateway { host: u8, path: u8, tls: bool },
    /// A URL of a Service, through nobody.
    Direct { service: u8 },
}

/// One probe.
#[derive(Clone, Debug)]
struct Ask {
    from: u8,
    asks: Asks,
    /// Bytes of a body.
    size: u8,
    seed: u32,
}

/// A cluster with doors, and the journeys through them.
#[derive(Clone, Debug)]
pub struct Doors {
    case: Case,
    controller: Option<Controller>,
    paths: Vec<Path>,
    routes: Vec<Route>,
    cache: Option<Cache>,
    asks: Vec<Ask>,
}

const HOSTS: [&str; 3] = ["a.example", "b.example", "*.c.example"];
const PATHS: [&str; 4] = ["/", "/a", "/a/b?x=1", "/missing"];

fn flag(weight: f64) -> impl Strategy<Value = bool> {
    prop::bool::weighted(weight)
}

fn controller() -> impl Strategy<Value = Option<Controller>> {
    prop_oneof![
        3 => Just(Some(Controller::Assumed)),
        2 => any::<bool>().prop_map(|etp_local| Some(Controller::NodePort { etp_local })),
        1 => Just(Some(Controller::HostPort)),
        1 => Just(Some(Controller::HostNetwork)),
        1 => any::<bool>().prop_map(|etp_local| Some(Controller::Traefik { etp_local })),
        1 => Just(None),
    ]
}

fn path() -> impl Strategy<Value = Path> {
    (any::<u8>(), 0..3u8, flag(0.2), flag(0.3), flag(0.2), any::<bool>())
        .prop_map(|(service, host, exact, upstream, tls, named)| Path { service, host, exact, upstream, tls, named })
}

fn route() -> impl Strategy<Value = Route> {
    let mirror = prop_oneof![4 => Just(None), 1 => any::<u8>().prop_map(Some)];
    (vec((any::<u8>(), 0..3u8), 1..3), 0..3u8, mirror, flag(0.1))
        .prop_map(|(services, host, mirror, redirects)| Route { services, host, mirror, redirects })
}

fn cache() -> impl Strategy<Value = Option<Cache>> {
    let some = (prop_oneof![3 => Just(0xff_u8), 1 => any::<u8>()], any::<bool>(), flag(0.4));
    prop_oneof![1 => Just(None), 1 => some.prop_map(|(nodes, both, told)| Some(Cache { nodes, both, told }))]
}

fn ask() -> impl Strategy<Value = Ask> {
    let asks = prop_oneof![
        6 => (any::<u8>(), any::<u8>()).prop_map(|(form, service)| Asks::Name { form, service }),
        5 => (0..4u8, any::<u8>(), flag(0.15), any::<u8>()).prop_map(|(host, path, tls, way)| Asks::Ingress { host, path, tls, way }),
        3 => (0..4u8, any::<u8>(), flag(0.15)).prop_map(|(host, path, tls)| Asks::Gateway { host, path, tls }),
        1 => any::<u8>().prop_map(|service| Asks::Direct { service }),
    ];
    let size = prop_oneof![3 => Just(0u8), 1 => any::<u8>()];
    (any::<u8>(), asks, size, any::<u32>()).prop_map(|(from, asks, size, seed)| Ask { from, asks, size, seed })
}

/// Clusters with `probes` journeys each.
pub fn doors(probes: usize) -> impl Strategy<Value = Doors> {
    // What Pods ask, in place of the drawn way.
    let asks_over = prop_oneof![3 => Just(0u8), 3 => Just(4u8), 2 => Just(5u8), 1 => Just(6u8)];
    let doors = (controller(), vec(path(), 1..4), vec(route(), 0..3), cache(), vec(ask(), probes));
    (case(0), vec(asks_over, 10), service(), doors).prop_map(|(mut case, over, one, doors)| {
        let (controller, paths, routes, cache, asks) = doors;
        for (pod, over) in case.pods.iter_mut().zip(over) {
            pod.dns = match (&cache, over) {
                // Nobody has the cache's address: the Service is asked, over what it would have been.
                (None, 5) => 0,
                (None, 6) => 4,
                _ => over,
            };
        }
        // Copies that a promiscuous bridge has routed come twice to a socket, which tells them by sequence numbers: those are not simulated.
        let routes_copies = case.bridge_nf;
        case.tweaks.retain(|tweak| !(routes_copies && matches!(tweak, Tweak::PortFlag(_, flag) if flag % 5 == 4)));
        // Somebody answers.
        if let Some(pod) = case.pods.first_mut() {
            (pod.app, pod.state, pod.serves) = (0, PodState::Ready, true);
        }
        case.services.push(ServiceSpec { app: 0, ..one });
        Doors { case, controller, paths, routes, cache, asks }
    })
}

impl Doors {
    /// The same under a plugin; `None` leaves the drawn one.
    pub fn under(self, cni: Option<Cni>) -> Self {
        Self { case: self.case.under(cni), ..self }
    }

    /// Number of probes.
    pub fn probes(&self) -> usize {
        self.asks.len()
    }

    /// Some route may answer with an ICMP error.
    pub fn drops_by_route(&self) -> bool {
        self.case.drops_by_route()
    }

    /// A Service: mostly one that has somebody who answers, else any, or one that does not exist.
    fn service(&self, at: u8) -> usize {
        let answers = |app: u8| {
            let own = |pod: &&PodSpec| pod.app % 3 == app % 4 && pod.serves && matches!(pod.state, PodState::Ready);
            self.case.pods.iter().any(|pod| own(&pod))
        };
        let all = self.case.services.iter().enumerate();
        let good: Vec<usize> = all.filter(|(_, own)| answers(own.app)).map(|(at, _)| at).collect();
        match good.get(usize::from(at / 4) % good.len().max(1)).filter(|_| !at.is_multiple_of(4)) {
            Some(at) => *at,
            None => usize::from(at) % (self.case.services.len() + 1),
        }
    }

    /// The manifests.
    pub fn manifests(&self) -> String {
        let mut out = self.case.objects();
        if let Some(controller) = self.controller {
            self.write_controller(&mut out, controller);
            for (at, path) in self.paths.iter().enumerate() {
                self.write_ingress(&mut out, at, path, controller);
            }
        }
        if !self.routes.is_empty() {
            out.push_str(
                "---\napiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: front}\nspec:\n  gatewayClassName: any\n  \
                 listeners: [{name: http, port: 80, protocol: HTTP}, {name: https, port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: tls}]}}]\n",
            );
        }
        for (at, route) in self.routes.iter().enumerate() {
            self.write_route(&mut out, at, route);
        }
        if let Some(cache) = self.cache {
            self.write_cache(&mut out, cache);
        }
        // A name with more addresses than a datagram takes.
        let many = (1..=40).map(|last| format!("{{addresses: [10.244.9.{last}]}}")).collect::<Vec<_>>().join(", ");
        let _ = write!(
            out,
            "---\napiVersion: v1\nkind: Service\nmetadata: {{name: many}}\nspec: {{clusterIP: None, ports: [{{port: 80}}]}}\n\
             ---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {{name: many, labels: {{kubernetes.io/service-name: many}}}}\n\
             addressType: IPv4\nports: [{{name: \"\", port: 80}}]\nendpoints: [{many}]\n"
        );
        let ranges = ["10.96.0.0/12", "203.0.113.0/24", "198.51.100.0/24", "10.244.0.0/16"];
        let routes = ranges.map(|range| format!("{{to: {range}, via: {}}}", node_ip(0))).join(", ");
        let _ = write!(
            out,
            "---\napiVersion: kubehop.dev/v1alpha1\nkind: Scenario\nmetadata: {{name: doors}}\n\
             hosts: [{{name: user, address: 192.168.10.60, routes: [{routes}], resolv: [{KUBE_DNS}]}}]\n"
        );
        out
    }

    fn write_controller(&self, out: &mut String, controller: Controller) {
        let (image, own) = match controller {
            Controller::Assumed => return,
            Controller::Traefik { .. } => ("traefik:v3.1", "traefik"),
            _ => ("registry.k8s.io/ingress-nginx/controller:v1.12.1", "ingress-nginx-controller"),
        };
        let (kind, more) = match controller {
            Controller::HostPort => ("DaemonSet", ""),
            Controller::HostNetwork => ("DaemonSet", "hostNetwork: true, "),
            _ => ("Deployment", ""),
        };
        let port = |name: &str, port: u16| match controller {
            Controller::HostPort => format!("{{name: {name}, containerPort: {port}, hostPort: {port}}}"),
            _ => format!("{{name: {name}, containerPort: {port}}}"),
        };
        let ports = [port("http", 80), port("https", 443)].join(", ");
        let replicas = if kind == "Deployment" { "  replicas: 2\n" } else { "" };
        let _ = write!(
            out,
            "---\napiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: {own}, namespace: doors}}\nspec:\n{replicas}  \
             selector: {{matchLabels: {{app: door}}}}\n  template:\n    metadata: {{labels: {{app: door}}}}\n    \
             spec: {{{more}containers: [{{name: controller, image: \"{image}\", ports: [{ports}]}}]}}\n"
        );
        let service = match controller {
            Controller::NodePort { etp_local } => Some(("NodePort", etp_local)),
            Controller::Traefik { etp_local } => Some(("LoadBalancer", etp_local)),
            _ => None,
        };
        let Some((kind, local)) = service else { return };
        let policy = if local { "  externalTrafficPolicy: Local\n" } else { "" };
        let status =
            if kind == "LoadBalancer" { "status: {loadBalancer: {ingress: [{ip: 203.0.113.90}]}}\n" } else { "" };
        let _ = write!(
            out,
            "---\napiVersion: v1\nkind: Service\nmetadata: {{name: {own}, namespace: doors}}\nspec:\n  type: {kind}\n  clusterIP: {DOOR}\n{policy}  \
             selector: {{app: door}}\n  ports: [{{name: http, port: 80, targetPort: http, nodePort: {DOOR_PORT}}}, {{name: https, port: 443, targetPort: https, nodePort: {DOOR_TLS}}}]\n{status}"
        );
    }

    fn write_ingress(&self, out: &mut String, at: usize, path: &Path, controller: Controller) {
        let traefik = matches!(controller, Controller::Traefik { .. });
        let class = if traefik { "traefik" } else { "nginx" };
        let host = HOSTS[usize::from(path.host)];
        let upstream = path.upstream && !traefik;
        let notes = if upstream { "nginx.ingress.kubernetes.io/service-upstream: \"true\"" } else { "" };
        let tls = if path.tls { format!("  tls: [{{hosts: [\"{host}\"], secretName: tls}}]\n") } else { String::new() };
        let kind = if path.exact { "Exact" } else { "Prefix" };
        let port = if path.named { "name: http" } else { "number: 80" };
        let own = if at == 0 { "/" } else { "/a" };
        let _ = write!(
            out,
            "---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {{name: i{at}, annotations: {{{notes}}}}}\nspec:\n  \
             ingressClassName: {class}\n{tls}  rules:\n  - host: \"{host}\"\n    http: {{paths: [{{path: {own}, pathType: {kind}, backend: {{service: {{name: s{}, port: {{{port}}}}}}}}}]}}\n",
            self.service(path.service)
        );
    }

    fn write_route(&self, out: &mut String, at: usize, route: &Route) {
        let refs = route
            .services
            .iter()
            .map(|(service, weight)| format!("{{name: s{}, port: 80, weight: {weight}}}", self.service(*service)));
        let refs = refs.collect::<Vec<_>>().join(", ");
        let mut filters = Vec::new();
        if let Some(mirror) = route.mirror {
            let to = format!("{{name: s{}, port: 80}}", self.service(mirror));
            filters.push(format!("{{type: RequestMirror, requestMirror: {{backendRef: {to}}}}}"));
        }
        if route.redirects {
            filters.push("{type: RequestRedirect, requestRedirect: {scheme: https}}".to_owned());
        }
        let backends = if route.redirects { String::new() } else { format!(", backendRefs: [{refs}]") };
        let _ = write!(
            out,
            "---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {{name: r{at}}}\nspec:\n  parentRefs: [{{name: front}}]\n  \
             hostnames: [\"{}\"]\n  rules: [{{filters: [{}]{backends}}}]\n",
            HOSTS[usize::from(route.host)],
            filters.join(", ")
        );
    }

    fn write_cache(&self, out: &mut String, cache: Cache) {
        out.push_str(
            "---\napiVersion: v1\nkind: Service\nmetadata: {name: kube-dns-upstream, namespace: kube-system}\nspec:\n  clusterIP: 10.96.0.77\n  \
             selector: {k8s-app: kube-dns}\n  ports: [{name: dns, port: 53, protocol: UDP}, {name: dns-tcp, port: 53}]\n",
        );
        let ips = if cache.both { format!("{CACHE},{KUBE_DNS}") } else { CACHE.to_owned() };
        for node in (0..self.case.nodes).filter(|node| cache.nodes >> node & 1 == 1) {
            let _ = write!(
                out,
                "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: node-local-dns-{node}, namespace: kube-system, labels: {{k8s-app: node-local-dns}}}}\n\
                 spec:\n  hostNetwork: true\n  nodeName: node-{node}\n  containers:\n  - {{name: c, image: \"registry.k8s.io/dns/k8s-dns-node-cache:1.23.1\", \
                 args: [\"-localip\", \"{ips}\", \"-conf\", /etc/Corefile, \"-upstreamsvc\", kube-dns-upstream]}}\nstatus: {{podIP: {}}}\n",
                node_ip(node)
            );
        }
        if cache.told {
            let _ = write!(
                out,
                "---\napiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nclusterDNS: [{CACHE}]\n"
            );
        }
    }

    /// The cluster with what is assumed for URLs, and what the administrator did.
    ///
    /// # Panics
    /// When the generator made something that is no network.
    pub fn model(&self) -> Model {
        let options = Options { bridge_nf: Some(self.case.bridge_nf), cni: self.case.cni, ..Options::default() };
        let model = crate::model(&[("case.yaml", &self.manifests())], &options);
        assert!(!model.has_errors(), "{:?}\n{}", model.diagnostics, self.manifests());
        let wanted = if model.cluster.fronts.wanted { Besides::URLS } else { Besides::NOTHING };
        self.case.changed(model.besides(wanted).clone())
    }

    /// Probe number `at`, from a port of its own; `None` where there is nothing of what it asks for.
    pub fn probe(&self, model: &Model, at: usize, sport: u16) -> Option<Probe> {
        let ask = self.asks.get(at)?;
        let mut from: Vec<String> = (0..self.case.pods.len()).map(|pod| format!("pod/default/p{pod}")).collect();
        from.extend((0..self.case.nodes).map(|node| format!("node/node-{node}")));
        from.extend(["host/user".to_owned(), "host/user".to_owned()]);
        let mut text = ProbeText {
            from: from[usize::from(ask.from) % from.len()].clone(),
            sport: Some(sport.to_string()),
            seed: u64::from(ask.seed),
            ..ProbeText::default()
        };
        // Mostly a host that somebody serves.
        let host = |at: u8, served: &[u8]| {
            let at = if at == 3 { at } else { served[usize::from(ask.from) % served.len()] };
            HOSTS.get(usize::from(at)).map_or("nobody.example", |host| host).replace('*', "x")
        };
        let path = |at: u8| PATHS[usize::from(at) % PATHS.len()];
        let scheme = |tls: bool| if tls { "https" } else { "http" };
        match ask.asks {
            Asks::Name { form, service } => {
                let all = [
                    "S",
                    "S.default",
                    "S.default.svc",
                    "S.default.svc.cluster.local.",
                    "alias",
                    "missing",
                    "many",
                    "kube-dns.kube-system",
                ];
                let name = all[usize::from(form) % all.len()].replace('S', &format!("s{}", self.service(service)));
                text.to = format!("{name}:80");
            }
            Asks::Ingress { host: to, path: wanted, tls, way } => {
                self.controller?;
                let served: Vec<u8> = self.paths.iter().map(|path| path.host).collect();
                text.to = format!("{}://{}{}", scheme(tls), host(to, &served), path(wanted));
                text.connect = Some(self.way(model, way, tls));
            }
            Asks::Gateway { host: to, path: wanted, tls } => {
                if self.routes.is_empty() {
                    return None;
                }
                let served: Vec<u8> = self.routes.iter().map(|route| route.host).collect();
                text.to = format!("{}://{}{}", scheme(tls), host(to, &served), path(wanted));
                text.connect = Some("gateway/default/front".to_owned());
            }
            Asks::Direct { service } => {
                let at = self.service(service);
                let known = self.case.services.get(at).is_some_and(|own| !matches!(own.kind, ServiceKind::Headless));
                if !known {
                    return None;
                }
                text.to = format!("http://{}/", cluster_ip(at));
            }
        }
        if ask.size > 0 && text.to.starts_with("http") {
            text.size = Some((u32::from(ask.size) * 16).to_string());
        }
        parse_probe(model, &text).ok()
    }

    /// How a request goes in.
    fn way(&self, model: &Model, way: u8, tls: bool) -> String {
        let node = node_ip(way / 4 % self.case.nodes);
        let port = if tls { 443 } else { 80 };
        let own = model.cluster.fronts.controllers.first();
        let service = own.and_then(|own| model.cluster.services.get(own.service?.0 as usize));
        let by_node = service.and_then(|service| service.ports.iter().find(|own| own.port.0 == port)?.node_port);
        let pod = own.and_then(|own| model.cluster.pods.get(own.pods.first()?.0 as usize));
        match way % 4 {
            1 => match by_node {
                Some(own) => format!("{node}:{own}"),
                None => format!("{node}:{port}"),
            },
            2 => match service.and_then(|service| service.cluster_ips.first()) {
                Some(ip) => format!("{ip}:{port}"),
                None => "ingress".to_owned(),
            },
            3 => pod.map_or_else(|| "ingress".to_owned(), |pod| format!("{}:{port}", pod.ip)),
            _ => "ingress".to_owned(),
        }
    }

    /// What was changed by hand, in words.
    pub fn changes(&self) -> String {
        self.case.changes()
    }
}

/// Address of the door's Service, and its node ports.
const DOOR: &str = "10.96.0.90";
const DOOR_PORT: u16 = 30800;
const DOOR_TLS: u16 = 30443;
/// The cache's own address.
const CACHE: &str = "169.254.20.10";
