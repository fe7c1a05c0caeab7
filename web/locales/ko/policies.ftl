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
