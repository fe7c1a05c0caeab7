//! Well-known programs: what they listen on by themselves, and how they are told otherwise.

use kernel::packet::Protocol;

/// What a program is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// It listens.
    Server,
    /// It listens only with one of these words among its arguments.
    ServerWith(&'static [&'static str]),
    /// It never listens: what looks like an address is somebody else's.
    Client,
}

/// A program.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) names: &'static [&'static str],
    pub(super) kind: Kind,
    /// Ports without any flag.
    pub(super) ports: &'static [(u16, Protocol)],
    /// Without any flag it binds 127.0.0.1.
    pub(super) local: bool,
    /// Flags for a port or an address with a port, beside those that every program is taken to understand.
    pub(super) listens: &'static [&'static str],
    /// Flags for an address to bind.
    pub(super) binds: &'static [&'static str],
    /// Flags that mean something else than they usually do.
    pub(super) others: &'static [&'static str],
    /// It reads a file that may say otherwise: a declared port counts for more than what it does by itself.
    pub(super) configured: bool,
    /// Variables it takes its port, its address or further arguments from.
    pub(super) variables: &'static [&'static str],
    /// Flags that open a port of their own, beside the one that is served on.
    pub(super) opens: &'static [(&'static str, u16)],
    /// The port or address may stand alone behind one of these words (behind the name where there is none).
    pub(super) behind: Option<&'static [&'static str]>,
}

const TCP: Protocol = Protocol::Tcp;
const UDP: Protocol = Protocol::Udp;

const fn program(names: &'static [&'static str], kind: Kind, ports: &'static [(u16, Protocol)]) -> Program {
    Program {
        names,
        kind,
        ports,
        local: false,
        listens: &[],
        binds: &[],
        others: &[],
        configured: false,
        variables: &[],
        opens: &[],
        behind: None,
    }
}

const fn server(names: &'static [&'static str], ports: &'static [(u16, Protocol)]) -> Program {
    program(names, Kind::Server, ports)
}

const fn with(
    names: &'static [&'static str],
    words: &'static [&'static str],
    ports: &'static [(u16, Protocol)],
) -> Program {
    program(names, Kind::ServerWith(words), ports)
}

const fn client(names: &'static [&'static str]) -> Program {
    program(names, Kind::Client, &[])
}

impl Program {
    const fn local(mut self) -> Self {
        self.local = true;
        self
    }

    const fn listens(mut self, flags: &'static [&'static str]) -> Self {
        self.listens = flags;
        self
    }

    const fn binds(mut self, flags: &'static [&'static str]) -> Self {
        self.binds = flags;
        self
    }

    const fn others(mut self, flags: &'static [&'static str]) -> Self {
        self.others = flags;
        self
    }

    const fn configured(mut self) -> Self {
        self.configured = true;
        self
    }

    const fn reads(mut self, variables: &'static [&'static str]) -> Self {
        self.variables = variables;
        self
    }

    const fn opens(mut self, flags: &'static [(&'static str, u16)]) -> Self {
        self.opens = flags;
        self
    }

    const fn behind(mut self, words: &'static [&'static str]) -> Self {
        self.behind = Some(words);
        self
    }
}

const PROGRAMS: &[Program] = &[
    // Python.
    with(&["flask"], &["run"], &[(5000, TCP)]).local().binds(&["h"]).reads(&["FLASK_RUN_PORT", "FLASK_RUN_HOST"]),
    server(&["gunicorn"], &[(8000, TCP)]).local().configured().reads(&["GUNICORN_CMD_ARGS", "PORT"]),
    server(&["uvicorn"], &[(8000, TCP)]).local().reads(&["UVICORN_PORT", "UVICORN_HOST"]),
    server(&["hypercorn"], &[(8000, TCP)]).local().configured(),
    server(&["daphne"], &[(8000, TCP)]).local().binds(&["b"]),
    server(&["waitress-serve"], &[(8080, TCP)]),
    with(&["fastapi"], &["run"], &[(8000, TCP)]),
    with(&["fastapi"], &["dev"], &[(8000, TCP)]).local(),
    server(&["http.server", "SimpleHTTPServer"], &[(8000, TCP)]).behind(&[]),
    with(&["manage.py", "django-admin"], &["runserver", "runserver_plus"], &[(8000, TCP)])
        .local()
        .behind(&["runserver", "runserver_plus"]),
    with(&["streamlit"], &["run"], &[(8501, TCP)])
        .configured()
        .reads(&["STREAMLIT_SERVER_PORT", "STREAMLIT_SERVER_ADDRESS"]),
    with(&["jupyter"], &["notebook", "lab", "server"], &[(8888, TCP)]).local().binds(&[
        "ip",
        "notebookapp.ip",
        "serverapp.ip",
    ]),
    server(&["jupyter-lab", "jupyter-notebook", "start-notebook.sh", "start-notebook.py"], &[(8888, TCP)])
        .configured()
        .binds(&["ip"]),
    with(&["mkdocs"], &["serve"], &[(8000, TCP)]).local().listens(&["a", "dev-addr"]),
    with(&["mlflow"], &["server", "ui"], &[(5000, TCP)]).local().binds(&["h"]),
    with(&["airflow"], &["webserver", "api-server"], &[(8080, TCP)]),
    // Ruby, PHP, JavaScript, static sites.
    with(&["rails"], &["server", "s"], &[(3000, TCP)]).binds(&["b", "binding"]).configured().reads(&["PORT"]),
    server(&["puma"], &[(9292, TCP)]).configured().reads(&["PORT"]),
    server(&["rackup"], &[(9292, TCP)]).local().binds(&["o"]),
    server(&["unicorn"], &[(8080, TCP)]).configured(),
    with(&["php"], &["-S"], &[]).listens(&["s"]),
    with(&["artisan"], &["serve"], &[(8000, TCP)]).local(),
    server(&["php-fpm", "php-fpm7", "php-fpm8"], &[(9000, TCP)]).configured(),
    server(&["http-server"], &[(8080, TCP)]).binds(&["a"]).reads(&["PORT"]),
    server(&["json-server"], &[(3000, TCP)]).local().binds(&["h"]),
    with(&["next"], &["start", "dev"], &[(3000, TCP)]).binds(&["h"]).reads(&["PORT"]),
    with(&["react-scripts"], &["start"], &[(3000, TCP)]).reads(&["PORT"]),
    with(&["vite"], &["preview"], &[(4173, TCP)]).local().configured(),
    server(&["vite"], &[(5173, TCP)]).local().configured(),
    with(&["ng"], &["serve"], &[(4200, TCP)]).local().configured(),
    server(&["webpack-dev-server"], &[(8080, TCP)]).local().configured(),
    with(&["hugo"], &["server", "serve"], &[(1313, TCP)]).local(),
    with(&["jekyll"], &["serve", "s", "server"], &[(4000, TCP)]).local().configured().binds(&["h"]),
    // Web servers and proxies.
    server(&["nginx", "openresty"], &[(80, TCP)]).others(&["c", "g", "p", "s", "t"]).configured(),
    server(&["httpd", "apache2", "httpd-foreground", "apache2-foreground", "apachectl", "apache2ctl"], &[(80, TCP)])
        .others(&["c", "d", "f", "h", "l"])
        .configured(),
    // Its entry point `traefik` is there for the API without protection, for pings and for metrics (doc.traefik.io).
    server(&["traefik"], &[(80, TCP)]).configured().opens(&[
        ("api.insecure", 8080),
        ("ping", 8080),
        ("metrics.prometheus", 8080),
    ]),
    with(&["caddy"], &["file-server"], &[(80, TCP)]),
    with(&["caddy"], &["respond"], &[]).listens(&["l"]),
    with(&["caddy"], &["reverse-proxy"], &[(80, TCP)]).listens(&["from", "f"]).others(&["to", "t"]),
    server(&["http-echo"], &[(5678, TCP)]),
    server(&["podinfo"], &[(9898, TCP)]),
    server(&["fortio"], &[(8080, TCP)]),
    server(&["oauth2-proxy"], &[(4180, TCP)]).local(),
    // Databases and queues.
    server(&["redis-server", "valkey-server", "keydb-server"], &[(6379, TCP)])
        .others(&["cluster-announce-port", "replicaof", "slaveof"])
        .configured(),
    server(&["redis-sentinel"], &[(26379, TCP)]).configured(),
    server(&["memcached"], &[(11211, TCP)]).binds(&["l"]).others(&["u", "c", "m", "t", "o"]),
    server(&["mongod"], &[(27017, TCP)]).configured().binds(&["bind-ip"]),
    server(&["mongos"], &[(27017, TCP)]).configured().binds(&["bind-ip"]),
    server(&["mysqld", "mariadbd", "mysqld-safe", "mysqld_safe"], &[(3306, TCP)]).binds(&["bind-address"]).configured(),
    server(&["postgres"], &[(5432, TCP)]).binds(&["h", "listen-addresses"]).configured(),
    server(&["etcd"], &[(2379, TCP), (2380, TCP)]).local().listens(&[
        "listen-client-urls",
        "listen-peer-urls",
        "listen-metrics-urls",
        "listen-client-http-urls",
    ]),
    with(&["cockroach"], &["start", "start-single-node", "demo"], &[(26257, TCP), (8080, TCP)]).listens(&["sql-addr"]),
    server(&["influxd"], &[(8086, TCP)]).listens(&["http-bind-address"]),
    with(&["minio"], &["server"], &[(9000, TCP)]).listens(&["console-address"]),
    server(&["nats-server", "gnatsd"], &[(4222, TCP)]).binds(&["a"]).listens(&["m"]).configured(),
    with(&["vault", "bao"], &["server"], &[(8200, TCP)]).listens(&["dev-listen-address"]).configured(),
    with(&["consul"], &["agent"], &[(8500, TCP), (8600, TCP), (8600, UDP), (8300, TCP), (8301, TCP)])
        .binds(&["client"])
        .others(&["bind", "advertise"])
        .configured(),
    // Clusters.
    server(&["coredns"], &[(53, UDP), (53, TCP)]).listens(&["dns.port"]).configured(),
    server(&["dnsmasq"], &[(53, UDP), (53, TCP)]).others(&["server", "s", "a"]).configured(),
    server(&["kube-apiserver"], &[(6443, TCP)]).others(&["advertise-address"]),
    server(&["kube-controller-manager"], &[(10257, TCP)]),
    server(&["kube-scheduler"], &[(10259, TCP)]),
    server(&["metrics-server"], &[(443, TCP)]),
    with(&["kubectl"], &["proxy"], &[(8001, TCP)]).local().binds(&["address"]),
    // Monitoring.
    server(&["prometheus"], &[(9090, TCP)]),
    server(&["alertmanager"], &[(9093, TCP)]),
    server(&["pushgateway"], &[(9091, TCP)]),
    server(&["node_exporter"], &[(9100, TCP)]),
    server(&["blackbox_exporter"], &[(9115, TCP)]),
    server(&["kube-state-metrics"], &[(8080, TCP), (8081, TCP)]),
    // Tools that listen when they are told to.
    with(&["iperf3"], &["-s", "--server", "-sD"], &[(5201, TCP), (5201, UDP)]).binds(&["b"]),
    with(&["iperf"], &["-s", "--server", "-su", "-us"], &[(5001, TCP)]).binds(&["b"]),
    with(&["openssl"], &["s_server"], &[(4433, TCP)]).listens(&["accept"]),
    server(&["sshd"], &[(22, TCP)]).configured().others(&["d", "e", "f", "o"]),
    // What never listens.
    client(&[
        "sleep", "tail", "cat", "true", "false", "echo", "printf", "test", "[", "[[", ":", "cd", "set", "export",
        "unset", "trap", "wait", "exit", "return", "break", "continue", "shift", "read", "source", ".", "ulimit",
        "umask", "eval", "mkdir", "cp", "mv", "rm", "ln", "ls", "touch", "chmod", "chown", "chgrp", "date", "tee",
        "sed", "awk", "grep", "cut", "head", "sort", "uniq", "tr", "find", "xargs", "env", "id", "hostname", "uname",
        "ps", "kill", "top", "seq", "yes", "df", "du", "mount", "sysctl", "ip", "iptables", "ifconfig", "route", "ss",
        "netstat", "envsubst", "tar", "gzip", "unzip", "base64", "command", "which", "type", "local", "declare",
    ]),
    client(&[
        "curl",
        "wget",
        "ping",
        "traceroute",
        "nslookup",
        "dig",
        "host",
        "telnet",
        "ssh",
        "scp",
        "rsync",
        "git",
        "hey",
        "ab",
        "wrk",
        "siege",
        "k6",
        "vegeta",
        "tcpdump",
        "apt",
        "apt-get",
        "apk",
        "yum",
        "dnf",
        "pip",
        "pip3",
        "gem",
        "psql",
        "pg_isready",
        "pg_dump",
        "pg_restore",
        "createdb",
        "mysql",
        "mysqladmin",
        "mysqldump",
        "mariadb",
        "redis-cli",
        "mongo",
        "mongosh",
        "mongodump",
        "cqlsh",
        "etcdctl",
        "kafka-topics.sh",
        "kafka-topics",
        "kafka-console-producer.sh",
        "kafka-console-consumer.sh",
        "rabbitmqctl",
        "nats",
        "aws",
        "gcloud",
        "az",
        "jq",
        "wait-for-it.sh",
        "wait-for-it",
        "wait-for",
        "wait-for.sh",
        "dockerize",
        "pause",
        "http",
        "grpcurl",
        "grpc_health_probe",
        "migrate",
        "flyway",
        "liquibase",
        "alembic",
        "iperf",
        "iperf3",
        "openssl",
        "kubectl",
        "whoami",
    ]),
];

/// The program of that name, as its arguments use it.
pub(super) fn find(name: &str, arguments: &[&str]) -> Option<&'static Program> {
    let used = |program: &&Program| match program.kind {
        Kind::ServerWith(words) => arguments.iter().any(|argument| words.contains(argument)),
        Kind::Server | Kind::Client => true,
    };
    PROGRAMS.iter().filter(|program| program.names.contains(&name)).find(used)
}
