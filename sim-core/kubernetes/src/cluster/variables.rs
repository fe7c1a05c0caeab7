//! Variables about Services that kubelet gives containers (pkg/kubelet/envvars), and what they break: a name like `REDIS_PORT` is that of a
//! URL there, and programs read the number of a port from it.

use super::context::Context;
use super::model::Service;
use crate::diagnostic::{Diagnostic, codes};
use crate::manifest::objects::{Container, PodSpec};
use crate::origin::ObjectRef;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};

/// ClusterIP, where it is one: the first of several.
pub fn address(service: &Service) -> Option<IpAddr> {
    service.cluster_ips.first().copied().filter(|_| !service.headless && service.external_name.is_none())
}

/// A name as a part of a variable's.
pub fn part(name: &str) -> String {
    name.to_uppercase().replace('-', "_")
}

/// Variables of Services that break programs, over all texts that make Pods: one finding for each container that uses a URL as a port, and one for
/// each variable that containers lack beside others of the same beginning.
pub(super) fn check(context: &mut Context<'_>, services: &[Service]) {
    let parsed = context.parsed;
    // Variables that are called as a port, by namespace.
    let mut ports: BTreeMap<(&str, String), (&Service, String)> = BTreeMap::new();
    for service in services {
        let (Some(ip), Some(first)) = (address(service), service.ports.first()) else { continue };
        let url = format!("{}://{}", first.protocol.to_string().to_lowercase(), SocketAddr::new(ip, first.port.0));
        ports.insert((&service.name.namespace, format!("{}_PORT", part(&service.name.name))), (service, url));
    }
    let mut found: Vec<Diagnostic> = Vec::new();
    let mut read: BTreeMap<(&str, &str), BTreeSet<&ObjectRef>> = BTreeMap::new();
    for object in &parsed.objects {
        let Some((_, spec)) = object.pod() else { continue };
        if spec.enable_service_links.as_ref().is_some_and(|flag| !flag.value) {
            continue;
        }
        let own = object.object();
        let namespace = own.namespace.as_deref().unwrap_or("default");
        let all: Vec<&Container> = containers(spec).collect();
        for container in &all {
            let texts = container.command.iter().chain(&container.args);
            let values = container.env.iter().filter_map(|own| own.value.value.as_ref());
            let mut told = BTreeSet::new();
            for text in texts.chain(values) {
                for name in holes(&text.value) {
                    let key = (namespace, name.to_owned());
                    let sets = container.env.iter().any(|own| *own.value.name == *name);
                    let Some((service, url)) = ports.get(&key).filter(|_| !sets && told.insert(key.1.clone())) else {
                        continue;
                    };
                    let one = codes::SERVICE_VARIABLE_PORT
                        .at(text.span)
                        .about(own.clone())
                        .arg("name", name)
                        .arg("used", format!("$({name})"));
                    let one = one.arg("value", url.as_str()).arg("service", service.name.to_string());
                    let one = one.arg("object", own.to_string()).arg("container", &*container.name.value);
                    found.push(one.hint(codes::HINT_NO_SERVICE_LINKS));
                }
            }
        }
        // Who is told the host of something by a variable is mostly told the port so, too.
        for container in &all {
            let names = || container.env.iter().map(|own| &*own.value.name);
            for (at, name) in names().flat_map(|name| name.match_indices('_').map(move |(at, _)| (at, name))) {
                let stem = name.get(..at).unwrap_or_default();
                let Some(((space, port), _)) = ports.get_key_value(&(namespace, format!("{stem}_PORT"))) else {
                    continue;
                };
                if !names().any(|own| *own == **port) {
                    read.entry((*space, port)).or_default().insert(own);
                }
            }
        }
    }
    for ((namespace, name), objects) in read {
        let Some((service, url)) = ports.get(&(namespace, name.to_owned())) else { continue };
        let others: Vec<String> = objects.iter().map(ToString::to_string).collect();
        let document = parsed.objects.iter().find(|object| *object.object() == service.origin.object);
        let Some(document) = document.filter(|_| !others.is_empty()) else { continue };
        let one = codes::SERVICE_VARIABLE_NAME.at(document.span()).about(service.origin.object.clone());
        let one = one.arg("name", name).arg("value", url.as_str()).arg("service", service.name.to_string());
        let shown = others.iter().take(3).cloned().collect::<Vec<_>>().join(", ");
        let shown = if others.len() > 3 { format!("{shown} …") } else { shown };
        found.push(one.arg("objects", shown).hint(codes::HINT_NO_SERVICE_LINKS));
    }
    for one in found {
        context.report(one);
    }
}

/// The names in `$(NAME)` of a text.
fn holes(text: &str) -> impl Iterator<Item = &str> {
    text.split("$(").skip(1).filter_map(|rest| rest.split_once(')').map(|(name, _)| name))
}

fn containers(spec: &PodSpec) -> impl Iterator<Item = &Container> {
    spec.containers.iter().chain(&spec.init_containers).map(|container| &container.value)
}

/// Names that frameworks and widely used programs take the number of a port from, and that a Service's name makes.
pub const READ_AS_PORT: &[&str] = &[
    "ADMIN_PORT",
    "API_PORT",
    "APP_PORT",
    "BIND_PORT",
    "CONSUL_PORT",
    "DATABASE_PORT",
    "DB_PORT",
    "DEBUG_PORT",
    "ELASTICSEARCH_PORT",
    "GRPC_PORT",
    "HEALTH_PORT",
    "HTTPS_PORT",
    "HTTP_PORT",
    "KAFKA_PORT",
    "KEYCLOAK_PORT",
    "LISTEN_PORT",
    "MANAGEMENT_PORT",
    "MARIADB_PORT",
    "METRICS_PORT",
    "MINIO_PORT",
    "MONGODB_PORT",
    "MONGO_PORT",
    "MQTT_PORT",
    "MYSQL_PORT",
    "NATS_PORT",
    "NODE_PORT",
    "POSTGRESQL_PORT",
    "POSTGRES_PORT",
    "PROMETHEUS_PORT",
    "RABBITMQ_PORT",
    "REDIS_PORT",
    "SCHEMA_REGISTRY_PORT",
    "SERVER_PORT",
    "SMTP_PORT",
    "VAULT_PORT",
    "WEB_PORT",
    "ZOOKEEPER_PORT",
];
