//! All codes there are, so that every one has its words in every locale and its help page.
//!
//! A code never changes its meaning. The message `diag-{code}` may use the arguments listed with the code (all of them
//! are always there), hints `hint-{code}` use the arguments of the finding they stand under.
//!
//! Arguments that name a type are one of the tokens `string`, `integer`, `number`, `boolean`, `list`, `object`, `null`,
//! `int-or-string`; `path` is a field path such as `spec.ports[0].port`.

pub use super::hints::*;
use super::{Diagnostic, Severity};
use crate::origin::Span;

/// What is fixed about a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodeInfo {
    /// Stable kebab-case word.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// Names of the arguments every finding with this code carries.
    pub args: &'static [&'static str],
}

impl CodeInfo {
    /// A finding with this code, still without its arguments.
    pub fn at(&self, span: Span) -> Diagnostic {
        Diagnostic::new(self.severity, self.code, span)
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal $severity:ident [$($arg:literal),*];)*) => {
        $($(#[$doc])* pub const $name: CodeInfo =
            CodeInfo { code: $code, severity: Severity::$severity, args: &[$($arg),*] };)*

        /// Every code, in the order of the phases that report them.
        pub const ALL: &[CodeInfo] = &[$($name),*];
    };
}

codes! {
    // ---- manifest: the texts as a whole ----

    /// The texts hold no document at all.
    EMPTY_INPUT = "empty-input" Warning [];
    /// More bytes than the limit; this text and those behind it were not read.
    INPUT_TOO_LARGE = "input-too-large" Error ["limit"];
    /// More documents than the limit; the rest was not read.
    TOO_MANY_DOCUMENTS = "too-many-documents" Error ["limit"];

    /// A text in an encoding that is none of Unicode's, at the first byte that is no character; it was not read.
    NOT_UNICODE = "not-unicode" Error ["file"];

    // ---- manifest: YAML and JSON ----

    /// Not YAML, in a way that has no code of its own. `problem` is a kebab-case word for the grammar rule.
    YAML_SYNTAX = "yaml-syntax" Error ["problem"];
    /// A line that begins with `---` and is no separator: kubectl takes nothing behind the dashes.
    YAML_BAD_SEPARATOR = "yaml-bad-separator" Error ["found"];
    /// A directive such as `%YAML 1.2`, which kubectl does not take.
    YAML_DIRECTIVE = "yaml-directive" Error [];
    /// A tab where YAML wants spaces.
    YAML_TAB = "yaml-tab" Error [];
    /// A line does not stand under the lines before it.
    YAML_INDENT = "yaml-indent" Error [];
    /// A dash without the space behind it.
    YAML_DASH_SPACE = "yaml-dash-space" Error [];
    /// A line that was pasted with a manifest and is none of it: a fence, a prompt with its command.
    PASTED_AROUND = "pasted-around" Error ["found"];
    /// `---` with blanks before it separates nothing.
    YAML_SEPARATOR_INDENT = "yaml-separator-indent" Error [];
    /// A key without a colon (or without the space behind it).
    YAML_MISSING_COLON = "yaml-missing-colon" Error [];
    /// A second `key: value` on one line; often a value with a colon in it.
    YAML_NESTED_COLON = "yaml-nested-colon" Error [];
    /// A quote that is never closed.
    YAML_UNCLOSED_QUOTE = "yaml-unclosed-quote" Error ["quote"];
    /// Text behind a closing quote.
    YAML_AFTER_QUOTE = "yaml-after-quote" Error [];
    /// A bracket or brace that is never closed, or closed by the wrong one.
    YAML_UNCLOSED_BRACKET = "yaml-unclosed-bracket" Error ["bracket"];
    /// A backslash sequence that double quotes do not know.
    YAML_BAD_ESCAPE = "yaml-bad-escape" Error [];
    /// A character that cannot start a value; often a value that needs quotes.
    YAML_BAD_CHARACTER = "yaml-bad-character" Error ["character"];
    /// `*name` without a `&name` before it.
    YAML_UNKNOWN_ANCHOR = "yaml-unknown-anchor" Error ["name"];
    /// An alias inside the value it stands for.
    YAML_ALIAS_LOOP = "yaml-alias-loop" Error [];
    /// A key given twice in one mapping, the later of which counts; `line` is that of the first.
    YAML_DUPLICATE_KEY = "yaml-duplicate-key" Warning ["key", "line"];
    /// A key that is not a scalar.
    YAML_COMPLEX_KEY = "yaml-complex-key" Error [];
    /// `<<` with something other than a mapping or a list of mappings.
    YAML_BAD_MERGE = "yaml-bad-merge" Error ["found"];
    /// A tag such as `!!int` on a value that does not fit it.
    YAML_BAD_TAG = "yaml-bad-tag" Error ["tag", "value"];
    /// Nested deeper than the limit.
    TOO_DEEP = "too-deep" Error ["limit"];
    /// More values than the limit, counting aliases each time they are used.
    TOO_MANY_VALUES = "too-many-values" Error ["limit"];
    /// Not JSON: `expected` is a kebab-case word, `found` the character there or `end`.
    JSON_SYNTAX = "json-syntax" Error ["expected", "found"];

    // ---- manifest: from documents to objects ----

    /// A document that is a list or a lone value.
    NOT_AN_OBJECT = "not-an-object" Error ["found"];
    /// An object without `kind`.
    MISSING_KIND = "missing-kind" Error [];
    /// An object without `apiVersion`.
    MISSING_API_VERSION = "missing-api-version" Error ["kind"];
    /// A template of that `engine` that was not rendered; one for each chart, else for each text.
    UNRENDERED_TEMPLATE = "unrendered-template" Warning ["engine"];
    /// A value that somebody still has to fill in; one for each text.
    PLACEHOLDER = "placeholder" Warning ["placeholder"];
    /// A port number that somebody still has to fill in; `value` stands in for it.
    PLACEHOLDER_PORT = "placeholder-port" Warning ["placeholder", "value"];
    /// A table that kubectl printed; `command` prints its objects as YAML.
    PASTED_TABLE = "pasted-table" Error ["kind", "command"];
    /// What `kubectl describe` printed; `command` prints the object as YAML.
    PASTED_DESCRIPTION = "pasted-description" Error ["kind", "name", "command"];
    /// A part of an object, as one shows it in a text: `kind` is what it most likely is, or `object`.
    FRAGMENT = "fragment" Error ["kind"];
    /// A variable of a Compose file that no `.env` file beside it sets: nothing is taken for it, as Compose does.
    COMPOSE_VARIABLE = "compose-variable" Warning ["name"];
    /// A variable without which Compose refuses the file; `found` is its name and what is said then.
    COMPOSE_REQUIRED = "compose-required" Error ["found"];
    /// A `$` in a Compose file that begins no variable: Compose refuses the file.
    COMPOSE_INTERPOLATION = "compose-interpolation" Error ["found"];
    /// Part of a Compose file, or of a daemon's configuration, that is not followed.
    COMPOSE_NOT_FOLLOWED = "compose-not-followed" Warning ["path"];
    /// Of several files of a folder that Compose looks for it takes the preferred one.
    COMPOSE_SECOND_FILE = "compose-second-file" Warning ["file", "used"];
    /// A service that starts only where one of its profiles is on.
    COMPOSE_PROFILE = "compose-profile" Info ["service", "profiles"];
    /// A service names another that the project does not have.
    COMPOSE_UNKNOWN_SERVICE = "compose-unknown-service" Error ["path", "service"];
    /// A service names a network that the project does not have.
    COMPOSE_UNKNOWN_NETWORK = "compose-unknown-network" Error ["service", "network"];
    /// A network that no service is on: Compose does not make it.
    COMPOSE_UNUSED_NETWORK = "compose-unused-network" Info ["network"];
    /// A file that `include` or `extends` names and that is not in the input.
    COMPOSE_FILE_MISSING = "compose-file-missing" Error ["path", "file"];
    /// `include` or `extends` leads back to where it came from.
    COMPOSE_CIRCLE = "compose-circle" Error ["path", "file"];
    /// What `include` brings is in the file already, in another way.
    COMPOSE_TWICE = "compose-twice" Error ["path", "part"];
    /// A container that `external_links` names and that is not in the input.
    COMPOSE_EXTERNAL_LINK = "compose-external-link" Warning ["service", "container"];
    /// Services that each need the other.
    COMPOSE_CYCLE = "compose-cycle" Error ["service", "other"];
    /// A container that is joined by its name: Compose does not wait for the service that makes it.
    COMPOSE_NOT_ORDERED = "compose-not-ordered" Warning ["service", "mode", "other"];
    /// `network_mode` beside `networks`: Compose refuses the file.
    COMPOSE_MODE_AND_NETWORKS = "compose-mode-and-networks" Error ["service", "mode"];
    /// `container_name` of a service with several containers.
    COMPOSE_NAME_AND_SCALE = "compose-name-and-scale" Error ["service", "name"];
    /// A port that is written in no way that Compose knows.
    COMPOSE_PORT = "compose-port" Error ["path", "value"];
    /// A service whose containers are recorded, so that the file makes none.
    COMPOSE_RECORDED = "compose-recorded" Info ["service"];
    /// A recorded container that does not run.
    DOCKER_STOPPED = "docker-stopped" Info ["container", "status"];
    /// ip-masq-agent is told a range that it does not take.
    MASQ_AGENT_RANGE = "masq-agent-range" Warning ["value"];
    /// An init container runs when a mesh's rules are there and its proxy is not: it has no network.
    SIDECAR_INIT = "sidecar-init" Warning ["pod", "container", "mesh"];
    /// A Pod was made without the proxy that labels or annotations ask a mesh for now.
    SIDECAR_MISSING = "sidecar-missing" Info ["pod", "mesh"];
    /// A network of a driver that is not simulated.
    DOCKER_DRIVER = "docker-driver" Warning ["network", "driver"];
    /// Something of IPv6: left out.
    DOCKER_IPV6 = "docker-ipv6" Info ["path"];
    /// A value that the engine refuses.
    DOCKER_OPTION = "docker-option" Error ["path", "value"];
    /// A subnet over another one: the engine does not make the network.
    DOCKER_SUBNET_TAKEN = "docker-subnet-taken" Error ["network", "subnet", "other"];
    /// The engine's address pools are used up.
    DOCKER_NO_SUBNET = "docker-no-subnet" Error ["network"];
    /// A subnet is used up.
    DOCKER_NO_ADDRESS = "docker-no-address" Error ["service", "network"];
    /// An address that is not of its network.
    DOCKER_ADDRESS_OUTSIDE = "docker-address-outside" Error ["path", "address", "subnet"];
    /// An address that another container has: the second does not start.
    DOCKER_ADDRESS_TAKEN = "docker-address-taken" Error ["service", "address", "other"];
    /// A name that another container has.
    DOCKER_NAME_TAKEN = "docker-name-taken" Error ["service", "name", "other"];
    /// The container whose namespace it shares does not run.
    DOCKER_NO_START = "docker-no-start" Error ["service", "other"];
    /// A port of the host that is taken already: the second container does not start.
    DOCKER_PORT_TAKEN = "docker-port-taken" Error ["service", "path", "port", "container", "other"];
    /// A port of the host that kind maps to a node is another's already: kind makes no cluster.
    KIND_PORT_TAKEN = "kind-port-taken" Error ["path", "port", "node", "other"];
    /// A port that kind maps leads to a port of a node on which nothing is.
    KIND_PORT_NOWHERE = "kind-port-nowhere" Warning ["path", "port", "host_port", "node"];
    /// A port that is not published: `how` is `host`, `none`, `container` or `internal`.
    DOCKER_PORT_UNPUBLISHED = "docker-port-unpublished" Warning ["service", "path", "how"];
    /// The default bridge resolves no names.
    DOCKER_NO_NAMES = "docker-no-names" Warning ["service", "other"];
    /// A service depends on one that it shares no network with.
    DOCKER_DEPENDS_ON = "docker-depends-on" Info ["service", "other"];
    /// A rule in INPUT for a published port, which never comes there.
    DOCKER_INPUT_RULE = "docker-input-rule" Warning ["rule", "port", "service", "inner"];
    /// A rule in DOCKER-USER for a host's port, where packets have the container's.
    DOCKER_USER_PORT = "docker-user-port" Warning ["rule", "port", "service", "inner"];
    /// Forwarding is off on a host whose engine does not turn it on, and makes no network without.
    DOCKER_FORWARDING_OFF = "docker-forwarding-off" Warning ["host", "version"];
    /// Containers or networks of one host, or hosts, are too many.
    DOCKER_TOO_MANY = "docker-too-many" Error ["limit"];
    /// Published ports of one host are too many.
    DOCKER_TOO_MANY_PORTS = "docker-too-many-ports" Error ["service", "limit"];
    /// A kustomization or a Helm values or chart file: `kind` is `kustomization`, `helm-chart` or `helm-values`.
    TOOL_FILE = "tool-file" Warning ["kind"];
    /// A kustomization was rendered: what is in `folder` came to `count` objects.
    KUSTOMIZE_APPLIED = "kustomize-applied" Info ["folder", "count"];
    /// Several kustomizations are alternatives of each other; `folder` was rendered, `others` (separated by commas) were not.
    KUSTOMIZE_CHOSEN = "kustomize-chosen" Warning ["folder", "others"];
    /// Files below a kustomization's folder that it does not name; they were not read.
    KUSTOMIZE_NOT_LISTED = "kustomize-not-listed" Info ["folder", "count", "files"];
    /// A file or folder that a kustomization names is not in the input, or is no kustomization of the kind that is wanted.
    KUSTOMIZE_MISSING = "kustomize-missing" Error ["path"];
    /// Something that lies on another machine; it is never fetched.
    KUSTOMIZE_REMOTE = "kustomize-remote" Warning ["path"];
    /// A kustomization that includes itself, or too many of them in each other.
    KUSTOMIZE_LOOP = "kustomize-loop" Error ["path"];
    /// The same object comes from two of a kustomization's resources; the first is used.
    KUSTOMIZE_TWICE = "kustomize-twice" Error ["object"];
    /// A patch named by its path alone, as kustomize once took it; kubectl refuses the whole kustomization.
    KUSTOMIZE_OLD_PATCH = "kustomize-old-patch" Error ["path"];
    /// A patch, generator or replica count for an object that is not there; kubectl refuses the whole kustomization.
    KUSTOMIZE_NO_TARGET = "kustomize-no-target" Error ["target"];
    /// The target of a patch selects no object.
    KUSTOMIZE_SELECTS_NOTHING = "kustomize-selects-nothing" Warning ["target"];
    /// An operation of a JSON patch that cannot be done; `reason`: `test`, `missing`, `index`, `operation`, `value` or `scalar`.
    KUSTOMIZE_PATCH_FAILED = "kustomize-patch-failed" Error ["op", "path", "reason", "object"];
    /// A replacement, variable or selector without effect; `reason`: `source`, `field`, `target`, `pattern` or `delimiter`.
    KUSTOMIZE_REPLACEMENT = "kustomize-replacement" Error ["what", "reason"];
    /// A part of a kustomization that was not applied; `reason`: `helm`, `plugin`, `schema`, `content`, `secret` or `hash`.
    KUSTOMIZE_NOT_APPLIED = "kustomize-not-applied" Warning ["what", "reason"];
    /// Files of a folder that are no manifests, such as workflows and values; `files` names the first of them.
    OTHER_FILES = "other-files" Info ["count", "files"];
    /// Entries of a list that are parts of one: a dash begins each of them.
    CUT_LIST_ITEM = "cut-list-item" Error ["path", "keys"];
    /// A list of mappings where one mapping is wanted.
    LIST_FOR_MAP = "list-for-map" Error ["path"];
    /// `matchLabels` in the selector of a Service, which is a plain mapping of labels.
    SELECTOR_TOO_DEEP = "selector-too-deep" Error ["kind", "path"];
    /// Labels in the selector of a workload without `matchLabels` around them.
    SELECTOR_TOO_FLAT = "selector-too-flat" Error ["kind", "path"];
    /// A field that belongs under `belongs`, and without which the object is refused.
    MISPLACED_FIELD = "misplaced-field" Error ["path", "field", "belongs"];
    /// A field that is needed, spelled otherwise; `suggestion` is its name.
    MISSPELT_FIELD = "misspelt-field" Error ["path", "field", "suggestion"];
    /// A required parameter of an OpenShift Template without a value.
    TEMPLATE_PARAMETER = "template-parameter" Warning ["name"];
    /// Neither `metadata.name` nor `metadata.generateName`.
    MISSING_NAME = "missing-name" Error ["kind"];
    /// A field of the wrong type.
    WRONG_TYPE = "wrong-type" Error ["path", "found", "value", "expected"];
    /// A number that does not fit its field.
    OUT_OF_RANGE = "out-of-range" Error ["path", "value"];
    /// A field that its object does not have; `path` is its own.
    UNKNOWN_FIELD = "unknown-field" Warning ["path", "field"];
    /// A known kind in an API group or version that never had it.
    WRONG_API_VERSION = "wrong-api-version" Error ["kind", "found", "expected"];
    /// A version of the API that clusters no longer serve; read as the current one.
    REMOVED_API_VERSION = "removed-api-version" Warning ["kind", "found", "expected"];
    /// Objects of a kind that takes no part; reported once per kind, at the first of `count`.
    UNUSED_KIND = "unused-kind" Info ["kind", "api_version", "count"];
    /// The same object again; this later one is used. `line` is that of the earlier one, `file` its file.
    DUPLICATE_OBJECT = "duplicate-object" Warning ["object", "file", "line"];
    /// A kind that its API group does not have, but nearly; always with the hint `did-you-mean`.
    UNKNOWN_KIND = "unknown-kind" Error ["kind", "api_version"];
    /// So many more findings were not kept.
    MORE_FINDINGS = "more-findings" Info ["count"];

    // ---- cluster ----

    /// A required field is missing.
    MISSING_FIELD = "missing-field" Error ["path"];
    /// Not an address.
    INVALID_IP = "invalid-ip" Error ["path", "value"];
    /// Not a CIDR.
    INVALID_CIDR = "invalid-cidr" Error ["path", "value"];
    /// Not a port number from 1 to 65535.
    INVALID_PORT = "invalid-port" Error ["path", "value"];
    /// Not one of the words the field knows; `expected` lists them, separated by commas.
    INVALID_CHOICE = "invalid-choice" Error ["path", "value", "expected"];
    /// No node can take a Pod; it is left out.
    /// `reason`: `taint`, `selector`, `affinity`, `cordoned`, `pod-affinity`, `pod-anti-affinity`, `host-port` or `spread`, with `what` of it is unmet at
    /// `nodes`; `count` Pods of one workload.
    POD_PENDING = "pod-pending" Warning ["pod", "count", "reason", "what", "nodes"];
    /// Two Pods that the input puts on one node ask for the same port of it.
    HOST_PORT_TAKEN = "host-port-taken" Warning ["pod", "port", "node", "other"];
    /// No node takes a DaemonSet's Pods; reason as for Pods.
    DAEMONSET_NO_NODE = "daemonset-no-node" Info ["reason", "what"];
    /// A Pod names a node that does not exist; it is left out.
    UNKNOWN_NODE = "unknown-node" Warning ["pod", "node"];
    /// A workload without Pods. `reason`: `no-replicas`, `suspended`, `no-template` (Rollout) or `at-times` (CronJob).
    MAKES_NO_PODS = "makes-no-pods" Info ["object", "reason"];
    /// A Pod whose status says that it is not ready. `kind`: `unscheduled`, `not-started`, `init-container`, `container`,
    /// `startup-probe`, `readiness-probe`, `readiness-gate` or `condition`; `reason` is the status' own word, or empty.
    POD_NOT_READY = "pod-not-ready" Warning ["pod", "kind", "container", "reason"];
    /// A node's Pod network has no address left; the Pod is left out.
    OUT_OF_ADDRESSES = "out-of-addresses" Warning ["pod", "node"];
    /// An `externalName` that is an address: it is a name of digits for DNS, and no address comes of it.
    EXTERNAL_NAME_ADDRESS = "external-name-address" Warning ["value"];
    /// Ports of a Service of type ExternalName that map one number to another: nothing does.
    EXTERNAL_NAME_PORTS = "external-name-ports" Warning ["port", "target"];
    /// A port of a headless Service that is not its `targetPort`: nobody translates it.
    HEADLESS_PORT = "headless-port" Info ["port", "target"];
    /// kubelet's `clusterDNS` is nobody that answers for names.
    KUBELET_CLUSTER_DNS = "kubelet-cluster-dns" Warning ["address", "service", "own"];
    /// kubelet's `clusterDomain` is no zone of the Corefile.
    KUBELET_CLUSTER_DOMAIN = "kubelet-cluster-domain" Warning ["domain", "zone"];
    /// Pods on their node's own network with `dnsPolicy: ClusterFirst` ask the node's name servers.
    HOST_NETWORK_DNS = "host-network-dns" Info ["object"];
    /// Two lines of `hostAliases` for one name: the first counts.
    HOST_ALIAS_TWICE = "host-alias-twice" Warning ["name", "first", "second"];
    /// Two blocks of a Corefile for the same zone and port: CoreDNS does not start.
    COREFILE_TWICE = "corefile-twice" Warning ["zone", "first"];
    /// A container uses a variable of a Service as the number of a port, and it is a URL.
    SERVICE_VARIABLE_PORT = "service-variable-port" Warning ["used", "name", "value", "service", "object", "container"];
    /// A Service gives a variable a URL that programs read as the number of a port.
    SERVICE_VARIABLE_NAME = "service-variable-name" Info ["name", "value", "service", "objects"];
    /// A plugin or an option of a Corefile that is not simulated.
    COREFILE_UNREAD = "corefile-unread" Info ["name"];
    /// CoreDNS forwards every name to itself.
    COREFILE_LOOP = "corefile-loop" Warning ["server"];
    /// A ClusterIP outside the service network.
    CLUSTER_IP_OUTSIDE = "cluster-ip-outside" Warning ["address", "range"];
    /// A ClusterIP that another Service has.
    CLUSTER_IP_TAKEN = "cluster-ip-taken" Error ["address", "owner"];
    /// A node port outside the range of node ports.
    NODE_PORT_RANGE = "node-port-range" Error ["port", "range"];
    /// A node port that another Service port has.
    NODE_PORT_TAKEN = "node-port-taken" Error ["port", "owner", "range"];
    /// A flag of kubelet that went with a release.
    KUBELET_FLAG_GONE = "kubelet-flag-gone" Error ["path", "flag", "since"];
    /// A Node's address lies in the Pod network.
    NODE_IN_POD_RANGE = "node-in-pod-range" Warning ["node", "address", "range"];
    /// A Pod network of addresses that belong to somebody on the Internet.
    PUBLIC_POD_RANGE = "public-pod-range" Warning ["path", "range"];
    /// A node's Pod network and the Service network share addresses.
    RANGES_OVERLAP = "ranges-overlap" Warning ["range", "services"];
    /// Nothing tells the network of the addresses of a MetalLB pool.
    POOL_NOT_ADVERTISED = "pool-not-advertised" Warning ["pool"];
    /// A Service of type LoadBalancer without an address, and why: `none`, `said`, `pool`, `cloud`, `servicelb` or `servicelb-port`.
    LOAD_BALANCER_PENDING = "load-balancer-pending" Info ["service", "reason"];
    /// A Service asks for IPv6, which the cluster is not set up for.
    IPV6_NOT_CONFIGURED = "ipv6-not-configured" Error ["path", "value"];
    /// A Pod's address that another Pod has.
    POD_IP_TAKEN = "pod-ip-taken" Error ["address", "owner"];
    /// A Pod network that another Node has.
    POD_CIDR_TAKEN = "pod-cidr-taken" Error ["range", "owner"];
    /// A container's image is of a component that its project has retired. `component`: `ingress-nginx` or `weave-net`.
    COMPONENT_RETIRED = "component-retired" Info ["component"];
    /// An Ingress that no controller serves: of its class there is none.
    INGRESS_NOT_SERVED = "ingress-not-served" Warning ["reason", "class", "classes"];
    /// A path of type Exact or Prefix that reads like a pattern: it is compared as it stands.
    INGRESS_PATTERN = "ingress-pattern" Warning ["path", "kind"];
    /// Two Ingresses with the same host and path: the older one is served.
    INGRESS_TWICE = "ingress-twice" Warning ["host", "path", "other"];
    /// A backend's Service does not exist in the Ingress' namespace.
    INGRESS_NO_SERVICE = "ingress-no-service" Warning ["service"];
    /// A backend's Service has no such port.
    INGRESS_NO_PORT = "ingress-no-port" Warning ["service", "port", "ports"];
    /// A Gateway that a route names does not take it.
    ROUTE_NOT_TAKEN = "route-not-taken" Warning ["gateway", "reason"];
    /// A backend of a route leads nowhere.
    ROUTE_BACKEND = "route-backend" Warning ["service", "reason"];
    /// A host of `tls` that no rule has.
    INGRESS_TLS_HOST = "ingress-tls-host" Warning ["host", "hosts"];
    /// A NetworkPolicy's peer that is nobody, or both selectors and a range (`why`: `none`, `both`).
    POLICY_PEER = "policy-peer" Error ["path", "why"];
    /// A part that is taken out of a range and is none of it.
    POLICY_EXCEPT = "policy-except" Error ["path", "value", "cidr"];
    /// A policy that selects no Pod.
    POLICY_SELECTS_NOTHING = "policy-selects-nothing" Warning ["namespace", "selector"];
    /// A peer that nobody is (`what`: `namespace`, `pod`).
    POLICY_PEER_NOBODY = "policy-peer-nobody" Warning ["path", "what", "selector"];
    /// A port by a name that no container of a Pod that may be meant declares.
    POLICY_PORT_NAME = "policy-port-name" Warning ["path", "name"];
    /// Pods that may not send to anybody but by rules, and no rule lets them ask a name server.
    POLICY_NO_DNS = "policy-no-dns" Warning ["pods"];
    /// A range of addresses that are Pods' or Services' (`what`: `pods`, `services`).
    POLICY_RANGE = "policy-range" Warning ["path", "value", "what"];
    /// A selector in Calico's language that cannot be read, at the character `column` of it (`what`: a word of `policy::What`).
    POLICY_SELECTOR = "policy-selector" Error ["path", "column", "what", "value"];
    /// A field of a policy that is not simulated, and so the policy is not.
    POLICY_NOT_READ = "policy-not-read" Warning ["path"];
    /// A policy of a tier of which nothing is known.
    POLICY_TIER = "policy-tier" Warning ["tier"];
    /// Nothing enforces a policy.
    POLICY_UNENFORCED = "policy-unenforced" Warning ["cni"];
    /// A selector that no Pod has all labels of.
    SELECTS_NOTHING = "selects-nothing" Warning ["selector"];
    /// A selector that finds Pods, none of which is ready; `count` of them, the first and its obstacle as in [`POD_NOT_READY`], or
    /// `ended`.
    NO_READY_ENDPOINT = "no-ready-endpoint" Warning ["selector", "count", "pod", "kind", "container", "reason"];
    /// `service.kubernetes.io/topology-mode: Auto` without effect. `reason`: `node` (no zone or CPUs known of `node`), `zones`,
    /// `endpoints`, `overload` or `endpoint-zone`.
    HINTS_NOT_ALLOCATED = "hints-not-allocated" Warning ["reason", "node"];
    /// A StatefulSet whose `serviceName` gives its Pods no names. `reason`: `missing` (no such Service) or `selects-others`.
    SERVICE_NAME = "service-name" Warning ["service", "reason", "pod"];
    /// A named target port that a selected Pod does not have.
    TARGET_PORT_NAME = "target-port-name" Warning ["name", "pod"];
    /// A target port that no selected Pod declares, while they declare others.
    TARGET_PORT_NOT_DECLARED = "target-port-not-declared" Warning ["port", "declared"];
    /// A Scenario names a node that is not there.
    SCENARIO_NODE = "scenario-node" Warning ["node"];
    /// A Scenario gives a node a sysctl that is not simulated.
    SCENARIO_SYSCTL = "scenario-sysctl" Warning ["name", "node"];
    /// A Scenario gives a node rules that cannot be read.
    SCENARIO_RULES = "scenario-rules" Warning ["rule", "reason", "node"];

    // ---- agents: what real machines were seen to have ----

    /// Rules that should be there are not. `who` writes them, `expected` is the object that the first is for, or `none`.
    MACHINE_RULES_MISSING = "machine-rules-missing" Warning ["machine", "who", "count", "first", "expected"];
    /// Rules that nothing in the input asks for; `who` seems to have written them.
    MACHINE_RULES_EXTRA = "machine-rules-extra" Info ["machine", "who", "count", "first", "expected"];
    /// Routes that should be there are not.
    MACHINE_ROUTES_MISSING = "machine-routes-missing" Warning ["machine", "who", "count", "first", "expected"];
    /// Routes that nothing in the input asks for.
    MACHINE_ROUTES_EXTRA = "machine-routes-extra" Info ["machine", "who", "count", "first", "expected"];
    /// A sysctl `who` is not as it has to be: `first` is its value, `expected` the one that is needed.
    MACHINE_SYSCTL = "machine-sysctl" Warning ["machine", "who", "count", "first", "expected"];
    /// Connections are tracked to an address (`who`) that no Pod has any more.
    MACHINE_STALE = "machine-stale" Warning ["machine", "who", "count", "first", "expected"];
    /// Lines of what a tool printed are not understood; they were left aside. `reason` is a kebab-case word, or `none`.
    MACHINE_UNREAD = "machine-unread" Warning ["machine", "tool", "count", "first", "reason"];
    /// An event of a Scenario says more than one thing that happens.
    SCENARIO_EVENT = "scenario-event" Error ["path"];
    /// A Scenario names a Pod, workload or container that is not there.
    SCENARIO_PLACE = "scenario-place" Warning ["place"];
    /// A patch of a Scenario's timeline that makes nothing which an API server takes. `reason`: `size`, `merge`, `text`, `identity`,
    /// `immutable` (then `field` says which), `invalid` (what is wrong is said besides).
    SCENARIO_PATCH = "scenario-patch" Error ["path", "object", "reason", "field"];
    /// A Scenario attaches a machine that is not there.
    SCENARIO_MACHINE = "scenario-machine" Warning ["path", "name"];
    /// A Scenario attaches a machine to a segment that its address is not of.
    SCENARIO_ADDRESS_OUTSIDE = "scenario-address-outside" Warning ["path", "name", "address", "cidr"];
    /// An address of a Scenario that another machine has: the second is not there.
    SCENARIO_ADDRESS_TAKEN = "scenario-address-taken" Error ["path", "address", "other"];
    /// A segment of a Scenario over another one.
    SCENARIO_OVERLAP = "scenario-overlap" Error ["path", "value", "other"];
    /// A next hop that is on none of the machine's segments: the kernel does not take the route.
    SCENARIO_VIA = "scenario-via" Warning ["path", "via"];
    /// A router of a Scenario is on a segment that is not there.
    SCENARIO_SEGMENT = "scenario-segment" Warning ["path", "name"];
    /// A server of the Internet with an address of a segment.
    SCENARIO_INTERNET_INSIDE = "scenario-internet-inside" Warning ["path", "address", "cidr"];
    /// Servers of the Internet, and no router that leads there.
    SCENARIO_NO_INTERNET = "scenario-no-internet" Warning [];
    /// Something of IPv6 in a Scenario: left out.
    SCENARIO_IPV6 = "scenario-ipv6" Info ["path"];
    /// Entries of a list of a Scenario that are too many.
    SCENARIO_TOO_MANY = "scenario-too-many" Error ["path", "limit"];
    /// A declared port that nothing is taken to listen on.
    DECLARED_PORT_UNHEARD = "declared-port-unheard" Warning ["container", "port", "kind", "against"];
    /// A port that a container before it in the Pod has already.
    PORT_CLASH = "port-clash" Warning ["container", "port", "first"];
    /// A `hostPort` that nothing serves: the CNI configuration of the input does not chain the plugin `portmap`.
    HOST_PORT_NOT_SERVED = "host-port-not-served" Warning ["port", "network"];
    /// A kube-proxy mode that is not simulated; iptables mode stands in for it.
    PROXY_MODE_NOT_MODELLED = "proxy-mode-not-modelled" Warning ["mode"];
    /// kube-proxy's rules match a device that is not there, and nft takes none of them.
    PROXY_DEVICE_MISSING = "proxy-device-missing" Warning ["device", "nodes", "version"];
    /// Two Service ports want the same key of a map, and nft takes none of kube-proxy's rules.
    PROXY_KEY_CLASH = "proxy-key-clash" Warning ["map", "nodes", "service"];
    /// A name of the wrong form; `form` is `label`, `label-1035`, `subdomain` or `port-name`.
    INVALID_NAME = "invalid-name" Error ["path", "value", "form"];
    /// A label no object may have: `part` is `key` or `value`, and `value` is that part.
    INVALID_LABEL = "invalid-label" Error ["path", "key", "value", "part"];
    /// More bytes of annotations than an object may have: `size` of `limit`, the most of them, `most`, below `key`.
    ANNOTATIONS_TOO_LARGE = "annotations-too-large" Error ["path", "size", "limit", "key", "most"];
    /// A name longer than its kind may have.
    NAME_TOO_LONG = "name-too-long" Error ["path", "value", "limit"];
    /// A workload's selector does not find the Pods of its own template.
    SELECTOR_MISMATCH = "selector-mismatch" Error ["kind", "selector", "labels"];
    /// A workload's selector without a requirement.
    EMPTY_SELECTOR = "empty-selector" Error ["path"];
    /// `In` and `NotIn` without values, `Exists` and `DoesNotExist` with some.
    SELECTOR_VALUES = "selector-values" Error ["path", "operator"];
    /// A probe with no handler, or with several: `count`.
    PROBE_HANDLER = "probe-handler" Error ["path", "count"];
    /// A Pod on the node's network whose `hostPort` is not its `containerPort`.
    HOST_PORT_DIFFERS = "host-port-differs" Error ["path", "value", "port"];
    /// A mount of a volume the Pod does not have.
    UNKNOWN_VOLUME = "unknown-volume" Error ["path", "name"];
    /// Not a schedule.
    CRON_SCHEDULE = "cron-schedule" Error ["value"];
    /// A port that another container of the Pod listens on.
    PORT_TAKEN_IN_POD = "port-taken-in-pod" Warning ["port", "protocol", "first", "container"];
    /// A port name that another container of the Pod has.
    PORT_NAME_REPEATED = "port-name-repeated" Warning ["name", "first", "container"];
    /// One of several ports has no name.
    PORT_NAME_MISSING = "port-name-missing" Error ["path"];
    /// A value that may stand once in its list; `first` is the path of the earlier one.
    DUPLICATE_VALUE = "duplicate-value" Error ["path", "value", "first"];
    /// A field that only goes with something else: `load-balancer`, `load-balancer-local`, `external`, `node-port`, `cluster-ip`,
    /// `client-ip`, `not-external-name`, `ingress-ip`, `not-init-container`, `port-number`, `protocol-ports`,
    /// `protocol-icmp`.
    FIELD_ONLY_WITH = "field-only-with" Error ["path", "only"];
    /// A field without effect, because of `headless`, `external-name`, `not-external-name`, `not-load-balancer`, `policy-types` or
    /// `types`.
    FIELD_IGNORED = "field-ignored" Warning ["path", "because"];
    /// An address that is no host's: `unspecified`, `loopback`, `link-local`, `link-local-multicast`.
    SPECIAL_ADDRESS = "special-address" Error ["path", "value", "kind"];
    /// A port of the cluster itself.
    RESERVED_PORT = "reserved-port" Error ["path", "value"];
    /// `clusterIPs` begins with another address than `clusterIP`.
    CLUSTER_IPS_DIFFER = "cluster-ips-differ" Error ["value", "expected"];
    /// A value that does not go with others in its list.
    NOT_ALONE = "not-alone" Error ["path", "value"];
    /// An address of another family than the field `by` says.
    OTHER_FAMILY = "other-family" Error ["path", "value", "expected", "by"];
    /// Two families without a policy that asks for them.
    IP_FAMILY_POLICY = "ip-family-policy" Error [];
    /// More entries than the API server takes.
    TOO_MANY_ITEMS = "too-many-items" Error ["path", "count", "limit"];
    /// CIDRs that are not one of each family.
    CIDR_PAIR = "cidr-pair" Error ["path", "value"];
    /// An EndpointSlice that belongs to no Service.
    SLICE_WITHOUT_SERVICE = "slice-without-service" Warning ["label"];
    /// An EndpointSlice of a Service that is not there.
    SLICE_OF_NO_SERVICE = "slice-of-no-service" Warning ["service"];
    /// A hint for a zone or node there is none of; `of` is `forZones` or `forNodes`.
    UNKNOWN_HINT = "unknown-hint" Warning ["path", "value", "of", "known"];
    /// A Pod with an address its node's Pod network does not have.
    POD_IP_OUTSIDE = "pod-ip-outside" Warning ["address", "node", "range"];
    /// A version that is none.
    INVALID_VERSION = "invalid-version" Warning ["value", "used"];
    /// A version newer than all that are known.
    VERSION_UNKNOWN = "version-unknown" Warning ["version", "used"];
    /// A version older than those that are simulated.
    VERSION_TOO_OLD = "version-too-old" Warning ["version", "used"];
    /// More Pods than are simulated; the rest is left out.
    TOO_MANY_PODS = "too-many-pods" Warning ["limit"];
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn codes_are_kebab_case_and_unique() {
        let words = || ALL.iter().map(|info| info.code).chain(HINTS.iter().map(|info| info.code));
        for word in words() {
            assert!(word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'), "{word}");
        }
        assert_eq!(ALL.iter().map(|info| info.code).collect::<BTreeSet<_>>().len(), ALL.len());
        assert_eq!(HINTS.iter().map(|info| info.code).collect::<BTreeSet<_>>().len(), HINTS.len());
    }
}
