//! Clusters with many policies, made up: what reachability is measured with.

use std::fmt::Write;

/// Workloads of one namespace.
const SPACE: usize = 50;

/// `workloads` Deployments in namespaces of fifty, each with labels of its own, `policies` NetworkPolicies: each selects one application and
/// lets its neighbour in by a port, some a whole namespace, some everybody, some a range; some isolate what a Pod sends.
pub fn cluster(workloads: usize, policies: usize) -> String {
    let mut text = String::new();
    for space in 0..workloads.div_ceil(SPACE) {
        let _ = write!(
            text,
            "---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: n{space}, labels: {{stage: s{}}}}}\n",
            space % 7
        );
    }
    for own in 0..workloads {
        let _ = write!(
            text,
            "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: w{own}, namespace: n{}}}\n\
             spec:\n  selector: {{matchLabels: {{app: w{own}}}}}\n  template:\n    metadata: {{labels: {{app: w{own}, tier: t{}}}}}\n    \
             spec: {{containers: [{{name: c, image: x, ports: [{{name: http, containerPort: {}}}]}}]}}\n",
            own / SPACE,
            own % 3,
            8000 + own % 10
        );
    }
    for number in 0..policies {
        // Spread over all of them.
        let own = number * workloads / policies.max(1);
        let (space, next) = (own / SPACE, own / SPACE * SPACE + (own + 1) % SPACE);
        let peer = match number % 5 {
            0 => format!("{{namespaceSelector: {{matchLabels: {{stage: s{}}}}}}}", number % 7),
            1 => "{podSelector: {matchLabels: {tier: t1}}}".to_owned(),
            2 => format!("{{ipBlock: {{cidr: 10.{}.0.0/16, except: [10.{}.7.0/24]}}}}", number % 50, number % 50),
            _ => format!("{{podSelector: {{matchLabels: {{app: w{next}}}}}}}"),
        };
        let port = if number % 2 == 0 { "http".to_owned() } else { (8000 + number % 20).to_string() };
        let egress = match number % 4 {
            0 => format!(
                "\n  egress: [{{to: [{peer}]}}, {{ports: [{{port: 53, protocol: UDP}}]}}]\n  policyTypes: [Ingress, Egress]"
            ),
            _ => String::new(),
        };
        let _ = write!(
            text,
            "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: p{number}, namespace: n{space}}}\n\
             spec:\n  podSelector: {{matchLabels: {{app: w{own}}}}}\n  ingress: [{{from: [{peer}], ports: [{{port: {port}}}]}}]{egress}\n"
        );
    }
    text
}
