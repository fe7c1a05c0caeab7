type-string = a string
type-integer = an integer
type-number = a number
type-boolean = true or false
type-list = a list
type-object = a mapping
type-null = nothing
type-int-or-string = an integer or a string
type-end = the end

diag-empty-input = There is nothing in the input.
diag-input-too-large = The input is larger than { $limit } bytes; this text and those after it were not read.
diag-too-many-documents = There are more than { $limit } documents; the rest was not read.
diag-not-unicode = { $file } is not in UTF-8 (nor in UTF-16): from here on its characters cannot be read. The file was left out.
diag-yaml-syntax = This is not valid YAML ({ $problem }).
diag-yaml-bad-separator = Documents are separated by a line that is just “---”; kubectl refuses “{ $found }”.
diag-yaml-directive = kubectl takes no YAML directives such as this.
diag-yaml-tab = YAML is indented with spaces; there is a tab here.
diag-yaml-dash-space = A list entry begins with “- ”; the space after the dash is missing.
diag-pasted-around = This line is no part of the manifest: { $found }
diag-yaml-indent = This line does not line up with the lines before it.
diag-yaml-separator-indent = “---” begins a new document only at the very start of a line.
diag-yaml-missing-colon = A key without a colon, or without the space after it.
diag-yaml-nested-colon = A second “key: value” on one line.
diag-yaml-unclosed-quote = The quote { $quote } is never closed.
diag-yaml-after-quote = There is text after the closing quote.
diag-yaml-unclosed-bracket = The bracket { $bracket } is not closed, or closed by the wrong one.
diag-yaml-bad-escape = Double quotes do not know this backslash sequence.
diag-yaml-bad-character = A value cannot start with { $character }.
diag-yaml-unknown-anchor = There is no anchor &{ $name } before this alias.
diag-yaml-alias-loop = This alias is part of the value it stands for.
diag-yaml-duplicate-key = The key { $key } is already given on line { $line }; this later one counts.
diag-yaml-complex-key = A key has to be a plain word.
diag-yaml-bad-merge = “<<” merges mappings, but here stands { $found }.
diag-yaml-bad-tag = The tag { $tag } does not fit the value { $value }.
diag-too-deep = Nested deeper than { $limit } levels.
diag-too-many-values = More than { $limit } values.
diag-json-syntax = This is not valid JSON: expected { $expected }, found { $found }.
diag-not-an-object = A manifest is a mapping, but this is { $found }.
diag-missing-kind = This object has no kind.
diag-missing-api-version = { $kind } has no apiVersion.
diag-cut-list-item = These entries of { $path } are one: “-” begins a new entry, so { $keys } ended up apart.
diag-list-for-map = { $path } is a mapping, but the “-” makes a list of it.
diag-selector-too-deep = The selector of a { $kind } is a plain mapping of labels, without matchLabels.
diag-selector-too-flat = The selector of a { $kind } needs matchLabels around its labels.
diag-misplaced-field = { $path } does not exist; { $field } belongs under { $belongs }.
diag-misspelt-field = { $path } does not exist; { $suggestion } is meant, and is required.
diag-unrendered-template = This is a template ({ $engine }) that was not rendered; it was left out.
diag-placeholder-port = { $placeholder } is a placeholder for a port number; until somebody fills it in, { $value } stands in for it.
diag-placeholder = { $placeholder } is a placeholder: somebody still has to fill in the value.
diag-pasted-table = This is a table that kubectl prints for people ({ $kind }), not a manifest.
diag-pasted-description = This is what “kubectl describe” prints for people ({ $kind } { $name }), not a manifest.
diag-fragment = This is only a part of an object ({ $kind ->
    [object] its kind is not known
   *[other] most likely of a { $kind }
  }): kind and name are missing.
diag-compose-variable = { $name } has no value in a file .env beside this one: nothing stands there, as with Docker Compose.
diag-compose-required = A variable has to have a value, and no file .env beside this one gives one ({ $found }). Docker Compose refuses the file.
diag-compose-interpolation = “{ $found }” has a dollar sign that begins no variable. Docker Compose refuses the file; two dollar signs stand for one.
diag-compose-not-followed = { $path } is not followed: what it brings is not there.
diag-compose-second-file = Docker Compose takes { $used } of this folder, so { $file } was left out.
diag-compose-profile = Service { $service } starts only with a profile ({ $profiles }); it was left out. COMPOSE_PROFILES in a file .env turns profiles on.
diag-compose-unknown-service = { $path } names the service { $service }, which the project does not have. Docker Compose refuses the file.
diag-compose-unknown-network = Service { $service } is on the network { $network }, which is not declared under networks. Docker Compose refuses the file; the service was left out.
diag-compose-unused-network = No service is on the network { $network }, so Docker Compose does not make it.
diag-compose-file-missing = { $path } names { $file }, which is not among the files. Docker Compose refuses that; without it a part of the project is missing.
diag-compose-circle = { $path } leads back to where it came from, by { $file }. Docker Compose refuses that.
diag-compose-twice = { $path } brings { $part }, which this file has in another way. Docker Compose refuses that; the one of this file was taken.
diag-compose-external-link = external_links of service { $service } names the container { $container }, which is not in the input: that name leads nowhere here. What docker inspect prints of it can be given, too.
diag-compose-cycle = Services { $service } and { $other } each need the other. Docker Compose refuses the file.
diag-compose-not-ordered = Service { $service } joins the network of a container by its name ({ $mode }). Docker Compose does not know that service { $other } makes it and does not wait for it: whether it runs in time is chance.
diag-compose-mode-and-networks = Service { $service } has network_mode { $mode } and networks. Docker Compose refuses that; network_mode was taken.
diag-compose-name-and-scale = Service { $service } has several containers, but one container_name ({ $name }). Docker Compose refuses that; one container was taken.
diag-compose-port = { $path } is no port: “{ $value }”.
diag-sidecar-init = Init container { $container } of Pod { $pod } runs when the rules of { $mesh } are there and the proxy is not: what it sends over TCP is led to a port on which nobody listens yet. Put it before the container that writes the rules, make the proxy a sidecar among the init containers (restartPolicy: Always), or run it as the proxy’s user.
diag-sidecar-missing = Labels or annotations ask { $mesh } for a proxy in Pod { $pod }, and it has none: it was made before, or while the webhook did not answer. A proxy comes with the next Pod: kubectl rollout restart.
diag-masq-agent-range = “{ $value }” is no range that ip-masq-agent takes (an IPv4 network such as 10.0.0.0/8, 64 at most). The agent refuses a whole configuration with such a value and goes on with the one before; here the value alone is left out.
diag-docker-driver = Network { $network } is of driver { $driver }, which is not simulated: containers are not on it.
diag-docker-ipv6 = { $path } is about IPv6, which is not simulated for Docker; it was left out.
diag-docker-option = { $path } has a value that Docker refuses: “{ $value }”.
diag-docker-subnet-taken = The subnet { $subnet } of network { $network } overlaps { $other }. Docker does not make the network.
diag-docker-no-subnet = Docker’s address pools have no subnet left for network { $network }.
diag-docker-no-address = Network { $network } has no address left for service { $service }; the container does not start.
diag-docker-address-outside = The address { $address } ({ $path }) is not in the subnet { $subnet }.
diag-docker-address-taken = The address { $address } of service { $service } is taken by { $other }; the container does not start.
diag-docker-name-taken = Service { $service } wants the container name { $name }, which { $other } has; the container does not start.
diag-compose-recorded = Containers of service { $service } are recorded: they were taken as they are, and the file makes no others.
diag-docker-stopped = Container { $container } was recorded as { $status }, not running: it was left out.
diag-docker-no-start = Service { $service } shares the network of { $other }, which does not run; the container does not start.
diag-docker-port-taken = { $path } publishes port { $port } of the host, which { $other } has already. The container { $container } does not start.
diag-kind-port-taken = { $path } maps port { $port } of the host to { $node }, but { $other } has it already: kind creates no cluster.
diag-kind-port-nowhere = { $path } leads from port { $host_port } of the host to port { $port } of { $node }, but no Service has that nodePort and nothing else listens there.
diag-docker-port-unpublished = { $how ->
    [host] Service { $service } is on the host’s own network, so { $path } is discarded: its processes listen on the host itself.
    [none] Service { $service } has no network, so { $path } is not published.
    [container] Service { $service } shares another container’s network, where Docker refuses { $path }; publish the port at that container.
   *[internal] Service { $service } is on internal networks only, so { $path } is not published; Docker says nothing about it.
}
diag-docker-no-names = Service { $service } is on the default bridge, where Docker resolves no names: it cannot reach “{ $other }” by that name, and depends_on does not change that. A network of its own has names.
diag-docker-depends-on = Service { $service } depends on { $other }, but shares no network with it: depends_on only decides the order in which they start.
diag-docker-input-rule = “{ $rule }” never meets what comes from elsewhere for port { $port }, which { $service } publishes: it is translated before and goes through FORWARD, not INPUT. Chain DOCKER-USER meets it, with the container’s port { $inner }.
diag-docker-user-port = “{ $rule }”: in DOCKER-USER packets for port { $port }, which { $service } publishes, already have the container’s port { $inner }. Match that, or the port that was asked for with -m conntrack --ctorigdstport { $port }.
diag-docker-forwarding-off = IP forwarding is off on { $host }. Docker Engine { $version } with the nftables back-end does not turn it on and makes no network: what is shown is what its networks would do. Set net.ipv4.ip_forward to 1.
diag-docker-too-many = More than { $limit } containers, networks or Docker hosts: the rest was left out.
diag-docker-too-many-ports = More than { $limit } published ports: those of service { $service } were left out.
diag-tool-file = This is a file for a tool ({ $kind }), not a manifest.
diag-missing-name = { $kind } has no name.
diag-wrong-type = { $path } has to be { $expected }, but “{ $value }” is { $found }.
diag-out-of-range = The number { $value } does not fit { $path }.
diag-unknown-field = There is no field { $path }; it is ignored.
diag-wrong-api-version = { $kind } does not exist in { $found }, but in { $expected }.
diag-removed-api-version = { $kind } in { $found } is no longer served; it was read as { $expected }.
diag-template-parameter = The template’s parameter { $name } has no value. Give it one, or render the template: oc process -p { $name }=…
diag-unused-kind = { $count ->
    [one] One object of kind { $kind } ({ $api_version }) takes no part in the simulation.
   *[other] { $count } objects of kind { $kind } ({ $api_version }) take no part in the simulation.
}
diag-duplicate-object = { $object } is also in { $file }, line { $line }; this later one is used.
diag-unknown-kind = { $api_version } has no kind { $kind }.
diag-more-findings = { $count ->
    [one] There is one more finding.
   *[other] There are { $count } more findings.
}
diag-missing-field = { $path } is missing or empty.
diag-invalid-ip = { $path }: “{ $value }” is not an IP address.
diag-invalid-cidr = { $path }: “{ $value }” is not a CIDR.
diag-invalid-port = { $path }: “{ $value }” is not a port from 1 to 65535.
diag-invalid-choice = { $path }: “{ $value }” is not one of { $expected }.

hint-line-before = Look at the line before, too.
hint-quote-value = Put the value in quotes.
hint-quote-this = Write "{ $value }" with quotes.
hint-dash = Begin the entry with “- ”: a list is wanted here.
hint-one-dash = Keep the first “-” only, and line the other keys up under the first.
hint-no-dash = Take the “-” away and line the keys up.
hint-plain-selector = Write the labels directly under selector.
hint-match-labels = Write matchLabels under selector, and the labels under it.
hint-belongs = { $field } belongs under { $belongs }.
hint-move-field = Move { $field } under { $belongs }.
hint-list-of-one = Write a list: [{ $value }]
hint-add-api-version = Add apiVersion: { $expected }
hint-remove-line = Take this line out.
hint-separator = Write “---” alone on its line, and what follows it on the next.
hint-save-as-unicode = Save it as UTF-8; a file in EUC-KR or CP949 for example with: iconv -f CP949 -t UTF-8 { $file }
hint-unquote = Write { $value } without quotes.
hint-use-spaces = Indent with spaces.
hint-dash-space = Write a space after the dash.
hint-align = Line the key up with its neighbours.
hint-key-colon-space = Write “key: value”, with a space after the colon.
hint-close-quote = Close the quote.
hint-close-bracket = Close the bracket.
hint-single-quotes = Use single quotes; a backslash means itself there.
hint-double-backslash = Write the backslash twice.
hint-anchor-first = Define the anchor before its alias, in the same document.
hint-remove-one = Remove one of the two.
hint-split-input = Give less at once.
hint-helm-template = Render the chart first: helm template
hint-render-template = Render it and give the output: { $command }
hint-fill-in = Put the real value in place of { $placeholder }.
hint-give-yaml = Give what this prints: { $command }
hint-whole-object = Give the whole object: kubectl get KIND NAME -o yaml
hint-add-this-kind = Add kind: { $suggestion }
hint-kustomize = Build it first: kubectl kustomize
hint-compose-env = Put { $name }=… into a file .env beside this one, and give both.
hint-compose-together = Give all files of the project together, in their folders: the folder itself, or an archive of it.
hint-compose-service-mode = For a service of this file write network_mode: "service:{ $other }"; container: wants the name of a container.
hint-add-kind = Add apiVersion and kind.
hint-mapping = A manifest is a mapping with apiVersion, kind and metadata.
hint-add-name = Add metadata.name.
hint-use-api-version = Write apiVersion: { $expected }
hint-did-you-mean = Did you mean { $suggestion }?
hint-give-manifests = Paste or upload manifests, or the output of “kubectl get … -o yaml”.

diag-pod-pending = Pod { $pod } stays Pending{ $count ->
    [1] {""}
   *[other] {" "}(and the others of { $count } like it)
  }: { $reason ->
    [taint] { $nodes } has the taint { $what }, which the Pod does not tolerate.
    [selector] no Node has the label { $what } that its nodeSelector asks for.
    [affinity] no Node fulfils its node affinity: { $what }.
    [cordoned] { $nodes } is cordoned (spec.unschedulable).
    [pod-affinity] no Pod that its podAffinity asks for is placed anywhere by { $what }.
    [pod-anti-affinity] its podAntiAffinity, or that of others, keeps it off { $nodes } by { $what }.
    [host-port] hostPort { $what } is taken on { $nodes } by another Pod.
   *[spread] one more Pod would break its topologySpreadConstraints by { $what }.
  }
diag-host-port-taken = hostPort { $port } on { $node } is asked for by Pod { $pod } and by Pod { $other }: one of them can have it.
diag-daemonset-no-node = No node takes the Pods of this DaemonSet, so it has none: { $reason ->
    [taint] taint { $what }.
    [selector] no Node has the label { $what }.
   *[affinity] no Node fulfils { $what }.
  }
diag-makes-no-pods = { $object } makes no Pods { $reason ->
    [no-replicas] because it asks for 0 replicas.
    [suspended] because it is suspended.
    [no-template] because the object whose template it uses (workloadRef) is not in the input.
   *[at-times] here: they start at its times, do their work and end. Nothing connects to them.
}
diag-pod-not-ready = Pod { $pod } is not ready: { obstacle }
diag-unknown-node = Pod { $pod } names the node { $node }, which does not exist; it is left out.
diag-out-of-addresses = The Pod network of { $node } has no address left for Pod { $pod }; it is left out.
diag-cluster-ip-outside = The ClusterIP { $address } is outside the Service network { $range }.
diag-cluster-ip-taken = The ClusterIP { $address } already belongs to { $owner }.
diag-node-port-range = The node port { $port } is outside { $range }.
diag-node-port-taken = The node port { $port } already belongs to { $owner }.
diag-kubelet-flag-gone = kubelet has had no flag { $flag } since { $since }: with it, it does not start.
diag-node-in-pod-range = Node { $node } has the address { $address }, which lies in the Pod network { $range }. Traffic from nodes is then taken for Pods' and not masqueraded, and routes for Pods and nodes get in each other's way.
diag-public-pod-range = { $path }: { $range } is not private. Hosts on the Internet that have these addresses cannot be reached from Pods.
diag-ranges-overlap = The Pod network { $range } of this Node and the Service network { $services } share addresses: a Pod on the same bridge looks for such a ClusterIP as for a neighbour, and the rules never see it.
diag-pool-not-advertised = Nothing tells the network of the addresses of pool { $pool }: there is no L2Advertisement and no BGPAdvertisement for it. Services get addresses that nobody outside reaches.
diag-load-balancer-pending = Service { $service } gets no external address and stays pending: { $reason ->
    [pool] no pool of MetalLB has the address, or a free one.
    [cloud] the cloud’s load balancer gives it one; which, the input does not say.
    [servicelb] no node can have it: ServiceLB gives it the nodes’ addresses.
    [servicelb-port] another Service has one of its ports on the nodes already, and ServiceLB takes each once.
    [said] the Scenario says that nobody gives one.
   *[none] nothing in the input gives addresses to load balancers (a cloud, MetalLB …). Its node ports work.
  }
diag-ipv6-not-configured = { $path }: the API server refuses { $value } where the cluster is not set up for IPv6. The Service gets no IPv4 ClusterIP.
diag-pod-ip-taken = The Pod address { $address } is also that of { $owner }; Pod addresses are unique in a cluster.
diag-pod-cidr-taken = The Pod network { $range } also belongs to { $owner }; each Node needs one of its own.
diag-component-retired = { $component ->
   *[ingress-nginx] The controller ingress-nginx is retired: since March 2026 it gets no releases and no security fixes. Gateway API, or another Ingress controller, is the way on.
    [weave-net] Weave Net is retired: its project is archived and gets no security fixes. Another network plugin, such as Calico, Cilium or Flannel, is the way on.
}
diag-ingress-not-served = { $reason ->
    [none] This Ingress names no class and no IngressClass is the default, so no controller serves it. Classes: { $classes }.
    [nobody] IngressClass { $class } names a controller that is not in the input and is not simulated: nothing serves this Ingress.
    [no-classes] There is no IngressClass { $class }, so no controller serves this Ingress.
   *[unknown] There is no IngressClass { $class } (there is: { $classes }), so no controller serves this Ingress.
}
diag-ingress-pattern = A path of type { $kind } is compared as it stands: { $path } matches only requests with these very signs. Patterns need a controller and type that read them.
diag-ingress-twice = { $other } has the same host { $host } and path { $path }: the older of the two is served.
diag-ingress-no-service = There is no Service { $service }: requests for this path are answered with 503.
diag-ingress-no-port = Service { $service } has no port { $port } (it has: { $ports }): requests for this path are answered with 503.
diag-route-not-taken = { $reason ->
    [no-gateway] This route names the Gateway { $gateway }, which does not exist: nothing goes by it.
    [no-matching-parent] Gateway { $gateway } has no listener of the name or port that this route names (NoMatchingParent).
    [not-allowed-by-listeners] The listeners of Gateway { $gateway } take no routes of this namespace or kind (NotAllowedByListeners): see their allowedRoutes.
   *[no-matching-listener-hostname] The listeners of Gateway { $gateway } are for other hosts than this route (NoMatchingListenerHostname).
}
diag-route-backend = { $reason ->
    [not-granted] This route leads to Service { $service } of another namespace, and no ReferenceGrant there allows it: its requests are answered with 500.
    [no-port] Service { $service } has not the port that this route names: its requests are answered with 500.
   *[no-service] There is no Service { $service }: requests that this route sends there are answered with 500.
}
diag-ingress-tls-host = No rule is for { $host }, which has a certificate here (rules are for: { $hosts }).
diag-selects-nothing = No Pod has all of the labels { $selector }, so the Service has no endpoint.
diag-no-ready-endpoint = { $count ->
    [one] One Pod has
   *[other] { $count } Pods have
} the labels { $selector }, but none is ready, so the Service has no ready endpoint. Pod { $pod }: { obstacle }
diag-service-name = serviceName is { $service }, but { $reason ->
    [missing] there is no Service of that name in the namespace, so Pods have no names of their own in DNS ({ $pod }.{ $service } is not found).
   *[selects-others] that Service does not select the Pods, so they have no names of their own in DNS ({ $pod }.{ $service } is not found).
}
diag-target-port-name = Pod { $pod } has no port called { $name }.
diag-hints-not-allocated = The Service asks for topology hints (topology-mode: Auto), but the controller allocates none: { $reason ->
    [node] the zone label or status.allocatable.cpu of node { $node } is missing
    [zones] the nodes that count are in fewer than two zones
    [endpoints] there are fewer ready endpoints than zones
    [overload] some zone would get more than 20 % too much traffic
   *[endpoint-zone] the node of an endpoint has no zone label
  }. All endpoints are used.
diag-target-port-not-declared = No selected Pod declares port { $port }; declared are: { $declared }.
diag-scenario-node = There is no node { $node }.
diag-scenario-sysctl = The sysctl { $name } is not simulated; what passes { $node } has no verdict without it.
diag-scenario-rules = “{ $rule }” cannot be read ({ $reason }). None of the rules given with it was taken over; what passes { $node } has no verdict without them.
diag-machine-rules-missing = { $machine } lacks { $count ->
    [one] a rule
   *[other] { $count } rules
} that { $who } should have written{ $expected ->
    [none] {""}
   *[other] , the first for { $expected }
}: “{ $first }”. It is behind, does not run, or was told something else.
diag-machine-rules-extra = { $machine } has { $count ->
    [one] a rule
   *[other] { $count } rules
} that nothing in the input asks for, by the look of { $count ->
    [one] it
   *[other] them
} of { $who ->
    [administrator] an administrator
   *[other] { $who }
}: “{ $first }”.
diag-machine-routes-missing = { $machine } lacks { $count ->
    [one] a route
   *[other] { $count } routes
} that should be there: “{ $first }”.
diag-machine-routes-extra = { $machine } has { $count ->
    [one] a route
   *[other] { $count } routes
} that nothing in the input asks for: “{ $first }”.
diag-machine-sysctl = On { $machine } { $who } is { $first }; it has to be { $expected }.
diag-machine-stale = { $machine } tracks { $count ->
    [one] a connection
   *[other] { $count } connections
} to an address that no Pod has any more ({ $who }): “{ $first }”.
diag-machine-unread = { $count ->
    [one] A line
   *[other] { $count } lines
} of what { $tool } printed on { $machine } { $count ->
    [one] is
   *[other] are
} not understood{ $reason ->
    [none] {""}
   *[other] {" "}({ $reason })
}: “{ $first }”. Everything else is used.
diag-scenario-event = { $path } says more than one thing: each event is one of delete, ready, notReady, scale, rollout, drain, down, up, patch, stop, start, lag and probe.
diag-scenario-place = There is no { $place } in the input, or no such container in it.
diag-scenario-patch = { $path }: { $object } is not changed: { $reason ->
    [size] the patch is too large, or too much was patched before it.
    [merge] merge is no mapping of fields that can be read alone.
    [text] its text cannot be changed as it stands: it has mistakes, or was made of a template.
    [identity] its apiVersion, kind, name and namespace stay what they are.
    [immutable] the API server lets nobody change { $field }.
   *[invalid] the API server would refuse what it becomes.
  } The event was left out.
diag-scenario-machine = { $path }: there is no machine { $name }.
diag-scenario-address-outside = { $path }: the address { $address } of { $name } is not of { $cidr }; it is on the segment of its address.
diag-scenario-address-taken = { $path }: { $address } is the address of { $other }; this machine was left out.
diag-scenario-overlap = { $path }: { $value } overlaps the segment { $other }; it was left out.
diag-scenario-via = { $path }: { $via } is on no segment of this machine. The kernel takes no such route: it was left out.
diag-scenario-segment = { $path }: there is no segment { $name }.
diag-scenario-internet-inside = { $path }: { $address } is an address of the segment { $cidr }, not one of the Internet; it was left out.
diag-scenario-no-internet = No router has internet: true, so nothing leads to the servers of the Internet: they were left out.
diag-scenario-ipv6 = { $path } is about IPv6, which is not simulated here; it was left out.
diag-scenario-too-many = { $path } has more than { $limit } entries: the rest was left out.
diag-declared-port-unheard = Container { $container } declares port { $port }, but that opens nothing: { $kind ->
    [idle] its command line ({ $against }) runs no program that is known to listen
    [command] its command line ({ $against }) serves on another port
    [env] its variable { $against } names another port
    [image] the image { $against } listens on other ports by itself
   *[program] { $against } listens on another port by itself
}.
diag-port-clash = Port { $port } of container { $container } is already taken by container { $first } in the same Pod: both share one network namespace, so the second to bind it fails and restarts.
diag-host-port-not-served = hostPort { $port } is not served: the CNI configuration of network { $network } does not chain the plugin portmap.
diag-too-many-pods = There are more than { $limit } Pods; the rest is left out.

diag-proxy-device-missing = kube-proxy { $version } in nftables mode matches the device { $device } by its index, and nft refuses all rules where there is no such device. There are none on { $nodes }, so no Service works there. From 1.34 on it matches the name.
diag-proxy-key-clash = { $service } wants an address and port that another Service already has in the map { $map }. nft then refuses all of kube-proxy’s rules, and there are none on { $nodes }.
diag-proxy-mode-not-modelled = kube-proxy mode { $mode } is not simulated yet: the rules shown are those of iptables mode.
hint-near-label = Pod { $pod } has { $label }: { $value }. Is that the one you mean?
hint-near-label-key = Pod { $pod } has the value under another key: { $have }: { $value } instead of { $label }: { $value }. Is that the one you mean?
hint-label-missing = Pod { $pod } comes near, but has no label { $label }. Add it to the Pod’s template, or take it out of the selector.
hint-workload-without-pods = { $workload } would make Pods with these labels, but it makes none: { $reason ->
    [refused] the API server refuses it.
    [no-replicas] it asks for 0 replicas.
    [suspended] it is suspended.
    [no-template] the object whose template it uses is not in the input.
    [at-times] they come at its times only.
    [done] it has had its run.
   *[no-node] no node takes them.
}
hint-service-name = Service { $suggestion } selects these Pods. Is that the one you mean? serviceName: { $suggestion }
hint-headless-service = Add a Service { $service } with clusterIP: None and a selector for these Pods.
hint-other-namespace = Pod { $pod } has these labels, but a Service only selects Pods of its own namespace. Put both into { $namespace }.
hint-add-selector = Add spec.selector with matchLabels: { $label }: { $value }
hint-template-label = Give the template the label { $label }: { $value }, or change the selector.
hint-job-restart = Set restartPolicy to OnFailure or Never: Pods of a Job have to end, and the default is Always.
hint-cron-schedule = Write five fields (minute, hour, day of month, month, day of week), such as “0 3 * * *”, or a word such as @daily.
hint-other-port = Let this container listen on another port.
hint-node-port = Choose a port of { $range }, or leave nodePort out.
hint-cluster-ip = Leave clusterIP out, or choose a free address of the Service network.
hint-target-port = Use a declared port as targetPort: { $declared }
hint-tolerate = Tolerate it in the Pod’s spec: tolerations: [{"{"}key: { $key }, { $how }, effect: { $effect }{"}"}]; or take the taint away: kubectl taint nodes --all { $key }-
hint-label-node = Give a Node the label (kubectl label node { $node } { $label }), or take it out of nodeSelector.
hint-private-range = Choose from 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16.

diag-invalid-name = { $path }: “{ $value }” is not a valid name. { $form ->
    [label-1035] It may have up to 63 of a-z, 0-9 and “-”, begins with a letter and ends with a letter or digit.
    [subdomain] It may have up to 253 of a-z, 0-9, “-” and “.”, and each part begins and ends with a letter or digit.
    [port-name] It may have up to 15 of a-z, 0-9 and “-”, at least one letter, no “--”, and no “-” at the ends.
   *[other] It may have up to 63 of a-z, 0-9 and “-”, and begins and ends with a letter or digit.
}
diag-invalid-label = { $path }: the { $part ->
    [key] key “{ $value }” is not valid. It may have up to 63 of letters, digits, “-”, “_” and “.”, begins and ends with a letter or digit, and may follow a domain and “/”.
   *[value] value “{ $value }” of { $key } is not valid. It may have up to 63 of letters, digits, “-”, “_” and “.”, and begins and ends with a letter or digit.
}
diag-annotations-too-large = { $path }: all annotations together have { $size } bytes, and the API server takes { $limit }. The largest is { $key }, with { $most } bytes.
diag-name-too-long = { $path }: “{ $value }” is too long, at most { $limit } characters are allowed.
diag-selector-mismatch = The selector of this { $kind } ({ $selector }) does not match its own template’s labels ({ $labels }). The API server refuses it, so it makes no Pods.
diag-empty-selector = { $path } is empty. The API server refuses that, as it would select every Pod.
diag-selector-values = { $path }: { $operator ->
    [In] In needs values.
    [NotIn] NotIn needs values.
   *[other] { $operator } takes no values.
}
diag-probe-handler = { $path } { $count ->
    [0] says nothing to do: it needs one of httpGet, tcpSocket, grpc, exec.
   *[other] says { $count } things to do: it takes one of httpGet, tcpSocket, grpc, exec.
}
diag-host-port-differs = { $path }: { $value } has to be the containerPort { $port }, as the Pod uses the node’s own network.
diag-unknown-volume = { $path }: the Pod has no volume called { $name }.
diag-cron-schedule = “{ $value }” is not a schedule.
diag-port-taken-in-pod = Port { $port }/{ $protocol } is already taken by container { $first } of the same Pod. All containers of a Pod share one network namespace: the second to bind the port fails, and its container restarts again and again.
diag-port-name-repeated = The port name { $name } is also in container { $first } of the same Pod. A Service or probe that uses the name gets the port of { $first }.
diag-port-name-missing = { $path } is missing: with several ports, each needs a name.
diag-duplicate-value = { $path }: { $value } is already given at { $first }.
diag-field-only-with = { $path } { $only ->
    [load-balancer] may only be set when type is LoadBalancer.
    [load-balancer-local] may only be set when type is LoadBalancer and externalTrafficPolicy is Local.
    [external] may only be set for Services that can be reached from outside: NodePort, LoadBalancer, or ClusterIP with externalIPs.
    [node-port] may only be set when type is NodePort or LoadBalancer.
    [cluster-ip] may only be set when type is ClusterIP.
    [client-ip] may only be set when sessionAffinity is ClientIP.
    [not-external-name] may not be set when type is ExternalName.
    [not-init-container] may not be set for an init container, unless its restartPolicy is Always.
    [port-number] may only be set next to a port that is a number.
    [protocol-ports] may only be set when protocol is TCP, UDP or SCTP.
    [protocol-icmp] may only be set when protocol is ICMP or ICMPv6.
   *[ingress-ip] may only be set next to an ip.
}
diag-external-name-ports = Port { $port } of an ExternalName Service leads nowhere: clients are given another name and dial the port that they were told, { $port }, not { $target }.
diag-headless-port = Nothing translates port { $port } to { $target } without a ClusterIP: clients that ask for the name and dial { $port } reach port { $port } of a Pod. Only SRV records tell of { $target }.
diag-kubelet-cluster-dns = Pods are given the name server { $address }, which is no Service. The DNS Service { $service } has { $own }: no Pod resolves a name.
diag-kubelet-cluster-domain = Pods search { $domain }, and CoreDNS answers for { $zone }: short names of Services are not found.
diag-host-network-dns = { $object } is on its node’s own network: with dnsPolicy ClusterFirst it asks the node’s name servers, which do not know the cluster’s names.
diag-host-alias-twice = { $name } stands in hostAliases twice, for { $first } and { $second }: the first one counts.
diag-corefile-twice = Another block (line { $first }) is for { $zone } already: CoreDNS does not start with this Corefile.
diag-service-variable-port = Container { $container } of { $object } uses { $used } as the number of a port. kubelet sets it to { $value } for Service { $service }.
diag-service-variable-name = Service { $service } makes kubelet set { $name } to { $value } in { $objects }, which has other variables of that beginning, and not this one. A program that reads the number of a port from { $name } fails with that.
diag-corefile-unread = { $name } of the Corefile is not simulated: answers that it may change are told as assumed.
diag-corefile-loop = CoreDNS forwards every name that it does not have to { $server }, which is itself. With the plugin loop it ends at its start, again and again; without, such questions go in circles until they fail.
diag-external-name-address = externalName is { $value }, an address. DNS takes it for a name of digits, which does not exist; clients get no address.
diag-field-ignored = { $path } is ignored { $because ->
    [headless] because the Service is headless.
    [external-name] because type is ExternalName.
    [not-external-name] because type is not ExternalName.
    [policy-types] because policyTypes does not name its direction.
    [types] because types does not name its direction.
   *[not-load-balancer] because type is not LoadBalancer.
}
diag-special-address = { $path }: { $value } { $kind ->
    [unspecified] stands for no address at all.
    [loopback] is a loopback address, which means every host itself.
    [link-local] is a link-local address, which routers do not forward.
   *[link-local-multicast] is a multicast address of one link, not that of a host.
}
diag-reserved-port = { $path }: a load balancer may not expose port { $value }; kubelet uses it.
diag-cluster-ips-differ = clusterIPs begins with { $value }, but clusterIP is { $expected }.
diag-not-alone = { $path }: “{ $value }” may only be the single entry.
diag-other-family = { $path }: { $value } is not an { $expected } address, as { $by } says.
diag-ip-family-policy = A Service with two address families needs an ipFamilyPolicy that asks for both.
diag-too-many-items = { $path } has { $count } entries; at most { $limit } are allowed.
diag-cidr-pair = { $path }: “{ $value }” has to be one CIDR, or one IPv4 and one IPv6 CIDR.
diag-slice-without-service = This EndpointSlice has no label { $label }, so it belongs to no Service.
diag-slice-of-no-service = This EndpointSlice belongs to { $service }, which does not exist.
diag-unknown-hint = { $path }: no node { $of ->
    [forNodes] is called “{ $value }”; there are: { $known }.
   *[forZones] is in the zone “{ $value }”; zones of the nodes are: { $known }.
}
diag-pod-ip-outside = The Pod’s address { $address } is outside { $range }, the Pod network of its node { $node }.
diag-invalid-version = “{ $value }” is not a Kubernetes version; the behaviour of { $used } is followed.
diag-version-unknown = Kubernetes { $version } is not known here; the behaviour of { $used }, the newest release known in full, is followed.
diag-version-too-old = Kubernetes { $version } is older than what is simulated; the behaviour of { $used } is followed.
hint-name-like = For example: { $suggestion }
hint-name-ports = Give every port a name of its own, such as http.
hint-leave-out = Leave the field out, or change what it does not go with.
hint-annotations = Put what is large into a ConfigMap. If kubectl wrote it (last-applied-configuration): kubectl apply --server-side does not.
hint-ordinary-address = Use an address that other hosts can reach.
hint-cluster-ips = Write the same address first in both, or leave one of the two fields out.
hint-dual-stack = Write ipFamilyPolicy: PreferDualStack or RequireDualStack, or give one family only.
hint-mark-bit = A packet’s mark has the bits 0 to 31; the default is 14.
hint-dial-target = Dial { $target }, or make port and targetPort the same.
hint-kubelet-dns = Set clusterDNS to [{ $own }].
hint-kubelet-domain = Set clusterDomain to { $zone }.
hint-cluster-first-host-net = Set dnsPolicy: ClusterFirstWithHostNet if it asks for names of the cluster.
hint-no-service-links = Set enableServiceLinks: false in the Pod’s spec, or { $name } in the container’s env.
hint-address-by-slice = Leave externalName and type out, and write an EndpointSlice with { $value } for a Service without selector.
hint-slice-label = Add the label kubernetes.io/service-name with the Service’s name.
hint-other-node = { $address } is in the Pod network of { $other }. Does the Pod run there?
hint-pod-ip = Check which range the CNI plugin hands out, or spec.podCIDR of the node.
