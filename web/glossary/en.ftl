term-arp = ARP
    .match = ARP
    .means = How a machine finds the link-layer address behind an IP address of its own segment: it asks everybody who has that address, and the owner answers. To send to another network, it asks for the gateway's address instead.

term-authorised-network = authorised network
    .match = authorised network, authorised networks, authorized network, authorized networks
    .means = An address range on the list of those that may reach the API server of a GKE cluster. It filters callers and nothing else: no subnet and no route is added to the cluster.

term-bgp = BGP
    .match = BGP
    .means = A protocol by which routers tell each other which address ranges are reached through them. Calico's nodes can announce their Pods' addresses with it, MetalLB those of Services.

term-bridge = bridge
    .match = bridge, bridges, bridged, bridge port, bridge ports, port of a bridge
    .means = A switch made in software. The interfaces attached to it are its ports, and it passes frames between them by link-layer address. With an IP address it is also an interface of its machine in that network.

term-bridge-nf = bridge-nf-call-iptables
    .match = bridge-nf-call-iptables, net.bridge.bridge-nf-call-iptables, bridge-nf, br_netfilter
    .means = A kernel setting (sysctl): with 1, iptables sees the frames that a bridge passes from port to port. With 0, a Pod's answer to a neighbour on its bridge skips the rules and is not translated back.

term-chain = chain
    .match = chain, chains
    .means = A list of rules that a packet meets from top to bottom until one decides about it. Built-in chains are called at the kernel's hooks; user-defined ones, such as KUBE-SERVICES, are entered by a jump.

term-cluster-ip = ClusterIP
    .match = ClusterIP, ClusterIPs, cluster IP
    .means = The address that Kubernetes gives a Service for calls from inside the cluster. With iptables it is on no interface: rules on every node replace it by a Pod's address. Where no such rule is met, it leads nowhere.

term-cni = CNI plugin
    .match = CNI plugin, CNI plugins, CNI, network plugin, network plugins, plugin, plugins
    .means = A program that a node's container runtime calls, by the interface named CNI, to make a new Pod's network: veth pair, address, routes. Whether Pods share a bridge, and whether plain routes or an overlay join the nodes, depends on it.

term-cni0 = cni0
    .match = cni0
    .means = The usual name of the bridge that a CNI plugin makes on a node. Its ports are the node's ends of the cables to the Pods, and its address is their gateway. Some plugins have none.

term-compose = Docker Compose
    .match = Compose, Docker Compose
    .means = Docker's tool that starts several containers from one file. A project gets a bridge of its own unless the file says otherwise. A service in that file is one container or several, not a Service of Kubernetes.

term-conntrack = conntrack
    .match = conntrack, conntrack entry, conntrack entries, entry in conntrack
    .means = The kernel's list of connections in a network namespace. The first packet of a connection makes an entry with both directions and any translation; later packets and replies are translated by it, without reading nat rules again.

term-container = container
    .match = container, containers
    .means = One or more processes with a view of their own: own files, own list of processes, usually a network namespace of their own. Containers of the same Pod share the network namespace.

term-container-port = containerPort
    .match = containerPort, container port
    .means = A port that a Pod's manifest declares. It opens and closes nothing, but it can give the port a name for a Service's targetPort. In the file of a kind cluster it means a port of the node.

term-coredns = CoreDNS
    .match = CoreDNS
    .means = The name server of most clusters, running in Pods behind a Service of its own. It answers for the cluster's domain from what the API server knows, and passes queries for other names on to servers outside.

term-dnat = DNAT
    .match = DNAT
    .means = Replacing a packet's destination address, often the port too. It happens in PREROUTING, or in OUTPUT for the machine's own processes, so that the packet is routed to the new destination.

term-dns = DNS
    .match = DNS, name server, name servers, AAAA, CNAME
    .means = The system that tells addresses by names. A resolver sends a query to a name server, which answers with records: A for an IPv4 address, AAAA for an IPv6 address, CNAME for an alias of another name.

term-docker-proxy = docker-proxy
    .match = docker-proxy, userland proxy
    .means = A process that Docker starts for a published port. It takes connections that Docker's DNAT rule leaves out, such as those to 127.0.0.1, and opens a second one to the container, which then sees the bridge's address.

term-docker0 = docker0
    .match = docker0
    .means = The bridge of Docker's default network, an interface in the host's root namespace. Cables to containers end at its ports, and its address is their gateway. On this network Docker answers no queries for container names.

term-encapsulation = encapsulation
    .match = encapsulation, encapsulated, wrapped, wraps, wrapping, unwraps
    .means = Putting a whole packet or frame into another packet. Machines on the way read the outer header only, and the receiver takes the inner one out again. The added headers take room, so Pods get a smaller MTU.

term-endpoint = endpoint
    .match = endpoint, endpoints
    .means = An address and port behind a Service, as a rule those of a ready Pod that fits the selector. The nodes' rules choose one for each connection; if a Service has none, calls to its ClusterIP are refused.

term-endpoint-slice = EndpointSlice
    .match = EndpointSlice, EndpointSlices
    .means = The object in which Kubernetes lists a Service's endpoints: addresses, ports, and whether each is ready. The control plane keeps it up to date, and kube-proxy writes its rules from it.

term-eth0 = eth0
    .match = eth0
    .means = The usual name of a first network interface. A node's eth0 is its network card, a Pod's is one end of a veth pair. Each network namespace has its own, and the others cannot see it.

term-external-ips = externalIPs
    .match = externalIPs, external IP, external IPs
    .means = Addresses listed in a Service, for which kube-proxy writes rules on every node. It neither announces them nor answers ARP for them: a route, or a node that owns the address, has to bring the packets.

term-external-name = ExternalName
    .match = ExternalName
    .means = A type of Service that is nothing but an alias in the cluster's DNS, a CNAME for a name outside. It has no ClusterIP and no rules, so its ports translate nothing.

term-external-traffic-policy = externalTrafficPolicy
    .match = externalTrafficPolicy, internalTrafficPolicy, internal traffic policy, policy Cluster, policy Local
    .means = For calls from outside. Cluster: a node chooses any Pod and puts its own address in as source. Local: only its own Pods, and the client's address stays; without one it drops. internalTrafficPolicy limits calls from inside to own Pods likewise.

term-fdb = FDB (forwarding database)
    .match = FDB, forwarding table, forwarding entry, forwarding entries
    .means = The table in which a bridge notes behind which port each link-layer address is, learned from the source of frames. That of a VXLAN interface says behind which node an address is.

term-fragment = fragment
    .match = fragment, fragments, fragmented, fragmenting, fragmentation needed
    .means = A piece of a packet that was too large for the next interface. A router may cut a packet only if its header permits that; otherwise it drops it and says by ICMP that fragmentation was needed.

term-frame = frame
    .match = frame, frames
    .means = What travels within one segment: an Ethernet header with two link-layer addresses, and usually an IP packet inside. A router takes the packet out and puts it into a new frame for the next segment.

term-gateway = gateway
    .match = gateway, gateways, default gateway, default route, next hop
    .means = The router to which packets for other networks are sent. The default route, which fits every address, names it as its next hop. A Gateway of the Gateway API is something else, a door to a proxy.

term-gateway-api = Gateway API
    .match = Gateway API, Gateway door
    .means = Objects of Kubernetes for traffic from outside. A Gateway is a door: a port and the host names it lets in. HTTPRoutes say where requests go from there. Both only instruct a proxy.

term-hairpin = hairpin
    .match = hairpin, hairpin flag, hairpin mode
    .means = A packet's turn back to where it came from, as when a Pod calls its own Service and is chosen itself. Its source must be masqueraded; if the frame is bridged, the bridge port needs the hairpin flag too.

term-handshake = TCP handshake
    .match = handshake, SYN, connection request, connection requests
    .means = How a TCP connection opens: the client sends a connection request (SYN), the server answers, the client confirms. The request holds addresses and ports, but nothing yet of what the program wants to say.

term-headless-service = headless Service
    .match = headless Service, headless Services, headless
    .means = A Service without a ClusterIP. Its name leads to the addresses of its ready Pods, and no rule translates address or port. If no Pod is ready, the name does not exist.

term-hook = hook
    .match = hook, hooks, PREROUTING, POSTROUTING, INPUT, OUTPUT, chain FORWARD, in FORWARD
    .means = A point on a packet's way through the kernel where chains are called: PREROUTING on arrival, INPUT if it is for this machine, FORWARD if it is passed on, OUTPUT for own processes, POSTROUTING before leaving.

term-http-route = HTTPRoute
    .match = HTTPRoute, HTTPRoutes
    .means = An object of the Gateway API that leads requests from a Gateway to Services, by host name, by path and by shares. It becomes no rule in the kernel: the proxy behind the Gateway reads it.

term-icmp = ICMP
    .match = ICMP
    .means = The protocol that reports on packets: host or port unreachable, packet too large, TTL used up. Ping uses it too. Where it is filtered, the sender is not told of the error.

term-ingress = Ingress
    .match = Ingress, Ingresses
    .means = An object with rules for HTTP requests from outside: which host and path belong to which Service. It does nothing by itself; an ingress controller reads it and acts on it.

term-ingress-controller = ingress controller
    .match = ingress controller, ingress controllers, controller, controllers
    .means = The program, running in a Pod, that does what Ingresses say. It is a reverse proxy: connections of clients end there, and it opens its own to Pods, which see the controller as their client. The controller of a Deployment is something else: it makes and replaces Pods.

term-ip-in-ip = IP in IP (IPIP)
    .match = IP in IP, IPIP
    .means = Encapsulation of a packet in a second IP packet, which adds 20 bytes. Calico can use it between nodes. It is neither TCP nor UDP, so a firewall has to allow it as a protocol of its own.

term-iptables = iptables
    .match = iptables, netfilter, nat table, raw table
    .means = The rules by which the Linux kernel (netfilter) filters and translates packets, and the tool that writes them. Rules are in chains, chains in tables: raw comes first, nat translates, filter accepts and drops.

term-kind = kind
    .match = kind cluster, kind clusters
    .means = A tool that runs each node of a Kubernetes cluster as a container on one machine. The nodes share a Docker network of their own; other machines reach them through published ports.

term-kube-proxy = kube-proxy
    .match = kube-proxy
    .means = The agent for Services on each node. It writes rules, mostly for iptables or nftables, that replace a Service's address by a Pod's. Despite its name no packet passes through it: the kernel applies the rules.

term-kubelet = kubelet
    .match = kubelet
    .means = Kubernetes' agent on each node. It has the containers of Pods started, checks whether they are ready, and writes the resolv.conf and the environment variables that a Pod sees.

term-label = label
    .match = labels, labelled, label app, label tier
    .means = A key and a value on an object of Kubernetes, such as app: shop. Selectors find Pods by comparing labels letter by letter. A label of a DNS name is something else, one part between two dots.

term-listen-address = listen address
    .match = listen address, listen, listens, listening, bound, 0.0.0.0
    .means = A process that listens has a socket bound to an address and a port. Bound to 0.0.0.0 it gets connections to every address of its network namespace, bound to 127.0.0.1 only those from inside that namespace.

term-load-balancer = load balancer (LoadBalancer)
    .match = load balancer, load balancers, LoadBalancer, balancer, balancers
    .means = It stands before the nodes and spreads calls from outside over them. A Service of type LoadBalancer asks for its address; a cloud or a program such as MetalLB gives it. Otherwise the address stays pending.

term-loopback = loopback (lo, localhost)
    .match = loopback, localhost, lo
    .means = The interface lo, which leads back into its own network namespace. Its addresses begin with 127, and localhost stands for 127.0.0.1. Every namespace has its own, so localhost reaches only processes in the same one.

term-mac-address = link-layer address (MAC)
    .match = link-layer address, link-layer addresses, MAC address, MAC addresses, MAC
    .means = The address of an interface in the Ethernet header of frames. It is of use in one segment only: every router writes new ones, so behind a router nobody sees the first sender's.

term-mark = mark
    .match = marked, packet mark
    .means = A number that the kernel keeps beside a packet within one network namespace; it is not in the packet's headers. Rules set it and look for it: kube-proxy marks what POSTROUTING should masquerade.

term-masquerade = masquerade (SNAT)
    .match = masquerade, masquerades, masqueraded, masquerading, SNAT
    .means = SNAT replaces the source address of a packet in POSTROUTING. Masquerading is SNAT with the address of the interface by which the packet leaves. So the answer comes back to the machine that translated.

term-metallb = MetalLB
    .match = MetalLB, speaker, L2Advertisement, layer 2 mode
    .means = A program that gives addresses to Services of type LoadBalancer where no cloud does. In layer 2 mode the speaker of one node answers ARP for an address, and that node gets all its packets.

term-mtu = MTU
    .match = MTU, path MTU
    .means = The size in bytes of the largest packet that an interface sends, mostly 1500. A tunnel needs room for outer headers, so its Pods get less. The smallest MTU on the whole way is the path MTU.

term-nat = NAT (address translation)
    .match = NAT, address translation, translation, translations
    .means = Replacing addresses or ports in a packet: the destination (DNAT) or the source (SNAT). The kernel notes it in conntrack and undoes it in replies, if they pass the same machine again.

term-ndots = ndots
    .match = ndots
    .means = An option in resolv.conf. A name with fewer dots than this is first tried with every entry of the search list. Pods usually have 5, so most names outside the cluster cost several queries in vain.

term-neighbour-table = neighbour table
    .match = neighbour, neighbours, neighbour entry, neighbour entries, neighbour table
    .means = Neighbours are machines in the same segment, reached without a router. In this table the kernel keeps the link-layer address of each by its IP address, learned by ARP or, with flannel, written beforehand.

term-network-namespace = network namespace
    .match = network namespace, network namespaces
    .means = A network of its own within one kernel, with its own interfaces, addresses, routes, rules and ports. Every Pod has one. A namespace of Kubernetes is something else: it groups objects and their names.

term-network-policy = NetworkPolicy
    .match = NetworkPolicy, NetworkPolicies
    .means = An object that limits which connections the Pods it selects may accept or open. Its rules only allow; the rest is usually dropped in silence. It has an effect only if the network plugin enforces it.

term-nftables = nftables
    .match = nftables
    .means = The successor of iptables in the Linux kernel. kube-proxy can write its rules for it: one map with all Services replaces the long list of lines, and packets end up at the same places.

term-node = node
    .match = node, nodes
    .means = A machine of a Kubernetes cluster on which Pods run. The kubelet and kube-proxy work on it. With most network plugins it routes the packets of its Pods, and its rules lead to the Pods of every Service.

term-node-port = node port (NodePort)
    .match = node port, node ports, nodePort
    .means = A port, normally between 30000 and 32767, that leads to a Service on every node, wherever its Pods run. No process listens there: rules replace address and port by those of a Pod at once.

term-overlay = overlay
    .match = overlay, overlays, tunnel, tunnels
    .means = A network on top of another one: packets of Pods go from node to node encapsulated in packets of the nodes, as through a tunnel. Routers between the nodes then need no routes to Pods.

term-packet = packet
    .match = packet, packets
    .means = What one IP address sends to another. The header has source, destination and TTL; inside is usually TCP or UDP, with the ports. In each segment it travels in a frame.

term-pause-container = pause container
    .match = pause container, pause
    .means = A container in every Pod that nobody wrote into the manifest. It only waits and so keeps the Pod's network namespace alive while other containers restart. The network itself is made by the CNI plugin.

term-pod = Pod
    .match = Pod, Pods
    .means = The unit that Kubernetes runs: one or more containers on one node that share a network namespace, so one IP address, one localhost, one list of ports. A new Pod in its place gets a new address.

term-pod-cidr = Pod range (Pod CIDR)
    .match = Pod range, Pod ranges, podCIDR, Pod CIDR
    .means = The range of addresses for the Pods of one node, such as 10.244.1.0/24. Other nodes have one route for the whole range, so a Pod with an address from elsewhere is not reached.

term-proxy-arp = proxy ARP
    .match = proxy ARP, proxy_arp
    .means = Answering ARP for an address that is another's or nobody's, so as to get its packets and route them. Calico's nodes do it: Pods ask for 169.254.1.1, which no interface has, and their node answers.

term-published-port = published port
    .match = published port, published ports, publishes, published as
    .means = A port of the host that Docker leads to a container's port. Connections from other machines are translated by a DNAT rule, and the container sees the client; those to 127.0.0.1 on the host go through docker-proxy.

term-readiness = readiness
    .match = ready Pod, ready Pods, not ready, are ready, becomes ready, readiness
    .means = Whether a Pod can take calls. A readiness probe may test it; without one a Pod is ready while its containers run. Only ready Pods are offered by a Service, unless it publishes the others too.

term-refused = refused (RST)
    .match = refused, refusal, reset, RST, REJECT
    .means = An answer that comes at once and says no. If no process listens on a port, the kernel there answers with a reset (RST). A rule with REJECT sends one too, or an ICMP message. Silence is a timeout instead.

term-resolv-conf = resolv.conf
    .match = resolv.conf, resolver, resolvers
    .means = The file in which a program's resolver finds the name server to ask, the search list, and options such as ndots. The kubelet writes it when a Pod starts, according to the Pod's namespace and DNS policy.

term-reverse-proxy = reverse proxy
    .match = reverse proxy, proxy, proxies
    .means = A process that accepts a client's connection, reads the request and opens a second connection to a server behind it. The server therefore sees the proxy as its client; the caller's address can only be in a header.

term-root-namespace = root namespace
    .match = root namespace, root namespaces
    .means = The network namespace with which a machine starts. In it are the network card and, on a node or Docker host, the bridges, the host's ends of veth pairs, and the rules that passing packets meet.

term-route = route
    .match = route, routes, route table, route tables, routing table
    .means = A line of the routing table: the interface, and any next hop, by which packets to a range of addresses leave. The narrowest fitting range counts. To route a packet is to look up such a line. Paths of URLs or files are something else.

term-router = router
    .match = router, routers, routed, routing, routing decision
    .means = A machine that sends on packets which are for others: it looks up a route, takes one from TTL and writes a new Ethernet header. With most network plugins nodes are routers for their Pods.

term-rp-filter = rp_filter
    .match = rp_filter
    .means = A kernel setting that tests the source of a packet that arrives. With 1 it is dropped if packets to that source would leave by another interface; with 0 nothing is tested.

term-rule = rule
    .match = rule, rules
    .means = A line of a chain: conditions, such as an address, a port or a mark, and what happens to a packet that meets them: accept, drop, translate or jump. Rules of an Ingress or HTTPRoute are read by a proxy instead.

term-sdn = SDN (software-defined network)
    .match = SDN, software-defined, software-defined network, software-defined networks, software-defined networking
    .means = A network that programs make and change, on top of the cables and switches that are there. The overlay that flannel lays across the nodes is one. A CNI plugin may make such a network, but need not.

term-search-list = search list
    .match = search list, search lists, FQDN, final dot
    .means = The endings that a resolver tries behind a short name, one by one, until a name exists. A Pod's list begins with its own namespace. A name with a final dot is complete (FQDN), and the list is skipped.

term-segment = segment
    .match = segment, segments
    .means = A part of a network in which frames get from one machine to another without a router: the nodes' LAN, or a bridge with its Pods. In TCP, a segment is a piece of the data instead.

term-selector = selector
    .match = selector, selectors
    .means = The labels by which an object such as a Service finds its Pods. A Pod is selected if it has all of them, with exactly these values, and is in the Service's namespace. A policy's podSelector looks in the policy's namespace; a namespaceSelector compares labels of namespaces.

term-service = Service
    .match = Service, Services
    .means = A lasting name, and usually an address, for Pods that come and go. It is no process: rules on every node send each connection to one of its Pods. A service in a Compose file is something else.

term-session-affinity = session affinity
    .match = session affinity, sessionAffinity, affinity
    .means = With sessionAffinity: ClientIP a client is sent again to the Pod it had before. Each node lists source addresses for each Pod, by default for three hours. Cookies and users play no part.

term-socket = socket
    .match = socket, sockets, source port, ephemeral port, ephemeral ports
    .means = A process's end of a connection, or what it listens with. The kernel finds it by addresses and ports. A client's socket gets a free source port, an ephemeral port, for each connection.

term-switch = switch
    .match = switch, switches
    .means = It joins machines to one segment and passes frames by link-layer address; a bridge is one made in software. The IP header is left alone: what is switched is not routed and keeps its TTL.

term-target-port = targetPort
    .match = targetPort, target port
    .means = The port of the Pod to which a Service sends: a number, or a name that the Pod gives one of its ports. Clients call the Service's port instead. Without a targetPort both have the same number.

term-timeout = timeout
    .match = timeout, timeouts, times out, with DROP
    .means = Nothing comes back until the client gives up. The packet or its answer got lost on the way: a rule (DROP) or a router dropped it without a word, or the answer came back past the machine that translated.

term-ttl = TTL
    .match = TTL
    .means = The number of routers that a packet may still pass, mostly 64 at the start. Every router takes one, bridges and switches none. So what arrives tells how often the packet was routed.

term-url-path = URL path
    .match = URL path, host and path, path of a request
    .means = The part of a URL behind the host: /books in http://shop.example.com/books. Rules of an Ingress or HTTPRoute compare it. It has nothing to do with routes.

term-user-defined-network = user-defined network
    .match = user-defined network, user-defined networks
    .means = A Docker network that a user or a Compose file makes: a bridge of its own, on which Docker answers queries for container names. Docker's rules drop packets from one such network to another.

term-veth = veth pair
    .match = veth pair, veth pairs, veth
    .means = A cable made of software: two interfaces made together, and what is sent into one comes out of the other. One end is a Pod's eth0, the other is in the node's root namespace, often at a bridge.

term-vxlan = VXLAN
    .match = VXLAN
    .means = Encapsulation of whole Ethernet frames in UDP packets between nodes, which adds 50 bytes. Port 4789 is registered for it, but flannel uses 8472 and Weave 6784; a firewall has to allow the right one.
