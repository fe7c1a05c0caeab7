result-short-ok = connected
result-short-refused = refused
result-short-timeout = timed out
result-short-eof = connected, then closed
result-short-tls = no TLS
result-short-not-http = no HTTP
result-short-http = { $errno }
result-short-error = { $errno }
result-short-name-not-resolved = name not resolved
result-short-no-address = no address
result-line = { $result }: { $outcome }
result-line-by = { $result }: { $outcome }, { $who } answered
result-ok = Connected: the client got its answer
result-refused = Connection refused
result-timeout = Timed out: nothing came back
result-eof = Connected, but the other side closed without a byte
result-tls = No TLS: one end speaks it and the other does not
result-not-http = Connected, but what listens there speaks no HTTP
result-http = Answered: { $errno }
result-error = { $errno ->
    [EHOSTUNREACH] No route to the host ({ $errno })
    [ENETUNREACH] The network is unreachable ({ $errno })
   *[other] Failed: { $errno }
}
result-name-not-resolved = The name could not be resolved
result-no-address = There is no address to connect to
server-sees = { $server } on { $node } answered at { $local } and saw the client as { $peer }.
server-sees-outside = { $server } answered at { $local } and saw the client as { $peer }.
server-sees-desktop = com.docker.backend ended the client’s connection and opened this one into the virtual machine: whoever calls, the server sees 192.168.65.1.
server-sees-out-of-desktop = Docker Desktop’s virtual machine sent it from { $vm }, and com.docker.backend called on with an ordinary socket of { $host }: a server outside sees the address of { $host }, whichever container calls.
server-sees-proxy = docker-proxy ended the client’s connection and opened this one: the server sees the address that the host has towards it.
server-sees-published = Docker translated the destination only: the server sees the client’s own address.

obstacle = { $kind ->
    [ended] it has ended ({ $reason }), and a Pod that ended has no address any more.
    [unscheduled] no node has it ({ $reason }), so it has no address.
    [not-started] it has no address yet ({ $reason }).
    [init-container] its init container { $container } has not finished ({ $reason }), so the others have not started.
    [container] its container { $container } does not run ({ $reason }), so nothing listens in it.
    [startup-probe] the startup probe of its container { $container } has not succeeded.
    [readiness-probe] the readiness probe of its container { $container } does not succeed.
    [readiness-gate] its readiness gate { $reason } is not True.
   *[condition] its condition Ready is not True.
}

outcome-delivered = Delivered
outcome-delivered-text = The packet reached a socket that answers, and the answer found its way back.
outcome-http-error = Answered with an error
outcome-http-error-text = The connection was made and the request was read; the response says that it is not served. The network did its part.
outcome-tls-mismatch = TLS on one side only
outcome-tls-mismatch-text = The client began TLS, and the process that it reached does not speak it on this port.
outcome-not-http = No HTTP
outcome-not-http-text = The connection was made, but the process that it reached speaks another protocol.
outcome-closed = Closed without an answer
outcome-closed-text = The connection was made. Whoever it reached could not make anything of how it began, and closed it.
outcome-rejected = Rejected by a rule
outcome-rejected-text = A rule with target REJECT answered with an error.
outcome-no-listener = Nothing listens on the port
outcome-no-listener-text = The packet reached the right address, but no process listens on that port.
outcome-dropped-by-rule = Dropped by a rule
outcome-dropped-by-rule-text = A rule with target DROP discarded the packet. Nobody is told.
outcome-dropped-by-policy = Dropped by a chain's policy
outcome-dropped-by-policy-text = No rule accepted the packet and the chain's policy is DROP.
outcome-no-route = No route
outcome-no-route-text = The routing tables have no entry for the destination.
outcome-dropped-by-route = Refused by a route
outcome-dropped-by-route-text = The matching route is a blackhole, unreachable or prohibit route.
outcome-neighbour-failed = Nobody answers ARP
outcome-neighbour-failed-text = The address should be on this network, but no interface there has it.
outcome-ttl-exceeded = TTL ran out
outcome-ttl-exceeded-text = The packet was forwarded too many times.
outcome-mtu-exceeded = Too large for the interface
outcome-mtu-exceeded-text = The packet is larger than the MTU of { $mtu } bytes and must not be fragmented.
outcome-path-mtu-black-hole = Path MTU black hole
outcome-path-mtu-black-hole-text = Packets of more than { $mtu } bytes do not fit on the way. The ICMP error that says so is lost, so the sender never learns it and sends again what never arrives.
outcome-fragments-missing = Fragments are missing
outcome-fragments-missing-text = Fragments with { $missing } bytes of the packet never arrive, so it cannot be put together. What did arrive is thrown away after { $seconds } s (net.ipv4.ipfrag_time).
outcome-forwarding-off = Forwarding is off
outcome-forwarding-off-text = net.ipv4.ip_forward is 0, so this host does not pass packets on.
outcome-martian-source = Impossible source address
outcome-martian-source-text = The source address cannot come from outside: it is one of this host's own, or loopback.
outcome-martian-destination = Impossible destination address
outcome-martian-destination-text = The destination address is not acceptable from outside: it is loopback.
outcome-reverse-path-filter = Stopped by the reverse path filter
outcome-reverse-path-filter-text = Packets to this source would leave by another interface, so rp_filter discards it.
outcome-other-host = For another station
outcome-other-host-text = The frame carries another station's Ethernet address.
outcome-no-bridge-port = The bridge has no port for it
outcome-no-bridge-port-text = The only port it could leave by is the one it came in by, and hairpin mode is off.
outcome-no-vtep = The tunnel does not know where to send it
outcome-no-vtep-text = The VXLAN interface has no forwarding entry for this Ethernet address and no default.
outcome-not-for-vxlan = Not for a tunnel here
outcome-not-for-vxlan-text = The port is that of a VXLAN interface, but no interface here has this network identifier.
outcome-link-down = The interface is down
outcome-link-down-text = The interface it should use is not up.
outcome-no-socket = Nobody waits for it
outcome-no-socket-text = No socket of this host waits for this packet.
outcome-loop = It goes in circles
outcome-loop-text = The packet passed more hops than allowed.
outcome-not-modelled = Not simulated
outcome-not-modelled-text = What would happen here is not simulated.
outcome-answer-not-recognised = The answer is not recognised
outcome-answer-not-recognised-text = An answer came back, but from an address the client did not ask. It was translated back by nobody.
outcome-name-not-found = The name does not exist
outcome-name-not-found-text = The name server answered that there is no such name (NXDOMAIN).
outcome-name-server-unreachable = No name server answers
outcome-name-server-unreachable-text = The client asked its name servers and none of them answered.
outcome-name-without-address = The name has no address
outcome-name-without-address-text = The name exists, but the name server has no address for it (NODATA).
outcome-name-server-failed = The name server failed
outcome-name-server-failed-text = The name server answered that it could not find out (SERVFAIL or REFUSED). That is not the same as “no such name”.
outcome-no-name-server = No name server to ask
outcome-no-name-server-text = The client's resolv.conf names no name server.
outcome-name-beyond = The name is known outside only
outcome-name-beyond-text = The question would go on to name servers outside the cluster, and those are not simulated. Whether the name exists there is not known.
outcome-ipv6-only = IPv6 only
outcome-ipv6-only-text = There is an IPv6 address only, and packets over IPv6 are not traced.
outcome-nothing-leads-there = Nothing leads there
outcome-nothing-leads-there-text = The packet came to the gateway between cluster and outside, which has no route to this address and discards it.
outcome-beyond-gateway = Beyond the gateway
outcome-beyond-gateway-text = The packet left by the gateway. What lies behind it is not simulated, so the result is not known.
outcome-no-way-in = No address to call
outcome-no-way-in-text = There is no address that a client could call for this.

help-delivered = The first packet of the connection reached a listening socket and its answer reached the client. From here on conntrack remembers every translation, so later packets take the same way without asking the nat table again.
help-http-error = A status from 400 on comes from a process that read the request: names, routes, rules and listeners worked as far as there. 404 from an Ingress controller means that no rule is for the host and path; 503 that the rule's Service is missing or has no ready endpoint; 502 and 504 that the endpoint refused or did not answer.

    The trace shows which proxy answered, and which rule it went by.
help-tls-mismatch = A client of https:// begins with TLS. A process that expects HTTP in the clear cannot read that, and closes. Use http://, or a port on which the process has a certificate.
help-not-http = HTTP is spoken to a server that speaks HTTP. Databases and queues have protocols of their own: a connection to their port is made, and whatever comes back is no response.
help-closed = A proxy that tells whose connection it carries on writes a PROXY header before all else. Both ends have to agree on it: who waits for the header closes every connection without, and who does not know it takes it for a broken request.
help-rejected = A REJECT rule answers with an ICMP error or a reset, and the client learns of it at once. kube-proxy writes such a rule for every Service port that has no ready endpoint.

    Look at the Service's selector and at the Pods it should find: they must carry those labels and be ready.
help-no-listener = The packet came to the right network namespace and no process there listens on that port, so the kernel answers with a reset (TCP) or with ICMP port unreachable (UDP).

    Compare the Service's targetPort with the port the process listens on. containerPort is only a note; it does not make a process listen.
help-dropped-by-rule = A DROP rule discards the packet without an answer, so the client waits until it gives up. Look at the rule's cause: it says which component wrote it and for which object.
help-dropped-by-policy = A built-in chain has a policy for packets that no rule decided about. Here it is DROP. Something has to accept the packet before the end of the chain.
help-no-route = The kernel looks the destination up in its routing tables and found nothing, not even a default route. Between nodes, Pod networks need a route on every node; writing them is the work of the CNI plugin or of the installer.
help-dropped-by-route = Routes of type blackhole, unreachable and prohibit exist to refuse packets. Look at who installed this one.
help-neighbour-failed = Before a frame can leave, the kernel asks by ARP for the Ethernet address of the next hop. Nobody answered three times. Usually nothing has that address: a Pod that is gone, or a typing error.
help-ttl-exceeded = Every host that forwards a packet takes one off its TTL. At zero it is discarded and an ICMP error is sent to the source. Often two hosts send it to each other.
help-mtu-exceeded = Encapsulation adds headers, so an overlay's interfaces need a smaller MTU than the network below. The packet is larger and carries the don't-fragment flag.
help-path-mtu-black-hole = Small requests work and large transfers hang. A host lowers the size of its packets when a router answers with ICMP “fragmentation needed” (type 3 code 4). A rule that drops ICMP takes that answer away: let it pass, or make the MTU of the hosts fit the way.
help-fragments-missing = A long packet travels in fragments, each as a packet of its own. An interface with a smaller MTU drops the long ones silently and lets the short ones pass. The receiver, or connection tracking on the way, waits for the rest and gives up. The sender is told only when the first fragment arrived. Make the MTUs on both ends of each link the same.
help-forwarding-off = A node forwards packets between its Pods and the network only when net.ipv4.ip_forward is 1. Container runtimes and kubeadm check for it.
help-martian-source = Linux refuses packets from outside whose source is its own address or loopback. Such packets come from wrong translations or from spoofing.
help-martian-destination = Addresses in 127.0.0.0/8 must not come in from outside. Node ports on loopback need route_localnet.
help-reverse-path-filter = With rp_filter 1 a packet is taken only from the interface by which its source would be reached. Asymmetric routes need 0 or 2.
help-other-host = A station ignores frames that carry another's address. They reach it by flooding.
help-no-bridge-port = A bridge does not send a frame back by the port it came in by. A Pod that reaches itself by its Service needs hairpin mode on its port, which the bridge plugin calls hairpinMode.
help-no-vtep = A VXLAN interface looks up the other node's address by the Ethernet address of the frame: see bridge fdb show. Whoever configures the overlay adds one entry for each node.
help-not-for-vxlan = The network identifier (VNI) and UDP port must be the same on both ends, and each end must have an Ethernet address of its own. Nothing is answered to what does not fit.
help-link-down = An interface that is not up passes nothing.
help-no-socket = An answer for a connection this host does not know. For TCP it would be a reset; for others nothing happens.
help-loop = The packet came through the same places again and again. Look for two routes or translations that point at each other.
help-not-modelled = We say where the simulation ends rather than guess.
help-answer-not-recognised = The client waits for an answer from the address it sent to. The server answered directly, past the node that had translated the request, so nobody translated it back.

    The classic cause: two Pods on one bridge and net.bridge.bridge-nf-call-iptables at 0. The request leaves the bridge for the ClusterIP and is translated, the answer stays on the bridge and meets no conntrack.
help-name-not-found = The resolver tries the name with every entry of its search list when it has fewer dots than ndots, and then as it is. All of them were answered with NXDOMAIN. A Service in another namespace is NAME.NAMESPACE.
help-name-server-unreachable = The question was sent and nothing came back, or a reject. A Pod asks the ClusterIP of the DNS Service: without ready CoreDNS Pods behind it, or with another address in kubelet's clusterDNS, every name fails.
help-name-without-address = NODATA: the name is there, but not with the kind of record that was asked for. A Service with IPv6 addresses only has no A record; a namespace has no address at all; an ExternalName whose target does not exist leaves the alias alone.
help-name-server-failed = SERVFAIL: the server tried and failed, for instance because no plugin of its Corefile answers for the name or its own upstream fails. REFUSED: it does not answer for that name. A resolver asks the next server, then gives up for now and may try again later.
help-no-name-server = With dnsPolicy None a Pod has only the servers of its dnsConfig. With ClusterFirst it has the address of the cluster's DNS Service, if there is one.
help-name-beyond = CoreDNS answers for the cluster's zone and forwards every other name to the name servers of its node. What those know is not part of manifests, so it is not guessed: the result is neither a success nor a failure.
help-ipv6-only = Kubernetes gives a Service addresses of the families in spec.ipFamilies. Rules for IPv6 can be listed; packets over IPv6 are not traced yet.
help-nothing-leads-there = Addresses of Pods and Services have a meaning inside the cluster only: its nodes have rules and routes for them, other machines do not. From outside, a Service is reached by a node port, a load balancer or an Ingress.

    A host outside can be given routes by one of the nodes (--via node/NAME). They lead to Service and load balancer addresses, not to Pods.
help-beyond-gateway = The world behind the gateway is not part of the input. Whether an address there answers is not guessed.
help-no-way-in = A Service of type LoadBalancer has an address once a load balancer of the cloud, or MetalLB, gave it one in status.loadBalancer. Until then its EXTERNAL-IP is pending, and only its node ports lead in.

assume-unmodelled-match = A rule uses the match “{ $module }”, which is not modelled; it was taken as not matching.
assume-unmodelled-target = A rule uses the target “{ $target }”, which is not modelled; it was passed over.
assume-pieces = Rules changed the fragments in different ways. Those behind the first are assumed to go its way.
assume-within-limit = A rule matches only below a rate (limit); the packet was taken as below it.
assume-beyond-gateway = { $ip } lies beyond the gateway, which is not simulated; whether something answers there is not known.
assume-via-router = Node { $node } is on another segment than the host outside; the router between them is assumed to have the routes by that node.
assume-upstream-dns = { $name } is outside the cluster's zone, and no upstream name server is simulated.
assume-load-balancer = What leads packets from outside for { $ip } (Service { $service }) to a node is not in the input; node { $node } was taken.
assume-node-port = A client outside calls node port { $port } of Service { $service } on node { $node }; any other node would do.
assume-node-port-local = A client outside calls node port { $port } of Service { $service } on node { $node }; with externalTrafficPolicy Local only nodes with an endpoint answer.
assume-ipv6 = { $ip } is an IPv6 address, and packets over IPv6 are not traced.
assume-node-resolver = Which name servers the nodes ask is not in the input; { $ip } was taken.
assume-node-names = { $name } is a node's name; nodes are assumed to know each other's names, and so is their resolver.
assume-not-outside = { $name } looks like a name of this cluster; it is assumed not to exist outside.
assume-services-first = The input does not say when Pod { $pod } started: all Services are taken to be older, and so to be in its variables.
assume-corefile-plugins = CoreDNS is told to use plugins or options that are not simulated (line of the Corefile in brackets): { $plugins }.
assume-node-cache-empty = The cache of names on the node, { $ip }, is taken to be empty and to ask the DNS Service behind it for every name, by datagrams.
assume-node-cache = Pods ask { $ip }, a cache on their own node (NodeLocal DNSCache), which is not simulated.
assume-netns-fault = The network namespace { $netns } could not be set up ({ $fault }): a bug of kubehop, please report it. Its interfaces are shown as if they were down.
assume-nodes = The input has no Nodes. These were assumed: { $names }.
assume-docker-host = The input has no Docker host. { $name } at { $ip } was assumed.
assume-internet-gateway = No router of the Scenario leads to { $servers }: the assumed gateway does, and translates addresses on the way.
assume-docker-version = Which Docker Engine runs is not in the input. { $version } was assumed.
assume-docker-desktop = Docker Desktop runs the engine of { $host } in a virtual machine. Addresses are those of its default settings (192.168.65.0/24), and its own network stack is shown by means of Linux: a link to the virtual machine and address translation on the way out. Not simulated: its HTTP proxies, its host networking, and that ICMP is answered in place.
assume-node-containers = The nodes are containers that { $maker } made on the Docker host { $host }. Which of their ports the host publishes is not in the input: none is assumed.
assume-docker-network-order = Networks are assumed to be made in the order of the file. Docker Compose keeps no order, so that their subnets may be swapped.
assume-docker-external-network = Network { $network } is external. It is assumed to be there, with the next free subnet.
assume-docker-network-seen = Network { $network } was not recorded itself. Its subnet and gateway were taken from a container on it; its other options are the usual ones.
assume-docker-nftables = The Docker engine is told to write nftables rules, which engines before 29 do not. The iptables rules of Docker Engine { $version } stand in for them.
assume-docker-forwarding = Docker Engine { $version } with the nftables back-end does not turn IP forwarding on, and makes no network where it is off. It was assumed to be on (net.ipv4.ip_forward 1).
assume-docker-port-picked = Docker picks a port of the host where the file names none. { $port } was assumed for port { $target } of { $container }.
assume-compose-merged = These files are read as one project, each over those before it: { $files }.
assume-compose-project = Nothing names the project. Its name is assumed to be { $name }.
assume-distribution = The input comes from { $name }; its defaults stand for what is not said.
assume-node-proven = { $pod } names node { $node }, so that node is assumed to exist.
assume-node-for-labels = No assumed node has what Pod { $pod } asks for; { $node } was assumed with { $labels }.
assume-node-for-spread = No assumed node is apart from the Pods that Pod { $pod } keeps away from; { $node } was assumed.
assume-node-for-port = No assumed node has hostPort { $port } free for Pod { $pod }; { $node } was assumed.
assume-windows-node = Node { $node } runs Windows. Its network is not simulated; it is shown as if it were Linux.
assume-segments = The nodes are on separate segments ({ $segments }) with a router between them that knows the nodes, not the Pod networks: { $cni } writes no routes there.
assume-segments-routed = The nodes are on separate segments ({ $segments }). What carries Pods’ packets between them with { $cni } is simulated as routes of the router.
assume-cni = The input shows no network plugin. { $cni } was assumed.
assume-cni-for-policies = The input has NetworkPolicies and shows no network plugin. { $cni } was assumed: it enforces them.
assume-cni-chained = The CNI configuration chains the plugin { $plugin }, which is not simulated: what it would do to packets is left out.
assume-cni-simulated-as = The input has the network plugin { $cni }; it is simulated as { $simulated }.
assume-weave = Weave Net is archived since 2024 and gets no more fixes. Its fast datapath is simulated as a bridge that learns, with VXLAN to all nodes; its VNIs, the way through user space (sleeve) and the chains of weave-npc are not.
assume-cni-stands-in = The network plugin { $cni } is not simulated yet; { $simulated } stands in for it.
assume-calico-pool-nodes = IPPool { $pool } is for nodes that fit “{ $selector }” only. Addresses of Pods that the input gives are taken as they are; the others are handed out without regard to that.
assume-calico-pool = The input has no IP pool of { $cni }. One over the whole Pod network was taken, with blocks of 64 addresses and masquerading of what leaves it, as the install files make it.
assume-calico-data-plane = Calico’s data path in the kernel is { $plane }; the one with iptables is simulated in its place.
assume-proxy-mode-stands-in = kube-proxy’s mode { $mode } is not simulated; { $simulated } stands in for it.
assume-proxy-replaced = { $by } does kube-proxy’s work itself, which is not simulated; kube-proxy in { $simulated } mode stands in for it.
assume-service-range = The Service network { $range } was inferred; nothing names it.
assume-pod-range = The Pod network { $range } was inferred; nothing names it.
assume-own-ranges = Pods have addresses outside of their Nodes’ podCIDR, so { $cni } hands out ranges of its own; they are reached by routes to each Pod.
assume-version = The input names no version. Kubernetes { $version } was assumed.
assume-port-shared-in-pod = Containers { $first } and { $second } of Pod { $pod } both want port { $port }. { $first } is assumed to have it; { $second } cannot bind it and restarts again and again, so it is doubtful that the Pod is ready.
assume-listener-by-service = Nothing says what Pod { $pod } listens on. Assumed: { $port }, the target port of a Service.
assume-listener-by-probe = Only its { $probe } says that Pod { $pod } listens on { $port }. Assumed: the program answers there, as the probe expects.
assume-listener-by-endpoint = Nothing says what Pod { $pod } listens on. Assumed: { $port }, where the input's endpoints lead.
assume-listener-by-image = Only the image { $image } says what Pod { $pod } listens on. Assumed: that image's usual ports ({ $ports }) and no other.
assume-listener-by-program = The command line of Pod { $pod } names no port for { $program }. Assumed: that program's default, { $address } port { $port }.
assume-listener-by-variable = Pod { $pod } declares { $port }, but { $variable } names another port. Assumed: nothing listens on { $port }.
assume-only-declared-ports = Assumed: Pod { $pod } listens on the ports that its manifest names and on no other: { $ports }.
assume-endpoint-host = No Pod and no node of the input has { $ip } ({ $object }); a machine with that address was assumed on the nodes' network, listening on { $ports }.
assume-endpoint-hosts-cut = EndpointSlices and Endpoints name { $count } addresses that no Pod and no node of the input has; a machine was assumed for { $made } of them only.
assume-endpoint-ipv6 = { $object } names IPv6 addresses that no Pod and no node of the input has ({ $count }, the first { $ip }); no machine was assumed for them, as packets over IPv6 are not traced.
assume-machine-unread = Of what was seen of { $machine } { $count ->
    [one] a line is
   *[other] { $count } lines are
} not understood and left aside, “{ $first }” first; the result may depend on { $count ->
    [one] it
   *[other] them
}.
assume-scenario-part = The Scenario's { $part } is not simulated; what it says may change the result.
assume-host-port = No CNI configuration is in the input: hostPort is assumed to be served by the plugin portmap, as usual.
assume-hairpin = No CNI configuration is in the input: the bridge on { $node } is assumed to send a Pod's frames back to it by its own port (hairpinMode). With hairpinMode off, a Pod does not reach itself by a Service.
assume-system-services = Services that every cluster has were assumed: { $names }.
assume-ingress-controller = The input has Ingress { $ingress } and nobody who serves it: { $controller } was assumed, as its install files set it up, behind the Service { $service }.
assume-gateway-proxy = The input has no proxy for Gateway { $gateway } (class { $class }): one was assumed, with a Service of type LoadBalancer.
assume-entry-point = No name server has { $host }. It was taken to lead to { $address }, the address of { $service }, the only way in for it.
assume-http-answer = What { $process } answers is not in the input: 200 was taken.
assume-http-by-port = Port { $port } of { $process } was taken to speak { $speaks }, by its number or name.
assume-route-unread = { $object }: { $field } acts on this request and is not simulated.
assume-certificate = The certificate for { $host } was taken to be one that the client trusts.
assume-coredns = Two Pods of CoreDNS were assumed.
assume-dns-assumed = The input has Nodes but no DNS. The Service kube-dns and CoreDNS were assumed for questions by name.
assume-ipv6-cluster = The cluster has IPv6 only, which is not simulated; it is shown with IPv4 addresses.
assume-load-balancer-proxy = The load balancer { $ip } of Service { $service } ends connections itself (ipMode Proxy). A machine with that address was assumed, which opens a connection of its own to a node port of a node that passes its health check.
assume-load-balancer-announces = The load balancer { $ip } of Service { $service } is told to say whose connections it carries on (PROXY protocol), so it ends connections itself. A machine with that address was assumed, which opens a connection of its own to a node port of a node that passes its health check.
assume-bgp-peer = No router of the input has the address { $ip } of BGPPeer { $peer }. MetalLB was taken to speak to the routers that are there.
assume-l2-interfaces = MetalLB’s speakers answer ARP on { $interfaces } only. The nodes’ uplink, eth0 here, was taken to be one of them.
assume-load-balancer-by-metallb = MetalLB, as the Scenario says, gives Service { $service } the address { $ip }; the input has no pool, so the last addresses of the nodes’ segment were taken for one.
assume-load-balancer-by-cloud = The cloud’s load balancer gives Service { $service } the address { $ip }. It is taken to keep the destination and to send each flow to one of the nodes that pass its health check.
assume-load-balancer-by-nodes = ServiceLB gives Service { $service } the nodes’ own addresses ({ $ips }); its Pods are taken to run there. kube-proxy’s rules for these addresses take the packets before them.
assume-load-balancer-by-pool = MetalLB gives Service { $service } the address { $ip } out of its pool; its controller and speakers are assumed to run.
assume-pod-cidr = Node { $node } has no podCIDR; { $cidr } was assumed.
assume-node-address = Node { $node } has no internal address; { $ip } was assumed.
assume-replicas-cut = { $object } asks for { $asked } replicas; { $made } are simulated.
assume-policy-no-effect = Pod { $pod } is selected by { $policy }, which has no effect here: { $cni } enforces no policies, and nothing else in the input does.
assume-policy-denies-by-meaning = Pod { $pod } is selected by { $policy }, and by what they mean nothing lets this connection pass: expect it to be discarded. Whoever enforces them does so by no rules that are simulated, so the packet is not stopped here.
assume-policy-by-meaning = Pod { $pod } is selected by { $policy }, which let the connection pass. That is modelled by what the policies mean: whoever enforces them does so by no rules that are simulated.
assume-policy-not-simulated = Pod { $pod } is selected by { $policy }, and whoever enforces it does so by no rules that are simulated: the result can be another.
assume-sidecar-injected = Labels or annotations ask { $mesh } for a proxy beside the containers of Pod { $pod }, and none is among them. Its webhook was taken to have added one when the Pod was made, with its usual rules.
assume-sidecar-rules = A proxy of { $mesh } is among the containers of Pod { $pod }, and nothing that writes rules which lead traffic to it. The usual rules were taken.
assume-sidecar-routes = The proxy of { $mesh } in Pod { $pod } carried the connection on as Services alone say: to a ready endpoint, or to where it was for. Routes, policies and mutual TLS of the mesh are not simulated.
assume-sidecar-not-simulated = Container { $container } of Pod { $pod } takes the Pod's traffic as a proxy; proxies of a mesh are not simulated.
assume-mesh-not-simulated = { $object } routes traffic for Service { $service } in the mesh's proxies, which are not simulated.
assume-port-stands-in = { $object } has the placeholder { $placeholder } for a port number; { $value } stands in for it.
assume-read-as-meant = { $object } has a mistake for which kubectl refuses it; it was read as what was probably meant.
assume-ingress-not-simulated = { $object } takes host { $host } to Service { $service }; the controllers that do so are not simulated.

headline-assumed = { $title } (if the assumptions hold)
headline-not-modelled = { $title } (in the part that is simulated)
verdict-works = Works
verdict-fails = Fails
verdict-assumed = Under assumptions
verdict-not-modelled = Not fully simulated
