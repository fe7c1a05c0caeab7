//! All hints there are: what to do about a finding. Words are those of [`super::codes`].

/// What is fixed about a hint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HintInfo {
    /// Stable kebab-case word.
    pub code: &'static str,
    /// Arguments of the finding that the hint's words may use.
    pub args: &'static [&'static str],
}

macro_rules! hints {
    ($($(#[$doc:meta])* $name:ident = $code:literal [$($arg:literal),*];)*) => {
        $($(#[$doc])* pub const $name: &str = $code;)*

        /// Every hint.
        pub const HINTS: &[HintInfo] = &[$(HintInfo { code: $code, args: &[$($arg),*] }),*];
    };
}

hints! {
    /// Look at the line before.
    HINT_LINE_BEFORE = "line-before" [];
    /// Put the value in quotes.
    HINT_QUOTE_VALUE = "quote-value" [];
    /// Put the value in quotes; the value is known.
    HINT_QUOTE_THIS = "quote-this" ["value"];
    /// Begin the entry with a dash: a list is wanted.
    HINT_DASH = "dash" [];
    /// Take the quotes away.
    HINT_UNQUOTE = "unquote" ["value"];
    /// Save the file in UTF-8.
    HINT_SAVE_AS_UNICODE = "save-as-unicode" ["file"];
    /// Write `---` alone on its line.
    HINT_SEPARATOR = "separator" [];
    /// Take the line out.
    HINT_REMOVE_LINE = "remove-line" [];
    /// Write a space behind the dash.
    HINT_DASH_SPACE = "dash-space" [];
    /// Indent with spaces.
    HINT_USE_SPACES = "use-spaces" [];
    /// Line the key up with its neighbours.
    HINT_ALIGN = "align" [];
    /// Write `key: value`, with a space behind the colon.
    HINT_KEY_COLON_SPACE = "key-colon-space" [];
    /// Close the quote.
    HINT_CLOSE_QUOTE = "close-quote" [];
    /// Close the bracket.
    HINT_CLOSE_BRACKET = "close-bracket" [];
    /// Use single quotes, in which a backslash is a backslash.
    HINT_SINGLE_QUOTES = "single-quotes" [];
    /// Write a backslash twice.
    HINT_DOUBLE_BACKSLASH = "double-backslash" [];
    /// Define the anchor before its alias, in the same document.
    HINT_ANCHOR_FIRST = "anchor-first" [];
    /// Remove one of the two.
    HINT_REMOVE_ONE = "remove-one" [];
    /// Give less at once.
    HINT_SPLIT_INPUT = "split-input" [];
    /// Render the chart: `helm template`.
    HINT_HELM_TEMPLATE = "helm-template" [];
    /// Render this chart.
    HINT_HELM_TEMPLATE_CHART = "helm-template-chart" ["name", "folder"];
    /// Build the kustomization: `kubectl kustomize`.
    HINT_KUSTOMIZE = "kustomize" [];
    /// Give the folder of another kustomization to have that one rendered.
    HINT_KUSTOMIZE_CHOOSE = "kustomize-choose" ["others"];
    /// List the file under `resources`, or give it by itself.
    HINT_KUSTOMIZE_GIVE_FILE = "kustomize-give-file" [];
    /// Check the path, and give the folder it lies in, too.
    HINT_KUSTOMIZE_MISSING = "kustomize-missing" ["path"];
    /// Components are listed under `components`, everything else under `resources`.
    HINT_KUSTOMIZE_COMPONENT = "kustomize-component" ["path"];
    /// Render it elsewhere and give the output.
    HINT_KUSTOMIZE_REMOTE = "kustomize-remote" [];
    /// Render it with the tools that are meant for it, and give the output.
    HINT_KUSTOMIZE_KUBECTL = "kustomize-kubectl" [];
    /// Put the variable into a file `.env` beside the Compose file.
    HINT_COMPOSE_ENV = "compose-env" ["name"];
    /// Give the files together, with their folders.
    HINT_COMPOSE_TOGETHER = "compose-together" [];
    /// Name the service, not its container.
    HINT_COMPOSE_SERVICE_MODE = "compose-service-mode" ["other"];
    /// Render the template.
    HINT_RENDER_TEMPLATE = "render-template" ["command"];
    /// Put the real value in its place.
    HINT_FILL_IN = "fill-in" ["placeholder"];
    /// Give what this command prints.
    HINT_GIVE_YAML = "give-yaml" ["command"];
    /// Give the whole object.
    HINT_WHOLE_OBJECT = "whole-object" [];
    /// Add `kind`; the right one is known.
    HINT_ADD_THIS_KIND = "add-this-kind" ["suggestion"];
    /// Add `apiVersion` and `kind`.
    HINT_ADD_KIND = "add-kind" [];
    /// Add `apiVersion`; the right one is known.
    HINT_ADD_API_VERSION = "add-api-version" ["expected"];
    /// A Kubernetes manifest is a mapping.
    HINT_MAPPING = "mapping" [];
    /// Add `metadata.name`.
    HINT_ADD_NAME = "add-name" [];
    /// Write the expected `apiVersion`.
    HINT_USE_API_VERSION = "use-api-version" ["expected"];
    /// Take the dashes away from all but the first line.
    HINT_ONE_DASH = "one-dash" [];
    /// Take the dashes away: a mapping is wanted.
    HINT_NO_DASH = "no-dash" [];
    /// Write the labels directly under `selector`.
    HINT_PLAIN_SELECTOR = "plain-selector" [];
    /// Write the labels under `matchLabels`.
    HINT_MATCH_LABELS = "match-labels" [];
    /// Move the field to where it belongs.
    HINT_MOVE_FIELD = "move-field" ["field", "belongs"];
    /// The field exists there.
    HINT_BELONGS = "belongs" ["field", "belongs"];
    /// Write a list.
    HINT_LIST_OF_ONE = "list-of-one" ["value"];
    /// A field of that name, but spelled otherwise, exists.
    HINT_DID_YOU_MEAN = "did-you-mean" ["suggestion"];
    /// Paste or upload manifests, or the output of `kubectl get … -o yaml`.
    HINT_GIVE_MANIFESTS = "give-manifests" [];
    /// A Pod nearly has the labels: `pod` has `value` for `label`.
    HINT_NEAR_LABEL = "near-label" ["pod", "label", "value"];
    /// A Pod has the label's value under another key.
    HINT_NEAR_LABEL_KEY = "near-label-key" ["pod", "label", "have", "value"];
    /// A Pod has all labels but one.
    HINT_LABEL_MISSING = "label-missing" ["pod", "label"];
    /// A workload's template has the labels, but it makes no Pods; `reason` as in [`super::codes::MAKES_NO_PODS`], or `refused`, `done` or `no-node`.
    HINT_WORKLOAD_WITHOUT_PODS = "workload-without-pods" ["workload", "reason"];
    /// Another Service selects these Pods.
    HINT_SERVICE_NAME = "service-name" ["suggestion"];
    /// Add a headless Service of that name.
    HINT_HEADLESS_SERVICE = "headless-service" ["service"];
    /// A Pod of another namespace has the labels.
    HINT_OTHER_NAMESPACE = "other-namespace" ["pod", "namespace"];
    /// Choose a free node port from 30000 to 32767, or none.
    HINT_NODE_PORT = "node-port" ["range"];
    /// Leave `clusterIP` out to have one allocated.
    HINT_CLUSTER_IP = "cluster-ip" [];
    /// Dial the port that the other side has.
    HINT_DIAL_TARGET = "dial-target" ["target"];
    /// Write that address.
    HINT_KUBELET_DNS = "kubelet-dns" ["own"];
    /// Write that zone.
    HINT_KUBELET_DOMAIN = "kubelet-domain" ["zone"];
    /// `dnsPolicy: ClusterFirstWithHostNet`.
    HINT_CLUSTER_FIRST_HOST_NET = "cluster-first-host-net" [];
    /// `enableServiceLinks: false`, or a variable of one's own.
    HINT_NO_SERVICE_LINKS = "no-service-links" ["name"];
    /// Point `targetPort` at a port a container listens on.
    HINT_TARGET_PORT = "target-port" ["declared"];
    /// Use the name that is suggested.
    HINT_NAME_LIKE = "name-like" ["suggestion"];
    /// Give every port a name.
    HINT_NAME_PORTS = "name-ports" [];
    /// Give the workload a selector with a label of its template.
    HINT_ADD_SELECTOR = "add-selector" ["label", "value"];
    /// Give the template the label that the selector wants.
    HINT_TEMPLATE_LABEL = "template-label" ["label", "value"];
    /// Pods of Jobs have to end: `restartPolicy` is `OnFailure` or `Never`.
    HINT_JOB_RESTART = "job-restart" [];
    /// Five fields, or a word that begins with `@`.
    HINT_CRON_SCHEDULE = "cron-schedule" [];
    /// Let the second container listen on another port.
    HINT_OTHER_PORT = "other-port" [];
    /// Leave the field out, or change what it does not go with.
    HINT_LEAVE_OUT = "leave-out" [];
    /// Annotations hold little.
    HINT_ANNOTATIONS = "annotations" [];
    /// Use the address of a host that others can reach.
    HINT_ORDINARY_ADDRESS = "ordinary-address" [];
    /// Write the same first address twice, or leave one of the fields out.
    HINT_CLUSTER_IPS = "cluster-ips" [];
    /// Set `ipFamilyPolicy`.
    HINT_DUAL_STACK = "dual-stack" [];
    /// A mark has 32 bits.
    HINT_MARK_BIT = "mark-bit" [];
    /// Label the slice with its Service's name.
    HINT_SLICE_LABEL = "slice-label" [];
    /// A Service without selector and an EndpointSlice lead to an address.
    HINT_ADDRESS_BY_SLICE = "address-by-slice" ["value"];
    /// The address belongs to another node's network.
    HINT_OTHER_NODE = "other-node" ["other", "address"];
    /// Check the CNI plugin's range.
    HINT_POD_IP = "pod-ip" [];
    /// A toleration of the taint that keeps a Pod off; `how` is its `operator` or its `value`, as YAML.
    HINT_TOLERATE = "tolerate" ["key", "how", "effect"];
    /// The label that a Node lacks.
    HINT_LABEL_NODE = "label-node" ["label", "node"];
    /// Ranges of private addresses.
    HINT_PRIVATE_RANGE = "private-range" [];
}
