//! Inputs that ask for far more than they weigh, and names that act: what a server that faces the Internet is sent.

/// A shape: its name, and the input of a size.
pub type Shape = (&'static str, fn(usize) -> String);

/// All shapes. Sizes are about the number of documents, ports or entries that the input has.
pub const SHAPES: [Shape; 18] = [
    ("nodes", nodes),
    ("kind-nodes", kind),
    ("node-sites", sites),
    ("services-pods", |size| (0..size).map(|at| service(at, 1, 0, 0)).collect::<String>() + &deployment("a", 4 * size)),
    ("nodes-services-pods", |size| nodes(size) + &service(0, 1, 0, 0) + &deployment("a", 76 * size)),
    ("balancers-ranges", |size| {
        (0..size / 10).map(|at| service(at, 1, 0, size)).collect::<String>() + &deployment("a", 1)
    }),
    ("ports-ranges", |size| service(0, size / 10, 0, size) + &deployment("a", 1)),
    ("ports-addresses", |size| service(0, size, size, 0) + &deployment("a", 1)),
    ("ports", |size| service(0, size, 0, 0) + &deployment("a", 1)),
    ("same-cluster-ip", same_cluster_ip),
    ("pending-pods", pending),
    ("adopted-pods", adopted),
    ("containers", containers),
    ("template-ports", template_ports),
    ("unknown-fields", unknown_fields),
    ("endless-names", endless_names),
    ("ingresses", ingresses),
    ("gateways", gateways),
];

/// The input of a shape.
///
/// # Errors
/// The names there are, for another one.
pub fn input(name: &str, size: usize) -> Result<String, String> {
    let found = SHAPES.iter().find(|(known, _)| *known == name);
    let names = || SHAPES.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    found.map(|(_, make)| make(size)).ok_or_else(names)
}

fn list(count: usize, one: impl Fn(usize) -> String) -> String {
    (0..count).map(one).collect::<Vec<_>>().join(", ")
}

/// Ingresses of one host, each with a pattern that would like to be large.
fn ingresses(count: usize) -> String {
    let one = |at: usize| {
        format!(
            "---\n{{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {{name: i{at}, annotations: {{nginx.ingress.kubernetes.io/use-regex: 'true'}}}}, spec: {{ingressClassName: nginx, rules: [{{host: a.test, http: {{paths: [{{path: '/p{at}/((a{{50}}){{50}}){{50}}', pathType: ImplementationSpecific, backend: {{service: {{name: s{at}, port: {{number: 80}}}}}}}}]}}}}]}}}}\n"
        )
    };
    (0..count).map(one).collect()
}

/// Gateways, and routes each of which names many of them.
fn gateways(count: usize) -> String {
    let one = |at: usize| {
        let parents = list(8, |other| format!("{{name: g{}}}", (at * 7 + other) % count.max(1)));
        format!(
            "---\n{{apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: {{name: g{at}}}, spec: {{gatewayClassName: c, listeners: [{{name: h, port: 80, protocol: HTTP}}]}}}}\n---\n{{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {{name: r{at}}}, spec: {{parentRefs: [{parents}], rules: [{{backendRefs: [{{name: s{at}, port: 80}}]}}]}}}}\n"
        )
    };
    (0..count).map(one).collect()
}

fn nodes(count: usize) -> String {
    (0..count).map(|at| format!("---\n{{apiVersion: v1, kind: Node, metadata: {{name: n{at}}}}}\n")).collect()
}

fn kind(count: usize) -> String {
    format!("kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\nnodes:\n{}", "- role: worker\n".repeat(count))
}

fn sites(count: usize) -> String {
    let node = |at: usize| {
        let ip = format!("{}.{}.0.5", 1 + at / 256 % 200, at % 256);
        format!(
            "---\n{{apiVersion: v1, kind: Node, metadata: {{name: n{at}}}, status: {{addresses: [{{type: InternalIP, address: {ip}}}]}}}}\n"
        )
    };
    (0..count).map(node).collect()
}

fn deployment(name: &str, replicas: usize) -> String {
    format!(
        "---\n{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: {name}}}, spec: {{replicas: {replicas}, selector: {{matchLabels: \
         {{app: {name}}}}}, template: {{metadata: {{labels: {{app: {name}}}}}, spec: {{containers: [{{name: c, image: i, ports: \
         [{{containerPort: 80}}]}}]}}}}}}}}\n"
    )
}

fn service(at: usize, ports: usize, addresses: usize, ranges: usize) -> String {
    let ports = list(ports, |port| format!("{{name: p{port}, port: {}}}", port + 1));
    let addresses = list(addresses, |ip| format!("198.{}.{}.{}", 18 + ip / 65_536, ip / 256 % 256, ip % 256));
    let kind = if ranges > 0 { "LoadBalancer" } else { "ClusterIP" };
    let ranges = list(ranges, |net| format!("10.{}.{}.0/24", net / 256 % 256, net % 256));
    format!(
        "---\n{{apiVersion: v1, kind: Service, metadata: {{name: s{at}}}, spec: {{type: {kind}, selector: {{app: a}}, ports: [{ports}], externalIPs: \
         [{addresses}], loadBalancerSourceRanges: [{ranges}]}}, status: {{loadBalancer: {{ingress: [{{ip: 9.2.{}.{}}}]}}}}}}\n",
        at / 250,
        at % 250 + 1
    )
}

fn same_cluster_ip(count: usize) -> String {
    let one = |at: usize| {
        format!(
            "---\n{{apiVersion: v1, kind: Service, metadata: {{name: s{at}}}, spec: {{clusterIP: 10.96.0.9, ports: [{{port: 80}}]}}}}\n"
        )
    };
    (0..count).map(one).collect()
}

fn pending(count: usize) -> String {
    let one = |at: usize| {
        format!(
            "---\n{{apiVersion: v1, kind: Pod, metadata: {{name: p{at}}}, spec: {{nodeSelector: {{x{at}: y}}, containers: [{{name: c, image: i}}]}}}}\n"
        )
    };
    nodes(count) + &(0..count).map(one).collect::<String>()
}

fn adopted(count: usize) -> String {
    let pod = |at: usize| {
        format!(
            "---\n{{apiVersion: v1, kind: Pod, metadata: {{name: p{at}, labels: {{a: b}}}}, spec: {{containers: [{{name: c, image: i}}]}}}}\n"
        )
    };
    (0..count).map(|at| pod(at) + &deployment(&format!("d{at}"), 1)).collect()
}

fn containers(count: usize) -> String {
    let containers =
        list(count, |at| format!("{{name: c{at}, image: i, ports: [{{containerPort: {}}}]}}", at % 60_000 + 1));
    format!("{{apiVersion: v1, kind: Pod, metadata: {{name: p}}, spec: {{containers: [{containers}]}}}}\n")
}

fn template_ports(count: usize) -> String {
    let ports = list(count, |at| format!("{{containerPort: {}}}", at + 1));
    deployment("a", 19 * count).replace("[{containerPort: 80}]", &format!("[{ports}]"))
}

fn unknown_fields(count: usize) -> String {
    let fields = list(60, |at| format!("f{at}: 1"));
    let one =
        |at: usize| format!("---\n{{apiVersion: v1, kind: Pod, metadata: {{name: p{at}}}, spec: {{{fields}}}}}\n");
    (0..count).map(one).collect()
}

fn endless_names(size: usize) -> String {
    let name = "x".repeat(size);
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, labels: {{app: {name}}}}}\nspec: {{hostname: {name}, containers: [{{name: {name}, image: {name}, ports: \
         [{{name: {name}, containerPort: 80}}]}}]}}\n---\napiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\nspec: {{selector: {{app: \
         {name}}}, ports: [{{name: {name}, port: 80, targetPort: {name}}}]}}\n---\napiVersion: example.org/v1\nkind: {name}\nmetadata: {{name: {name}}}\n"
    )
}

/// A cluster whose names act on terminals and turn text around, and that works: a client, and a Service with a Pod.
pub const ACTING: &str = r#"
apiVersion: v1
kind: Node
metadata: {uid: u, name: "\e]0;pwned\a\e[31mred\u202e\0"}
---
apiVersion: v1
kind: Pod
metadata: {uid: u, name: client, annotations: {"a\u2066": "\e[2J"}}
spec: {nodeName: "\e]0;pwned\a\e[31mred\u202e\0", containers: [{name: "\e[2J\u202e", image: "x\u202e\e[1m"}]}
---
apiVersion: v1
kind: Pod
metadata: {uid: u, name: a, labels: {app: a, "l\u202e": "\x9b31m"}}
spec: {nodeName: "\e]0;pwned\a\e[31mred\u202e\0", hostname: "h\u2067\e[A", containers: [{name: x, image: x, command: ["\e[5m\u202e"], ports: [{name: "\e]52;c;\a", containerPort: 8080}]}]}
---
apiVersion: v1
kind: Service
metadata: {uid: u, name: web}
spec: {selector: {app: a}, ports: [{name: "\e]52;c;\a\u202d", port: 80, targetPort: 8080}]}
---
apiVersion: v1
kind: Service
metadata: {uid: u, name: "bad\e[31m\u202e\0name"}
spec: {type: "\e[7m\u2068", selector: {"k\u202e": "\0"}, externalName: "\e[8m.example", ports: [{port: 81}]}
---
apiVersion: "x/v1\u202e"
kind: "Odd\e[31m"
metadata: {uid: u, name: "\u202eodd\0"}
"#;

/// What must not be in anything that is shown: characters that act or turn text around; ends of lines and tabs may be.
pub fn acts(text: &str) -> Option<char> {
    let turns =
        |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}');
    text.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\t' | '\r') || turns(*c))
}
