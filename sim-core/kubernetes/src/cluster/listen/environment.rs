//! What a container's variables say about listening.

use super::address::{self, Address, addresses};
use super::command::{Found, Mention, Said, said as said_by};
use super::words::{Variables, Word};
use kernel::packet::Protocol;

/// What a variable is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Variable {
    /// A port, or an address with a port, to serve on.
    Listen,
    /// An address to bind.
    Bind,
    /// A port beside the one that is served on.
    Beside,
    /// Arguments for a program.
    Arguments(&'static str),
}

fn kind(name: &str) -> Option<Variable> {
    Some(match name {
        "PORT"
        | "HTTP_PORT"
        | "SERVER_PORT"
        | "APP_PORT"
        | "WEB_PORT"
        | "API_PORT"
        | "LISTEN_PORT"
        | "BIND_PORT"
        | "NODE_PORT"
        | "WEBSITES_PORT"
        | "HTTP_PLATFORM_PORT"
        | "ASPNETCORE_URLS"
        | "ASPNETCORE_HTTP_PORTS"
        | "DOTNET_URLS"
        | "FLASK_RUN_PORT"
        | "UVICORN_PORT"
        | "QUARKUS_HTTP_PORT"
        | "MICRONAUT_SERVER_PORT"
        | "NITRO_PORT"
        | "NUXT_PORT"
        | "STREAMLIT_SERVER_PORT"
        | "LISTEN"
        | "LISTEN_ADDR"
        | "LISTEN_ADDRESS"
        | "BIND"
        | "BIND_ADDR"
        | "BIND_ADDRESS"
        | "ADDR"
        | "HTTP_ADDR"
        | "HTTP_ADDRESS"
        | "HTTP_LISTEN"
        | "HTTP_LISTEN_ADDR"
        | "SERVER_LISTEN"
        | "SERVE_PORT" => Variable::Listen,
        "HOST"
        | "HOSTNAME"
        | "BIND_HOST"
        | "LISTEN_HOST"
        | "SERVER_ADDRESS"
        | "SERVER_HOST"
        | "FLASK_RUN_HOST"
        | "UVICORN_HOST"
        | "NITRO_HOST"
        | "NUXT_HOST"
        | "STREAMLIT_SERVER_ADDRESS"
        | "QUARKUS_HTTP_HOST" => Variable::Bind,
        "METRICS_PORT"
        | "METRICS_ADDR"
        | "METRICS_BIND_ADDRESS"
        | "MANAGEMENT_SERVER_PORT"
        | "MANAGEMENT_PORT"
        | "HEALTH_PORT"
        | "HEALTHCHECK_PORT"
        | "ADMIN_PORT"
        | "GRPC_PORT"
        | "HTTPS_PORT"
        | "PROMETHEUS_PORT"
        | "ASPNETCORE_HTTPS_PORTS"
        | "DEBUG_PORT" => Variable::Beside,
        "GUNICORN_CMD_ARGS" => Variable::Arguments("gunicorn"),
        "JAVA_OPTS" | "JAVA_TOOL_OPTIONS" | "_JAVA_OPTIONS" | "JVM_OPTS" | "JDK_JAVA_OPTIONS" => {
            Variable::Arguments("java")
        }
        _ => return None,
    })
}

/// What the variables say that `wanted` ones are asked for. The entry of a mention is the index among `names`.
pub(super) fn said(names: &[&str], variables: &Variables, wanted: impl Fn(&str) -> bool) -> Said {
    let mut all = Said::default();
    for (entry, name) in names.iter().enumerate() {
        let Some(value) = variables.get(*name) else { continue };
        let Some(kind) = kind(name).filter(|_| wanted(name)) else { continue };
        let mention = || Mention {
            text: format!("{name}={}", value.chars().take(60).collect::<String>()),
            entry,
            variable: true,
        };
        match kind {
            Variable::Arguments(program) => {
                let words = value.split_whitespace().map(|text| Word { text: text.to_owned(), entry }).collect();
                let mut found = said_by(&[words], program);
                // What the program does anyway is not what the variable says.
                found.ports.retain(|found| !found.by_itself);
                for found in &mut found.ports {
                    found.mention = mention();
                }
                all.ports.extend(found.ports);
                all.host = all.host.or(found.host.map(|(bind, _)| (bind, mention())));
            }
            Variable::Bind => {
                let bind = address::bind(value).filter(|_| !value.is_empty());
                all.host = all.host.or(bind.map(|bind| (bind, mention())));
            }
            Variable::Listen | Variable::Beside => {
                let main = kind == Variable::Listen;
                for Address { bind, port, protocol } in addresses(value) {
                    let Some(port) = port else {
                        all.host = all.host.or(bind.filter(|_| main).map(|bind| (bind, mention())));
                        continue;
                    };
                    let protocol = protocol.unwrap_or(Protocol::Tcp);
                    all.ports.push(Found { port, protocol, bind, main, by_itself: false, mention: mention() });
                }
            }
        }
    }
    if let Some((bind, _)) = all.host {
        for found in all.ports.iter_mut().filter(|found| found.main && found.bind.is_none()) {
            found.bind = Some(bind);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::listener::Bind;
    use rstest::rstest;

    #[rstest]
    #[case(&[("PORT", "8080")], "tcp/8080")]
    #[case(&[("SERVER_PORT", "81"), ("MANAGEMENT_SERVER_PORT", "82")], "tcp/81 tcp/82+")]
    #[case(&[("ASPNETCORE_URLS", "http://+:5000;https://+:5001")], "tcp/5000 tcp/5001")]
    #[case(&[("FLASK_RUN_HOST", "127.0.0.1"), ("FLASK_RUN_PORT", "5000")], "tcp/5000@")]
    #[case(&[("GUNICORN_CMD_ARGS", "--bind=127.0.0.1:81 --workers 3")], "tcp/81@")]
    #[case(&[("GUNICORN_CMD_ARGS", "--workers 3")], "")]
    #[case(&[("JAVA_OPTS", "-Xmx1g -Dserver.port=8082")], "tcp/8082")]
    #[case(&[("LISTEN_ADDR", ":7000")], "tcp/7000")]
    #[case(&[("DB_PORT", "5432"), ("REDIS_PORT", "tcp://10.0.0.1:6379"), ("API_URL", "http://api:80")], "")]
    #[case(&[("PORT", "http")], "")]
    #[case(&[("HOST", "db.example"), ("PORT", "80")], "tcp/80")]
    fn told(#[case] variables: &[(&str, &str)], #[case] expected: &str) {
        let names: Vec<&str> = variables.iter().map(|(name, _)| *name).collect();
        let known = variables.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        let found = said(&names, &known, |_| true);
        let write = |found: &Found| {
            let bind = if found.bind == Some(Bind::Loopback) { "@" } else { "" };
            format!("{}/{}{bind}{}", found.protocol, found.port, if found.main { "" } else { "+" })
        };
        assert_eq!(found.ports.iter().map(write).collect::<Vec<_>>().join(" "), expected);
    }
}
