# Lessons
lesson-part-containers = Containers
lesson-part-pods = Pods
lesson-part-nodes = Nodes
lesson-part-services = Services
lesson-part-names = Names and HTTP
lesson-part-faults = Finding faults
cli-lessons-folder = { $name }: { $error }
cli-lessons-none = There is no lesson in that folder: a lesson is a folder with lesson.yaml (docs/lessons.md).
cli-lessons-checked = { $lessons } { $lessons ->
    [one] lesson
   *[other] lessons
  } checked, { $faults } { $faults ->
    [one] fault
   *[other] faults
  }
cli-lessons-solved = { $place }: solved, { $lines } { $lines ->
    [one] line
   *[other] lines
  } changed
cli-lessons-unsolved = { $place }: the solution does not reach the goal
cli-lessons-needless = { $place }: the start already reaches the goal
