//! One row for each thing that is refused: what is written, and the code and line of every finding.

use crate::cluster::{Options, decide, model::KubernetesVersion};
use crate::manifest::{Limits, SourceText, parse};
use rstest::rstest;

/// Code and line of every finding of reading and deciding, in order of lines.
fn found(yaml: &str, options: &Options) -> Vec<String> {
    let inputs = [SourceText::given("in.yaml", yaml)];
    let parsed = parse(&inputs, &Limits::default());
    let decided = decide(&parsed, options);
    let mut all: Vec<_> = parsed.diagnostics.iter().chain(&decided.diagnostics).collect();
    all.sort_by_key(|found| (found.span, found.code));
    let line = |span| parsed.locate(span).map_or_else(|| "-".to_owned(), |place| place.line.to_string());
    all.iter().map(|found| format!("{} {}", found.code, line(found.span))).collect()
}

/// `expected`: `code line`, separated by commas.
fn check(yaml: &str, expected: &str) {
    let expected: Vec<&str> = expected.split(',').map(str::trim).filter(|row| !row.is_empty()).collect();
    let mut found = found(yaml, &Options::default());
    // True of every load balancer here, and not what these rows are about.
    found.retain(|row| !row.starts_with("load-balancer-pending"));
    assert_eq!(found, expected, "{yaml}");
}

/// A Service whose `spec` begins on line 5.
fn service(spec: &str) -> String {
    format!("apiVersion: v1\nkind: Service\nmetadata: {{name: web}}\nspec:\n{}\n", indented(spec))
}

fn indented(text: &str) -> String {
    text.split('\n').map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}

const ONE: &str = "ports: [{port: 80}]\n";

#[rstest]
// Names of ports.
#[case("ports:\n- port: 80\n- {port: 81, name: b}", "port-name-missing 6")]
#[case("ports:\n- {port: 80, name: b}\n- {port: 81, name: b}", "duplicate-value 7")]
#[case("ports:\n- port: 80\n  name: Web_1", "invalid-name 7")]
#[case("ports:\n- port: 80\n  targetPort: a-very-long-port-name", "invalid-name 7")]
#[case("ports:\n- port: 80\n  targetPort: \"8080\"", "invalid-name 7")]
// Numbers of ports.
#[case("ports:\n- port: 0", "invalid-port 6")]
#[case("ports:\n- port: 80\n  targetPort: 70000", "invalid-port 7")]
#[case("ports:\n- {port: 80, name: a}\n- {port: 80, name: b}", "duplicate-value 7")]
#[case("ports:\n- {port: 80, name: a}\n- {port: 80, name: b, protocol: UDP}", "")]
#[case("ports:\n- port: 80\n  protocol: tcp", "invalid-choice 7")]
#[case("ports:\n- name: a\n  targetPort: 8080", "missing-field 6")]
#[case("selector: {}", "missing-field 4")]
#[case("type: LoadBalancer\nports:\n- port: 10250", "reserved-port 7")]
// Node ports.
#[case("ports:\n- port: 80\n  nodePort: 30080", "field-only-with 7")]
#[case("type: NodePort\nports:\n- port: 80\n  nodePort: 80", "node-port-range 8")]
#[case(
    "type: NodePort\nports:\n- {port: 80, name: a, nodePort: 30080}\n- {port: 81, name: b, nodePort: 30080}",
    "node-port-taken 8"
)]
#[case(
    "type: NodePort\nports:\n- {port: 80, name: a, nodePort: 30080}\n- {port: 80, name: b, nodePort: 30080, protocol: UDP}",
    ""
)]
// Load balancer fields.
#[case("ports: [{port: 80}]\nloadBalancerIP: 203.0.113.1", "field-ignored 6")]
#[case("ports: [{port: 80}]\nloadBalancerClass: example.com/lb", "field-only-with 6")]
#[case("ports: [{port: 80}]\nloadBalancerSourceRanges:\n- 10.0.0.0/8", "field-only-with 7")]
#[case("ports: [{port: 80}]\nallocateLoadBalancerNodePorts: false", "field-only-with 6")]
#[case(
    "type: LoadBalancer\nports: [{port: 80}]\nallocateLoadBalancerNodePorts: false\nloadBalancerClass: example.com/lb",
    ""
)]
#[case(
    "type: LoadBalancer\nports: [{port: 80}]\nloadBalancerSourceRanges:\n- 10.0.0.0/8\n- 10.0.0.0/99",
    "invalid-cidr 9"
)]
#[case("type: LoadBalancer\nports: [{port: 80}]\nloadBalancerSourceRanges:\n- ' 10.0.0.0/8 '", "")]
#[case("type: LoadBalancer\nports: [{port: 80}]\nhealthCheckNodePort: 32000", "field-only-with 7")]
#[case("type: LoadBalancer\nports: [{port: 80}]\nexternalTrafficPolicy: Local\nhealthCheckNodePort: 32000", "")]
#[case(
    "type: LoadBalancer\nports: [{port: 80}]\nexternalTrafficPolicy: Local\nhealthCheckNodePort: 80",
    "node-port-range 8"
)]
#[case(
    "type: LoadBalancer\nports: [{port: 80, nodePort: 32000}]\nexternalTrafficPolicy: Local\nhealthCheckNodePort: 32000",
    "node-port-taken 8"
)]
// Policies.
#[case("ports: [{port: 80}]\nexternalTrafficPolicy: Local", "field-only-with 6")]
#[case("ports: [{port: 80}]\nexternalIPs: [203.0.113.1]\nexternalTrafficPolicy: Local", "")]
#[case("ports: [{port: 80}]\ninternalTrafficPolicy: Near", "invalid-choice 6")]
#[case("ports: [{port: 80}]\ntrafficDistribution: PreferFar", "invalid-choice 6")]
#[case("ports: [{port: 80}]\ntrafficDistribution: PreferSameNode", "invalid-choice 6")]
#[case("ports: [{port: 80}]\ntrafficDistribution: PreferClose", "")]
// Affinity.
#[case("ports: [{port: 80}]\nsessionAffinity: Client", "invalid-choice 6")]
#[case("ports: [{port: 80}]\nsessionAffinityConfig:\n  clientIP: {timeoutSeconds: 10}", "field-only-with 6")]
#[case(
    "ports: [{port: 80}]\nsessionAffinity: ClientIP\nsessionAffinityConfig:\n  clientIP:\n    timeoutSeconds: 86401",
    "out-of-range 9"
)]
#[case(
    "ports: [{port: 80}]\nsessionAffinity: ClientIP\nsessionAffinityConfig:\n  clientIP:\n    timeoutSeconds: 0",
    "out-of-range 9"
)]
#[case(
    "ports: [{port: 80}]\nsessionAffinity: ClientIP\nsessionAffinityConfig:\n  clientIP:\n    timeoutSeconds: 1",
    ""
)]
// ExternalName.
#[case("type: ExternalName", "missing-field 5")]
#[case("type: ExternalName\nexternalName: Not_A_Name", "invalid-name 6")]
#[case("type: ExternalName\nexternalName: db.example.com.", "")]
#[case("type: ExternalName\nexternalName: db.example.com\nclusterIP: 10.96.0.9", "field-only-with 7")]
#[case(
    "type: ExternalName\nexternalName: db.example.com\nipFamilies: [IPv4]\nipFamilyPolicy: SingleStack",
    "field-only-with 7, field-only-with 8"
)]
#[case("type: ExternalName\nexternalName: db.example.com\nexternalIPs: [203.0.113.1]", "field-ignored 7")]
#[case("ports: [{port: 80}]\nexternalName: db.example.com", "field-ignored 6")]
// Headless.
#[case("type: NodePort\nclusterIP: None\nports: [{port: 80}]", "field-only-with 6")]
#[case("clusterIP: None\nports: [{port: 80}]\nsessionAffinity: ClientIP", "field-ignored 7")]
#[case("clusterIP: None\nports: [{port: 80}]\nexternalIPs:\n- 203.0.113.1", "field-ignored 8")]
// ClusterIPs and families.
#[case("ports: [{port: 80}]\nclusterIP: 10.96.0.300", "invalid-ip 6")]
#[case("ports: [{port: 80}]\nclusterIP: 192.168.0.1", "")]
#[case("ports: [{port: 80}]\nclusterIP: 10.96.0.9\nclusterIPs:\n- 10.96.0.8", "cluster-ips-differ 8")]
#[case("ports: [{port: 80}]\nclusterIP: 10.96.0.9\nclusterIPs:\n- 10.96.0.9", "")]
#[case(
    "ports: [{port: 80}]\nclusterIP: 10.96.0.9\nclusterIPs:\n- 10.96.0.9\n- 10.96.0.8\nipFamilyPolicy: PreferDualStack",
    "duplicate-value 9"
)]
#[case("ports: [{port: 80}]\nclusterIP: 10.96.0.9\nclusterIPs:\n- 10.96.0.9\n- None", "not-alone 9")]
#[case(
    "ports: [{port: 80}]\nclusterIPs:\n- 10.96.0.9\n- fd00::9\n- fd00::8\nipFamilyPolicy: PreferDualStack",
    "duplicate-value 9, too-many-items 9"
)]
#[case("ports: [{port: 80}]\nipFamilies: [IPv6]\nclusterIP: 10.96.0.9", "ipv6-not-configured 6, other-family 7")]
#[case("ports: [{port: 80}]\nipFamilies: [IPv5]", "invalid-choice 6")]
#[case("ports: [{port: 80}]\nipFamilyPolicy: PreferDualStack\nipFamilies:\n- IPv4\n- IPv4", "duplicate-value 9")]
#[case("ports: [{port: 80}]\nipFamilies: [IPv4, IPv6]", "ip-family-policy 6, ipv6-not-configured 6")]
#[case(
    "ports: [{port: 80}]\nipFamilies: [IPv4, IPv6]\nipFamilyPolicy: SingleStack",
    "ipv6-not-configured 6, ip-family-policy 7"
)]
#[case("ports: [{port: 80}]\nipFamilyPolicy: Dual", "invalid-choice 6")]
#[case("ports: [{port: 80}]\nipFamilies: [IPv4, IPv6]\nipFamilyPolicy: RequireDualStack", "ipv6-not-configured 6")]
// External addresses.
#[case("ports: [{port: 80}]\nexternalIPs:\n- 203.0.113.1\n- 127.0.0.1", "special-address 8")]
#[case("ports: [{port: 80}]\nexternalIPs:\n- 169.254.1.1", "special-address 7")]
#[case("ports: [{port: 80}]\nexternalIPs:\n- 0.0.0.0", "special-address 7")]
#[case("ports: [{port: 80}]\nexternalIPs:\n- fe80::1", "special-address 7")]
#[case("ports: [{port: 80}]\nexternalIPs:\n- 224.0.0.1", "special-address 7")]
#[case("ports: [{port: 80}]\nexternalIPs:\n- 10.0.0", "invalid-ip 7")]
fn services(#[case] spec: &str, #[case] expected: &str) {
    check(&service(spec), expected);
}

#[rstest]
#[case("1web", "invalid-name 3")]
#[case("Web", "invalid-name 3")]
#[case("web.a", "invalid-name 3")]
#[case("w1", "")]
fn service_names_are_rfc_1035_labels(#[case] name: &str, #[case] expected: &str) {
    check(&service(ONE).replace("name: web", &format!("name: {name}")), expected);
}

#[rstest]
#[case("Pod", "a.b", "")]
#[case("Pod", "a_b", "invalid-name 3")]
#[case("Namespace", "a.b", "invalid-name 3")]
#[case("Namespace", "a-b", "")]
fn names_of_other_kinds(#[case] kind: &str, #[case] name: &str, #[case] expected: &str) {
    let spec = if kind == "Pod" { "spec: {containers: [{name: c, image: x}]}\n" } else { "" };
    check(&format!("apiVersion: v1\nkind: {kind}\nmetadata: {{name: {name}}}\n{spec}"), expected);
}

#[rstest]
#[case("labels: {a b: c}", "invalid-label 5")]
#[case("labels:\n  app: web\n  a: b/c", "invalid-label 7")]
#[case("annotations: {Example.org/Some: 'any thing: at all'}", "")]
#[case("annotations:\n  a b: c", "invalid-label 6")]
fn keys_and_values_of_metadata(#[case] metadata: &str, #[case] expected: &str) {
    let text = format!(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\n{}\nspec: {{containers: [{{name: c, image: x}}]}}\n",
        indented(metadata)
    );
    check(&text, expected);
}

#[test]
fn annotations_are_counted_together() {
    let pod = |more: usize| {
        let metadata =
            format!("annotations:\n  a: {}\n  bb: \"{}\"", "x".repeat(1_000), "x".repeat((256 << 10) - 1_003 + more));
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\n{}\nspec: {{containers: [{{name: c, image: x}}]}}\n",
            indented(&metadata)
        )
    };
    check(&pod(0), "");
    check(&pod(1), "annotations-too-large 7");
    let deployment = deployment(
        "selector: {matchLabels: {app: web}}\ntemplate:\n  metadata:\n    labels: {app: web}\n    annotations:\n      a: LONG\n  spec: {containers: [{name: c, image: x}]}",
    );
    check(&deployment.replace("LONG", &"x".repeat(257 << 10)), "annotations-too-large 10");
}

#[test]
fn selectors_have_the_form_of_labels() {
    check(&service(ONE).replace("spec:", "spec:\n  selector: {app: a b}"), "invalid-label 5");
    check(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  nodeSelector: {a b: c}\n  containers: [{name: c, image: x}]\n",
        "invalid-label 5",
    );
}

#[rstest]
#[case("containers:\n- name: C\n  image: x", "invalid-name 6")]
#[case("containers:\n- {name: a, image: x}\n- {name: a, image: x}", "duplicate-value 7")]
#[case(
    "containers:\n- name: a\n  image: x\n  ports:\n  - {name: web, containerPort: 80}\n  - {name: web, containerPort: 81}",
    "duplicate-value 10"
)]
#[case(
    "containers:\n- name: a\n  image: x\n  ports:\n  - name: a-very-long-port-name\n    containerPort: 80",
    "invalid-name 9"
)]
#[case("containers:\n- name: a\n  image: x\n  ports:\n  - name: web\n    containerPort: 65536", "invalid-port 10")]
#[case("hostname: a.b\ncontainers: [{name: a, image: x}]", "invalid-name 5")]
fn pods(#[case] spec: &str, #[case] expected: &str) {
    check(&format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec:\n{}\n", indented(spec)), expected);
}

const NODES: &str = "---
apiVersion: v1
kind: Node
metadata: {name: n1, labels: {topology.kubernetes.io/zone: east}}
spec: {podCIDR: 10.244.1.0/24}
status: {addresses: [{type: InternalIP, address: 192.168.10.11}]}
---
apiVersion: v1
kind: Node
metadata: {name: n2, labels: {topology.kubernetes.io/zone: west}}
spec: {podCIDR: 10.244.2.0/24}
status: {addresses: [{type: InternalIP, address: 192.168.10.12}]}
";

#[rstest]
#[case("10.244.1.9", "")]
#[case("10.244.2.9", "pod-ip-outside 7")]
#[case("172.30.0.1", "pod-ip-outside 7")]
fn addresses_of_pods(#[case] ip: &str, #[case] expected: &str) {
    let pod = format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec: {{nodeName: n1, containers: [{{name: c, image: x}}]}}\nstatus:\n  phase: Running\n  podIP: {ip}\n"
    );
    check(&(pod + NODES), expected);
}

/// A slice whose body begins on line 4.
fn slice(body: &str) -> String {
    let label = "labels: {kubernetes.io/service-name: web}";
    format!("apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {{name: web-1, {label}}}\n{body}\n")
}

fn many(head: &str, line: impl Fn(usize) -> String, count: usize) -> String {
    (0..count).fold(head.to_owned(), |text, at| text + &line(at))
}

#[rstest]
#[case("addressType: IPv4\nendpoints:\n- addresses: [10.244.1.5]\nports:\n- port: 80", "")]
#[case("endpoints: []", "missing-field 3")]
#[case("addressType: IP\nendpoints: []", "invalid-choice 4")]
#[case("addressType: IPv4\nendpoints:\n- addresses: [\"fd00::5\"]", "other-family 6")]
#[case("addressType: IPv6\nendpoints:\n- addresses: [\"10.244.1.5\"]", "other-family 6")]
#[case("addressType: FQDN\nendpoints:\n- addresses: [db.example.com, Db_1]", "invalid-name 6")]
#[case("addressType: IPv4\nendpoints:\n- addresses: []", "missing-field 6")]
#[case("addressType: IPv4\nendpoints:\n- addresses:\n  - 10.244.1.5\n  - 127.0.0.1", "special-address 8")]
#[case("addressType: IPv4\nendpoints:\n- addresses: [169.254.0.1]", "special-address 6")]
#[case("addressType: IPv4\nendpoints:\n- addresses: [224.0.0.9]", "special-address 6")]
#[case("addressType: IPv6\nendpoints:\n- addresses: [\"fe80::1\"]", "special-address 6")]
#[case("addressType: IPv4\nendpoints:\n- addresses: [10.244.1.5]\n  hostname: a.b", "invalid-name 7")]
#[case("addressType: IPv4\nendpoints: []\nports:\n- {name: a, port: 80}\n- {name: a, port: 81}", "duplicate-value 8")]
#[case("addressType: IPv4\nendpoints: []\nports:\n- port: 80\n- port: 81", "duplicate-value 8")]
#[case("addressType: IPv4\nendpoints: []\nports:\n- {name: A_b, port: 80}", "invalid-name 7")]
#[case("addressType: IPv4\nendpoints: []\nports:\n- port: 99999", "invalid-port 7")]
#[case(
    "addressType: IPv4\nendpoints:\n- addresses: [10.244.1.5]\n  hints:\n    forZones:\n    - name: east\n    - name: north",
    "unknown-hint 10"
)]
#[case("addressType: IPv4\nendpoints:\n- addresses: [10.244.1.5]\n  hints: {forNodes: [{name: n9}]}", "unknown-hint 7")]
#[case(
    "addressType: IPv4\nendpoints:\n- addresses: [10.244.1.5]\n  hints:\n    forZones:\n    - name: east\n    - name: east",
    "duplicate-value 10"
)]
#[case(&many("addressType: IPv4\nendpoints: []\nports:\n", |at| format!("- {{name: p{at}, port: 80}}\n"), 101), "too-many-items 107")]
#[case(&many("addressType: IPv4\nendpoints:\n", |at| format!("- addresses: [10.244.{}.{}]\n", at / 250, at % 250 + 1), 1001), "too-many-items 1006")]
fn slices(#[case] body: &str, #[case] expected: &str) {
    check(&(slice(body) + "\n---\n" + &service(ONE) + NODES), expected);
}

#[test]
fn slices_and_their_services() {
    let plain = "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata:\n  name: lost\naddressType: IPv4\nendpoints: []\n";
    check(&(plain.to_owned() + NODES), "slice-without-service 4");
    check(&(slice("addressType: IPv4\nendpoints: []") + NODES), "slice-of-no-service 3");
    check(&slice("addressType: IPv4\nendpoints: []"), "");
}

#[rstest]
#[case("mode: userspace", "invalid-choice 3")]
#[case("mode: ipvs", "proxy-mode-not-modelled 3")]
#[case("mode: \"\"", "")]
#[case("clusterCIDR: 10.244.0.0", "invalid-cidr 3")]
#[case("clusterCIDR: 10.244.0.0/16,10.245.0.0/16", "cidr-pair 3")]
#[case("clusterCIDR: 10.244.0.0/16,fd00::/48", "")]
#[case("nodePortAddresses:\n- 192.168.0.0/16\n- 10.0.0.1", "invalid-cidr 5")]
#[case("nodePortAddresses: [primary]", "")]
#[case("nodePortAddresses:\n- primary\n- 10.0.0.0/8", "not-alone 4")]
#[case("iptables:\n  masqueradeBit: 32", "out-of-range 4")]
#[case("iptables: {masqueradeBit: 31}\nnftables:\n  masqueradeBit: -1", "out-of-range 5")]
#[case("iptables: {masqueradeBit: 31}\nnftables: {masqueradeBit: 0}", "")]
#[case("detectLocalMode: Magic", "invalid-choice 3")]
#[case("detectLocalMode: BridgeInterface", "missing-field 3")]
#[case("detectLocalMode: InterfaceNamePrefix\ndetectLocal:\n  interfaceNamePrefix: ''", "missing-field 5")]
#[case("detectLocalMode: InterfaceNamePrefix\ndetectLocal: {interfaceNamePrefix: veth}", "")]
#[case("detectLocalMode: NodeCIDR", "")]
fn proxy_configurations(#[case] body: &str, #[case] expected: &str) {
    let bare = format!("apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\n{body}\n");
    check(&bare, expected);
    // The same in its ConfigMap stands six lines further down.
    let head = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: kube-proxy, namespace: kube-system}\ndata:\n  config.conf: |\n";
    let inner: Vec<String> = expected
        .split(',')
        .filter_map(|row| row.trim().rsplit_once(' '))
        .map(|(code, line)| format!("{code} {}", line.parse::<u32>().unwrap() + 5))
        .collect();
    check(
        &format!("{head}{}\n", bare.lines().map(|line| format!("    {line}\n")).collect::<String>()),
        &inner.join(","),
    );
}

#[test]
fn another_version_of_the_configuration_is_not_read() {
    check(
        "apiVersion: kubeproxy.config.k8s.io/v1beta1\nkind: KubeProxyConfiguration\nmode: ipvs\n",
        "wrong-api-version 1",
    );
}

#[test]
fn what_two_services_want_is_told_at_the_field() {
    let two = |spec: &str| {
        let second = service(spec).replace("name: web", "name: other");
        format!("{}---\n{second}", service(spec))
    };
    check(&two("clusterIP: 10.96.0.9\nports: [{port: 80}]"), "cluster-ip-taken 12");
    check(&two("type: NodePort\nports:\n- port: 80\n  nodePort: 30080"), "node-port-taken 17");
    let checked = "type: LoadBalancer\nexternalTrafficPolicy: Local\nhealthCheckNodePort: 32000\nports: [{port: 80}]";
    check(&two(checked), "node-port-taken 16");
}

#[test]
fn the_same_object_again_is_told_at_its_name() {
    let other = service("ports: [{port: 81}]").replace("metadata: {name: web}", "metadata:\n  name: web");
    check(&format!("{}---\n{other}", service("ports: [{port: 80}]")), "duplicate-object 10");
}

#[rstest]
#[case(Some((99, 9)), "", "version-unknown -", "1.30")]
#[case(Some((1, 38)), "", "version-unknown -", "1.30")]
#[case(Some((1, 37)), "", "", "1.37")]
#[case(Some((1, 20)), "", "version-too-old -", "1.29")]
#[case(Some((1, 29)), "", "", "1.29")]
#[case(None, "v1.33.4+k3s1", "", "1.33")]
#[case(None, "v1.99.0", "version-unknown 4", "1.30")]
#[case(None, "v1.20.0", "version-too-old 4", "1.29")]
#[case(None, "latest", "invalid-version 4", "1.30")]
fn versions(#[case] asked: Option<(u32, u32)>, #[case] kubelet: &str, #[case] expected: &str, #[case] followed: &str) {
    let version = asked.map(|(major, minor)| KubernetesVersion { major, minor });
    let node = format!(
        "apiVersion: v1\nkind: Node\nmetadata: {{name: node-1}}\nstatus: {{nodeInfo: {{kubeletVersion: '{kubelet}'}}}}\n"
    );
    let options = Options { version, ..Options::default() };
    let expected: Vec<&str> = expected.split(',').filter(|row| !row.is_empty()).collect();
    assert_eq!(found(&node, &options), expected);
    let inputs = [SourceText::given("in.yaml", &*node)];
    let decided = decide(&parse(&inputs, &Limits::default()), &options);
    assert_eq!(decided.cluster.settings.version.to_string(), followed);
}

/// A Deployment whose `spec` begins on line 5.
fn deployment(spec: &str) -> String {
    format!("apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec:\n{}\n", indented(spec))
}

/// One whose template's `spec` begins on line 8.
fn template(spec: &str) -> String {
    let start = "selector: {matchLabels: {app: web}}\ntemplate:\n  metadata: {labels: {app: web}}\n  spec:\n";
    deployment(&format!("{start}{}", indented(&indented(spec))))
}

const CONTAINER: &str = "containers: [{name: c, image: x}]\n";

#[rstest]
#[case("template:\n  metadata: {labels: {app: web}}\n  spec: {containers: [{name: c, image: x}]}", "missing-field 4")]
#[case("selector: {matchLabels: {app: web}}", "missing-field 4")]
#[case(
    "selector: {}\ntemplate: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: x}]}}",
    "empty-selector 5"
)]
#[case(
    "selector: {matchLabels: {app: web}}\ntemplate:\n  metadata:\n    labels:\n      app: wep\n  spec: {containers: [{name: c, image: x}]}",
    "selector-mismatch 9"
)]
#[case(
    "selector: {matchLabels: {app: web}}\ntemplate:\n  metadata:\n    labels: {tier: web}\n  spec: {containers: [{name: c, image: x}]}",
    "selector-mismatch 8"
)]
#[case(
    "selector: {matchLabels: {app: web}}\ntemplate:\n  spec: {containers: [{name: c, image: x}]}",
    "selector-mismatch 6"
)]
#[case(
    "selector: {matchExpressions: [{key: app, operator: In, values: [web]}]}\ntemplate: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: x}]}}",
    ""
)]
#[case(
    "selector: {matchExpressions: [{key: app, operator: Exists, values: [web]}]}\ntemplate: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: x}]}}",
    "selector-values 5"
)]
#[case(
    "selector: {matchLabels: {app: a/b}}\ntemplate: {metadata: {labels: {app: a/b}}, spec: {containers: [{name: c, image: x}]}}",
    "invalid-label 5, invalid-label 6"
)]
#[case(
    "replicas: -1\nselector: {matchLabels: {app: web}}\ntemplate: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: x}]}}",
    "out-of-range 5"
)]
#[case("selector: {matchLabels: {app: web}}\ntemplate: {metadata: {labels: {app: web}}}", "missing-field 6")]
fn deployments(#[case] spec: &str, #[case] expected: &str) {
    check(&deployment(spec), expected);
}

#[rstest]
#[case(CONTAINER, "")]
#[case("containers: []", "missing-field 8")]
#[case("containers:\n- image: x", "missing-field 10")]
#[case("containers:\n- name: c", "missing-field 10")]
#[case("containers:\n- {name: C_1, image: x}", "invalid-name 10")]
#[case("containers:\n- {name: c, image: x}\n- {name: c, image: z}", "duplicate-value 11")]
#[case("initContainers:\n- {name: c, image: x}\ncontainers:\n- {name: c, image: z}", "duplicate-value 10")]
#[case("restartPolicy: Never\ncontainers: [{name: c, image: x}]", "invalid-choice 9")]
#[case("dnsPolicy: None\ncontainers: [{name: c, image: x}]", "missing-field 9")]
#[case("dnsPolicy: Cluster\ncontainers: [{name: c, image: x}]", "invalid-choice 9")]
#[case("containers:\n- name: c\n  image: x\n  ports:\n  - name: web", "missing-field 13")]
#[case("containers:\n- name: c\n  image: x\n  ports:\n  - containerPort: 70000", "invalid-port 13")]
#[case("containers:\n- name: c\n  image: x\n  ports:\n  - {containerPort: 80, protocol: tcp}", "invalid-choice 13")]
#[case(
    "containers:\n- name: c\n  image: x\n  ports:\n  - {containerPort: 80, name: web}\n  - {containerPort: 81, name: web}",
    "duplicate-value 14"
)]
#[case(
    "containers:\n- {name: a, image: x, ports: [{containerPort: 80}]}\n- {name: b, image: x, ports: [{containerPort: 80}]}",
    "port-taken-in-pod 11"
)]
#[case(
    "containers:\n- {name: a, image: x, ports: [{containerPort: 80}]}\n- {name: b, image: x, ports: [{containerPort: 80, protocol: UDP}]}",
    ""
)]
#[case(
    "containers:\n- {name: a, image: x, ports: [{containerPort: 80, name: web}]}\n- {name: b, image: x, ports: [{containerPort: 81, name: web}]}",
    "port-name-repeated 11"
)]
#[case(
    "initContainers:\n- {name: a, image: x, ports: [{containerPort: 80, name: web}]}\ncontainers:\n- {name: b, image: x, ports: [{containerPort: 80, name: web}]}",
    ""
)]
#[case(
    "hostNetwork: true\ncontainers:\n- name: c\n  image: x\n  ports:\n  - {containerPort: 80, hostPort: 8080}",
    "host-port-differs 14"
)]
#[case(
    "containers:\n- {name: a, image: x, ports: [{containerPort: 80, hostPort: 8080}]}\n- {name: b, image: x, ports: [{containerPort: 81, hostPort: 8080}]}",
    "duplicate-value 11"
)]
#[case("containers:\n- name: c\n  image: x\n  readinessProbe:\n    periodSeconds: 5", "probe-handler 12")]
#[case(
    "containers:\n- name: c\n  image: x\n  livenessProbe: {tcpSocket: {port: 80}, exec: {command: [x]}}",
    "probe-handler 12"
)]
#[case("containers:\n- name: c\n  image: x\n  startupProbe: {httpGet: {path: /, port: 0}}", "invalid-port 12")]
#[case("containers:\n- name: c\n  image: x\n  startupProbe: {httpGet: {path: /}}", "missing-field 12")]
#[case(
    "initContainers:\n- name: i\n  image: x\n  readinessProbe: {tcpSocket: {port: 80}}\ncontainers: [{name: c, image: x}]",
    "field-only-with 12"
)]
#[case(
    "initContainers:\n- name: i\n  image: x\n  restartPolicy: Always\n  readinessProbe: {tcpSocket: {port: 80}}\ncontainers: [{name: c, image: x}]",
    ""
)]
#[case("containers:\n- name: c\n  image: x\n  volumeMounts:\n  - {name: data, mountPath: /data}", "unknown-volume 13")]
#[case(
    "volumes: [{name: data, emptyDir: {}}]\ncontainers:\n- name: c\n  image: x\n  volumeMounts:\n  - {name: data, mountPath: /data}",
    ""
)]
fn templates(#[case] spec: &str, #[case] expected: &str) {
    check(&template(spec), expected);
}

#[rstest]
#[case::job("batch/v1", "Job", "template: {spec: {containers: [{name: c, image: x}]}}", "missing-field 5")]
#[case::job_always(
    "batch/v1",
    "Job",
    "template: {spec: {restartPolicy: Always, containers: [{name: c, image: x}]}}",
    "invalid-choice 5"
)]
#[case::job_good("batch/v1", "Job", "template: {spec: {restartPolicy: Never, containers: [{name: c, image: x}]}}", "")]
#[case::cron(
    "batch/v1",
    "CronJob",
    "schedule: 0 3 * *\njobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: x}]}}}}",
    "cron-schedule 5"
)]
#[case::cron_unscheduled(
    "batch/v1",
    "CronJob",
    "jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: x}]}}}}",
    "missing-field 4"
)]
#[case::cron_good(
    "batch/v1",
    "CronJob",
    "schedule: 0 3 * * *\njobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: x}]}}}}",
    "makes-no-pods 3"
)]
#[case::controller(
    "v1",
    "ReplicationController",
    "template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: x}]}}",
    ""
)]
#[case::controller_without_labels(
    "v1",
    "ReplicationController",
    "template: {spec: {containers: [{name: c, image: x}]}}",
    "missing-field 4"
)]
#[case::controller_that_differs(
    "v1",
    "ReplicationController",
    "selector: {a: c}\ntemplate: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: x}]}}",
    "selector-mismatch 6"
)]
#[case::claims(
    "apps/v1",
    "StatefulSet",
    "selector: {matchLabels: {a: b}}\nvolumeClaimTemplates: [{metadata: {name: data}}]\ntemplate: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: x, volumeMounts: [{name: data, mountPath: /d}]}]}}",
    ""
)]
#[case::images_by_trigger(
    "apps.openshift.io/v1",
    "DeploymentConfig",
    "template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c}]}}",
    ""
)]
#[case::rollout(
    "argoproj.io/v1alpha1",
    "Rollout",
    "selector: {matchLabels: {a: c}}\ntemplate: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: x}]}}",
    "selector-mismatch 6"
)]
fn other_workloads(#[case] version: &str, #[case] kind: &str, #[case] spec: &str, #[case] expected: &str) {
    check(
        &format!("apiVersion: {version}\nkind: {kind}\nmetadata: {{name: w}}\nspec:\n{}\n", indented(spec)),
        expected,
    );
}

#[test]
fn what_is_refused_is_not_there_and_nothing_else_is_lost() {
    let bad = deployment(
        "selector: {matchLabels: {app: web}}\ntemplate: {metadata: {labels: {app: wep}}, spec: {containers: [{name: c, image: x}]}}",
    );
    let good = template(CONTAINER).replace("name: web", "name: good").replace("app: web", "app: good");
    let text = [
        bad,
        good,
        service("selector: {app: wep}\nports: [{port: 80}]"),
        service("selector: {app: good}\nports: [{port: 80}, {port: 81}]").replace("name: web", "name: two"),
        "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c}]}\n".to_owned(),
    ]
    .join("---\n");
    let parsed = parse(&[SourceText::given("in.yaml", text)], &Limits::default());
    let decided = decide(&parsed, &Options::default());
    let refused: Vec<String> = decided.cluster.refused.keys().map(ToString::to_string).collect();
    assert_eq!(refused, ["Deployment default/web", "Pod default/p", "Service default/two"]);
    assert!(decided.cluster.refused.values().all(Option::is_some));
    let own = |namespace: &str| namespace == "default";
    let pods = decided.cluster.pods.iter().filter(|pod| own(&pod.name.namespace));
    assert!(pods.clone().count() == 1 && pods.clone().all(|pod| pod.name.name.starts_with("good-")));
    assert!(decided.cluster.service_named("default", "two").is_none());
    assert!(decided.cluster.service_named("default", "web").is_some());
    let found = decided.diagnostics.iter().find(|found| found.code == "selects-nothing").expect("a finding");
    assert_eq!((found.hints.as_slice(), found.args["reason"].as_str()), (&["workload-without-pods"][..], "refused"));
}

#[test]
fn what_came_out_of_a_cluster_was_taken_there() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{image: x}]}\nstatus: {podIP: 10.244.1.7}\n";
    let parsed = parse(&[SourceText::given("in.yaml", pod)], &Limits::default());
    let decided = decide(&parsed, &Options::default());
    assert!(decided.cluster.refused.is_empty() && decided.cluster.pod_named("default", "p").is_some());
    let found: Vec<_> = decided.diagnostics.iter().map(|found| (found.code, found.severity)).collect();
    assert_eq!(found, [("missing-field", crate::diagnostic::Severity::Warning)]);
}
