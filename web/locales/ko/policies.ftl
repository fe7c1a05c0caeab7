# 네트워크 정책: 발견 사항, 누가 누구에게 연결할 수 있는지
diag-policy-peer = { $path } { $why ->
    [none] 항목이 아무도 가리키지 않습니다. podSelector, namespaceSelector, ipBlock 중 하나가 필요합니다.
   *[both] 항목에 ipBlock과 셀렉터가 함께 있습니다. 한 항목에는 둘 중 하나만 쓸 수 있습니다.
}
diag-policy-except = { $path }의 { $value }은(는) { $cidr }에 속하지 않습니다. except에는 그 대역 안의 주소만 쓸 수 있습니다.
diag-policy-selects-nothing = 이 정책이 선택하는 파드가 없습니다. 네임스페이스 { $namespace }에 { $selector }에 맞는 파드가 없어 아무 효과가 없습니다.
diag-policy-peer-nobody = { $path }에 맞는 { $what ->
    [namespace] 네임스페이스가 없습니다. { $selector }이(가) 요구하는 레이블을 가진 네임스페이스가 없습니다. 네임스페이스에 저절로 붙는 레이블은 kubernetes.io/metadata.name뿐입니다.
   *[pod] 파드가 없습니다. 대상 네임스페이스에 { $selector }에 맞는 파드가 없습니다.
}
diag-policy-port-name = { $path }이(가) { $name }인데, 대상 파드의 컨테이너 중 그런 이름의 포트를 선언한 것이 없습니다. 이 항목은 아무것도 허용하지 않습니다.
diag-policy-no-dns = { $pods }은(는) 규칙이 허용하는 것만 보낼 수 있는데 53번 포트를 허용하는 규칙이 없습니다. 이름을 조회할 수 없습니다.
diag-policy-range = { $path }의 { $value }은(는) { $what ->
    [services] 서비스 주소 대역입니다. 정책이 패킷을 볼 때는 이미 주소가 변환된 뒤이므로 아무것도 일치하지 않습니다.
   *[pods] 파드 주소 대역입니다. 파드 주소는 새로 만들어질 때마다 바뀝니다. 파드는 레이블로 선택하세요. ipBlock은 클러스터 밖의 주소를 위한 것입니다.
}
diag-policy-unenforced = 여기서는 정책이 효과가 없습니다. { $cni }은(는) 정책을 적용하지 않고, 입력에 정책을 적용하는 다른 것도 없습니다.

# 어느 정책도 허용하지 않은 연결
why-policy-no-rule = { $policies }이(가) Pod { $pod }을(를) { $direction ->
    [Ingress] 들어오는 연결에 대해 선택하는데, 들어오는 것을 허용하는 규칙이 없습니다. { $other }의 { $port }도 마찬가지입니다.
   *[Egress] 내보내는 연결에 대해 선택하는데, 내보내는 것을 허용하는 규칙이 없습니다. { $other }(으)로 가는 { $port }도 마찬가지입니다.
}{ $seen ->
    [dialled] {" "}정책은 서비스 주소가 변환된 뒤의 목적지, 곧 파드 자신의 주소와 포트를 봅니다.
    [sender] {" "}정책은 누가 보냈는지 볼 수 없습니다. 패킷의 출발지 주소가 도중에 바뀌었기 때문입니다.
    [node] {" "}정책이 보는 출발지는 노드의 주소입니다. 노드나 노드 네트워크의 파드가 보낸 것에는 레이블이 없습니다.
   *[same] {""}
}
why-policy-peer = { $policies }이(가) Pod { $pod }을(를) { $direction ->
    [Ingress] 들어오는 연결에 대해 선택하는데, { $other }에서 오는 { $port }을(를) 허용하는 규칙이 없습니다.
   *[Egress] 내보내는 연결에 대해 선택하는데, { $other }(으)로 가는 { $port }을(를) 허용하는 규칙이 없습니다.
}{ $seen ->
    [dialled] {" "}정책은 서비스 주소가 변환된 뒤의 목적지, 곧 파드 자신의 주소와 포트를 봅니다.
    [sender] {" "}정책은 누가 보냈는지 볼 수 없습니다. 패킷의 출발지 주소가 도중에 바뀌었기 때문입니다.
    [node] {" "}정책이 보는 출발지는 노드의 주소입니다. 노드나 노드 네트워크의 파드가 보낸 것에는 레이블이 없습니다.
   *[same] {""}
}
why-policy-port = { $policies }이(가) Pod { $pod }을(를) { $direction ->
    [Ingress] 들어오는 연결에 대해 선택합니다. { $other }을(를) 가리키는 규칙은 있지만 { $port }은(는) 허용하지 않습니다.
   *[Egress] 내보내는 연결에 대해 선택합니다. { $other }을(를) 가리키는 규칙은 있지만 { $port }은(는) 허용하지 않습니다.
}{ $seen ->
    [dialled] {" "}포트는 파드 자신의 포트입니다. 정책은 서비스 주소가 변환된 뒤의 목적지를 봅니다.
    [sender] {" "}정책은 누가 보냈는지 볼 수 없습니다. 패킷의 출발지 주소가 도중에 바뀌었기 때문입니다.
    [node] {" "}정책이 보는 출발지는 노드의 주소입니다. 노드나 노드 네트워크의 파드가 보낸 것에는 레이블이 없습니다.
   *[same] {""}
}
elsewhere-opens = { $from }에서 { $to }(으)로 { $ports ->
    [all] 모든 포트에 연결할 수 있게 됩니다.
   *[other] 연결할 수 있게 됩니다({ $ports }).
}

policies-heading = 확인한 정책
policies-of = { $direction ->
    [Ingress] Pod { $pod }에 들어오는 연결
   *[Egress] Pod { $pod }에서 내보내는 연결
}: { $result ->
    [none] 선택하는 정책이 없어 모두 허용됩니다
    [allowed] 규칙이 허용합니다
   *[denied] 정책이 선택하지만 허용하는 규칙이 없습니다
}
policies-rule = { $policy }, { $field }: { $said ->
    [no-rule] 이 방향의 규칙이 없습니다
    [peer] 상대를 가리키지 않습니다
    [port] 상대는 가리키지만 이 포트가 아닙니다
    [denies] 차단합니다
    [passes] 다음 티어로 넘깁니다
   *[allows] 허용합니다
}
