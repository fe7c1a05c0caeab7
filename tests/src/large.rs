//! Large clusters, made up: what benchmarks and measurements take as input.

use std::fmt::Write;

/// Endpoints of the Service [`LAST`], each a Pod.
const SERVERS: usize = 10;

/// The Service that is last by name, and whose endpoints are Pods on node-b.
pub const LAST: &str = "svc/default/z-last:80";

/// The Pod to ask from, on node-a.
pub const CLIENT: &str = "pod/default/client";

/// Three nodes, a client Pod, `services` Services with `endpoints` endpoints each, given as slices, and one Service whose endpoints are
/// Pods. Up to 65,000 Services.
pub fn cluster(services: usize, endpoints: usize) -> String {
    let mut text = String::new();
    for (at, node) in ["node-a", "node-b", "node-c"].into_iter().enumerate() {
        let _ = write!(
            text,
            "---\napiVersion: v1\nkind: Node\nmetadata: {{name: {node}}}\nspec: {{podCIDR: 10.244.{at}.0/24}}\n\
             status: {{addresses: [{{type: InternalIP, address: 192.168.10.{}}}]}}\n",
            11 + at
        );
    }
    text.push_str(
        "---\napiVersion: v1\nkind: Pod\nmetadata: {name: client, namespace: default}\n\
         spec: {nodeName: node-a, containers: [{name: c, image: x}]}\nstatus: {podIP: 10.244.0.10}\n",
    );
    for server in 0..SERVERS {
        let _ = write!(
            text,
            "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: server-{server}, namespace: default, labels: {{app: last}}}}\n\
             spec: {{nodeName: node-b, containers: [{{name: c, image: x, ports: [{{containerPort: 8080}}]}}]}}\n\
             status: {{podIP: 10.244.1.{}, phase: Running, conditions: [{{type: Ready, status: \"True\"}}]}}\n",
            10 + server
        );
    }
    text.push_str(
        "---\napiVersion: v1\nkind: Service\nmetadata: {name: z-last, namespace: default}\n\
         spec: {clusterIP: 10.96.255.1, selector: {app: last}, ports: [{port: 80, targetPort: 8080}]}\n",
    );
    for service in 0..services {
        let _ = write!(
            text,
            "---\napiVersion: v1\nkind: Service\nmetadata: {{name: s{service}, namespace: default}}\n\
             spec: {{clusterIP: 10.{}.{}.{}, ports: [{{port: 80, targetPort: 8080}}]}}\n\
             ---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\n\
             metadata: {{name: s{service}-1, namespace: default, labels: {{kubernetes.io/service-name: s{service}}}}}\n\
             addressType: IPv4\nports: [{{port: 8080, protocol: TCP}}]\nendpoints:\n",
            100 + service / 62_500,
            service / 250 % 250,
            1 + service % 250
        );
        for endpoint in 0..endpoints {
            let nth = service * endpoints + endpoint;
            let _ = writeln!(
                text,
                "- {{addresses: [10.{}.{}.{}], nodeName: node-c}}",
                200 + nth / 62_500,
                nth / 250 % 250,
                1 + nth % 250
            );
        }
    }
    text
}
