//! `kubehop.reach/1`.

use super::names::{Names, group_name, ports_json};
use kubernetes::cluster::model::Enforcement;
use kubernetes::origin::{Location, ObjectRef};
use kubernetes::policy::Direction;
use serde_json::{Value, json};
use sim_core::reach::{Asked, Because, Listing, Open, Peer, Reach, Reasons, Side};

/// All of it.
pub fn json(reach: &Reach<'_>, listing: &Listing, asked: Asked) -> Value {
    let (names, mut reasons) = (Names::of(reach), Reasons::of(reach));
    let connections = listing.pairs.iter().map(|pair| {
        let mut value = json!({
            "from": names.json(&pair.from),
            "to": names.json(&pair.to),
            "allowed": ports_json(reach.ports_of(pair)),
        });
        if let Some(because) = reasons.because(&pair.from, &pair.to) {
            value["because"] = because_json(&reasons, &because);
        }
        value
    });
    let connections: Vec<Value> = connections.collect();
    let groups = listing.groups.iter().enumerate().map(|(at, members)| {
        json!({
            "name": group_name(at),
            "members": members.iter().map(|peer| names.json(peer)).collect::<Vec<_>>(),
        })
    });
    let acting = &reach.cluster().acting;
    let by = match acting.enforcement {
        Enforcement::Rules => "rules",
        Enforcement::Nobody => "nobody",
        Enforcement::Unread => "unread",
    };
    let unread = acting.policies.iter().filter(|policy| !policy.read);
    let marked = reach.workloads().iter().enumerate().filter(|(_, own)| own.differ || own.host_network || own.refused);
    json!({
        "schema": "kubehop.reach/1",
        "enforced": { "by": by, "cni": reach.cluster().settings.cni.name() },
        "ports": if asked == Asked::Declared { "declared" } else { "all" },
        "count": listing.count,
        "connections": connections,
        "groups": groups.collect::<Vec<_>>(),
        "exposed": exposed(reach, &names),
        "marked": marked.map(|(at, own)| json!({
            "peer": names.json(&Peer::Workload(at)),
            "podsDiffer": own.differ,
            "hostNetwork": own.host_network,
            "refused": own.refused,
        })).collect::<Vec<_>>(),
        "unread": unread.map(|policy| object(&policy.object)).collect::<Vec<_>>(),
        "cut": reach.is_cut(),
    })
}

fn exposed(reach: &Reach<'_>, names: &Names<'_>) -> Vec<Value> {
    let open = |open: &Open| {
        json!({
            "cluster": ports_json(reach.ports(open.cluster)),
            "internet": ports_json(reach.ports(open.internet)),
            "somewhere": open.somewhere,
            "selected": open.isolated,
        })
    };
    let all = (0..reach.workloads().len()).map(|at| (at, reach.open(at)));
    let all = all.map(|(at, (to, from))| {
        json!({ "peer": names.json(&Peer::Workload(at)), "ingress": open(&to), "egress": open(&from) })
    });
    all.collect()
}

fn object(object: &ObjectRef) -> Value {
    json!({ "kind": object.kind, "namespace": object.namespace, "name": object.name })
}

fn place(of: &ObjectRef, field: &str, location: Option<&Location>) -> Value {
    json!({
        "object": object(of),
        "field": field,
        "file": location.map(|at| &*at.file),
        "line": location.map(|at| at.line),
    })
}

fn because_json(reasons: &Reasons<'_>, because: &Because) -> Value {
    let side = |direction: Direction, side: &Side| match side {
        Side::Outside => json!({ "by": "outside" }),
        Side::Host => json!({ "by": "host-network" }),
        Side::Free => json!({ "by": "no-policy" }),
        Side::Policies { selecting, rules } => {
            let policies = selecting.iter().filter_map(|at| {
                let policy = reasons.policy(*at)?;
                Some(place(&policy.object, policy.field, policy.location.as_ref()))
            });
            let rules = rules.iter().filter_map(|at| {
                let (policy, rule) = reasons.rule(direction, *at)?;
                Some(place(&policy.object, &rule.field, rule.location.as_ref()))
            });
            json!({
                "by": "policies",
                "policies": policies.collect::<Vec<_>>(),
                "rules": rules.collect::<Vec<_>>(),
            })
        }
    };
    json!({
        "egress": side(Direction::Egress, &because.egress),
        "ingress": side(Direction::Ingress, &because.ingress),
    })
}
