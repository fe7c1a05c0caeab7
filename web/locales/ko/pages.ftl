site-tagline = 쿠버네티스를 지나는 패킷의 모든 홉
site-description = 쿠버네티스 매니페스트를 붙여 넣으면 그 매니페스트가 만들어 내는 리눅스 네트워크에서 패킷 하나를 따라갈 수 있습니다. 네임스페이스, 경로, 규칙, 주소 변환을 모두 계산하고, 그 원인이 된 YAML 줄까지 보여 줍니다.
skip-to-content = 본문으로 건너뛰기
preferences = 언어와 테마
theme-to-auto = 시스템 설정
theme-to-dark = 다크 모드
theme-to-light = 라이트 모드
footer = kubehop은 클러스터의 리눅스 커널이 할 일을 계산합니다. 어떤 클러스터에도 아무것도 보내지 않습니다.

home-title = 쿠버네티스 클러스터를 지나는 패킷 하나를 따라가 보세요
home-lead = 네임스페이스, 경로, 일치한 iptables 규칙, 바뀐 헤더, 그리고 그 원인이 된 YAML 줄까지 모든 홉을 보여 줍니다.
home-ready = 바로 볼 수 있는 시나리오
home-watch = 패킷 따라가기
home-open-scenario = 클러스터부터 보기
home-open-network = 네트워크부터 보기
home-own = 내 매니페스트
home-own-text = Deployment, Service, Pod, Node, EndpointSlice 또는 ‘kubectl get … -o yaml’의 출력을 넣으면 됩니다. 클러스터는 필요하지 않습니다.
home-paste = YAML 또는 JSON 붙여 넣기
home-files = 또는 파일이나 압축 파일 선택
home-folder = 또는 폴더 전체
home-folder-hint = 폴더 안의 kustomization을 렌더링합니다.
home-drop = 여기에 끌어다 놓아도 됩니다
home-build = 네트워크 만들기
home-private = 결과 페이지의 주소는 추측할 수 없지만, 주소를 아는 사람은 매니페스트를 볼 수 있습니다. Secret의 값과 자격 증명으로 보이는 값은 저장하기 전에 가립니다.
home-view = 저장하지 않고 보기
home-view-text = 파일은 주소 가운데 브라우저가 서버로 보내지 않는 부분에 담기고, 화면에 표시할 때만 작은 스크립트가 전송합니다. 압축한 크기로 32 KiB까지이며 압축 파일은 올릴 수 없습니다.
home-view-large = 주소에 담기에는 너무 큽니다. 압축해서 32 KiB가 한도입니다.
home-view-empty = 아직 볼 것이 없습니다.


go-back = 돌아가기
go-home = 홈으로
unreached = 서버에 연결할 수 없습니다. 지금 보이는 내용은 계속 쓸 수 있습니다. 잠시 뒤에 다시 시도해 주세요.
error-not-found-title = 페이지를 찾을 수 없습니다
error-not-found-text = 주소가 완전하지 않은 것 같습니다.
error-scenario-not-found-title = 시나리오를 찾을 수 없습니다
error-scenario-not-found-text = 업로드는 마지막으로 사용한 뒤 일정 시간이 지나면 삭제됩니다. 매니페스트를 다시 붙여 넣거나 올리면 새로 만들 수 있습니다.
error-too-large-title = 입력이 너무 큽니다
error-too-large-text = 파일 수나 크기를 줄여 주세요. 관련된 서비스, 파드, 노드만 있으면 됩니다. 더 큰 입력은 명령줄로 볼 수 있습니다: kubehop check FILE…
error-too-large-limit = 한 번에 { $limit } MiB까지 올릴 수 있는데, { $size } MiB를 보냈습니다.
error-too-large-limit-only = 한 번에 { $limit } MiB까지 올릴 수 있습니다.
error-no-export-title = 추적에 없는 형식입니다
error-no-export-text = SVG, PNG, JSON, Markdown, pcapng로 내보낼 수 있습니다.
error-no-export-suffix = ‘{ $suffix }’ 형식의 추적은 없습니다. trace.svg, trace.png, trace.json, trace.md, trace.pcapng가 있습니다.
error-no-fonts-title = 이 서버는 PNG를 그릴 수 없습니다
error-no-fonts-text = PNG용 글꼴 없이 kubehop이 빌드되었습니다. npm ci --prefix static --ignore-scripts를 실행한 뒤 다시 빌드하세요. SVG는 글꼴 없이도 됩니다.
error-long-animation-title = 애니메이션으로 만들기에는 추적이 너무 깁니다
error-long-animation-text = 단계별 그림, Markdown, 캡처에는 이런 제한이 없습니다.
error-long-animation-steps = { $steps }단계라서 애니메이션이 6 MiB를 넘습니다.
error-no-step = { $value }단계는 없습니다. 이 추적은 { $total }단계입니다.
error-no-place = 이 추적은 ‘{ $value }’ 위치를 지나지 않습니다.
error-parameter = 주소의 { $name } 값 ‘{ $value }’을(를) 쓸 수 없습니다.
error-unknown-parameter = 주소에 있는 ‘{ $name }’ 매개변수는 여기서 받지 않습니다. 받는 것: { $known }.
error-missing-parameter = 주소에 ‘{ $name }’ 매개변수가 없습니다.
error-world-cni = 주소의 cni가 알려지지 않은 네트워크 플러그인을 가리킵니다. 쓸 수 있는 값: { $known }
error-world-proxy = 주소의 proxy가 알려지지 않은 kube-proxy 모드를 가리킵니다. 쓸 수 있는 값: { $known }
error-too-many-files-title = 파일이 너무 많습니다
error-too-many-files-text = 매니페스트가 아닌 파일을 빼거나, 여러 오브젝트를 ---로 나누어 한 파일에 넣으세요.
error-too-many-files-limit = 한 번에 파일 { $limit }개까지 올릴 수 있는데, { $count }개를 보냈습니다.
error-unusable-title = 이 입력으로는 클러스터를 만들 수 없습니다
error-unusable-text = 아래에 이유와 파일, 줄 번호가 있습니다. 입력란이나 파일에서 고친 뒤 다시 보내세요.
error-unusable-nothing = 쿠버네티스 오브젝트를 찾지 못했습니다. 오브젝트는 ‘apiVersion: …’과 ‘kind: …’로 시작합니다. ‘kubectl get all,nodes,endpointslices -o yaml’로 클러스터의 오브젝트를 출력할 수 있습니다.
error-bad-form-title = 양식을 읽을 수 없습니다
error-bad-form-text = 업로드는 ‘manifest’(텍스트)와 ‘files’ 필드가 있는 multipart 양식입니다. 아래 양식을 쓰거나 다음과 같이 보내세요: curl -F files=@shop.yaml ADDRESS/s
error-too-much-work-title = 이 서버의 처리 한도를 넘습니다
error-too-much-work-text = 오브젝트 수를 줄이거나, 제한이 없는 명령줄을 자신의 컴퓨터에서 실행해 주세요.
error-too-much-work-steps = { $limit }단계보다 많은 작업이 필요합니다.
error-too-much-work-bytes = { $limit }바이트보다 많은 메모리가 필요합니다.
error-too-much-work-nodes = 가장 큰 부분은 노드 { $count }개입니다. 전체에 메모리가 약 { $size } MiB 필요하며 한도는 { $limit } MiB입니다.
error-too-much-work-pods = 가장 큰 부분은 파드 { $count }개입니다. 전체에 메모리가 약 { $size } MiB 필요하며 한도는 { $limit } MiB입니다.
error-too-much-work-routes = 가장 큰 부분은 다른 노드마다 하나씩, 노드당 경로 { $count }개입니다. 전체에 메모리가 약 { $size } MiB 필요하며 한도는 { $limit } MiB입니다.
error-too-much-work-endpoints = 가장 큰 부분은 서비스의 포트마다 따로 센 엔드포인트 { $count }개입니다. 전체에 메모리가 약 { $size } MiB 필요하며 한도는 { $limit } MiB입니다.
error-too-much-work-ranges = 가장 큰 부분은 포트마다 따로 센 로드 밸런서 출발지 범위 { $count }개입니다. 전체에 메모리가 약 { $size } MiB 필요하며 한도는 { $limit } MiB입니다.
error-too-much-work-addresses = 가장 큰 부분은 포트마다 따로 센 외부 주소와 로드 밸런서 주소 { $count }개입니다. 전체에 메모리가 약 { $size } MiB 필요하며 한도는 { $limit } MiB입니다.
error-too-much-work-ports = 가장 큰 부분은 서비스 포트 { $count }개입니다. 전체에 메모리가 약 { $size } MiB 필요하며 한도는 { $limit } MiB입니다.
error-busy-title = 서버가 바쁩니다
error-busy-text = 다른 요청을 처리하고 있습니다. 잠시 후 다시 시도해 주세요.
error-slow-request-title = 요청이 너무 느리게 도착했습니다
error-slow-request-text = 요청이 중간에 끊겼거나 서버가 기다리는 시간을 넘겼습니다. 다시 보내 주세요.
error-wrong-host-title = 이 서버의 이름이 아닙니다
error-wrong-host-text = 이 서버는 주소에 있는 이름이 아닌 다른 이름으로 응답합니다.
error-too-many-requests-title = 요청이 너무 많습니다
error-too-many-requests-text = 잠시 후 다시 시도해 주세요.
error-bad-request-title = 요청을 읽을 수 없습니다
error-bad-request-text = 양식이나 주소에 예상과 다른 값이 있습니다.
error-timeout-title = 시간이 너무 오래 걸립니다
error-timeout-text = 이 서버가 처리하기에는 입력이 큰 것 같습니다. 오브젝트 수를 줄여 주세요.
error-internal-title = 서버에서 문제가 발생했습니다
error-internal-text = 사용자의 잘못이 아닙니다. 다시 시도해 보고, 같은 일이 반복되면 서버 운영자에게 알려 주세요.
error-no-input-title = 만들 내용이 없습니다
error-no-input-text = 매니페스트를 붙여 넣거나 파일을 선택한 뒤 다시 눌러 주세요.
upload-again = 다시 시도
upload-files-again = 브라우저는 선택한 파일을 기억하지 않으니 다시 선택하세요. 붙여 넣은 내용은 입력란에 남아 있습니다.

probe-part-from = 출발지
probe-part-via = 거쳐 갈 노드
probe-part-to = 목적지
probe-part-proto = 프로토콜
probe-part-sport = 출발지 포트
probe-part-before = 먼저 보낸 횟수
probe-part-wait = 보내는 간격(초)
probe-part-keep = 열어 두는 연결
probe-part-size = 페이로드 바이트 수
probe-part-method = 메서드
probe-part-header = 헤더 필드
probe-part-connect = 연결할 곳
probe-part-choose = 선택
probe-not-understood = { $part } ‘{ $given }’을(를) 해석할 수 없습니다.
probe-candidates = 가능한 값: { $candidates }

probe-group-pods = 파드
probe-group-nodes = 노드
probe-group-docker = Docker
probe-group-hosts = 그 밖의 머신
probe-group-outside = 클러스터 밖
probe-outside = 외부 호스트 ({ $address })
probe-via = 경로를 제공할 노드
probe-via-none = 없음(게이트웨이만)
probe-group-names = 이름으로 (DNS 먼저)
probe-group-services = ClusterIP (DNS 없이)
probe-group-endpoints = 파드로 직접
probe-group-node-ports = 노드 포트
probe-group-given = 로드 밸런서 주소와 외부 주소
probe-group-near = 비슷한 이름
probe-group-typed = 입력한 그대로
probe-group-urls = 인그레스와 게이트웨이의 URL
probe-pick = 그림에서 선택
probe-search-from = 모든 출발지에서 찾기
probe-search-to = 모든 목적지에서 찾기
probe-swap = 반대 방향으로: { $from } → { $to }
probe-recent = 최근에 보낸 것
probe-row = 이어서 보낸 패킷
probe-another = 다른 파드에서: { $from }
probe-nth = { $n }번째
ends-from = 패킷이 어디에서 출발하나요?
ends-to = 패킷이 어디로 가나요?
ends-search = 검색
ends-hint = 이름, 네임스페이스/이름, 주소, 포트
ends-count = 전체 { $total }개 중 { $shown }개 표시
ends-none = 찾은 것이 없습니다.
ends-silent = 리슨하는 포트 없음
ends-more = { $count }개 더 있음
probe-other = 또는 다른 목적지
probe-request = HTTP 요청: 메서드, 헤더 필드, 연결할 곳 (URL일 때)
probe-method = 메서드
probe-method-usual = GET (기본)
probe-headers = 헤더 필드(한 줄에 하나씩)
probe-connect = 호스트 대신 연결할 곳
probe-again = 다른 패킷 보내기
probe-suggestions = 예시
try-across = 다른 노드로
try-nobody = 준비된 파드 없음
try-outside = 밖에서

scenario-summary = 노드 { $nodes }개, 파드 { $pods }개, 서비스 { $services }개
docker-summary = Docker 호스트 { $name }({ $ip }), Docker Engine { $version } ({ $backend }): 네트워크 { $networks }개, 컨테이너 { $containers }개, 게시된 포트 { $ports }개
docker-mode-none = 네트워크 없음
docker-mode-host = 호스트의 네트워크
docker-mode-container = { $name }의 네트워크
scenario-settings = 쿠버네티스 { $version }, CNI { $cni }, kube-proxy { $mode } 모드, 파드 { $pod_cidr }, 서비스 { $service_cidr }
scenario-probe = 패킷 보내기
scenario-picture = 네트워크
scenario-assumed = 입력에 없어 가정한 것
inventory-heading = 입력의 사용 현황
glance-errors = { $count ->
    [0] 오류 없음
   *[other] 오류 { $count }개
}
glance-warnings = { $count ->
    [0] 경고 없음
   *[other] 경고 { $count }개
}
glance-used = 사용 { $count }개
glance-partly = 일부 사용 { $count }개
glance-unused = 사용 안 함 { $count }개
glance-assumptions = 가정 { $count }개
inventory-of-kind = 종류
inventory-used = 사용
inventory-partly = 일부 사용
inventory-unused = 사용 안 함
inventory-assumed = 가정
inventory-kind = { $kind } { $count }개
inventory-field = { $path } 필드는 사용하지 않습니다
inventory-more = … 외 { $count }개
unused-refused = 오류가 있어 API 서버가 거부할 오브젝트입니다
unused-acts-on-traffic = 트래픽에 영향을 주지만 시뮬레이션하지 않습니다
unused-policy = 연결 허용 여부를 정하지만, 정책은 시뮬레이션하지 않습니다
unused-makes-workloads = 컨트롤러가 이 오브젝트로 파드나 서비스를 만듭니다. ‘kubectl get all -o yaml’ 등으로 만들어진 오브젝트를 넣으세요
unused-definition = kind를 정의할 뿐 직접 만드는 것은 없습니다
unused-no-network-effect = 패킷의 경로에 영향을 주지 않습니다
unused-unknown = kubehop이 모르는 kind입니다
unused-no-configuration = 네트워크 구성 요소의 설정이 들어 있지 않습니다
finding-trace = 추적해 보기: { $from } → { $to }
finding-others = 외 { $count }개
scenario-findings = { $count ->
    [0] 확인할 점
   *[other] 확인할 점 { $count }개
}
scenario-errors = 오류 { $count }개: 쓸 수 없는 부분은 제외했습니다
scenario-no-findings = 오류와 경고가 없습니다.
severity-error = 오류
severity-warning = 경고
severity-info = 참고
detail-rule = { $table } 테이블 { $chain } 체인의 규칙 { $of }개 중 { $number }번
detail-link = 인터페이스 { $dev }
detail-namespace = 위치: { $where }
detail-neighbours = 주변 규칙
detail-set = { $count ->
    [0] { $set }이(가) 비어 있습니다
   *[other] { $set }의 요소 { $count }개
}
detail-set-more = … 외 { $count }개
detail-cause = 만든 이유

probe-missing = { $part }을(를) 입력해 주세요.
probe-too-long = { $part }이(가) 너무 깁니다.
probe-source-form = ‘{ $given }’은(는) 출발지가 될 수 없습니다. pod/네임스페이스/이름, deploy/네임스페이스/이름, node/이름, container/서비스, host/이름, ip/주소, external 중 하나로 쓰세요.
probe-external-source = ‘{ $given }’은(는) 클러스터 밖 호스트의 주소가 될 수 없습니다. external 또는 external/주소로 쓰세요. 주소는 클러스터에서 쓰지 않는 IPv4 주소여야 합니다.
probe-via-form = ‘{ $given }’은(는) 노드가 아닙니다. node/이름으로 쓰세요.
probe-unknown-pod = Pod { $given }이(가) 없습니다.
probe-refused-object = API 서버가 { $given }을(를) 거부하므로 클러스터에 없습니다. 이유는 확인할 점에 있습니다.
probe-pod-ended = Pod { $given }은(는) 이미 종료되어 주소가 없으므로 패킷을 주고받을 수 없습니다.
probe-pod-unscheduled = Pod { $given }은(는) 어느 노드에도 배치되지 않아 주소가 없으므로 패킷을 주고받을 수 없습니다.
probe-pod-not-started = Pod { $given }은(는) 아직 시작되지 않아 주소가 없으므로 패킷을 주고받을 수 없습니다.
probe-unknown-container = 컨테이너 { $given }이(가) 없습니다.
probe-unknown-host = 머신 { $given }이(가) 없습니다.
probe-unknown-node = 노드 { $given }이(가) 없습니다.
probe-unknown-service = Service { $given }이(가) 없습니다.
probe-unknown-address = 이 클러스터에는 주소가 { $given }인 것이 없습니다.
probe-no-cluster-ip = Service { $given }에는 ClusterIP가 없습니다. 이름으로 호출하세요.
probe-no-load-balancer = { $given }은(는) LoadBalancer 유형이 아니어서 로드 밸런서가 주소를 주지 않습니다.
probe-no-source = { $given } 자신은 아무것도 보내지 않습니다. 보내는 것은 그 뒤의 파드입니다.
probe-ambiguous = 이름이 { $given }인 것이 여러 개 있습니다. 네임스페이스를 붙이세요.
probe-unknown-workload = 워크로드 { $given }이(가) 없습니다.
probe-workload-without-pods = { $given }에 실행 중인 파드가 없습니다.
probe-url-scheme = ‘{ $given }’은(는) 호출할 수 있는 URL이 아닙니다. http:// 또는 https://로 쓰세요.
probe-target-form = ‘{ $given }’은(는) 목적지가 될 수 없습니다. 이름:포트, IP:포트, svc/네임스페이스/이름:포트, pod/네임스페이스/이름:포트, node/이름:포트, container/서비스:포트, host/이름:포트, http://호스트/경로 중 하나로 쓰세요.
probe-name-form = ‘{ $given }’은(는) 리졸버에 질의하는 이름이 아닙니다. 프로그램이 쓰는 이름으로 적으세요: web, web.shop, web.shop.svc.cluster.local
probe-missing-port = 목적지 { $given }에 포트가 필요합니다.
probe-bad-port = ‘{ $given }’은(는) 포트 번호가 아닙니다.
probe-unknown-port-name = 이름이 { $given }인 포트가 없습니다.
probe-bad-count = ‘{ $given }’은(는) 범위 안의 수가 아닙니다.
probe-bad-protocol = ‘{ $given }’은(는) 보낼 수 있는 프로토콜이 아닙니다.
probe-bad-method = ‘{ $given }’은(는) 메서드가 아닙니다.
probe-header-form = ‘{ $given }’은(는) 헤더 필드가 아닙니다. ‘이름: 값’ 형식으로 쓰세요.
probe-too-many-headers = ‘{ $given }’부터는 받을 수 있는 헤더 필드 수를 넘습니다.
probe-keep-form = ‘{ $given }’은(는) 클라이언트가 유지할 수 있는 것이 아닙니다. connection, address, both 가운데 하나를 쓰세요.
probe-keep-sctp = ‘{ $given }’: 연결은 TCP, UDP, ICMP일 때만 열어 둡니다. SCTP는 안 됩니다.
probe-url-only = ‘{ $given }’은(는) HTTP 요청에만 쓰는데 목적지가 URL이 아닙니다. http://호스트/경로로 쓰세요.
probe-unknown-gateway = Gateway { $given }이(가) 없습니다.
probe-choose-form = ‘{ $given }’은(는) 올바른 선택이 아닙니다. ‘이름=값’ 형식으로 쓰세요.
probe-unknown-choice = 이름이 { $given }인 선택 항목이 없습니다.
probe-unknown-value = 여기에서는 { $given }을(를) 선택할 수 없습니다.
probe-ipv6 = IPv6 패킷은 아직 시뮬레이션하지 않습니다: { $given }
error-cross-site-title = 다른 사이트에서 보낸 양식입니다
error-cross-site-text = kubehop은 자기 페이지에서 보낸 양식만 받습니다. 홈에서 다시 보내세요.

cli-all-svg = --all은 text와 json에만 쓸 수 있습니다. 그림, Markdown, 캡처는 경로 하나를 --choose로 골라서 만드세요.
cli-measure-format = 패킷 크기와 TTL 결과는 텍스트나 JSON으로만 출력합니다: --format text, --format json.
cli-step-of-nothing = 단계는 프로브에만 있습니다. --from과 --to도 지정하세요.
cli-animated = --animated는 추적 전체를 SVG로 만듭니다. --format svg, --from, --to와 함께 쓰세요.
cli-terminal = { $format } 출력은 텍스트가 아니라서 터미널에 쓰지 않습니다. --out으로 파일을 지정하거나 출력을 리디렉션하세요.
cli-redacted = { $count ->
    [0] 비밀로 보이는 값이 없습니다.
   *[other] { $count }곳을 가렸습니다.
}
cli-link-forever = 이 링크는 취소할 수 없습니다. 링크를 아는 사람은 입력을 볼 수 있습니다.
cli-link-option = 링크에는 --cni와 --proxy-mode만 담깁니다. --kubernetes-version과 --bridge-nf는 입력(Scenario나 Node)에 적으세요.
cli-png-reduced = 픽셀 수 제한 때문에 { $width } × { $height } 크기로 줄였습니다.
cli-trace-this = 추적해 보기: { $command }
cli-progress-files = 파일 읽는 중
cli-progress-survey = 목록 살펴보는 중: { $total } MiB 중 { $done } MiB
cli-progress-read = 오브젝트 읽는 중: { $total } MiB 중 { $done } MiB, 오브젝트 { $objects }개
cli-too-much-hint = 오브젝트 수를 줄이거나 --memory로 메모리를 더 허용해 주세요(예: --memory 4GiB).
cli-progress-decide = 오브젝트 { $objects }개로 클러스터 상태 정하는 중
cli-findings-also = 같은 종류가 { $count }개 더 있습니다:
cli-no-node = --node: 노드 { $name }이(가) 없습니다. 있는 노드: { $names }
cli-no-pod = --pod: { $name }은(는) 파드가 아닙니다. pod/NS/NAME으로, 또는 워크로드의 파드 하나를 뜻하는 deploy/NS/NAME으로 쓰세요.
cli-no-rules = { $kind ->
    [chain] 이 노드의 그 체인에는 Service { $service }의 규칙이 없습니다.
    [external-name] Service { $service }은(는) ExternalName 유형입니다. 다른 이름을 가리키는 이름일 뿐이므로 kube-proxy가 규칙을 쓰지 않습니다.
    [headless] Service { $service }은(는) 헤드리스(clusterIP: None)입니다. 이름이 파드의 주소로 이어지므로 kube-proxy가 규칙을 쓰지 않습니다.
   *[none] kube-proxy가 이 노드에 Service { $service }의 규칙을 쓰지 않았습니다.
}
cli-no-netns = --netns: { $name }은(는) 이 노드에 없습니다. root 또는 이 노드에 있는 파드를 pod/NS/NAME으로 쓰세요.
cli-dns-usage = dns에는 파일과 이름이 필요합니다: kubehop dns FILE… --from pod/NS/NAME NAME [TYPE]

error-gone-title = 더 이상 열 수 없는 링크입니다
error-gone-text = 공유한 사람이 삭제했거나 기간이 끝났습니다.
error-wrong-key-title = 이 링크의 키가 아닙니다
error-wrong-key-text = 링크를 만든 브라우저에서만 바꿀 수 있습니다.
error-store-title = 저장소가 응답하지 않습니다
error-store-text = 업로드와 공유 링크에는 저장소가 필요합니다. 준비된 시나리오와 도움말은 볼 수 있습니다. 잠시 후 다시 시도해 주세요.
error-store-full-title = 저장소가 가득 찼습니다
error-store-full-text = 이 서버에는 남은 공간이 없습니다. 나중에 다시 시도하거나 자신의 컴퓨터에서 kubehop을 실행해 주세요.
error-quota-title = 저장할 수 있는 양을 모두 썼습니다
error-quota-text = 필요 없는 공유 링크를 삭제하거나 기다려 주세요. 업로드는 마지막으로 사용한 뒤 일정 시간이 지나면 삭제됩니다.
error-quota-limit = { $limit } MiB까지 저장할 수 있습니다.
about-label = 이 시나리오에 대하여
about-upload = 이 업로드는 마지막으로 사용한 뒤 { $minutes }분이 지나면 삭제됩니다. 주소를 아는 사람은 볼 수 있습니다.
about-redacted = 비밀로 보이거나 필요 없는 값 { $count }곳을 저장하기 전에 가렸습니다.
about-shared = 공유 링크입니다. { $date }에 끝납니다.
about-shared-forever = 기한이 없는 공유 링크입니다.
about-parent = 다른 버전을 바꾸어 만들었습니다.
about-versions = 바뀐 내용
about-then-now = 공유할 때의 결과는 ‘{ $then }’이었고 지금은 ‘{ $now }’입니다. 그 뒤로 시뮬레이션이 개선되었습니다.
share = 공유
share-what = 지금 보고 있는 단계를 다른 사람이 열 수 있는 링크를 만듭니다. 링크를 아는 사람은 가린 값을 뺀 시나리오를 볼 수 있습니다.
share-lifetime = 기간
share-lifetime-1d = 1일
share-lifetime-30d = 30일
share-lifetime-1y = 1년
share-lifetime-forever = 이 서버가 허용하는 동안
share-make = 링크 만들기
share-title = 공유 링크
share-until = { $date }에 끝납니다.
share-forever = 기한이 없습니다.
share-readers = 링크를 아는 사람은 자신의 언어로 시나리오를 볼 수 있습니다.
share-embed = 블로그나 위키에 넣으려면:
share-yours = 직접 만든 링크입니다
share-key = 이 브라우저가 키를 보관합니다. 키가 없으면 아무도 링크를 바꾸거나 삭제할 수 없습니다.
share-change = 바꾸기
share-new-key = 새 키 받기
share-delete = 지금 링크 삭제
share-no-key = 링크를 만든 브라우저에서만 바꿀 수 있습니다.
share-carry-what = 또는 시나리오 자체를 담은 링크를 만듭니다. 서버에 아무것도 저장하지 않으므로 취소할 수 없습니다. 링크가 길며 32 KiB까지 담을 수 있습니다.
share-carry = 저장하지 않는 링크 만들기
about-carried = 이 시나리오는 링크 자체에 담겨 왔습니다. 서버에는 아무것도 저장하지 않습니다. 링크를 아는 사람은 누구나 시나리오를 볼 수 있고, 아무도 취소할 수 없습니다.
about-carried-redacted = 비밀로 보이는 값 { $count }곳을 가렸습니다. 지금 주소에는 없지만 처음에 연 링크에는 남아 있습니다.
carried-title = 저장하지 않는 링크
carried-link = 링크
carried-size = { $size } KiB입니다. 메일이나 채팅에서 긴 링크가 잘릴 수 있으니 보내기 전에 열어 보세요.
carried-forever = 이 링크는 취소할 수 없습니다.
carried-text = 브라우저가 전송하지 않는 # 뒤에 시나리오 자체를 담고 있으며, 열면 서버가 메모리에서 바로 보여 줍니다. 링크를 아는 사람은 언제까지나 시나리오를 볼 수 있습니다.
carried-open = 열기
view-title = 링크에 담긴 시나리오
view-what = 이 링크는 브라우저가 전송하지 않는 # 뒤에 시나리오 자체를 담고 있습니다. 이 페이지의 작은 스크립트가 보여 주기 위해 전송하며, 아무것도 저장하지 않습니다. { $limit } KiB까지 담을 수 있습니다.
view-script = 보려면 JavaScript가 필요하지만 여기서는 꺼져 있거나 차단되어 있습니다. JavaScript 없이는 # 뒤의 내용을 브라우저만 알 수 있습니다. JavaScript를 켜고 링크를 다시 여세요.
view-nothing = 이 주소에는 시나리오가 없습니다. # 뒤의 내용이 모두 빠져 있습니다.
view-failed = 시나리오를 전송하지 못했습니다. 잠시 후 다시 시도해 주세요.
error-link-title = 사용할 수 없는 링크입니다
error-link-text = 시나리오 자체를 담은 링크는 전체가 온전하고 한도 안에 있어야 열 수 있습니다.
link-version = 이 서버가 아는 버전(v1)으로 시작하지 않습니다.
link-broken = 일부가 빠졌거나 도중에 바뀌었습니다. 메일이나 채팅에서 긴 링크가 잘릴 수 있습니다.
link-too-long = { $size } KiB가 되지만 한도는 { $limit } KiB입니다. 저장하는 공유 링크를 사용하세요.
link-too-much = 풀면 { $unpacked } KiB보다 크거나 파일이 너무 많습니다.
versions-title = 두 버전
versions-before = 이전:
versions-after = 이후:
versions-same = 두 버전의 내용이 같습니다.
home-comments = 주석도 가리기
embed-open = kubehop에서 열기
embed-picture = { $total }단계 중 { $step }단계

compare-title = 두 환경 비교
compare-input = 입력에 적힌 대로
compare-same = 모든 단계가 양쪽에서 같습니다.
compare-first = 처음 달라지는 곳: { $place }
compare-with = 다른 환경에서 바꿀 것
compare-go = 비교
compare-left = 첫 번째 환경
compare-right = 두 번째 환경
compare-only = 여기에만 있음
compare-step = 단계
compare-steps = 나란히 본 단계
compare-link = 다른 플러그인이나 모드와 비교
compare-urls = URL { $count }개를 { $first } 경유와 { $other } 경유로 비교: 응답이 다른 것 { $differ }개
urls-title = 두 진입 경로로 요청한 URL
urls-lead = 인그레스와 이를 대체할 라우트, 또는 두 진입 경로를 비교합니다. 각 URL을 양쪽으로 요청하고 응답이 다른 것을 표시합니다. 각 칸은 해당 추적으로 이어집니다.
urls-first = 첫 번째 진입 경로
urls-other = 두 번째 진입 경로
urls-list = URL(한 줄에 하나, 앞에 메서드를 적을 수 있음)
urls-differs = 차이
urls-result = 결과
urls-status = 상태 코드
urls-service = 서비스
urls-path = 경로
urls-host = 호스트
urls-location = 이동 위치
compare-bad-with = --with: { $why }

# 서비스 환경 변수
env-own = { $container } 컨테이너에 직접 설정한 { $name } 변수가 있어 그 값이 쓰입니다.
env-used = { $container } 컨테이너가 $({ $name }) 값을 사용합니다.
env-used-as-port = { $container } 컨테이너가 사용하는 $({ $name }) 값은 포트 번호가 아니라 URL입니다: { $value }. 포트 번호는 이름이 _SERVICE_PORT로 끝나는 변수에 있습니다.
env-read-as-port = 많은 프로그램이 { $name } 변수를 포트 번호로 읽지만, 이 값은 URL입니다. { $name } 변수를 직접 설정하거나, Service { $service }의 이름을 바꾸거나, enableServiceLinks: false를 설정하세요.
env-image-named = { $container } 컨테이너의 이미지 이름이 Service { $service }의 이름과 같습니다. 이 이미지가 { $name } 변수를 설정으로 읽으면 이 URL을 받게 됩니다. { $name } 변수를 직접 설정하거나, 서비스 이름을 바꾸거나, enableServiceLinks: false를 설정하세요.
env-ambiguous = Service { $service }도 { $name } 변수를 만듭니다: { $value }. 어느 값이 남을지는 정해져 있지 않습니다.
env-no-links = { $object }에 enableServiceLinks: false가 설정되어 있어 API 서버의 변수만 들어갑니다.
env-without-no-address = { $service }에는 ClusterIP가 없어 변수가 없습니다.
env-without-no-links = { $service }의 변수는 enableServiceLinks: false 때문에 빠졌습니다.
env-without-younger = { $service }은(는) 컨테이너가 시작된 뒤({ $started })인 { $made }에 만들어졌습니다. 변수는 컨테이너가 다시 시작되어야 들어갑니다.

matrix-title = 모든 위치에서, 모든 방법으로
matrix-lead = 서비스 하나를 모든 종류의 위치에서 모든 방법으로 호출합니다. 호출한 쪽이 받는 결과와 서버가 보는 출발지 주소를 보여 줍니다. 각 칸은 해당 추적으로 이어집니다.
matrix-link = 이 서비스를 호출하는 모든 위치와 방법
matrix-to = 서비스와 포트
matrix-go = 보기
matrix-from = 출발지
matrix-none = 여기에는 호출할 수 있는 서비스가 없습니다.
matrix-no-way = 이 서비스에는 자체 주소도 진입 경로도 없습니다. 파드를 파드의 주소로 직접 호출합니다.
matrix-policies = externalTrafficPolicy: { $external }, internalTrafficPolicy: { $internal }
matrix-place-same-pod = 서비스 뒤의 파드
matrix-place-pod-same-node = 같은 노드의 파드
matrix-place-pod-other-node = 다른 노드의 파드
matrix-place-pod = 파드
matrix-place-node = 노드 자신
matrix-place-other-node = 다른 노드
matrix-place-lan = LAN 호스트
matrix-place-internet = 인터넷 호스트
matrix-behind = 자신도 이 서비스의 엔드포인트
matrix-way-cluster-ip = ClusterIP
matrix-way-node-port = 노드 포트(엔드포인트가 있는 노드)
matrix-way-node-port-without = 노드 포트(엔드포인트가 없는 노드)
matrix-way-load-balancer = 로드 밸런서 주소
matrix-way-external-ip = 외부 IP
matrix-way-ingress = 인그레스
matrix-way-gateway = 게이트웨이
matrix-absent = 없는 것
matrix-absent-headless = ClusterIP 없음: 헤드리스 서비스입니다.
matrix-absent-no-node-port = 노드 포트가 없습니다.
matrix-absent-no-node-with = 준비된 엔드포인트가 있는 노드가 없습니다.
matrix-absent-no-node-without = 모든 노드에 준비된 엔드포인트가 있습니다.
matrix-absent-no-load-balancer = 로드 밸런서 없음: 다른 유형의 서비스입니다.
matrix-absent-no-address = 로드 밸런서 주소가 없습니다. 아무도 주소를 할당하지 않았습니다.
matrix-absent-no-external-ip = externalIPs가 없습니다.
matrix-absent-no-ingress = 이 포트로 이어지는 인그레스가 없습니다.
matrix-absent-no-route = 이 포트로 이어지는 게이트웨이의 HTTPRoute가 없습니다.
matrix-nowhere = 해당하는 위치 없음: { $place }
matrix-sees = { $address }(으)로 보임
matrix-own = 호출한 쪽의 주소
matrix-elsewhere = { $name } 서비스로 감
matrix-reached = { $who }까지만 도달
matrix-cut = 여기에서 살펴본 것보다 엔드포인트가 더 많음
matrix-not-asked = 요청할 수 없음
cli-matrix-which = --to: 서비스가 { $count }개 있습니다. 어느 것인가요? { $names }

# 시나리오 지도
atlas-levels = 보기 수준
atlas-level-cluster = 클러스터
atlas-level-nodes = 노드
atlas-cluster = 클러스터
atlas-nodes = 노드와 그 밖의 머신
atlas-node = 노드 { $name }
atlas-host = 머신 { $name }
atlas-pod = 파드 { $name }
atlas-search = 검색
atlas-search-hint = 이름, 네임스페이스/이름 또는 주소
atlas-namespace = 네임스페이스
atlas-kind = 종류
atlas-every-kind = 전체
atlas-label = 레이블
atlas-only-problems = 문제 있는 것만
atlas-find = 찾기
atlas-clear = 모두 보기
atlas-found = { $count ->
    [0] 오브젝트 { $total }개 중 찾은 것이 없음
   *[other] 찾은 { $found }개 중 { $shown }개 표시, 전체 오브젝트 { $total }개
}
atlas-page = { $of }쪽 중 { $page }쪽
atlas-part = { $of }부분 중 { $page }번째
atlas-nothing = 찾는 조건에 맞게 그릴 것이 없습니다.
atlas-shown-workloads = 워크로드 { $total }개 중 { $shown }개 표시
atlas-shown-pods = 파드 { $total }개 중 { $shown }개
atlas-shown-services = 서비스 { $total }개 중 { $shown }개
atlas-shown-doors = 인그레스·게이트웨이·라우트 { $total }개 중 { $shown }개
atlas-shown-namespaces = 네임스페이스 { $total }개 중 { $shown }개
atlas-shown-machines = 머신 { $total }개 중 { $shown }개 표시
atlas-shown-nodes = 노드 { $total }개 중 { $shown }개 표시
atlas-ring = { $workloads ->
   *[other] 워크로드 { $all_workloads }개
}, { $pods ->
   *[other] 파드 { $all_pods }개
}, { $services ->
   *[other] 서비스 { $all_services }개
}{ $doors ->
    [0] { "" }
   *[other] , 진입 경로 { $doors }개
}{ $policies ->
    [0] { "" }
   *[other] , 정책 { $policies }개
}
atlas-ring-label = 네임스페이스 { $namespace }
atlas-ring-hidden = 상자 { $total }개 중 { $shown }개 표시: 이 네임스페이스만 보기
atlas-lines-hidden = 선 { $count }개는 그리지 않았습니다.
atlas-fold = 접기
atlas-unfold = 펼치기
atlas-troubles = { $count ->
   *[other] 문제 { $all }개
}
atlas-policy = { $count ->
    [0] 선택하는 파드 없음
   *[other] 파드 { $count }개 선택
} ({ $way ->
    [both] 들어오고 나가는 트래픽
    [egress] 나가는 트래픽
   *[ingress] 들어오는 트래픽
})
atlas-more-policies = 정책 { $count }개 더 보기
atlas-policies-note = 표시는 정책이 선택하는 워크로드만 나타내며, 무엇이 통과하는지는 나타내지 않습니다. 두 파드 사이를 추적하면 그 결과를 알 수 있습니다.
atlas-legend = 실선: 입력에 있음. 파선: 가정함. 점선: 준비되지 않음. 보라색: 규칙으로만 존재하는 서비스. ⚠: 문제가 있음.
atlas-ready-of = { $kind } · { $count }개 중 { $ready }개 준비됨
atlas-not-ready = 준비되지 않음
atlas-absent = 네트워크가 없음: 종료되었거나, 시작하지 않았거나, 받아들이는 노드가 없음
atlas-nobody-behind = 이 서비스에 준비된 엔드포인트가 없음
atlas-pods = 파드 { $count }개
atlas-containers = 컨테이너 { $count }개
atlas-machines = 그 밖의 머신
atlas-other-nodes = 그 밖의 노드
atlas-control-plane = 컨트롤 플레인: { $name }
atlas-group = { $machines ->
   *[other] 노드 { $all_machines }개
}, { $pods ->
   *[other] 파드 { $all_pods }개
}
atlas-group-machines = { $machines ->
   *[other] 노드가 아닌 머신 { $all_machines }개
}
atlas-group-hidden = { $total }개 중 { $shown }개 표시: 이 그룹만 보기
atlas-all-groups = 모든 그룹
atlas-router = 라우터
atlas-server = 인터넷 서버
atlas-machine = LAN의 머신
atlas-rules = 규칙
atlas-all-of = 전체 { $count }개
atlas-all-services = { $count ->
   *[other] 서비스 { $all }개 모두
}
atlas-pods-of-node = 이 노드의 파드 { $total }개 중 { $shown }개 표시
atlas-containers-of-host = 이 호스트의 컨테이너 { $total }개 중 { $shown }개 표시
atlas-from-here = 여기에서 보내기
atlas-to-here = 여기로 보내기
atlas-rules-of = 규칙
atlas-addresses = 주소
atlas-routes = 경로
atlas-neighbours = 이웃
atlas-listening = 리슨 중인 소켓
atlas-env = 서비스 환경 변수
atlas-pod-address = 주소
atlas-pod-node = 노드
atlas-pod-netns = 네트워크 네임스페이스
atlas-pod-of = 만든 워크로드
atlas-pod-ready = 상태
atlas-pod-is-ready = 준비됨
atlas-pod-containers = 컨테이너
atlas-pod-labels = 레이블
atlas-pod-services = 이 파드로 이어지는 서비스
atlas-pod-policies = 이 파드를 선택하는 정책
atlas-none = 없음
atlas-nothing-listens = 이 파드에서 리슨하는 것으로 알려진 프로세스가 없습니다.
atlas-bind-any = 모든 주소
atlas-bind-loopback = 127.0.0.1만
atlas-bind-pod = 파드의 주소
atlas-evidence-weak = 가정함
atlas-obstacle-ended = 종료됨
atlas-obstacle-unscheduled = 받아들이는 노드 없음
atlas-obstacle-not-started = 아직 시작하지 않음
atlas-obstacle-init-container = 초기화 컨테이너가 끝나지 않음
atlas-obstacle-container = 실행되지 않는 컨테이너가 있음
atlas-obstacle-startup-probe = 스타트업 프로브가 성공하지 않음
atlas-obstacle-readiness-probe = 준비성 프로브 실패
atlas-obstacle-readiness-gate = 준비성 게이트가 True가 아님
atlas-obstacle-condition = Ready 조건이 True가 아님
atlas-missing = { $count ->
    [0] 이 시나리오에 없는 이름: { $given }.
   *[other] 이 시나리오에 없는 이름: { $given }. 비슷한 이름: { $near }.
} 지도의 검색으로 모든 오브젝트를 찾을 수 있습니다.
error-no-object-title = 해당 오브젝트 없음
error-no-object-text = 시나리오는 있지만 이 이름을 가진 것이 없습니다.
