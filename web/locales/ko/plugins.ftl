### 시뮬레이션하지 않는 네트워크 플러그인: 실제로 무엇을 하는지, 대신 쓰는 플러그인의 추적을 어디까지 믿을 수 있는지.

plugins-title = 네트워크 플러그인
plugins-lead = 파드 사이의 패킷을 전달하는 것은 네트워크 플러그인(CNI)입니다. 일부는 시뮬레이션합니다. 플러그인이 만드는 그대로 인터페이스, 경로, 규칙을 구성하고 패킷을 통과시킵니다. 나머지는 인식만 하고 다른 플러그인으로 대신합니다. 무엇이 달라지는지는 각 페이지에 있습니다.
plugins-simulated = 시뮬레이션함
plugins-stand-in = 인식하지만 다른 플러그인으로 대신함
plugins-this = { $cni }에서 달라지는 점

plugin-title = { $name }: 시뮬레이션하지 않는 플러그인
plugin-lead = 여기서는 { $simulated } 플러그인이 대신합니다. 파드와 서비스의 주소, 응답할 수 있는 엔드포인트, 포트, 이름 조회, 앞단의 로드 밸런서는 입력 그대로입니다. 인터페이스, 경로, 규칙, 노드 사이에서 패킷을 감싸는 헤더는 { $simulated } 플러그인의 것입니다. 이 가정에 따른 결과에는 항상 그렇다고 표시합니다.
plugin-row-same = 같은 노드의 파드 사이
plugin-row-other = 다른 노드의 파드 사이
plugin-row-services = 서비스
plugin-row-out = 인터넷으로
plugin-row-policies = NetworkPolicy
plugin-row-differs = 이 추적과 실제가 다른 부분
plugin-ready = 추적 페이지의 ‘네트워크 플러그인’이나 --cni로 바꿀 수 있습니다. 같은 프로브를 { $simulated } 플러그인과 다른 플러그인에서 보내 비교해 보세요.

plugin-cilium-name = Cilium
plugin-cilium-same = 파드 인터페이스(lxc…)에 붙은 eBPF 프로그램이 패킷을 바로 넘깁니다. 브리지가 없고 iptables를 거의 거치지 않습니다.
plugin-cilium-other = 기본값은 VXLAN 터널(UDP 8472, 설정에 따라 Geneve UDP 6081)이며 VNI에는 보낸 쪽의 보안 ID가 들어갑니다. 네이티브 라우팅에서는 노드의 경로, BGP, 클라우드 경로에 따라 캡슐화 없이 보냅니다.
plugin-cilium-services = kube-proxy를 그대로 쓸 수도 있습니다. kubeProxyReplacement를 켜면 파드의 프로세스가 connect()를 부를 때 Cilium이 엔드포인트를 고릅니다. 패킷에 ClusterIP가 실리지 않고 변환하는 규칙도 없습니다. 노드 포트는 노드 인터페이스에서 SNAT로 처리하거나 백엔드 노드가 직접 응답합니다(DSR).
plugin-cilium-out = 네이티브 라우팅 대역을 벗어나면 eBPF나 iptables 규칙이 출발지를 노드 주소로 바꿉니다.
plugin-cilium-policies = 주소가 아니라 레이블에서 정한 ID로 양쪽 끝에서 적용합니다. CiliumNetworkPolicy는 도메인 이름, HTTP 조건 등을 더합니다. 거부된 패킷은 버려지므로 클라이언트는 기다리게 됩니다.
plugin-cilium-differs = 노드의 체인과 규칙, conntrack 항목, TTL 값, MTU, DSR에서 파드가 보는 출발지, 서비스를 거쳐 자기 자신에게 접속하는 파드(Cilium에서는 헤어핀이 필요 없음).

plugin-antrea-name = Antrea
plugin-antrea-same = Open vSwitch를 씁니다. 노드의 모든 파드가 브리지 br-int의 포트이고 플로우가 경로를 정합니다.
plugin-antrea-other = 기본값은 Open vSwitch 브리지 사이의 Geneve 터널(UDP 6081)입니다. 터널이 없으면(noEncap) antrea-gw0를 거쳐 노드의 경로를 따라갑니다.
plugin-antrea-services = 파드에서 시작한 연결의 ClusterIP는 AntreaProxy가 Open vSwitch 플로우로 변환합니다. proxyAll을 켜지 않으면 노드 포트는 kube-proxy가 맡습니다.
plugin-antrea-out = antrea-gw0가 호스트로 넘기고 호스트의 iptables 규칙이 노드 주소로 바꿉니다. Egress 오브젝트로 다른 주소를 고를 수 있습니다.
plugin-antrea-policies = 플로우로 적용합니다. 자체 티어(crd.antrea.io의 ClusterNetworkPolicy)가 쿠버네티스 정책보다 먼저입니다.
plugin-antrea-differs = 파드에서 시작한 연결의 서비스 변환 규칙, 인터페이스 이름, 노드 사이의 헤더.

plugin-ovn-kubernetes-name = OVN-Kubernetes
plugin-ovn-kubernetes-same = Open vSwitch를 씁니다. 노드의 파드는 br-int에 있는 논리 스위치 하나의 포트입니다.
plugin-ovn-kubernetes-other = 모든 노드가 공유하는 논리 라우터(ovn_cluster_router)를 거쳐 Geneve 터널(UDP 6081)로 갑니다.
plugin-ovn-kubernetes-services = 모두 OVN의 로드 밸런서가 처리하고 kube-proxy는 실행하지 않습니다. 노드 포트는 br-ex로 들어옵니다.
plugin-ovn-kubernetes-out = 노드의 게이트웨이 라우터를 거치며 노드 주소로 바뀝니다. EgressIP로 다른 주소를 고를 수 있습니다.
plugin-ovn-kubernetes-policies = OVN의 ACL로 적용합니다. AdminNetworkPolicy와 EgressFirewall도 같습니다.
plugin-ovn-kubernetes-differs = 서비스용 iptables, nftables 규칙 전부, conntrack 항목, 인터페이스 이름, TTL 값, 노드 사이의 헤더.

plugin-openshift-sdn-name = OpenShift SDN
plugin-openshift-sdn-same = Open vSwitch를 씁니다. 파드는 브리지 br0의 포트입니다.
plugin-openshift-sdn-other = VNI가 프로젝트를 나타내는 VXLAN 터널(UDP 4789)로 가고, 호스트로는 tun0를 거칩니다.
plugin-openshift-sdn-services = 내장된 kube-proxy가 iptables 규칙으로 처리합니다.
plugin-openshift-sdn-out = tun0를 거쳐 노드 주소로 마스커레이드합니다. EgressIP로 다른 주소를 고를 수 있습니다.
plugin-openshift-sdn-policies = Open vSwitch 플로우로 적용합니다. multitenant 모드에서는 정책이 없어도 프로젝트끼리 격리됩니다.
plugin-openshift-sdn-differs = multitenant 모드의 프로젝트 격리, 인터페이스 이름, 노드 사이의 헤더. OpenShift 4.17에서 없어졌습니다.

plugin-kube-ovn-name = Kube-OVN
plugin-kube-ovn-same = Open vSwitch를 씁니다. 한 서브넷의 파드는 노드와 상관없이 논리 스위치 하나의 포트입니다.
plugin-kube-ovn-other = Geneve 터널(UDP 6081)로 가며 서브넷이 다르면 논리 라우터를 거칩니다. 언더레이 서브넷은 노드의 VLAN을 그대로 씁니다.
plugin-kube-ovn-services = 기본값에서는 파드에서 시작한 연결을 OVN의 로드 밸런서가 처리하고 노드 포트는 kube-proxy가 맡습니다.
plugin-kube-ovn-out = 노드나 지정한 게이트웨이 노드의 ovn0를 거치며, 서브넷에 natOutgoing이 있으면 SNAT합니다.
plugin-kube-ovn-policies = OVN의 ACL로 적용합니다. 서브넷을 private으로 두면 다른 서브넷에서 접근할 수 없습니다.
plugin-kube-ovn-differs = 어느 서브넷끼리 통신할 수 있는지, 파드에서 시작한 연결의 서비스 변환 규칙, 노드 사이의 헤더.

plugin-kube-router-name = kube-router
plugin-kube-router-same = 브리지 kube-bridge가 스위칭합니다.
plugin-kube-router-other = 노드들이 BGP로 주고받은 경로로 갑니다. 세그먼트가 다르면 IPIP 터널을 씁니다.
plugin-kube-router-services = kube-proxy의 규칙, 또는 서비스 프록시로 쓰면 kube-dummy-if의 주소와 IPVS가 처리합니다.
plugin-kube-router-out = iptables 규칙이 노드 주소로 마스커레이드합니다.
plugin-kube-router-policies = iptables 체인(KUBE-POD-FW-…)과 ipset으로 적용합니다.
plugin-kube-router-differs = 정책 체인, 서비스 프록시의 IPVS, 세그먼트 사이의 터널.

plugin-canal-name = Canal
plugin-canal-same = Calico처럼 노드가 파드 인터페이스(cali…) 사이를 라우팅합니다.
plugin-canal-other = Node의 spec.podCIDR에 따라 Flannel의 VXLAN 터널(flannel.1, UDP 8472)로 갑니다.
plugin-canal-services = kube-proxy가 처리합니다.
plugin-canal-out = Flannel의 규칙이 마스커레이드합니다.
plugin-canal-policies = Calico의 체인으로 적용합니다.
plugin-canal-differs = 같은 노드에서의 TTL 값, 파드의 인터페이스 이름, Calico의 체인. 노드 사이의 경로는 --cni flannel, 파드가 연결되는 방식은 --cni calico-vxlan으로 볼 수 있습니다.

plugin-aws-vpc-cni-name = Amazon VPC CNI
plugin-aws-vpc-cni-same = 노드가 라우팅합니다. 파드 주소마다 그 인터페이스(eni…)로 가는 경로가 있습니다.
plugin-aws-vpc-cni-other = 캡슐화 없이 보냅니다. 파드는 VPC 서브넷의 주소를 가지므로 VPC가 전달합니다. 추가 네트워크 인터페이스의 주소를 쓰는 파드는 정책 규칙이 고른 라우팅 테이블에 따라 그 인터페이스로 나갑니다.
plugin-aws-vpc-cni-services = kube-proxy가 처리합니다. 대상 유형이 ip인 로드 밸런서는 파드로 직접 보냅니다.
plugin-aws-vpc-cni-out = AWS_VPC_K8S_CNI_EXTERNALSNAT를 켜지 않았다면, VPC 대역 밖으로 나갈 때 노드의 기본 주소로 바뀝니다(AWS-SNAT-CHAIN-0 체인).
plugin-aws-vpc-cni-policies = 켜 두면 각 노드의 eBPF 에이전트가 적용합니다. 그 전에 보안 그룹이 걸러 내며, 보안 그룹은 매니페스트에 없습니다.
plugin-aws-vpc-cni-differs = 보안 그룹, VPC의 라우팅 테이블, 패킷이 어느 네트워크 인터페이스로 나가는지, AWS-SNAT-CHAIN-0과 AWS-CONNMARK-CHAIN-0의 규칙.

plugin-azure-cni-name = Azure CNI
plugin-azure-cni-same = transparent 모드에서는 파드(azv…)마다 있는 경로로 노드가 라우팅하고, 오래된 클러스터는 브리지 azure0를 씁니다.
plugin-azure-cni-other = 캡슐화 없이 보냅니다. 가상 네트워크나 오버레이의 파드 주소를 가상 네트워크가 전달합니다.
plugin-azure-cni-services = kube-proxy가 처리합니다. Cilium 데이터 플레인에서는 eBPF가 처리합니다.
plugin-azure-cni-out = 가상 네트워크 밖으로 나갈 때 ip-masq-agent의 규칙에 따라 노드 주소로 바뀝니다.
plugin-azure-cni-policies = 클러스터를 만들 때 고른 Azure 정책 관리자, Calico, Cilium 중 하나가 적용합니다. 그 전에 네트워크 보안 그룹이 걸러 내며, 매니페스트에는 없습니다.
plugin-azure-cni-differs = 네트워크 보안 그룹, 사용자 정의 경로, ip-masq-agent의 규칙.

plugin-gke-name = GKE(경로와 kube-proxy)
plugin-gke-same = 노드가 파드 인터페이스(gke…) 사이를 라우팅합니다. 아주 오래된 클러스터에는 브리지 cbr0가 있습니다.
plugin-gke-other = 캡슐화 없이 보냅니다. 파드는 VPC의 별칭 주소를 가지므로 VPC가 전달합니다.
plugin-gke-services = kube-proxy가 처리합니다. 컨테이너 기반 부하 분산은 파드로 직접 보냅니다.
plugin-gke-out = 마스커레이드 제외 대역 밖으로 나갈 때 ip-masq-agent의 규칙에 따라 노드 주소로 바뀌고, 비공개 노드라면 Cloud NAT를 거칩니다.
plugin-gke-policies = 켜 두었다면 Calico의 에이전트가 적용합니다.
plugin-gke-differs = VPC의 방화벽 규칙과 경로, ip-masq-agent의 대역, 인터페이스 이름.

plugin-gke-dataplane-v2-name = GKE Dataplane V2
plugin-gke-dataplane-v2-same = Cilium의 eBPF 프로그램(에이전트 anetd)이 파드에서 파드로 넘깁니다.
plugin-gke-dataplane-v2-other = 캡슐화 없이 보냅니다. 파드는 VPC의 별칭 주소를 가지므로 VPC가 전달합니다. 터널은 없습니다.
plugin-gke-dataplane-v2-services = kube-proxy 대신 eBPF가 처리하며 kube-proxy는 실행하지 않습니다. 컨테이너 기반 부하 분산은 파드로 직접 보냅니다.
plugin-gke-dataplane-v2-out = 마스커레이드 제외 대역 밖으로 나갈 때 노드 주소로 바뀌고, 비공개 노드라면 Cloud NAT를 거칩니다.
plugin-gke-dataplane-v2-policies = 항상 eBPF로 적용합니다. FQDNNetworkPolicy와 CiliumClusterwideNetworkPolicy를 더할 수 있습니다.
plugin-gke-dataplane-v2-differs = 서비스용 iptables 규칙 전부, conntrack 항목, VPC의 방화벽 규칙, TTL 값.

plugin-kubenet-name = kubenet
plugin-kubenet-same = 기준 플러그인 bridge처럼 브리지 cbr0가 스위칭합니다.
plugin-kubenet-other = 캡슐화 없이 보냅니다. 클라우드 제공자가 노드의 spec.podCIDR마다 경로를 만듭니다.
plugin-kubenet-services = kube-proxy가 처리합니다.
plugin-kubenet-out = 마스커레이드 제외 대역(지정하지 않으면 10.0.0.0/8) 밖으로 나갈 때 노드 주소로 마스커레이드합니다.
plugin-kubenet-policies = Calico를 함께 쓰지 않으면 적용되지 않습니다.
plugin-kubenet-differs = 클라우드의 라우팅 테이블과 경로 수 제한, 방화벽 규칙, 브리지 이름. kubelet에서는 1.24에 dockershim과 함께 없어졌고, 클라우드에서는 같은 이름으로 계속 쓰고 있습니다.
