//! Compose files, the `.env` beside them, and `daemon.json`.

use super::{check_arguments, summary};
use crate::manifest::objects::{ComposeFile, ComposeService, Object};
use crate::manifest::{Limits, Parsed, SourceText, parse};
use crate::origin::Spanned;
use rstest::rstest;

fn files(files: &[(&str, &str)]) -> Parsed {
    let texts: Vec<SourceText> = files.iter().map(|(name, text)| SourceText::found(*name, *text)).collect();
    let parsed = parse(&texts, &Limits::default());
    parsed.diagnostics.iter().for_each(check_arguments);
    parsed
}

fn first(parsed: &Parsed) -> &ComposeFile {
    match &parsed.objects[..] {
        [Object::Compose(document), ..] => &document.value,
        other => panic!("{other:?}, {:?}", parsed.diagnostics),
    }
}

fn service<'p>(parsed: &'p Parsed, name: &str) -> &'p ComposeService {
    &first(parsed).services.get(name).unwrap().value
}

fn texts<T: AsRef<str>>(of: &[Spanned<T>]) -> Vec<&str> {
    of.iter().map(|text| text.value.as_ref()).collect()
}

#[test]
fn every_way_of_writing_a_field() {
    let text = "
name: shop
x-common: &common {restart: always, x-mine: 1, networks: [front]}
services:
  web:
    <<: *common
    image: nginx
    ports: [80, '8080:80', 127.0.0.1:5353:53/udp, {target: 443, published: '8443', host_ip: 10.0.0.1, mode: host}]
    expose: [9000, 9100-9101/udp]
    environment: [A=1, B, C=x=y]
    command: nginx -g 'daemon off;'
    extra_hosts: ['db:10.0.0.9', host.docker.internal=host-gateway]
    dns: 10.0.0.2
  db:
    image: postgres
    networks:
      back: {ipv4_address: 10.5.0.9, aliases: [database], priority: 100}
      front:
    environment: {A: 1, B: null, C: yes}
    command: [postgres, -p, 5433]
    extra_hosts: {a: 10.0.0.1, b: [10.0.0.2, 10.0.0.3]}
    dns: [10.0.0.2, 10.0.0.3]
    depends_on: {web: {condition: service_started}}
    deploy: {replicas: 2, resources: {limits: {cpus: '1'}}}
    healthcheck: {test: [CMD, 'true']}
networks:
  front:
  n:
  back:
    internal: on
    driver_opts: {com.docker.network.driver.mtu: 1400}
    ipam: {config: [{subnet: 10.5.0.0/16, aux_addresses: {printer: 10.5.0.7}}]}
  old: {external: {name: legacy}}
volumes: {data: {}}
";
    let parsed = files(&[("compose.yaml", text)]);
    assert_eq!(summary(&parsed), "Compose compose.yaml\n");
    let file = first(&parsed);
    assert_eq!(file.name.as_ref().map(|name| &*name.value), Some("shop"));
    let web = service(&parsed, "web");
    let short: Vec<_> = web.ports.iter().map(|port| port.short.as_ref().map(|text| &*text.value)).collect();
    assert_eq!(short, [Some("80"), Some("8080:80"), Some("127.0.0.1:5353:53/udp"), None]);
    let long = &web.ports[3].value;
    assert_eq!(long.target.as_ref().map(|text| &*text.value), Some("443"));
    assert_eq!(long.published.as_ref().map(|text| &*text.value), Some("8443"));
    assert_eq!(texts(&web.expose.0), ["9000", "9100-9101/udp"]);
    assert_eq!(texts(&web.command.as_ref().unwrap().0), ["nginx", "-g", "daemon off;"]);
    let pairs = |service: &ComposeService| -> Vec<(String, Option<String>)> {
        let all = service.environment.0.iter().chain(&service.extra_hosts.0);
        all.map(|pair| (pair.name.to_string(), pair.value.value.as_deref().map(str::to_owned))).collect()
    };
    let expected = |all: &[(&str, Option<&str>)]| -> Vec<(String, Option<String>)> {
        all.iter().map(|(name, value)| ((*name).to_owned(), value.map(str::to_owned))).collect()
    };
    let own = [("A", Some("1")), ("B", None), ("C", Some("x=y")), ("db", Some("10.0.0.9"))];
    assert_eq!(pairs(web), expected(&[&own[..], &[("host.docker.internal", Some("host-gateway"))]].concat()));
    assert_eq!(web.networks.0.iter().map(|(name, _)| &**name).collect::<Vec<_>>(), ["front"]);
    let db = service(&parsed, "db");
    let own = [("A", Some("1")), ("B", None), ("C", Some("yes")), ("a", Some("10.0.0.1"))];
    assert_eq!(pairs(db), expected(&[&own[..], &[("b", Some("10.0.0.2")), ("b", Some("10.0.0.3"))]].concat()));
    assert_eq!(texts(&db.command.as_ref().unwrap().0), ["postgres", "-p", "5433"]);
    assert_eq!(texts(&db.dns.0), ["10.0.0.2", "10.0.0.3"]);
    assert!(file.networks.get("n").is_some());
    let back = db.networks.get("back").unwrap();
    assert_eq!(back.value.ipv4_address.as_ref().map(|text| &*text.value), Some("10.5.0.9"));
    assert_eq!(parsed.locate(back.span).unwrap().line, 17);
    assert_eq!(parsed.locate(db.networks.get("front").unwrap().span).unwrap().line, 18, "an entry without a value");
    assert_eq!(db.deploy.replicas.as_ref().map(|text| &*text.value), Some("2"));
    assert_eq!(
        file.networks.get("old").unwrap().external.as_ref().unwrap().name.as_ref().unwrap().value,
        "legacy".into()
    );
}

#[rstest]
// A file that is neither is told apart and named.
#[case(
    "services.yaml",
    "services:\n  app.mailer: {class: App, arguments: []}\n",
    "1:1 tool-file kind=Symfony services +give-manifests [services:]\n"
)]
// What is merged into another file may have parts only.
#[case("compose.override.yaml", "networks: {a: {}}\n", "Compose compose.override.yaml\n")]
#[case(
    "compose.yaml",
    "services: {web: {image: a, port: [80]}}\n",
    "Compose compose.yaml\n1:28 unknown-field field=port path=services.web.port suggestion=ports +did-you-mean [port]\n"
)]
#[case(
    "compose.yaml",
    "services: {web: {image: a, ports: {a: 80}}}\n",
    "Compose compose.yaml\n1:35 wrong-type expected=list found=object path=services.web.ports value= +dash [{a: 80}]\n1:36 unknown-field field=a path=services.web.ports[0].a [a]\n"
)]
#[case(
    "a/compose.yaml",
    "services: {web: {image: 'x:${TAG}${TAG}', command: ['${TAG}']}}\n",
    "Compose a/compose.yaml\n1:25 compose-variable name=TAG +compose-env ['x:${TAG}${TAG}']\n"
)]
#[case(
    "compose.yaml",
    "services: {web: {image: '$'}}\n",
    "Compose compose.yaml\n1:25 compose-interpolation found=$ ['$']\n"
)]
#[case(
    "compose.yaml",
    "services: {web: {image: '${TAG:?which one}'}}\n",
    "Compose compose.yaml\n1:25 compose-required found=TAG: which one ['${TAG:?which one}']\n"
)]
#[case("daemon.json", "{\"icc\": false, \"log-driver\": \"json-file\"}\n", "DockerDaemon daemon.json\n")]
#[case(
    "a.json",
    "[{\"Name\": \"/web\", \"NetworkSettings\": {}}, {\"Name\": \"lab\", \"Driver\": \"bridge\", \"IPAM\": {}}]",
    "DockerContainer web\nDockerNetwork lab\n"
)]
#[case("a.json", "{\"Name\": \"lab\", \"Driver\": \"bridge\", \"IPAM\": {\"Config\": null}}", "DockerNetwork lab\n")]
#[case(
    "a.json",
    "[{\"Name\": \"/web\", \"NetworkSettings\": {\"Ports\": [1]}}]",
    "1:48 wrong-type expected=object found=list path=NetworkSettings.Ports value= [[1]]\n"
)]
fn findings(#[case] name: &str, #[case] text: &str, #[case] expected: &str) {
    let texts = [SourceText::given(name, text)];
    let parsed = parse(&texts, &Limits::default());
    parsed.diagnostics.iter().for_each(check_arguments);
    assert_eq!(summary(&parsed), expected);
}

#[test]
fn variables_come_from_the_folder_of_the_file() {
    let text = "services: {web: {image: 'nginx:${TAG:-none}', ports: ['${PORT}:80'], scale: $N}}\n";
    let parsed = files(&[
        ("a/compose.yaml", text),
        ("a/.env", "TAG=1.27\nPORT=8080\nN=3\nCOMPOSE_PROJECT_NAME=shop\nCOMPOSE_PROFILES=a,b\n"),
        (".env", "TAG=2\n"),
    ]);
    assert_eq!(summary(&parsed), "Compose a/compose.yaml\n");
    let web = service(&parsed, "web");
    assert_eq!(web.image.as_ref().map(|text| &*text.value), Some("nginx:1.27"));
    assert_eq!(web.ports[0].short.as_ref().map(|text| &*text.value), Some("8080:80"));
    assert_eq!(parsed.locate(web.ports[0].span).unwrap().column, 55);
    assert_eq!(web.scale.as_ref().map(|text| &*text.value), Some("3"));
    assert_eq!(first(&parsed).project.as_deref(), Some("shop"));
    assert_eq!(first(&parsed).profiles.iter().map(|name| &**name).collect::<Vec<_>>(), ["a", "b"]);
}

#[test]
fn several_documents_of_a_file_are_several_objects() {
    let parsed = files(&[("compose.yaml", "services: {a: {image: x}}\n---\nservices: {b: {image: x}}\n")]);
    assert_eq!(summary(&parsed), "Compose compose.yaml\nCompose compose.yaml (2)\n");
}

#[test]
fn much_of_it_stays_bounded() {
    // Aliases of aliases, and variables whose values are long.
    let mut bomb = "x-0: &a0 [{image: a}, {image: b}]\n".to_owned();
    for level in 1..40 {
        bomb += &format!("x-{level}: &a{level} [*a{}, *a{}]\n", level - 1, level - 1);
    }
    let parsed = files(&[("compose.yaml", &format!("{bomb}services: {{web: {{image: a, command: *a39}}}}\n"))]);
    assert!(parsed.diagnostics.iter().any(|found| found.code == "too-many-values"), "{:?}", parsed.diagnostics);
    let env = format!("A={}\n", "x".repeat(100_000));
    let text: String = (0..5_000).map(|at| format!("  s{at}: {{image: '${{A}}'}}\n")).collect();
    let parsed = files(&[("compose.yaml", &format!("services:\n{text}")), (".env", &env)]);
    let length: usize = first(&parsed).services.0.iter().map(|(_, of)| of.image.as_ref().unwrap().value.len()).sum();
    assert!(length < 6 << 20, "{length}");
    let nested = "${A:-".repeat(50_000) + &"}".repeat(50_000);
    assert_eq!(files(&[("compose.yaml", &format!("services: {{a: {{image: '{nested}'}}}}"))]).diagnostics.len(), 1);
}

#[test]
fn long_names_are_cut() {
    let long = "x".repeat(900);
    let text = format!("services:\n  {long}: {{image: {}, networks: [{long}]}}\n", "y".repeat(3_000));
    let parsed = files(&[("compose.yaml", &text)]);
    let (name, service) = &first(&parsed).services.0[0];
    assert!(name.len() <= 320 && service.value.networks.0[0].0.len() <= 320);
    assert!(service.value.image.as_ref().unwrap().value.len() <= 1_024);
}

#[test]
fn what_files_lead_to_is_wanted() {
    let text = "include:\n- db/compose.yaml\n- {path: [a.yaml, ../b.yaml]}\n- https://example.com/x.yaml\n\
                services: {web: {extends: {file: common.yaml, service: base}}, api: {extends: web}}\n";
    let texts = [SourceText::found("shop/compose.yaml", text), SourceText::found("shop/a.yaml", "")];
    let wanted: Vec<String> =
        crate::manifest::wanted(&texts, &Limits::default()).into_iter().map(|one| one.path).collect();
    assert_eq!(wanted, ["b.yaml", "shop/.env", "shop/common.yaml", "shop/db/compose.yaml"]);
}

#[test]
fn tags_of_compose_are_kept_with_the_keys_that_lead_there() {
    let parsed = files(&[(
        "compose.yaml",
        "services: {web: {image: nginx, ports: !override ['80:80'], networks: !reset null, environment: {A: !reset null}}}\n",
    )]);
    let shown = |tag: &crate::manifest::objects::ComposeTag| format!("{} {}", tag.path.join("."), tag.reset);
    let mut all: Vec<String> = first(&parsed).tags.iter().map(shown).collect();
    all.sort();
    assert_eq!(all, ["services.web.environment.A true", "services.web.networks true", "services.web.ports false"]);
    assert!(service(&parsed, "web").networks.0.is_empty() && parsed.diagnostics.is_empty());
}
