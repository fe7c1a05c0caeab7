//! Front doors: Ingresses with their classes, and who serves them. Where the input has Ingresses and nobody for them, a controller is
//! assumed, for questions that ask for a URL.

mod announced;
mod controllers;
mod gateways;
mod read;

use super::context::Context;
use super::model::{
    Container, Controller, ControllerKind, Fronts, Gateway, Ingress, LbIngress, LbWay, NamespacedName, Node, NodeId,
    NodeRole, Pod, PodId, Segment, Service, ServiceId, ServiceType, Settings, Speech, TargetPort,
};
use super::system_objects;
use crate::assumption::{About, codes as assumed};
use controllers::{Found, INGRESS_NGINX};
use kernel::packet::{Port, Protocol};
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

/// Namespace and name of an assumed controller's Service and workload, as its install files have it.
const ASSUMED: (&str, &str) = ("ingress-nginx", "ingress-nginx-controller");
/// Its labels.
const LABELS: [(&str, &str); 3] = [
    ("app.kubernetes.io/component", "controller"),
    ("app.kubernetes.io/instance", "ingress-nginx"),
    ("app.kubernetes.io/name", "ingress-nginx"),
];
/// The first address of the nodes' segment that an assumed load balancer gives.
const FIRST_ADDRESS: u8 = 240;

/// The front doors of the input, and who of it serves them.
pub(super) struct Doors<'p> {
    fronts: Fronts,
    found: Vec<Found<'p>>,
}

impl<'p> Doors<'p> {
    /// Reads them.
    ///
    /// `asked` says that somebody asks for a controller, whatever the input has.
    pub(super) fn read(context: &mut Context<'p>, asked: bool) -> Self {
        let (ingresses, classes) = read::all(context);
        let found = controllers::find(context);
        let mut fronts = Fronts { ingresses, classes, ..Fronts::default() };
        fronts.controllers = found.iter().map(Found::controller).collect();
        serve(&mut fronts, &found);
        fronts.gateways = gateways::gateways(context);
        fronts.backend_tls = gateways::backend_tls(context);
        fronts.routes = gateways::routes(context, &fronts.gateways);
        let mut doors = Self { fronts, found };
        doors.assume(context, asked);
        doors
    }

    /// Where nobody serves an Ingress whose class anybody could, ingress-nginx is assumed.
    fn assume(&mut self, context: &mut Context<'_>, asked: bool) {
        let fronts = &mut self.fronts;
        // Without a class it is anybody's, if there is nobody who would take only those of his own.
        let alone = fronts.controllers.is_empty();
        let controller_of = |class: &str| fronts.classes.iter().find(|known| *known.name == *class);
        let wanted = |ingress: &&mut Ingress| {
            ingress.controller.is_none()
                && match ingress.class.as_deref() {
                    None => alone && fronts.classes.is_empty(),
                    Some(class) => match controller_of(class) {
                        Some(known) => *known.controller == *INGRESS_NGINX,
                        None => class == controllers::NGINX_CLASS && fronts.classes.is_empty(),
                    },
                }
        };
        let at = fronts.controllers.len() as u32;
        let mut named = Vec::new();
        for ingress in fronts.ingresses.iter_mut().filter(wanted) {
            ingress.controller = Some(at);
            named.push((ingress.name.clone(), ingress.origin.clone()));
        }
        let first = named.into_iter().next();
        if first.is_some() || (asked && alone) {
            fronts.controllers.push(Controller {
                kind: ControllerKind::IngressNginx,
                name: Arc::from(INGRESS_NGINX),
                pods: Vec::new(),
                service: None,
                config: controllers::config(context, Some(ASSUMED)),
                config_map: announced::config_map(ASSUMED.0, ASSUMED.1),
                announced: announced::of_config(context, Some(ASSUMED)),
                assumed: true,
            });
            fronts.wanted = true;
            let service = NamespacedName { namespace: Arc::from(ASSUMED.0), name: Arc::from(ASSUMED.1) };
            let made = assumed::INGRESS_CONTROLLER.made().arg("controller", "ingress-nginx");
            let made = made.arg("service", service.to_string()).about(About::Service(service));
            context.assume(match first {
                Some((name, origin)) => {
                    made.arg("ingress", name.to_string()).because(&origin, Some("spec.ingressClassName"))
                }
                None => made.arg("ingress", "–"),
            });
        }
    }

    /// Which Gateways nobody's Service stands for: a proxy of each is assumed.
    fn bare(&self, context: &Context<'_>, services: &[Service]) -> Vec<usize> {
        let all = self.fronts.gateways.iter().enumerate();
        let tcp = |gateway: &Gateway| gateway.listeners.iter().any(|listener| listener.protocol != Speech::Udp);
        let bare = all.filter(|(_, gateway)| {
            tcp(gateway) && context.may(services.len(), 0) && shown_for(gateway, services).is_none()
        });
        bare.map(|(at, _)| at).collect()
    }

    /// Says which are.
    pub(super) fn say(&mut self, context: &mut Context<'_>, services: &[Service]) {
        let bare = self.bare(context, services);
        for at in bare {
            let Some(gateway) = self.fronts.gateways.get_mut(at) else { continue };
            gateway.assumed = true;
            let made = assumed::GATEWAY_PROXY.made().arg("gateway", gateway.name.to_string());
            let made =
                made.arg("class", gateway.class.to_string()).because(&gateway.origin, Some("spec.gatewayClassName"));
            context.assume(made.about(About::Service(proxy_name(gateway))));
            self.fronts.wanted = true;
        }
    }

    /// The Services of assumed proxies.
    fn proxies(&self, settings: &Settings, segments: &[Segment], nodes: &[IpAddr], services: &mut Vec<Service>) {
        let mut taken: BTreeSet<IpAddr> =
            services.iter().flat_map(|service| service.cluster_ips.iter().copied()).collect();
        let used = services.iter().flat_map(|service| &service.load_balancer).map(|ingress| ingress.ip);
        let mut used: BTreeSet<IpAddr> = used.chain(nodes.iter().copied()).collect();
        for gateway in self.fronts.gateways.iter().filter(|gateway| gateway.assumed) {
            let Some(ip) = last_free(settings, &taken) else { return };
            taken.insert(ip);
            let name = proxy_name(gateway);
            let numbers: BTreeSet<u16> = tcp_ports(gateway);
            let names: Vec<String> = numbers.iter().map(|port| format!("port-{port}")).collect();
            let ports: Vec<_> = names
                .iter()
                .zip(&numbers)
                .map(|(name, port)| (name.as_str(), Protocol::Tcp, *port, TargetPort::Number(Port(*port))))
                .collect();
            let labels = [(GATEWAY_NAME, &*gateway.name.name)];
            let mut made = system_objects::service(&name.namespace, &name.name, ip, &labels, &ports);
            made.kind = ServiceType::LoadBalancer;
            made.allocate_node_ports = true;
            let way = LbWay::Layer2 { nodes: None };
            let asked = gateway.address.filter(|ip| ip.is_ipv4() && !used.contains(ip));
            let given = asked.or_else(|| address(segments, &used));
            used.extend(given);
            made.load_balancer = given.map(|ip| LbIngress { ip, proxy_mode: false, way }).into_iter().collect();
            services.push(made);
        }
    }

    /// Adds the Service of an assumed controller, with an address of the nodes' segment.
    pub(super) fn service(
        &self,
        settings: &Settings,
        segments: &[Segment],
        nodes: &[IpAddr],
        services: &mut Vec<Service>,
    ) {
        self.proxies(settings, segments, nodes, services);
        let there = services.iter().any(|service| (&*service.name.namespace, &*service.name.name) == ASSUMED);
        if there || !self.fronts.controllers.iter().any(|controller| controller.assumed) {
            return;
        }
        let taken: BTreeSet<IpAddr> = services.iter().flat_map(|service| service.cluster_ips.iter().copied()).collect();
        // The address that the install would get is anybody's guess: from the end, where nobody else begins.
        let Some(ip) = last_free(settings, &taken) else { return };
        let target = |name: &str| TargetPort::Name(Arc::from(name));
        let ports = [("http", Protocol::Tcp, 80, target("http")), ("https", Protocol::Tcp, 443, target("https"))];
        let mut made = system_objects::service(ASSUMED.0, ASSUMED.1, ip, &LABELS, &ports);
        made.kind = ServiceType::LoadBalancer;
        made.allocate_node_ports = true;
        let way = LbWay::Layer2 { nodes: None };
        let used = services.iter().flat_map(|service| &service.load_balancer).map(|ingress| ingress.ip);
        let used: BTreeSet<IpAddr> = used.chain(nodes.iter().copied()).collect();
        made.load_balancer =
            address(segments, &used).map(|ip| LbIngress { ip, proxy_mode: false, way }).into_iter().collect();
        services.push(made);
    }

    /// Adds the Pods of assumed proxies and of an assumed controller, each with the next free address of a worker.
    pub(super) fn pods(&self, nodes: &[Node], pods: &mut Vec<Pod>) {
        let all =
            || (0u32..).map(NodeId).zip(nodes).filter(|(_, node)| !super::nodes::labels::is_windows(&node.labels));
        let ready = || all().filter(|(_, node)| node.ready);
        let worker = ready().find(|(_, node)| node.role == NodeRole::Worker);
        let Some((id, node)) = worker.or_else(|| ready().next()).or_else(|| all().next()) else { return };
        let mut taken: BTreeSet<IpAddr> = pods.iter().map(|pod| pod.ip).collect();
        // The first is the bridge's, where nobody has it.
        let first = node.pod_cidr.hosts().find(|ip| !node.host_routes || !taken.contains(ip));
        let mut add = |namespace: &str, workload: &str, labels: &[(&str, &str)], container: Container| {
            let Some(ip) = node.pod_cidr.hosts().find(|ip| Some(*ip) != first && !taken.contains(ip)) else { return };
            taken.insert(ip);
            let word = format!("{namespace}/{workload}");
            let name = format!("{workload}-{}-{}", super::names::suffix(&word, 10), super::names::suffix("door", 5));
            let draft = system_objects::draft(&name, system_objects::origin("Deployment", namespace, workload), labels);
            let made_by = Some(draft.pod.origin.object.clone());
            let mut pod = Pod { node: id, ip, containers: vec![container], made_by, ..draft.pod };
            pod.name.namespace = Arc::from(namespace);
            pods.push(pod);
        };
        for gateway in self.fronts.gateways.iter().filter(|gateway| gateway.assumed) {
            let names: Vec<(String, u16)> =
                tcp_ports(gateway).into_iter().map(|port| (format!("port-{port}"), port)).collect();
            let ports: Vec<_> = names.iter().map(|(name, port)| (name.as_str(), Protocol::Tcp, *port)).collect();
            let name = proxy_name(gateway);
            let container = system_objects::container("proxy", &ports);
            add(&name.namespace, &name.name, &[(GATEWAY_NAME, &gateway.name.name)], container);
        }
        if self.fronts.controllers.iter().any(|controller| controller.assumed) {
            let ports = [("http", Protocol::Tcp, 80), ("https", Protocol::Tcp, 443), ("webhook", Protocol::Tcp, 8443)];
            add(ASSUMED.0, ASSUMED.1, &LABELS, system_objects::container("controller", &ports));
        }
    }

    /// Finds everybody's Pods and Services, now that they are decided; `there` says that an assumed controller's are.
    pub(super) fn decide(
        mut self,
        context: &mut Context<'_>,
        (services, pods): (&[Service], &[Pod]),
        there: bool,
    ) -> Fronts {
        for (at, controller) in self.fronts.controllers.iter_mut().enumerate() {
            if !context.may(pods.len(), 0) {
                break;
            }
            let mine = |pod: &Pod| match self.found.get(at) {
                Some(found) => found.has(pod),
                None => pod.origin.assumed && &*pod.origin.object.name == ASSUMED.1,
            };
            let ids = (0u32..).map(PodId).zip(pods).filter(|(_, pod)| mine(pod));
            controller.pods = ids.map(|(id, _)| id).collect();
            controller.service = reached_by(services, pods, &controller.pods);
        }
        for gateway in &mut self.fronts.gateways {
            if !context.may(services.len(), 0) {
                break;
            }
            let found = shown_for(gateway, services);
            gateway.service = found.map(|at| ServiceId(at as u32));
            let selector =
                found.and_then(|at| services.get(at)).map(|service| (&service.selector, &service.name.namespace));
            let mine = |pod: &Pod| {
                selector.is_some_and(|(selector, namespace)| {
                    pod.name.namespace == *namespace
                        && !selector.is_empty()
                        && selector.iter().all(|(key, value)| pod.labels.get(key) == Some(value))
                })
            };
            if selector.is_none() || !context.may(pods.len(), 0) {
                continue;
            }
            let ids = (0u32..).map(PodId).zip(pods).filter(|(_, pod)| mine(pod));
            gateway.pods = ids.map(|(id, _)| id).collect();
        }
        self.fronts.wanted &= !there;
        self.report(context, services);
        gateways::report(context, &self.fronts.routes, services);
        self.fronts
    }

    /// What is wrong with them.
    fn report(&self, context: &mut Context<'_>, services: &[Service]) {
        let fronts = &self.fronts;
        let mut seen = read::Seen::new();
        let named = |namespace: &Arc<str>, name: &str| {
            let found = services
                .binary_search_by(|service| (&*service.name.namespace, &*service.name.name).cmp(&(&**namespace, name)));
            found.ok().and_then(|at| services.get(at))
        };
        let documents = read::documents(context);
        for ingress in &fronts.ingresses {
            if let Some(document) = documents.get(&ingress.origin.object) {
                read::report(context, (fronts, ingress, document), &named, &mut seen);
            }
        }
    }
}

/// Which controller takes which Ingress.
fn serve(fronts: &mut Fronts, found: &[Found<'_>]) {
    let Fronts { ingresses, classes, .. } = fronts;
    for ingress in ingresses.iter_mut() {
        let class = ingress.class.as_deref();
        let known = class.and_then(|class| classes.iter().find(|known| *known.name == *class));
        let takes = |found: &Found<'_>| match (class, known) {
            (Some(_), Some(known)) => known.controller == found.name,
            (Some(class), None) => *found.class == *class && found.takes_names(ingress, classes),
            (None, _) => found.without_class,
        };
        ingress.controller = found.iter().position(takes).map(|at| at as u32);
    }
}

/// The Service by which Pods are reached from outside: one with load balancer, then with node ports or external addresses, then any.
fn reached_by(services: &[Service], pods: &[Pod], ids: &[PodId]) -> Option<ServiceId> {
    let mine: Vec<&Pod> = ids.iter().filter_map(|id| pods.get(id.0 as usize)).collect();
    let selects = |service: &Service, pod: &Pod| {
        service.name.namespace == pod.name.namespace
            && !service.selector.is_empty()
            && service.selector.iter().all(|(key, value)| pod.labels.get(key) == Some(value))
    };
    let web = |service: &Service| {
        service.ports.iter().any(|port| {
            matches!(port.port.0, 80 | 443 | 8080 | 8443)
                && !port.name.contains("webhook")
                && !port.name.contains("metric")
        })
    };
    let all = (0u32..).map(ServiceId).zip(services).filter(|(_, service)| web(service));
    let all = all.filter(|(_, service)| mine.iter().any(|pod| selects(service, pod)));
    let rank = |service: &Service| match service.kind {
        ServiceType::LoadBalancer => 0,
        ServiceType::NodePort => 1,
        _ if !service.external_ips.is_empty() => 1,
        _ => 2,
    };
    all.min_by_key(|(id, service)| (rank(service), *id)).map(|(id, _)| id)
}

/// Labels of what makes up a Gateway: the one of the API (GEP-1762), then those of implementations.
const GATEWAY_NAME: &str = "gateway.networking.k8s.io/gateway-name";
const OWNER: &[(&str, Option<&str>)] = &[
    (GATEWAY_NAME, None),
    ("gateway.envoyproxy.io/owning-gateway-name", Some("gateway.envoyproxy.io/owning-gateway-namespace")),
    ("projectcontour.io/owning-gateway-name", None),
    ("kgateway.dev/gateway-name", None),
];

/// The Service that stands for a Gateway, by its labels or its selector; index.
fn shown_for(gateway: &Gateway, services: &[Service]) -> Option<usize> {
    services.iter().position(|service| {
        [&service.labels, &service.selector].into_iter().any(|own| {
            OWNER.iter().any(|(name, namespace)| {
                let space = namespace.and_then(|key| own.get(key)).unwrap_or(&service.name.namespace);
                own.get(*name) == Some(&gateway.name.name) && *space == gateway.name.namespace
            })
        })
    })
}

/// What an assumed proxy is called: as Istio and others do, the Gateway's name and its class.
fn proxy_name(gateway: &Gateway) -> NamespacedName {
    let name = format!("{}-{}", gateway.name.name, if gateway.class.is_empty() { "proxy" } else { &gateway.class });
    NamespacedName { namespace: gateway.name.namespace.clone(), name: Arc::from(name) }
}

fn tcp_ports(gateway: &Gateway) -> BTreeSet<u16> {
    let tcp = gateway.listeners.iter().filter(|listener| listener.protocol != Speech::Udp);
    tcp.map(|listener| listener.port.0).collect()
}

fn last_free(settings: &Settings, taken: &BTreeSet<IpAddr>) -> Option<IpAddr> {
    let ipnet::IpNet::V4(range) = settings.service_cidr else { return None };
    let last = u32::from(range.broadcast());
    (1..1_000u32).map(|back| IpAddr::V4(Ipv4Addr::from(last.saturating_sub(back)))).find(|ip| {
        range.contains(&match ip {
            IpAddr::V4(ip) => *ip,
            IpAddr::V6(_) => Ipv4Addr::UNSPECIFIED,
        }) && !taken.contains(ip)
    })
}

/// The first free address from .240 on of the segment that the nodes are on.
fn address(segments: &[Segment], used: &BTreeSet<IpAddr>) -> Option<IpAddr> {
    let segment = segments.iter().find(|segment| !segment.internet)?;
    let ipnet::IpNet::V4(net) = segment.cidr else { return None };
    let first = u32::from(net.network());
    // Of a wider segment the part that its nodes are in.
    let near = used.iter().filter_map(|ip| match ip {
        IpAddr::V4(ip) if net.contains(ip) => Some(u32::from(*ip) & !0xff),
        _ => None,
    });
    let block = near.min().unwrap_or(first);
    let all = (FIRST_ADDRESS..=254).map(|last| Ipv4Addr::from(block | u32::from(last)));
    all.filter(|ip| net.contains(ip) && *ip != net.broadcast()).map(IpAddr::V4).find(|ip| !used.contains(ip))
}
