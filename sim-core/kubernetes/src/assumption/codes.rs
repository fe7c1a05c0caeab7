//! All assumptions there are, so that every one has its words in every locale.
//!
//! A code never changes its meaning. The message `assume-{code}` may use the arguments listed with the code; all of them are always there.

use super::{About, Assumption, Effect};

/// What is fixed about an assumption.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AssumptionInfo {
    /// Stable kebab-case word.
    pub code: &'static str,
    /// What it does to the verdict of a journey that touched what it is about.
    pub effect: Effect,
    /// Names of the arguments every assumption with this code carries.
    pub args: &'static [&'static str],
}

impl AssumptionInfo {
    /// An assumption with this code about everything, still without its arguments.
    pub fn made(&self) -> Assumption {
        Assumption {
            code: self.code,
            args: std::collections::BTreeMap::new(),
            because: None,
            effect: self.effect,
            about: About::Everything,
        }
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal $effect:ident [$($arg:literal),*];)*) => {
        $($(#[$doc])* pub const $name: AssumptionInfo =
            AssumptionInfo { code: $code, effect: Effect::$effect, args: &[$($arg),*] };)*

        /// Every assumption.
        pub const ALL: &[AssumptionInfo] = &[$($name),*];
    };
}

codes! {
    // ---- the program itself ----

    /// A namespace that the journey needed was written wrongly, a bug of the program: only its devices are there, down.
    NETNS_FAULT = "netns-fault" NotModelled ["netns", "fault"];

    // ---- the cluster around the input ----

    /// No Nodes in the input: these were assumed.
    NODES = "nodes" Frame ["names"];
    /// No Docker host in the input: this one was assumed.
    DOCKER_HOST = "docker-host" Frame ["name", "ip"];
    /// No router of the input leads to the Internet: the gateway was taken to, and to translate addresses on the way.
    INTERNET_GATEWAY = "internet-gateway" Frame ["servers"];
    /// The engine's version is not in the input.
    DOCKER_VERSION = "docker-version" Frame ["version"];
    /// The engine is told to write rules of nftables, which its release does not: those of iptables stand in for them.
    DOCKER_NFTABLES = "docker-nftables" NotModelled ["version"];
    /// The engine does not turn forwarding on, and starts only where it is: it was taken to be.
    DOCKER_FORWARDING = "docker-forwarding" Frame ["version"];
    /// The engine runs in the virtual machine of Docker Desktop; what leads there and out of it is simulated with means of Linux.
    DOCKER_DESKTOP = "docker-desktop" Frame ["host"];
    /// The nodes are containers of a Docker host, and the input does not say which of their ports that publishes.
    NODE_CONTAINERS = "node-containers" Frame ["maker", "host"];
    /// Compose makes networks in any order: that of the file is taken for it.
    DOCKER_NETWORK_ORDER = "docker-network-order" Frame [];
    /// A network that is there already, and that nobody says anything of.
    DOCKER_EXTERNAL_NETWORK = "docker-external-network" Frame ["network"];
    /// A network that only its containers tell of.
    DOCKER_NETWORK_SEEN = "docker-network-seen" Frame ["network"];
    /// A port of the host that the engine picks, the first of a container.
    DOCKER_PORT_PICKED = "docker-port-picked" Frame ["container", "port", "target"];
    /// Files of a folder that are read as one project.
    COMPOSE_MERGED = "compose-merged" Frame ["files"];
    /// A project that neither its file nor a folder names.
    COMPOSE_PROJECT = "compose-project" Frame ["name"];
    /// The distribution that Nodes, versions, names or images show: its defaults stand for what is not said.
    DISTRIBUTION = "distribution" Frame ["name"];
    /// A Pod names this node, so it exists.
    NODE_PROVEN = "node-proven" Frame ["node", "pod"];
    /// None of the assumed nodes has the labels that a Pod asks for: one more was assumed.
    NODE_FOR_LABELS = "node-for-labels" Frame ["node", "labels", "pod"];
    /// None of the assumed nodes is far enough from other Pods: one more was assumed.
    NODE_FOR_SPREAD = "node-for-spread" Frame ["node", "pod"];
    /// None of the assumed nodes has the port free that a Pod asks for: one more was assumed.
    NODE_FOR_PORT = "node-for-port" Frame ["node", "pod", "port"];
    /// The node runs Windows; its network is simulated as Linux'.
    WINDOWS_NODE = "windows-node" NotModelled ["node"];
    /// The nodes are on several segments, and nothing shows that the router between them knows the Pod networks.
    SEGMENTS = "segments" Matters ["segments", "cni"];
    /// The nodes are on several segments; what carries Pods' packets across is simulated as routes of the router.
    SEGMENTS_ROUTED = "segments-routed" Matters ["segments", "cni"];
    /// Weave Net, which is archived, is simulated in part: its fast datapath, without the chains of its controller of policies.
    WEAVE = "weave" Frame [];
    /// The input has Ingresses and nobody who serves them: this controller does, with the defaults of its install files.
    INGRESS_CONTROLLER = "ingress-controller" Frame ["controller", "service", "ingress"];
    /// A Gateway for which the input has no proxy: one was assumed, behind a load balancer.
    GATEWAY_PROXY = "gateway-proxy" Frame ["gateway", "class"];
    /// A name that no name server has was taken to lead to the only way in for it.
    ENTRY_POINT = "entry-point" Matters ["host", "service", "address"];
    /// What a process answers to a request is not in the input: 200.
    HTTP_ANSWER = "http-answer" Frame ["process"];
    /// Whether a process speaks HTTP, TLS or something else was told by its port.
    HTTP_BY_PORT = "http-by-port" Matters ["process", "port", "speaks"];
    /// An annotation or filter that acts on requests and is not simulated.
    ROUTE_UNREAD = "route-unread" Matters ["object", "field"];
    /// A certificate was taken to be one that the client trusts.
    CERTIFICATE = "certificate" Frame ["host"];
    /// Nothing shows the network plugin.
    CNI = "cni" Frame ["cni"];
    /// The input has NetworkPolicies and shows no plugin: one that enforces them was assumed.
    CNI_FOR_POLICIES = "cni-for-policies" Frame ["cni"];
    /// The input has a network plugin whose data path another's stands in for.
    CNI_SIMULATED_AS = "cni-simulated-as" Matters ["cni", "simulated"];
    /// A network plugin was asked for, or assumed for the input's policies, that is not simulated.
    CNI_STANDS_IN = "cni-stands-in" Matters ["cni", "simulated"];
    /// The CNI configuration chains a plugin that is not simulated.
    CNI_CHAINED = "cni-chained" Matters ["plugin"];
    /// No IP pool of Calico is in the input, or none of this data path: one over the whole Pod network, as its install files make it.
    CALICO_POOL = "calico-pool" Frame ["cni"];
    /// A pool of Calico's is for some nodes only; addresses that the input does not give are handed out without regard to it.
    CALICO_POOL_NODES = "calico-pool-nodes" Frame ["pool", "selector"];
    /// Calico's data path in the kernel is another than iptables', which stands in for it.
    CALICO_DATA_PLANE = "calico-data-plane" Matters ["plane"];
    /// kube-proxy runs in a mode that is not simulated, or something else does its work.
    PROXY_MODE_STANDS_IN = "proxy-mode-stands-in" Matters ["mode", "simulated"];
    /// The network plugin does kube-proxy's work itself, which is not simulated.
    PROXY_REPLACED = "proxy-replaced" Matters ["by", "simulated"];
    /// The Service network, inferred from given ClusterIPs or from the distribution.
    SERVICE_RANGE = "service-range" Frame ["range"];
    /// The Pod network, likewise.
    POD_RANGE = "pod-range" Frame ["range"];
    /// Pods' addresses are not of their Nodes' `podCIDR`: the plugin has ranges of its own.
    OWN_RANGES = "own-ranges" Frame ["cni"];
    /// Version not in the input.
    VERSION = "version" Frame ["version"];
    /// Services of the control plane were assumed.
    SYSTEM_SERVICES = "system-services" Frame ["names"];
    /// Pods of CoreDNS were assumed.
    COREDNS = "coredns" Frame [];
    /// The input is a whole cluster that names no DNS: `kube-dns` and CoreDNS were assumed for questions by name.
    DNS_ASSUMED = "dns-assumed" Matters [];
    /// The cluster has IPv6 only; it is simulated with IPv4.
    IPV6_CLUSTER = "ipv6-cluster" NotModelled [];
    /// MetalLB gives a Service an address out of its pool; its controller is taken to run.
    LOAD_BALANCER_BY_POOL = "load-balancer-by-pool" Matters ["service", "ip"];
    /// MetalLB's speakers answer on some devices only, and the nodes' uplink was taken to be one of them.
    L2_INTERFACES = "l2-interfaces" Frame ["interfaces"];
    /// MetalLB is said to be there, without a pool: the last addresses of the nodes' segment were taken for one.
    LOAD_BALANCER_BY_METALLB = "load-balancer-by-metallb" Matters ["service", "ip"];
    /// A cloud's load balancer is said to be there: its address, and how it sends packets on, were taken.
    LOAD_BALANCER_BY_CLOUD = "load-balancer-by-cloud" Matters ["service", "ip"];
    /// A Service's load balancer ends connections (`ipMode: Proxy`): a machine with its address was assumed, which opens its own to a node.
    LOAD_BALANCER_PROXY = "load-balancer-proxy" Matters ["service", "ip"];
    /// A Service's load balancer is told to say whose connections it carries on: a machine with its address was assumed, which opens its own
    /// to a node and says so first (the PROXY protocol).
    LOAD_BALANCER_ANNOUNCES = "load-balancer-announces" Matters ["service", "ip"];
    /// ServiceLB gives a Service the addresses of nodes; its Pods are taken to run.
    LOAD_BALANCER_BY_NODES = "load-balancer-by-nodes" Matters ["service", "ips"];
    /// No router of the input has the address that MetalLB's speakers are told to speak BGP to: all routers were taken to be it.
    BGP_PEER = "bgp-peer" Matters ["peer", "ip"];
    /// A node without `podCIDR` got one.
    POD_CIDR = "pod-cidr" Frame ["node", "cidr"];
    /// A node without InternalIP got one.
    NODE_ADDRESS = "node-address" Frame ["node", "ip"];
    /// A workload's replicas were cut to a limit.
    REPLICAS_CUT = "replicas-cut" Matters ["object", "asked", "made"];

    /// The object has a mistake for which kubectl refuses it; it was read as what was probably meant.
    READ_AS_MEANT = "read-as-meant" Matters ["object"];

    /// A port number is still to be filled in; another stands in for it.
    PORT_STANDS_IN = "port-stands-in" Matters ["object", "placeholder", "value"];

    // ---- who listens ----

    /// Nothing is known of a container; it is taken to listen on the target port of a Service.
    LISTENER_BY_SERVICE = "listener-by-service" Matters ["pod", "port"];
    /// Nothing is known of a container; it is taken to listen where an EndpointSlice or Endpoints object of the input leads.
    LISTENER_BY_ENDPOINT = "listener-by-endpoint" Matters ["pod", "port"];
    /// Only a probe of kubelet's says that a container listens on a port: it is taken to pass.
    LISTENER_BY_PROBE = "listener-by-probe" Matters ["pod", "port", "probe"];
    /// A container is taken to listen on its image's usual ports, and on no other.
    LISTENER_BY_IMAGE = "listener-by-image" Matters ["pod", "image", "ports"];
    /// A container is taken to listen where the program of its command line does when nothing else is said.
    LISTENER_BY_PROGRAM = "listener-by-program" Matters ["pod", "program", "port", "address"];
    /// A Pod is taken to listen on no port that is not declared or named elsewhere in the input.
    ONLY_DECLARED_PORTS = "only-declared-ports" Matters ["pod", "ports"];
    /// A declared port is taken not to be listened on, because a variable names another.
    LISTENER_BY_VARIABLE = "listener-by-variable" Matters ["pod", "port", "variable"];

    /// A slice or Endpoints object names an address that nobody in the input has: a machine with it was assumed on that segment, which
    /// listens on the ports named with it.
    ENDPOINT_HOST = "endpoint-host" Matters ["ip", "ports", "object"];
    /// More such addresses than machines are made for.
    ENDPOINT_HOSTS_CUT = "endpoint-hosts-cut" NotModelled ["count", "made"];
    /// A slice or Endpoints object names IPv6 addresses that nobody in the input has; no machine was made for them.
    ENDPOINT_IPV6 = "endpoint-ipv6" Frame ["count", "ip", "object"];

    /// The plugin `portmap` serves `hostPort`: no CNI configuration in the input says so.
    HOST_PORT = "host-port" Frame [];
    /// A Pod's frames come back to it by its own bridge port: no CNI configuration in the input says so.
    HAIRPIN = "hairpin" Matters ["node"];

    /// Two containers of the Pod want this port; the first was taken to have it. The second fails and restarts, and the Pod with it is
    /// not ready for most of the time.
    PORT_SHARED_IN_POD = "port-shared-in-pod" Matters ["pod", "port", "first", "second"];

    // ---- what is in the input, acts on traffic, and is not simulated ----

    /// A NetworkPolicy selects the Pod; policies are not enforced here.
    POLICY_NOT_SIMULATED = "policy-not-simulated" NotModelled ["pod", "policy"];
    /// Policies select the Pod, and by what they say they let the connection pass; whoever enforces them does so by no rules that are simulated.
    POLICY_BY_MEANING = "policy-by-meaning" Matters ["pod", "policy"];
    /// Policies select the Pod, and by what they say they stop the connection; whoever enforces them does so by no rules that are simulated.
    POLICY_DENIES_BY_MEANING = "policy-denies-by-meaning" NotModelled ["pod", "policy"];
    /// A policy selects the Pod, and nothing in the cluster enforces policies.
    POLICY_NO_EFFECT = "policy-no-effect" Frame ["pod", "policy", "cni"];
    /// A container of the Pod is a proxy that takes its traffic (a mesh's sidecar).
    SIDECAR_NOT_SIMULATED = "sidecar-not-simulated" NotModelled ["pod", "container"];
    /// Labels or annotations ask a mesh for a proxy beside the Pod's containers: its webhook was taken to have added it, with its usual rules.
    SIDECAR_INJECTED = "sidecar-injected" Matters ["pod", "mesh"];
    /// A mesh's proxy stands beside the Pod's containers, and nothing that writes its rules: its usual ones were taken.
    SIDECAR_RULES = "sidecar-rules" Matters ["pod", "mesh"];
    /// A mesh's proxy carried the connection on as Services alone say: routes, retries and mutual TLS of the mesh are not simulated.
    SIDECAR_ROUTES = "sidecar-routes" Matters ["pod", "mesh"];
    /// An object of a service mesh or gateway names this Service as a host.
    MESH_NOT_SIMULATED = "mesh-not-simulated" NotModelled ["object", "service"];
    /// An Ingress (or Route, Gateway route) takes this host to a Service; controllers are not simulated.
    INGRESS_NOT_SIMULATED = "ingress-not-simulated" NotModelled ["object", "host", "service"];

    /// A part of the Scenario is not simulated.
    SCENARIO_PART = "scenario-part" NotModelled ["part"];
    /// Something that was seen of a real machine is not understood, and was left aside.
    MACHINE_UNREAD = "machine-unread" Matters ["machine", "count", "first"];


    // ---- on the way ----

    /// A rule uses a match that is not modelled; it was taken as not matching.
    UNMODELLED_MATCH = "unmodelled-match" Matters ["module"];
    /// A rule uses a target that is not modelled; it was passed over.
    UNMODELLED_TARGET = "unmodelled-target" Matters ["target"];
    /// Rules saw fragments one by one; those without ports were taken to fare as the first.
    PIECES = "pieces" Matters [];
    /// A rule matches below a rate only; one packet was taken as below it.
    WITHIN_LIMIT = "within-limit" Frame [];
    /// What lies beyond the gateway is not simulated.
    BEYOND_GATEWAY = "beyond-gateway" NotModelled ["ip"];
    /// The node that a host outside has routes by is on another segment: the router there was taken to have these routes by it.
    VIA_ROUTER = "via-router" Matters ["node"];
    /// What leads packets from outside for a load balancer's address to a node is not in the input: this node was taken.
    LOAD_BALANCER = "load-balancer" Matters ["ip", "service", "node"];
    /// A client outside calls the node port of a Service on one of the nodes; any other would do.
    NODE_PORT = "node-port" Frame ["service", "port", "node"];
    /// A client outside calls the node port of a Service on one of the nodes, and `externalTrafficPolicy: Local` makes nodes differ.
    NODE_PORT_LOCAL = "node-port-local" Matters ["service", "port", "node"];
    /// There is an IPv6 address only; IPv6 is not traced.
    IPV6 = "ipv6" NotModelled ["ip"];
    /// The nodes' `resolv.conf` is not in the input: they were taken to ask this address.
    NODE_RESOLVER = "node-resolver" Frame ["ip"];
    /// Nodes were taken to be known by name, in hosts files or to the nodes' resolver.
    NODE_NAMES = "node-names" Matters ["name"];
    /// A name that reads as one of the cluster's was asked for outside: nobody there was taken to have it.
    NOT_OUTSIDE = "not-outside" Frame ["name"];
    /// Nothing says when a Pod and the Services it is told of were made: the Services were taken to be older.
    SERVICES_FIRST = "services-first" Frame ["pod"];
    /// CoreDNS is told to use plugins that are not simulated.
    COREFILE_PLUGINS = "corefile-plugins" Matters ["plugins"];
    /// Pods ask a cache on their node (NodeLocal DNSCache), which is not simulated.
    NODE_CACHE = "node-cache" NotModelled ["ip"];
    /// The cache on a node was taken to know nothing yet, and to ask the DNS Service behind it, for every name, by datagrams.
    NODE_CACHE_EMPTY = "node-cache-empty" Frame ["ip"];
    /// The name is outside the cluster's zone and no upstream name server is simulated.
    UPSTREAM_DNS = "upstream-dns" NotModelled ["name"];
}
