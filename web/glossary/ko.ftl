term-arp = ARP
    .match = ARP
    .means = 같은 세그먼트에 있는 IP 주소의 링크 계층 주소를 알아내는 방법입니다. 그 주소를 가진 머신을 찾는 요청을 모두에게 보내면 주인이 응답합니다. 다른 네트워크로 보낼 때는 그 대신 게이트웨이의 링크 계층 주소를 찾습니다.

term-authorised-network = 승인된 네트워크
    .match = 승인된 네트워크, authorized network
    .means = GKE 클러스터의 API 서버에 접근할 수 있도록 목록에 적어 둔 주소 대역입니다. 접속하는 쪽을 거르기만 하며, 클러스터에 서브넷이나 경로를 추가하지 않습니다.

term-bgp = BGP
    .match = BGP
    .means = 라우터끼리 자신을 거쳐 도달할 수 있는 주소 대역을 서로 알리는 프로토콜입니다. Calico의 노드는 자기 파드의 주소를, MetalLB는 서비스의 주소를 BGP로 알릴 수 있습니다.

term-bridge = 브리지
    .match = 브리지, 브리징
    .means = 소프트웨어로 만든 스위치입니다. 브리지에 연결된 인터페이스가 포트이고, 링크 계층 주소를 보고 포트 사이에서 프레임을 전달합니다. IP 주소를 가지면 그 네트워크에 참여하는 머신 자신의 인터페이스이기도 합니다.

term-bridge-nf = bridge-nf-call-iptables
    .match = bridge-nf-call-iptables, net.bridge.bridge-nf-call-iptables, bridge-nf, br_netfilter
    .means = 커널 설정(sysctl)입니다. 1이면 브리지가 포트 사이에서 전달하는 프레임도 iptables를 거칩니다. 0이면 파드가 같은 브리지의 이웃에게 보낸 응답은 규칙을 거치지 않아, 변환된 주소가 원래대로 돌아오지 않습니다.

term-chain = 체인
    .match = 체인
    .means = 규칙을 차례로 적은 목록입니다. 패킷은 한 규칙이 처리를 결정할 때까지 위에서부터 규칙을 만납니다. 내장 체인은 커널의 훅에서 호출되고, KUBE-SERVICES 같은 사용자 정의 체인은 점프로 들어갑니다.

term-cluster-ip = ClusterIP
    .match = ClusterIP, 클러스터 IP
    .means = 클러스터 안에서 호출할 수 있도록 쿠버네티스가 서비스에 주는 주소입니다. iptables를 쓰면 어느 인터페이스에도 없고, 모든 노드의 규칙이 이 주소를 파드의 주소로 바꿉니다. 그런 규칙을 만나지 못한 패킷은 어디에도 도달하지 못합니다.

term-cni = CNI 플러그인
    .match = CNI 플러그인, CNI, 네트워크 플러그인, 플러그인
    .means = 노드의 컨테이너 런타임이 CNI 규격에 따라 호출하는 프로그램으로, 새 파드의 네트워크, 곧 veth 쌍, 주소, 경로를 만듭니다. 파드가 브리지를 함께 쓰는지, 노드 사이를 일반 경로로 잇는지 오버레이로 잇는지는 플러그인에 달려 있습니다.

term-cni0 = cni0
    .match = cni0
    .means = CNI 플러그인이 노드에 만드는 브리지의 흔한 이름입니다. 포트는 파드로 이어지는 케이블의 노드 쪽 끝이고, 주소는 그 파드들의 게이트웨이입니다. 이 브리지를 만들지 않는 플러그인도 있습니다.

term-compose = Docker Compose
    .match = Compose, Docker Compose
    .means = 파일 하나로 여러 컨테이너를 실행하는 Docker의 도구입니다. 파일에서 달리 정하지 않으면 프로젝트마다 전용 브리지가 생깁니다. 파일에서 서비스라고 하는 것은 하나 이상의 컨테이너이며, 쿠버네티스의 서비스가 아닙니다.

term-conntrack = conntrack
    .match = conntrack, conntrack 항목
    .means = 커널이 네트워크 네임스페이스마다 관리하는 연결 목록입니다. 연결의 첫 패킷이 두 방향과 변환을 담은 항목을 만들고, 그 뒤의 패킷과 응답은 nat 규칙을 다시 읽지 않고 이 항목대로 변환됩니다.

term-container = 컨테이너
    .match = 컨테이너
    .means = 파일과 프로세스 목록이 따로이고, 보통 네트워크 네임스페이스도 따로 가지는 하나 이상의 프로세스입니다. 같은 파드의 컨테이너는 네트워크 네임스페이스를 함께 씁니다.

term-container-port = containerPort
    .match = containerPort, 컨테이너 포트
    .means = 파드의 매니페스트에 선언하는 포트입니다. 아무것도 열거나 닫지 않지만, 서비스의 targetPort에 쓸 이름을 포트에 붙일 수 있습니다. kind 클러스터의 설정 파일에서는 노드의 포트를 뜻합니다.

term-coredns = CoreDNS
    .match = CoreDNS
    .means = 대부분의 클러스터가 쓰는 네임 서버이며, 전용 서비스 뒤의 파드에서 실행됩니다. 클러스터 도메인의 이름에는 API 서버에서 얻은 정보로 응답하고, 다른 이름의 질의는 외부 네임 서버로 넘깁니다.

term-dnat = DNAT
    .match = DNAT
    .means = 패킷의 목적지 주소를 바꾸는 것이며, 포트도 함께 바꾸는 경우가 많습니다. PREROUTING에서, 머신 자신의 프로세스가 보낸 패킷이면 OUTPUT에서 바꾸므로 패킷은 새 목적지로 라우팅됩니다.

term-dns = DNS
    .match = DNS, 네임 서버, AAAA, CNAME
    .means = 이름에 해당하는 주소를 알려 주는 시스템입니다. 리졸버가 네임 서버에 질의하면 네임 서버가 레코드로 응답합니다. IPv4 주소는 A, IPv6 주소는 AAAA, 다른 이름의 별칭은 CNAME 레코드입니다.

term-docker-proxy = docker-proxy
    .match = docker-proxy, userland proxy
    .means = 게시된 포트를 위해 Docker가 실행하는 프로세스입니다. 127.0.0.1로 온 연결처럼 Docker의 DNAT 규칙이 제외하는 연결을 받아 컨테이너로 두 번째 연결을 엽니다. 그래서 컨테이너에는 브리지의 주소가 보입니다.

term-docker0 = docker0
    .match = docker0
    .means = Docker 기본 네트워크의 브리지이며, 호스트의 루트 네임스페이스에 있는 인터페이스입니다. 컨테이너로 이어지는 케이블이 포트에 연결되고, docker0의 주소가 컨테이너의 게이트웨이입니다. 이 네트워크에서는 Docker가 컨테이너 이름의 질의에 응답하지 않습니다.

term-encapsulation = 캡슐화
    .match = 캡슐화, 캡슐
    .means = 패킷이나 프레임을 통째로 다른 패킷에 넣는 것입니다. 도중의 머신은 바깥 헤더만 읽고, 받는 쪽이 안쪽의 것을 다시 꺼냅니다. 헤더가 더해지는 만큼 파드의 MTU가 작아집니다.

term-endpoint = 엔드포인트
    .match = 엔드포인트
    .means = 서비스 뒤에 있는 주소와 포트이며, 보통 셀렉터에 맞는 준비된 파드의 것입니다. 노드의 규칙이 연결마다 하나를 선택하고, 하나도 없는 서비스의 ClusterIP를 호출하면 거부됩니다.

term-endpoint-slice = EndpointSlice
    .match = EndpointSlice
    .means = 쿠버네티스가 서비스의 엔드포인트를 적어 두는 오브젝트입니다. 주소와 포트, 준비 여부가 들어 있습니다. 컨트롤 플레인이 최신으로 유지하고, kube-proxy는 이것을 보고 규칙을 씁니다.

term-eth0 = eth0
    .match = eth0
    .means = 첫 번째 네트워크 인터페이스의 흔한 이름입니다. 노드의 eth0는 네트워크 카드이고, 파드의 eth0는 veth 쌍의 한쪽 끝입니다. 네트워크 네임스페이스마다 따로 있으며, 다른 네임스페이스에서는 보이지 않습니다.

term-external-ips = externalIPs
    .match = externalIPs
    .means = 서비스에 적는 주소 목록이며, kube-proxy는 모든 노드에 이 주소의 규칙을 씁니다. 하지만 주소를 네트워크에 알리거나 ARP에 응답하지는 않습니다. 경로가 있거나 주소를 가진 노드가 있어야 패킷이 노드에 도달합니다.

term-external-name = ExternalName
    .match = ExternalName
    .means = 클러스터 DNS의 별칭, 곧 외부 이름을 가리키는 CNAME일 뿐인 서비스 유형입니다. ClusterIP도 규칙도 없으므로 포트를 적어도 아무것도 변환되지 않습니다.

term-external-traffic-policy = externalTrafficPolicy
    .match = externalTrafficPolicy, internalTrafficPolicy, 정책이 Cluster, 정책이 Local
    .means = 밖에서 온 호출에 적용됩니다. Cluster이면 노드가 어느 파드든 선택하고 출발지를 자기 주소로 바꿉니다. Local이면 자기 파드만 선택하고 클라이언트의 주소를 유지하며, 그런 파드가 없으면 버립니다. internalTrafficPolicy는 안에서 온 호출의 대상을 마찬가지로 자기 파드로 제한합니다.

term-fdb = FDB(포워딩 테이블)
    .match = FDB, 포워딩 테이블, 포워딩 항목
    .means = 어느 링크 계층 주소가 어느 포트 뒤에 있는지 브리지가 기록하는 표이며, 프레임의 출발지를 보고 학습합니다. VXLAN 인터페이스의 FDB에는 주소가 어느 노드 뒤에 있는지 적혀 있습니다.

term-fragment = 단편
    .match = 단편화, 단편
    .means = 나갈 인터페이스로 보내기에 너무 큰 패킷을 나누어 만든 작은 패킷입니다. 라우터는 패킷의 헤더가 허용할 때만 나눌 수 있고, 허용하지 않으면 패킷을 버리고 단편화가 필요하다고 ICMP로 알립니다.

term-frame = 프레임
    .match = 프레임
    .means = 한 세그먼트 안에서 오가는 단위입니다. 링크 계층 주소 둘이 적힌 이더넷 헤더가 있고, 그 안에 보통 IP 패킷이 들어 있습니다. 라우터는 패킷을 꺼내 다음 세그먼트로 나갈 새 프레임에 넣습니다.

term-gateway = 게이트웨이
    .match = 게이트웨이, 기본 게이트웨이, 기본 경로, 다음 홉
    .means = 다른 네트워크로 가는 패킷을 보낼 라우터입니다. 모든 주소에 맞는 기본 경로에 다음 홉으로 적혀 있습니다. Gateway API의 Gateway는 이와 달리 프록시로 들어가는 문입니다.

term-gateway-api = Gateway API
    .match = Gateway API, Gateway
    .means = 밖에서 들어오는 트래픽을 위한 쿠버네티스 오브젝트입니다. Gateway는 포트와 받아들일 호스트 이름을 정하는 문이고, HTTPRoute는 거기서 요청을 어디로 보낼지 정합니다. 둘 다 프록시에 주는 지시일 뿐입니다.

term-hairpin = hairpin
    .match = hairpin, 헤어핀
    .means = 파드가 자기 서비스를 호출했는데 자신이 선택될 때처럼 패킷이 온 곳으로 되돌아가는 것입니다. 출발지를 마스커레이드해야 하며, 프레임이 브리징되는 경우에는 브리지 포트에 hairpin 플래그도 필요합니다.

term-handshake = TCP 핸드셰이크
    .match = 핸드셰이크, SYN, 연결 요청
    .means = TCP 연결을 여는 과정입니다. 클라이언트가 연결 요청(SYN)을 보내고 서버가 응답하면 클라이언트가 확인합니다. 연결 요청에는 주소와 포트만 있고, 프로그램이 보낼 내용은 아직 없습니다.

term-headless-service = 헤드리스 서비스
    .match = 헤드리스 서비스, 헤드리스
    .means = ClusterIP가 없는 서비스입니다. 이름이 준비된 파드의 주소로 이어지며, 주소나 포트를 변환하는 규칙이 없습니다. 준비된 파드가 없으면 이름이 존재하지 않습니다.

term-hook = 훅
    .match = 훅, PREROUTING, POSTROUTING, INPUT, OUTPUT, FORWARD
    .means = 패킷이 커널을 지나는 길에서 체인이 호출되는 지점입니다. 들어올 때 PREROUTING, 이 머신 앞으로 온 패킷이면 INPUT, 다른 곳으로 포워딩하면 FORWARD, 자신의 프로세스가 보내면 OUTPUT, 나가기 직전에 POSTROUTING입니다.

term-http-route = HTTPRoute
    .match = HTTPRoute
    .means = Gateway로 들어온 요청을 호스트 이름, 경로, 비율에 따라 서비스로 보내는 Gateway API의 오브젝트입니다. 커널의 규칙이 되지는 않으며, Gateway 뒤의 프록시가 읽습니다.

term-icmp = ICMP
    .match = ICMP
    .means = 호스트나 포트에 도달할 수 없거나, 패킷이 너무 크거나, TTL이 다했다고 알리는 프로토콜이며 ping도 씁니다. ICMP를 막으면 보낸 쪽은 오류를 통지받지 못합니다.

term-ingress = 인그레스
    .match = 인그레스, Ingress
    .means = 밖에서 온 HTTP 요청의 규칙, 곧 어느 호스트와 URL 경로가 어느 서비스로 가는지 적은 오브젝트입니다. 그 자체로는 아무 일도 하지 않으며, 인그레스 컨트롤러가 읽고 그대로 처리합니다.

term-ingress-controller = 인그레스 컨트롤러
    .match = 인그레스 컨트롤러, 컨트롤러
    .means = 인그레스에 적힌 대로 처리하는 프로그램이며 파드에서 실행됩니다. 리버스 프록시이므로 클라이언트의 연결은 여기서 끝나고, 파드로는 자기 연결을 엽니다. 파드에는 컨트롤러가 클라이언트로 보입니다. Deployment의 컨트롤러는 이와 달리 파드를 만들고 교체합니다.

term-ip-in-ip = IP in IP(IPIP)
    .match = IP in IP, IPIP
    .means = 패킷을 또 하나의 IP 패킷에 넣는 캡슐화이며 20바이트가 더해집니다. Calico가 노드 사이에서 쓸 수 있습니다. TCP도 UDP도 아니므로 방화벽에서 별도의 프로토콜로 허용해야 합니다.

term-iptables = iptables
    .match = iptables, netfilter, nat 테이블, raw 테이블
    .means = 리눅스 커널(netfilter)이 패킷을 거르고 변환하는 규칙이며, 그 규칙을 쓰는 도구이기도 합니다. 규칙은 체인에, 체인은 테이블에 있습니다. raw 테이블이 가장 먼저이고, 변환은 nat 테이블, 허용과 차단은 filter 테이블에서 합니다.

term-kind = kind
    .match = kind 클러스터, kind
    .means = 쿠버네티스 클러스터의 노드를 한 머신에서 컨테이너로 실행하는 도구입니다. 노드들은 전용 Docker 네트워크에 함께 있고, 다른 머신은 게시된 포트를 거쳐 접속합니다.

term-kube-proxy = kube-proxy
    .match = kube-proxy
    .means = 노드마다 서비스를 맡는 에이전트입니다. 서비스의 주소를 파드의 주소로 바꾸는 규칙을 주로 iptables나 nftables로 씁니다. 이름과 달리 패킷은 kube-proxy를 거치지 않으며, 커널이 규칙을 적용합니다.

term-kubelet = kubelet
    .match = kubelet
    .means = 노드마다 있는 쿠버네티스의 에이전트입니다. 파드의 컨테이너가 실행되게 하고 준비되었는지 확인하며, 파드 안에서 보이는 resolv.conf와 환경 변수를 만듭니다.

term-label = 레이블
    .match = 레이블
    .means = app: shop처럼 쿠버네티스 오브젝트에 붙이는 키와 값입니다. 셀렉터는 레이블을 글자 하나까지 비교하여 파드를 찾습니다. DNS 이름의 레이블은 이와 달리 점과 점 사이의 한 부분을 뜻합니다.

term-listen-address = 리슨 주소
    .match = 리슨, 바인드, 0.0.0.0
    .means = 리슨하는 프로세스의 소켓은 주소와 포트에 바인드되어 있습니다. 0.0.0.0이면 네트워크 네임스페이스의 모든 주소로 온 연결을 받고, 127.0.0.1이면 그 네임스페이스 안에서 온 연결만 받습니다.

term-load-balancer = 로드 밸런서(LoadBalancer)
    .match = 로드 밸런서, LoadBalancer, 밸런서
    .means = 노드 앞에서 외부의 호출을 노드에 나누어 보냅니다. LoadBalancer 유형의 서비스가 주소를 요청하면 클라우드나 MetalLB 같은 프로그램이 줍니다. 주소를 줄 쪽이 없으면 주소는 pending 상태로 남습니다.

term-loopback = 루프백(lo, localhost)
    .match = 루프백, localhost, lo
    .means = 자신의 네트워크 네임스페이스로 되돌아오는 인터페이스 lo입니다. 주소는 127로 시작하고 localhost는 127.0.0.1을 뜻합니다. 네임스페이스마다 따로 있으므로 localhost로는 같은 네임스페이스의 프로세스에만 도달합니다.

term-mac-address = 링크 계층 주소(MAC)
    .match = 링크 계층 주소, MAC
    .means = 프레임의 이더넷 헤더에 적히는 인터페이스의 주소입니다. 한 세그먼트 안에서만 쓰입니다. 라우터가 매번 새로 적으므로, 라우터를 지나면 처음 보낸 쪽의 링크 계층 주소는 보이지 않습니다.

term-mark = 마크
    .match = 마크, 표시를, 표시된, 표시했
    .means = 한 네트워크 네임스페이스 안에서 커널이 패킷에 붙여 두는 숫자이며, 패킷의 헤더에는 없습니다. 규칙이 표시하고 확인합니다. kube-proxy의 규칙은 POSTROUTING에서 마스커레이드할 패킷에 표시를 합니다.

term-masquerade = 마스커레이드(SNAT)
    .match = 마스커레이드, SNAT
    .means = SNAT는 POSTROUTING에서 패킷의 출발지 주소를 바꾸는 것입니다. 마스커레이드는 패킷이 나가는 인터페이스의 주소를 쓰는 SNAT입니다. 그래서 응답이 변환한 머신으로 돌아옵니다.

term-metallb = MetalLB
    .match = MetalLB, speaker, L2Advertisement, L2 모드
    .means = 클라우드가 없는 곳에서 LoadBalancer 유형의 서비스에 주소를 주는 프로그램입니다. L2 모드에서는 한 노드의 speaker가 그 주소의 ARP에 응답하고, 그 노드가 패킷을 모두 받습니다.

term-mtu = MTU
    .match = MTU, 경로 MTU
    .means = 인터페이스가 보낼 수 있는 가장 큰 패킷의 바이트 수이며 대개 1500입니다. 터널에는 바깥 헤더가 들어갈 자리가 필요하므로 파드의 MTU는 더 작습니다. 길 전체에서 가장 작은 MTU가 경로 MTU입니다.

term-nat = NAT(주소 변환)
    .match = NAT, 주소 변환, 변환
    .means = 패킷의 주소나 포트를 바꾸는 것입니다. 목적지를 바꾸면 DNAT, 출발지를 바꾸면 SNAT입니다. 커널은 변환을 conntrack에 기록하고, 응답이 같은 머신을 다시 지나면 원래대로 되돌립니다.

term-ndots = ndots
    .match = ndots
    .means = resolv.conf의 옵션입니다. 점이 이 값보다 적은 이름은 먼저 검색 목록의 항목을 하나씩 붙여 질의합니다. 파드에서는 보통 5이므로 클러스터 밖의 이름은 대부분 헛된 질의를 여러 번 거칩니다.

term-neighbour-table = 이웃 테이블
    .match = 이웃
    .means = 이웃은 같은 세그먼트에 있어 라우터 없이 도달하는 상대입니다. 커널은 이 테이블에 이웃의 IP 주소별로 링크 계층 주소를 둡니다. ARP로 알아내거나, flannel에서처럼 미리 써 둡니다.

term-network-namespace = 네트워크 네임스페이스
    .match = 네트워크 네임스페이스
    .means = 한 커널 안에서 따로 나뉜 네트워크이며 인터페이스, 주소, 경로, 규칙, 포트를 따로 가집니다. 파드마다 하나씩 있습니다. 쿠버네티스의 네임스페이스는 이와 달리 오브젝트와 그 이름을 묶는 단위입니다.

term-network-policy = NetworkPolicy
    .match = NetworkPolicy
    .means = 선택한 파드가 받거나 열 수 있는 연결을 제한하는 오브젝트입니다. 규칙은 허용만 하고, 나머지는 보통 응답 없이 버려집니다. 네트워크 플러그인이 적용해야 효력이 있습니다.

term-nftables = nftables
    .match = nftables
    .means = 리눅스 커널에서 iptables의 뒤를 이은 것입니다. kube-proxy는 규칙을 nftables로도 쓸 수 있습니다. 긴 규칙 목록 대신 모든 서비스를 담은 맵 하나를 쓰며, 패킷이 도달하는 곳은 같습니다.

term-node = 노드
    .match = 노드
    .means = 파드가 실행되는 쿠버네티스 클러스터의 머신입니다. kubelet과 kube-proxy가 여기서 동작합니다. 대부분의 네트워크 플러그인에서는 노드가 자기 파드의 패킷을 라우팅하며, 노드의 규칙은 모든 서비스의 파드로 이어집니다.

term-node-port = 노드 포트(NodePort)
    .match = 노드 포트, nodePort
    .means = 파드가 어디에 있든 모든 노드에서 서비스로 이어지는 포트이며 보통 30000~32767 사이입니다. 이 포트를 리슨하는 프로세스는 없습니다. 규칙이 주소와 포트를 곧바로 파드의 것으로 바꿉니다.

term-overlay = 오버레이
    .match = 오버레이, 터널
    .means = 다른 네트워크 위에 만든 네트워크입니다. 파드의 패킷은 노드의 패킷 안에 캡슐화되어 터널을 지나듯 노드에서 노드로 갑니다. 그래서 노드 사이의 라우터에는 파드로 가는 경로가 필요 없습니다.

term-packet = 패킷
    .match = 패킷
    .means = 한 IP 주소에서 다른 IP 주소로 보내는 단위입니다. 헤더에는 출발지, 목적지, TTL이 있고, 안에는 보통 TCP나 UDP가 포트와 함께 들어 있습니다. 세그먼트마다 프레임에 담겨 이동합니다.

term-pause-container = pause 컨테이너
    .match = pause 컨테이너, pause
    .means = 매니페스트에 적지 않아도 모든 파드에 있는 컨테이너입니다. 기다리기만 하면서, 다른 컨테이너가 다시 시작되는 동안에도 파드의 네트워크 네임스페이스를 유지합니다. 네트워크 자체는 CNI 플러그인이 만듭니다.

term-pod = 파드
    .match = 파드, Pod
    .means = 쿠버네티스가 실행하는 단위입니다. 한 노드에서 하나 이상의 컨테이너가 네트워크 네임스페이스를 함께 쓰므로 IP 주소, localhost, 포트 목록이 하나입니다. 파드를 새로 만들면 주소가 바뀝니다.

term-pod-cidr = 파드 대역(podCIDR)
    .match = 파드 대역, podCIDR
    .means = 10.244.1.0/24처럼 한 노드의 파드가 쓰는 주소 대역입니다. 다른 노드에는 대역 전체에 대한 경로가 하나 있으므로, 주소가 이 대역을 벗어난 파드에는 도달하지 못합니다.

term-proxy-arp = 프록시 ARP
    .match = 프록시 ARP, proxy_arp
    .means = 남의 주소나 주인 없는 주소의 ARP 요청에 대신 응답하여, 그쪽으로 가는 패킷을 받아 라우팅하는 것입니다. Calico의 노드가 이렇게 합니다. 파드가 어느 인터페이스에도 없는 169.254.1.1을 찾으면 노드가 응답합니다.

term-published-port = 게시된 포트
    .match = 게시된 포트, 게시
    .means = Docker가 컨테이너의 포트로 이어 주는 호스트의 포트입니다. 다른 머신에서 온 연결은 DNAT 규칙이 변환하므로 컨테이너가 클라이언트의 주소를 봅니다. 호스트에서 127.0.0.1로 접속하면 docker-proxy를 거칩니다.

term-readiness = 준비 상태
    .match = 준비된 파드, 준비된 상태, 준비되지, 준비되었, 준비되기, 준비성, 준비 상태
    .means = 파드가 호출을 받을 수 있는지를 나타냅니다. 준비성 프로브로 확인할 수 있으며, 프로브가 없으면 컨테이너가 실행되는 동안 준비된 것으로 봅니다. 준비되지 않은 파드도 알리도록 설정하지 않는 한 서비스는 준비된 파드만 제공합니다.

term-refused = 거부(RST)
    .match = 거부, RST, REJECT
    .means = 연결할 수 없다고 곧바로 돌아오는 응답입니다. 포트를 리슨하는 프로세스가 없으면 그곳의 커널이 RST로 응답합니다. REJECT 규칙도 RST나 ICMP 메시지를 보냅니다. 응답이 없으면 거부가 아니라 타임아웃입니다.

term-resolv-conf = resolv.conf
    .match = resolv.conf, 리졸버
    .means = 프로그램의 리졸버가 질의할 네임 서버, 검색 목록, ndots 같은 옵션을 읽는 파일입니다. 파드가 시작될 때 kubelet이 파드의 네임스페이스와 DNS 정책에 따라 씁니다.

term-reverse-proxy = 리버스 프록시
    .match = 리버스 프록시, 프록시
    .means = 클라이언트의 연결을 받아 요청을 읽고 뒤에 있는 서버로 두 번째 연결을 여는 프로세스입니다. 그래서 서버에는 프록시가 클라이언트로 보이고, 호출자의 주소는 요청의 헤더에만 담을 수 있습니다.

term-root-namespace = 루트 네임스페이스
    .match = 루트 네임스페이스
    .means = 머신이 처음부터 가지는 네트워크 네임스페이스입니다. 네트워크 카드가 여기에 있고, 노드나 Docker 호스트라면 브리지와 veth 쌍의 호스트 쪽 끝, 지나가는 패킷이 만나는 규칙도 여기에 있습니다.

term-route = 경로
    .match = 경로, 라우팅 테이블
    .means = 라우팅 테이블의 한 줄이며, 어떤 주소 대역으로 가는 패킷이 나갈 인터페이스와, 있다면 다음 홉을 정합니다. 맞는 대역 가운데 가장 좁은 것을 씁니다. 라우팅은 이런 줄을 찾는 일입니다. URL이나 파일의 경로와는 다릅니다.

term-router = 라우터
    .match = 라우터, 라우팅
    .means = 다른 곳으로 가는 패킷을 이어 보내는 머신입니다. 경로를 찾고 TTL을 하나 줄이고 이더넷 헤더를 새로 작성합니다. 대부분의 네트워크 플러그인에서 노드는 자기 파드의 라우터입니다.

term-rp-filter = rp_filter
    .match = rp_filter
    .means = 들어온 패킷의 출발지를 검사하는 커널 설정입니다. 1이면 그 출발지로 가는 패킷이 다른 인터페이스로 나가게 될 때 버립니다. 0이면 검사하지 않습니다.

term-rule = 규칙
    .match = 규칙
    .means = 체인의 한 줄입니다. 주소, 포트, 마크 같은 조건과 함께, 조건에 맞는 패킷을 허용할지, 버릴지, 변환할지, 다른 체인으로 점프할지가 적혀 있습니다. 인그레스나 HTTPRoute의 규칙은 이와 달리 프록시가 읽습니다.

term-sdn = SDN(소프트웨어 정의 네트워크)
    .match = SDN, 소프트웨어 정의 네트워크
    .means = 이미 있는 케이블과 스위치 위에 프로그램이 만들고 바꾸는 네트워크입니다. flannel이 노드들에 걸쳐 만드는 오버레이가 그 예입니다. CNI 플러그인이 이런 네트워크를 만들 수도 있지만, 반드시 그런 것은 아닙니다.

term-search-list = 검색 목록
    .match = 검색 목록, FQDN, 마지막 점, 완전한 이름
    .means = 리졸버가 존재하는 이름이 나올 때까지 짧은 이름 뒤에 하나씩 붙여 보는 접미사의 목록입니다. 파드의 목록은 자기 네임스페이스로 시작합니다. 점으로 끝나는 이름은 완전한 이름(FQDN)이므로 목록을 쓰지 않습니다.

term-segment = 세그먼트
    .match = 세그먼트
    .means = 라우터 없이 프레임이 오가는 네트워크의 한 구간입니다. 노드들의 LAN이나, 브리지와 거기에 연결된 파드가 한 세그먼트입니다. TCP에서는 이와 달리 데이터를 나눈 단위를 뜻합니다.

term-selector = 셀렉터
    .match = 셀렉터
    .means = 서비스 같은 오브젝트가 파드를 찾는 데 쓰는 레이블입니다. 서비스와 같은 네임스페이스에 있고 셀렉터의 레이블을 모두 정확히 그 값으로 가진 파드가 선택됩니다. 정책의 podSelector는 정책의 네임스페이스에서 찾고, namespaceSelector는 네임스페이스의 레이블을 비교합니다.

term-service = 서비스
    .match = 서비스, Service
    .means = 계속 바뀌는 파드에 붙이는 변하지 않는 이름이며, 보통 주소도 있습니다. 프로세스가 아니며, 모든 노드의 규칙이 연결을 그중 한 파드로 보냅니다. Compose 파일의 서비스와는 다릅니다.

term-session-affinity = 세션 어피니티
    .match = 세션 어피니티, 어피니티, sessionAffinity
    .means = sessionAffinity: ClientIP이면 클라이언트를 전에 접속한 파드로 다시 보냅니다. 노드마다 파드별로 출발지 주소를 목록에 적어 두며, 기본값은 세 시간입니다. 쿠키나 사용자는 관계가 없습니다.

term-socket = 소켓
    .match = 소켓, 출발지 포트, 임시 포트
    .means = 프로세스가 가진 연결의 끝이며, 리슨할 때도 소켓을 씁니다. 커널은 주소와 포트로 소켓을 찾습니다. 클라이언트의 소켓은 연결마다 비어 있는 출발지 포트, 곧 임시 포트를 받습니다.

term-switch = 스위치
    .match = 스위치, 스위칭
    .means = 머신들을 한 세그먼트로 잇고 링크 계층 주소를 보고 프레임을 전달합니다. 소프트웨어로 만든 스위치가 브리지입니다. IP 헤더는 바꾸지 않습니다. 스위칭된 패킷은 라우팅되지 않으므로 TTL이 그대로입니다.

term-target-port = targetPort
    .match = targetPort
    .means = 서비스가 패킷을 보내는 파드의 포트입니다. 번호나, 파드가 자기 포트에 붙인 이름으로 적습니다. 클라이언트가 호출하는 것은 서비스의 port입니다. targetPort를 적지 않으면 둘의 번호가 같습니다.

term-timeout = 타임아웃
    .match = 타임아웃, DROP
    .means = 클라이언트가 포기할 때까지 아무 응답이 없는 것입니다. 패킷이나 응답이 도중에 사라진 것으로, DROP 규칙이나 라우터가 아무 응답 없이 버렸거나, 응답이 변환한 머신을 거치지 않고 돌아온 경우입니다.

term-ttl = TTL
    .match = TTL
    .means = 패킷이 앞으로 지날 수 있는 라우터의 수이며 대개 64에서 시작합니다. 라우터마다 하나씩 줄이고 브리지와 스위치는 줄이지 않습니다. 그래서 도착한 값을 보면 몇 번 라우팅되었는지 알 수 있습니다.

term-url-path = URL 경로
    .match = URL 경로
    .means = URL에서 호스트 뒤에 오는 부분이며, http://shop.example.com/books에서는 /books입니다. 인그레스와 HTTPRoute의 규칙이 이것을 비교합니다. 라우팅 테이블의 경로와는 다릅니다.

term-user-defined-network = 사용자 정의 네트워크
    .match = 사용자 정의 네트워크
    .means = 사용자나 Compose 파일이 만드는 Docker 네트워크입니다. 전용 브리지가 있고, Docker가 컨테이너 이름의 질의에 응답합니다. 한 네트워크에서 다른 네트워크로 가는 패킷은 Docker의 규칙이 버립니다.

term-veth = veth 쌍
    .match = veth
    .means = 소프트웨어로 만든 케이블입니다. 함께 만들어지는 두 인터페이스이며, 한쪽으로 보낸 것은 다른 쪽으로 나옵니다. 한쪽 끝은 파드의 eth0이고, 다른 쪽 끝은 노드의 루트 네임스페이스에 있으며 브리지에 연결된 경우가 많습니다.

term-vxlan = VXLAN
    .match = VXLAN
    .means = 이더넷 프레임을 통째로 노드 사이의 UDP 패킷에 넣는 캡슐화이며 50바이트가 더해집니다. 등록된 포트는 4789이지만 flannel은 8472를, Weave는 6784를 씁니다. 방화벽은 실제로 쓰는 포트를 허용해야 합니다.
