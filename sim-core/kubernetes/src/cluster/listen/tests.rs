//! Pods and what they are taken to listen on.

use crate::cluster::listener::{Bind, Complete};
use crate::cluster::{Decided, Options, decide};
use crate::manifest::{Limits, SourceText, parse};
use rstest::rstest;

fn run(yaml: &str) -> Decided {
    let parsed = parse(&[SourceText::given("in.yaml", yaml)], &Limits::default());
    assert!(parsed.diagnostics.is_empty(), "{:#?}", parsed.diagnostics);
    decide(&parsed, &Options::default())
}

/// `PROTOCOL/PORT[@ADDRESS] EVIDENCE+EVIDENCE`, then what is declared in vain, then how complete it is.
fn listens(decided: &Decided) -> String {
    let pod = decided.cluster.pods.iter().find(|pod| &*pod.name.name == "p").unwrap();
    let mut all: Vec<String> = pod
        .listening
        .sockets
        .iter()
        .map(|socket| {
            let bind = match socket.bind {
                Bind::Any => String::new(),
                Bind::Loopback => "@lo".to_owned(),
                Bind::Pod => "@pod".to_owned(),
                Bind::Address(ip) => format!("@{ip}"),
            };
            let evidence: Vec<&str> = socket.evidence.iter().map(|evidence| evidence.kind.word()).collect();
            format!("{}/{}{bind} {}", socket.protocol, socket.port, evidence.join("+"))
        })
        .collect();
    all.extend(pod.listening.unheard.iter().map(|unheard| format!("not {} {}", unheard.port, unheard.against.kind)));
    all.push(
        match pod.listening.complete {
            Complete::Known => "known",
            Complete::ByImage => "by image",
            Complete::ByDeclaration => "by declaration",
        }
        .to_owned(),
    );
    all.join(", ")
}

fn pod(container: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: p, labels: {{app: p}}}}\nspec: {{containers: [{container}]}}\n"
    )
}

#[rstest]
// Declared, and nothing else known.
#[case("{name: c, image: x, ports: [{containerPort: 8080}]}", "tcp/8080 containerPort, by declaration")]
#[case("{name: c, image: x, ports: [{containerPort: 53, protocol: UDP}]}", "udp/53 containerPort, by declaration")]
#[case("{name: c, image: x}", "by declaration")]
// Images.
#[case("{name: c, image: 'nginx:1.27'}", "tcp/80 image, by image")]
#[case("{name: c, image: nginx, ports: [{containerPort: 80}]}", "tcp/80 containerPort+image, by image")]
#[case("{name: c, image: nginx, ports: [{containerPort: 8080}]}", "tcp/80 image, not 8080 image, by image")]
#[case(
    "{name: c, image: nginx, ports: [{containerPort: 8080}], volumeMounts: [{name: v, mountPath: /etc/nginx/conf.d}]}], volumes: [{name: v, emptyDir: {}}",
    "tcp/8080 containerPort, by declaration"
)]
#[case("{name: c, image: team/nginx, ports: [{containerPort: 8080}]}", "tcp/8080 containerPort, by declaration")]
#[case("{name: c, image: team/nginx}", "tcp/80 image, by image")]
#[case(
    "{name: c, image: rabbitmq, ports: [{containerPort: 15672}]}",
    "tcp/5672 image, tcp/15672 containerPort, by image"
)]
#[case("{name: c, image: coredns/coredns}", "udp/53 image, tcp/53 image, by image")]
#[case("{name: c, image: busybox}", "by image")]
#[case("{name: c, image: busybox, ports: [{containerPort: 80}]}", "tcp/80 containerPort, by declaration")]
#[case("{name: c, image: postgres, env: [{name: PGPORT, value: '5433'}]}", "tcp/5433 env, by image")]
#[case(
    "{name: c, image: grafana/grafana, env: [{name: GF_SERVER_HTTP_PORT, value: '80'}], ports: [{containerPort: 3000}]}",
    "tcp/80 env, not 3000 image, by image"
)]
#[case("{name: c, image: nginx, env: [{name: PORT, value: '8080'}]}", "tcp/80 image, by image")]
// Command lines.
#[case(
    "{name: c, image: x, args: ['--port=81'], ports: [{containerPort: 80}]}",
    "tcp/81 command, not 80 command, by declaration"
)]
#[case(
    "{name: c, image: x, args: ['--port=81'], ports: [{containerPort: 81}, {containerPort: 9090, name: metrics}]}",
    "tcp/81 command+containerPort, tcp/9090 containerPort, by declaration"
)]
#[case(
    "{name: c, image: x, args: ['--port=81'], ports: [{containerPort: 80}, {containerPort: 9090, name: metrics}]}",
    "tcp/81 command, tcp/9090 containerPort, not 80 command, by declaration"
)]
#[case(
    "{name: c, image: x, args: ['--metrics-bind-address=:9090'], ports: [{containerPort: 80}]}",
    "tcp/9090 command, tcp/80 containerPort, by declaration"
)]
#[case(
    "{name: c, image: x, command: [flask, run, --host=127.0.0.1, --port=5000], ports: [{containerPort: 5000}]}",
    "tcp/5000@lo command+containerPort, by declaration"
)]
#[case(
    "{name: c, image: x, command: [flask, run], ports: [{containerPort: 5000}]}",
    "tcp/5000@lo containerPort+program, by declaration"
)]
#[case(
    "{name: c, image: x, command: [gunicorn, app], ports: [{containerPort: 80}]}",
    "tcp/80 containerPort, by declaration"
)]
#[case(
    "{name: c, image: x, command: [/app, --host, 127.0.0.1], ports: [{containerPort: 80}]}",
    "tcp/80@lo containerPort, by declaration"
)]
#[case("{name: c, image: nginx, command: [sleep, infinity], ports: [{containerPort: 80}]}", "not 80 command, known")]
#[case("{name: c, image: nginx, command: [nginx, -g, 'daemon off;']}", "tcp/80 image, by image")]
#[case("{name: c, image: python, command: [python, -m, http.server, '8000']}", "tcp/8000 command, by declaration")]
#[case(
    "{name: c, image: redis, args: [--port, '6380'], ports: [{containerPort: 6379}]}",
    "tcp/6380 command, not 6379 command, by declaration"
)]
#[case(
    "{name: c, image: agnhost, args: [netexec, --http-port=83]}",
    "tcp/83 command, udp/8081 program, by declaration"
)]
#[case("{name: c, image: x, args: ['--port=$(P)'], env: [{name: P, value: '82'}]}", "tcp/82 command, by declaration")]
#[case(
    "{name: c, image: x, args: ['--bind=$(IP):82'], env: [{name: IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}]}",
    "tcp/82@pod command, by declaration"
)]
// Variables.
#[case("{name: c, image: x, env: [{name: PORT, value: '3000'}]}", "tcp/3000 env, by declaration")]
#[case(
    "{name: c, image: x, env: [{name: PORT, value: '3000'}], ports: [{containerPort: 80}]}",
    "tcp/3000 env, not 80 env, by declaration"
)]
#[case(
    "{name: c, image: x, command: [flask, run], env: [{name: FLASK_RUN_PORT, value: '81'}, {name: FLASK_RUN_HOST, value: 0.0.0.0}]}",
    "tcp/81 env, by declaration"
)]
#[case("{name: c, image: x, command: [gunicorn, app], env: [{name: PORT, value: '81'}]}", "tcp/81 env, by declaration")]
#[case("{name: c, image: x, args: [--port=81], env: [{name: PORT, value: '82'}]}", "tcp/81 command, by declaration")]
// Probes.
#[case(
    "{name: c, image: x, ports: [{containerPort: 80}], livenessProbe: {httpGet: {port: 8081}}}",
    "tcp/80 containerPort, tcp/8081 probe, by declaration"
)]
#[case(
    "{name: c, image: nginx, ports: [{containerPort: 8080}], readinessProbe: {tcpSocket: {port: 8080}}}",
    "tcp/80 image, not 8080 image, by image"
)]
// Several containers.
#[case(
    "{name: a, image: nginx, ports: [{containerPort: 80}]}, {name: b, image: httpd, ports: [{containerPort: 80}]}",
    "tcp/80 containerPort+image, tcp/80 containerPort+image, by image"
)]
fn one_pod(#[case] containers: &str, #[case] expected: &str) {
    assert_eq!(listens(&run(&pod(containers))), expected);
}

#[test]
fn variables_come_out_of_config_maps_too() {
    let map = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndata: {PORT: '8085', x: '81'}\n";
    let from = pod("{name: c, image: x, envFrom: [{configMapRef: {name: m}}]}");
    assert_eq!(listens(&run(&format!("{from}{map}"))), "tcp/8085 env, by declaration");
    let key = pod("{name: c, image: x, env: [{name: PORT, valueFrom: {configMapKeyRef: {name: m, key: x}}}]}");
    assert_eq!(listens(&run(&format!("{key}{map}"))), "tcp/81 env, by declaration");
}

#[test]
fn a_service_tells_only_where_nothing_else_does() {
    let service =
        "---\napiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {selector: {app: p}, ports: [{port: 90}]}\n";
    let listens = |containers: &str| listens(&run(&format!("{}{service}", pod(containers))));
    assert_eq!(listens("{name: c, image: x}"), "tcp/90 targetPort, by declaration");
    assert_eq!(listens("{name: c, image: x, ports: [{containerPort: 80}]}"), "tcp/80 containerPort, by declaration");
    assert_eq!(listens("{name: c, image: nginx}"), "tcp/80 image, by image");
    assert_eq!(listens("{name: c, image: busybox}"), "by image");
    assert_eq!(listens("{name: c, image: x, command: [sleep, '9']}"), "known");
    let both = "{name: c, image: x}, {name: d, image: redis}";
    assert_eq!(listens(both), "tcp/6379 image, tcp/90 targetPort, by declaration");
}

#[rstest]
#[case("{name: c, image: nginx, ports: [{containerPort: 8080}]}", "declared-port-unheard kind=image")]
#[case("{name: c, image: x, args: [--port=81], ports: [{containerPort: 80}]}", "declared-port-unheard kind=command")]
#[case("{name: a, image: nginx, ports: [{containerPort: 80}]}, {name: b, image: httpd}", "port-clash first=a")]
#[case("{name: c, image: nginx, ports: [{containerPort: 80}]}", "")]
fn findings(#[case] containers: &str, #[case] expected: &str) {
    let decided = run(&pod(containers));
    let wanted = ["declared-port-unheard", "port-clash"];
    let told = decided.diagnostics.iter().filter(|found| wanted.contains(&found.code)).map(|found| {
        let arg = |name: &str| found.args.get(name).map(|value| format!(" {name}={value}")).unwrap_or_default();
        assert!(!found.span.is_nowhere());
        format!("{}{}{}", found.code, arg("kind"), arg("first"))
    });
    assert_eq!(told.collect::<Vec<_>>().join(", "), expected);
}
