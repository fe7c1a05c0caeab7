type-string = 문자열
type-integer = 정수
type-number = 숫자
type-boolean = true 또는 false
type-list = 목록
type-object = 매핑
type-null = 빈 값
type-int-or-string = 정수 또는 문자열
type-end = 입력의 끝

diag-empty-input = 입력에 내용이 없습니다.
diag-input-too-large = 입력이 { $limit }바이트를 넘습니다. 이 파일과 뒤의 파일은 읽지 않았습니다.
diag-too-many-documents = 문서가 { $limit }개를 넘습니다. 나머지는 읽지 않았습니다.
diag-not-unicode = { $file } 파일의 인코딩이 UTF-8(또는 UTF-16)이 아니어서 여기부터 글자를 읽을 수 없습니다. 이 파일은 제외했습니다.
diag-yaml-syntax = 올바른 YAML이 아닙니다({ $problem }).
diag-yaml-bad-separator = 문서를 나누는 줄에는 ‘---’만 있어야 합니다. kubectl은 ‘{ $found }’을(를) 거부합니다.
diag-yaml-directive = kubectl은 이런 YAML 지시문(%)을 받지 않습니다.
diag-yaml-tab = YAML은 공백으로 들여써야 하는데 여기에 탭이 있습니다.
diag-yaml-dash-space = 목록의 항목은 ‘- ’로 시작하는데 ‘-’ 뒤에 공백이 없습니다.
diag-pasted-around = 매니페스트에 속하지 않는 줄입니다: { $found }
diag-yaml-indent = 이 줄의 들여쓰기가 앞줄과 맞지 않습니다.
diag-yaml-separator-indent = ‘---’는 줄의 맨 앞에 있을 때만 새 문서를 시작합니다.
diag-yaml-missing-colon = 키 뒤에 콜론이 없거나 콜론 뒤에 공백이 없습니다.
diag-yaml-nested-colon = 한 줄에 ‘키: 값’이 두 번 나옵니다.
diag-yaml-unclosed-quote = { $quote } 따옴표가 닫히지 않았습니다.
diag-yaml-after-quote = 닫는 따옴표 뒤에 글자가 있습니다.
diag-yaml-unclosed-bracket = { $bracket } 괄호가 닫히지 않았거나 다른 괄호로 닫혔습니다.
diag-yaml-bad-escape = 큰따옴표 안에서 쓸 수 없는 백슬래시 표기입니다.
diag-yaml-bad-character = 값은 { $character }(으)로 시작할 수 없습니다.
diag-yaml-unknown-anchor = 이 별칭 앞에 앵커 &{ $name }이(가) 없습니다.
diag-yaml-alias-loop = 별칭이 자신이 가리키는 값 안에 있습니다.
diag-yaml-duplicate-key = 키 { $key }은(는) 이미 { $line }행에 있습니다. 뒤에 나온 이 값이 쓰입니다.
diag-yaml-complex-key = 키는 단순한 값이어야 합니다.
diag-yaml-bad-merge = ‘<<’는 매핑을 병합하는데 여기에는 { $found }이(가) 있습니다.
diag-yaml-bad-tag = 태그 { $tag }은(는) 값 { $value }에 맞지 않습니다.
diag-too-deep = 중첩이 { $limit }단계보다 깊습니다.
diag-too-many-values = 값이 { $limit }개를 넘습니다.
diag-json-syntax = 올바른 JSON이 아닙니다. 필요한 것: { $expected }, 있는 것: { $found }
diag-not-an-object = 매니페스트는 매핑이어야 하는데 여기에는 { $found }이(가) 있습니다.
diag-missing-kind = 오브젝트에 kind가 없습니다.
diag-missing-api-version = { $kind }에 apiVersion이 없습니다.
diag-cut-list-item = { $path }의 이 항목들은 원래 하나입니다. ‘-’마다 새 항목이 시작되므로 { $keys }이(가) 따로 나뉘었습니다.
diag-list-for-map = { $path }은(는) 매핑이어야 하는데 ‘-’ 때문에 목록이 되었습니다.
diag-selector-too-deep = { $kind }의 selector에는 matchLabels 없이 레이블을 바로 씁니다.
diag-selector-too-flat = { $kind }의 selector에서는 레이블을 matchLabels 아래에 써야 합니다.
diag-misplaced-field = { $path } 필드는 없습니다. { $field }은(는) { $belongs } 아래에 있어야 합니다.
diag-misspelt-field = { $path } 필드는 없습니다. 반드시 있어야 하는 { $suggestion }을(를) 잘못 쓴 것으로 보입니다.
diag-unrendered-template = 렌더링하지 않은 템플릿({ $engine })이라서 제외했습니다.
diag-placeholder-port = { $placeholder }은(는) 포트 번호의 자리 표시자입니다. 실제 값을 채워 넣을 때까지 { $value }을(를) 대신 씁니다.
diag-placeholder = { $placeholder }은(는) 자리 표시자입니다. 실제 값을 채워 넣어야 합니다.
diag-pasted-table = 매니페스트가 아니라 kubectl이 사람이 보도록 출력한 표입니다({ $kind }).
diag-pasted-description = 매니페스트가 아니라 ‘kubectl describe’가 사람이 보도록 출력한 내용입니다({ $kind } { $name }).
diag-fragment = 오브젝트의 일부만 있습니다({ $kind ->
    [object] 종류를 알 수 없음
   *[other] { $kind }의 일부로 보임
  }). kind와 이름이 없습니다.
diag-compose-variable = 옆에 있는 .env 파일에 { $name } 값이 없습니다. Docker Compose처럼 빈 값으로 읽었습니다.
diag-compose-required = 값이 꼭 있어야 하는 변수인데 옆에 있는 .env 파일에 없습니다({ $found }). Docker Compose는 이 파일을 거부합니다.
diag-compose-interpolation = ‘{ $found }’의 달러 기호 뒤에 변수 이름이 없습니다. Docker Compose는 이 파일을 거부합니다. 달러 기호 자체는 두 번 이어 씁니다.
diag-compose-not-followed = { $path }은(는) 따라가지 않으므로 그 내용은 빠져 있습니다.
diag-compose-second-file = Docker Compose는 이 폴더에서 { $used }을(를) 쓰므로 { $file }은(는) 제외했습니다.
diag-compose-profile = 서비스 { $service }은(는) 프로필({ $profiles })을 켜야 시작하므로 제외했습니다. .env 파일의 COMPOSE_PROFILES로 프로필을 켭니다.
diag-compose-unknown-service = { $path }에 적힌 서비스 { $service }이(가) 프로젝트에 없습니다. Docker Compose는 이 파일을 거부합니다.
diag-compose-unknown-network = 서비스 { $service }의 네트워크 { $network }이(가) networks에 선언되어 있지 않습니다. Docker Compose는 이 파일을 거부합니다. 이 서비스는 제외했습니다.
diag-compose-unused-network = 네트워크 { $network }을(를) 쓰는 서비스가 없어 Docker Compose가 만들지 않습니다.
diag-compose-file-missing = { $path }에 적힌 { $file }이(가) 파일 가운데 없습니다. Docker Compose는 이를 거부하며, 없으면 프로젝트의 일부가 빠집니다.
diag-compose-circle = { $path }이(가) { $file }을(를) 거쳐 처음 자리로 되돌아옵니다. Docker Compose는 이를 거부합니다.
diag-compose-twice = { $path }이(가) 가져오는 { $part }이(가) 이 파일에 다르게 이미 있습니다. Docker Compose는 이를 거부합니다. 여기서는 이 파일의 내용을 썼습니다.
diag-compose-external-link = 서비스 { $service }의 external_links에 적힌 컨테이너 { $container }이(가) 입력에 없어, 여기서는 그 이름을 해석할 수 없습니다. 그 컨테이너의 docker inspect 출력을 함께 넣을 수 있습니다.
diag-compose-cycle = 서비스 { $service }와(과) { $other }이(가) 서로를 필요로 합니다. Docker Compose는 이 파일을 거부합니다.
diag-compose-not-ordered = 서비스 { $service }은(는) 컨테이너 이름으로 그 네트워크를 함께 씁니다({ $mode }). Docker Compose는 서비스 { $other }이(가) 그 컨테이너를 만든다는 것을 몰라 기다리지 않으므로, 제때 실행되어 있을지는 알 수 없습니다.
diag-compose-mode-and-networks = 서비스 { $service }에 network_mode { $mode }와(과) networks가 함께 있습니다. Docker Compose는 이를 거부합니다. network_mode를 따랐습니다.
diag-compose-name-and-scale = 서비스 { $service }은(는) 컨테이너가 여러 개인데 container_name은 { $name } 하나입니다. Docker Compose는 이를 거부합니다. 컨테이너 하나로 읽었습니다.
diag-compose-port = { $path }은(는) 포트가 아닙니다: ‘{ $value }’
diag-sidecar-init = 파드 { $pod }의 초기화 컨테이너 { $container }은(는) { $mesh }의 규칙이 적용된 뒤, 프록시가 시작되기 전에 실행됩니다. TCP로 보내는 패킷은 아직 아무도 리슨하지 않는 포트로 갑니다. 규칙을 작성하는 컨테이너보다 앞에 두거나, 프록시를 초기화 컨테이너 목록의 사이드카(restartPolicy: Always)로 바꾸거나, 프록시와 같은 사용자로 실행하세요.
diag-sidecar-missing = 레이블이나 어노테이션이 파드 { $pod }에 { $mesh } 프록시를 요구하지만 이 파드에는 프록시가 없습니다. 요구하기 전에 만들어졌거나 그때 웹훅이 응답하지 않았습니다. 프록시는 새로 만드는 파드부터 추가됩니다: kubectl rollout restart.
diag-masq-agent-range = ‘{ $value }’은(는) ip-masq-agent가 받는 대역이 아닙니다(10.0.0.0/8 같은 IPv4 네트워크, 최대 64개). 실제 에이전트는 이런 값이 하나라도 있으면 설정 전체를 거부하고 이전 설정을 계속 씁니다. 여기서는 이 값만 뺍니다.
diag-docker-driver = 네트워크 { $network }의 드라이버 { $driver }은(는) 시뮬레이션하지 않으므로 컨테이너가 이 네트워크에 연결되지 않습니다.
diag-docker-ipv6 = { $path }은(는) IPv6에 관한 것인데, Docker에서는 IPv6를 시뮬레이션하지 않아 제외했습니다.
diag-docker-option = { $path }의 값 ‘{ $value }’은(는) Docker가 거부합니다.
diag-docker-subnet-taken = 네트워크 { $network }의 서브넷 { $subnet }이(가) { $other }와(과) 겹칩니다. Docker가 이 네트워크를 만들지 않습니다.
diag-docker-no-subnet = Docker의 주소 풀에 네트워크 { $network }에 줄 서브넷이 남아 있지 않습니다.
diag-docker-no-address = 네트워크 { $network }에 서비스 { $service }에 줄 주소가 남아 있지 않아 컨테이너가 시작하지 않습니다.
diag-docker-address-outside = 주소 { $address }({ $path })이(가) 서브넷 { $subnet } 안에 없습니다.
diag-docker-address-taken = 서비스 { $service }의 주소 { $address }은(는) 이미 { $other }이(가) 쓰고 있어 컨테이너가 시작하지 않습니다.
diag-docker-name-taken = 서비스 { $service }의 컨테이너 이름 { $name }은(는) 이미 { $other }이(가) 쓰고 있어 컨테이너가 시작하지 않습니다.
diag-compose-recorded = 서비스 { $service }의 컨테이너는 기록된 그대로 썼으며, 이 파일로 다른 컨테이너를 만들지 않았습니다.
diag-docker-stopped = 컨테이너 { $container }은(는) 실행 중이 아닌 상태({ $status })로 기록되어 제외했습니다.
diag-docker-no-start = 서비스 { $service }은(는) { $other }의 네트워크를 함께 쓰는데, { $other }이(가) 실행되지 않아 컨테이너가 시작하지 않습니다.
diag-docker-port-taken = { $path }이(가) 게시하는 호스트 포트 { $port }은(는) 이미 { $other }이(가) 쓰고 있어 컨테이너 { $container }이(가) 시작하지 않습니다.
diag-kind-port-taken = { $path }이(가) 호스트 포트 { $port }을(를) { $node }에 매핑하지만, 이 포트는 이미 { $other }이(가) 쓰고 있어 kind가 클러스터를 만들지 못합니다.
diag-kind-port-nowhere = { $path }이(가) 호스트 포트 { $host_port }을(를) { $node }의 포트 { $port }(으)로 잇지만, 그 nodePort를 가진 서비스도 그 포트를 리슨하는 프로세스도 없습니다.
diag-docker-port-unpublished = { $how ->
    [host] 서비스 { $service }은(는) 호스트의 네트워크를 그대로 쓰므로 { $path }은(는) 버려집니다. 프로세스가 호스트에서 직접 리슨합니다.
    [none] 서비스 { $service }은(는) 네트워크가 없어 { $path }이(가) 게시되지 않습니다.
    [container] 서비스 { $service }은(는) 다른 컨테이너의 네트워크를 함께 쓰므로 Docker가 { $path }을(를) 거부합니다. 포트는 그 컨테이너에서 게시하세요.
   *[internal] 서비스 { $service }은(는) 내부 네트워크에만 있어 { $path }이(가) 게시되지 않습니다. Docker는 경고하지 않습니다.
}
diag-docker-no-names = 서비스 { $service }이(가) 있는 기본 브리지에서는 Docker가 이름을 해석하지 않습니다. ‘{ $other }’(이)라는 이름으로는 접근할 수 없고, depends_on도 이를 바꾸지 않습니다. 따로 만든 네트워크에서는 이름을 쓸 수 있습니다.
diag-docker-depends-on = 서비스 { $service }이(가) { $other }에 의존하지만 같은 네트워크에 있지 않습니다. depends_on은 시작 순서만 정합니다.
diag-docker-input-rule = ‘{ $rule }’은(는) { $service }이(가) 게시한 { $port } 포트로 밖에서 오는 패킷에는 적용되지 않습니다. 그 패킷은 먼저 주소가 변환되어 INPUT이 아니라 FORWARD를 지납니다. DOCKER-USER 체인에는 컨테이너 포트 { $inner }(으)로 바뀐 뒤에 도달합니다.
diag-docker-user-port = ‘{ $rule }’: { $service }이(가) 게시한 { $port } 포트의 패킷은 DOCKER-USER에서 이미 컨테이너 포트 { $inner }(으)로 바뀌어 있습니다. 그 포트를 쓰거나, 처음 요청한 포트를 -m conntrack --ctorigdstport { $port }(으)로 지정하세요.
diag-docker-forwarding-off = { $host }에서 IP 포워딩이 꺼져 있습니다. nftables 백엔드를 쓰는 Docker Engine { $version }은(는) 이를 켜지 않고 네트워크도 만들지 않으므로, 네트워크가 있다면 어떻게 동작할지를 보여 줍니다. net.ipv4.ip_forward를 1로 설정하세요.
diag-docker-too-many = 컨테이너, 네트워크 또는 Docker 호스트가 { $limit }개를 넘어 나머지는 제외했습니다.
diag-docker-too-many-ports = 게시된 포트가 { $limit }개를 넘어 서비스 { $service }의 포트는 제외했습니다.
diag-tool-file = 매니페스트가 아니라 도구용 파일입니다({ $kind }).
diag-missing-name = { $kind }에 이름이 없습니다.
diag-wrong-type = { $path }의 값 ‘{ $value }’: { $expected }이어야 하는데 { $found }입니다.
diag-out-of-range = 숫자 { $value }은(는) { $path }에 쓸 수 있는 범위를 벗어났습니다.
diag-unknown-field = { $path } 필드는 없는 필드라서 무시합니다.
diag-wrong-api-version = { $kind }은(는) { $found }에 없고 { $expected }에 있습니다.
diag-removed-api-version = { $found }의 { $kind }은(는) 더 이상 제공되지 않아 { $expected }(으)로 읽었습니다.
diag-template-parameter = 템플릿의 파라미터 { $name }에 값이 없습니다. 값을 넣거나 oc process -p { $name }=… 로 템플릿을 렌더링하세요.
diag-unused-kind = { $kind } ({ $api_version }) 오브젝트 { $count }개는 시뮬레이션에 쓰지 않습니다.
diag-duplicate-object = { $object }은(는) { $file } { $line }행에도 있습니다. 뒤에 나온 이 오브젝트를 사용합니다.
diag-unknown-kind = { $api_version }에는 { $kind }(이)라는 kind가 없습니다.
diag-more-findings = 확인할 점이 { $count }개 더 있습니다.
diag-missing-field = { $path } 필드가 없거나 비어 있습니다.
diag-invalid-ip = { $path }: ‘{ $value }’은(는) IP 주소가 아닙니다.
diag-invalid-cidr = { $path }: ‘{ $value }’은(는) CIDR이 아닙니다.
diag-invalid-port = { $path }: ‘{ $value }’은(는) 1~65535의 포트 번호가 아닙니다.
diag-invalid-choice = { $path }: ‘{ $value }’은(는) 쓸 수 없는 값입니다. 가능한 값: { $expected }

hint-line-before = 바로 앞줄도 확인하세요.
hint-quote-value = 값을 따옴표로 묶으세요.
hint-quote-this = "{ $value }"처럼 따옴표로 묶으세요.
hint-dash = 여기에는 목록이 와야 하므로 ‘- ’로 시작하세요.
hint-one-dash = 첫 ‘-’만 남기고 나머지 키는 첫 키 아래에 맞추세요.
hint-no-dash = ‘-’를 지우고 키를 나란히 맞추세요.
hint-plain-selector = selector 바로 아래에 레이블을 쓰세요.
hint-match-labels = selector 아래에 matchLabels를 쓰고 그 아래에 레이블을 쓰세요.
hint-belongs = { $field }은(는) { $belongs } 아래에 있어야 합니다.
hint-move-field = { $field }을(를) { $belongs } 아래로 옮기세요.
hint-list-of-one = 목록으로 쓰세요: [{ $value }]
hint-add-api-version = apiVersion: { $expected }을(를) 추가하세요.
hint-remove-line = 이 줄을 지우세요.
hint-separator = 한 줄에 ‘---’만 쓰고 나머지는 다음 줄에 쓰세요.
hint-save-as-unicode = UTF-8로 저장하세요. EUC-KR이나 CP949 파일은 예를 들어 이렇게 바꿀 수 있습니다: iconv -f CP949 -t UTF-8 { $file }
hint-unquote = 따옴표 없이 { $value }(이)라고 쓰세요.
hint-use-spaces = 공백으로 들여쓰세요.
hint-dash-space = ‘-’ 뒤에 공백을 넣으세요.
hint-align = 키의 들여쓰기를 주변 줄과 맞추세요.
hint-key-colon-space = ‘키: 값’처럼 콜론 뒤에 공백을 넣으세요.
hint-close-quote = 따옴표를 닫으세요.
hint-close-bracket = 괄호를 닫으세요.
hint-single-quotes = 작은따옴표를 쓰면 백슬래시가 글자 그대로 쓰입니다.
hint-double-backslash = 백슬래시를 두 번 쓰세요.
hint-anchor-first = 같은 문서에서 별칭보다 앞에 앵커를 정의하세요.
hint-remove-one = 둘 중 하나를 지우세요.
hint-split-input = 한 번에 넣는 양을 줄이세요.
hint-helm-template = 먼저 차트를 렌더링하세요: helm template
hint-render-template = 렌더링한 결과를 넣으세요: { $command }
hint-fill-in = { $placeholder } 자리에 실제 값을 넣으세요.
hint-give-yaml = 이 명령의 출력을 넣으세요: { $command }
hint-whole-object = 오브젝트 전체를 넣으세요: kubectl get KIND NAME -o yaml
hint-add-this-kind = kind: { $suggestion }을(를) 추가하세요.
hint-kustomize = 먼저 빌드하세요: kubectl kustomize
hint-compose-env = 옆에 .env 파일을 두고 { $name }=… 줄을 넣은 뒤 두 파일을 함께 주세요.
hint-compose-together = 프로젝트의 파일을 폴더 구조 그대로 함께 주세요. 폴더째로 또는 압축 파일로 줄 수 있습니다.
hint-compose-service-mode = 이 파일의 서비스라면 network_mode: "service:{ $other }"(으)로 쓰세요. container: 뒤에는 컨테이너 이름이 와야 합니다.
hint-add-kind = apiVersion과 kind를 추가하세요.
hint-mapping = 매니페스트는 apiVersion, kind, metadata가 있는 매핑입니다.
hint-add-name = metadata.name을 추가하세요.
hint-use-api-version = apiVersion: { $expected }(으)로 쓰세요.
hint-did-you-mean = 혹시 { $suggestion }인가요?
hint-give-manifests = 매니페스트나 ‘kubectl get … -o yaml’의 출력을 붙여 넣거나 파일로 올리세요.

diag-pod-pending = Pod { $pod }이(가) Pending 상태로 남습니다{ $count ->
    [1] {""}
   *[other] {" "}(같은 파드 { $count }개)
  }. { $reason ->
    [taint] 노드 { $nodes }에 테인트 { $what }이(가) 있는데 파드가 이를 허용하지 않습니다.
    [selector] nodeSelector가 요구하는 레이블 { $what }이(가) 있는 노드가 없습니다.
    [affinity] 노드 어피니티 조건을 만족하는 노드가 없습니다: { $what }
    [cordoned] 노드 { $nodes }이(가) cordon 상태입니다(spec.unschedulable).
    [pod-affinity] podAffinity가 요구하는 파드가 { $what } 기준으로 어디에도 없습니다.
    [pod-anti-affinity] podAntiAffinity 때문에 { $what } 기준으로 { $nodes }에 배치할 수 없습니다.
    [host-port] 노드 { $nodes }의 hostPort { $what }을(를) 다른 파드가 쓰고 있습니다.
   *[spread] 한 개를 더 배치하면 { $what } 기준의 topologySpreadConstraints를 어기게 됩니다.
  }
diag-host-port-taken = 노드 { $node }의 hostPort { $port }을(를) Pod { $pod }와(과) Pod { $other }이(가) 함께 요구합니다. 한 파드만 쓸 수 있습니다.
diag-daemonset-no-node = 이 DaemonSet의 파드를 받을 노드가 없어 파드가 없습니다. { $reason ->
    [taint] 테인트: { $what }
    [selector] 레이블 { $what }이(가) 있는 노드가 없습니다.
   *[affinity] 조건을 만족하는 노드가 없습니다: { $what }
  }
diag-makes-no-pods = { $object }이(가) 만드는 파드가 없습니다. { $reason ->
    [no-replicas] 레플리카를 0개로 요청합니다.
    [suspended] 일시 중지(suspend)되어 있습니다.
    [no-template] 템플릿을 가져올 오브젝트(workloadRef)가 입력에 없습니다.
   *[at-times] 정해진 시각에 시작해 일을 마치고 끝나는 파드이므로 여기에 연결하는 일은 없습니다.
}
diag-pod-not-ready = Pod { $pod }은(는) 준비되지 않았습니다. { obstacle }
diag-unknown-node = Pod { $pod }이(가) 지정한 노드 { $node }이(가) 없어 제외했습니다.
diag-out-of-addresses = { $node }의 파드 네트워크에 남은 주소가 없어 Pod { $pod }을(를) 제외했습니다.
diag-cluster-ip-outside = ClusterIP { $address }이(가) 서비스 네트워크 { $range } 밖에 있습니다.
diag-cluster-ip-taken = ClusterIP { $address }은(는) 이미 { $owner }이(가) 사용하고 있습니다.
diag-node-port-range = 노드 포트 { $port }은(는) { $range } 범위를 벗어났습니다.
diag-node-port-taken = 노드 포트 { $port }은(는) 이미 { $owner }이(가) 사용하고 있습니다.
diag-kubelet-flag-gone = kubelet의 { $flag } 플래그는 { $since }에서 없어졌습니다. 이 플래그가 있으면 kubelet이 시작되지 않습니다.
diag-node-in-pod-range = 노드 { $node }의 주소 { $address }이(가) 파드 네트워크 { $range } 안에 있습니다. 노드에서 온 트래픽이 파드의 트래픽으로 취급되어 마스커레이드되지 않고, 파드와 노드의 경로가 서로 충돌합니다.
diag-public-pod-range = { $path }: { $range }은(는) 사설 주소가 아닙니다. 인터넷에서 이 주소를 쓰는 호스트에는 파드에서 접근할 수 없습니다.
diag-ranges-overlap = 이 노드의 파드 네트워크 { $range }과(와) 서비스 네트워크 { $services }의 주소가 겹칩니다. 같은 브리지의 파드는 그런 ClusterIP를 이웃으로 여겨 ARP로 찾으므로 규칙까지 가지 못합니다.
diag-pool-not-advertised = 풀 { $pool }의 주소를 네트워크에 알리는 것이 없습니다. 이 풀에 대한 L2Advertisement나 BGPAdvertisement가 없어, 서비스가 주소를 받아도 밖에서 접근할 수 없습니다.
diag-load-balancer-pending = Service { $service }이(가) 외부 주소를 받지 못해 pending 상태로 남습니다. { $reason ->
    [pool] MetalLB 풀에 그 주소나 빈 주소가 없습니다.
    [cloud] 클라우드의 로드 밸런서가 주소를 주지만 입력에는 적혀 있지 않습니다.
    [servicelb] ServiceLB가 노드의 주소를 주는데, 받을 수 있는 노드가 없습니다.
    [servicelb-port] 다른 서비스가 노드에서 같은 포트를 이미 차지했고, ServiceLB는 포트마다 한 번만 씁니다.
    [said] 시나리오에서 주소를 줄 것이 없다고 했습니다.
   *[none] 로드 밸런서에 주소를 줄 것(클라우드, MetalLB 등)이 입력에 없습니다. 노드 포트는 동작합니다.
  }
diag-ipv6-not-configured = { $path }: 클러스터에 IPv6가 설정되어 있지 않으면 API 서버가 { $value }을(를) 거부합니다. 이 서비스는 IPv4 ClusterIP를 받지 않습니다.
diag-pod-ip-taken = 파드 주소 { $address }은(는) { $owner }의 주소이기도 합니다. 파드 주소는 클러스터 안에서 하나뿐이어야 합니다.
diag-pod-cidr-taken = 파드 네트워크 { $range }은(는) { $owner }도 쓰고 있습니다. 노드마다 서로 다른 네트워크가 있어야 합니다.
diag-component-retired = { $component ->
   *[ingress-nginx] ingress-nginx 컨트롤러는 지원이 끝났습니다. 2026년 3월부터 릴리스도 보안 수정도 없습니다. Gateway API나 다른 인그레스 컨트롤러로 옮겨야 합니다.
    [weave-net] Weave Net은 지원이 끝났습니다. 프로젝트가 보관 처리되어 보안 수정이 없습니다. Calico, Cilium, Flannel 같은 다른 네트워크 플러그인으로 옮겨야 합니다.
}
diag-ingress-not-served = { $reason ->
    [none] 인그레스에 클래스가 없고 기본 IngressClass도 없어 어떤 컨트롤러도 처리하지 않습니다. 있는 클래스: { $classes }
    [nobody] IngressClass { $class }이(가) 가리키는 컨트롤러가 입력에 없고 시뮬레이션하지도 않습니다. 이 인그레스는 처리되지 않습니다.
    [no-classes] IngressClass { $class }이(가) 없어 어떤 컨트롤러도 이 인그레스를 처리하지 않습니다.
   *[unknown] IngressClass { $class }이(가) 없어(있는 것: { $classes }) 어떤 컨트롤러도 이 인그레스를 처리하지 않습니다.
}
diag-ingress-pattern = { $kind } 유형의 경로는 쓰인 그대로 비교됩니다. { $path }은(는) 이 글자 그대로인 요청에만 일치합니다. 정규식은 이를 해석하는 컨트롤러와 유형이 필요합니다.
diag-ingress-twice = { $other }에 같은 호스트 { $host }와(과) 경로 { $path }이(가) 있습니다. 둘 중 오래된 것이 쓰입니다.
diag-ingress-no-service = Service { $service }이(가) 없어 이 경로의 요청에는 503으로 응답합니다.
diag-ingress-no-port = Service { $service }에 포트 { $port }이(가) 없어(있는 포트: { $ports }) 이 경로의 요청에는 503으로 응답합니다.
diag-route-not-taken = { $reason ->
    [no-gateway] 이 라우트가 가리키는 Gateway { $gateway }이(가) 없어 아무 요청도 이 라우트를 따르지 않습니다.
    [no-matching-parent] Gateway { $gateway }에 이 라우트가 가리키는 이름이나 포트의 리스너가 없습니다(NoMatchingParent).
    [not-allowed-by-listeners] Gateway { $gateway }의 리스너가 이 네임스페이스나 종류의 라우트를 받지 않습니다(NotAllowedByListeners). allowedRoutes를 확인하세요.
   *[no-matching-listener-hostname] Gateway { $gateway }의 리스너와 이 라우트의 호스트 이름이 서로 다릅니다(NoMatchingListenerHostname).
}
diag-route-backend = { $reason ->
    [not-granted] 이 라우트가 다른 네임스페이스의 Service { $service }을(를) 가리키지만 그쪽에 이를 허용하는 ReferenceGrant가 없어, 요청에 500으로 응답합니다.
    [no-port] Service { $service }에 이 라우트가 가리키는 포트가 없어, 요청에 500으로 응답합니다.
   *[no-service] Service { $service }이(가) 없어, 이 라우트가 보내는 요청에 500으로 응답합니다.
}
diag-ingress-tls-host = 여기서 인증서를 둔 { $host }에 대한 규칙이 없습니다(규칙이 있는 호스트: { $hosts }).
diag-selects-nothing = 레이블 { $selector }을(를) 모두 가진 파드가 없어 서비스에 엔드포인트가 없습니다.
diag-no-ready-endpoint = 레이블 { $selector }을(를) 가진 파드가 { $count }개 있지만 준비된 것이 없어 서비스에 준비된 엔드포인트가 없습니다. Pod { $pod }: { obstacle }
diag-service-name = serviceName은 { $service }인데 { $reason ->
    [missing] 네임스페이스에 그런 서비스가 없어 파드마다의 DNS 이름이 없습니다({ $pod }.{ $service }을(를) 찾을 수 없음).
   *[selects-others] 그 서비스가 이 파드를 선택하지 않아 파드마다의 DNS 이름이 없습니다({ $pod }.{ $service }을(를) 찾을 수 없음).
}
diag-target-port-name = Pod { $pod }에는 이름이 { $name }인 포트가 없습니다.
diag-hints-not-allocated = 서비스가 토폴로지 힌트를 요청하지만(topology-mode: Auto) 컨트롤러가 힌트를 할당하지 않습니다. 이유: { $reason ->
    [node] 노드 { $node }의 영역 레이블이나 status.allocatable.cpu가 없음
    [zones] 계산에 드는 노드의 영역이 둘보다 적음
    [endpoints] 준비된 엔드포인트가 영역보다 적음
    [overload] 어느 영역의 트래픽이 20% 넘게 초과됨
   *[endpoint-zone] 어느 엔드포인트의 노드에 영역 레이블이 없음
  }. 모든 엔드포인트를 사용합니다.
diag-target-port-not-declared = 선택된 파드 중 포트 { $port }을(를) 선언한 것이 없습니다. 선언된 포트: { $declared }
diag-scenario-node = 노드 { $node }이(가) 없습니다.
diag-scenario-sysctl = sysctl { $name }은(는) 시뮬레이션하지 않습니다. { $node }을(를) 지나는 트래픽은 이 값 없이는 판정할 수 없습니다.
diag-scenario-rules = ‘{ $rule }’을(를) 읽을 수 없습니다({ $reason }). 함께 적힌 규칙을 하나도 적용하지 않았으므로 { $node }을(를) 지나는 트래픽은 판정할 수 없습니다.
diag-machine-rules-missing = { $machine }에 { $who }이(가) 작성했어야 할 규칙 { $count }개가 없습니다{ $expected ->
    [none] {""}
   *[other] {" "}(첫 규칙의 대상: { $expected })
}: ‘{ $first }’. { $who }이(가) 뒤처졌거나 실행되지 않거나 다른 설정을 받았습니다.
diag-machine-rules-extra = { $machine }에 입력에서 요구하지 않은 규칙 { $count }개가 있습니다. 모양으로 보아 { $who ->
    [administrator] 관리자
   *[other] { $who }
}의 규칙입니다: ‘{ $first }’.
diag-machine-routes-missing = { $machine }에 있어야 할 경로 { $count }개가 없습니다: ‘{ $first }’.
diag-machine-routes-extra = { $machine }에 입력에서 요구하지 않은 경로 { $count }개가 있습니다: ‘{ $first }’.
diag-machine-sysctl = { $machine }의 { $who } 값이 { $first }입니다. { $expected }이어야 합니다.
diag-machine-stale = { $machine }이(가) 이제 어떤 파드에도 없는 주소({ $who })로 가는 연결 { $count }개를 추적하고 있습니다: ‘{ $first }’.
diag-machine-unread = { $machine }에서 { $tool }이(가) 출력한 { $count }줄을 이해하지 못했습니다{ $reason ->
    [none] {""}
   *[other] {" "}({ $reason })
}: ‘{ $first }’. 나머지는 모두 사용합니다.
diag-scenario-event = { $path }에 두 가지 이상의 일이 적혀 있습니다. 이벤트 하나에는 delete, ready, notReady, scale, rollout, drain, down, up, patch, stop, start, lag, probe 중 하나만 씁니다.
diag-scenario-place = 입력에 { $place }이(가) 없거나 그 안에 그런 컨테이너가 없습니다.
diag-scenario-patch = { $path }: { $object }을(를) 변경하지 않았습니다. { $reason ->
    [size] 패치가 너무 크거나 이미 너무 많이 패치했습니다.
    [merge] merge가 단독으로 읽을 수 있는 필드 매핑이 아닙니다.
    [text] 텍스트에 오류가 있거나 템플릿에서 만든 것이어서 그대로 변경할 수 없습니다.
    [identity] apiVersion, kind, 이름, 네임스페이스는 바꿀 수 없습니다.
    [immutable] API 서버가 { $field } 변경을 허용하지 않습니다.
   *[invalid] 변경된 오브젝트를 API 서버가 거부합니다.
  } 이 이벤트는 제외했습니다.
diag-scenario-machine = { $path }: 머신 { $name }이(가) 없습니다.
diag-scenario-address-outside = { $path }: { $name }의 주소 { $address }은(는) { $cidr }에 속하지 않아, 그 주소의 세그먼트에 둡니다.
diag-scenario-address-taken = { $path }: { $address }은(는) 이미 { $other }의 주소이므로 이 머신을 제외했습니다.
diag-scenario-overlap = { $path }: { $value }이(가) 세그먼트 { $other }와(과) 겹쳐 제외했습니다.
diag-scenario-via = { $path }: { $via }은(는) 이 머신의 어떤 세그먼트에도 없습니다. 커널이 받아들이지 않는 경로이므로 제외했습니다.
diag-scenario-segment = { $path }: 세그먼트 { $name }이(가) 없습니다.
diag-scenario-internet-inside = { $path }: { $address }은(는) 인터넷이 아니라 세그먼트 { $cidr }의 주소이므로 제외했습니다.
diag-scenario-no-internet = internet: true인 라우터가 없어 인터넷 서버로 가는 경로가 없으므로 그 서버들을 제외했습니다.
diag-scenario-ipv6 = { $path }은(는) IPv6에 관한 것인데, 여기서는 IPv6를 시뮬레이션하지 않아 제외했습니다.
diag-scenario-too-many = { $path }의 항목이 { $limit }개를 넘어 나머지는 제외했습니다.
diag-declared-port-unheard = 컨테이너 { $container }이(가) 포트 { $port }을(를) 선언했지만, 선언만으로는 아무것도 열리지 않습니다. { $kind ->
    [idle] 명령줄({ $against })은 리슨한다고 알려진 프로그램을 실행하지 않습니다.
    [command] 명령줄({ $against })이 다른 포트를 리슨합니다.
    [env] 환경 변수 { $against }이(가) 다른 포트를 가리킵니다.
    [image] 이미지 { $against }은(는) 기본으로 다른 포트를 리슨합니다.
   *[program] { $against }은(는) 기본으로 다른 포트를 리슨합니다.
}
diag-port-clash = 컨테이너 { $container }의 포트 { $port }은(는) 같은 파드의 컨테이너 { $first }이(가) 이미 쓰고 있습니다. 두 컨테이너는 네트워크 네임스페이스 하나를 같이 쓰므로, 나중에 바인드하는 쪽이 실패하고 다시 시작됩니다.
diag-host-port-not-served = hostPort { $port }이(가) 동작하지 않습니다. 네트워크 { $network }의 CNI 설정에 portmap 플러그인이 없습니다.
diag-too-many-pods = 파드가 { $limit }개를 넘어 나머지는 제외했습니다.

diag-proxy-device-missing = kube-proxy { $version }의 nftables 모드는 인터페이스 { $device }을(를) 인덱스로 비교합니다. 그런 인터페이스가 없으면 nft가 규칙을 모두 거부합니다. 그래서 { $nodes }에는 규칙이 없고 서비스도 동작하지 않습니다. 1.34부터는 이름으로 비교합니다.
diag-proxy-key-clash = { $service }이(가) 쓰려는 주소와 포트를 맵 { $map }에서 다른 서비스가 이미 쓰고 있습니다. 이때 nft는 kube-proxy의 규칙을 모두 거부하므로 { $nodes }에는 규칙이 없습니다.
diag-proxy-mode-not-modelled = kube-proxy의 { $mode } 모드는 아직 시뮬레이션하지 않으므로 iptables 모드의 규칙을 보여 줍니다.
hint-near-label = Pod { $pod }에는 { $label }: { $value }이(가) 있습니다. 이 레이블을 쓰려던 것인가요?
hint-near-label-key = Pod { $pod }에는 같은 값이 다른 키에 있습니다: { $label }: { $value }이(가) 아니라 { $have }: { $value }. 이 레이블을 쓰려던 것인가요?
hint-label-missing = Pod { $pod }은(는) 거의 맞지만 레이블 { $label }이(가) 없습니다. 파드 템플릿에 추가하거나 셀렉터에서 빼세요.
hint-workload-without-pods = { $workload }의 템플릿에 이 레이블이 있지만 만들어진 파드가 없습니다. { $reason ->
    [refused] API 서버가 거부합니다.
    [no-replicas] 레플리카를 0개로 요청합니다.
    [suspended] 일시 중지(suspend)되어 있습니다.
    [no-template] 템플릿을 가져올 오브젝트가 입력에 없습니다.
    [at-times] 정해진 시각에만 만들어집니다.
    [done] 이미 할 일을 마쳤습니다.
   *[no-node] 받을 수 있는 노드가 없습니다.
}
hint-service-name = Service { $suggestion }이(가) 이 파드를 선택합니다. 이 서비스를 쓰려던 것인가요? serviceName: { $suggestion }
hint-headless-service = clusterIP: None과 이 파드를 고르는 셀렉터가 있는 Service { $service }을(를) 추가하세요.
hint-other-namespace = Pod { $pod }에 이 레이블이 있지만, 서비스는 자기 네임스페이스의 파드만 선택합니다. 둘 다 { $namespace }에 두세요.
hint-add-selector = spec.selector에 matchLabels: { $label }: { $value }을(를) 추가하세요.
hint-template-label = 템플릿에 레이블 { $label }: { $value }을(를) 넣거나 셀렉터를 바꾸세요.
hint-job-restart = restartPolicy를 OnFailure나 Never로 설정하세요. Job의 파드는 끝나야 하는데 기본값은 Always입니다.
hint-cron-schedule = ‘0 3 * * *’처럼 필드 다섯 개(분, 시, 일, 월, 요일)를 쓰거나 @daily 같은 단어를 쓰세요.
hint-other-port = 이 컨테이너는 다른 포트를 리슨하게 하세요.
hint-node-port = { $range } 범위의 포트를 고르거나 nodePort를 빼세요.
hint-cluster-ip = clusterIP를 빼거나 서비스 네트워크에서 비어 있는 주소를 고르세요.
hint-target-port = 선언된 포트를 targetPort로 쓰세요: { $declared }
hint-tolerate = 파드의 spec에서 허용하세요. tolerations: [{"{"}key: { $key }, { $how }, effect: { $effect }{"}"}] 또는 테인트를 없애세요. kubectl taint nodes --all { $key }-
hint-label-node = 노드에 레이블을 붙이거나(kubectl label node { $node } { $label }) nodeSelector에서 빼세요.
hint-private-range = 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 중에서 고르세요.

diag-invalid-name = { $path }: ‘{ $value }’은(는) 올바른 이름이 아닙니다. { $form ->
    [label-1035] a-z, 0-9, ‘-’로 63자까지 쓸 수 있고, 영문자로 시작해 영문자나 숫자로 끝나야 합니다.
    [subdomain] a-z, 0-9, ‘-’, ‘.’으로 253자까지 쓸 수 있고, 각 부분은 영문자나 숫자로 시작하고 끝나야 합니다.
    [port-name] a-z, 0-9, ‘-’로 15자까지 쓸 수 있고, 영문자가 하나 이상 있어야 하며, ‘--’를 쓰거나 ‘-’로 시작하거나 끝낼 수 없습니다.
   *[other] a-z, 0-9, ‘-’로 63자까지 쓸 수 있고, 영문자나 숫자로 시작하고 끝나야 합니다.
}
diag-invalid-label = { $path }: { $part ->
    [key] 키 ‘{ $value }’은(는) 올바르지 않습니다. 영문자, 숫자, ‘-’, ‘_’, ‘.’으로 63자까지 쓸 수 있고, 영문자나 숫자로 시작하고 끝나야 하며, 앞에 도메인과 ‘/’를 붙일 수 있습니다.
   *[value] { $key }의 값 ‘{ $value }’은(는) 올바르지 않습니다. 영문자, 숫자, ‘-’, ‘_’, ‘.’으로 63자까지 쓸 수 있고, 영문자나 숫자로 시작하고 끝나야 합니다.
}
diag-annotations-too-large = { $path }: 어노테이션을 모두 합하면 { $size }바이트인데, API 서버는 { $limit }바이트까지 받습니다. 가장 큰 것은 { $key }이며 { $most }바이트입니다.
diag-name-too-long = { $path }: ‘{ $value }’은(는) 너무 깁니다. { $limit }자까지 쓸 수 있습니다.
diag-selector-mismatch = 이 { $kind }의 셀렉터({ $selector })가 자기 템플릿의 레이블({ $labels })과 맞지 않습니다. API 서버가 거부하므로 파드가 만들어지지 않습니다.
diag-empty-selector = { $path }이(가) 비어 있습니다. 모든 파드를 선택하게 되므로 API 서버가 거부합니다.
diag-selector-values = { $path }: { $operator ->
    [In] In에는 값이 필요합니다.
    [NotIn] NotIn에는 값이 필요합니다.
   *[other] { $operator }에는 값을 쓸 수 없습니다.
}
diag-probe-handler = { $path }{ $count ->
    [0] 에 할 일이 없습니다. httpGet, tcpSocket, grpc, exec 중 하나가 필요합니다.
   *[other] 에 할 일이 { $count }개 있습니다. httpGet, tcpSocket, grpc, exec 중 하나만 쓸 수 있습니다.
}
diag-host-port-differs = { $path }: 파드가 노드의 네트워크를 그대로 쓰므로 { $value }은(는) containerPort { $port }와(과) 같아야 합니다.
diag-unknown-volume = { $path }: 파드에 이름이 { $name }인 볼륨이 없습니다.
diag-cron-schedule = ‘{ $value }’은(는) 올바른 스케줄이 아닙니다.
diag-port-taken-in-pod = 포트 { $port }/{ $protocol }은(는) 같은 파드의 컨테이너 { $first }이(가) 이미 쓰고 있습니다. 한 파드의 컨테이너는 네트워크 네임스페이스 하나를 함께 쓰므로, 나중에 바인드하는 쪽은 실패하고 그 컨테이너는 계속 재시작됩니다.
diag-port-name-repeated = 포트 이름 { $name }은(는) 같은 파드의 컨테이너 { $first }에도 있습니다. 이 이름을 쓰는 서비스나 프로브는 { $first }의 포트로 연결됩니다.
diag-port-name-missing = { $path }이(가) 없습니다. 포트가 여러 개면 포트마다 이름이 필요합니다.
diag-duplicate-value = { $path }: { $value }은(는) 이미 { $first }에 있습니다.
diag-field-only-with = { $path }은(는) { $only ->
    [load-balancer] type이 LoadBalancer일 때만 쓸 수 있습니다.
    [load-balancer-local] type이 LoadBalancer이고 externalTrafficPolicy가 Local일 때만 쓸 수 있습니다.
    [external] 밖에서 접근할 수 있는 서비스에만 쓸 수 있습니다: NodePort, LoadBalancer, 또는 externalIPs가 있는 ClusterIP.
    [node-port] type이 NodePort나 LoadBalancer일 때만 쓸 수 있습니다.
    [cluster-ip] type이 ClusterIP일 때만 쓸 수 있습니다.
    [client-ip] sessionAffinity가 ClientIP일 때만 쓸 수 있습니다.
    [not-external-name] type이 ExternalName이면 쓸 수 없습니다.
    [not-init-container] restartPolicy가 Always가 아닌 초기화 컨테이너에는 쓸 수 없습니다.
    [port-number] 숫자인 port와 함께만 쓸 수 있습니다.
    [protocol-ports] protocol이 TCP, UDP, SCTP 중 하나일 때만 쓸 수 있습니다.
    [protocol-icmp] protocol이 ICMP나 ICMPv6일 때만 쓸 수 있습니다.
   *[ingress-ip] ip와 함께일 때만 쓸 수 있습니다.
}
diag-external-name-ports = ExternalName 서비스의 포트 { $port }은(는) 아무 데도 연결되지 않습니다. 클라이언트는 다른 이름을 받을 뿐이므로 { $target }이(가) 아니라 원래 지정한 포트 { $port }에 접속합니다.
diag-headless-port = ClusterIP가 없으면 포트 { $port }을(를) { $target }(으)로 변환하는 것이 없습니다. 이름을 조회해 { $port }에 접속하면 파드의 포트 { $port }에 도달합니다. { $target }은(는) SRV 레코드에만 나옵니다.
diag-kubelet-cluster-dns = 파드가 받는 네임 서버 { $address }은(는) 어느 서비스의 주소도 아닙니다. DNS Service { $service }의 주소는 { $own }이므로 어떤 파드도 이름을 해석하지 못합니다.
diag-kubelet-cluster-domain = 파드는 { $domain }을(를) 검색하지만 CoreDNS는 { $zone }에 대해 응답합니다. 서비스의 짧은 이름을 찾지 못합니다.
diag-host-network-dns = { $object }은(는) 노드의 네트워크를 씁니다. dnsPolicy가 ClusterFirst이면 노드의 네임 서버에 질의하며, 그 서버는 클러스터의 이름을 모릅니다.
diag-host-alias-twice = { $name }이(가) hostAliases에 { $first }과(와) { $second }(으)로 두 번 있습니다. 첫 번째만 쓰입니다.
diag-corefile-twice = 다른 블록({ $first }번째 줄)이 이미 { $zone }을(를) 담당합니다. 이 Corefile로는 CoreDNS가 시작되지 않습니다.
diag-service-variable-port = { $object }의 컨테이너 { $container }이(가) { $used }을(를) 포트 번호로 씁니다. kubelet은 Service { $service } 때문에 이 값을 { $value }(으)로 설정합니다.
diag-service-variable-name = Service { $service } 때문에 kubelet이 { $objects }에서 { $name }을(를) { $value }(으)로 설정합니다. 이 파드는 같은 이름으로 시작하는 다른 변수는 지정하지만 이 변수는 지정하지 않습니다. { $name }에서 포트 번호를 읽는 프로그램은 이 값에서 실패합니다.
diag-corefile-unread = Corefile의 { $name }은(는) 시뮬레이션하지 않습니다. 이 설정에 따라 달라질 수 있는 응답은 가정으로 표시됩니다.
diag-corefile-loop = CoreDNS가 모르는 모든 이름을 자기 자신인 { $server }(으)로 전달합니다. loop 플러그인이 있으면 시작할 때마다 종료되고, 없으면 그런 질의는 실패할 때까지 되풀이됩니다.
diag-external-name-address = externalName이 주소 { $value }입니다. DNS는 이 값을 숫자로 된 이름으로 취급하는데 그런 이름은 없으므로 클라이언트는 주소를 얻지 못합니다.
diag-field-ignored = { $path }은(는) 무시됩니다. { $because ->
    [headless] 헤드리스 서비스이기 때문입니다.
    [external-name] type이 ExternalName이기 때문입니다.
    [not-external-name] type이 ExternalName이 아니기 때문입니다.
    [policy-types] policyTypes에 그 방향이 없기 때문입니다.
    [types] types에 그 방향이 없기 때문입니다.
   *[not-load-balancer] type이 LoadBalancer가 아니기 때문입니다.
}
diag-special-address = { $path }: { $value }은(는) { $kind ->
    [unspecified] 아무 주소도 가리키지 않습니다.
    [loopback] 호스트마다 자기 자신을 뜻하는 루프백 주소입니다.
    [link-local] 라우터가 전달하지 않는 링크 로컬 주소입니다.
   *[link-local-multicast] 호스트의 주소가 아니라 한 링크의 멀티캐스트 주소입니다.
}
diag-reserved-port = { $path }: 로드 밸런서는 포트 { $value }을(를) 열 수 없습니다. kubelet이 쓰는 포트입니다.
diag-cluster-ips-differ = clusterIPs는 { $value }(으)로 시작하는데 clusterIP는 { $expected }입니다.
diag-not-alone = { $path }: ‘{ $value }’은(는) 하나뿐인 항목일 때만 쓸 수 있습니다.
diag-other-family = { $path }: { $by }에 적힌 것과 달리 { $value }은(는) { $expected } 주소가 아닙니다.
diag-ip-family-policy = 주소 체계가 둘인 서비스에는 둘 다 쓰겠다는 ipFamilyPolicy가 필요합니다.
diag-too-many-items = { $path }에 항목이 { $count }개 있습니다. { $limit }개까지만 쓸 수 있습니다.
diag-cidr-pair = { $path }: ‘{ $value }’ 자리에는 CIDR 하나, 또는 IPv4와 IPv6 CIDR을 하나씩 적어야 합니다.
diag-slice-without-service = 이 EndpointSlice에는 { $label } 레이블이 없어서 어느 서비스에도 속하지 않습니다.
diag-slice-of-no-service = 이 EndpointSlice가 속한 { $service }이(가) 없습니다.
diag-unknown-hint = { $path }: { $of ->
    [forNodes] ‘{ $value }’(이)라는 노드가 없습니다. 있는 노드: { $known }.
   *[forZones] ‘{ $value }’ 영역에는 노드가 없습니다. 노드가 있는 영역: { $known }.
}
diag-pod-ip-outside = 파드 주소 { $address }은(는) 노드 { $node }의 파드 네트워크 { $range } 밖에 있습니다.
diag-invalid-version = ‘{ $value }’은(는) 쿠버네티스 버전이 아닙니다. { $used }의 동작을 따릅니다.
diag-version-unknown = 쿠버네티스 { $version }은(는) 아직 알지 못합니다. 모두 아는 릴리스 가운데 가장 새로운 { $used }의 동작을 따릅니다.
diag-version-too-old = 쿠버네티스 { $version }은(는) 시뮬레이션하는 버전보다 오래되었습니다. { $used }의 동작을 따릅니다.
hint-name-like = 예: { $suggestion }
hint-name-ports = 포트마다 http 같은 고유한 이름을 붙이세요.
hint-leave-out = 이 필드를 빼거나, 함께 쓸 수 없는 쪽을 바꾸세요.
hint-annotations = 큰 내용은 ConfigMap에 넣으세요. kubectl이 쓴 어노테이션(last-applied-configuration)이라면 kubectl apply --server-side를 쓰면 생기지 않습니다.
hint-ordinary-address = 다른 호스트가 접근할 수 있는 주소를 쓰세요.
hint-cluster-ips = 두 필드의 첫 주소를 같게 적거나, 둘 중 하나를 빼세요.
hint-dual-stack = ipFamilyPolicy: PreferDualStack 또는 RequireDualStack을 적거나, 주소 체계를 하나만 쓰세요.
hint-mark-bit = 패킷 마크에는 0부터 31까지의 비트가 있습니다. 기본값은 14입니다.
hint-dial-target = { $target }에 접속하거나 port와 targetPort를 같게 하세요.
hint-kubelet-dns = clusterDNS를 [{ $own }](으)로 설정하세요.
hint-kubelet-domain = clusterDomain을 { $zone }(으)로 설정하세요.
hint-cluster-first-host-net = 클러스터의 이름을 조회한다면 dnsPolicy: ClusterFirstWithHostNet으로 설정하세요.
hint-no-service-links = 파드 spec에 enableServiceLinks: false를 설정하거나 컨테이너의 env에 { $name }을(를) 직접 지정하세요.
hint-address-by-slice = externalName과 type을 빼고, 셀렉터가 없는 서비스에 { $value }이(가) 들어 있는 EndpointSlice를 작성하세요.
hint-slice-label = kubernetes.io/service-name 레이블에 서비스 이름을 적으세요.
hint-other-node = { $address }은(는) { $other }의 파드 네트워크에 있습니다. 파드가 그 노드에서 실행되나요?
hint-pod-ip = CNI 플러그인이 나눠 주는 범위나 노드의 spec.podCIDR을 확인하세요.
