why-not-from-a-pod = Nodes and hosts outside ask their own name servers, which do not know { $name }: only Pods ask the cluster's. Use the ClusterIP, or ask from a Pod.
why-host-network-dns = Pod { $pod } is on its node's own network (hostNetwork) with dnsPolicy ClusterFirst: that makes it ask the node's name servers, which do not know the cluster's names. dnsPolicy ClusterFirstWithHostNet asks the cluster's.
why-dns-policy = With dnsPolicy { $policy } Pod { $pod } does not ask the cluster's name server.
why-dns-config = dnsConfig of Pod { $pod } names the server { $server }, which gives no answer.
why-kubelet-dns = kubelet gives Pods the name server { $server } (clusterDNS), but the DNS Service { $service } has the address { $address }.
why-no-dns-service = No Service kube-system/kube-dns exists, so kubelet has no name server to give to Pods.
why-other-namespace = Namespace { $searched } has no Service { $name }; namespace { $namespace } has one. From here it is called { $called }.
why-name-form = { $name } has not the form of a name of a Service, which is NAME.NAMESPACE.svc.{ $zone }. Here { $suggestion } works.
why-no-such-ordinal = { $workload } has { $replicas ->
    [0] no Pods
    [one] one Pod ({ $pods })
   *[other] { $replicas } Pods ({ $pods })
}: none is called { $name }.
why-near-name = Nothing is called { $name }. A similar name is { $suggestion }.
why-no-such-name = Nothing in this cluster is called { $name }.
why-name-without-service = No Service is called { $name }. { $object } is there, but a workload alone has no name in DNS.
why-stateful-service-name = { $workload } gives its Pods names below its serviceName, which is { $given }, not { $name }.
why-pod-subdomain = Pod { $pod } is called { $name }.{ $service } only with hostname { $name } and subdomain { $service }.
why-zone-differs = CoreDNS answers for the zone { $zone }, but kubelet writes { $search } into the search list of Pods.
why-ipv6-service = Service { $service } has IPv6 addresses only (ipFamilies); packets over IPv6 are not traced.
why-pool-not-advertised = MetalLB gave Service { $service } the address { $address }, but nothing tells the network of it: no L2Advertisement and no BGPAdvertisement is for its pool.
why-proxy-backend = The proxy { $proxy } took the connection and sent on to { $server }, which did not take it.
why-load-balancer-pending = Service { $service } is of type LoadBalancer, and no load balancer gave it an address: its EXTERNAL-IP is pending. Node ports: { $nodePorts }.
why-no-node-port = Service { $service } has no such port that a node port leads to. Its ports: { $ports }.
why-upstream-lost = CoreDNS forwards { $name } to { $server }, which does not answer.
why-external-name = Service { $service } is only another name for { $target }, and the cluster has no address for that.
why-object-refused = { $object } would be needed, but the API server refuses it because of what is written here.
why-external-name-ports = Service { $service } is only another name for { $target }: nothing maps its port { $port } to { $to }, so port { $port } of { $target } is asked.
why-corefile-hides = CoreDNS tells nothing of Service { $service }: its Corefile limits the plugin kubernetes to other namespaces or labels.
why-corefile-loop = CoreDNS ({ $pod }) ends at each start: its Corefile forwards what it does not know to itself, and its plugin loop finds that.
why-external-name-missing = Service { $service } is only another name for { $target }, and no Service is called so.
why-external-name-near = Service { $service } is only another name for { $target }, which has no address. A Service that is there is called { $suggestion }.
why-unread-document = Nothing that could be read fits, and this document could not be read.

why-service-port = Service { $service } has no port { $port }; it has { $ports }.
why-service-protocol = Service { $service } has port { $port } for { $has }, not for { $asked }.
why-selects-nothing = Service { $service } selects { $selector }, and no Pod of its namespace has these labels.
why-selects-nearly = Service { $service } selects { $selector }. { $pod } has { $labels }.
why-selects-elsewhere = Service { $service } selects { $selector } in its own namespace only. { $object } has these labels, but is in namespace { $namespace }.
why-no-replicas = Service { $service } selects the Pods of { $object }, which has replicas: 0.
why-pod-ended = Service { $service } selects Pod { $pod }, which has ended ({ $reason }) and serves nothing.
why-pod-left-out = Service { $service } selects Pod { $pod }, which has no network yet ({ $reason }).
why-pod-not-ready = Service { $service } selects Pod { $pod }, which is not ready ({ $reason }); only ready Pods get connections.
why-pod-terminating = Service { $service } selects Pod { $pod }, which is being deleted and gets no new connections.
why-target-port-name = targetPort of Service { $service } is { $name }. Pod { $pod } has the port names { $names }.
why-no-selector = Service { $service } has no selector, and no EndpointSlice or Endpoints object gives it an address.
why-endpoint-port-name = Service { $service } calls its port { $name }; its endpoints call theirs { $names }. They belong together only with the same name and protocol.
why-endpoints-not-ready = The endpoints that the input gives for Service { $service } have no address that is ready.
why-docker-bridge-names = Container { $container } is on Docker’s default bridge, where no resolver knows containers: “{ $name }” is asked of the host’s own name servers. On a network of its own (networks: …) Docker answers it.
why-docker-port-address = Port { $port } of { $host } is published on { $address } only, for container { $container }: at its other addresses nothing leads there.
why-docker-port-target = Port { $port } of { $host } leads to port { $target } of container { $container }, on which nothing listens there (listening: { $listening }).
why-docker-port-nowhere = No container publishes port { $port } of { $host }, and nothing else listens on it. Published are: { $ports }.
why-docker-localhost = localhost in container { $container } is that container alone, and nothing in it listens on { $port }. { $other } does: ask for it by its name{ $published ->
    [yes] , or for the host’s port by the host’s address
   *[no] {""}
 }.
why-docker-desktop-inside = { $address } is in the virtual machine of Docker Desktop. { $host } has no route there, nor has any other machine: only published ports lead in ({ $ports }).
why-docker-no-shared-network = Container { $container } ({ $networks }) and { $other } ({ $theirs }) share no network: Docker lets nothing pass between networks, and tells no names across them.{ $depends ->
    [yes] {" "}depends_on only decides the order in which they start.
   *[no] {""}
 }
why-router-no-route = Router { $router } has no route to { $address }{ $answer ->
    [yes] , where the answer goes
   *[no] {""}
 }{ $told ->
    [yes] : it sends back “network unreachable”.
   *[no] , and none back to who sent it: its “network unreachable” reaches nobody.
 }
why-endpoint-gone = Service { $service } sends to its endpoint { $address }, and nothing has that address.
why-machine-off = { $machine } is off at this time: nothing there answers or sends.
why-link-failed = The link of { $machine } has failed at this time: nothing leaves it or comes to it.
why-endpoint-beyond = Service { $service } sends to its endpoint { $address }, which is on no network of the nodes.
why-endpoint-host-port = All that the input says of { $address } is port { $ports } ({ $object }); nothing is assumed to listen on { $port } there.
why-internal-policy = internalTrafficPolicy Local: from { $node } only endpoints on { $node } are used, and Service { $service } has them on { $nodes } only.
why-external-policy = externalTrafficPolicy Local: { $node } passes outside traffic only to endpoints on itself, and Service { $service } has them on { $nodes } only.
why-source-ranges = Service { $service } takes load balancer traffic from { $ranges } only; { $source } is not among them.
why-cluster-ip-ping = { $address } is no host: it is a set of rules for the ports of Service { $service }. Nothing translates a ping, so nobody answers it.
why-cluster-only = { $address } is an address of { $object }. It means something inside the cluster only: nothing outside leads there.

why-http-no-host = No Ingress that is served has a rule for the host { $host }. Rules are for: { $hosts }.
why-http-not-served = { $object } has a rule for { $host }, but nobody serves it: no controller is for its class ({ $class }).
why-http-no-path = No path of the rules for { $host } matches { $path }. They have: { $paths }.
why-http-no-service = { $object } names the Service { $service }, and there is none in its namespace: the proxy has nowhere to send requests.
why-http-no-port = { $object } names port { $port } of Service { $service }, which has: { $ports }.
why-http-no-backend = { $object } names no Service for this path.
why-http-not-granted = { $object } names Service { $service } of another namespace. A ReferenceGrant there would have to allow it.
why-http-unsupported = { $object } names what this proxy cannot send requests to.
why-http-forbidden = { $object } lets only certain addresses in, and the proxy does not see one of them. The client is { $client }; what the proxy sees may be a node's address (externalTrafficPolicy).
why-http-too-large = { $object } takes no request of { $size } bytes.
why-http-plain-to-tls = { $url } was asked in the clear on a port that speaks TLS.
why-http-announced = { $object } ({ $field }) has each connection begin with a PROXY header ({ $version }). Whoever reads at { $process } does not know it and takes it for a request.
why-http-unannounced = { $object } ({ $field }) takes no connection without a PROXY header, and nothing on the way says one.
why-http-unannounced-shortcut = { $object } ({ $field }) takes no connection without a PROXY header. The load balancer of Service { $service } says one, but the packets never came to it: kube-proxy translates { $ip } on the client’s own node.
why-http-no-listener = No listener of the Gateway is for { $host }.
why-http-misdirected = The connection was made for another host than { $host }.
why-http-upstream = The proxy asked Service { $service } for { $object } and answered { $status }.
why-tls-to-plain = { $process } speaks no TLS on port { $port }.
why-not-http = { $process } speaks { $speaks } on port { $port }, not HTTP.
why-target-port = Service { $service } sends to port { $port } of Pod { $pod }, where nothing listens. It listens on: { $listening }.
why-headless-port = Service { $service } is headless (clusterIP: None): its name leads to the Pod itself and no port is translated. Pod { $pod } does not listen on { $port } but on: { $listening }.
why-listener-protocol = Pod { $pod } listens on port { $port } for { $has }, not for { $asked }.
why-listener-address = The process in Pod { $pod } listens on { $address } port { $port } only: nobody reaches it from outside the Pod.
why-pod-not-running = Nothing listens on port { $port } of Pod { $pod }, because what would does not run ({ $reason }).
why-not-served = Pod { $pod } declares port { $port }, but nothing listens there: { $against } tells of another. It listens on: { $listening }.
why-host-port = Nothing serves hostPort { $port } of Pod { $pod }: the CNI configuration of network { $network } does not chain the plugin portmap.
why-host-port-protocol = Pod { $pod } has port { $port } of its node for { $has } (hostPort), not for { $asked }.
why-host-port-elsewhere = Pod { $pod } has port { $port } (hostPort) of its own node { $node } only; on { $asked } nothing leads to it.
why-mapping-target = kind maps port { $port } of { $host } to port { $target } of { $node }, but no Service has that node port and nothing else listens there: containerPort has to be a nodePort.
why-mapping-address = kind maps port { $port } of { $host } on { $address } only (listenAddress): from other machines nothing leads to it.
why-node-port-unmapped = { $port } is a node port of Service { $service }: it is on the nodes, which are containers. No entry of extraPortMappings leads from a port of { $host } to it.
why-host-port-unmapped = No entry of extraPortMappings has port { $port } of { $host }. Mapped are: { $ports }.
why-localhost-elsewhere = localhost is the machine that asks. Port { $port } is mapped on { $host }, which others reach at { $address }.
why-hairpin-off = The frame would have to leave by the bridge port it came in by, and hairpinMode of network { $network } is off.
why-hairpin-not-masqueraded = The packet came back to Pod { $pod }, which had sent it, with the Pod's own address as its source: on { $node } the rule { $rule } ends POSTROUTING before kube-proxy's masquerading is asked.
why-not-listening = Nothing in Pod { $pod } listens on port { $port }. It listens on: { $listening }.

why-node-port = No Service has the node port { $port }, and nothing on { $address } listens there.
why-near-node-port = No Service has the node port { $port }. Service { $service } has { $has }.
why-type-without-node-port = Service { $service } names the node port { $port }, but type { $type } has no node ports.
why-node-port-loopback = Node ports of Service { $service } are not served on loopback here; { $node }:{ $port } is the address of the node itself.
why-node-port-addresses = The node port { $port } of Service { $service } is not served on { $address }: kube-proxy was told other addresses.
why-no-cluster-ip = Nothing has the address { $address }. Service { $service } has port { $port }, but is headless (clusterIP: None) and has no address of its own.
why-type-without-address = Service { $service } names the address { $address }, but type { $type } does not use it.
why-no-such-address = Nothing in this cluster has the address { $address }.
why-near-address = Nothing has the address { $address }. { $object } has { $has }.
why-bridge-nf = The answer came over a bridge of { $node } past the rules that would have translated it back: net.bridge.bridge-nf-call-iptables is 0 there.

why-look = Look at { $object }, { $field }
why-look-object = Look at { $object }
why-against = compare

fix-append = Add { $value } to { $field } of { $object }.
fix-set = Set { $field } of { $object } to { $value }.
fix-set-text = Change { $field } of { $object } as the patch does.
fix-set-several = Change { $object }: { $field } becomes { $value }, with what belongs to it.
fix-remove = Remove { $field } from { $object }.
fix-remove-several = Remove { $field } from { $object }, with what belongs to it.
fix-status = It works once { $object } has { $field } { $value }.
fix-add = Add { $object }.
fix-use-to = Ask for { $to } instead.
fix-use-protocol = Ask with protocol { $proto }: { $to }.
fix-use-connect = Connect to { $to }, which says the header.
fix-bridge-nf = Set net.bridge.bridge-nf-call-iptables to 1 on the nodes (option --bridge-nf 1).
fix-proven = tried: the packet gets through
fix-diff = The change
fix-elsewhere = This also changes
elsewhere-endpoints = Service { $service }: { $before } endpoints become { $after }.
elsewhere-pods = { $before } Pods become { $after }.
elsewhere-service-gone = Service { $service } is gone under this name.
elsewhere-more = and { $count } more.
