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
diag-policy-port-name = { $path }이(가) { $name }인데, 대상 파드의 컨테이너 중 그 프로토콜로 그런 이름의 포트를 선언한 것이 없습니다. 이 항목은 아무것도 허용하지 않습니다.
diag-policy-no-dns = { $pods }은(는) 규칙이 허용하는 것만 보낼 수 있는데 53번 포트를 허용하는 규칙이 없습니다. 이름을 조회할 수 없습니다.
diag-policy-range = { $path }의 { $value }은(는) { $what ->
    [services] 서비스 주소 대역입니다. 정책이 패킷을 볼 때는 이미 주소가 변환된 뒤이므로 아무것도 일치하지 않습니다.
   *[pods] 파드 주소 대역입니다. 파드 주소는 새로 만들어질 때마다 바뀝니다. 파드는 레이블로 선택하세요. ipBlock은 클러스터 밖의 주소를 위한 것입니다.
}
diag-policy-selector = { $path }을(를) { $column }번째 글자에서 읽을 수 없습니다. { $what ->
    [unended] 따옴표로 연 값이 닫히지 않았습니다.
    [operator] 연산자는 ==, !=, &&, ||입니다.
    [comparison] 레이블 뒤에는 ==, !=, in, not in, contains, starts with, ends with 중 하나가 와야 합니다.
    [value] 따옴표로 감싼 값이 없습니다.
    [list] {"{"}'a', 'b'{"}"}처럼 중괄호로 감싼 목록이 없습니다.
    [parenthesis] 닫는 괄호가 없습니다.
    [brace] 닫는 중괄호가 없습니다.
    [rest] 셀렉터가 이 앞에서 이미 끝났습니다.
    [global] global()은 규칙의 source나 destination의 namespaceSelector에 단독으로만 쓸 수 있습니다.
    [deep] 괄호가 너무 많이 겹쳐 있습니다.
   *[expected] 레이블 비교, has(…), all(), 괄호 중 하나가 와야 합니다.
} 셀렉터는 { $value }입니다.
diag-policy-not-read = { $path }은(는) 시뮬레이션하지 않습니다. 이 정책이 선택한 파드에 무엇을 하는지 여기서는 알 수 없습니다.
diag-policy-tier = 입력에 Tier { $tier }이(가) 없습니다. 이 정책이 언제 적용되는지 알 수 없어 시뮬레이션하지 않습니다.
diag-policy-unenforced = 여기서는 정책이 효과가 없습니다. { $cni }은(는) 정책을 적용하지 않고, 입력에 정책을 적용하는 다른 것도 없습니다.

# 어느 정책도 허용하지 않은 연결
why-policy-denies = { $policies }의 규칙이 { $direction ->
    [Ingress] { $other }에서 Pod { $pod }(으)로 오는 { $port }을(를) 차단합니다.
   *[Egress] Pod { $pod }에서 { $other }(으)로 보내는 { $port }을(를) 차단합니다.
}{ $seen ->
    [dialled] {" "}정책은 서비스 주소가 변환된 뒤의 목적지, 곧 파드 자신의 주소와 포트를 봅니다.
    [sender] {" "}정책은 누가 보냈는지 볼 수 없습니다. 패킷의 출발지 주소가 도중에 바뀌었기 때문입니다. API가 정하지 않은 부분이라 다른 구현은 처음 주소를 볼 수 있습니다.
    [node] {" "}정책이 보는 출발지는 노드의 주소입니다. 노드나 노드 네트워크의 파드가 보낸 것에는 레이블이 없습니다. API가 정하지 않은 부분이라 다른 구현은 다르게 다룰 수 있습니다.
   *[same] {""}
}
why-policy-no-rule = { $policies }이(가) Pod { $pod }을(를) { $direction ->
    [Ingress] 들어오는 연결에 대해 선택하는데, 들어오는 것을 허용하는 규칙이 없습니다. { $other }의 { $port }도 마찬가지입니다.
   *[Egress] 내보내는 연결에 대해 선택하는데, 내보내는 것을 허용하는 규칙이 없습니다. { $other }(으)로 가는 { $port }도 마찬가지입니다.
}{ $seen ->
    [dialled] {" "}정책은 서비스 주소가 변환된 뒤의 목적지, 곧 파드 자신의 주소와 포트를 봅니다.
    [sender] {" "}정책은 누가 보냈는지 볼 수 없습니다. 패킷의 출발지 주소가 도중에 바뀌었기 때문입니다. API가 정하지 않은 부분이라 다른 구현은 처음 주소를 볼 수 있습니다.
    [node] {" "}정책이 보는 출발지는 노드의 주소입니다. 노드나 노드 네트워크의 파드가 보낸 것에는 레이블이 없습니다. API가 정하지 않은 부분이라 다른 구현은 다르게 다룰 수 있습니다.
   *[same] {""}
}
why-policy-peer = { $policies }이(가) Pod { $pod }을(를) { $direction ->
    [Ingress] 들어오는 연결에 대해 선택하는데, { $other }에서 오는 { $port }을(를) 허용하는 규칙이 없습니다.
   *[Egress] 내보내는 연결에 대해 선택하는데, { $other }(으)로 가는 { $port }을(를) 허용하는 규칙이 없습니다.
}{ $seen ->
    [dialled] {" "}정책은 서비스 주소가 변환된 뒤의 목적지, 곧 파드 자신의 주소와 포트를 봅니다.
    [sender] {" "}정책은 누가 보냈는지 볼 수 없습니다. 패킷의 출발지 주소가 도중에 바뀌었기 때문입니다. API가 정하지 않은 부분이라 다른 구현은 처음 주소를 볼 수 있습니다.
    [node] {" "}정책이 보는 출발지는 노드의 주소입니다. 노드나 노드 네트워크의 파드가 보낸 것에는 레이블이 없습니다. API가 정하지 않은 부분이라 다른 구현은 다르게 다룰 수 있습니다.
   *[same] {""}
}
why-policy-port = { $policies }이(가) Pod { $pod }을(를) { $direction ->
    [Ingress] 들어오는 연결에 대해 선택합니다. { $other }을(를) 가리키는 규칙은 있지만 { $port }은(는) 허용하지 않습니다.
   *[Egress] 내보내는 연결에 대해 선택합니다. { $other }을(를) 가리키는 규칙은 있지만 { $port }은(는) 허용하지 않습니다.
}{ $seen ->
    [dialled] {" "}포트는 파드 자신의 포트입니다. 정책은 서비스 주소가 변환된 뒤의 목적지를 봅니다.
    [sender] {" "}정책은 누가 보냈는지 볼 수 없습니다. 패킷의 출발지 주소가 도중에 바뀌었기 때문입니다. API가 정하지 않은 부분이라 다른 구현은 처음 주소를 볼 수 있습니다.
    [node] {" "}정책이 보는 출발지는 노드의 주소입니다. 노드나 노드 네트워크의 파드가 보낸 것에는 레이블이 없습니다. API가 정하지 않은 부분이라 다른 구현은 다르게 다룰 수 있습니다.
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
    [own] 이 파드를 위한 규칙이 아닙니다
    [denies] 차단합니다
    [logs] 로그에 남깁니다
    [passes] 다음 티어로 넘깁니다
   *[allows] 허용합니다
}

reach-title = 누가 누구에게 연결할 수 있는가
reach-from = 출발지
reach-to = 목적지
reach-ports = 포트
reach-change = 변경
reach-before = 이전
reach-after = 이후
reach-added = 추가
reach-removed = 삭제
reach-changed = 변경
reach-graph = 누가 누구에게 연결할 수 있는가: 화살표 { $count }개
reach-graph-more = { $count }개는 그리지 않았습니다. 범위를 좁히거나 워크로드를 네임스페이스로 묶으세요.
reach-nobody = { $name }(이)라는 대상이 없습니다. NAMESPACE, NAMESPACE/WORKLOAD, KIND/NAMESPACE/NAME, external, 주소나 대역, ingress로 쓰세요.
reach-diff-two = --diff에는 이전 입력과 이후 입력이 필요합니다: kubehop reach --diff BEFORE AFTER 또는 kubehop reach BEFORE --diff AFTER
reach-diff-format = 차이는 text, json, csv, md로만 출력합니다.
reach-note-none = 입력에 워크로드가 없습니다.
reach-note-no-policy = 입력에 읽을 수 있는 정책이 없습니다. 모두가 서로 연결할 수 있습니다.
reach-note-nobody = 여기서는 정책이 효과가 없습니다. { $cni }은(는) 정책을 적용하지 않습니다. 아래 내용은 정책이 적용된다고 볼 때의 결과입니다.
reach-note-unread = { $cni }이(가) 정책을 어떻게 적용하는지는 알 수 없습니다. 아래 내용은 정책 API의 정의를 따른 결과입니다.
reach-note-unread-policies = 읽지 않아 반영하지 않은 정책: { $names }
reach-note-differ = { $names }의 파드들은 정책에 따라 다르게 취급됩니다. 목록은 모든 파드에 해당하는 것만 보여 줍니다.
reach-note-host = 노드의 네트워크를 그대로 써서 정책이 선택하지 않고 셀렉터에도 해당하지 않음: { $names }
reach-note-refused = API 서버가 { $names }을(를) 거부합니다. 그래도 정책에 따른 결과를 보여 줍니다.
reach-note-grouped = { $count }쌍은 하나씩 나열하기에 너무 많아 같은 대상끼리 묶었습니다. 묶음 안의 워크로드는 자기 자신과는 연결되지 않습니다.
reach-note-cut = 연결이 너무 많아 나머지는 빠졌습니다. --from이나 --to로 범위를 좁히세요.
reach-lead = 모든 워크로드, 인그레스, 외부 주소 대역에 대해 누가 누구의 어느 포트로 연결할 수 있는지 정책에 따라 보여 줍니다. 칸을 누르면 그 이유를 볼 수 있습니다.
reach-search = 네임스페이스/이름, external, 10.0.0.0/8 …
reach-group = 묶는 기준
reach-ports-all = 허용된 모든 포트
reach-ports-declared = 컨테이너가 선언한 포트
reach-go = 보기
reach-all = 모든 포트
reach-self = 자기 자신
reach-none = 허용되지 않음
reach-workload = 워크로드
reach-exposed = 열려 있는 워크로드
reach-exposed-none = 클러스터 전체나 외부 주소에 열려 있는 워크로드가 없습니다.
reach-exposed-about = 모든 네임스페이스의 모든 파드나 외부 주소에 열려 있는 워크로드
reach-exposed-more = { $count }개가 더 있습니다. 출발지나 목적지를 입력하면 볼 수 있습니다.
reach-from-cluster = 클러스터 전체에서
reach-from-internet = 인터넷에서
reach-to-cluster = 클러스터 전체로
reach-to-internet = 인터넷으로
reach-somewhere = 일부 대역
reach-matrix = 연결 표
reach-matrix-about = 행에서 열로 연결
reach-matrix-none = 여기서는 아무도 연결할 수 없습니다.
reach-narrow = { $count }쌍을 네임스페이스별로 묶어 보여 줍니다. 워크로드별로 보려면 네임스페이스, 워크로드, 이름의 일부, external 중 하나를 입력하세요.
reach-count = { $count }쌍
reach-part = 일부만
reach-rows-before = 이전 행
reach-rows-more = 다음 행
reach-columns-before = 이전 열
reach-columns-more = 다음 열
reach-graph-title = 그래프
reach-arrows = 모든 화살표를 글로 보기
reach-why-egress = 출발지
reach-why-ingress = 목적지
reach-why-outside = 클러스터 밖: 여기서 제한하는 정책이 없습니다.
reach-why-host = 노드의 네트워크를 그대로 사용: 선택하는 정책이 없습니다.
reach-why-free = 이 방향으로 이 파드를 선택하는 정책이 없어 이쪽에서는 모두 허용됩니다.
reach-why-selects = { $policy }이(가) 선택합니다({ $field }).
reach-why-rule = { $policy }에 상대방에 해당하는 규칙이 있습니다({ $field }).
reach-why-rule-none = { $policy }에 상대방에 해당하는 규칙이 있지만, 포트 이름을 선언한 컨테이너가 없어 아무것도 허용하지 않습니다({ $field }).
reach-why-ports = 포트: { $ports }
reach-why-no-rule = 상대방에 해당하는 규칙이 없어 아무것도 허용되지 않습니다.

reach-exposure-format = 열려 있는 워크로드는 text나 json으로만 출력합니다.
reach-note-ranges = 입력에 파드의 주소가 없어 정책의 주소 대역({ $ranges }) 밖에 있는 것으로 보았습니다. 추적은 kubehop이 부여한 주소를 쓰므로 여기 목록과 결과가 다를 수 있습니다.

# 워크로드의 정책 그림
policy-title = { $name }의 정책
policy-title-none = 워크로드의 정책
policy-lead = 누가 이 워크로드에 연결할 수 있고, 이 워크로드가 어디에 연결할 수 있는지 보여 줍니다. 연결을 누르면 열거나 닫을 수 있고, 정책이 바뀌면 모든 것을 다시 계산합니다.
policy-lead-read = 누가 이 워크로드에 연결할 수 있고, 이 워크로드가 어디에 연결할 수 있는지 보여 줍니다.
policy-choose = 어느 워크로드의 정책을 볼까요?
policy-choose-more = { $count }개가 더 있습니다. 이름으로 찾으세요.
policy-nobody = 입력 안에는 아무도 없음
policy-in = 들어오는 연결
policy-out = 나가는 연결
policy-free = 이 방향으로 이 워크로드를 선택하는 정책이 없어 모두 통과합니다.
policy-isolated = { $policies }에 선택됩니다. 규칙이 허용하지 않는 연결은 거부됩니다.
policy-host = 노드의 네트워크를 그대로 쓰므로 어떤 정책도 선택하지 않습니다.
policy-others = 그 밖의 모든 Pod
policy-outside = 클러스터 외부
policy-state-open = 연결할 수 있음
policy-state-part = 일부 포트로만 연결할 수 있음
policy-state-own = 이 워크로드의 정책이 거부
policy-state-other = 상대편의 정책이 거부
policy-press-open = 열기
policy-press-close = 닫기
policy-rows-more = { $count }개가 더 있습니다. 이름으로 찾으세요.
policy-rows-search = 찾기
policy-deny = 규칙이 허용하지 않는 연결 모두 거부
policy-deny-about = 규칙이 없는 정책을 만듭니다. 규칙이 허용하기 전까지 이 방향의 연결은 모두 거부됩니다.
policy-packet = 패킷 보내기
policy-why = 이유
policy-form-heading = 포트 하나 열기
policy-form-way = 방향
policy-form-peer = 상대편
policy-form-peer-hint = shop/cart 또는 203.0.113.0/24
policy-form-port = 포트
policy-form-go = 열기
policy-form-wrong = { $field ->
    [peer] 입력에 없는 워크로드이고, 203.0.113.0/24 같은 주소 범위도 아닙니다: { $value }
    [port] 포트로 쓸 수 없는 값입니다: { $value }. 1부터 65535까지의 숫자를 쓰세요.
   *[other] 여기에서 누를 수 있는 것이 아닙니다: { $value }
}
policy-refused = { $code ->
    [host] { $object }: 노드의 네트워크를 그대로 쓰므로 어떤 정책도 선택하지 않고, 어떤 셀렉터도 가리키지 않습니다.
    [labels] { $object }: 이 워크로드만 가리킬 수 있는 레이블이 없습니다. 먼저 Pod에 레이블을 붙이세요.
    [decided] 여기서는 { $object } 정책이 결정합니다. 네임스페이스의 NetworkPolicy가 아니므로 이 화면에서는 바꾸지 않습니다.
    [text] { $object }의 텍스트는 여기에서 그렇게 바꿀 수 없습니다. 직접 고치세요.
    [many] 항목이 너무 많아집니다. 정책을 직접 고치세요.
    [already] 이미 그렇게 되어 있습니다.
    [later] 타임라인의 한 순간입니다. 시작 시점의 매니페스트를 바꾸세요.
   *[stopped] 이 입력으로는 시간이 너무 오래 걸립니다.
}
policy-done = 바꾼 결과
policy-done-none = 달라진 연결이 없습니다.
policy-done-more = 그 밖에 { $count }개
policy-done-sent = { $from }에서 { $to }(으)로 패킷을 보낸 결과: { $result }
policy-done-lines = 바뀐 줄
policy-done-back = 되돌리기: 바꾸기 전으로
policy-done-one = { $change ->
    [added] { $from }에서 { $to }(으)로 연결할 수 있게 됨: { $after }
    [removed] { $from }에서 { $to }(으)로 더는 연결할 수 없음(이전: { $before })
   *[changed] { $from }에서 { $to }(으)로: { $before }에서 { $after }(으)로 바뀜
}
policy-entries = 각 규칙이 가리키는 대상
policy-entries-about = 상자 하나가 네임스페이스 하나입니다. 한 항목 안의 셀렉터는 모두 맞아야 하고, 항목끼리는 더해집니다. 둘 중 어느 쪽인지는 대시(-) 하나가 정합니다.
policy-entry-own = { $own } 네임스페이스의 모든 Pod
policy-entry-pods = { $own } 네임스페이스에서 { $pods }에 맞는 Pod
policy-entry-all = 모든 네임스페이스의 모든 Pod
policy-entry-namespaces = { $spaces }에 맞는 네임스페이스의 모든 Pod
policy-entry-any = 어느 네임스페이스든 { $pods }에 맞는 Pod
policy-entry-both = { $spaces }에 맞는 네임스페이스 안에 있고, 동시에(AND) { $pods }에 맞는 Pod
policy-entry-net = 주소 { $net }
policy-entry-anybody = 모두
policy-or = 또는
policy-meant = { $direction ->
    [Ingress] 들어올 수 있음: { $names }
   *[Egress] 나갈 수 있음: { $names }
}
policy-meant-deny = { $direction ->
    [Ingress] 들어올 수 없음: { $names }
   *[Egress] 나갈 수 없음: { $names }
}
policy-meant-pass = 다음 규칙이나 다음 계층으로 넘김: { $names }
policy-otherwise-or = 셀렉터를 각각 다른 항목으로 나누면(대시 하나 추가) 다음도 가리킵니다: { $names }
policy-otherwise-and = 두 셀렉터를 한 항목에 쓰면(대시 하나 제거) 다음만 가리킵니다: { $names }
policy-chip-meant = 대상
policy-chip-would = 대시를 하나 더 쓰면 대상
policy-chip-only = 대시를 하나 빼면 대상 아님
policy-spaces-more = 네임스페이스 { $count }개가 더 있음
policy-yaml = 정책
policy-yaml-none = 이 워크로드를 선택하는 정책이 입력에 없습니다.
policy-place = 입력에서 보기
policy-link = 정책
