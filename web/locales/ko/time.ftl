# 언제 무슨 일이 일어나는가
time-title = 시간에 따른 변화
time-lead = 무언가 바뀌는 순간마다 컨트롤러가 하는 일, kube-proxy가 다시 쓰는 규칙, 패킷의 결과를 보여 줍니다. 순간을 열면 그때의 클러스터가 나옵니다.
time-none = 입력에 타임라인이 없습니다. Scenario의 timeline에 언제 무슨 일이 일어나는지 적습니다. 파드 삭제, 준비 상태 변화, 워크로드 스케일과 롤아웃, 노드 drain과 장애, 오브젝트 변경, 패킷 전송을 쓸 수 있습니다.
time-unread = 시뮬레이션하지 않은 부분: { $parts }. 그 뒤의 내용은 그 부분이 아무것도 바꾸지 않을 때만 맞습니다.
time-nothing = 타임라인의 이벤트 가운데 여기에서 시뮬레이션할 수 있는 것이 없습니다.
time-nodes = 규칙은 처음 { $count }개 노드에서만 비교합니다.
time-starts = 컨테이너는 { $seconds }초 안에 시작한다고 가정합니다. 프로세스는 preStop이 끝난 뒤 종료하라는 신호를 받으면 바로 끝납니다. 장애가 난 노드의 마지막 신호는 그 시점의 것으로, 변경된 ConfigMap은 바로 읽는 것으로 가정합니다. 패킷은 저마다 연결이 하나도 없는 커널을 지나고, 스스로 열어 둔 연결만 이어집니다.
time-event = { $what ->
    [delete] { $object } 삭제
    [ready] { $object } 준비됨
    [notReady] { $object } 준비 상태를 잃음
    [scale] { $object }의 레플리카를 { $count }개로 변경
    [rollout] { $object } 롤아웃
    [drain] 노드 { $object } drain
   *[probe] 패킷 { $object }
}
time-patch = { $object } 변경: { $fields }
time-power = { $link ->
    [yes] { $what ->
        [down] { $machine }의 링크가 끊어짐
       *[up] { $machine }의 링크가 다시 연결됨
    }
   *[no] { $what ->
        [down] { $machine } 꺼짐
       *[up] { $machine } 다시 켜짐
    }
}
time-component = { $component ->
    [coredns] { $what ->
        [stop] CoreDNS 중단
       *[start] CoreDNS 다시 실행
    }
   *[kubelet] { $what ->
        [stop] { $node }의 kubelet 중단
       *[start] { $node }의 kubelet 다시 실행
    }
}
time-every-node = 모든 노드
time-sync = { $what ->
    [stop] { $node }의 kube-proxy가 따라가기를 멈춤
    [start] { $node }의 kube-proxy가 다시 따라감
   *[lag] { $node }의 kube-proxy가 { $by } 늦게 따라감
}
time-pod = 파드 { $pod }
time-change = { $code ->
    [added] 파드 { $pod } 시작: 노드 { $node }, 주소 { $ip }
    [waits] 파드 { $pod } 대기: 받아 줄 노드가 없음
    [ready] 파드 { $pod } 준비됨
    [not-ready] 파드 { $pod } 준비되지 않음
    [terminating] 파드 { $pod } 종료 중
    [gone] 파드 { $pod } 사라짐: 주소 { $ip }도 함께 사라짐
    [scaled] { $object }: 레플리카 { $count }
    [patched] { $object }: { $fields } 변경됨
    [down] { $link ->
        [yes] { $node }의 링크가 끊겨 아무 소식도 오지 않음
       *[no] { $node } 꺼짐: 아무 소식도 오지 않음
    }
    [up] { $link ->
        [yes] { $node }의 링크 복구
       *[no] { $node } 다시 실행
    }
    [node-ready] 노드 { $node }: 다시 Ready
    [node-unknown] 노드 { $node }: Ready가 Unknown, 새 파드를 스케줄하지 않음
    [tainted] 노드 { $node }: unreachable 테인트 추가, 톨러레이션이 끝난 파드는 축출됨
    [bound] 파드 { $pod }: kubelet이 응답하지 않는 노드 { $node }에 배정되어 시작하지 못함
    [away] API 서버가 응답하지 않아 아무 일도 일어나지 않음
    [synced] { $node }의 kube-proxy: 그동안 받은 변경을 규칙에 반영
    [component-stops] { $component ->
        [coredns] CoreDNS: 시작할 때마다 종료됨, 파드가 준비되지 않고 리슨하는 프로세스가 없음
       *[kubelet] { $node }의 kubelet: 지금부터 아무 일도 하지 않음, 컨테이너와 규칙은 그대로
    }
    [component-starts] { $component ->
        [coredns] CoreDNS: 다시 응답
       *[kubelet] { $node }의 kubelet: 다시 동작
    }
    [stops] { $node }의 kube-proxy: 지금부터 새로 쓰지 않음
    [starts] { $node }의 kube-proxy: 바로 따라감
    [lags] { $node }의 kube-proxy: 지금부터 { $by } 늦게 따라감
   *[cordoned] 노드 { $node }: 더는 파드를 받지 않음
}
time-rules = { $node }의 kube-proxy 규칙: +{ $added }줄 −{ $removed }줄
time-sent = { $from } → { $to }: { $result }{ $answered ->
    [yes] , { $address }의 { $server } 응답
   *[no] {""}
}
time-later = { $ended ->
    [no] {""}
    [eof] 상대가 연결을 닫아 새로 연결:{" "}
    [timeout] 너무 오랫동안 확인 응답이 없어 새로 연결:{" "}
   *[other] 연결이 끊어져({ $ended }) 새로 연결:{" "}
}{ $result }{ $answered ->
    [yes] , { $address }의 { $server }이(가) 응답
   *[no] {""}
}
time-windows = 사라진 파드로 보내는 구간
time-window = { $ends ->
    [yes] 파드 { $pod }: 프로세스는 { $ended }에 끝났지만 { $node } 노드는 { $until }까지 이 파드로 계속 보냈습니다.
   *[no] 파드 { $pod }: 프로세스는 { $ended }에 끝났지만 이 파드로 계속 보내는 노드가 있습니다.
}
time-windows-more = 이런 구간이 { $count }개 더 있습니다.
time-sleep = { $workload }: preStop을 { $seconds }초 이상 두면 모든 노드의 규칙이 따라올 때까지 프로세스가 남아 있습니다.
time-here = 이때의 클러스터
time-trace = 추적
time-first = 시작 시점
time-lines-more = 그 밖에 더 있음
time-at = { $time } 시점
time-link = 타임라인
# 주소에 적은 이벤트
event-too-many = 이벤트가 너무 많습니다. 주소 하나에는 { $limit }개까지 넣을 수 있습니다.
event-unreadable = 이벤트로 읽을 수 없습니다: { $line }. 이벤트는 이름에 쓰는 글자와 숫자, 기호로 { $limit }자까지 적을 수 있습니다.
event-time = 이벤트는 “{ $time }”이(가) 아니라 10s, 1m30s, 500ms 같은 시각으로 시작합니다.
event-word = “{ $word }”(이)라는 이벤트는 없습니다. 쓸 수 있는 것: { $known }.
event-form = “{ $word }” 뒤에는 다음이 와야 합니다: { $form }.
event-hint = 이벤트는 이렇게 적습니다: 10s delete pod/shop/web-1
# 시간 막대
timebar = 시간
timebar-all = 모든 시점
timebar-previous = 이전 시점
timebar-next = 다음 시점
timebar-since = { $time }부터:
timebar-and = 외 { $count }건
timebar-more = 시점 { $count }개 더 보기
# 눌러서 일으키기
act-heading = 직접 일으켜 보기
act-delete = 파드 { $pod } 삭제
act-notReady = 파드 { $pod } 준비 상태 해제
act-ready = 파드 { $pod } 준비됨으로
act-rollout = { $workload } 롤아웃
act-scale = { $workload } 레플리카를 { $count }개로
act-drain = { $node } drain
act-stop = { $node }의 kube-proxy 멈춤
act-lag = { $node }의 kube-proxy가 20초 늦게 따라감
act-start = { $node }의 kube-proxy가 바로 따라감
act-why = 누르면 주소에 이벤트가 하나 더해지고, 그 직후의 클러스터를 보여 줍니다. 타임라인에서 다시 뺄 수 있습니다.
# 주소에 적은 이벤트 목록
events-heading = 이 주소의 이벤트
events-none = 아직 없습니다. 파드와 노드 페이지에서 눌러서 더할 수 있습니다.
events-away = 빼기
events-away-of = 빼기: { $event }
events-add = 더하기
events-new = 이벤트 추가
events-text = 파일에 넣을 Scenario
# 이어서 보내는 패킷
strip-title = 차례로 누가 응답하는가
strip-lead = 상황이 바뀌는 동안 같은 것을 되풀이해 보냅니다. 커널은 앞서 보낸 것을 기억합니다. 매번 새 연결로 보내거나, 끊어질 때까지 열어 두는 연결 하나로 보냅니다. 칸을 열면 그 추적이 나옵니다.
strip-heading = { $from } → { $to }, { $every }마다 하나
strip-every = 간격
strip-until = 끝
strip-proto = 프로토콜
strip-keep = 연결
strip-keep-no = 매번 새로
strip-keep-yes = 하나를 열어 두고
strip-send = 보내기
strip-marked = 그 사이에 무언가 바뀜
strip-cut = 처음 { $limit }개만 보냅니다.
strip-not-sent = 보내지 않음: { $why }
# 두 시점
between-heading = { $from }와(과) { $to } 사이
between-endpoints = 달라진 엔드포인트
between-rules = kube-proxy가 다시 쓴 규칙
between-nothing = 엔드포인트도 규칙도 다르지 않습니다.
between-moments = 그 사이에 일어난 일
between-with = { $time }와(과) 비교
between-picture = { $time }의 패킷, 단계 { $step }
endpoint-ready = 준비됨
endpoint-serving = 종료 중이지만 아직 응답
endpoint-not-ready = 준비되지 않음
endpoint-none = 없음
endpoint-change = { $before } → { $after }
