//! Valid objects with fields dropped, renamed, doubled or given other values, at random: nothing panics, and every finding has a place,
//! one about the changed object in that object.

use kubernetes::cluster::{Options, decide};
use kubernetes::manifest::{Limits, SourceText, parse};
use sim_core::agents;
use std::ops::Range;

/// One field a line, so that a line with what is indented under it is a field.
const OBJECTS: &[&str] = &[
    "apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: default
  labels:
    app: web
spec:
  replicas: 2
  selector:
    matchLabels:
      app: web
    matchExpressions:
    - key: app
      operator: In
      values:
      - web
  template:
    metadata:
      labels:
        app: web
    spec:
      restartPolicy: Always
      dnsPolicy: None
      dnsConfig:
        nameservers:
        - 10.96.0.10
      readinessGates:
      - conditionType: example.com/lb
      initContainers:
      - name: proxy
        image: proxy
        restartPolicy: Always
      containers:
      - name: c
        image: nginx
        ports:
        - name: http
          containerPort: 8080
          protocol: TCP
          hostPort: 8080
        readinessProbe:
          httpGet:
            path: /
            port: http
        livenessProbe:
          exec:
            command:
            - x
        volumeMounts:
        - name: data
          mountPath: /data
      - name: d
        image: redis
        ports:
        - containerPort: 6379
      volumes:
      - name: data
",
    "apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: db
spec:
  serviceName: web
  replicas: 2
  ordinals:
    start: 1
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
      - name: c
        image: x
  volumeClaimTemplates:
  - metadata:
      name: data
",
    "apiVersion: batch/v1
kind: CronJob
metadata:
  name: nightly
spec:
  schedule: 0 3 * * *
  suspend: false
  jobTemplate:
    spec:
      completions: 1
      parallelism: 1
      template:
        metadata:
          labels:
            app: web
        spec:
          restartPolicy: Never
          containers:
          - name: c
            image: x
",
    "apiVersion: v1
kind: Pod
metadata:
  name: p
  labels:
    app: web
  ownerReferences:
  - apiVersion: apps/v1
    kind: ReplicaSet
    name: web-5d8c7b9f6
    uid: u
spec:
  nodeName: node-a
  initContainers:
  - name: wait
    image: x
  containers:
  - name: c
    image: x
    ports:
    - containerPort: 80
    startupProbe:
      tcpSocket:
        port: 80
status:
  phase: Running
  podIP: 10.244.1.9
  hostIP: 192.168.10.12
  conditions:
  - type: Ready
    status: \"False\"
    reason: ContainersNotReady
  initContainerStatuses:
  - name: wait
    state:
      terminated:
        exitCode: 0
        reason: Completed
  containerStatuses:
  - name: c
    ready: false
    started: false
    state:
      waiting:
        reason: CrashLoopBackOff
",
    "apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  type: NodePort
  selector:
    app: web
  ports:
  - name: http
    port: 80
    targetPort: http
    nodePort: 30080
    protocol: TCP
  - name: other
    port: 81
  externalTrafficPolicy: Local
  sessionAffinity: ClientIP
",
    "apiVersion: v1
kind: ReplicationController
metadata:
  name: old
spec:
  replicas: 1
  selector:
    app: old
  template:
    metadata:
      labels:
        app: old
    spec:
      containers:
      - name: c
        image: x
",
    "apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata:
  name: canary
spec:
  replicas: 1
  workloadRef:
    apiVersion: apps/v1
    kind: Deployment
    name: web
",
    "apiVersion: template.openshift.io/v1
kind: Template
metadata:
  name: t
parameters:
- name: NAME
  value: shop
  required: true
objects:
- apiVersion: apps.openshift.io/v1
  kind: DeploymentConfig
  metadata:
    name: ${NAME}
  spec:
    template:
      metadata:
        labels:
          app: ${NAME}
      spec:
        containers:
        - name: c
          image: x
",
];

/// Values that are of the wrong kind, out of range, or empty.
const VALUES: &[&str] = &[
    "",
    "\"\"",
    "-1",
    "99999999999",
    "true",
    "[]",
    "{}",
    "[a]",
    "{a: b}",
    "Web_1",
    "a/b",
    "한국",
    "None",
    "0",
    "null",
    "8080",
];

/// Numbers that follow from a seed (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % most.max(1) as u64) as usize
    }
}

/// The lines of a field: its own, and those indented deeper.
fn field(lines: &[String], at: usize) -> Range<usize> {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let deeper = lines[at + 1..].iter().take_while(|line| indent(line) > indent(&lines[at])).count();
    at..at + 1 + deeper
}

/// One change of one field.
fn mutate(text: &str, dice: &mut Dice) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let at = dice.below(lines.len());
    let own = field(&lines, at);
    let line = lines[at].clone();
    let key = line.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(0);
    let colon = line.find(':').unwrap_or(line.len());
    match dice.below(5) {
        0 => {
            lines.drain(own);
        }
        1 => {
            let copy: Vec<String> = lines[own.clone()].to_vec();
            lines.splice(own.end..own.end, copy);
        }
        2 if key + 1 < colon => lines[at].replace_range(key..=key, ""),
        3 => lines[at].insert(key, 'x'),
        _ => {
            let value = VALUES[dice.below(VALUES.len())];
            let changed =
                if colon < line.len() { format!("{} {value}", &line[..=colon]) } else { format!("{line}{value}") };
            lines.splice(own, [changed]);
        }
    }
    lines.join("\n") + "\n"
}

#[test]
fn changed_objects_never_panic_and_findings_have_places() {
    const TIMES: u64 = 600;
    for seed in 1..=TIMES {
        let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let chosen = dice.below(OBJECTS.len());
        let mut text = String::new();
        let mut place = 0..0;
        for (at, object) in OBJECTS.iter().enumerate() {
            text.push_str("---\n");
            let start = text.len();
            if at == chosen {
                let once = mutate(object, &mut dice);
                text.push_str(&if dice.below(3) == 0 { mutate(&once, &mut dice) } else { once });
                place = start..text.len();
            } else {
                text.push_str(object);
            }
        }
        let parsed = parse(&[SourceText::given("in.yaml", text.as_str())], &Limits::default());
        let decided = decide(&parsed, &Options::default());
        let site = agents::build(&std::sync::Arc::new(decided.cluster));
        site.network.namespaces().for_each(drop);
        assert!(site.network.fault().is_none(), "{:?}", site.network.fault());
        let name = |of: &str| of.lines().find_map(|line| line.strip_prefix("kind: ").map(str::to_owned));
        let (kind, counts) = (name(OBJECTS[chosen]), |kind: &str| {
            OBJECTS.iter().filter(|one| name(one).as_deref() == Some(kind)).count()
        });
        for found in parsed.diagnostics.iter().chain(&decided.diagnostics) {
            let (start, end) = (found.span.start as usize, found.span.end as usize);
            let shown = || format!("seed {seed}: {found:?}\n{}", &text[place.clone()]);
            assert!(!found.span.is_nowhere() && start <= end && text.get(start..end).is_some(), "{}", shown());
            let about = found.object.as_ref().map(|object| object.kind.to_string());
            // A Rollout's template stands in the Deployment it refers to.
            let alone = |kind: String| counts(&kind) == 1 && kind != "Rollout";
            if about.is_some() && about == kind && about.is_some_and(alone) {
                assert!(place.start <= start && end <= place.end, "{}", shown());
            }
        }
    }
}
