site-tagline = every hop of a packet through Kubernetes
site-description = Paste Kubernetes manifests and follow one packet through the Linux network they become: every namespace, route, rule and rewrite, computed, with the line of your YAML behind it.
skip-to-content = Skip to content
preferences = Language and colours
theme-to-auto = Use the system's colours
theme-to-dark = Dark colours
theme-to-light = Light colours
footer = kubehop computes what the Linux kernels of a cluster would do. Nothing is sent to any cluster.

home-title = Follow one packet through a Kubernetes cluster
home-lead = Every hop: the namespace, the route, each iptables rule that matched, each header that changed, and the line of YAML that caused it.
home-ready = Ready to watch
home-watch = Watch the packet
home-open-scenario = Look at the cluster first
home-open-network = Look at the network first
home-own = Your own manifests
home-own-text = Deployments, Services, Pods, Nodes, EndpointSlices, or the output of “kubectl get … -o yaml”. No cluster is needed.
home-paste = Paste YAML or JSON
home-files = Or choose files or an archive
home-folder = Or a whole folder
home-folder-hint = Kustomizations in it are rendered.
home-drop = or drop them here
home-build = Build the network
home-private = The result gets an address that nobody can guess; whoever has it can see your manifests. What Secrets hold and what looks like a credential is overwritten before anything is stored.
home-view = View without storing
home-view-text = The files become part of the address, which browsers do not send; a small script sends them only to be shown. Up to 32 KiB compressed, no archives.
home-view-large = That is too much for an address: 32 KiB compressed are the limit.
home-view-empty = There is nothing to view yet.


go-back = Back
go-home = Start page
unreached = The server cannot be reached. What is on this page goes on working; try again in a moment.
error-not-found-title = There is no such page
error-not-found-text = The address may be incomplete.
error-scenario-not-found-title = This scenario is not here
error-scenario-not-found-text = Uploads are deleted some time after their last use. Paste or upload its manifests again to build it anew.
error-too-large-title = That is too much at once
error-too-large-text = Give fewer or smaller files. The Services, Pods and Nodes that take part are enough; what is larger can be looked at with the command line: kubehop check FILE…
error-too-large-limit = An upload may have { $limit } MiB; this one has { $size } MiB.
error-too-large-limit-only = An upload may have { $limit } MiB.
error-no-export-title = A trace has no such form
error-no-export-text = It can be had as SVG, PNG, JSON, Markdown and pcapng.
error-no-export-suffix = Nothing of a trace ends in “{ $suffix }”. There are trace.svg, trace.png, trace.json, trace.md and trace.pcapng.
error-no-fonts-title = This server draws no PNG
error-no-fonts-text = kubehop was built without the fonts for it: npm ci --prefix static --ignore-scripts, then build again. SVG needs none.
error-long-animation-title = This trace is too long for one animation
error-long-animation-text = Pictures of its steps, its transcript and its capture have no such limit.
error-long-animation-steps = It has { $steps } steps, and the animation would be larger than 6 MiB.
error-no-step = There is no step { $value }: this trace has { $total ->
    [one] one step
   *[other] { $total } steps
  }.
error-no-place = This trace comes by no place “{ $value }”.
error-parameter = The address has “{ $value }” for “{ $name }”, which it does not take.
error-unknown-parameter = The address has “{ $name }”, which is not taken here. Taken are: { $known }.
error-missing-parameter = The address lacks “{ $name }”.
error-world-cni = The address asks with “cni” for a network plugin that is not known here. Known are: { $known }.
error-world-proxy = The address asks with “proxy” for a kube-proxy mode that is not known here. Known are: { $known }.
error-too-many-files-title = That is too many files
error-too-many-files-text = Leave out files that are no manifests, or put several objects into one file with lines of three dashes between them.
error-too-many-files-limit = An upload may have { $limit } files; this one has { $count }.
error-unusable-title = No cluster can be built from this
error-unusable-text = Every reason is below, with its file and line. Mend it in the box or in the file and send it again.
error-unusable-nothing = No Kubernetes object was found. One starts with “apiVersion: …” and “kind: …”; “kubectl get all,nodes,endpointslices -o yaml” prints those of a cluster.
error-bad-form-title = This form could not be read
error-bad-form-text = An upload is a multipart form with the fields “manifest” (text) and “files”. Use the form below, or: curl -F files=@shop.yaml ADDRESS/s
error-too-much-work-title = This takes more than this server allows
error-too-much-work-text = Give it fewer objects, or run kubehop on a machine of your own: the command line has no such limit.
error-too-much-work-steps = It needs more than { $limit } steps.
error-too-much-work-bytes = It needs more than { $limit } bytes of memory.
error-too-much-work-nodes = Most of it are { $count } nodes: all together takes about { $size } MiB of memory, the limit is { $limit } MiB.
error-too-much-work-pods = Most of it are { $count } Pods: all together takes about { $size } MiB of memory, the limit is { $limit } MiB.
error-too-much-work-routes = Most of it are { $count } routes on each node, one for each other node: all together takes about { $size } MiB of memory, the limit is { $limit } MiB.
error-too-much-work-endpoints = Most of it are { $count } endpoints, counted once for each port of each Service that has them: all together takes about { $size } MiB of memory, the limit is { $limit } MiB.
error-too-much-work-ranges = Most of it are { $count } source ranges of load balancers, counted once for each of their ports: all together takes about { $size } MiB of memory, the limit is { $limit } MiB.
error-too-much-work-addresses = Most of it are { $count } external and load balancer addresses, counted once for each port: all together takes about { $size } MiB of memory, the limit is { $limit } MiB.
error-too-much-work-ports = Most of it are { $count } ports of Services: all together takes about { $size } MiB of memory, the limit is { $limit } MiB.
error-busy-title = The server is busy
error-busy-text = Others are being served. Wait a moment and try again.
error-slow-request-title = The request came too slowly
error-slow-request-text = It broke off, or took longer than the server waits. Send it again.
error-wrong-host-title = Not the name of this server
error-wrong-host-text = This server answers to another name than the one in the address.
error-too-many-requests-title = Too many requests
error-too-many-requests-text = Wait a moment and try again.
error-bad-request-title = The request could not be read
error-bad-request-text = Something in the form or the address is not as expected.
error-timeout-title = This took too long
error-timeout-text = The input may be larger than this server is set up for. Give it fewer objects.
error-internal-title = Something went wrong here
error-internal-text = This is not your fault. Try again; if it happens again, tell whoever runs this server what you did.
error-no-input-title = There is nothing to build from
error-no-input-text = Paste manifests into the box or choose files, then press the button again.
upload-again = Try again
upload-files-again = Your browser does not keep chosen files: choose them again. What was pasted is still in the box.

probe-part-from = source
probe-part-via = first node
probe-part-to = destination
probe-part-proto = protocol
probe-part-sport = source port
probe-part-before = number of earlier probes
probe-part-wait = seconds between probes
probe-part-keep = connection that stays open
probe-part-size = bytes of payload
probe-part-method = method
probe-part-header = header field
probe-part-connect = where to connect
probe-part-choose = choice
probe-not-understood = The { $part } “{ $given }” could not be understood.
probe-candidates = Possible: { $candidates }.

probe-group-pods = Pods
probe-group-nodes = Nodes
probe-group-docker = Docker
probe-group-hosts = Other machines
probe-group-outside = Outside the cluster
probe-outside = host outside ({ $address })
probe-via = with routes by
probe-via-none = none (its gateway only)
probe-group-names = By name (DNS first)
probe-group-services = ClusterIP (no DNS)
probe-group-endpoints = Pod directly
probe-group-node-ports = Node ports
probe-group-given = Load balancer and external addresses
probe-group-near = Did you mean
probe-group-typed = As it is written
probe-group-urls = URLs of Ingresses and Gateways
probe-pick = Pick in the picture
probe-search-from = Search all sources
probe-search-to = Search all destinations
probe-swap = The other way round: { $from } → { $to }
probe-recent = Sent lately
probe-row = Packets in a row
probe-another = From another Pod: { $from }
probe-nth = { $n ->
    [1] First time
   *[other] Time { $n }
}
ends-from = Where does the packet start?
ends-to = Where does it go?
ends-search = Search
ends-hint = name, namespace/name, address, port
ends-count = { $shown } of { $total } shown
ends-none = Nothing is called so.
ends-silent = listens on no port
ends-more = { $count } more
probe-other = or another destination
probe-request = HTTP request: method, header fields, where to connect (with a URL)
probe-method = Method
probe-method-usual = GET (usual)
probe-headers = Header fields, one a line
probe-connect = Connect to, in place of where the host leads
probe-again = Send another packet
probe-suggestions = Try
try-across = to another node
try-nobody = nobody is ready
try-outside = from outside

scenario-summary = { $nodes ->
    [one] One node
   *[other] { $nodes } nodes
}, { $pods ->
    [one] one Pod
   *[other] { $pods } Pods
}, { $services ->
    [one] one Service
   *[other] { $services } Services
}
docker-summary = Docker host { $name } ({ $ip }), Docker Engine { $version } ({ $backend }): { $networks ->
    [one] one network
   *[other] { $networks } networks
}, { $containers ->
    [one] one container
   *[other] { $containers } containers
}, { $ports ->
    [0] no published port
    [one] one published port
   *[other] { $ports } published ports
}
docker-mode-none = no network
docker-mode-host = the host’s own network
docker-mode-container = the network of { $name }
scenario-settings = Kubernetes { $version }, CNI { $cni }, kube-proxy in { $mode } mode, Pods in { $pod_cidr }, Services in { $service_cidr }
scenario-probe = Send a packet
scenario-picture = The network
scenario-assumed = Assumed, because the input does not say it
inventory-heading = What was used of the input
glance-errors = { $count ->
    [0] no errors
    [one] 1 error
   *[other] { $count } errors
}
glance-warnings = { $count ->
    [0] no warnings
    [one] 1 warning
   *[other] { $count } warnings
}
glance-used = { $count } used
glance-partly = { $count } partly used
glance-unused = { $count } not used
glance-assumptions = { $count ->
    [one] 1 assumption
   *[other] { $count } assumptions
}
inventory-of-kind = Kind
inventory-used = Used
inventory-partly = Partly used
inventory-unused = Not used
inventory-assumed = Assumed
inventory-kind = { $count } { $kind }
inventory-field = { $path } is not used
inventory-more = … and { $count } more
unused-refused = the API server would refuse it because of an error
unused-acts-on-traffic = acts on traffic and is not simulated
unused-policy = decides who may connect; policies are not simulated
unused-makes-workloads = a controller makes Pods or Services of it; give those, e.g. with “kubectl get all -o yaml”
unused-definition = defines a kind and makes nothing itself
unused-no-network-effect = it does not change where packets go
unused-unknown = a kind that kubehop does not know
unused-no-configuration = holds no configuration of a network component
finding-trace = Trace this: { $from } → { $to }
finding-others = { $count ->
    [one] and one more like it
   *[other] and { $count } more like it
}
scenario-findings = { $count ->
    [0] Findings
    [one] One finding
   *[other] { $count } findings
}
scenario-errors = { $count ->
    [one] One error: what cannot be used is left out
   *[other] { $count } errors: what cannot be used is left out
}
scenario-no-findings = No errors and no warnings.
severity-error = Error
severity-warning = Warning
severity-info = Note
detail-rule = Rule { $number } of { $of } in { $chain }, table { $table }
detail-link = Interface { $dev }
detail-namespace = in { $where }
detail-neighbours = Rules around it
detail-set = { $count ->
    [0] Nothing is in { $set }
    [one] In { $set }: one element
   *[other] In { $set }: { $count } elements
}
detail-set-more = … and { $count } more
detail-cause = Why it is there

probe-missing = The { $part } is missing.
probe-too-long = The { $part } is too long.
probe-source-form = “{ $given }” is not a source. Write pod/NAMESPACE/NAME, deploy/NAMESPACE/NAME, node/NAME, container/SERVICE, host/NAME, ip/ADDRESS or external.
probe-external-source = A host outside the cluster cannot have “{ $given }”. Write external, or external/ADDRESS with an IPv4 address that nothing in the cluster has.
probe-via-form = “{ $given }” is not a node. Write node/NAME.
probe-unknown-pod = There is no Pod { $given }.
probe-refused-object = The API server refuses { $given }, so it is not there. The findings say why.
probe-pod-ended = Pod { $given } has ended: it has no address any more, so nothing goes there or comes from there.
probe-pod-unscheduled = Pod { $given } is on no node: it has no address, so nothing goes there or comes from there.
probe-pod-not-started = Pod { $given } has not started: it has no address yet, so nothing goes there or comes from there.
probe-unknown-container = There is no container { $given }.
probe-unknown-host = There is no machine { $given }.
probe-unknown-node = There is no node { $given }.
probe-unknown-service = There is no Service { $given }.
probe-unknown-address = Nothing in this cluster has the address { $given }.
probe-no-cluster-ip = Service { $given } has no ClusterIP. Ask for it by name.
probe-no-load-balancer = { $given } is not of type LoadBalancer, so no load balancer gives it an address.
probe-no-source = { $given } sends nothing itself; its Pods do.
probe-ambiguous = Several things are called { $given }. Add the namespace.
probe-unknown-workload = There is no workload { $given }.
probe-workload-without-pods = { $given } has no Pods that run.
probe-url-scheme = “{ $given }” is not a URL that can be called: write http:// or https://.
probe-target-form = “{ $given }” is not a destination. Write NAME:PORT, IP:PORT, svc/NAMESPACE/NAME:PORT, pod/NAMESPACE/NAME:PORT, node/NAME:PORT, container/SERVICE:PORT, host/NAME:PORT or http://HOST/PATH.
probe-name-form = “{ $given }” is no name that a resolver is asked for. Write a name as programs use it: web, web.shop or web.shop.svc.cluster.local.
probe-missing-port = The destination { $given } needs a port.
probe-bad-port = “{ $given }” is not a port number.
probe-unknown-port-name = No port is called { $given }.
probe-bad-count = “{ $given }” is not a number in range.
probe-bad-protocol = “{ $given }” is not a protocol that can be sent.
probe-bad-method = “{ $given }” is not a method.
probe-header-form = “{ $given }” is not a header field. Write NAME: VALUE.
probe-too-many-headers = There are more header fields than are taken, from “{ $given }” on.
probe-keep-form = “{ $given }” is nothing that a client keeps. Write connection, address, or both.
probe-keep-sctp = “{ $given }”: a connection stays open over TCP, UDP or ICMP, not over SCTP.
probe-url-only = “{ $given }” is said of a request over HTTP, and the destination is no URL. Write http://HOST/PATH.
probe-unknown-gateway = There is no Gateway { $given }.
probe-choose-form = “{ $given }” is not a choice. Write NAME=VALUE.
probe-unknown-choice = Nothing is chosen by the name { $given }.
probe-unknown-value = { $given } cannot be chosen here.
probe-ipv6 = Packets over IPv6 are not simulated yet: { $given }
error-cross-site-title = This form came from another site
error-cross-site-text = kubehop only takes forms of its own pages. Open the start page and send it from there.

cli-all-svg = --all goes with text and json; a picture, a transcript and a capture are of one branch: choose it with --choose.
cli-measure-format = Sizes and TTLs are told as text or JSON: --format text, --format json.
cli-step-of-nothing = A step is one of a probe: give --from and --to, too.
cli-animated = --animated makes an SVG of a whole trace: it goes with --format svg, --from and --to.
cli-terminal = { $format } is not text and would spoil the terminal: name a file with --out, or redirect the output.
cli-redacted = { $count ->
    [0] Nothing looked like a secret.
    [one] 1 place was overwritten.
   *[other] { $count } places were overwritten.
}
cli-link-forever = Nobody can revoke this link: whoever has it has the input.
cli-link-option = Links carry --cni and --proxy-mode, neither --kubernetes-version nor --bridge-nf: put those into the input (a Scenario or a Node says them).
cli-png-reduced = That would be more pixels than a picture may have: it is { $width } × { $height }.
cli-trace-this = to see it: { $command }
cli-progress-files = reading files
cli-progress-survey = looking through a list: { $done } of { $total } MiB
cli-progress-read = reading objects: { $done } of { $total } MiB, { $objects } objects
cli-too-much-hint = Give fewer objects, or more memory with --memory (for example --memory 4GiB).
cli-progress-decide = deciding what the cluster does with { $objects } objects
cli-findings-also = { $count ->
    [one] one more like it:
   *[other] { $count } more like it:
}
cli-no-node = --node: there is no node { $name }. There are: { $names }.
cli-no-pod = --pod: { $name } is no Pod. Write pod/NS/NAME, or deploy/NS/NAME for one of its Pods.
cli-no-rules = { $kind ->
    [chain] The chain has no rule for Service { $service } on this node.
    [external-name] Service { $service } is of type ExternalName: it is a name for another name, and kube-proxy writes no rules for it.
    [headless] Service { $service } is headless (clusterIP: None): its name leads to the Pods’ addresses, and kube-proxy writes no rules for it.
   *[none] kube-proxy wrote no rules for Service { $service } on this node.
}
cli-no-netns = --netns: { $name } is not on that node. Write root, or pod/NS/NAME of a Pod there.
cli-dns-usage = dns wants files and a name: kubehop dns FILE… --from pod/NS/NAME NAME [TYPE]

error-gone-title = This link has ended
error-gone-text = Whoever shared it deleted it, or its time is over.
error-wrong-key-title = Not the key of this link
error-wrong-key-text = Only the browser that made a link can change it.
error-store-title = The store does not answer
error-store-text = Uploads and shared links need it; the ready scenarios and the help pages work. Try again in a moment.
error-store-full-title = The store is full
error-store-full-text = This server has no room for more. Try again later, or run kubehop on a machine of your own.
error-quota-title = You have stored as much as you may
error-quota-text = Delete links of yours that nobody needs, or wait: uploads are deleted some time after their last use.
error-quota-limit = The limit is { $limit } MiB.
about-label = About this scenario
about-upload = This upload is deleted { $minutes ->
    [one] one minute
   *[other] { $minutes } minutes
  } after its last use. Whoever has its address can see it.
about-redacted = { $count ->
    [one] One place that looks like a secret or is not needed was overwritten before it was stored.
   *[other] { $count } places that look like secrets or are not needed were overwritten before anything was stored.
  }
about-shared = A shared link. It ends on { $date }.
about-shared-forever = A shared link without an end.
about-parent = Made of another version.
about-versions = What was changed
about-then-now = When it was shared the result was “{ $then }”; now it is “{ $now }”. The simulation was improved since.
share = Share
share-what = Makes a link to this very step that others can open. Whoever has the link can see the scenario, without what was overwritten.
share-lifetime = It lives for
share-lifetime-1d = 1 day
share-lifetime-30d = 30 days
share-lifetime-1y = 1 year
share-lifetime-forever = as long as this server allows
share-make = Make a link
share-title = Shared link
share-until = It ends on { $date }.
share-forever = It has no end.
share-readers = Whoever has the link can see the scenario, in their own language.
share-embed = For a blog or a wiki:
share-yours = This link is yours
share-key = This browser keeps the key to it. Without the key nobody can change or delete the link.
share-change = Change
share-new-key = Take a new key
share-delete = Delete the link now
share-no-key = Only the browser that made this link can change it.
share-carry-what = Or a link that carries the scenario itself: nothing is stored for it, and so it cannot be revoked. It is long, and it has room for 32 KiB.
share-carry = Make a link that stores nothing
about-carried = This scenario came with the link itself. This server stores nothing of it; whoever has the link has the scenario, and nobody can revoke it.
about-carried-redacted = { $count ->
    [one] 1 place that looks like a secret was overwritten. The address no longer has it; the link that you opened does.
   *[other] { $count } places that look like secrets were overwritten. The address no longer has them; the link that you opened does.
}
carried-title = A link that stores nothing
carried-link = The link
carried-size = { $size } KiB. Mails and chats may cut links that are longer than they expect: try it before you send it on.
carried-forever = This link cannot be revoked.
carried-text = It carries the scenario itself behind the #, which browsers do not send; opening it shows the scenario from this server's memory. Whoever has the link has the scenario for ever.
carried-open = Open it
view-title = A scenario in a link
view-what = The link carries the scenario itself, behind the #, which browsers do not send. A small script of this page sends it to be shown; nothing is stored. There is room for { $limit } KiB.
view-script = To show it this page needs JavaScript, which is off or blocked here: without it nobody but your browser knows what stands behind the #. With JavaScript on, open the link again.
view-nothing = There is no scenario in this address: everything behind the # is missing.
view-failed = The scenario could not be sent. Try again in a moment.
error-link-title = This link cannot be used
error-link-text = It carries the scenario itself: it works only whole, and within a limit.
link-version = It does not begin with a version that this server knows (v1).
link-broken = Something of it is missing or was changed on the way: mails and chats may cut long links.
link-too-long = It would have { $size } KiB; the limit is { $limit } KiB. Share the scenario with a stored link instead.
link-too-much = Unpacked it has more than { $unpacked } KiB, or too many files.
versions-title = Two versions
versions-before = Before:
versions-after = After:
versions-same = Both hold the same.
home-comments = Overwrite comments, too
embed-open = Open in kubehop
embed-picture = Step { $step } of { $total }

compare-title = Two worlds
compare-input = as the input says
compare-same = Every step is the same in both.
compare-first = They part at { $place }:
compare-with = What differs in the other world
compare-go = Compare
compare-left = First world
compare-right = Other world
compare-only = only here
compare-step = Step
compare-steps = Steps beside each other
compare-link = Compare with another plugin or mode
compare-urls = { $count } URLs, by { $first } and by { $other }; answered differently: { $differ }
urls-title = URLs through two ways in
urls-lead = An Ingress and the routes meant to replace it, or any two ways in: each URL is asked for in both, and what is answered differently is marked. Each cell leads to its trace.
urls-first = First way in
urls-other = Other way in
urls-list = URLs, one a line; a method may stand before
urls-differs = Differs
urls-result = result
urls-status = status
urls-service = Service
urls-path = path
urls-host = host
urls-location = where to
compare-bad-with = --with: { $why }

# Variables about Services
env-own = { $container } has a variable { $name } of its own, which wins.
env-used = { $container } uses $({ $name }).
env-used-as-port = { $container } uses $({ $name }) and gets a URL, not a port: { $value }. The number is in a variable whose name ends with _SERVICE_PORT.
env-read-as-port = Many programs read { $name } as the number of a port, and this is a URL. Set { $name } yourself, rename Service { $service }, or set enableServiceLinks: false.
env-image-named = The image of { $container } is called as Service { $service }: if it reads { $name } as a setting, it gets this URL. Set { $name } yourself, rename the Service, or set enableServiceLinks: false.
env-ambiguous = Service { $service } gives a variable { $name }, too: { $value }. Which of them stays is chance.
env-no-links = { $object } has enableServiceLinks: false: only the API server is told of.
env-without-no-address = { $service } has no ClusterIP: no variables.
env-without-no-links = { $service } is left out: enableServiceLinks: false.
env-without-younger = { $service } was made at { $made }, after the container had started ({ $started }): its variables come with the next start.

matrix-title = From everywhere, in every way
matrix-lead = One Service, called from every kind of place in every way: what the caller is told, and which source address the server sees. Each cell leads to its trace.
matrix-link = Every place and every way to a Service
matrix-to = Service and port
matrix-go = Show
matrix-from = From
matrix-none = There is no Service here that can be called.
matrix-no-way = This Service has no address of its own and no way in; its Pods are called by their own addresses.
matrix-policies = externalTrafficPolicy: { $external }, internalTrafficPolicy: { $internal }
matrix-place-same-pod = A Pod behind the Service
matrix-place-pod-same-node = Pod on the same node
matrix-place-pod-other-node = Pod on another node
matrix-place-pod = Pod
matrix-place-node = The node itself
matrix-place-other-node = Another node
matrix-place-lan = LAN host
matrix-place-internet = Internet host
matrix-behind = itself behind the Service
matrix-way-cluster-ip = ClusterIP
matrix-way-node-port = Node port, node with an endpoint
matrix-way-node-port-without = Node port, node without an endpoint
matrix-way-load-balancer = Load balancer address
matrix-way-external-ip = External IP
matrix-way-ingress = Ingress
matrix-way-gateway = Gateway
matrix-absent = What there is none of
matrix-absent-headless = No ClusterIP: the Service is headless.
matrix-absent-no-node-port = No node port.
matrix-absent-no-node-with = No node has an endpoint that is ready.
matrix-absent-no-node-without = Every node has an endpoint that is ready.
matrix-absent-no-load-balancer = No load balancer: the Service is of another type.
matrix-absent-no-address = No load balancer address: nothing has given one.
matrix-absent-no-external-ip = No externalIPs.
matrix-absent-no-ingress = No Ingress leads to this port.
matrix-absent-no-route = No HTTPRoute of a Gateway leads to this port.
matrix-nowhere = No such place: { $place }.
matrix-sees = sees { $address }
matrix-own = the caller’s own
matrix-elsewhere = went to Service { $name }
matrix-reached = only { $who } was reached
matrix-cut = more endpoints than are looked at here
matrix-not-asked = cannot be asked
cli-matrix-which = --to: there are { $count } Services, which one? { $names }

# The map of a scenario.
atlas-levels = How near
atlas-level-cluster = Cluster
atlas-level-nodes = Nodes
atlas-cluster = The cluster
atlas-nodes = Nodes and other machines
atlas-node = Node { $name }
atlas-host = Machine { $name }
atlas-pod = Pod { $name }
atlas-search = Search
atlas-search-hint = name, namespace/name or address
atlas-namespace = Namespace
atlas-kind = Kind
atlas-every-kind = all
atlas-label = Label
atlas-only-problems = only with problems
atlas-find = Find
atlas-clear = Show all
atlas-found = { $count ->
    [0] Nothing found among { $total } objects
   *[other] { $shown } of { $found } found, { $total } objects in all
}
atlas-page = Page { $page } of { $of }
atlas-part = Part { $page } of { $of }
atlas-nothing = Nothing of what was asked for is drawn here.
atlas-shown-workloads = { $shown } of { $total } workloads shown
atlas-shown-pods = { $shown } of { $total } Pods
atlas-shown-services = { $shown } of { $total } Services
atlas-shown-doors = { $shown } of { $total } Ingresses, Gateways and routes
atlas-shown-namespaces = { $shown } of { $total } namespaces
atlas-shown-machines = { $shown } of { $total } machines shown
atlas-shown-nodes = { $shown } of { $total } nodes shown
atlas-ring = { $workloads ->
    [one] 1 workload
   *[other] { $all_workloads } workloads
}, { $pods ->
    [one] 1 Pod
   *[other] { $all_pods } Pods
}, { $services ->
    [one] 1 Service
   *[other] { $all_services } Services
}{ $doors ->
    [0] { "" }
    [one] , 1 way in
   *[other] , { $doors } ways in
}{ $policies ->
    [0] { "" }
    [one] , 1 policy
   *[other] , { $policies } policies
}
atlas-ring-label = Namespace { $namespace }
atlas-ring-hidden = { $shown } of { $total } boxes shown: this namespace alone
atlas-lines-hidden = { $count ->
    [one] 1 more line is not drawn.
   *[other] { $count } more lines are not drawn.
}
atlas-fold = Fold
atlas-unfold = Unfold
atlas-troubles = { $count ->
    [one] 1 problem
   *[other] { $all } problems
}
atlas-policy = { $count ->
    [0] selects no Pod
    [one] selects 1 Pod
   *[other] selects { $count } Pods
} ({ $way ->
    [both] what it takes and sends
    [egress] what it sends
   *[ingress] what it takes
})
atlas-more-policies = { $count } more policies
atlas-policies-note = Marks say which workloads a policy selects, not what it lets through: a trace between two of them says what comes of it.
atlas-legend = Solid: from the input. Dashed: assumed. Dotted: not ready. Purple: a Service, which exists as rules only. ⚠: something is wrong.
atlas-ready-of = { $kind } · { $ready }/{ $count } ready
atlas-not-ready = Not ready
atlas-absent = Has no network: it ended, has not started, or no node takes it
atlas-nobody-behind = Nobody ready stands behind this Service
atlas-pods = { $count ->
    [one] 1 Pod
   *[other] { $count } Pods
}
atlas-containers = { $count ->
    [one] 1 container
   *[other] { $count } containers
}
atlas-machines = Other machines
atlas-other-nodes = Other nodes
atlas-control-plane = Control plane: { $name }
atlas-group = { $machines ->
    [one] 1 node
   *[other] { $all_machines } nodes
}, { $pods ->
    [one] 1 Pod
   *[other] { $all_pods } Pods
}
atlas-group-machines = { $machines ->
    [one] 1 machine that is no node
   *[other] { $all_machines } machines that are no nodes
}
atlas-group-hidden = { $shown } of { $total } shown: this group alone
atlas-all-groups = All groups
atlas-router = router
atlas-server = server of the Internet
atlas-machine = machine on the LAN
atlas-rules = rules
atlas-all-of = all { $count }
atlas-all-services = { $count ->
    [one] the Service
   *[other] all { $all } Services
}
atlas-pods-of-node = Pods on this node: { $shown } of { $total } shown
atlas-containers-of-host = Containers on this host: { $shown } of { $total } shown
atlas-from-here = Send from here
atlas-to-here = Send to here
atlas-rules-of = Rules
atlas-addresses = Addresses
atlas-routes = Routes
atlas-neighbours = Neighbours
atlas-listening = Listening
atlas-env = Service variables
atlas-pod-address = Address
atlas-pod-node = Node
atlas-pod-netns = Network namespace
atlas-pod-of = Made by
atlas-pod-ready = State
atlas-pod-is-ready = ready
atlas-pod-containers = Containers
atlas-pod-labels = Labels
atlas-pod-services = Services that lead here
atlas-pod-policies = Policies that select it
atlas-none = none
atlas-nothing-listens = Nothing is known to listen in this Pod.
atlas-bind-any = every address
atlas-bind-loopback = 127.0.0.1 only
atlas-bind-pod = the Pod’s address
atlas-evidence-weak = assumed
atlas-obstacle-ended = ended
atlas-obstacle-unscheduled = no node takes it
atlas-obstacle-not-started = not started yet
atlas-obstacle-init-container = an init container has not finished
atlas-obstacle-container = a container does not run
atlas-obstacle-startup-probe = the startup probe has not succeeded
atlas-obstacle-readiness-probe = the readiness probe fails
atlas-obstacle-readiness-gate = a readiness gate is not True
atlas-obstacle-condition = condition Ready is not True
atlas-missing = { $count ->
    [0] There is no { $given } in this scenario.
   *[other] There is no { $given } in this scenario. Near to it: { $near }.
} The search of the map finds every object.
error-no-object-title = No such object
error-no-object-text = The scenario is there, but nothing in it has this name.
