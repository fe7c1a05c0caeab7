//! Questions for names, drawn at random: worlds to ask in, who asks, and for what.

use crate::mutate::Numbers;
use kubernetes::manifest::{Limits, SourceText};
use sim_core::model::{Model, Options};

/// Clients of every kind, and things with names of every kind.
const OBJECTS: &str = r#"
apiVersion: v1
kind: Pod
metadata: {name: first, namespace: shop}
spec: {containers: [{name: c, image: registry.example/c:1}]}
---
apiVersion: v1
kind: Pod
metadata: {name: default, namespace: shop}
spec: {dnsPolicy: Default, containers: [{name: c, image: registry.example/c:1}]}
---
apiVersion: v1
kind: Pod
metadata: {name: own, namespace: shop}
spec:
  dnsPolicy: None
  dnsConfig: {nameservers: [DNS], searches: [back.svc.cluster.local, svc.cluster.local], options: [{name: ndots, value: "2"}]}
  containers: [{name: c, image: registry.example/c:1}]
---
apiVersion: v1
kind: Pod
metadata: {name: bare, namespace: shop}
spec:
  dnsPolicy: None
  dnsConfig: {nameservers: [DNS]}
  containers: [{name: c, image: registry.example/c:1}]
---
apiVersion: v1
kind: Pod
metadata: {name: elsewhere, namespace: shop}
spec:
  dnsPolicy: None
  dnsConfig: {nameservers: [192.0.2.53]}
  containers: [{name: c, image: registry.example/c:1}]
---
apiVersion: v1
kind: Pod
metadata: {name: few, namespace: shop}
spec:
  dnsConfig: {options: [{name: ndots, value: "1"}], searches: [example.com]}
  hostAliases: [{ip: 10.99.0.1, hostnames: [old.internal, Legacy]}, {ip: "fd00::1", hostnames: [six.internal]}]
  containers: [{name: c, image: registry.example/c:1}]
---
apiVersion: v1
kind: Pod
metadata: {name: on-node, namespace: shop}
spec: {hostNetwork: true, containers: [{name: c, image: registry.example/c:1}]}
---
apiVersion: v1
kind: Pod
metadata: {name: on-node-too, namespace: back}
spec: {hostNetwork: true, dnsPolicy: ClusterFirstWithHostNet, containers: [{name: c, image: registry.example/c:1}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web-0, namespace: shop, labels: {app: web}}
spec: {containers: [{name: c, image: nginx}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{name: http, port: 80}]}
---
apiVersion: v1
kind: Pod
metadata: {name: api-0, namespace: back, labels: {app: api}}
spec: {hostname: api, subdomain: peers, containers: [{name: c, image: nginx}]}
---
apiVersion: v1
kind: Service
metadata: {name: api, namespace: back}
spec: {selector: {app: api}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: peers, namespace: back}
spec: {clusterIP: None, selector: {app: api}, ports: [{port: 80}]}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: shop}
spec:
  serviceName: db
  replicas: 2
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: c, image: nginx}]}
---
apiVersion: v1
kind: Service
metadata: {name: db, namespace: shop}
spec: {clusterIP: None, selector: {app: db}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: nobody, namespace: shop}
spec: {clusterIP: None, selector: {app: nobody}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: alias, namespace: shop}
spec: {type: ExternalName, externalName: api.back.svc.cluster.local}
---
apiVersion: v1
kind: Service
metadata: {name: chain, namespace: shop}
spec: {type: ExternalName, externalName: alias.shop.svc.cluster.local}
---
apiVersion: v1
kind: Service
metadata: {name: lost, namespace: shop}
spec: {type: ExternalName, externalName: apy.back.svc.cluster.local}
---
apiVersion: v1
kind: Service
metadata: {name: short, namespace: shop}
spec: {type: ExternalName, externalName: web}
---
apiVersion: v1
kind: Service
metadata: {name: outside, namespace: shop}
spec: {type: ExternalName, externalName: db.example.net}
---
apiVersion: v1
kind: Service
metadata: {name: six, namespace: shop}
spec: {ipFamilies: [IPv6], clusterIP: "fd00::a", selector: {app: web}, ports: [{port: 80}]}
"#;

const NODES: &str = r#"
---
apiVersion: v1
kind: Node
metadata: {name: n1}
spec: {podCIDR: 10.244.0.0/24}
status: {addresses: [{type: InternalIP, address: 192.168.10.11}]}
---
apiVersion: v1
kind: Node
metadata: {name: n2}
spec: {podCIDR: 10.244.1.0/24}
status: {addresses: [{type: InternalIP, address: 192.168.10.12}]}
"#;

const DNS: &str = r#"
---
apiVersion: v1
kind: Service
metadata: {name: kube-dns, namespace: kube-system, labels: {k8s-app: kube-dns}}
spec:
  clusterIP: 10.96.0.10
  selector: {k8s-app: kube-dns}
  ports: [{name: dns, port: 53, protocol: UDP}, {name: dns-tcp, port: 53}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: coredns, namespace: kube-system}
spec:
  replicas: 2
  selector: {matchLabels: {k8s-app: kube-dns}}
  template:
    metadata: {labels: {k8s-app: kube-dns}}
    spec:
      dnsPolicy: Default
      containers: [{name: coredns, image: "coredns:1.13", ports: [{containerPort: 53, protocol: UDP, name: dns}, {containerPort: 53, name: dns-tcp}]}]
"#;

/// What a Corefile's only block may hold, beside what every one of them has.
const COREFILES: [(&str, &str); 11] = [
    (
        "as kubeadm writes it",
        "kubernetes cluster.local in-addr.arpa ip6.arpa { pods insecure\n fallthrough in-addr.arpa ip6.arpa\n ttl 30\n }\n forward . /etc/resolv.conf",
    ),
    ("pods verified", "kubernetes cluster.local { pods verified\n }\n forward . /etc/resolv.conf"),
    ("endpoint_pod_names", "kubernetes cluster.local { endpoint_pod_names\n }\n forward . /etc/resolv.conf"),
    ("autopath", "autopath @kubernetes\n kubernetes cluster.local { pods verified\n }\n forward . /etc/resolv.conf"),
    ("another zone", "kubernetes corp.local\n forward . /etc/resolv.conf"),
    ("two zones", "kubernetes corp.local cluster.local\n forward . 192.0.2.1"),
    ("no forward", "kubernetes cluster.local"),
    (
        "hosts",
        "hosts { 10.1.2.3 legacy.example.com web.shop.svc.cluster.local\n fallthrough\n }\n kubernetes cluster.local\n forward . 192.0.2.1",
    ),
    ("hosts that end it", "hosts { 10.1.2.3 legacy.example.com\n }\n kubernetes cluster.local"),
    (
        "rewrite",
        "rewrite name old.shop.svc.cluster.local web.shop.svc.cluster.local\n kubernetes cluster.local\n forward . /etc/resolv.conf",
    ),
    (
        "template",
        "template IN A example.com { answer \"{{ .Name }} 60 IN A 10.0.0.9\"\n }\n kubernetes cluster.local\n forward . /etc/resolv.conf",
    ),
];

/// A world that names are asked for in.
pub struct World {
    /// What is particular about it.
    pub about: String,
    /// Its model.
    pub model: Model,
}

fn corefile(body: &str) -> String {
    let lines = body.replace("{ ", "{\n ");
    let lines: String = lines.lines().map(|line| format!("      {}\n", line.trim())).collect();
    format!(
        "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: coredns, namespace: kube-system}}\ndata:\n  Corefile: |\n    .:53 {{\n      errors\n{lines}    }}\n"
    )
}

/// All worlds: with DNS in the input and without, broken in every way, with Corefiles of every kind, in both proxy modes.
pub fn worlds() -> Vec<World> {
    let objects = OBJECTS.replace("DNS", "10.96.0.10");
    let whole = format!("{objects}{NODES}{DNS}");
    let mut all = vec![
        ("assumed around the manifests".to_owned(), objects.clone()),
        ("Nodes, and no DNS".to_owned(), format!("{objects}{NODES}")),
        ("DNS in the input".to_owned(), whole.clone()),
        (
            "DNS Service that selects nothing".to_owned(),
            whole.replace("selector: {k8s-app: kube-dns}\n  ports", "selector: {k8s-app: other}\n  ports"),
        ),
        (
            "no CoreDNS".to_owned(),
            whole.replace(
                "replicas: 2\n  selector: {matchLabels: {k8s-app",
                "replicas: 0\n  selector: {matchLabels: {k8s-app",
            ),
        ),
        ("DNS for TCP only".to_owned(), whole.replace("{name: dns, port: 53, protocol: UDP}, ", "")),
        (
            "DNS on another port".to_owned(),
            whole.replace("{name: dns, port: 53, protocol: UDP}", "{name: dns, port: 54, protocol: UDP}"),
        ),
        (
            "targetPort of DNS".to_owned(),
            whole.replace(
                "{name: dns, port: 53, protocol: UDP}",
                "{name: dns, port: 53, targetPort: 5353, protocol: UDP}",
            ),
        ),
        (
            "another server by kubelet".to_owned(),
            format!(
                "{whole}---\napiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nclusterDNS: [10.96.0.99]\n"
            ),
        ),
        (
            "another domain by kubelet".to_owned(),
            format!(
                "{whole}---\napiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nclusterDomain: corp.local\n"
            ),
        ),
    ];
    for (about, body) in COREFILES {
        all.push((format!("Corefile: {about}"), format!("{whole}{}", corefile(body))));
        all.push((format!("Corefile without Nodes: {about}"), format!("{objects}{}", corefile(body))));
    }
    let build = |(about, text): (String, String)| {
        let text = text.replace("\n---\n---", "\n---");
        let source = SourceText::given("names.yaml", text);
        World { about, model: Model::build(&[source], &Limits::default(), &Options::default()) }
    };
    all.into_iter().map(build).collect()
}

/// Who may ask in a world.
pub fn sources(model: &Model) -> Vec<String> {
    let pods = model.cluster.pods.iter().filter(|pod| matches!(&*pod.name.namespace, "shop" | "back"));
    let mut all: Vec<String> = pods.map(|pod| format!("pod/{}", pod.name)).collect();
    all.extend(model.cluster.nodes.iter().take(1).map(|node| format!("node/{}", node.name)));
    all.push("external".to_owned());
    all
}

/// A name: of something that is there, near it, in the wrong place, written in some way, or of nothing.
pub fn name(numbers: &mut Numbers, model: &Model) -> String {
    // As it should be, as far as the asker's own search list has it.
    let services = &model.cluster.services;
    if numbers.below(2) == 0 {
        let name = &services[numbers.below(services.len())].name;
        let ends = [
            "",
            &format!(".{}", name.namespace),
            &format!(".{}.svc", name.namespace),
            &format!(".{}.svc.cluster.local", name.namespace),
        ];
        let end = ends[numbers.below(ends.len())];
        return written(numbers, format!("{}{end}", name.name));
    }
    let mut one = |of: &[&str]| of[numbers.below(of.len())].to_owned();
    let first = one(&[
        "web",
        "api",
        "db",
        "peers",
        "nobody",
        "alias",
        "chain",
        "lost",
        "short",
        "outside",
        "six",
        "kubernetes",
        "weeb",
        "wep",
        "nothing",
        "db-0.db",
        "db-1.db",
        "db-2.db",
        "db-7.db",
        "api.peers",
        "apy.peers",
        "web-0",
        "web-0.web",
        "10-244-1-2",
        "_http._tcp.web",
        "localhost",
        "old.internal",
        "legacy",
        "six.internal",
        "first",
        "few",
        "www.example.com",
        "example",
        "legacy.example.com",
        "old",
        "a.b.c.d.e.f",
        "10.96.0.10",
        "192.0.2.7",
        "db.example.net",
        "kube-dns",
        "1.2",
    ]);
    let node = model.cluster.nodes.first().map_or("n1", |node| &*node.name);
    let first = if first == "example" { one(&[node, "example"]) } else { first };
    let end = one(&[
        "",
        "",
        "",
        "",
        ".shop",
        ".back",
        ".shop.svc",
        ".back.svc",
        ".default",
        ".nowhere",
        ".svc",
        ".shop.svc.cluster.local",
        ".back.svc.cluster.local",
        ".svc.cluster.local",
        ".shop.services.cluster.local",
        ".shop.cluster.local",
        ".shop.pod.cluster.local",
        ".shop.svc.corp.local",
        ".kube-system",
        ".shop.svc.cluster.locl",
        ".example.com",
    ]);
    let dot = one(&["", "", "", "."]);
    written(numbers, format!("{first}{end}{dot}"))
}

/// In some case.
fn written(numbers: &mut Numbers, name: String) -> String {
    match numbers.below(6) {
        0 => name.to_uppercase(),
        1 => {
            let mut letters: Vec<char> = name.chars().collect();
            if let Some(first) = letters.first_mut() {
                *first = first.to_ascii_uppercase();
            }
            letters.into_iter().collect()
        }
        _ => name,
    }
}
