//! What a flag of a program is for, by its name.

/// What a flag tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flag {
    /// A port, or an address with a port, to serve on.
    Listen,
    /// An address to bind.
    Bind,
    /// A port or address beside the one that is served on: metrics, health, administration.
    Beside,
    /// Somebody else's address.
    Remote,
    /// Nothing that is known.
    Other,
}

const LISTEN: &[&str] = &[
    "port",
    "p",
    "l",
    "b",
    "listen",
    "listen-port",
    "listen-address",
    "listen-addr",
    "listen-addresses",
    "listen-on",
    "listen-http",
    "listen-https",
    "bind",
    "bind-address",
    "bind-addr",
    "bind-port",
    "address",
    "addr",
    "http-port",
    "https-port",
    "http-addr",
    "http-address",
    "https-address",
    "http-listen",
    "http-listen-addr",
    "http-listen-address",
    "http-listen-port",
    "http-bind",
    "http-bind-address",
    "https-listen-address",
    "grpc-port",
    "grpc-addr",
    "grpc-address",
    "grpc-listen-address",
    "server-port",
    "server-listen",
    "web-port",
    "serve-port",
    "serve-addr",
    "tcp-port",
    "udp-port",
    "sctp-port",
    "api-port",
    "app-port",
    "service-port",
    "rest-port",
    "ssl-port",
    "tls-port",
    "secure-port",
    "insecure-port",
    "server.port",
    "server.listen",
    "http.port",
    "https.port",
    "http.addr",
    "http.address",
    "http.listen-address",
    "web.listen-address",
    "web-listen-address",
    "web.listen-addr",
    "web.port",
    "grpc.port",
    "grpc.listen-address",
    "server.http-listen-port",
    "server.http-listen-address",
    "server.grpc-listen-port",
    "quarkus.http.port",
    "micronaut.server.port",
    "jetty.port",
    "jetty.http.port",
    "grpc.server.port",
    "ktor.deployment.port",
    "play.server.http.port",
    "urls",
    "server.urls",
    "http-server-port",
    "ws-port",
];

const BIND: &[&str] = &[
    "host",
    "hostname",
    "bind-host",
    "bind-ip",
    "listen-host",
    "listen-ip",
    "server.address",
    "server.host",
    "http.host",
    "quarkus.http.host",
    "micronaut.server.host",
    "ktor.deployment.host",
    "server.http-listen-host",
];

/// Parts of a name that make it about something beside what is served.
const BESIDE: &[&str] = &[
    "metric",
    "health",
    "probe",
    "pprof",
    "debug",
    "admin",
    "manage",
    "monitor",
    "telemetry",
    "status",
    "profil",
    "prometheus",
    "webhook",
    "stats",
    "liveness",
    "readiness",
    "console",
    "actuator",
    "jmx",
];

/// Parts of a name that make it about another host.
const REMOTE: &[&str] = &[
    "upstream",
    "backend",
    "target",
    "remote",
    "dest",
    "database",
    "db",
    "redis",
    "mysql",
    "postgres",
    "pg",
    "mongo",
    "kafka",
    "broker",
    "amqp",
    "rabbit",
    "smtp",
    "mail",
    "proxy",
    "connect",
    "peer",
    "join",
    "endpoint",
    "registry",
    "master",
    "seed",
    "bootstrap",
    "url",
    "uri",
    "dsn",
    "statsd",
    "otlp",
    "jaeger",
    "zipkin",
    "forward",
    "publish",
    "advertise",
    "external",
    "announce",
    "cluster-addr",
    "source",
    "ldap",
    "memcache",
    "elastic",
    "zookeeper",
    "consul",
    "etcd",
    "vault",
    "nats",
    "dial",
    "resolver",
    "dns",
    "ntp",
    "syslog",
    "loki",
    "tracing",
    "collector",
    "agent",
];

/// A flag's name in small letters with dashes between its words: `--httpPort`, `--http_port` and `-http-port` are one.
pub(super) fn name(flag: &str) -> String {
    let mut out = String::new();
    let mut before = '-';
    for c in flag.trim_start_matches('-').chars().take(100) {
        match c {
            '_' => out.push('-'),
            c if c.is_ascii_uppercase() => {
                if before.is_ascii_lowercase() {
                    out.push('-');
                }
                out.push(c.to_ascii_lowercase());
            }
            c => out.push(c),
        }
        before = c;
    }
    out
}

/// What a flag of that name is for where its program is not known better.
pub(super) fn kind(name: &str) -> Flag {
    let name = name.strip_prefix("spring.").unwrap_or(name);
    if LISTEN.contains(&name) {
        return Flag::Listen;
    }
    if BIND.contains(&name) {
        return Flag::Bind;
    }
    // traefik's entry points.
    if name.starts_with("entry") && name.ends_with(".address") {
        return Flag::Listen;
    }
    let words = || name.split(['-', '.']);
    let about = |parts: &[&str]| words().any(|word| parts.iter().any(|part| word.starts_with(part)));
    let listens = ["listen-address", "listen-addr", "bind-address", "bind-addr", "listen-port", "bind-port", "listen"];
    let ends = |ends: &[&str]| ends.iter().any(|end| name.ends_with(end));
    let addressed = ends(&["port", "addr", "address", "listen", "bind"]);
    if addressed && about(BESIDE) {
        return Flag::Beside;
    }
    if about(REMOTE) {
        return Flag::Remote;
    }
    if ends(&listens) { Flag::Beside } else { Flag::Other }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("--port", Flag::Listen)]
    #[case("-p", Flag::Listen)]
    #[case("--httpPort", Flag::Listen)]
    #[case("--HTTP_PORT", Flag::Listen)]
    #[case("-web.listen-address", Flag::Listen)]
    #[case("--entrypoints.web.address", Flag::Listen)]
    #[case("--entryPoints.web.address", Flag::Listen)]
    #[case("--server.port", Flag::Listen)]
    #[case("--host", Flag::Bind)]
    #[case("--metrics-bind-address", Flag::Beside)]
    #[case("--health-probe-bind-address", Flag::Beside)]
    #[case("--management.server.port", Flag::Beside)]
    #[case("--leader-listen-addr", Flag::Beside)]
    #[case("--upstream", Flag::Remote)]
    #[case("--db-port", Flag::Remote)]
    #[case("--redis-host", Flag::Remote)]
    #[case("--backend-addr", Flag::Remote)]
    #[case("--advertise-address", Flag::Remote)]
    #[case("--proxy-port", Flag::Remote)]
    #[case("--replicas", Flag::Other)]
    #[case("--frontend-port", Flag::Other)]
    fn kinds(#[case] flag: &str, #[case] expected: Flag) {
        assert_eq!(kind(&name(flag)), expected);
    }
}
