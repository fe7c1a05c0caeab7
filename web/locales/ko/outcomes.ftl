result-short-ok = 연결됨
result-short-refused = 거부됨
result-short-timeout = 타임아웃
result-short-eof = 연결 후 닫힘
result-short-tls = TLS 불일치
result-short-not-http = HTTP 아님
result-short-http = { $errno }
result-short-error = { $errno }
result-short-name-not-resolved = 이름을 찾지 못함
result-short-no-address = 주소 없음
result-line = { $result }: { $outcome }
result-line-by = { $result }: { $outcome }, { $who } 응답
result-ok = 연결됨: 클라이언트가 응답을 받았습니다
result-refused = 연결이 거부되었습니다
result-timeout = 타임아웃: 아무 응답도 없습니다
result-eof = 연결되었지만 상대가 한 바이트도 보내지 않고 닫았습니다
result-tls = TLS 불일치: 한쪽만 TLS를 씁니다
result-not-http = 연결되었지만 상대가 HTTP를 쓰지 않습니다
result-http = 응답: { $errno }
result-error = { $errno ->
    [EHOSTUNREACH] 호스트에 도달할 수 없습니다({ $errno })
    [ENETUNREACH] 네트워크에 도달할 수 없습니다({ $errno })
   *[other] 실패: { $errno }
}
result-name-not-resolved = 이름을 주소로 바꿀 수 없습니다
result-no-address = 연결할 주소가 없습니다
server-sees = { $node }의 { $server }이(가) { $local }에서 응답했습니다. 서버가 본 클라이언트 주소: { $peer }
server-sees-outside = { $server }이(가) { $local }에서 응답했고, 클라이언트를 { $peer }(으)로 보았습니다.
server-sees-desktop = com.docker.backend가 클라이언트의 연결을 끝내고 가상 머신으로 이 연결을 새로 열었습니다. 그래서 누가 호출하든 서버에는 192.168.65.1이 보입니다.
server-sees-out-of-desktop = Docker Desktop의 가상 머신은 이 요청을 { $vm }에서 보냈고, com.docker.backend가 { $host }의 일반 소켓으로 다시 연결했습니다. 그래서 어느 컨테이너가 호출하든 밖의 서버에는 { $host }의 주소가 보입니다.
server-sees-proxy = docker-proxy가 클라이언트의 연결을 끝내고 이 연결을 새로 열었습니다. 그래서 서버에는 호스트가 서버 쪽으로 나갈 때 쓰는 주소가 보입니다.
server-sees-published = Docker가 목적지만 변환했으므로 서버에는 클라이언트의 주소가 그대로 보입니다.

obstacle = { $kind ->
    [ended] 이미 종료되었습니다({ $reason }). 종료된 파드에는 주소가 없습니다.
    [unscheduled] 아직 어느 노드에도 배치되지 않아({ $reason }) 주소가 없습니다.
    [not-started] 아직 주소가 없습니다({ $reason }).
    [init-container] 초기화 컨테이너 { $container }이(가) 끝나지 않아({ $reason }) 다른 컨테이너가 시작되지 않았습니다.
    [container] 컨테이너 { $container }이(가) 실행되고 있지 않아({ $reason }) 리슨하는 프로세스가 없습니다.
    [startup-probe] 컨테이너 { $container }의 스타트업 프로브가 아직 성공하지 않았습니다.
    [readiness-probe] 컨테이너 { $container }의 준비성 프로브가 성공하지 않습니다.
    [readiness-gate] 준비성 게이트 { $reason }이(가) True가 아닙니다.
   *[condition] Ready 조건이 True가 아닙니다.
}

outcome-delivered = 전달됨
outcome-delivered-text = 패킷이 응답하는 소켓에 도착했고 응답도 돌아왔습니다.
outcome-http-error = 오류로 응답함
outcome-http-error-text = 연결이 이루어지고 요청도 읽혔지만, 처리할 수 없다는 응답이 왔습니다. 네트워크에는 문제가 없습니다.
outcome-tls-mismatch = 한쪽만 TLS 사용
outcome-tls-mismatch-text = 클라이언트가 TLS를 시작했지만, 연결된 프로세스는 이 포트에서 TLS를 쓰지 않습니다.
outcome-not-http = HTTP가 아님
outcome-not-http-text = 연결은 되었지만, 연결된 프로세스가 다른 프로토콜을 씁니다.
outcome-closed = 응답 없이 닫힘
outcome-closed-text = 연결은 되었지만, 상대가 처음 받은 내용을 해석하지 못해 연결을 닫았습니다.
outcome-rejected = 규칙이 거부함(REJECT)
outcome-rejected-text = 타깃이 REJECT인 규칙이 오류로 응답했습니다.
outcome-no-listener = 포트를 리슨하는 프로세스가 없음
outcome-no-listener-text = 주소에는 제대로 도착했지만 그 포트를 리슨하는 프로세스가 없습니다.
outcome-dropped-by-rule = 규칙이 패킷을 버림(DROP)
outcome-dropped-by-rule-text = 타깃이 DROP인 규칙이 패킷을 버렸습니다. 아무에게도 알리지 않습니다.
outcome-dropped-by-policy = 기본 정책에 따라 버림(DROP)
outcome-dropped-by-policy-text = 패킷을 허용한 규칙이 없고 체인의 기본 정책이 DROP입니다.
outcome-no-route = 경로 없음
outcome-no-route-text = 라우팅 테이블에 목적지로 가는 항목이 없습니다.
outcome-dropped-by-route = 경로가 거부함
outcome-dropped-by-route-text = 일치한 경로가 blackhole, unreachable 또는 prohibit 유형입니다.
outcome-neighbour-failed = ARP에 응답하는 곳이 없음
outcome-neighbour-failed-text = 이 네트워크에 있어야 할 주소이지만 그 주소를 가진 인터페이스가 없습니다.
outcome-ttl-exceeded = TTL 만료
outcome-ttl-exceeded-text = 패킷이 너무 여러 번 포워딩되었습니다.
outcome-mtu-exceeded = 인터페이스의 MTU를 넘음
outcome-mtu-exceeded-text = 패킷이 MTU { $mtu }바이트보다 크지만 단편화할 수 없습니다.
outcome-path-mtu-black-hole = 경로 MTU 블랙홀
outcome-path-mtu-black-hole-text = 경로에 { $mtu }바이트보다 큰 패킷은 지나갈 수 없습니다. 이를 알리는 ICMP 오류가 도중에 사라져, 보내는 쪽은 알지 못한 채 도착하지 않을 패킷을 계속 다시 보냅니다.
outcome-fragments-missing = 일부 단편이 도착하지 않음
outcome-fragments-missing-text = 패킷의 { $missing }바이트에 해당하는 단편이 도착하지 않아 패킷을 다시 합칠 수 없습니다. 도착한 단편은 { $seconds }초(net.ipv4.ipfrag_time) 뒤에 버려집니다.
outcome-forwarding-off = 포워딩이 꺼져 있음
outcome-forwarding-off-text = net.ipv4.ip_forward가 0이어서 이 호스트는 패킷을 전달하지 않습니다.
outcome-martian-source = 있을 수 없는 출발지 주소
outcome-martian-source-text = 외부에서 올 수 없는 출발지 주소입니다. 이 호스트 자신의 주소이거나 루프백입니다.
outcome-martian-destination = 있을 수 없는 목적지 주소
outcome-martian-destination-text = 외부에서 온 패킷에는 허용되지 않는 목적지 주소(루프백)입니다.
outcome-reverse-path-filter = 역방향 경로 필터에 걸림
outcome-reverse-path-filter-text = 이 출발지로 가는 패킷은 다른 인터페이스로 나가므로 rp_filter가 버립니다.
outcome-other-host = 다른 호스트로 가는 프레임
outcome-other-host-text = 프레임의 목적지 이더넷 주소가 다른 호스트의 주소입니다.
outcome-no-bridge-port = 브리지에 내보낼 포트가 없음
outcome-no-bridge-port-text = 나갈 수 있는 포트가 들어온 포트뿐인데 헤어핀 모드가 꺼져 있습니다.
outcome-no-vtep = 터널이 보낼 곳을 모름
outcome-no-vtep-text = VXLAN 인터페이스에 이 이더넷 주소의 포워딩 항목도 기본 항목도 없습니다.
outcome-not-for-vxlan = 이곳의 터널로 온 패킷이 아님
outcome-not-for-vxlan-text = VXLAN 인터페이스의 포트로 왔지만 이 네트워크 식별자를 쓰는 인터페이스가 없습니다.
outcome-link-down = 인터페이스가 내려가 있음
outcome-link-down-text = 사용할 인터페이스가 up 상태가 아닙니다.
outcome-no-socket = 기다리는 소켓이 없음
outcome-no-socket-text = 이 호스트에는 이 패킷을 기다리는 소켓이 없습니다.
outcome-loop = 루프: 같은 곳을 반복해서 지남
outcome-loop-text = 패킷이 허용된 홉 수를 넘었습니다.
outcome-not-modelled = 시뮬레이션하지 않음
outcome-not-modelled-text = 여기에서 일어나는 일은 시뮬레이션하지 않습니다.
outcome-answer-not-recognised = 클라이언트가 알아보지 못하는 응답
outcome-answer-not-recognised-text = 응답이 왔지만 클라이언트가 요청한 주소에서 온 것이 아닙니다. 원래 주소로 되돌려 변환한 곳이 없습니다.
outcome-name-not-found = 존재하지 않는 이름
outcome-name-not-found-text = 네임 서버가 그런 이름은 없다고 응답했습니다(NXDOMAIN).
outcome-name-server-unreachable = 응답하는 네임 서버가 없음
outcome-name-server-unreachable-text = 클라이언트가 네임 서버에 질의했지만 응답한 서버가 없습니다.
outcome-name-without-address = 주소가 없는 이름
outcome-name-without-address-text = 이름은 있지만 네임 서버에 그 이름의 주소가 없습니다(NODATA).
outcome-name-server-failed = 네임 서버 오류
outcome-name-server-failed-text = 네임 서버가 답을 알아내지 못했다고 응답했습니다(SERVFAIL 또는 REFUSED). ‘존재하지 않는 이름’과는 다릅니다.
outcome-no-name-server = 질의할 네임 서버가 없음
outcome-no-name-server-text = 클라이언트의 resolv.conf에 네임 서버가 없습니다.
outcome-name-beyond = 클러스터 밖에서만 아는 이름
outcome-name-beyond-text = 질의가 클러스터 밖의 네임 서버로 넘어가는데, 그 서버는 시뮬레이션하지 않습니다. 그곳에 이름이 있는지는 알 수 없습니다.
outcome-ipv6-only = IPv6 주소만 있음
outcome-ipv6-only-text = IPv6 주소만 있으며, IPv6 패킷은 추적하지 않습니다.
outcome-nothing-leads-there = 그 주소로 이어지는 경로가 없음
outcome-nothing-leads-there-text = 패킷이 클러스터와 외부 사이의 게이트웨이에 도착했지만, 게이트웨이에 이 주소로 가는 경로가 없어 버렸습니다.
outcome-beyond-gateway = 게이트웨이 너머
outcome-beyond-gateway-text = 패킷이 게이트웨이를 지나 나갔습니다. 그 너머는 시뮬레이션하지 않으므로 결과를 알 수 없습니다.
outcome-no-way-in = 호출할 주소가 없음
outcome-no-way-in-text = 클라이언트가 호출할 수 있는 주소가 없습니다.

help-delivered = 연결의 첫 패킷이 리슨 중인 소켓에 도착했고 응답이 클라이언트까지 돌아왔습니다. 이후에는 conntrack이 모든 변환을 기억하므로 다음 패킷은 nat 테이블을 다시 거치지 않고 같은 경로로 갑니다.
help-http-error = 400 이상의 상태 코드는 요청을 읽은 프로세스가 보낸 것입니다. 이름, 경로, 규칙, 리스너는 거기까지 제대로 동작했습니다. 인그레스 컨트롤러의 404는 호스트와 경로에 맞는 규칙이 없다는 뜻이고, 503은 규칙이 가리키는 서비스가 없거나 준비된 엔드포인트가 없다는 뜻이며, 502와 504는 엔드포인트가 거부했거나 응답하지 않았다는 뜻입니다.

    어느 프록시가 어떤 규칙에 따라 응답했는지 추적에서 볼 수 있습니다.
help-tls-mismatch = https:// 클라이언트는 TLS로 시작합니다. 평문 HTTP를 기대하는 프로세스는 이를 읽지 못하고 연결을 닫습니다. http://를 쓰거나, 프로세스가 인증서를 가진 포트를 쓰세요.
help-not-http = HTTP는 HTTP를 쓰는 서버와만 통합니다. 데이터베이스나 메시지 큐는 고유한 프로토콜을 씁니다. 그 포트로 연결은 되지만 돌아오는 것은 HTTP 응답이 아닙니다.
help-closed = 원래 클라이언트를 알려 주는 프록시는 가장 먼저 PROXY 헤더를 씁니다. 양쪽 설정이 맞아야 합니다. 헤더를 기다리는 쪽은 헤더 없는 연결을 모두 닫고, 헤더를 모르는 쪽은 이를 잘못된 요청으로 받아들입니다.
help-rejected = REJECT 규칙은 ICMP 오류나 RST로 응답하므로 클라이언트가 바로 알 수 있습니다. kube-proxy는 준비된 엔드포인트가 없는 서비스 포트마다 이런 규칙을 만듭니다.

    서비스의 셀렉터와 셀렉터가 찾아야 할 파드를 확인하세요. 파드에 그 레이블이 있고 준비 상태여야 합니다.
help-no-listener = 패킷이 올바른 네트워크 네임스페이스에 왔지만 그 포트를 리슨하는 프로세스가 없어 커널이 RST(TCP)나 ICMP 포트 도달 불가(UDP)로 응답합니다.

    서비스의 targetPort와 프로세스가 실제로 리슨하는 포트를 비교해 보세요. containerPort는 설명일 뿐이며 프로세스가 그 포트를 열게 하지는 않습니다.
help-dropped-by-rule = DROP 규칙은 응답 없이 패킷을 버리므로 클라이언트는 포기할 때까지 기다립니다. 규칙의 원인을 보면 어느 구성 요소가 어떤 오브젝트 때문에 만들었는지 알 수 있습니다.
help-dropped-by-policy = 내장 체인에는 일치하는 규칙이 없는 패킷에 적용하는 기본 정책이 있습니다. 여기서는 DROP입니다. 체인이 끝나기 전에 패킷을 허용하는 규칙이 있어야 합니다.
help-no-route = 커널이 라우팅 테이블에서 목적지를 찾았지만 기본 경로를 포함해 아무것도 없었습니다. 노드 사이에서는 모든 노드에 파드 네트워크로 가는 경로가 있어야 하며, 그 경로는 CNI 플러그인이나 설치 도구가 만듭니다.
help-dropped-by-route = blackhole, unreachable, prohibit 유형의 경로는 패킷을 거부하려고 만든 것입니다. 누가 이 경로를 만들었는지 확인하세요.
help-neighbour-failed = 프레임을 보내기 전에 커널은 ARP로 다음 홉의 이더넷 주소를 알아냅니다. 요청을 세 번 보냈지만 아무도 응답하지 않았습니다. 대개 사라진 파드이거나 주소를 잘못 적은 경우처럼 그 주소를 가진 곳이 없는 것입니다.
help-ttl-exceeded = 패킷을 포워딩하는 호스트마다 TTL을 1씩 줄입니다. 0이 되면 패킷을 버리고 출발지에 ICMP 오류를 보냅니다. 두 호스트가 서로에게 패킷을 보내는 경우가 많습니다.
help-mtu-exceeded = 캡슐화하면 헤더가 늘어나므로 오버레이 인터페이스의 MTU는 아래 네트워크보다 작아야 합니다. 이 패킷은 MTU보다 크고 단편화 금지 플래그가 있습니다.
help-path-mtu-black-hole = 작은 요청은 되는데 큰 전송은 멈춥니다. 호스트는 라우터가 ICMP ‘fragmentation needed’(유형 3 코드 4)로 응답할 때 패킷 크기를 줄입니다. ICMP를 버리는 규칙은 이 응답까지 버립니다. 이 ICMP를 허용하거나 호스트의 MTU를 경로에 맞추세요.
help-fragments-missing = 긴 패킷은 여러 단편으로 나뉘고 각 단편은 별개의 패킷으로 전송됩니다. MTU가 더 작은 인터페이스는 긴 단편을 아무 통지 없이 버리고 짧은 단편만 통과시킵니다. 수신 호스트나 경로의 conntrack은 나머지를 기다리다가 포기합니다. 첫 단편이 도착한 경우에만 송신 측에 알립니다. 링크 양 끝의 MTU를 같게 맞추세요.
help-forwarding-off = 노드는 net.ipv4.ip_forward가 1일 때에만 파드와 네트워크 사이에서 패킷을 전달합니다. 컨테이너 런타임과 kubeadm이 이 값을 확인합니다.
help-martian-source = 리눅스는 출발지가 자신의 주소이거나 루프백인 패킷이 외부에서 오면 거부합니다. 잘못된 주소 변환이나 위조 때문에 생깁니다.
help-martian-destination = 127.0.0.0/8 주소는 외부에서 들어올 수 없습니다. 루프백의 노드 포트에는 route_localnet이 필요합니다.
help-reverse-path-filter = rp_filter가 1이면 그 출발지로 나갈 때 쓰는 인터페이스로 들어온 패킷만 받습니다. 경로가 비대칭이면 0이나 2로 설정해야 합니다.
help-other-host = 호스트는 다른 호스트의 주소가 적힌 프레임을 무시합니다. 이런 프레임은 플러딩 때문에 도착합니다.
help-no-bridge-port = 브리지는 들어온 포트로 프레임을 되돌려 보내지 않습니다. 파드가 서비스를 거쳐 자기 자신에 접속하려면 그 포트에 헤어핀 모드가 필요합니다. bridge 플러그인에서는 hairpinMode라고 합니다.
help-no-vtep = VXLAN 인터페이스는 프레임의 이더넷 주소로 상대 노드의 주소를 찾습니다(bridge fdb show). 오버레이를 구성하는 프로그램이 노드마다 항목을 하나씩 추가합니다.
help-not-for-vxlan = 양쪽의 네트워크 식별자(VNI)와 UDP 포트가 같아야 하고, 양쪽의 이더넷 주소는 서로 달라야 합니다. 맞지 않는 패킷에는 아무 응답도 하지 않습니다.
help-link-down = up 상태가 아닌 인터페이스는 아무것도 전달하지 않습니다.
help-no-socket = 이 호스트가 모르는 연결의 응답입니다. TCP라면 RST를 보내고, 그 밖에는 아무 일도 일어나지 않습니다.
help-loop = 패킷이 같은 곳을 반복해서 지났습니다. 서로를 가리키는 경로나 주소 변환이 있는지 확인하세요.
help-not-modelled = 추측하지 않고 시뮬레이션이 끝나는 곳을 밝힙니다.
help-answer-not-recognised = 클라이언트는 자신이 보낸 주소에서 오는 응답을 기다립니다. 서버가 요청을 변환한 노드를 거치지 않고 바로 응답했기 때문에 원래 주소로 되돌려 변환한 곳이 없습니다.

    대표적인 원인은 두 파드가 한 브리지에 있고 net.bridge.bridge-nf-call-iptables가 0인 경우입니다. 요청은 ClusterIP로 가려고 브리지를 벗어나 변환되지만, 응답은 브리지 안에 머물러 conntrack을 만나지 않습니다.
help-name-not-found = 이름의 점 개수가 ndots보다 적으면 리졸버는 검색 목록의 항목을 하나씩 붙여 보고 나서 이름 그대로 질의합니다. 모든 질의에 NXDOMAIN 응답을 받았습니다. 다른 네임스페이스의 서비스는 ‘이름.네임스페이스’로 씁니다.
help-name-server-unreachable = 질의를 보냈지만 응답이 없거나 거부되었습니다. 파드는 DNS 서비스의 ClusterIP에 질의합니다. 그 뒤에 준비된 CoreDNS 파드가 없거나 kubelet의 clusterDNS가 다른 주소이면 어떤 이름도 찾을 수 없습니다.
help-name-without-address = NODATA: 이름은 있지만 질의한 종류의 레코드가 없습니다. IPv6 주소만 있는 서비스에는 A 레코드가 없고, 네임스페이스에는 주소가 아예 없으며, 대상이 없는 ExternalName은 별칭만 남습니다.
help-name-server-failed = SERVFAIL: 서버가 알아내려다 실패했습니다. 예를 들어 Corefile에 그 이름에 응답할 플러그인이 없거나 상위 서버가 실패한 경우입니다. REFUSED: 그 이름에는 응답하지 않는 서버입니다. 리졸버는 다음 서버에 질의하고, 그래도 안 되면 포기한 뒤 나중에 다시 시도할 수 있습니다.
help-no-name-server = dnsPolicy가 None이면 파드에는 dnsConfig에 적은 서버만 있습니다. ClusterFirst이면 클러스터의 DNS 서비스가 있을 때 그 주소를 씁니다.
help-name-beyond = CoreDNS는 클러스터 존(zone)의 이름에만 응답하고 나머지는 노드의 네임 서버로 넘깁니다. 그 서버가 무엇을 아는지는 매니페스트에 없으므로 추측하지 않습니다. 결과는 성공도 실패도 아닙니다.
help-ipv6-only = 쿠버네티스는 spec.ipFamilies에 있는 주소 체계의 주소를 서비스에 할당합니다. IPv6 규칙은 목록으로 볼 수 있지만 IPv6 패킷은 아직 추적하지 않습니다.
help-nothing-leads-there = 파드와 서비스의 주소는 클러스터 안에서만 의미가 있습니다. 노드에는 그 주소를 위한 규칙과 경로가 있지만 다른 호스트에는 없습니다. 외부에서는 노드 포트, 로드 밸런서, 인그레스로 서비스에 들어옵니다.

    외부 호스트에 한 노드를 거치는 경로를 줄 수 있습니다(--via node/이름). 이 경로는 서비스와 로드 밸런서 주소로만 이어지고 파드로는 이어지지 않습니다.
help-beyond-gateway = 게이트웨이 너머에 무엇이 있는지는 입력에 없습니다. 그곳의 주소가 응답하는지는 추측하지 않습니다.
help-no-way-in = LoadBalancer 유형의 서비스는 클라우드의 로드 밸런서나 MetalLB가 status.loadBalancer에 주소를 준 뒤에야 주소가 생깁니다. 그 전까지 EXTERNAL-IP는 pending이고 노드 포트로만 들어올 수 있습니다.


assume-unmodelled-match = 규칙에 모델링하지 않은 조건 ‘{ $module }’이(가) 있어 일치하지 않는 것으로 보았습니다.
assume-unmodelled-target = 규칙에 모델링하지 않은 타깃 ‘{ $target }’이(가) 있어 지나쳤습니다.
assume-pieces = 규칙이 단편들을 서로 다르게 바꾸었습니다. 뒤의 단편도 첫 단편과 같은 경로로 간다고 가정했습니다.
assume-within-limit = 규칙에 속도 제한(limit) 조건이 있어 제한 안에 있는 것으로 보았습니다.
assume-beyond-gateway = { $ip }은(는) 게이트웨이 너머에 있어 시뮬레이션하지 않습니다. 그곳에서 응답하는지는 알 수 없습니다.
assume-via-router = 노드 { $node }이(가) 외부 호스트와 다른 세그먼트에 있어, 그 사이의 라우터가 이 노드를 거치는 경로를 가지고 있다고 가정했습니다.
assume-upstream-dns = { $name }은(는) 클러스터 존 밖의 이름이며, 상위 네임 서버는 시뮬레이션하지 않습니다.
assume-load-balancer = { $ip }(Service { $service })(으)로 오는 외부 패킷을 노드로 보내는 것이 입력에 없어 노드 { $node }(으)로 들어온다고 가정했습니다.
assume-node-port = 외부 클라이언트가 노드 { $node }에서 Service { $service }의 노드 포트 { $port }을(를) 호출합니다. 다른 노드여도 됩니다.
assume-node-port-local = 외부 클라이언트가 노드 { $node }에서 Service { $service }의 노드 포트 { $port }을(를) 호출합니다. externalTrafficPolicy가 Local이면 엔드포인트가 있는 노드만 응답합니다.
assume-ipv6 = { $ip }은(는) IPv6 주소이며, IPv6 패킷은 추적하지 않습니다.
assume-node-resolver = 노드가 어느 네임 서버에 질의하는지 입력에 없어 { $ip }(으)로 가정했습니다.
assume-node-names = { $name }은(는) 노드 이름입니다. 노드끼리, 그리고 노드의 리졸버가 노드 이름을 안다고 가정했습니다.
assume-not-outside = { $name }은(는) 이 클러스터의 이름으로 보입니다. 클러스터 밖에는 그런 이름이 없다고 가정했습니다.
assume-services-first = 입력에는 Pod { $pod }이(가) 언제 시작되었는지 나와 있지 않습니다. 모든 서비스가 먼저 만들어져 환경 변수에 들어 있다고 가정했습니다.
assume-corefile-plugins = CoreDNS가 시뮬레이션하지 않는 플러그인이나 옵션을 쓰도록 설정되어 있습니다(괄호 안은 Corefile의 줄 번호): { $plugins }
assume-node-cache-empty = 노드의 DNS 캐시({ $ip })는 비어 있고, 모든 이름을 데이터그램으로 그 뒤의 DNS 서비스에 질의한다고 가정했습니다.
assume-node-cache = 파드가 노드의 캐시(NodeLocal DNSCache) { $ip }에 질의하는데, 이 캐시는 시뮬레이션하지 않습니다.
assume-netns-fault = 네트워크 네임스페이스 { $netns }을(를) 구성하지 못했습니다({ $fault }). kubehop의 버그이니 알려 주세요. 인터페이스는 모두 내려간 것으로 보여 줍니다.
assume-nodes = 입력에 노드가 없어 다음 노드를 가정했습니다: { $names }
assume-docker-host = 입력에 Docker 호스트가 없어 { $ip }의 { $name }을(를) 가정했습니다.
assume-internet-gateway = { $servers }(으)로 이어지는 라우터가 시나리오에 없어, 가정한 게이트웨이가 주소를 변환하며 잇는다고 보았습니다.
assume-docker-version = 입력에 Docker 버전이 없어 Docker Engine { $version }(으)로 가정했습니다.
assume-docker-desktop = Docker Desktop은 { $host }의 엔진을 가상 머신에서 실행합니다. 주소는 기본 설정(192.168.65.0/24)을 따르고, 자체 네트워크 스택은 Linux 방식, 곧 가상 머신으로 이어지는 링크와 나갈 때의 주소 변환으로 나타냅니다. HTTP 프록시 설정, 호스트 네트워킹 기능, ICMP에 대신 응답하는 것은 시뮬레이션하지 않습니다.
assume-node-containers = 노드는 { $maker }이(가) Docker 호스트 { $host }에 만든 컨테이너입니다. 호스트가 어떤 포트를 게시하는지는 입력에 없어 없는 것으로 가정했습니다.
assume-docker-network-order = 네트워크가 파일에 적힌 순서대로 만들어진다고 가정했습니다. Docker Compose는 순서를 지키지 않아 서브넷이 서로 바뀔 수 있습니다.
assume-docker-external-network = 네트워크 { $network }은(는) 외부 네트워크입니다. 이미 있고 다음으로 비어 있는 서브넷을 쓴다고 가정했습니다.
assume-docker-network-seen = 네트워크 { $network } 자체의 기록이 없어 연결된 컨테이너에서 서브넷과 게이트웨이를 가져왔습니다. 나머지 옵션은 기본값입니다.
assume-docker-nftables = Docker 엔진이 nftables 규칙을 쓰도록 설정되어 있으나 29 이전 엔진은 그러지 못합니다. Docker Engine { $version }의 iptables 규칙으로 대신합니다.
assume-docker-forwarding = nftables 백엔드를 쓰는 Docker Engine { $version }은(는) IP 포워딩을 직접 켜지 않으며, 꺼져 있으면 네트워크를 만들지 않습니다. 켜져 있다고 가정했습니다(net.ipv4.ip_forward 1).
assume-docker-port-picked = 파일에 호스트 포트가 없으면 Docker가 고릅니다. { $container }의 포트 { $target }에는 { $port }을(를) 가정했습니다.
assume-compose-merged = 다음 파일을 앞의 것에 차례로 겹쳐 한 프로젝트로 읽었습니다: { $files }
assume-compose-project = 프로젝트 이름이 없어 { $name }(으)로 가정했습니다.
assume-distribution = 입력은 { $name } 클러스터에서 가져온 것입니다. 적혀 있지 않은 값은 그 기본값으로 보았습니다.
assume-node-proven = { $pod }이(가) 노드 { $node }을(를) 가리키므로 그 노드가 있다고 보았습니다.
assume-node-for-labels = Pod { $pod }이(가) 요구하는 노드가 없어 { $labels } 레이블이 있는 노드 { $node }을(를) 가정했습니다.
assume-node-for-spread = Pod { $pod }이(가) 피하려는 파드와 떨어진 노드가 없어 노드 { $node }을(를) 가정했습니다.
assume-node-for-port = 가정한 노드 중에 Pod { $pod }이(가) 쓸 hostPort { $port }이(가) 비어 있는 노드가 없어 노드 { $node }을(를) 가정했습니다.
assume-windows-node = 노드 { $node }은(는) Windows입니다. Windows의 네트워크는 시뮬레이션하지 않으며 리눅스처럼 보여 줍니다.
assume-segments = 노드들이 서로 다른 세그먼트({ $segments })에 있고, 그 사이의 라우터는 노드만 알고 파드 네트워크는 모릅니다. { $cni }은(는) 그 라우터에 경로를 추가하지 않습니다.
assume-segments-routed = 노드들이 서로 다른 세그먼트({ $segments })에 있습니다. { $cni }이(가) 그 사이로 파드의 패킷을 전달하는 방식은 라우터의 경로로 시뮬레이션합니다.
assume-cni = 입력에 네트워크 플러그인이 없어 { $cni }을(를) 가정했습니다.
assume-cni-for-policies = 입력에 NetworkPolicy가 있고 네트워크 플러그인은 없어, 이를 적용하는 { $cni }을(를) 가정했습니다.
assume-cni-chained = CNI 설정에 이어진 플러그인 { $plugin }은(는) 시뮬레이션하지 않습니다. 이 플러그인이 패킷에 하는 일은 빠져 있습니다.
assume-cni-simulated-as = 입력의 네트워크 플러그인은 { $cni }이며, { $simulated }(으)로 시뮬레이션합니다.
assume-weave = Weave Net은 2024년에 보관(archive)되어 더 이상 고쳐지지 않습니다. fast datapath는 모든 노드로 VXLAN을 보내는 학습 브리지로 시뮬레이션하며, VNI, 사용자 공간 경로(sleeve), weave-npc의 체인은 시뮬레이션하지 않습니다.
assume-cni-stands-in = 네트워크 플러그인 { $cni }은(는) 아직 시뮬레이션하지 않아 { $simulated }(으)로 대신합니다.
assume-calico-pool-nodes = IPPool { $pool }은(는) ‘{ $selector }’에 맞는 노드에만 쓰입니다. 입력에 있는 파드 주소는 그대로 쓰고, 나머지 주소는 이 조건을 따지지 않고 나눠 줍니다.
assume-calico-pool = 입력에 { $cni }의 IP 풀이 없습니다. 설치 파일이 만드는 대로, 파드 네트워크 전체에 걸친 풀(주소 64개짜리 블록, 바깥으로 나가는 패킷은 마스커레이드)을 가정했습니다.
assume-calico-data-plane = 커널에서 Calico의 데이터 경로는 { $plane }이지만, 대신 iptables 경로로 시뮬레이션합니다.
assume-proxy-mode-stands-in = kube-proxy의 { $mode } 모드는 시뮬레이션하지 않아 { $simulated }(으)로 대신합니다.
assume-proxy-replaced = { $by }이(가) kube-proxy의 일을 직접 합니다. 이는 시뮬레이션하지 않아 { $simulated } 모드의 kube-proxy로 대신합니다.
assume-service-range = 서비스 네트워크 { $range }은(는) 추정한 것입니다. 입력에 적혀 있지 않습니다.
assume-pod-range = 파드 네트워크 { $range }은(는) 추정한 것입니다. 입력에 적혀 있지 않습니다.
assume-own-ranges = 파드의 주소가 노드의 podCIDR 밖에 있으므로 { $cni }이(가) 자기 대역에서 주소를 준 것으로 보았습니다. 각 파드로 가는 경로로 접근합니다.
assume-version = 입력에 버전이 없어 쿠버네티스 { $version }(으)로 가정했습니다.
assume-port-shared-in-pod = Pod { $pod }의 컨테이너 { $first }와(과) { $second }이(가) 모두 포트 { $port }을(를) 쓰려고 합니다. { $first }이(가) 쓰는 것으로 가정했습니다. { $second }은(는) 바인드하지 못해 계속 재시작되므로 파드가 준비 상태일지 의심스럽습니다.
assume-listener-by-service = Pod { $pod }이(가) 어느 포트를 리슨하는지 알 수 없어, 서비스의 대상 포트인 { $port }을(를) 리슨한다고 가정했습니다.
assume-listener-by-probe = Pod { $pod }이(가) { $port }을(를) 리슨한다는 것은 { $probe }에만 나옵니다. 프로브가 기대하는 대로 프로그램이 응답한다고 가정했습니다.
assume-listener-by-endpoint = Pod { $pod }이(가) 어느 포트를 리슨하는지 알 수 없어, 입력의 엔드포인트가 가리키는 { $port }을(를) 리슨한다고 가정했습니다.
assume-endpoint-host = 입력에 주소 { $ip }({ $object })을(를) 가진 파드나 노드가 없습니다. 노드와 같은 네트워크에 이 주소를 가진 머신이 있고 { $ports } 포트를 리슨한다고 가정했습니다.
assume-endpoint-hosts-cut = EndpointSlice와 Endpoints에 있는 주소 { $count }개는 입력의 어느 파드나 노드에도 없습니다. 그중 { $made }개에만 머신이 있다고 가정했습니다.
assume-endpoint-ipv6 = { $object }에 있는 IPv6 주소 { $count }개는 입력의 어느 파드나 노드에도 없습니다(첫 주소 { $ip }). IPv6 패킷은 추적하지 않으므로 머신을 가정하지 않았습니다.
assume-listener-by-image = Pod { $pod }이(가) 어느 포트를 리슨하는지 알려 주는 것은 이미지 { $image }뿐입니다. 이 이미지의 기본 포트({ $ports })만 리슨하고 다른 포트는 리슨하지 않는다고 가정했습니다.
assume-listener-by-program = Pod { $pod }의 명령줄에 { $program }의 포트가 없습니다. 이 프로그램의 기본값인 주소 { $address }, 포트 { $port }을(를) 리슨한다고 가정했습니다.
assume-listener-by-variable = Pod { $pod }은(는) { $port }을(를) 선언했지만 환경 변수 { $variable }이(가) 다른 포트를 가리킵니다. { $port }을(를) 리슨하는 프로세스는 없다고 가정했습니다.
assume-only-declared-ports = Pod { $pod }은(는) 매니페스트에 나온 포트만 리슨하고 다른 포트는 리슨하지 않는다고 가정했습니다: { $ports }
assume-machine-unread = { $machine }에서 본 것 가운데 { $count }줄을 이해하지 못해 제외했습니다(첫 줄: ‘{ $first }’). 결과가 달라질 수 있습니다.
assume-scenario-part = 시나리오의 { $part }은(는) 아직 시뮬레이션하지 않으므로 결과가 달라질 수 있습니다.
assume-host-port = 입력에 CNI 설정이 없어, 흔히 그렇듯 portmap 플러그인이 hostPort를 처리한다고 가정했습니다.
assume-hairpin = 입력에 CNI 설정이 없어, { $node }의 브리지가 파드의 프레임을 들어온 포트로 다시 내보낸다고(hairpinMode) 가정했습니다. hairpinMode가 꺼져 있으면 파드는 서비스를 통해 자기 자신에 연결할 수 없습니다.
assume-system-services = 모든 클러스터에 있는 서비스를 가정했습니다: { $names }
assume-ingress-controller = 입력에 Ingress { $ingress }이(가) 있지만 이를 처리할 컨트롤러가 없어, 설치 파일대로 구성된 { $controller }을(를) Service { $service } 뒤에 가정했습니다.
assume-gateway-proxy = 입력에 Gateway { $gateway }(클래스 { $class })의 프록시가 없어, LoadBalancer 유형의 서비스와 함께 하나를 가정했습니다.
assume-entry-point = { $host }을(를) 아는 네임 서버가 없어, 유일한 진입점인 { $service }의 주소 { $address }(으)로 이어진다고 가정했습니다.
assume-http-answer = { $process }의 응답은 입력에 없으므로 200으로 가정했습니다.
assume-http-by-port = { $process }의 포트 { $port }은(는) 번호나 이름으로 보아 { $speaks }을(를) 쓴다고 가정했습니다.
assume-route-unread = { $object }: { $field }은(는) 이 요청에 영향을 주지만 시뮬레이션하지 않습니다.
assume-certificate = { $host }의 인증서는 클라이언트가 신뢰하는 것으로 가정했습니다.
assume-coredns = CoreDNS 파드 두 개를 가정했습니다.
assume-dns-assumed = 입력에 노드는 있지만 DNS가 없습니다. 이름 질의에는 kube-dns 서비스와 CoreDNS를 가정했습니다.
assume-ipv6-cluster = 클러스터가 IPv6만 쓰지만 IPv6는 시뮬레이션하지 않아 IPv4 주소로 보여 줍니다.
assume-load-balancer-proxy = Service { $service }의 로드 밸런서 { $ip }은(는) 연결을 직접 끝냅니다(ipMode Proxy). 이 주소를 가진 머신을 가정했으며, 헬스 체크를 통과한 노드의 노드 포트로 새 연결을 엽니다.
assume-load-balancer-announces = Service { $service }의 로드 밸런서 { $ip }은(는) 원래 클라이언트를 알리도록(PROXY 프로토콜) 설정되어 있으므로 연결을 직접 끝냅니다. 이 주소를 가진 머신을 가정했으며, 헬스 체크를 통과한 노드의 노드 포트로 새 연결을 엽니다.
assume-bgp-peer = 입력에는 BGPPeer { $peer }의 주소 { $ip }을(를) 가진 라우터가 없습니다. MetalLB가 입력에 있는 라우터와 BGP로 통신한다고 가정했습니다.
assume-l2-interfaces = MetalLB의 스피커는 { $interfaces }에서만 ARP에 응답합니다. 노드의 업링크(여기서는 eth0)가 그중 하나라고 가정했습니다.
assume-load-balancer-by-metallb = 시나리오에 적힌 MetalLB가 Service { $service }에 주소 { $ip }을(를) 줍니다. 입력에 풀이 없어 노드 세그먼트의 마지막 주소들을 풀로 삼았습니다.
assume-load-balancer-by-cloud = 클라우드의 로드 밸런서가 Service { $service }에 주소 { $ip }을(를) 줍니다. 목적지는 그대로 두고 흐름마다 헬스 체크를 통과한 노드 하나로 보낸다고 보았습니다.
assume-load-balancer-by-nodes = ServiceLB가 Service { $service }에 노드의 주소({ $ips })를 줍니다. 그 파드가 실행 중이라고 보았습니다. 이 주소의 패킷은 kube-proxy 규칙이 먼저 받습니다.
assume-load-balancer-by-pool = MetalLB가 풀에서 Service { $service }에 주소 { $ip }을(를) 줍니다. 그 컨트롤러와 스피커가 실행 중이라고 보았습니다.
assume-pod-cidr = 노드 { $node }에 podCIDR이 없어 { $cidr }(으)로 가정했습니다.
assume-node-address = 노드 { $node }에 내부 주소가 없어 { $ip }(으)로 가정했습니다.
assume-replicas-cut = { $object }은(는) 레플리카 { $asked }개를 요청하지만 { $made }개만 시뮬레이션합니다.
assume-policy-no-effect = Pod { $pod }이(가) { $policy }의 대상이지만 여기서는 효과가 없습니다. { $cni }은(는) 정책을 적용하지 않고, 입력에 정책을 적용하는 다른 것도 없습니다.
assume-policy-denies-by-meaning = Pod { $pod }을(를) 선택하는 정책({ $policy })의 의미대로라면 이 연결을 허용하는 규칙이 없어 버려집니다. 그 정책을 적용하는 주체의 규칙은 시뮬레이션하지 않으므로 여기서는 패킷이 멈추지 않습니다.
assume-policy-by-meaning = Pod { $pod }을(를) 선택하는 정책({ $policy })이 이 연결을 허용합니다. 정책의 의미로 계산한 것으로, 그 정책을 적용하는 주체의 규칙은 시뮬레이션하지 않습니다.
assume-policy-not-simulated = Pod { $pod }을(를) 선택하는 정책이 있습니다({ $policy }). 그 정책을 적용하는 주체의 규칙은 시뮬레이션하지 않으므로 결과가 다를 수 있습니다.
assume-sidecar-injected = 레이블이나 어노테이션이 파드 { $pod }의 컨테이너 옆에 { $mesh } 프록시를 요구하지만 컨테이너 목록에는 프록시가 없습니다. 파드가 만들어질 때 웹훅이 기본 규칙으로 프록시를 추가했다고 가정했습니다.
assume-sidecar-rules = 파드 { $pod }의 컨테이너 중에 { $mesh } 프록시가 있지만 트래픽을 프록시로 보내는 규칙을 작성하는 것이 없습니다. 기본 규칙을 적용했습니다.
assume-sidecar-routes = 파드 { $pod }의 { $mesh } 프록시는 서비스 정보만으로 연결을 이어 보냈습니다. 준비된 엔드포인트 또는 원래 목적지로 보냅니다. 메시의 라우팅, 정책, 상호 TLS는 시뮬레이션하지 않습니다.
assume-sidecar-not-simulated = Pod { $pod }의 컨테이너 { $container }이(가) 파드의 트래픽을 프록시로 가로챕니다. 메시의 프록시는 시뮬레이션하지 않습니다.
assume-mesh-not-simulated = { $object }이(가) 메시의 프록시에서 Service { $service }(으)로 가는 트래픽을 라우팅합니다. 메시의 프록시는 시뮬레이션하지 않습니다.
assume-port-stands-in = { $object }의 포트 번호 자리에 { $placeholder } 자리 표시자가 있어 { $value }을(를) 대신 씁니다.
assume-read-as-meant = { $object }에는 kubectl이 거부하는 실수가 있어, 의도한 것으로 보이는 내용으로 읽었습니다.
assume-ingress-not-simulated = { $object }이(가) 호스트 { $host }을(를) Service { $service }(으)로 보냅니다. 이를 처리하는 컨트롤러는 시뮬레이션하지 않습니다.

headline-assumed = { $title } (가정이 맞을 때)
headline-not-modelled = { $title } (시뮬레이션한 범위에서)
verdict-works = 동작함
verdict-fails = 실패함
verdict-assumed = 가정에 따름
verdict-not-modelled = 일부만 시뮬레이션함
