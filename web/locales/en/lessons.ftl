# Lessons
lesson-part-containers = Containers
lesson-part-pods = Pods
lesson-part-nodes = Nodes
lesson-part-services = Services
lesson-part-names = Names and HTTP
lesson-part-time = Time
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
lessons-title = Lessons
lessons-lead = Short lessons that compute what they show. You say first what will happen, then the simulation tells. Under each lesson stands what it builds on.
lessons-all = All lessons
lessons-chosen = Chosen lessons
lesson-steps = { $steps ->
    [one] { $steps } step
   *[other] { $steps } steps
  }
lesson-step = Step
lesson-steps-label = Steps of the lesson
lesson-after = Builds on
lesson-kind-observe = Look
lesson-kind-predict = What comes next?
lesson-kind-explain = Work it out
lesson-kind-compare = Two worlds
lesson-kind-fix = Mend it
lesson-kind-break = Break it
lesson-kind-build = Build it
lesson-choose = Your answer
lesson-sure = How sure are you?
lesson-sure-1 = a guess
lesson-sure-2 = fairly
lesson-sure-3 = certain
lesson-answer = Answer
lesson-mark-right = what happens
lesson-mark-reason = right
lesson-mark-chosen = your answer
lesson-right = Right.
lesson-right-sure-1 = Right, and it was a guess: read why.
lesson-right-sure-2 = Right.
lesson-right-sure-3 = Right, and you knew.
lesson-wrong = Not this time.
lesson-wrong-sure-1 = Not this time. It was a guess.
lesson-wrong-sure-2 = Not this time.
lesson-wrong-sure-3 = You were certain: that makes it worth remembering.
lesson-nav = On and back
lesson-previous = Back
lesson-next = On
lesson-next-lesson = Next lesson
lesson-explorer = See this moment in the explorer
lesson-compare = Both worlds step by step
lesson-here = Here: { $value }
lesson-there = With { $world }: { $value }
lesson-came = now: { $value }
lesson-goals = What has to come out
lesson-goal = { $from } → { $to }: { $what }
lesson-goal-sees = the server sees the address of { $who }
lesson-goal-server = { $who } answers
lesson-not-sent = nobody can send it
lesson-changes = One-click changes
lesson-try = Try it
lesson-reset = From the start
lesson-not-yet = The goal is not reached yet.
lesson-done = Reached. You changed { $lines } { $lines ->
    [one] line
   *[other] lines
  }; the shortest known way changes { $reference }.
lesson-mistakes = The text has mistakes:
lesson-hints = Hints
lesson-more-hints = Each attempt that fails gives a hint.
lesson-recap = What to keep
lesson-commands = On a real machine
lesson-further = Further
lesson-own = Ask the same of your own manifests
lesson-lab = Run it on a real kernel (scripts for network namespaces)
home-lessons = Learn it step by step: lessons that ask before they tell
lessons-done = done
lesson-present = For a class
lesson-not-present = Not for a class
lesson-handout = On paper
lesson-answers = Answers
lesson-goal-ways = it can go { $ways } { $ways ->
    [one] way
   *[other] ways
  }
lesson-goal-list = the list is on { $who }
lesson-goal-answer = the answer comes from the address of { $who }
lesson-value-sees = the server sees { $who }
lesson-value-questions = { $count } DNS { $count ->
    [one] query
   *[other] queries
  }
lesson-value-status = status { $who }
lesson-value-mtu = MTU { $who }
lesson-value-ttl = TTL { $who }
lesson-value-device = interface { $who }
lesson-world-cni = { $name }
lesson-world-proxy = kube-proxy in mode { $name }
lesson-world-t = at { $name }
lesson-world-docker = Docker { $name }
lesson-world-firewall-backend = Docker with { $name }
lesson-unfit = That change does not fit the text any more. Start anew, or change the line yourself.
lesson-order = Give each its place
lesson-order-given = you put it at { $place }
glossary-title = Glossary
glossary-lead = What the words of the lessons mean. In a lesson a term that is new has its card at hand: point at it or tap it.
lessons-at = { $title }: go on at step { $step }
progress-title = Your progress
progress-what = It is kept in this browser only. Take it along as a file or as a link.
progress-save = Save as a file
progress-copy = Copy a link
progress-copied = Copied
progress-load = Read a file
progress-bad = That is no progress file of kubehop.
progress-read = Read: { $count } lessons done.
golf-best = The fewest lines you changed: { $lines }
challenge-text = Something in this file is wrong. Find it, and make what is asked for come out.
challenge-after = At line { $line } stood { $wrong }. It was meant to be { $was }
challenge-after-missing = At line { $line } something was missing: { $was }
challenge-after-extra = At line { $line } something was too much: { $wrong }
challenge-hint-end = At { $where } it ends: { $result }.
challenge-hint-why = { $why }
challenge-hint-line = Look at line { $line }.
challenge-seed = Challenge { $seed }
challenge-none = This task has no variants: here is the task itself.
challenge-another = Another challenge of this kind
challenges-title = Challenges
challenges-lead = The tasks of the lessons with other names, other addresses and another fault. A seed makes them: the same seed gives the same challenge, so a class can have one each.
challenges-today = Fault of the day
challenges-seed = Seed
challenges-show = Show its challenges
challenges-of = Challenges of seed { $seed }
lesson-import-title = A lesson of your own
lesson-import-lead = A folder of text files, as an archive (tar, tar.gz or zip) or its files one by one. docs/lessons.md says what is in them; a trace gives one to begin with, among its downloads. It is kept like an upload, under an address that only you know.
lesson-import-files = Archive or files
lesson-import = Open it
lesson-import-none = There is no lesson in it: a lesson has a file lesson.yaml.
cli-lessons-link-one = link takes the folder of one lesson, in which there is a lesson.yaml.
cli-lesson-option = A lesson cannot say --kubernetes-version or --bridge-nf. Put it into the manifests.
cli-lesson-full = { $name } is not empty: a lesson is written into a folder of its own.
cli-lesson-written = The lesson is in { $name }. kubehop lessons check { $name } looks at it, kubehop serve --lessons { $name } shows it.
lesson-embed = Embed this step
lesson-embed-what = Puts this step into another page, with its question.
error-lesson-title = This is no lesson that can be opened
error-lesson-text = Every reason is below, with its file. Mend it and bring it again; kubehop lessons check tells more of what is wrong with a folder.
lesson-goal-by = { $to } by way of { $by }
lesson-no-step = This lesson has { $steps } steps; step=end is what stands behind them.
