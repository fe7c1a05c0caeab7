use super::*;
use crate::trace::ProbeText;
use crate::trace::{model_for, parse_probe, run};
use kubernetes::cluster::Options;
use kubernetes::manifest::{Limits, SourceText};

const SHOP: &str = "\
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec: {containers: [{name: web, image: registry.example/web:1, ports: [{containerPort: 8080}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080}]}
---
apiVersion: v1
kind: Pod
metadata: {name: client}
spec: {containers: [{name: sh, image: registry.example/sh:1}]}
---
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: front}
spec: {controller: k8s.io/ingress-nginx}
";

const INGRESS: &str = "\
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: shop
spec:
  ingressClassName: front
  rules:
  - host: shop.test
    http:
      paths:
      - path: /books
        pathType: Prefix
        backend: {service: {name: web, port: {number: 80}}}
";

const ROUTES: &str = "\
---
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: any}
spec: {controllerName: registry.example/any}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: front}
spec:
  gatewayClassName: any
  listeners:
  - {name: http, port: 80, protocol: HTTP, hostname: '*.test'}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: shop}
spec:
  parentRefs:
  - {name: front, sectionName: http}
  hostnames: [shop.test]
  rules:
  - matches:
    - path: {type: PathPrefix, value: /books}
    backendRefs:
    - {name: web, port: 80}
";

/// The fixes of a URL, as `FIELD=VALUE`, by its kind where no field is changed.
fn found(text: &str, to: &str, connect: &str) -> Vec<String> {
    let model = Model::build(&[SourceText::given("shop.yaml", text)], &Limits::default(), &Options::default());
    let text = ProbeText {
        from: "pod/default/client".to_owned(),
        to: to.to_owned(),
        connect: Some(connect.to_owned()),
        ..ProbeText::default()
    };
    let probe = parse_probe(&model, &text).expect("probe");
    let model = model_for(&model, &probe);
    let journey = run(&model, &probe);
    let fixes = fixes(&model, &journey, &Effort::default());
    let gone = |fix: &Fix| {
        fix.elsewhere.iter().any(|also| matches!(also, Elsewhere::Pods { .. } | Elsewhere::ServiceGone { .. }))
    };
    assert!(!fixes.iter().any(gone), "what is assumed for the request is there before and after");
    assert!(fixes.is_empty() || !journey.works());
    let told = |fix: &Fix| match (fix.args.get("field"), fix.args.get("value")) {
        (Some(field), Some(value)) => format!("{field}={value}"),
        (Some(field), None) => format!("-{field}"),
        _ => format!("{} {}", fix.kind.code(), fix.args.values().next().map_or("", String::as_str)),
    };
    fixes.iter().map(told).collect()
}

fn each(base: &str, connect: &str, broken: &[(&str, &str, &str)]) {
    let url = "http://shop.test/books/1";
    let whole = [SHOP, base].concat();
    assert_eq!(found(&whole, url, connect), [""; 0], "what works needs no fix");
    for (good, bad, wanted) in broken {
        let text = whole.replacen(good, bad, 1);
        assert_ne!(text, whole, "{good}");
        let all = found(&text, url, connect);
        assert!(all.iter().any(|fix| fix == wanted), "{bad}: {all:?} without {wanted}");
    }
}

#[test]
fn an_ingress_that_leads_nowhere_is_mended() {
    let path = "spec.rules[0].http.paths[0]";
    each(
        INGRESS,
        "ingress",
        &[
            (
                "name: web, port: {number: 80}",
                "name: wep, port: {number: 80}",
                &format!("{path}.backend.service.name=web"),
            ),
            ("port: {number: 80}", "port: {number: 81}", &format!("{path}.backend.service.port.number=80")),
            ("port: {number: 80}", "port: {name: htp}", &format!("{path}.backend.service.port.name=http")),
            ("ingressClassName: front", "ingressClassName: frond", "spec.ingressClassName=front"),
            ("  ingressClassName: front\n", "", "spec.ingressClassName=front"),
            ("host: shop.test", "host: shopp.test", "spec.rules[0].host=shop.test"),
            ("path: /books", "path: /bocks", &format!("{path}.path=/books/1")),
            ("pathType: Prefix", "pathType: Exact", &format!("{path}.pathType=Prefix")),
            ("path: /books", "path: /books/[0-9]+", &format!("{path}.pathType=ImplementationSpecific")),
            (
                "  name: shop\n",
                "  name: shop\n  annotations: {nginx.ingress.kubernetes.io/whitelist-source-range: 192.0.2.0/24}\n",
                "-metadata.annotations[nginx.ingress.kubernetes.io/whitelist-source-range]",
            ),
            (
                "  name: shop\n",
                "  name: shop\n  annotations: {nginx.ingress.kubernetes.io/backend-protocol: HTTPS}\n",
                "-metadata.annotations[nginx.ingress.kubernetes.io/backend-protocol]",
            ),
            ("app: web}, ports", "app: wep}, ports", "spec.selector.app=web"),
            ("targetPort: 8080", "targetPort: 8081", "spec.ports[0].targetPort=8080"),
        ],
    );
}

#[test]
fn a_route_that_leads_nowhere_is_mended() {
    each(
        ROUTES,
        "gateway/default/front",
        &[
            ("{name: web, port: 80}", "{name: wep, port: 80}", "spec.rules[0].backendRefs[0].name=web"),
            ("{name: web, port: 80}", "{name: web, port: 81}", "spec.rules[0].backendRefs[0].port=80"),
            ("{name: front, sectionName", "{name: frond, sectionName", "spec.parentRefs[0].name=front"),
            ("sectionName: http}", "sectionName: https}", "spec.parentRefs[0].sectionName=http"),
            ("hostname: '*.test'", "hostname: '*.example'", "-spec.listeners[0].hostname"),
            ("hostnames: [shop.test]", "hostnames: [shopp.test]", "spec.hostnames[0]=shop.test"),
            ("value: /books", "value: /bocks", "spec.rules[0].matches[0].path.value=/books/1"),
            ("type: PathPrefix", "type: Exact", "spec.rules[0].matches[0].path.type=PathPrefix"),
        ],
    );
    // Routes of another namespace.
    let apart = ROUTES.replace("metadata: {name: shop}", "metadata: {name: shop, namespace: team}");
    let text = [SHOP, &apart.replace("{name: front, section", "{name: front, namespace: default, section")].concat();
    let url = "http://shop.test/books/1";
    let text = text.replace("{name: web, port: 80}", "{name: web, namespace: default, port: 80}");
    let taken = text.replace("hostname: '*.test'", "allowedRoutes: {namespaces: {from: All}}");
    let granted = found(&taken, url, "gateway/default/front");
    assert_eq!(granted.first().map(String::as_str), Some("add ReferenceGrant default/routes-of-team"), "{granted:?}");
    let grant = "---\napiVersion: gateway.networking.k8s.io/v1beta1\nkind: ReferenceGrant\nmetadata: {name: a}\n\
                 spec: {from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: team}], to: [{group: '', kind: Service}]}\n";
    let allowed = found(&[&text, grant].concat(), url, "gateway/default/front");
    let wanted = "spec.listeners[0].allowedRoutes.namespaces.from=All";
    assert!(allowed.iter().any(|fix| fix == wanted), "{allowed:?}");
}
