//! Everything that can be the cause of a probe that fails. The words of `CODE` are `why-CODE` in the locales.

/// What is fixed about a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WhyInfo {
    /// Stable kebab-case word.
    pub code: &'static str,
    /// Names of the arguments that every cause with this code carries.
    pub args: &'static [&'static str],
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal [$($arg:literal),*];)*) => {
        $($(#[$doc])* pub const $name: WhyInfo = WhyInfo { code: $code, args: &[$($arg),*] };)*

        /// Every code.
        pub const ALL: &[WhyInfo] = &[$($name),*];
    };
}

codes! {
    // ---- names ----

    /// A Pod on its node's network asks the node's name servers unless its policy says otherwise.
    HOST_NETWORK_DNS = "host-network-dns" ["pod"];
    /// A node or a host outside asks for a name that only Pods can ask for.
    NOT_FROM_A_POD = "not-from-a-pod" ["name"];
    /// A `dnsPolicy` that leaves the cluster's name server out.
    DNS_POLICY = "dns-policy" ["pod", "policy"];
    /// A name server of `dnsConfig` that does not answer.
    DNS_CONFIG = "dns-config" ["pod", "server"];
    /// kubelet's `clusterDNS` is not the address of the DNS Service.
    KUBELET_DNS = "kubelet-dns" ["server", "service", "address"];
    /// No Service is the cluster's DNS.
    NO_DNS_SERVICE = "no-dns-service" [];
    /// The Service of that name is in another namespace than the one that was looked in.
    OTHER_NAMESPACE = "other-namespace" ["name", "namespace", "searched", "called"];
    /// The name of a Service in a form that no name of the cluster has.
    NAME_FORM = "name-form" ["name", "suggestion", "zone"];
    /// A StatefulSet has no Pod of that number.
    NO_SUCH_ORDINAL = "no-such-ordinal" ["name", "workload", "replicas", "pods"];
    /// A Service with nearly that name.
    NEAR_NAME = "near-name" ["name", "suggestion"];
    /// Nothing has nearly that name.
    NO_SUCH_NAME = "no-such-name" ["name"];
    /// Pods of that name are there, and no Service of it.
    NAME_WITHOUT_SERVICE = "name-without-service" ["name", "object"];
    /// A StatefulSet's Pods have names below its `serviceName` only.
    STATEFUL_SERVICE_NAME = "stateful-service-name" ["workload", "name", "given"];
    /// A Pod has a name below a Service only with that `subdomain` and a `hostname`.
    POD_SUBDOMAIN = "pod-subdomain" ["pod", "name", "service"];
    /// An ExternalName Service whose target has no address.
    EXTERNAL_NAME = "external-name" ["service", "target"];
    /// An ExternalName Service whose target is in the cluster's zone, where nothing is called so.
    EXTERNAL_NAME_MISSING = "external-name-missing" ["service", "target"];
    /// An ExternalName Service whose target is nearly, or in another form, the name of a Service.
    EXTERNAL_NAME_NEAR = "external-name-near" ["service", "target", "suggestion"];
    /// An ExternalName Service with a port that leads to another one: nothing maps it.
    EXTERNAL_NAME_PORTS = "external-name-ports" ["service", "target", "port", "to"];
    /// The Corefile keeps CoreDNS from telling of a Service: `namespaces`, `namespace_labels` or `labels`.
    COREFILE_HIDES = "corefile-hides" ["service"];
    /// CoreDNS forwards to itself and ends at each start (plugin `loop`).
    COREFILE_LOOP = "corefile-loop" ["pod"];
    /// kubelet writes another zone into the search list than CoreDNS answers for.
    ZONE_DIFFERS = "zone-differs" ["zone", "search"];
    /// CoreDNS forwards the name to a server that does not answer.
    UPSTREAM_LOST = "upstream-lost" ["name", "server"];
    /// A Service with IPv6 addresses only.
    IPV6_SERVICE = "ipv6-service" ["service"];
    /// The object that would be it is one the API server refuses.
    OBJECT_REFUSED = "object-refused" ["object"];
    /// Nothing fits, and some document could not be read.
    UNREAD_DOCUMENT = "unread-document" [];

    // ---- Services and their endpoints ----

    /// The Service has no such port.
    SERVICE_PORT = "service-port" ["service", "port", "ports"];
    /// The Service has that port for another protocol.
    SERVICE_PROTOCOL = "service-protocol" ["service", "port", "asked", "has"];
    /// No Pod of the namespace has the labels.
    SELECTS_NOTHING = "selects-nothing" ["service", "selector"];
    /// A Pod nearly has the labels.
    SELECTS_NEARLY = "selects-nearly" ["service", "selector", "pod", "labels"];
    /// Pods with the labels are in another namespace.
    SELECTS_ELSEWHERE = "selects-elsewhere" ["service", "selector", "object", "namespace"];
    /// The workload with the labels has no replicas.
    NO_REPLICAS = "no-replicas" ["service", "object"];
    /// The Pod with the labels has ended.
    POD_ENDED = "pod-ended" ["service", "pod", "reason"];
    /// The Pod with the labels runs on no node.
    POD_LEFT_OUT = "pod-left-out" ["service", "pod", "reason"];
    /// The selected Pod is not ready.
    POD_NOT_READY = "pod-not-ready" ["service", "pod", "reason"];
    /// The selected Pod is being deleted.
    POD_TERMINATING = "pod-terminating" ["service", "pod"];
    /// No selected Pod has a port of the name `targetPort` gives.
    TARGET_PORT_NAME = "target-port-name" ["service", "name", "pod", "names"];
    /// A Service without selector and without endpoints made by hand.
    NO_SELECTOR = "no-selector" ["service"];
    /// The endpoints made by hand have another port name than the Service.
    ENDPOINT_PORT_NAME = "endpoint-port-name" ["service", "name", "names"];
    /// The endpoints made by hand are not ready.
    ENDPOINTS_NOT_READY = "endpoints-not-ready" ["service"];
    /// The address of an endpoint is nobody's.
    ENDPOINT_GONE = "endpoint-gone" ["service", "address"];
    /// The machine at one of the ends is off then.
    MACHINE_OFF = "machine-off" ["machine"];
    /// The link of the machine at one of the ends has failed.
    LINK_FAILED = "link-failed" ["machine"];
    /// The Service sends to an endpoint beyond the gateway, where nothing is simulated.
    ENDPOINT_BEYOND = "endpoint-beyond" ["service", "address"];
    /// A machine that was assumed for an endpoint's address listens on the ports named with it only.
    ENDPOINT_HOST_PORT = "endpoint-host-port" ["object", "address", "ports", "port"];
    /// Docker's default bridge has no resolver for names of containers.
    DOCKER_BRIDGE_NAMES = "docker-bridge-names" ["container", "name"];
    /// `localhost` in a container is that container, and another one listens on the port.
    DOCKER_LOCALHOST = "docker-localhost" ["container", "port", "other", "published"];
    /// Two containers share no network.
    DOCKER_NO_SHARED_NETWORK = "docker-no-shared-network" ["container", "other", "networks", "theirs", "depends"];
    /// A port of a Docker host that is published on another of its addresses only.
    DOCKER_PORT_ADDRESS = "docker-port-address" ["host", "port", "container", "address"];
    /// A published port leads to a port of the container on which nothing listens.
    DOCKER_PORT_TARGET = "docker-port-target" ["host", "port", "container", "target", "listening"];
    /// No container publishes that port of the Docker host, and nothing else listens on it.
    DOCKER_PORT_NOWHERE = "docker-port-nowhere" ["host", "port", "ports"];
    /// The address is in the virtual machine of Docker Desktop, which the machine around has no way into but by published ports.
    DOCKER_DESKTOP_INSIDE = "docker-desktop-inside" ["address", "host", "ports"];
    /// A router of the Scenario has no route to where the packet goes.
    ROUTER_NO_ROUTE = "router-no-route" ["router", "address", "answer", "told"];
    /// `internalTrafficPolicy: Local` and no endpoint on the client's node.
    INTERNAL_POLICY = "internal-policy" ["service", "node", "nodes"];
    /// `externalTrafficPolicy: Local` and no endpoint on the node that was asked.
    EXTERNAL_POLICY = "external-policy" ["service", "node", "nodes"];
    /// The source is in none of `loadBalancerSourceRanges`.
    SOURCE_RANGES = "source-ranges" ["service", "source", "ranges"];
    /// A ClusterIP is rules for its ports: it answers no ping.
    CLUSTER_IP_PING = "cluster-ip-ping" ["service", "address"];
    /// No load balancer gave the Service an address.
    LOAD_BALANCER_PENDING = "load-balancer-pending" ["service", "nodePorts"];
    /// MetalLB gave the Service an address of a pool that nothing tells the network of.
    POOL_NOT_ADVERTISED = "pool-not-advertised" ["service", "address"];
    /// A proxy got no answer from the server it went on to.
    PROXY_BACKEND = "proxy-backend" ["proxy", "server"];
    /// The Service has no such port that a node port leads to.
    NO_NODE_PORT = "no-node-port" ["service", "ports"];
    /// Cluster addresses mean nothing outside.
    CLUSTER_ONLY = "cluster-only" ["object", "address"];

    // ---- requests ----

    /// No Ingress that is served has a rule for the host.
    HTTP_NO_HOST = "http-no-host" ["host", "hosts"];
    /// Nobody serves the Ingress that has a rule for the host.
    HTTP_NOT_SERVED = "http-not-served" ["object", "host", "class"];
    /// Rules are for the host, none of their paths for this one.
    HTTP_NO_PATH = "http-no-path" ["host", "path", "paths"];
    /// The Service that a rule names does not exist in its namespace.
    HTTP_NO_SERVICE = "http-no-service" ["object", "service"];
    /// The Service that a rule names has no such port.
    HTTP_NO_PORT = "http-no-port" ["object", "service", "port", "ports"];
    /// A rule names no Service.
    HTTP_NO_BACKEND = "http-no-backend" ["object"];
    /// A rule names a Service of another namespace, which nobody allowed there.
    HTTP_NOT_GRANTED = "http-not-granted" ["object", "service"];
    /// What a rule names cannot be proxied to.
    HTTP_UNSUPPORTED = "http-unsupported" ["object"];
    /// The client's address is not among those that may.
    HTTP_FORBIDDEN = "http-forbidden" ["object", "client"];
    /// What is sent is longer than it may be.
    HTTP_TOO_LARGE = "http-too-large" ["object", "size"];
    /// A request in the clear on a port that speaks TLS.
    HTTP_PLAIN_TO_TLS = "http-plain-to-tls" ["url"];
    /// A proxy says first whose connection it is, and who reads that takes it for a request.
    HTTP_ANNOUNCED = "http-announced" ["object", "field", "version", "process"];
    /// Who was reached takes no connection on which a proxy did not say first whose it is; nothing on the way does.
    HTTP_UNANNOUNCED = "http-unannounced" ["object", "field"];
    /// The same, where a load balancer does: nodes hand the packets for its address on by themselves.
    HTTP_UNANNOUNCED_SHORTCUT = "http-unannounced-shortcut" ["object", "field", "service", "ip"];
    /// No listener of the Gateway takes the request.
    HTTP_NO_LISTENER = "http-no-listener" ["host"];
    /// The connection is for another host.
    HTTP_MISDIRECTED = "http-misdirected" ["host"];
    /// The server behind a rule answered with an error, or could not be asked.
    HTTP_UPSTREAM = "http-upstream" ["object", "service", "status"];
    /// TLS to a port that speaks none.
    TLS_TO_PLAIN = "tls-to-plain" ["process", "port"];
    /// The port speaks another protocol than HTTP.
    NOT_HTTP = "not-http" ["process", "port", "speaks"];

    // ---- listeners ----

    /// Nothing listens where `targetPort` leads.
    TARGET_PORT = "target-port" ["service", "pod", "port", "listening"];
    /// A headless Service translates no port.
    HEADLESS_PORT = "headless-port" ["service", "pod", "port", "listening"];
    /// The Pod listens on that port for another protocol.
    LISTENER_PROTOCOL = "listener-protocol" ["pod", "port", "asked", "has"];
    /// The process listens on an address of its own only.
    LISTENER_ADDRESS = "listener-address" ["pod", "port", "address"];
    /// What would listen does not run.
    POD_NOT_RUNNING = "pod-not-running" ["pod", "port", "reason"];
    /// The port is declared, but something stronger tells of another.
    NOT_SERVED = "not-served" ["pod", "port", "against", "listening"];
    /// A `hostPort` that no plugin serves.
    HOST_PORT = "host-port" ["pod", "port", "network"];
    /// A Pod has that port of the node for another protocol.
    HOST_PORT_PROTOCOL = "host-port-protocol" ["pod", "port", "asked", "has"];
    /// A Pod has that port, of the node that it runs on.
    HOST_PORT_ELSEWHERE = "host-port-elsewhere" ["pod", "port", "node", "asked"];
    /// A frame may not leave by the port of the bridge that it came in by.
    HAIRPIN_OFF = "hairpin-off" ["network"];
    /// A rule of the administrator keeps kube-proxy from masquerading what comes back to who sent it.
    HAIRPIN_NOT_MASQUERADED = "hairpin-not-masqueraded" ["pod", "node", "rule"];
    /// The Pod does not listen there.
    NOT_LISTENING = "not-listening" ["pod", "port", "listening"];

    // ---- addresses ----

    /// The node has rules for other node ports.
    NODE_PORT = "node-port" ["port", "address"];
    /// A Service with nearly that node port.
    NEAR_NODE_PORT = "near-node-port" ["port", "service", "has"];
    /// The Service that names this node port is of a type without them.
    TYPE_WITHOUT_NODE_PORT = "type-without-node-port" ["service", "port", "type"];
    /// Node ports are not served on loopback.
    NODE_PORT_LOOPBACK = "node-port-loopback" ["service", "port", "node"];
    /// Node ports are served on other addresses of the node only.
    NODE_PORT_ADDRESSES = "node-port-addresses" ["service", "port", "address"];
    /// The Service with that port has no address of its own, being headless.
    NO_CLUSTER_IP = "no-cluster-ip" ["service", "address", "port"];
    /// The Service that names this address is of a type that does not use it.
    TYPE_WITHOUT_ADDRESS = "type-without-address" ["service", "address", "type"];
    /// Nothing has the address.
    NO_SUCH_ADDRESS = "no-such-address" ["address"];
    /// Something has nearly the address.
    NEAR_ADDRESS = "near-address" ["address", "object", "has"];
    /// kind maps a port of the host to a port of a node on which nothing is.
    MAPPING_TARGET = "mapping-target" ["port", "host", "target", "node"];
    /// kind maps the port on another address of the host than was called.
    MAPPING_ADDRESS = "mapping-address" ["port", "host", "address"];
    /// A node port of a Service that kind maps to no port of the host.
    NODE_PORT_UNMAPPED = "node-port-unmapped" ["port", "host", "service"];
    /// No port of the host that kind maps.
    HOST_PORT_UNMAPPED = "host-port-unmapped" ["port", "host", "ports"];
    /// `localhost` is the caller itself, and the port is one of another machine.
    LOCALHOST_ELSEWHERE = "localhost-elsewhere" ["port", "host", "address"];
    /// A rule of a policy denies it.
    POLICY_DENIES = "policy-denies" ["policies", "pod", "direction", "other", "port", "seen"];
    /// Policies select the Pod for a direction, and have no rule for it.
    POLICY_NO_RULE = "policy-no-rule" ["policies", "pod", "direction", "other", "port", "seen"];
    /// None of their rules names the other end.
    POLICY_PEER = "policy-peer" ["policies", "pod", "direction", "other", "port", "seen"];
    /// A rule names the other end, for other ports.
    POLICY_PORT = "policy-port" ["policies", "pod", "direction", "other", "port", "seen"];
    /// Bridged packets do not meet the rules that would translate the answer back.
    BRIDGE_NF = "bridge-nf" ["node"];
}
