use super::{Redacted, What, limits, text, text_limited, text_within};
use crate::budget::{Allowance, Budget, Stopped};
use crate::manifest::{Limits, parse};
use crate::origin::SourceText;
use rstest::rstest;

/// Redacts; what is planted (`Pl4nted…`) must be gone, lines and columns must be what they were, and a second time changes nothing.
#[track_caller]
fn check(given: &str, expected: usize) -> String {
    let redacted = text(given, What::default());
    assert!(!redacted.text.contains("Pl4nt"), "left in:\n{}", redacted.text);
    assert_eq!(redacted.count, expected, "{}", redacted.text);
    same_places(given, &redacted.text);
    let again = text(&redacted.text, What::default());
    assert_eq!(again, Redacted { text: redacted.text.clone(), count: 0 }, "a second time");
    redacted.text
}

#[track_caller]
fn same_places(before: &str, after: &str) {
    let widths = |text: &str| text.split('\n').map(|line| line.chars().count()).collect::<Vec<_>>();
    assert_eq!(widths(before), widths(after), "{after}");
}

fn codes(of: &str) -> Vec<(&'static str, String)> {
    let parsed = parse(&[SourceText::given("a.yaml", of)], &Limits::default());
    let place =
        |found: &crate::diagnostic::Diagnostic| parsed.locate(found.span).map(|at| at.to_string()).unwrap_or_default();
    parsed.diagnostics.iter().map(|found| (found.code, place(found))).collect()
}

#[rstest]
// Secrets, in every style.
#[case(
    "kind: Secret\ndata:\n  a: Pl4nted=\n  b: \"Pl4nted\"\n  c: 'Pl4nted'\n  d: |\n    Pl4nted\n    Pl4nted\n  e: >-\n    Pl4nted\n",
    5
)]
#[case("kind: Secret\nstringData: {a: Pl4nted, \"b\": \"Pl4\\nPl4nted\", c: 12345}\n", 3)]
#[case("{\"kind\": \"Secret\", \"data\": {\"a\": \"Pl4nted\"}}", 1)]
#[case("kind: List\nitems:\n- kind: Secret\n  data:\n    a: &x Pl4nted\n    b: *x\n", 1)]
#[case("stringData:\n  a: Pl4nted 한글 Pl4nted\nkind: Secret\n", 1)]
#[case("x: &d {a: Pl4nted}\nkind: Secret\ndata: *d\n", 1)]
#[case("kind: Secret\ndata: Pl4nted\n", 1)]
#[case("kind: Secret\ndata:\n- Pl4nted\n- {a: Pl4nted}\n", 2)]
// ConfigMaps.
#[case("kind: ConfigMap\nmetadata: {name: app}\ndata:\n  app.properties: |\n    a=Pl4nted\n    b=Pl4nted\n", 1)]
#[case("kind: ConfigMap\nmetadata: {name: app}\nbinaryData: {a: Pl4nted}\n", 1)]
#[case(
    "kind: ConfigMap\nmetadata: {name: kube-proxy}\ndata:\n  kubeconfig.conf: |\n    users: [{name: a, user: {token: Pl4nted}}]\n",
    1
)]
// Metadata.
#[case(
    "kind: Pod\nmetadata:\n  annotations:\n    kubectl.kubernetes.io/last-applied-configuration: |\n      {\"env\": \"Pl4nted\"}\n    my/token: Pl4nted\n    url: https://u:Pl4nted@host/\n",
    3
)]
#[case(
    "kind: Pod\nmetadata:\n  managedFields:\n  - manager: Pl4nted\n    fieldsV1: {\"f:Pl4nted\": {}}\n  name: a\n",
    1
)]
#[case("{\"kind\":\"Pod\",\"metadata\":{\"managedFields\":[{\"manager\":\"Pl4nted\"}],\"name\":\"a\"}}", 1)]
// Containers.
#[case(
    "kind: Pod\nspec:\n  containers:\n  - env:\n    - {name: DB_PASSWORD, value: Pl4nted}\n    - name: API_KEY\n      value: \"Pl4nted\"\n    - name: U\n      value: postgres://app:Pl4nted@db/x\n",
    3
)]
#[case("kind: Pod\nspec: {containers: [{env: [{name: X, value: wJalrXUtnFEMI7Pl4ntedMDENGbPx}]}]}\n", 1)]
#[case(
    "kind: Pod\nspec: {containers: [{args: [--password=Pl4nted, --token, Pl4nted, -u, \"a:Pl4nted\", \"--db=mysql://u:Pl4nted@h\"]}]}\n",
    4
)]
#[case(
    "kind: Pod\nspec:\n  containers:\n  - command: [sh, -c]\n    args:\n    - |\n      curl -H \"Authorization: Bearer Pl4ntedPl4nted1\" -u me:Pl4nted http://web\n      export PASSWORD=Pl4nted\n",
    3
)]
#[case(
    "kind: Pod\nspec: {containers: [{livenessProbe: {httpGet: {httpHeaders: [{name: Authorization, value: Basic Pl4nted}]}}}]}\n",
    1
)]
// Compose, Docker, kustomize, kubeadm.
#[case(
    "services:\n  db:\n    image: postgres\n    environment:\n      POSTGRES_PASSWORD: Pl4nted\n      A: b\n  web:\n    environment:\n    - TOKEN=Pl4nted\n    - A=b\n    command: run --secret Pl4nted\n",
    3
)]
#[case("services: {}\nsecrets: {a: {content: Pl4nted}}\nconfigs: {a: {content: Pl4nted}}\n", 2)]
#[case("[{\"Config\": {\"Env\": [\"PASSWORD=Pl4nted\", \"A=b\"], \"Cmd\": [\"--token=Pl4nted\"]}}]", 2)]
#[case(
    "secretGenerator:\n- name: a\n  literals: [any=Pl4nted]\nconfigMapGenerator:\n- name: b\n  literals: [any=Pl4nted]\n",
    2
)]
#[case("kind: InitConfiguration\nbootstrapTokens:\n- token: Pl4nted\ncertificateKey: Pl4nted\n", 2)]
#[case("patches:\n- patch: |\n    kind: Secret\n    stringData:\n      a: Pl4nted\n", 1)]
// Private keys and tokens wherever they stand.
#[case(
    "kind: Any\nspec:\n  x: |\n    -----BEGIN PRIVATE KEY-----\n    Pl4nted\n    -----END PRIVATE KEY-----\n  y: say eyJPl4ntedPl4ntedPl4nted here\n",
    2
)]
fn planted_values_are_gone(#[case] given: &str, #[case] count: usize) {
    let redacted = check(given, count);
    // What could be read can be read, and findings stand where they stood.
    assert_eq!(codes(given), codes(&redacted), "{redacted}");
}

#[rstest]
#[case("kind: Secret\nstringData:\n  a: \"Pl4nted\n  b: Pl4nted\n")]
#[case("kind: Secret\nmetadata:\n\tname: a\nstringData:\n  a: Pl4nted\n  Pl4nted\n")]
#[case("kind: Secret\nstringData:\n a: |\n   Pl4nted\n  Pl4nted\n : :\n  b: [Pl4nted\n")]
#[case("{\"kind\": \"Secret\", \"stringData\": {\"a\": \"Pl4nted\", \"b\": \"Pl4nted}}")]
#[case(
    "{\"kind\": \"Pod\", \"spec\": {\"containers\": [{\"env\": [{\"name\": \"PASSWORD\", \"value\": \"Pl4nted\"}]}]}"
)]
#[case("kind: ConfigMap\ndata:\n  a: [\n  b: |\n    Pl4nted\n    c: Pl4nted\n  d: Pl4nted\n")]
#[case(
    "kind: Pod\nspec:\n  containers:\n  - env:\n    - name: A\n      value: Pl4nted\n    - name: B\n    value: Pl4nted\n   x: [\n"
)]
#[case("kind: Secret\ndata:\n  a: Pl4nted\n  a: b\n")]
#[case("kind: Secret\ndata:\n  a: {{ .Values.a | b64enc }}\n  b: Pl4nted\n")]
#[case("services:\n  db:\n    environment:\n      A: Pl4nted\n    - TOKEN=Pl4nted\n")]
#[case("PASSWORD=Pl4nted\nTOKEN=\"Pl4nted\"\n")]
#[case(
    "kind: Pod\nmetadata:\n  annotations:\n    kubectl.kubernetes.io/last-applied-configuration: |\n      {\"a\": \"Pl4nted\"}\n  managedFields:\n  - a: Pl4nted\n  b: [\n"
)]
#[case("-----BEGIN RSA PRIVATE KEY-----\nPl4nted\n-----END RSA PRIVATE KEY-----\n")]
#[case("--- password: Pl4nted\nkind: Secret\nstringData: {a: Pl4nted}\n")]
#[case("%YAML 1.2\n---\nkind: Secret\nstringData: {a: Pl4nted}\n")]
#[case("kind: Pod\n...\nkind: Secret\nstringData: {a: Pl4nted}\nb: [\n")]
fn what_cannot_be_read_does_not_leak_either(#[case] given: &str) {
    let redacted = text(given, What::default());
    assert!(!redacted.text.contains("Pl4nt"), "left in:\n{}", redacted.text);
    same_places(given, &redacted.text);
}

#[rstest]
#[case(
    "kind: ConfigMap\nmetadata: {name: coredns, namespace: kube-system}\ndata:\n  Corefile: |\n    .:53 { forward . 1.1.1.1 }\n  NodeHosts: 10.0.0.1 a\n"
)]
#[case(
    "kind: ConfigMap\nmetadata: {name: kube-flannel-cfg}\ndata:\n  net-conf.json: |\n    {\"Network\": \"10.244.0.0/16\"}\n  cni-conf.json: |\n    {\"cniVersion\": \"1\", \"plugins\": []}\n"
)]
#[case("kind: ConfigMap\nmetadata: {name: app}\ndata: {PORT: \"8080\", ADDR: \":9090\", BIND: 0.0.0.0:80}\n")]
#[case(
    "kind: Pod\nspec:\n  containers:\n  - env:\n    - {name: DB_PASSWORD, valueFrom: {secretKeyRef: {name: db, key: password}}}\n    - {name: PASSWORD, value: $(OTHER)}\n    - {name: TOKEN_URL, value: http://auth/token}\n    command: [nginx, -p, '80']\n    args: [--service-account-key-file=/etc/sa.pub, --bind-address=0.0.0.0]\n  volumes: [{secret: {secretName: a}}, {projected: {sources: [{serviceAccountToken: {path: token}}]}}]\n"
)]
#[case(
    "kind: Ingress\nmetadata: {annotations: {nginx.ingress.kubernetes.io/auth-type: basic, checksum/config: 0123456789abcdef0123456789abcdef}}\nspec: {tls: [{secretName: web-tls}]}\n"
)]
fn what_is_read_stays(#[case] given: &str) {
    assert_eq!(text(given, What::default()), Redacted { text: given.to_owned(), count: 0 });
}

#[test]
fn comments_go_on_request() {
    let given = "# Pl4nted\nkind: Pod # Pl4nted\nmetadata: {name: 'a # b'} #Pl4nted\nspec:\n  x: |\n    # stays\n--- # Pl4nted\nb: [ # Pl4nted\n";
    let redacted = text(given, What { comments: true });
    assert!(!redacted.text.contains("Pl4nt") && redacted.count == 5, "{}", redacted.text);
    assert!(redacted.text.contains("# stays") && redacted.text.contains("'a # b'"), "{}", redacted.text);
    same_places(given, &redacted.text);
    assert!(text(given, What::default()).text.contains("# Pl4nted"));
}

#[test]
fn the_files_that_come_with_tests_stay_readable() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures");
    let mut folders = vec![root];
    let mut count = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                folders.push(entry);
                continue;
            }
            let yaml = entry.extension().is_some_and(|ending| ending == "yaml" || ending == "yml");
            let Some(given) = std::fs::read_to_string(&entry).ok().filter(|text| yaml && text.len() < 200_000) else {
                continue;
            };
            let redacted = text(&given, What { comments: true }).text;
            same_places(&given, &redacted);
            let objects = |text: &str| parse(&[SourceText::given("a.yaml", text)], &Limits::default()).objects.len();
            assert_eq!(objects(&given), objects(&redacted), "{}", entry.display());
            count += 1;
        }
    }
    assert!(count > 50, "{count} files");
}

#[test]
fn variables_of_a_compose_project() {
    let env = "TAG=1.27\nDB_PASSWORD=hunter2\nexport API_TOKEN='abc def'\nURL=postgres://me:secret@db/x\n";
    let redacted = text(env, What::default()).text;
    assert!(redacted.contains("TAG=1.27\n") && !redacted.contains("hunter2"), "{redacted}");
    assert!(!redacted.contains("abc") && !redacted.contains("secret"), "{redacted}");
}

/// Texts that would take time with the square of their length, or with what aliases stand for, if anything were looked at again and again.
#[test]
fn time_grows_with_the_text() {
    let times = |count: usize, what: &str| what.repeat(count);
    let alias = |count: usize, text: &str| format!("a: &a {text}\nb: [{}]\n", vec!["*a"; count].join(", "));
    let long = "x ".repeat(50_000);
    assert!(limits(0).nodes == 5_000_000 && limits(32 << 20).nodes == 5_000_000 && limits(1 << 30).nodes == 20_000_000);
    for (what, text) in [
        ("addresses", times(300_000, "a://")),
        ("addresses with names", times(100_000, "a://b@") + "\n"),
        ("an address far away", times(300_000, "a://b:") + "@c"),
        ("signs of blocks", times(300_000, "pw:|")),
        ("fields of one line", times(150_000, "pw: a, ")),
        ("documents in one", times(30_000, "...\n- '#a' # b\n")),
        ("values in one", times(30_000, "{} # ")),
        ("broken values", times(100_000, "[}\n")),
        ("open quotes", times(200_000, "pw: \"")),
        ("slashes", times(1_000_000, "\\") + "\""),
        ("begins of keys", times(50_000, "-----BEGIN PRIVATE KEY-----")),
        ("aliases of a text", alias(100_000, &format!("'{long}'"))),
    ] {
        let budget = Budget::of(Allowance { steps: 200_000, ..Allowance::default() });
        let started = std::time::Instant::now();
        let made = text_within(&text, What { comments: true }, &budget);
        // Generous: a debug build on a busy machine. What grows with the square takes minutes.
        assert!(started.elapsed().as_secs() < 20, "{what}: {:?}", started.elapsed());
        assert!(made.is_ok_and(|made| made.text.len() == text.len()), "{what}: {}", budget.steps());
    }
}

#[test]
fn a_budget_that_is_spent_leaves_nothing() {
    let pods = "{env: [{name: PASSWORD, value: Pl4nted}], a: [1, 2, 3]}\n---\n".repeat(20_000);
    let some = Budget::of(Allowance { steps: 100, ..Allowance::default() });
    assert!(matches!(text_within(&pods, What::default(), &some), Err(Stopped::Exceeded { .. })));
    let cancelled = Budget::unlimited();
    cancelled.cancel();
    assert_eq!(text_within(&pods, What::default(), &cancelled), Err(Stopped::Cancelled));
    assert!(text_within(&pods, What::default(), &Budget::unlimited()).is_ok_and(|made| made.count == 20_000));
}

/// What aliases stand for may be looked at again and again, as far as the budget goes.
#[test]
fn aliases_of_what_is_looked_at_each_time_end_with_the_budget() {
    let long = "x ".repeat(50_000);
    let text = format!("a: &a {{args: ['{long}']}}\nb: [{}]\n", vec!["*a"; 100_000].join(", "));
    let budget = Budget::of(Allowance { steps: 10_000, ..Allowance::default() });
    assert!(matches!(text_within(&text, What::default(), &budget), Err(Stopped::Exceeded { .. })));
}

/// More values than are held as a tree: line by line then, or but for the brackets.
#[test]
fn what_is_too_much_for_a_tree_is_redacted_all_the_same() {
    let numbers = "1,".repeat(2_000);
    let few = Limits { nodes: 1_000, ..limits(0) };
    let flow = format!("{{\"kind\": \"Secret\", \"stringData\": {{\"a\": \"Pl4nted\"}}, \"b\": [{numbers}1]}}");
    let block = format!("kind: Secret\nb: [{numbers}1]\nstringData:\n  a: Pl4nted\n");
    for text in [flow, block] {
        let made = text_limited(&text, What::default(), &Budget::unlimited(), &few).unwrap();
        assert!(!made.text.contains("Pl4nted") && made.text.len() == text.len());
    }
}
