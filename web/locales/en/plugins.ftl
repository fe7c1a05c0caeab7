### Network plugins that are not simulated: what they do, and what a trace through the plugin that stands in for them is worth.

plugins-title = Network plugins
plugins-lead = What carries packets between Pods is a network plugin (CNI). Some are simulated: their interfaces, routes and rules are built as the plugin makes them, and packets go through them. The others are recognised, and another stands in for them. Each page says what that changes.
plugins-simulated = Simulated
plugins-stand-in = Recognised, another stands in
plugins-this = What differs with { $cni }

plugin-title = { $name } is not simulated
plugin-lead = { $simulated } stands in for it. Addresses of Pods and Services, the endpoints that may answer, ports, name lookups and load balancers in front are those of your input. Interfaces, routes, rules and what is around a packet between two nodes are { $simulated }’s. Every result that leans on this says so.
plugin-row-same = Pod to Pod, one node
plugin-row-other = Pod to Pod, two nodes
plugin-row-services = Services
plugin-row-out = To the Internet
plugin-row-policies = NetworkPolicy
plugin-row-differs = Do not take from a trace here
plugin-ready = Where it can be switched (“Network plugin” on the trace page, or --cni), compare the same question with { $simulated } and with others.

plugin-cilium-name = Cilium
plugin-cilium-same = eBPF programs at the Pods’ interfaces (lxc…) hand packets over directly. There is no bridge; iptables sees little of it.
plugin-cilium-other = By default in a VXLAN tunnel (UDP 8472; Geneve, UDP 6081, by choice) whose VNI carries the sender’s security identity. With native routing as they are, by routes of the nodes, BGP or the cloud.
plugin-cilium-services = kube-proxy may go on running. With kubeProxyReplacement Cilium chooses the endpoint when a process in a Pod calls connect(): the packet never carries the ClusterIP, no rule translates it. Node ports are answered at the node’s device, with SNAT or directly by the backend’s node (DSR).
plugin-cilium-out = What leaves the native routing range gets the node’s address, from eBPF or from an iptables rule.
plugin-cilium-policies = Enforced at both ends by identity of labels, not by address; CiliumNetworkPolicy adds names, HTTP and more. A refused packet is dropped: the client waits.
plugin-cilium-differs = Chains, rules and conntrack entries on the nodes, TTL values, MTU, the source a Pod sees behind a node port with DSR, and a Pod that reaches itself by its own Service, which needs no hairpin there.

plugin-antrea-name = Antrea
plugin-antrea-same = Open vSwitch: all Pods of a node are ports of the bridge br-int, and flows decide.
plugin-antrea-other = By default in a Geneve tunnel (UDP 6081) between the Open vSwitch bridges; without one (noEncap) by routes, through antrea-gw0.
plugin-antrea-services = AntreaProxy translates ClusterIPs of Pods’ connections with flows in Open vSwitch. Node ports are kube-proxy’s, unless proxyAll is set.
plugin-antrea-out = antrea-gw0 hands packets to the host, whose iptables rule gives them the node’s address; Egress objects can choose another.
plugin-antrea-policies = Enforced by flows, with tiers of its own (ClusterNetworkPolicy of crd.antrea.io) before Kubernetes’ policies.
plugin-antrea-differs = Rules of Service translation for Pods, interface names, and headers between nodes.

plugin-ovn-kubernetes-name = OVN-Kubernetes
plugin-ovn-kubernetes-same = Open vSwitch: the node’s Pods are ports of one logical switch in br-int.
plugin-ovn-kubernetes-other = In a Geneve tunnel (UDP 6081), through a logical router (ovn_cluster_router) that all nodes share.
plugin-ovn-kubernetes-services = Load balancers of OVN do it all; kube-proxy does not run. Node ports come in by br-ex.
plugin-ovn-kubernetes-out = By the node’s gateway router, which gives packets the node’s address; EgressIP can choose another.
plugin-ovn-kubernetes-policies = Enforced by OVN’s access lists, AdminNetworkPolicy and EgressFirewall too.
plugin-ovn-kubernetes-differs = All iptables and nftables rules for Services, conntrack entries, interface names, TTL values, and headers between nodes.

plugin-openshift-sdn-name = OpenShift SDN
plugin-openshift-sdn-same = Open vSwitch: Pods are ports of the bridge br0.
plugin-openshift-sdn-other = In a VXLAN tunnel (UDP 4789) whose VNI is the project’s; by tun0 to the host.
plugin-openshift-sdn-services = A kube-proxy built into it, with iptables rules.
plugin-openshift-sdn-out = By tun0, masqueraded to the node’s address; EgressIP can choose another.
plugin-openshift-sdn-policies = Enforced by flows in Open vSwitch. In multitenant mode projects are apart without any policy.
plugin-openshift-sdn-differs = Isolation of projects in multitenant mode, interface names, and headers between nodes. OpenShift has dropped it in 4.17.

plugin-kube-ovn-name = Kube-OVN
plugin-kube-ovn-same = Open vSwitch: Pods of a subnet are ports of one logical switch, on all nodes.
plugin-kube-ovn-other = In a Geneve tunnel (UDP 6081), through a logical router if the subnets differ; with underlay subnets in the VLAN of the nodes.
plugin-kube-ovn-services = Load balancers of OVN for Pods’ connections by default; node ports by kube-proxy.
plugin-kube-ovn-out = By the interface ovn0 of the node, or of a chosen gateway node, with SNAT if the subnet has natOutgoing.
plugin-kube-ovn-policies = Enforced by OVN’s access lists. Subnets can be private: others do not reach them.
plugin-kube-ovn-differs = Which subnets reach each other, rules of Service translation for Pods, and headers between nodes.

plugin-kube-router-name = kube-router
plugin-kube-router-same = Switched by the bridge kube-bridge.
plugin-kube-router-other = By routes that the nodes tell each other by BGP; across segments in an IPIP tunnel.
plugin-kube-router-services = kube-proxy’s rules, or IPVS with addresses on kube-dummy-if if it runs as the service proxy.
plugin-kube-router-out = Masqueraded to the node’s address by an iptables rule.
plugin-kube-router-policies = Enforced by iptables chains (KUBE-POD-FW-…) and ipsets.
plugin-kube-router-differs = The policies’ chains, IPVS in its service proxy’s place, and the tunnel between segments.

plugin-canal-name = Canal
plugin-canal-same = Routed by the node between the Pods’ interfaces (cali…), as with Calico.
plugin-canal-other = In Flannel’s VXLAN tunnel (flannel.1, UDP 8472), by the Nodes’ spec.podCIDR.
plugin-canal-services = kube-proxy’s.
plugin-canal-out = Masqueraded by Flannel’s rules.
plugin-canal-policies = Enforced by Calico’s chains.
plugin-canal-differs = TTL values on one node, interface names of Pods, and Calico’s chains. --cni flannel shows its way between nodes, --cni calico-vxlan its wiring of Pods.

plugin-aws-vpc-cni-name = Amazon VPC CNI
plugin-aws-vpc-cni-same = Routed by the node: a route for each Pod’s address to its interface (eni…).
plugin-aws-vpc-cni-other = As they are: Pods have addresses of the VPC’s subnets, and the VPC delivers them. From a Pod with an address of a further network interface, a policy rule chooses a table that leaves by that interface.
plugin-aws-vpc-cni-services = kube-proxy’s. Load balancers with target type ip send to Pods directly.
plugin-aws-vpc-cni-out = Outside of the VPC’s ranges with the primary address of the node (chain AWS-SNAT-CHAIN-0), unless AWS_VPC_K8S_CNI_EXTERNALSNAT is set.
plugin-aws-vpc-cni-policies = Enforced by an eBPF agent on each node if it is switched on. Security groups filter before that, and are not in manifests.
plugin-aws-vpc-cni-differs = Security groups, route tables of the VPC, which network interface a packet leaves by, and rules of AWS-SNAT-CHAIN-0 and AWS-CONNMARK-CHAIN-0.

plugin-azure-cni-name = Azure CNI
plugin-azure-cni-same = Routed by the node in transparent mode, a route for each Pod (azv…); older clusters by the bridge azure0.
plugin-azure-cni-other = As they are: the virtual network delivers the Pods’ addresses, its own or those of the overlay.
plugin-azure-cni-services = kube-proxy’s; with Cilium’s data plane eBPF does it.
plugin-azure-cni-out = Outside of the virtual network with the node’s address, by rules of ip-masq-agent.
plugin-azure-cni-policies = By Azure’s manager, Calico or Cilium, whichever the cluster was made with. Network security groups filter before that, and are not in manifests.
plugin-azure-cni-differs = Network security groups, user defined routes, and rules of ip-masq-agent.

plugin-gke-name = GKE (routes and kube-proxy)
plugin-gke-same = Routed by the node between the Pods’ interfaces (gke…); the oldest clusters have the bridge cbr0.
plugin-gke-other = As they are: Pods have alias addresses of the VPC, which delivers them.
plugin-gke-services = kube-proxy’s. Container-native load balancing sends to Pods directly.
plugin-gke-out = Outside of the non-masquerade ranges with the node’s address, by rules of ip-masq-agent; then by Cloud NAT if nodes are private.
plugin-gke-policies = By Calico’s agent, if it was switched on.
plugin-gke-differs = Firewall rules and routes of the VPC, ip-masq-agent’s ranges, and interface names.

plugin-gke-dataplane-v2-name = GKE Dataplane V2
plugin-gke-dataplane-v2-same = Cilium’s eBPF programs (agent anetd) hand packets from Pod to Pod.
plugin-gke-dataplane-v2-other = As they are: Pods have alias addresses of the VPC, which delivers them. No tunnel.
plugin-gke-dataplane-v2-services = eBPF in kube-proxy’s place: kube-proxy does not run. Container-native load balancing sends to Pods directly.
plugin-gke-dataplane-v2-out = Outside of the non-masquerade ranges with the node’s address; then by Cloud NAT if nodes are private.
plugin-gke-dataplane-v2-policies = Always enforced, by eBPF; FQDNNetworkPolicy and CiliumClusterwideNetworkPolicy can be added.
plugin-gke-dataplane-v2-differs = All iptables rules for Services, conntrack entries, firewall rules of the VPC, and TTL values.

plugin-kubenet-name = kubenet
plugin-kubenet-same = Switched by the bridge cbr0, as with the reference plugin bridge.
plugin-kubenet-other = As they are, by routes that the cloud provider writes for each node’s spec.podCIDR.
plugin-kubenet-services = kube-proxy’s.
plugin-kubenet-out = Masqueraded to the node’s address outside of the non-masquerade range (10.0.0.0/8 where nothing is said).
plugin-kubenet-policies = Not enforced, unless Calico does it.
plugin-kubenet-differs = The provider’s route table and its limit of routes, firewall rules, and the bridge’s name. kubelet has dropped it with dockershim in 1.24; clouds go on with it under that name.
