why-not-from-a-pod = 노드와 외부 호스트는 자신의 네임 서버에 질의하며, 그 서버는 { $name }을(를) 모릅니다. 클러스터의 네임 서버에는 파드만 질의합니다. ClusterIP를 사용하거나 파드에서 질의하세요.
why-host-network-dns = Pod { $pod }은(는) 노드의 네트워크(hostNetwork)를 쓰고 dnsPolicy가 ClusterFirst입니다. 그러면 노드의 네임 서버에 질의하는데, 그 서버는 클러스터의 이름을 모릅니다. dnsPolicy ClusterFirstWithHostNet이면 클러스터의 네임 서버에 질의합니다.
why-dns-policy = dnsPolicy가 { $policy }이므로 Pod { $pod }은(는) 클러스터의 네임 서버에 질의하지 않습니다.
why-dns-config = Pod { $pod }의 dnsConfig에 적힌 서버 { $server }에서 응답이 없습니다.
why-kubelet-dns = kubelet은 파드에 네임 서버 { $server }(clusterDNS)를 설정하지만, DNS Service { $service }의 주소는 { $address }입니다.
why-no-dns-service = kube-system/kube-dns 서비스가 없어 kubelet이 파드에 설정할 네임 서버가 없습니다.
why-other-namespace = 네임스페이스 { $searched }에는 Service { $name }이(가) 없습니다. 네임스페이스 { $namespace }에 있으며, 여기에서는 { $called }(이)라는 이름으로 씁니다.
why-near-name = 이름이 { $name }인 것이 없습니다. 비슷한 이름: { $suggestion }
why-no-such-name = 이 클러스터에는 이름이 { $name }인 것이 없습니다.
why-name-form = { $name }은(는) 서비스 이름의 형식(NAME.NAMESPACE.svc.{ $zone })이 아닙니다. 여기서는 { $suggestion }을(를) 쓸 수 있습니다.
why-no-such-ordinal = { $workload }의 파드는 { $replicas ->
    [0] 없습니다. { $name } 이름의 파드도 없습니다.
   *[other] { $replicas }개({ $pods })이며, { $name } 이름의 파드는 없습니다.
}
why-name-without-service = { $name } 이름의 서비스가 없습니다. { $object } 오브젝트는 있지만, 워크로드만으로는 DNS 이름이 생기지 않습니다.
why-stateful-service-name = { $workload }의 파드 이름은 serviceName 아래에 생깁니다. 그 값은 { $name }이(가) 아니라 { $given }입니다.
why-pod-subdomain = Pod { $pod }에 hostname { $name }과(와) subdomain { $service }이(가) 모두 있어야 { $name }.{ $service } 이름이 생깁니다.
why-zone-differs = CoreDNS는 존 { $zone }에 대해 응답하지만 kubelet은 파드의 검색 목록에 { $search }을(를) 적습니다.
why-ipv6-service = Service { $service }에는 IPv6 주소만 있습니다(ipFamilies). IPv6 패킷은 추적하지 않습니다.
why-pool-not-advertised = MetalLB가 Service { $service }에 주소 { $address }을(를) 주었지만, 그 풀에 대한 L2Advertisement나 BGPAdvertisement가 없어 네트워크가 이 주소를 모릅니다.
why-proxy-backend = 프록시 { $proxy }이(가) 연결을 받아 { $server }(으)로 보냈지만, 그쪽에서 받지 않았습니다.
why-load-balancer-pending = Service { $service }은(는) LoadBalancer 유형이지만 주소를 준 로드 밸런서가 없습니다. EXTERNAL-IP가 pending입니다. 노드 포트: { $nodePorts }
why-no-node-port = Service { $service }에는 노드 포트가 그 번호인 포트가 없습니다. 있는 포트: { $ports }
why-upstream-lost = CoreDNS가 { $name } 질의를 전달하는 { $server }이(가) 응답하지 않습니다.
why-external-name = Service { $service }은(는) { $target }의 다른 이름일 뿐이며, 클러스터에는 그 대상의 주소가 없습니다.
why-object-refused = { $object }이(가) 필요하지만, 여기에 적힌 값 때문에 API 서버가 거부합니다.
why-external-name-ports = Service { $service }은(는) { $target }의 다른 이름일 뿐입니다. 포트 { $port }을(를) { $to }(으)로 바꿔 주는 것이 없으므로 { $target }의 포트 { $port }에 접속합니다.
why-corefile-hides = CoreDNS는 Service { $service }에 대해 응답하지 않습니다. Corefile이 kubernetes 플러그인을 다른 네임스페이스나 레이블로 제한합니다.
why-corefile-loop = CoreDNS({ $pod })가 시작할 때마다 종료됩니다. Corefile이 모르는 이름을 자기 자신에게 전달하고, loop 플러그인이 이를 감지하기 때문입니다.
why-external-name-missing = Service { $service }은(는) { $target }의 다른 이름일 뿐이며, 그런 이름의 서비스가 없습니다.
why-external-name-near = Service { $service }은(는) { $target }의 다른 이름일 뿐이며, 그 이름에는 주소가 없습니다. 실제로 있는 서비스의 이름: { $suggestion }
why-unread-document = 읽을 수 있었던 내용 중에는 맞는 것이 없고, 이 문서는 읽지 못했습니다.

why-service-port = Service { $service }에는 포트 { $port }이(가) 없습니다. 있는 포트: { $ports }
why-service-protocol = Service { $service }의 포트 { $port }은(는) { $asked } 포트가 아니라 { $has } 포트입니다.
why-selects-nothing = Service { $service }의 셀렉터는 { $selector }이고, 같은 네임스페이스에 이 레이블을 모두 가진 파드가 없습니다.
why-selects-nearly = Service { $service }의 셀렉터는 { $selector }입니다. { $pod }의 레이블: { $labels }
why-selects-elsewhere = Service { $service }의 셀렉터 { $selector }은(는) 자기 네임스페이스의 파드만 선택합니다. 이 레이블을 가진 { $object }은(는) 네임스페이스 { $namespace }에 있습니다.
why-no-replicas = Service { $service }이(가) 선택하는 { $object }의 replicas가 0입니다.
why-pod-ended = Service { $service }이(가) 선택한 Pod { $pod }은(는) 이미 종료되어({ $reason }) 응답하지 않습니다.
why-pod-left-out = Service { $service }이(가) 선택한 Pod { $pod }에는 아직 네트워크가 없습니다({ $reason }).
why-pod-not-ready = Service { $service }이(가) 선택한 Pod { $pod }이(가) 준비되지 않았습니다({ $reason }). 연결은 준비된 파드로만 갑니다.
why-pod-terminating = Service { $service }이(가) 선택한 Pod { $pod }은(는) 삭제되는 중이라 새 연결을 받지 않습니다.
why-target-port-name = Service { $service }의 targetPort는 { $name }입니다. Pod { $pod }의 포트 이름: { $names }
why-no-selector = Service { $service }에는 셀렉터가 없고, 주소를 주는 EndpointSlice나 Endpoints 오브젝트도 없습니다.
why-endpoint-port-name = Service { $service }의 포트 이름은 { $name }, 엔드포인트의 포트 이름은 { $names }입니다. 이름과 프로토콜이 같아야 연결됩니다.
why-endpoints-not-ready = 입력에 적힌 Service { $service }의 엔드포인트에는 준비된 주소가 없습니다.
why-docker-bridge-names = 컨테이너 { $container }은(는) Docker의 기본 브리지에 있습니다. 여기에는 컨테이너 이름을 아는 리졸버가 없어 ‘{ $name }’을(를) 호스트의 네임 서버에 질의합니다. 따로 만든 네트워크(networks: …)에서는 Docker가 응답합니다.
why-docker-port-address = { $host }의 포트 { $port }은(는) 컨테이너 { $container }을(를) 위해 { $address }에만 게시되어 있어, 다른 주소로는 접속할 수 없습니다.
why-docker-port-target = { $host }의 포트 { $port }은(는) 컨테이너 { $container }의 포트 { $target }(으)로 이어지지만, 그 포트를 리슨하는 프로세스가 없습니다(리슨 중: { $listening }).
why-docker-port-nowhere = { $host }의 포트 { $port }을(를) 게시한 컨테이너가 없고, 리슨하는 다른 프로세스도 없습니다. 게시된 포트: { $ports }.
why-docker-localhost = 컨테이너 { $container }의 localhost는 그 컨테이너 자신뿐이고, 그 안에는 { $port } 포트를 리슨하는 프로세스가 없습니다. 그 포트는 { $other }에서 리슨합니다. 이름으로 호출하세요{ $published ->
    [yes] . 호스트 주소와 호스트 포트로 호출해도 됩니다
   *[no] {""}
 }.
why-docker-desktop-inside = { $address }은(는) Docker Desktop의 가상 머신 안에 있습니다. { $host }에도, 다른 어떤 머신에도 그 주소로 가는 경로가 없습니다. 게시한 포트로만 들어갈 수 있습니다({ $ports }).
why-docker-no-shared-network = 컨테이너 { $container }({ $networks })와(과) { $other }({ $theirs })은(는) 같은 네트워크에 있지 않습니다. Docker는 네트워크 사이의 패킷을 통과시키지 않고, 다른 네트워크의 이름도 해석해 주지 않습니다.{ $depends ->
    [yes] {" "}depends_on은 시작 순서만 정합니다.
   *[no] {""}
 }
why-router-no-route = 라우터 { $router }에 { $address }(으)로 가는 경로가 없습니다{ $answer ->
    [yes] (응답이 돌아갈 곳)
   *[no] {""}
 }. { $told ->
    [yes] 라우터는 ‘네트워크에 도달할 수 없음’을 돌려보냅니다.
   *[no] 보낸 쪽으로 돌아가는 경로도 없어, ‘네트워크에 도달할 수 없음’을 알리지도 못합니다.
 }
why-endpoint-gone = Service { $service }이(가) 엔드포인트 { $address }(으)로 보내지만, 그 주소를 가진 곳이 없습니다.
why-machine-off = 이 시점에 { $machine }은(는) 꺼져 있어 응답하거나 보내는 프로세스가 없습니다.
why-link-failed = 이 시점에 { $machine }의 링크가 끊겨 있어 나가거나 들어오는 패킷이 없습니다.
why-endpoint-beyond = Service { $service }: 엔드포인트 { $address } 주소로 보내지만, 이 주소는 노드의 어떤 네트워크에도 속하지 않습니다.
why-endpoint-host-port = { $address } 주소에 대해 입력에 있는 것은 { $ports } 포트뿐입니다({ $object }). { $port } 포트를 리슨하는 프로세스는 없다고 보았습니다.
why-internal-policy = internalTrafficPolicy Local: { $node }에서는 { $node }의 엔드포인트만 사용하는데, Service { $service }의 엔드포인트는 { $nodes }에만 있습니다.
why-external-policy = externalTrafficPolicy Local: { $node }에 들어온 외부 트래픽은 그 노드의 엔드포인트로만 가는데, Service { $service }의 엔드포인트는 { $nodes }에만 있습니다.
why-source-ranges = Service { $service }의 로드 밸런서는 { $ranges }에서 온 트래픽만 받으며, { $source }에서 온 것은 받지 않습니다.
why-cluster-ip-ping = { $address }은(는) 호스트의 주소가 아니라 Service { $service }의 포트에 대한 규칙입니다. ping을 변환하는 규칙은 없어 아무도 응답하지 않습니다.
why-cluster-only = { $address }은(는) { $object }의 주소로, 클러스터 안에서만 의미가 있습니다. 밖에서 그 주소로 가는 경로는 없습니다.

why-http-no-host = 처리되는 인그레스 가운데 호스트 { $host }에 대한 규칙이 없습니다. 규칙이 있는 호스트: { $hosts }
why-http-not-served = { $object }에 { $host }에 대한 규칙이 있지만, 그 클래스({ $class })를 처리하는 컨트롤러가 없습니다.
why-http-no-path = { $host }의 규칙에 경로 { $path }에 맞는 것이 없습니다. 있는 경로: { $paths }
why-http-no-service = { $object }이(가) Service { $service }을(를) 가리키지만 그 네임스페이스에 없어, 프록시가 요청을 보낼 곳이 없습니다.
why-http-no-port = { $object }이(가) Service { $service }의 포트 { $port }을(를) 가리키지만, 그 포트가 없습니다(있는 포트: { $ports }).
why-http-no-backend = { $object }에 이 경로를 보낼 서비스가 없습니다.
why-http-not-granted = { $object }이(가) 다른 네임스페이스의 Service { $service }을(를) 가리킵니다. 그쪽의 ReferenceGrant가 허용해야 합니다.
why-http-unsupported = { $object }이(가) 가리키는 대상으로는 이 프록시가 요청을 보낼 수 없습니다.
why-http-forbidden = { $object }은(는) 정해진 주소만 허용하는데, 프록시가 보는 주소는 그중에 없습니다. 클라이언트는 { $client }이지만, 프록시에는 노드의 주소로 보일 수 있습니다(externalTrafficPolicy).
why-http-too-large = { $object }은(는) { $size }바이트짜리 요청을 받지 않습니다.
why-http-plain-to-tls = { $url } 요청이 TLS를 쓰는 포트에 평문으로 왔습니다.
why-http-announced = { $object }({ $field })에 따라 모든 연결이 PROXY 헤더({ $version })로 시작합니다. { $process }에서 읽는 쪽은 이 헤더를 몰라서 요청으로 받아들입니다.
why-http-unannounced = { $object }({ $field })은(는) PROXY 헤더가 없는 연결을 받지 않는데, 경로상의 누구도 이 헤더를 보내지 않습니다.
why-http-unannounced-shortcut = { $object }({ $field })은(는) PROXY 헤더가 없는 연결을 받지 않습니다. Service { $service }의 로드 밸런서가 헤더를 보내지만 패킷이 로드 밸런서에 도달하지 않았습니다. 클라이언트의 노드에서 kube-proxy가 { $ip }을(를) 바로 변환하기 때문입니다.
why-http-no-listener = 게이트웨이에 { $host }에 맞는 리스너가 없습니다.
why-http-misdirected = 이 연결은 { $host }이(가) 아닌 다른 호스트로 맺은 연결입니다.
why-http-upstream = 프록시가 { $object }에 따라 Service { $service }에 요청했고, { $status }(으)로 응답했습니다.
why-tls-to-plain = { $process }은(는) 포트 { $port }에서 TLS를 쓰지 않습니다.
why-not-http = { $process }은(는) 포트 { $port }에서 HTTP가 아니라 { $speaks }을(를) 씁니다.
why-target-port = Service { $service }에서 Pod { $pod }의 포트 { $port }(으)로 보내지만, 그 포트를 리슨하는 프로세스가 없습니다. 리슨 중인 포트: { $listening }
why-headless-port = Service { $service }은(는) 헤드리스(clusterIP: None)라 이름이 파드 주소로 바로 이어지고 포트가 변환되지 않습니다. Pod { $pod }은(는) 포트 { $port }을(를) 리슨하지 않습니다. 리슨 중인 포트: { $listening }
why-listener-protocol = Pod { $pod }은(는) 포트 { $port }을(를) { $asked }이(가) 아니라 { $has }(으)로 리슨합니다.
why-listener-address = Pod { $pod }의 프로세스는 포트 { $port }을(를) { $address } 주소에서만 리슨하므로 파드 밖에서는 연결할 수 없습니다.
why-pod-not-running = Pod { $pod }에서 포트 { $port }을(를) 리슨할 프로세스가 실행 중이 아닙니다({ $reason }).
why-not-served = Pod { $pod }이(가) 포트 { $port }을(를) 선언했지만 그 포트를 리슨하는 프로세스가 없습니다. { $against }은(는) 다른 포트를 가리킵니다. 리슨 중인 포트: { $listening }
why-host-port = Pod { $pod }의 hostPort { $port }을(를) 처리하는 플러그인이 없습니다. 네트워크 { $network }의 CNI 설정에 portmap 플러그인이 없습니다.
why-host-port-protocol = Pod { $pod }의 hostPort { $port }은(는) { $asked } 포트가 아니라 { $has } 포트입니다.
why-host-port-elsewhere = Pod { $pod }의 hostPort { $port }은(는) 그 파드가 있는 노드 { $node }에만 있습니다. { $asked }에서는 그 파드로 이어지지 않습니다.
why-mapping-target = kind가 { $host }의 포트 { $port }을(를) 노드 { $node }의 포트 { $target }(으)로 매핑하지만, 그 nodePort를 가진 서비스도 그 포트를 리슨하는 프로세스도 없습니다. containerPort는 nodePort와 같아야 합니다.
why-mapping-address = kind가 { $host }의 포트 { $port }을(를) { $address }에만(listenAddress) 매핑해 다른 머신에서는 접속할 수 없습니다.
why-node-port-unmapped = { $port }은(는) Service { $service }의 노드 포트이며 컨테이너인 노드에만 있습니다. { $host }의 포트를 이 포트로 잇는 extraPortMappings 항목이 없습니다.
why-host-port-unmapped = extraPortMappings에 { $host }의 포트 { $port }이(가) 없습니다. 매핑된 포트: { $ports }.
why-localhost-elsewhere = localhost는 요청을 보내는 머신 자신입니다. 포트 { $port }은(는) { $host }에 매핑되어 있고 다른 머신에서는 { $address }(으)로 접속합니다.
why-hairpin-off = 프레임이 들어온 브리지 포트로 다시 나가야 하지만 네트워크 { $network }의 hairpinMode가 꺼져 있습니다.
why-hairpin-not-masqueraded = 패킷이 보낸 Pod { $pod }에게 되돌아왔는데 출발지가 그 Pod 자신의 주소입니다. { $node }에서 규칙 { $rule }이(가) kube-proxy의 마스커레이드보다 먼저 POSTROUTING을 끝내기 때문입니다.
why-not-listening = Pod { $pod }에는 포트 { $port }을(를) 리슨하는 프로세스가 없습니다. 리슨 중인 포트: { $listening }

why-node-port = 노드 포트 { $port }을(를) 가진 서비스가 없고, { $address }에도 그 포트를 리슨하는 프로세스가 없습니다.
why-near-node-port = 노드 포트 { $port }을(를) 가진 서비스가 없습니다. Service { $service }의 노드 포트는 { $has }입니다.
why-type-without-node-port = Service { $service }에 노드 포트 { $port }이(가) 적혀 있지만, type { $type }에는 노드 포트가 없습니다.
why-node-port-loopback = Service { $service }의 노드 포트는 루프백 주소에서 제공되지 않습니다. 노드 자신의 주소는 { $node }:{ $port }입니다.
why-node-port-addresses = Service { $service }의 노드 포트 { $port }은(는) { $address }에서 제공되지 않습니다. kube-proxy에 다른 주소가 설정되어 있습니다.
why-no-cluster-ip = 주소 { $address }을(를) 가진 곳이 없습니다. Service { $service }에 포트 { $port }이(가) 있지만, 헤드리스(clusterIP: None)라 자기 주소가 없습니다.
why-type-without-address = Service { $service }에 주소 { $address }이(가) 적혀 있지만, type { $type }에서는 사용하지 않습니다.
why-no-such-address = 이 클러스터에는 주소 { $address }을(를) 가진 곳이 없습니다.
why-near-address = 주소 { $address }을(를) 가진 곳이 없습니다. { $object }의 주소는 { $has }입니다.
why-bridge-nf = 응답이 { $node }의 브리지를 지나며 되돌려 변환할 규칙을 거치지 않았습니다. 그 노드의 net.bridge.bridge-nf-call-iptables 값은 0입니다.

why-look = 살펴볼 곳: { $object }, { $field }
why-look-object = 살펴볼 곳: { $object }
why-against = 비교할 곳

fix-append = { $object }의 { $field }에 { $value }을(를) 추가하세요.
fix-set = { $object }의 { $field } 값을 { $value }(으)로 바꾸세요.
fix-set-text = { $object }의 { $field }을(를) 패치와 같이 바꾸세요.
fix-set-several = { $object }의 { $field } 값을 { $value }(으)로 바꾸고, 딸린 값도 함께 바꾸세요.
fix-remove = { $object }에서 { $field } 항목을 지우세요.
fix-remove-several = { $object }에서 { $field } 항목과 딸린 항목을 지우세요.
fix-status = { $object }의 { $field } 값이 { $value }이(가) 되면 연결됩니다.
fix-add = { $object }을(를) 추가하세요.
fix-use-to = 대신 { $to }(으)로 요청하세요.
fix-use-protocol = 프로토콜 { $proto }(으)로 요청하세요: { $to }
fix-use-connect = 헤더를 보내는 { $to }(으)로 연결하세요.
fix-bridge-nf = 노드의 net.bridge.bridge-nf-call-iptables를 1로 설정하세요(옵션 --bridge-nf 1).
fix-proven = 적용해 보고 통과를 확인했습니다
fix-diff = 바뀌는 내용
fix-elsewhere = 함께 바뀌는 것
elsewhere-endpoints = Service { $service }: 엔드포인트 { $before }개가 { $after }개로 바뀝니다.
elsewhere-pods = 파드 { $before }개가 { $after }개로 바뀝니다.
elsewhere-service-gone = Service { $service }이(가) 이 이름으로는 없어집니다.
elsewhere-more = 그 밖에 { $count }개
