# 폴더, 압축 파일, kustomization에서 찾은 것.

diag-kustomize-applied = { $folder }의 kustomization을 적용했습니다. 오브젝트 { $count }개.
diag-kustomize-chosen = { $folder }, { $others }은(는) 같은 재료로 만들어집니다. { $folder }만 렌더링했습니다.
diag-kustomize-not-listed = { $folder } 아래에 kustomization이 언급하지 않는 파일이 { $count }개 있어 읽지 않았습니다({ $files }).
diag-kustomize-missing = kustomization이 { $path }을(를) 가리키지만 그런 파일이나 폴더가 없습니다.
diag-kustomize-remote = { $path }은(는) 다른 곳에 있습니다. 아무것도 내려받지 않으므로 그 내용은 빠져 있습니다.
diag-kustomize-loop = { $path }은(는) 자신을 포함하는 kustomization으로 되돌아갑니다.
diag-kustomize-twice = 이 kustomization의 두 리소스에 { $object }이(가) 들어 있습니다. kubectl은 거부하지만 여기서는 첫 번째를 사용했습니다.
diag-kustomize-old-patch = patches에 { $path } 경로만 있습니다. 이전 버전의 형식이라 kubectl이 거부합니다. 파일 안의 이름을 기준으로 적용했습니다.
diag-kustomize-no-target = { $target ->
    [none] 이 설정이 바꿀 대상이 없습니다. kubectl은 kustomization 전체를 거부합니다.
   *[other] 이 설정이 바꿀 { $target }이(가) 없습니다. kubectl은 kustomization 전체를 거부합니다.
}
diag-kustomize-selects-nothing = 대상 { $target }에 해당하는 것이 없어 패치가 적용되지 않습니다.
diag-kustomize-patch-failed = { $object }에서 { $path }에 대한 { $op } 연산을 수행할 수 없습니다. { $reason ->
    [test] 값이 다릅니다.
    [missing] 그 경로가 없습니다.
    [index] 목록에 그 위치가 없습니다.
    [operation] 그런 이름의 연산이 없습니다.
    [value] 값이 없습니다.
   *[scalar] 경로가 단순 값 안으로 이어집니다.
  }
diag-kustomize-replacement = { $reason ->
    [source] { $what }의 원본이 되는 오브젝트를 하나로 정할 수 없습니다.
    [field] { $what } 필드가 없습니다.
    [target] 대상(target)에 무엇을 선택하는지 적혀 있지 않습니다.
    [pattern] { $what }의 값은 정규식이 아닙니다.
   *[delimiter] { $what }에 그런 부분이 없습니다.
  } 여기서는 아무것도 바꾸지 않았습니다.
diag-kustomize-not-applied = { $reason ->
    [helm] 차트는 렌더링하지 않으므로 { $what }을(를) 적용하지 않았습니다.
    [plugin] 플러그인은 실행하지 않으므로 { $what }을(를) 적용하지 않았습니다.
    [schema] { $what }을(를) 적용하지 않았습니다. 다른 종류의 오브젝트 안에 있는 참조는 이름이 그대로 남습니다.
    [content] { $what } 파일이 없거나 텍스트가 아니어서 그 내용은 빠져 있습니다.
    [secret] { $what }의 내용을 읽지 않았으므로 Secret 이름 뒤의 해시는 실제와 다릅니다.
   *[hash] { $what } 이름 뒤의 해시는 실제와 다릅니다. 그래도 참조는 서로 맞습니다.
  }
diag-other-files = 쿠버네티스 매니페스트가 아닌 파일 { $count }개를 제외했습니다({ $files }).

hint-kustomize-choose = 다른 것을 보려면 그 폴더를 지정하세요: { $others }
hint-kustomize-give-file = resources에 추가하거나 파일을 직접 지정하세요.
hint-kustomize-missing = 경로를 확인하세요. 지정한 범위 밖에 있다면 둘을 모두 포함하는 폴더를 지정하세요.
hint-kustomize-component = { $path }은(는) 있지만 종류가 다릅니다. kind: Component는 components에, 나머지는 resources에 적습니다.
hint-kustomize-remote = 내려받을 수 있는 곳에서 렌더링한 결과를 넣으세요: kubectl kustomize
hint-kustomize-kubectl = 렌더링한 결과를 넣으세요: kustomize build --enable-helm
hint-helm-template-chart = 렌더링한 결과를 넣으세요: helm template { $name } { $folder }

# 읽을 수 없는 입력: 명령줄과 업로드.

input-unreadable = { $file }을(를) 읽을 수 없습니다: { $reason }
input-too-many-files = { $file }에 파일이 { $limit }개보다 많습니다. 나머지는 읽지 않았으니 더 작은 폴더를 지정하세요.
input-kubectl = kubectl이 { $folder }을(를) 렌더링하지 못했습니다: { $said }
input-archive-broken = { $file }: 손상되었거나 압축 파일이 아닙니다. .tar, .tar.gz, .zip으로 다시 압축하세요.
input-archive-entries = { $file }: 항목이 { $limit }개보다 많습니다. 매니페스트가 있는 폴더만 압축하세요.
input-archive-bytes = { $file }: 압축을 풀면 { $limit } MiB를 넘습니다. 매니페스트가 있는 폴더만 압축하세요.
input-archive-ratio = { $file }: 압축을 풀면 매니페스트라고 보기 어려울 만큼 커져서 더 읽지 않았습니다. 매니페스트가 있는 폴더만 압축하세요.
input-archive-encrypted = { $file }: 암호가 필요합니다. 암호 없이 다시 압축하세요.
input-archive-method = { $file }: 지원하지 않는 방식으로 압축되었습니다. .tar.gz나 일반적인 .zip으로 다시 압축하세요.
input-archive-outside = { $file }: 이름이 압축 파일 바깥을 가리켜서 아무것도 읽지 않았습니다. 폴더 안에서 다시 압축하세요.
input-archive-empty = { $file }: 파일이 들어 있지 않습니다. 매니페스트가 있는 폴더를 압축하세요.
cli-no-program = --kustomize: 이 컴퓨터에 { $program }이(가) 없습니다. 이 옵션을 빼면 여기서 직접 렌더링합니다.
input-cluster = kubectl이 { $kind }을(를) 읽지 못했습니다: { $said }
    nodes, pods, services, endpointslices의 list 권한이 필요합니다. 역할은 docs/kubectl.md에 있습니다.
cli-no-kubectl = 이 컴퓨터의 검색 경로에 kubectl이 없습니다. 플러그인은 kubectl로 클러스터를 읽습니다.
cli-no-cluster = 클러스터를 읽지 못했습니다: { $said }
cli-without-kind = { $kind } 없이 계속합니다: { $said }
cli-no-interface = 이 프로브의 프레임은 { $name }을(를) 지나지 않습니다. 지나는 인터페이스: { $known }
cli-interface-pcapng = --interface는 캡처할 인터페이스를 고릅니다. --format pcapng와 함께 쓰세요.
