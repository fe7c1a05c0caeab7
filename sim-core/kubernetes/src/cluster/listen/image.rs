//! What well-known images listen on when nobody tells them otherwise.
//!
//! A fact here is weaker than any word of the input's own: a result that needs one says so.

use kernel::packet::Protocol;

/// A port of an image.
pub(super) type ImagePort = (u16, Protocol);

/// What is known of an image.
#[derive(Debug)]
pub(super) struct Image {
    /// Repository names, without registry and tag: `NAME`, or `OWNER/NAME` where the owner's differs from others of that name.
    names: &'static [&'static str],
    /// What it listens on as it is.
    pub(super) ports: &'static [ImagePort],
    /// What it listens on besides once it is configured to: believed where the container declares it.
    pub(super) more: &'static [ImagePort],
    /// What it listens on besides where its tag has that word.
    pub(super) tagged: &'static [(&'static str, ImagePort)],
    /// Variables of the environment that move a port.
    pub(super) variables: &'static [(&'static str, u16)],
    /// Folders and files of its configuration: what is mounted there is not read, and the declared ports count instead.
    pub(super) settings: &'static [&'static str],
    /// The program that its arguments are handed to.
    pub(super) program: &'static str,
}

/// How sure it is that an image is the one of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// Its publisher's own, or a mirror of it.
    Well,
    /// Somebody's image of the same name.
    ByName,
}

const fn t(port: u16) -> ImagePort {
    (port, Protocol::Tcp)
}

const fn u(port: u16) -> ImagePort {
    (port, Protocol::Udp)
}

impl Image {
    const fn more(mut self, more: &'static [ImagePort]) -> Self {
        self.more = more;
        self
    }

    const fn moved(mut self, variables: &'static [(&'static str, u16)]) -> Self {
        self.variables = variables;
        self
    }

    const fn tagged(mut self, tags: &'static [(&'static str, ImagePort)]) -> Self {
        self.tagged = tags;
        self
    }

    const fn set(mut self, settings: &'static [&'static str]) -> Self {
        self.settings = settings;
        self
    }

    const fn runs(mut self, program: &'static str) -> Self {
        self.program = program;
        self
    }
}

const fn image(names: &'static [&'static str], ports: &'static [ImagePort]) -> Image {
    Image { names, ports, more: &[], tagged: &[], variables: &[], settings: &[], program: "" }
}

const NGINX: &[&str] = &["/etc/nginx", "/opt/bitnami/nginx"];
const APACHE: &[&str] = &["/usr/local/apache2/conf", "/etc/apache2", "/etc/httpd", "/opt/bitnami/apache"];

/// Names with an owner stand before those without.
const IMAGES: &[Image] = &[
    // Web servers and proxies.
    image(&["nginxinc/nginx-unprivileged", "nginx-unprivileged", "chainguard/nginx"], &[t(8080)])
        .set(NGINX)
        .runs("nginx"),
    image(&["bitnami/nginx", "bitnamilegacy/nginx"], &[t(8080)])
        .more(&[t(8443)])
        .moved(&[("NGINX_HTTP_PORT_NUMBER", 8080), ("NGINX_HTTPS_PORT_NUMBER", 8443)])
        .set(NGINX)
        .runs("nginx"),
    image(&["nginx", "openresty", "tengine"], &[t(80)]).set(NGINX).runs("nginx"),
    image(&["bitnami/apache", "bitnamilegacy/apache"], &[t(8080), t(8443)])
        .moved(&[("APACHE_HTTP_PORT_NUMBER", 8080), ("APACHE_HTTPS_PORT_NUMBER", 8443)])
        .set(APACHE),
    image(&["httpd", "apache", "php-apache", "hpa-example"], &[t(80)]).set(APACHE).runs("httpd"),
    image(&["caddy"], &[t(80)]).more(&[t(443), u(443), t(2019)]).set(&["/etc/caddy"]).runs("caddy"),
    image(&["traefik"], &[t(80)]).more(&[t(443), t(8080), t(8082)]).set(&["/etc/traefik"]).runs("traefik"),
    image(&["haproxy", "haproxytech/haproxy-alpine", "haproxy-alpine"], &[])
        .set(&["/usr/local/etc/haproxy", "/etc/haproxy"])
        .runs("haproxy"),
    image(&["envoy", "envoy-distroless", "envoy-alpine"], &[t(10000)])
        .more(&[t(9901)])
        .set(&["/etc/envoy"])
        .runs("envoy"),
    image(&["varnish"], &[t(80), t(8443)]).moved(&[("VARNISH_HTTP_PORT", 80)]).set(&["/etc/varnish"]),
    image(&["squid", "ubuntu/squid"], &[t(3128)]).set(&["/etc/squid"]),
    image(&["kong"], &[t(8000), t(8443), t(8001), t(8444)]).more(&[t(8002), t(8100)]),
    image(&["ingress-nginx/controller", "nginx-ingress-controller", "controller-chroot"], &[t(80), t(443), t(10254)])
        .more(&[t(8443)])
        .runs("nginx-ingress-controller"),
    // Databases and caches.
    image(&["redis", "redis-stack-server", "valkey", "keydb"], &[t(6379)])
        .more(&[t(16379), t(26379), t(8001)])
        .moved(&[("REDIS_PORT_NUMBER", 6379), ("REDIS_PORT", 6379), ("VALKEY_PORT_NUMBER", 6379)])
        .set(&["/usr/local/etc/redis", "/etc/redis", "/opt/bitnami/redis/etc", "/conf"])
        .runs("redis-server"),
    image(&["redis-sentinel"], &[t(26379)]).moved(&[("REDIS_SENTINEL_PORT_NUMBER", 26379)]).runs("redis-sentinel"),
    image(&["redis-cluster"], &[t(6379), t(16379)]).moved(&[("REDIS_PORT_NUMBER", 6379)]),
    image(&["memcached"], &[t(11211)]).moved(&[("MEMCACHED_PORT_NUMBER", 11211)]).more(&[u(11211)]).runs("memcached"),
    image(&["postgres", "postgresql", "postgis", "timescaledb", "pgvector", "spilo"], &[t(5432)])
        .moved(&[("PGPORT", 5432), ("POSTGRESQL_PORT_NUMBER", 5432)])
        .more(&[t(8008)])
        .set(&["/etc/postgresql"])
        .runs("postgres"),
    image(&["pgbouncer"], &[t(5432)]).more(&[t(6432)]).moved(&[("PGBOUNCER_PORT", 5432), ("LISTEN_PORT", 5432)]),
    image(&["mysql", "mysql-server", "percona", "percona-server"], &[t(3306), t(33060)])
        .moved(&[("MYSQL_PORT_NUMBER", 3306), ("MYSQL_TCP_PORT", 3306)])
        .set(&["/etc/mysql", "/etc/my.cnf", "/opt/bitnami/mysql/conf"])
        .runs("mysqld"),
    image(&["mariadb"], &[t(3306)])
        .moved(&[("MARIADB_PORT_NUMBER", 3306), ("MYSQL_TCP_PORT", 3306)])
        .set(&["/etc/mysql", "/etc/my.cnf", "/opt/bitnami/mariadb/conf"])
        .runs("mysqld"),
    image(&["mongo", "mongodb", "mongodb-community-server", "percona-server-mongodb"], &[t(27017)])
        .moved(&[("MONGODB_PORT_NUMBER", 27017)])
        .set(&["/etc/mongo", "/etc/mongod.conf"])
        .runs("mongod"),
    image(&["mongo-express"], &[t(8081)]).moved(&[("PORT", 8081), ("VCAP_APP_PORT", 8081)]),
    image(&["cassandra"], &[t(7000), t(9042)]).more(&[t(7001), t(7199), t(9160), t(9142)]).set(&["/etc/cassandra"]),
    image(&["scylla"], &[t(9042), t(9180), t(10000), t(7000)]).more(&[t(19042), t(9160), t(7001)]),
    image(&["cockroach"], &[t(26257), t(8080)]).runs("cockroach"),
    image(&["couchdb"], &[t(5984)]).more(&[t(4369), t(9100)]),
    image(&["couchbase"], &[t(8091)]).more(&[t(8092), t(8093), t(8094), t(11210)]),
    image(&["influxdb"], &[t(8086)]).more(&[t(8088)]).runs("influxd"),
    image(&["neo4j"], &[t(7474), t(7687)]).more(&[t(7473), t(6000), t(7000)]),
    image(&["clickhouse-server", "clickhouse"], &[t(8123), t(9000), t(9009)]).more(&[t(9363), t(9004), t(9005)]),
    image(&["questdb"], &[t(9000), t(8812), t(9009)]),
    image(&["arangodb"], &[t(8529)]),
    image(&["rethinkdb"], &[t(8080), t(28015), t(29015)]),
    image(&["mssql/server", "mssql-server", "azure-sql-edge"], &[t(1433)]).moved(&[("MSSQL_TCP_PORT", 1433)]),
    image(&["oracle-xe", "oracle-free"], &[t(1521)]).more(&[t(5500)]),
    image(&["elasticsearch", "elasticsearch-oss", "opensearch"], &[t(9200), t(9300)])
        .moved(&[("http.port", 9200), ("transport.port", 9300)])
        .more(&[t(9600)]),
    image(&["solr"], &[t(8983)]).moved(&[("SOLR_PORT", 8983)]),
    image(&["meilisearch"], &[t(7700)]),
    image(&["typesense"], &[t(8108)]).more(&[t(8107)]),
    image(&["weaviate"], &[t(8080)]).more(&[t(50051), t(2112)]),
    image(&["qdrant"], &[t(6333), t(6334)]),
    image(&["milvus"], &[t(19530), t(9091)]),
    image(&["hazelcast"], &[t(5701)]),
    image(&["etcd"], &[t(2379), t(2380)]).runs("etcd"),
    // Queues.
    image(&["rabbitmq"], &[t(5672)])
        .tagged(&[("management", t(15672))])
        .more(&[t(15672), t(15692), t(4369), t(25672), t(5671), t(1883), t(61613)])
        .moved(&[("RABBITMQ_NODE_PORT", 5672), ("RABBITMQ_NODE_PORT_NUMBER", 5672)])
        .set(&["/etc/rabbitmq"]),
    image(&["kafka", "cp-kafka", "kafka-native"], &[t(9092)]).more(&[t(9093), t(9094), t(29092), t(19092), t(9999)]),
    image(&["redpanda"], &[t(9092), t(9644), t(8082), t(8081), t(33145)]),
    image(&["zookeeper", "cp-zookeeper"], &[t(2181)])
        .more(&[t(2888), t(3888), t(8080), t(7070)])
        .moved(&[("ZOOKEEPER_CLIENT_PORT", 2181), ("ZOO_PORT_NUMBER", 2181)]),
    image(&["cp-schema-registry", "schema-registry"], &[t(8081)]),
    image(&["nats", "nats-streaming"], &[t(4222)]).more(&[t(8222), t(6222), t(7777)]).runs("nats-server"),
    image(&["activemq", "activemq-classic"], &[t(61616), t(8161)]).more(&[t(5672), t(61613), t(1883), t(61614)]),
    image(&["activemq-artemis", "artemis"], &[t(61616), t(8161)]).more(&[t(5672), t(61613), t(1883), t(5445)]),
    image(&["pulsar"], &[t(6650), t(8080)]),
    image(&["eclipse-mosquitto", "mosquitto"], &[t(1883)]).more(&[t(9001), t(8883)]).set(&["/mosquitto/config"]),
    image(&["emqx"], &[t(1883), t(8883), t(8083), t(8084), t(18083)]),
    image(&["mailhog"], &[t(1025), t(8025)]),
    image(&["mailpit"], &[t(1025), t(8025)]),
    image(&["temporal", "auto-setup", "temporalio/server"], &[t(7233)]).more(&[t(7234), t(7235), t(7239)]),
    // Control planes and service discovery.
    image(&["kube-apiserver", "kube-apiserver-amd64"], &[t(6443)]).runs("kube-apiserver"),
    image(&["kube-controller-manager"], &[t(10257)]).runs("kube-controller-manager"),
    image(&["kube-scheduler"], &[t(10259)]).runs("kube-scheduler"),
    image(&["kube-proxy"], &[t(10256)]),
    image(&["coredns"], &[u(53), t(53)]).more(&[t(9153), t(8080), t(8181)]).runs("coredns"),
    image(&["k8s-dns-node-cache"], &[u(53), t(53)]).more(&[t(9253), t(9353), t(8080)]),
    image(&["metrics-server"], &[t(443)]).more(&[t(4443), t(10250), t(8443)]).runs("metrics-server"),
    image(&["consul"], &[t(8500), t(8300), t(8301), u(8301), t(8600), u(8600)])
        .more(&[t(8302), u(8302), t(8501), t(8502)])
        .runs("consul"),
    image(&["vault"], &[t(8200)]).more(&[t(8201)]).runs("vault"),
    image(&["nomad"], &[t(4646), t(4647), t(4648)]),
    image(&["eureka", "eureka-server"], &[t(8761)]),
    image(&["nacos-server"], &[t(8848), t(9848)]).more(&[t(9849)]),
    image(&["keycloak"], &[t(8080)]).more(&[t(8443), t(9000)]).moved(&[("KC_HTTP_PORT", 8080)]).runs("keycloak"),
    image(&["dex"], &[t(5556)]).more(&[t(5557), t(5558)]),
    image(&["oauth2-proxy"], &[t(4180)]).runs("oauth2-proxy"),
    image(&["argocd"], &[t(8080)]).more(&[t(8081), t(8082), t(8083), t(8084)]),
    // Monitoring.
    image(&["prometheus"], &[t(9090)]).runs("prometheus"),
    image(&["alertmanager"], &[t(9093)]).more(&[t(9094), u(9094)]).runs("alertmanager"),
    image(&["pushgateway"], &[t(9091)]).runs("pushgateway"),
    image(&["node-exporter"], &[t(9100)]).runs("node_exporter"),
    image(&["blackbox-exporter"], &[t(9115)]).runs("blackbox_exporter"),
    image(&["redis_exporter", "redis-exporter"], &[t(9121)]),
    image(&["postgres-exporter", "postgres_exporter"], &[t(9187)]),
    image(&["mysqld-exporter"], &[t(9104)]),
    image(&["kube-state-metrics"], &[t(8080), t(8081)]).runs("kube-state-metrics"),
    image(&["cadvisor"], &[t(8080)]),
    image(&["grafana", "grafana-oss", "grafana-enterprise"], &[t(3000)]).moved(&[("GF_SERVER_HTTP_PORT", 3000)]),
    image(&["loki"], &[t(3100), t(9095)]).more(&[t(7946)]).set(&["/etc/loki"]),
    image(&["promtail"], &[t(9080)]).more(&[t(3101)]).set(&["/etc/promtail"]),
    image(&["tempo"], &[t(3200), t(9095)]).more(&[t(3100), t(4317), t(4318), t(9411), t(14250), t(14268)]),
    image(&["jaegertracing/all-in-one", "all-in-one"], &[t(16686), t(14268), t(14250), t(4317), t(4318), t(14269)])
        .more(&[u(6831), u(6832), t(5778), t(9411), u(5775)]),
    image(&["jaegertracing/jaeger", "jaeger"], &[t(16686), t(4317), t(4318)]).more(&[t(14268), t(14250), t(9411)]),
    image(&["zipkin", "zipkin-slim"], &[t(9411)]),
    image(
        &["opentelemetry-collector", "opentelemetry-collector-contrib", "opentelemetry-collector-k8s"],
        &[t(4317), t(4318)],
    )
    .more(&[t(8888), t(8889), t(13133), t(55679), t(14250), t(14268), t(9411)]),
    image(&["kibana", "opensearch-dashboards"], &[t(5601)]).moved(&[("SERVER_PORT", 5601)]),
    image(&["logstash"], &[t(9600)]).more(&[t(5044), t(5000), t(8080), t(9700)]),
    image(&["fluentd"], &[t(24224), u(24224)]).more(&[t(24231)]).set(&["/fluentd/etc"]),
    image(&["fluent-bit"], &[]).more(&[t(2020), t(24224)]).set(&["/fluent-bit/etc"]),
    image(&["statsd-exporter"], &[t(9102), t(9125), u(9125)]),
    image(&["graphite-statsd"], &[t(80), t(2003), u(8125)]).more(&[t(2004), t(8126)]),
    // Applications.
    image(&["bitnami/wordpress", "bitnamilegacy/wordpress"], &[t(8080), t(8443)]),
    image(&["wordpress", "drupal", "joomla", "nextcloud", "phpmyadmin", "matomo", "mediawiki"], &[t(80)]),
    image(&["ghost"], &[t(2368)]),
    image(&["adminer"], &[t(8080)]),
    image(&["pgadmin4"], &[t(80)]).more(&[t(443)]).moved(&[("PGADMIN_LISTEN_PORT", 80)]),
    image(&["jenkins", "jenkins/jenkins"], &[t(8080)]).more(&[t(50000)]),
    image(&["sonarqube"], &[t(9000)]),
    image(&["nexus3"], &[t(8081)]),
    image(&["artifactory-oss", "artifactory-pro"], &[t(8081), t(8082)]),
    image(&["gitea", "forgejo"], &[t(3000), t(22)]).moved(&[("GITEA__server__HTTP_PORT", 3000)]).more(&[t(2222)]),
    image(&["gitlab-ce", "gitlab-ee"], &[t(80), t(443), t(22)]),
    image(&["registry", "distribution"], &[t(5000)]).more(&[t(5001)]).moved(&[("REGISTRY_HTTP_ADDR", 5000)]),
    image(&["minio"], &[t(9000)]).more(&[t(9001), t(9090)]).moved(&[("MINIO_API_PORT_NUMBER", 9000)]).runs("minio"),
    image(&["localstack"], &[t(4566)]),
    image(&["n8n"], &[t(5678)]).moved(&[("N8N_PORT", 5678)]),
    image(&["home-assistant"], &[t(8123)]),
    image(&["portainer", "portainer-ce"], &[t(9000), t(9443)]).more(&[t(8000)]),
    image(&["tomcat", "tomee"], &[t(8080)]).more(&[t(8009), t(8443)]).set(&["/usr/local/tomcat/conf"]),
    image(&["jetty"], &[t(8080)]),
    image(&["wildfly", "jboss-eap"], &[t(8080)]).more(&[t(9990), t(8443)]),
    image(&["superset"], &[t(8088)]),
    image(&["airflow"], &[]).more(&[t(8080), t(8793), t(5555)]),
    image(&["metabase"], &[t(3000)]).moved(&[("MB_JETTY_PORT", 3000)]),
    image(&["ollama"], &[t(11434)]).moved(&[("OLLAMA_HOST", 11434)]),
    image(&["coturn"], &[t(3478), u(3478)]).more(&[t(5349), u(5349)]),
    image(&["openvpn"], &[u(1194)]),
    image(&["wireguard"], &[u(51820)]),
    image(&["openssh-server"], &[t(2222)]),
    image(&["vsftpd"], &[t(21)]).more(&[t(20)]),
    image(&["bind9"], &[t(53), u(53)]).set(&["/etc/bind"]),
    image(&["dnsmasq"], &[t(53), u(53)]).runs("dnsmasq"),
    image(&["pihole"], &[t(53), u(53), t(80)]).more(&[t(443), u(67)]),
    image(&["nfs-server", "volume-nfs"], &[t(2049)]).more(&[t(20048), t(111)]),
    // Examples, echo servers and test images.
    image(&["whoami"], &[t(80)]).moved(&[("WHOAMI_PORT_NUMBER", 80)]).runs("whoami"),
    image(&["jwilder/whoami"], &[t(8000)]).moved(&[("PORT", 8000)]),
    image(&["http-echo"], &[t(5678)]).runs("http-echo"),
    image(&["echoserver"], &[t(8080)]).more(&[t(8443)]),
    image(&["echo-server"], &[t(80)]).moved(&[("PORT", 80)]),
    image(&["jmalloc/echo-server"], &[t(8080)]).moved(&[("PORT", 8080)]),
    image(&["http-https-echo"], &[t(8080), t(8443)]).moved(&[("HTTP_PORT", 8080), ("HTTPS_PORT", 8443)]),
    image(&["http-echo-server"], &[t(3000)]).moved(&[("HTTP_PORT", 3000), ("PORT", 3000)]),
    image(&["echo-basic"], &[t(3000), t(3001)]).moved(&[("HTTP_PORT", 3000), ("H2C_PORT", 3001)]),
    image(&["httpbin", "kennethreitz/httpbin"], &[t(80)]),
    image(&["mccutchen/go-httpbin", "go-httpbin"], &[t(8080)]).moved(&[("PORT", 8080)]),
    image(&["kuard-amd64", "kuard-arm64", "kuard"], &[t(8080)]),
    image(&["hello-app"], &[t(8080)]).moved(&[("PORT", 8080)]),
    image(&["hello-world-rest-json", "node-hello"], &[t(8080)]).moved(&[("PORT", 8080)]),
    image(&["kubernetes-bootcamp"], &[t(8080)]),
    image(&["nginxdemos/hello"], &[t(80)]),
    image(&["nginxdemos/nginx-hello", "nginx-hello"], &[t(8080)]),
    image(&["podinfo"], &[t(9898), t(9999)]).more(&[t(9797)]).moved(&[("PODINFO_PORT", 9898)]).runs("podinfo"),
    image(&["agnhost"], &[]).runs("agnhost"),
    image(&["serve_hostname", "serve-hostname"], &[t(9376)]),
    image(&["fortio"], &[t(8080), t(8079), t(8078)]).more(&[t(8081), u(8078)]).runs("fortio"),
    image(&["sock-shop-frontend", "microservices-demo"], &[]),
    image(&["gb-frontend"], &[t(80)]),
    image(&["gb-redis-follower", "gb-redisslave", "redis-follower"], &[t(6379)]),
    image(&["kicbase/echo-server"], &[t(8080)]).moved(&[("PORT", 8080)]),
    image(&["hello-openshift"], &[t(8080)]).more(&[t(8888)]).moved(&[("PORT", 8080)]),
    image(&["examplevotingapp_vote", "examplevotingapp_result"], &[t(80)]),
    image(
        &[
            "examples-bookinfo-productpage-v1",
            "examples-bookinfo-details-v1",
            "examples-bookinfo-details-v2",
            "examples-bookinfo-reviews-v1",
            "examples-bookinfo-reviews-v2",
            "examples-bookinfo-reviews-v3",
            "examples-bookinfo-ratings-v1",
            "examples-bookinfo-ratings-v2",
        ],
        &[t(9080)],
    ),
    image(&["selenium/hub"], &[t(4444), t(4442), t(4443)]),
    image(&["longhorn-manager"], &[t(9500)]).more(&[t(9501), t(9502), t(9503)]),
    image(&["docker-getting-started", "getting-started"], &[t(3000)]).more(&[t(80)]),
    image(&["network-multitool"], &[t(80), t(443)]).moved(&[("HTTP_PORT", 80), ("HTTPS_PORT", 443)]),
    image(&["webapp-color"], &[t(8080)]),
    // Nothing listens: shells, clients, and what holds a namespace.
    image(
        &[
            "busybox",
            "alpine",
            "ubuntu",
            "debian",
            "centos",
            "fedora",
            "rockylinux",
            "almalinux",
            "amazonlinux",
            "bash",
            "ubi8",
            "ubi9",
            "ubi-minimal",
            "archlinux",
            "wolfi-base",
            "scratch",
            "static",
            "git",
            "alpine-git",
        ],
        &[],
    ),
    image(
        &[
            "curl",
            "curlimages/curl",
            "wget",
            "netshoot",
            "dnsutils",
            "jessie-dnsutils",
            "httpie",
            "kubectl",
            "k8s",
            "jq",
            "yq",
            "mysql-client",
            "redis-cli",
            "awscli",
            "aws-cli",
            "google-cloud-cli",
            "cloud-sdk",
            "azure-cli",
            "tcpdump",
            "pause",
            "pause-amd64",
            "k6",
            "hey",
            "siege",
            "wrk",
            "busyboxplus",
            "tutum-curl",
            "utils",
        ],
        &[],
    ),
];

/// Owners that publish the images of the table, or mirrors of them.
const PUBLISHERS: &[&str] = &[
    "library",
    "docker",
    "dockerhub",
    "docker-hub",
    "hub",
    "mirror",
    "mirrors",
    "proxy",
    "cache",
    "amd64",
    "arm64v8",
    "_",
    "bitnami",
    "bitnamilegacy",
    "bitnamisecure",
    "chainguard",
    "coredns",
    "prom",
    "prometheus",
    "grafana",
    "traefik",
    "containous",
    "hashicorp",
    "envoyproxy",
    "google-samples",
    "google-containers",
    "google_containers",
    "stefanprodan",
    "e2e-test-images",
    "ealen",
    "mendhak",
    "kuar-demo",
    "kuard-demo",
    "jenkins",
    "elastic",
    "confluentinc",
    "apache",
    "minio",
    "jmalloc",
    "nginxinc",
    "nginxdemos",
    "ingress-nginx",
    "nicolaka",
    "curlimages",
    "cockroachdb",
    "dexidp",
    "quay",
    "keycloak",
    "kiwigrid",
    "opensearchproject",
    "redpandadata",
    "eclipse",
    "kubernetes",
    "k8s",
    "rancher",
    "oliver006",
    "fluent",
    "otel",
    "openzipkin",
    "jaegertracing",
    "mccutchen",
    "kennethreitz",
    "praqma",
    "wbitt",
    "timescale",
    "pgvector",
    "kube-state-metrics",
    "metrics-server",
    "etcd-development",
    "strimzi",
    "valkey",
    "mcr",
    "nats-io",
    "natsio",
    "gitea",
    "sonatype",
    "dpage",
    "edoburu",
    "wurstmeister",
    "elasticsearch",
    "kibana",
    "logstash",
    "valkey-io",
    "argoproj",
    "influxdata",
    "yugabytedb",
    "percona",
    "docker-library",
    "ubuntu",
    "dockersamples",
    "istio",
    "longhornio",
    "openshift",
];

/// The repository's path without registry, tag and digest, in small letters.
pub(in crate::cluster) fn path(image: &str) -> String {
    let image = image.trim().split('@').next().unwrap_or_default();
    let start = image.rfind('/').map_or(0, |at| at + 1);
    let end = image.get(start..).and_then(|name| name.find(':')).map_or(image.len(), |at| start + at);
    let path = image.get(..end).unwrap_or_default().to_ascii_lowercase();
    match path.split_once('/') {
        Some((host, rest)) if host.contains(['.', ':']) || host == "localhost" => rest.to_owned(),
        _ => path,
    }
}

/// The tag of an image.
fn tag(image: &str) -> &str {
    let name = image.split('@').next().unwrap_or_default();
    let name = &name[name.rfind('/').map_or(0, |at| at + 1)..];
    name.split_once(':').map_or("", |(_, tag)| tag)
}

impl Image {
    /// The ports that the image's tag stands for.
    pub(super) fn by_tag(&self, image: &str) -> impl Iterator<Item = ImagePort> {
        let words = tag(image);
        self.tagged.iter().filter(move |(word, _)| words.contains(word)).map(|(_, port)| *port)
    }
}

/// The image of the table that a container's `image` most likely is.
pub(super) fn find(image: &str) -> Option<(&'static Image, Known)> {
    let path = path(image);
    let (owner, name) = path.rsplit_once('/').map_or(("", &*path), |(owner, name)| (owner, name));
    let owner = owner.rsplit('/').next().unwrap_or_default();
    let named = |name: &str| IMAGES.iter().find(|image| image.names.contains(&name));
    if !owner.is_empty()
        && let Some(found) = named(&format!("{owner}/{name}"))
    {
        return Some((found, Known::Well));
    }
    let known = if owner.is_empty() || PUBLISHERS.contains(&owner) { Known::Well } else { Known::ByName };
    named(name).map(|found| (found, known))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use std::collections::BTreeSet;

    #[rstest]
    #[case("nginx", "tcp/80", Known::Well)]
    #[case("nginx:1.27", "tcp/80", Known::Well)]
    #[case("docker.io/library/nginx:1.27@sha256:0123", "tcp/80", Known::Well)]
    #[case("registry.example:5000/nginx", "tcp/80", Known::Well)]
    #[case("localhost/nginx:dev", "tcp/80", Known::Well)]
    #[case("team/nginx", "tcp/80", Known::ByName)]
    #[case("nginxinc/nginx-unprivileged:stable", "tcp/8080", Known::Well)]
    #[case("docker.io/bitnami/nginx", "tcp/8080", Known::Well)]
    #[case("docker.io/bitnami/redis:7.2", "tcp/6379", Known::Well)]
    #[case("quay.io/prometheus/node-exporter:v1.8.0", "tcp/9100", Known::Well)]
    #[case("registry.k8s.io/coredns/coredns:v1.11.1", "udp/53 tcp/53", Known::Well)]
    #[case("gcr.io/google-samples/hello-app:1.0", "tcp/8080", Known::Well)]
    #[case("jmalloc/echo-server", "tcp/8080", Known::Well)]
    #[case("ealen/echo-server", "tcp/80", Known::Well)]
    #[case("Redis", "tcp/6379", Known::Well)]
    #[case("curlimages/curl:8", "", Known::Well)]
    #[case("busybox:1.36", "", Known::Well)]
    fn in_the_table(#[case] image: &str, #[case] ports: &str, #[case] known: Known) {
        let (found, how) = find(image).unwrap();
        let listed: Vec<String> = found.ports.iter().map(|(port, protocol)| format!("{protocol}/{port}")).collect();
        assert_eq!((listed.join(" "), how), (ports.to_owned(), known));
    }

    #[rstest]
    #[case("")]
    #[case("x")]
    #[case("example/api:1")]
    #[case("nginx-exporter")]
    #[case("registry.example/shop/frontend@sha256:00")]
    fn unknown(#[case] image: &str) {
        assert!(find(image).is_none());
    }

    #[test]
    fn the_table_is_sound() {
        let names: Vec<&str> = IMAGES.iter().flat_map(|image| image.names).copied().collect();
        assert!(names.len() >= 150, "{}", names.len());
        let unique: BTreeSet<&str> = names.iter().copied().collect();
        let twice: Vec<_> =
            unique.iter().filter(|name| names.iter().filter(|other| other == name).count() > 1).collect();
        assert!(twice.is_empty(), "{twice:?}");
        for image in IMAGES {
            assert!(image.names.iter().all(|name| *name == name.to_lowercase() && name.matches('/').count() < 2));
            assert!(image.ports.iter().chain(image.more).all(|(port, _)| *port > 0), "{:?}", image.names);
            assert!(image.settings.iter().all(|folder| folder.starts_with('/')), "{:?}", image.names);
            let moved = |port: &u16| image.ports.iter().chain(image.more).any(|(known, _)| known == port);
            assert!(image.variables.iter().all(|(_, port)| moved(port)), "{:?}", image.names);
        }
    }

    #[rstest]
    #[case("rabbitmq:3-management-alpine", "15672")]
    #[case("docker.io/library/rabbitmq:4.1-management@sha256:00", "15672")]
    #[case("registry.example:5000/management/rabbitmq:4", "")]
    #[case("rabbitmq", "")]
    fn tags(#[case] image: &str, #[case] expected: &str) {
        let (found, _) = find(image).unwrap();
        let ports: Vec<String> = found.by_tag(image).map(|(port, _)| port.to_string()).collect();
        assert_eq!(ports.join(" "), expected);
    }
}
