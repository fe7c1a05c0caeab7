# Lessons
lesson-part-containers = 컨테이너
lesson-part-pods = 파드
lesson-part-nodes = 노드
lesson-part-services = 서비스
lesson-part-names = 이름과 HTTP
lesson-part-faults = 장애 찾기
cli-lessons-folder = { $name }: { $error }
cli-lessons-none = 이 폴더에 레슨이 없습니다. 레슨은 lesson.yaml 파일이 있는 폴더입니다(docs/lessons.md).
cli-lessons-checked = 레슨 { $lessons }개 검사, 문제 { $faults }개
cli-lessons-solved = { $place }: 해결됨, { $lines }줄 변경
cli-lessons-unsolved = { $place }: 정답이 목표에 이르지 못합니다
cli-lessons-needless = { $place }: 시작 상태가 이미 목표를 이룹니다
