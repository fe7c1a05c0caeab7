//! Documents that are good, if unusual.

use super::{check, read, summary};
use crate::manifest::objects::{IntOrString, Object};
use crate::manifest::{Limits, Parsed};
use crate::origin::Spanned;
use rstest::rstest;
use std::fmt::Debug;

/// A Service with every kind of place in it.
pub(super) const WHOLE: &str = r#"# comment
apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
  labels: {app: web, "quoted": 'yes'}
spec:
  type: NodePort
  clusterIP: 10.96.0.11
  clusterIPs: [10.96.0.11]
  selector:
    app: web
  ports:
  - name: http
    port: 80
    targetPort: http
    nodePort: 30080
  - {port: 443, targetPort: 8443, name: "https"}
  externalIPs:
    - 203.0.113.5
status:
  loadBalancer: {}
"#;

fn service(parsed: &Parsed) -> &crate::manifest::objects::Service {
    match &parsed.objects[0] {
        Object::Service(document) => &document.value,
        other => panic!("{other:?}"),
    }
}

/// Value, line, column, first line of the text behind it.
fn at<T: Debug>(parsed: &Parsed, value: &Spanned<T>) -> String {
    let at = parsed.locate(value.span).unwrap();
    let snippet = parsed.snippet(value.span, 0).unwrap();
    let line = &snippet.lines[0];
    format!("{}:{} {}", at.line, at.column, &line.text[line.marked.clone().unwrap()])
}

#[test]
fn every_field_knows_its_place() {
    let parsed = read(WHOLE, &Limits::default());
    assert!(parsed.diagnostics.is_empty());
    let service = service(&parsed);
    let spec = &service.spec;
    assert_eq!(at(&parsed, service.metadata.name.as_ref().unwrap()), "5:9 web");
    assert_eq!(at(&parsed, spec.cluster_ip.as_ref().unwrap()), "10:14 10.96.0.11");
    assert_eq!(at(&parsed, &spec.cluster_ips[0]), "11:16 10.96.0.11");
    assert_eq!(at(&parsed, spec.selector.as_ref().unwrap()), "12:3 selector:");
    assert_eq!(at(&parsed, &spec.ports[0]), "15:5 name: http");
    assert_eq!(at(&parsed, spec.ports[0].node_port.as_ref().unwrap()), "18:15 30080");
    assert_eq!(at(&parsed, &spec.ports[1]), "19:5 {port: 443, targetPort: 8443, name: \"https\"}");
    assert_eq!(at(&parsed, &spec.external_ips[0]), "21:7 203.0.113.5");
    assert_eq!(spec.ports[0].target_port.as_deref(), Some(&IntOrString::String("http".into())));
    assert_eq!(spec.ports[1].target_port.as_deref(), Some(&IntOrString::Int(8443)));
    assert_eq!(parsed.objects[0].object().to_string(), "Service shop/web");
    let whole = parsed.snippet(parsed.objects[0].span(), 1).unwrap();
    assert_eq!((whole.lines.first().unwrap().number, whole.lines.last().unwrap().number), (1, 23));
    assert_eq!(whole.lines[0].marked, None);
    assert_eq!(whole.lines[22].text, "  loadBalancer: {}");
    assert_eq!(whole.lines[22].marked, Some(2..18));
}

#[test]
fn crlf_and_byte_order_mark_change_nothing() {
    let plain = read(WHOLE, &Limits::default());
    let windows = read(&format!("\u{feff}{}", WHOLE.replace('\n', "\r\n")), &Limits::default());
    assert_eq!(summary(&windows), summary(&plain));
    let (plain_service, windows_service) = (service(&plain), service(&windows));
    assert_eq!(plain_service, windows_service);
    for (a, b) in plain_service.spec.ports.iter().zip(&windows_service.spec.ports) {
        assert_eq!(at(&plain, a), at(&windows, b));
    }
}

#[test]
fn json_reads_as_yaml_does() {
    let json = "\n{\t\"apiVersion\":\"v1\",\"kind\":\"Service\",\r\n\t\"metadata\":{\"name\":\"web\",\"namespace\":\"shop\",\
        \"labels\":{\"app\":\"web\",\"quoted\":\"y\\u0065s\"}},\n\"spec\":{\"type\":\"NodePort\",\"clusterIP\":\"10.96.0.11\",\
        \"clusterIPs\":[\"10.96.0.11\"],\"selector\":{\"app\":\"web\"},\"ports\":[\n\
        {\"name\":\"http\",\"port\":80,\"targetPort\":\"http\",\"nodePort\":30080},\n\
        {\"name\":\"https\",\"port\":443,\"targetPort\":8443}],\"externalIPs\":[\"203.0.113.5\"]},\"status\":null}";
    let parsed = read(json, &Limits::default());
    assert_eq!(summary(&parsed), "Service shop/web\n");
    assert_eq!(service(&parsed), service(&read(WHOLE, &Limits::default())));
    assert_eq!(at(&parsed, service(&parsed).spec.ports[1].port.as_ref().unwrap()), "6:24 443");
}

const SLICE: &str = r#"{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "NAME"}}"#;

#[rstest]
#[case("several JSON values", "A\nB C\n---\nD", "Namespace A\nNamespace B\nNamespace C\nNamespace D")]
#[case("JSON, then YAML", "A\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: B}", "Namespace A\nNamespace B")]
#[case("JSON list at the top", "[A, B]", "Namespace A\nNamespace B")]
#[case("broken JSON, then more", "{\"a\": 1,}\n---\nA", "Namespace A\n1:1 missing-kind +add-kind [{\"a\": 1,}]")]
#[case("JSON that ends early", "{\"a\": [1, 2", "1:12 json-syntax expected=comma found=end +close-bracket []")]
#[case("JSON string that ends early", "{\"a\": \"b\n}", "1:7 json-syntax expected=quote found=\" +close-quote [\"]")]
#[case("JSON with a bad escape", "{\"a\": \"\\x\"}", "1:8 json-syntax expected=escape found=\\ +double-backslash [\\]")]
#[case("JSON without a colon", "{\"a\" 1}", "1:6 json-syntax expected=colon found=1 +line-before [1]")]
#[case(
    "JSON with a duplicate key",
    "{\"a\": 1,\n\"a\": 2}",
    "1:1 missing-kind +add-kind [{\"a\": 1,]\n2:1 yaml-duplicate-key key=a line=1 +remove-one [\"a\"]"
)]
#[case("JSON with a bad number", "{\"a\": 01x}", "1:1 missing-kind +add-kind [{\"a\": 01x}]")]
#[case(
    "two values with rubbish between",
    "A B x A",
    "Namespace A\nNamespace B\n1:139 json-syntax expected=value found=x +line-before [x]"
)]
#[case(
    "flow style with comments is YAML",
    "{ # comment\napiVersion: v1, kind: Namespace, metadata: {name: A}}",
    "Namespace A"
)]
#[case(
    "surrogate pairs",
    r#"{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"\ud83d\ude00\/\ud800\u00e9"}}"#,
    "Namespace 😀/\u{fffd}é"
)]
fn json(#[case] _name: &str, #[case] text: &str, #[case] expected: &str) {
    let mut given = String::new();
    for (at, c) in text.char_indices() {
        let alone = |c: Option<char>| !c.is_some_and(|c| c.is_alphanumeric() || matches!(c, '"' | '\\'));
        let capital =
            c.is_ascii_uppercase() && alone(text[..at].chars().next_back()) && alone(text[at + 1..].chars().next());
        if capital && !text.contains("name: ") {
            given += &SLICE.replace("NAME", &c.to_string());
        } else if capital && at == 0 {
            given += &SLICE.replace("NAME", "A");
        } else {
            given.push(c);
        }
    }
    check(&given, expected);
}

#[rstest]
#[case(
    "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Pod\n  metadata: {name: a}\n- kind: Pod\n- apiVersion: v1\n  kind: PodList\n  items:\n  - metadata: {name: b}\n",
    "Pod default/a\nPod default/b\n7:3 missing-api-version expected=v1 kind=Pod +add-api-version [kind: Pod]\n7:9 missing-name kind=Pod +add-name [Pod]"
)]
#[case(
    "apiVersion: apps/v1\nkind: DeploymentList\nitems:\n- metadata: {name: a}\n- metadata: {name: b, namespace: x}",
    "Deployment default/a\nDeployment x/b"
)]
#[case("apiVersion: v1\nkind: List\nitems: []", "")]
#[case(
    "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: b, namespace: x}",
    "unused Secret a\nunused Secret x/b\n2:7 unused-kind api_version=v1 count=2 kind=Secret [Secret]"
)]
#[case(
    "apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {name: a}",
    "unused Service a\n2:7 unused-kind api_version=serving.knative.dev/v1 count=1 kind=Service [Service]"
)]
#[case(
    "apiVersion: cluster.x-k8s.io/v1beta1\nkind: Cluster\nmetadata: {name: a}",
    "unused Cluster a\n2:7 unused-kind api_version=cluster.x-k8s.io/v1beta1 count=1 kind=Cluster [Cluster]"
)]
#[case(
    "apiVersion: extensions/v1beta1\nkind: Deployment\nmetadata: {name: a}",
    "Deployment default/a\n1:13 removed-api-version expected=apps/v1 found=extensions/v1beta1 kind=Deployment +use-api-version [extensions/v1beta1]"
)]
#[case(
    "apiVersion: v1\nkind: ReplicationController\nmetadata: {name: a}\nspec: {replicas: 2, selector: {app: a}}",
    "ReplicationController default/a"
)]
#[case("apiVersion: kind.x-k8s.io/v1alpha4\nkind: Cluster\nname: dev\nnodes: [{role: worker}]", "Cluster dev")]
#[case(
    "apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nmode: nftables",
    "KubeProxyConfiguration config"
)]
#[case(
    "apiVersion: kubehop.dev/v1alpha1\nkind: Scenario\nmetadata: {name: s}\nprobes: [{from: pod/a, to: 'b:80'}]",
    "Scenario s"
)]
#[case("apiVersion: v1\nkind: Pod\nmetadata: {generateName: job-}", "Pod default/job-00001")]
#[case(
    "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {}",
    "Pod default/a"
)]
#[case(
    "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {nodeName: n1}",
    "Pod default/a\n7:18 duplicate-object file=in.yaml line=1 object=Pod default/a [a]"
)]
#[case(
    "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [a.yaml]",
    "2:7 tool-file kind=kustomization +kustomize [Kustomization]"
)]
#[case(
    "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec:\n  slector: {a: b}\n  ports:\n  - port: 80\n    targetport: 8080\n    whatever: 1",
    "Service default/a\n5:3 unknown-field field=slector path=spec.slector suggestion=selector +did-you-mean [slector]\n8:5 unknown-field field=targetport path=spec.ports[0].targetport suggestion=targetPort +did-you-mean [targetport]\n9:5 unknown-field field=whatever path=spec.ports[0].whatever [whatever]"
)]
#[case(
    "x: &labels {app: a, tier: web}\napiVersion: v1\nkind: Service\nmetadata:\n  name: a\n  labels: {<<: *labels, tier: db}\nspec: {selector: *labels}",
    "Service default/a\n1:1 unknown-field field=x path=x [x]"
)]
fn documents(#[case] text: &str, #[case] expected: &str) {
    check(text, expected);
}

#[test]
fn merges_and_aliases() {
    let text = "apiVersion: v1\nkind: Service\nmetadata:\n  name: a\n  annotations: &base {app: a, tier: web}\n  labels:\n    \
        <<: [*base, {tier: x, more: z}]\n    app: b\nspec: {selector: *base}";
    let parsed = read(text, &Limits::default());
    assert_eq!(summary(&parsed), "Service default/a\n");
    let service = service(&parsed);
    let labels: Vec<_> = service.metadata.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    assert_eq!(labels, ["app=b", "more=z", "tier=web"]);
    let selector = service.spec.selector.as_ref().unwrap();
    assert_eq!(**selector, *service.metadata.annotations);
    assert_eq!(at(&parsed, selector), "5:22 {app: a, tier: web}");
}

#[rstest]
#[case(
    "block",
    "data:\n  config.conf: |-\n    apiVersion: kubeproxy.config.k8s.io/v1alpha1\n    kind: KubeProxyConfiguration\n\n    mode: nftables\n    clusterCIDR: 10.9.0.0/16\n",
    "10:18 10.9.0.0/16"
)]
#[case(
    "quoted",
    "data:\n  config.conf: \"apiVersion: kubeproxy.config.k8s.io/v1alpha1\\nkind: KubeProxyConfiguration\\nclusterCIDR: 10.9.0.0/16\\n\"\n",
    "5:16 \"apiVersion: kubeproxy.config.k8s.io/v1alpha1\\nkind: KubeProxyConfiguration\\nclusterCIDR: 10.9.0.0/16\\n\""
)]
fn configurations_inside_config_maps(#[case] _name: &str, #[case] data: &str, #[case] place: &str) {
    let text =
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: kube-proxy, namespace: kube-system}}\n{data}");
    let parsed = read(&text, &Limits::default());
    assert_eq!(summary(&parsed), "ConfigMap kube-system/kube-proxy\nConfigMap kube-system/kube-proxy\n");
    let Object::KubeProxyConfiguration(configuration) = &parsed.objects[1] else { panic!() };
    let cidr = configuration.value.cluster_cidr.as_ref().unwrap();
    assert_eq!(&*cidr.value, "10.9.0.0/16");
    assert_eq!(at(&parsed, cidr), place);
}

#[rstest]
#[case("80", Some(80))]
#[case("80.0", Some(80))]
#[case("0o120", Some(80))]
#[case("0120", Some(80))]
#[case("~", None)]
#[case("", None)]
#[case("null", None)]
fn ports_as_written(#[case] written: &str, #[case] expected: Option<i64>) {
    let text = format!("apiVersion: v1\nkind: Service\nmetadata: {{name: a}}\nspec:\n  ports:\n  - port: {written}\n");
    let parsed = read(&text, &Limits::default());
    assert_eq!(summary(&parsed), "Service default/a\n");
    assert_eq!(service(&parsed).spec.ports[0].port.as_deref().copied(), expected);
}

#[test]
fn recorded_inputs_read_without_findings() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/conformance/kube-proxy");
    let mut cases = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path().join("input.yaml");
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let parsed = read(&text, &Limits::default());
        assert!(parsed.diagnostics.is_empty(), "{}: {:?}", path.display(), parsed.diagnostics);
        let kinds = text.lines().filter(|line| line.starts_with("kind: ")).count();
        assert_eq!(parsed.objects.len(), kinds, "{}", path.display());
        cases += 1;
    }
    assert!(cases >= 4);
}

/// The flags of `apiServer.extraArgs`, with their places.
#[rstest]
#[case("extraArgs: {service-node-port-range: 20000-40000, v: 4}", &["service-node-port-range 20000-40000", "v 4"])]
#[case("extraArgs: [{name: service-node-port-range, value: 20000-40000}, {name: v, value: '4'}]", &["service-node-port-range 20000-40000", "v 4"])]
#[case("extraArgs:", &[])]
#[case("timeoutForControlPlane: 4m", &[])]
fn flags_as_mapping_and_as_list(#[case] api_server: &str, #[case] expected: &[&str]) {
    let text = format!("apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\napiServer: {{{api_server}}}\n");
    let parsed = read(&text, &Limits::default());
    let Object::ClusterConfiguration(document) = &parsed.objects[0] else { panic!("{parsed:?}") };
    let args = &document.value.api_server.extra_args;
    let found: Vec<String> = args.0.iter().map(|arg| format!("{} {}", arg.name, arg.value.value)).collect();
    assert_eq!(found, expected);
    if let Some(range) = args.get("service-node-port-range") {
        assert!(at(&parsed, range).starts_with("3:") && at(&parsed, range).ends_with("20000-40000"));
    }
}

#[test]
fn flags_of_a_command_line() {
    let words: Vec<Spanned<crate::manifest::objects::Text>> =
        ["/bin/x", "--a=1", "--b", "2", "--ab=3", "--c", "--a=\"4\""]
            .map(|word| Spanned { value: word.into(), span: Default::default() })
            .to_vec();
    let value = |name| crate::manifest::objects::flag(&words, name).map(|value| value.value.to_string());
    assert_eq!([value("a"), value("b"), value("ab")], [Some("4".into()), Some("2".into()), Some("3".into())]);
    assert_eq!([value("c"), value("d")], [None, None]);
}

#[test]
fn configuration_inside_a_field_is_flat_with_places() {
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndata:\n  net-conf.json: |\n    {\n      \"Network\": \"10.77.0.0/16\",\n      \"Backend\": {\"Type\": \"vxlan\", \"VNI\": 1}\n    }\n  list: \"- {a: 1}\\n- b\"\n";
    let parsed = read(text, &Limits::default());
    let Object::ConfigMap(document) = &parsed.objects[0] else { panic!("{parsed:?}") };
    let flat = |key: &str| -> Vec<String> {
        let all = crate::manifest::scalars(&parsed, &document.value.data[key]);
        let line = |scalar: &crate::manifest::Scalar| parsed.locate(scalar.span).unwrap().line;
        all.iter().map(|scalar| format!("{}: {}={}", line(scalar), scalar.path, scalar.value)).collect()
    };
    assert_eq!(flat("net-conf.json"), ["7: Network=10.77.0.0/16", "8: Backend.Type=vxlan", "8: Backend.VNI=1"]);
    assert_eq!(flat("list"), ["10: 0.a=1", "10: 1=b"]);
}

#[test]
fn a_kind_of_two_groups_is_read_in_both_and_left_in_others() {
    let pool = |version: &str| {
        format!("apiVersion: {version}\nkind: IPPool\nmetadata: {{name: p}}\nspec: {{cidr: 10.1.0.0/16}}\n")
    };
    check(&pool("crd.projectcalico.org/v1"), "IPPool p");
    check(&pool("projectcalico.org/v3"), "IPPool p");
    let other = read(&pool("ipam.example.org/v1"), &Limits::default());
    assert_eq!((other.objects.len(), other.unused.len()), (0, 1));
}

const TEMPLATE: &str = "apiVersion: template.openshift.io/v1
kind: Template
metadata: {name: app}
parameters:
- {name: NAME, value: shop}
- {name: REPLICAS, value: \"2\"}
- {name: PASSWORD, generate: expression, from: '[a-z]{8}'}
- {name: HOST, required: true}
- {name: SUFFIX}
objects:
- apiVersion: apps/v1
  kind: Deployment
  metadata: {name: \"${NAME}-web${SUFFIX}\"}
  spec:
    replicas: ${{REPLICAS}}
    selector: {matchLabels: {app: \"${NAME}\"}}
    template:
      metadata: {labels: {app: \"${NAME}\", host: \"${HOST}\"}}
      spec: {containers: [{name: c, image: \"registry.example.org/${NAME}:${PASSWORD}\"}]}
";

#[test]
fn a_template_of_openshift_is_its_objects_with_the_parameters_put_in() {
    let parsed = read(TEMPLATE, &Limits::default());
    let [crate::manifest::objects::Object::Deployment(web)] = parsed.objects.as_slice() else {
        panic!("{:?}", parsed.objects)
    };
    assert_eq!(web.object.to_string(), "Deployment default/shop-web");
    let spec = &web.value.spec;
    assert_eq!(spec.replicas.as_ref().map(|replicas| replicas.value), Some(2));
    assert_eq!(spec.template.metadata.labels.get("host").map(AsRef::as_ref), Some("${HOST}"));
    let image = spec.template.spec.containers[0].image.as_ref().expect("an image");
    assert_eq!(&*image.value, "registry.example.org/shop:generated");
    // Places are those of the template.
    assert_eq!(parsed.locate(image.span).map(|at| at.line), Some(19));
    let found: Vec<_> =
        parsed.diagnostics.iter().map(|found| (found.code, parsed.locate(found.span).map(|at| at.line))).collect();
    assert_eq!(found, [("template-parameter", Some(8))]);
}
