use super::tests::{cluster, own, play, workload};
use std::collections::BTreeSet;

/// Numbers that look drawn, the same every time.
struct Drawn(u64);

impl Drawn {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }
}

fn objects() -> String {
    let service = "{apiVersion: v1, kind: Service, metadata: {name: w}, spec: {selector: {app: web}, ports: [{port: 80}]}}\n---\n";
    let alone = "{apiVersion: v1, kind: Pod, metadata: {name: one, labels: {app: web}}, spec: {nodeName: node-b, containers: [{name: c, image: nginx}]}}\n---\n";
    let set = workload("StatefulSet", "serviceName: db, replicas: 2, ", "")
        .replace("name: web", "name: db")
        .replace("app: web", "app: db");
    format!("{service}{alone}{}---\n{set}", workload("Deployment", "replicas: 3, ", ""))
}

fn events(drawn: &mut Drawn) -> String {
    let mut now = 1_000;
    let mut all = Vec::new();
    for _ in 0..5 {
        now += [100, 400, 2_000, 30_000][drawn.next(4) as usize];
        let node = ["node-a", "node-b", "link/node-a", "link/node-b"][drawn.next(4) as usize];
        let pod = ["one", "db-0", "db-1"][drawn.next(3) as usize];
        let what = match drawn.next(11) {
            0 => format!("down: {node}"),
            1 => format!("up: {node}"),
            2 => format!("delete: pod/{pod}"),
            3 => format!("notReady: pod/{pod}"),
            4 => format!("ready: pod/{pod}"),
            5 => "rollout: deploy/web".to_owned(),
            6 => format!("scale: {{workload: deploy/web, replicas: {}}}", drawn.next(6)),
            7 => "patch: {object: svc/w, merge: {spec: {selector: {app: db}}}}".to_owned(),
            8 => "patch: {object: deploy/web, merge: {spec: {template: {spec: {hostname: x}}}}}".to_owned(),
            9 => "stop: kubelet/node-a".to_owned(),
            _ => "drain: node-b".to_owned(),
        };
        all.push(format!("{{at: {now}ms, {what}}}"));
    }
    // In the end everything works again, for long enough.
    for up in ["up: node-a", "up: node-b", "up: link/node-a", "up: link/node-b", "start: kubelet"] {
        all.push(format!("{{at: {}s, {up}}}", now / 1_000 + 600));
    }
    all.join(", ")
}

#[test]
fn whatever_happens_addresses_are_one_pods_and_in_the_end_all_is_well() {
    let objects = objects();
    for seed in 1..40 {
        let events = events(&mut Drawn(seed));
        let all = play(&events, &objects);
        for moment in &all {
            let now = cluster(moment);
            let pods = own(&now);
            let addresses: BTreeSet<_> = pods.iter().map(|pod| pod.ip).collect();
            assert_eq!(addresses.len(), pods.len(), "{events} {}", moment.at);
            let db = pods.iter().filter(|pod| pod.name.name.starts_with("db-")).count();
            assert!(db <= 2, "never two of a name: {events}");
            // Behind the Service are Pods that there are.
            let id = now.service_named("default", "w").unwrap();
            let behind = now.endpoints[id.0 as usize].iter().flat_map(|port| &port.endpoints);
            assert!(behind.clone().all(|end| addresses.contains(&end.ip)), "{events} {}", moment.at);
        }
        let last = all.last().unwrap();
        assert!(last.lagging.is_empty(), "{events}");
        let now = cluster(last);
        assert!(now.outage.is_empty() && own(&now).iter().all(|pod| !pod.terminating), "{events}");
        assert!(all.windows(2).all(|pair| pair[0].at < pair[1].at), "{events}");
    }
}
