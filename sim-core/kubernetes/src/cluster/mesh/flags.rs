//! Command lines of what sets captures up, as pflag reads them.

use crate::cluster::model::{Capture, LinkerdInit, Listed};
use crate::manifest::objects::Container;
use kernel::packet::Port;
use std::sync::Arc;

/// A flag: its name, its letter, and whether it takes a value that may not stand behind `=`.
type Flag = (&'static str, char, bool);

/// Those of istio-iptables (`tools/istio-iptables/pkg/cmd/root.go`); flags that change no rule are known so that their values are none of others.
const ISTIO: [Flag; 30] = [
    ("envoy-port", 'p', true),
    ("inbound-capture-port", 'z', true),
    ("inbound-tunnel-port", 'e', true),
    ("proxy-uid", 'u', true),
    ("proxy-gid", 'g', true),
    ("istio-inbound-interception-mode", 'm', true),
    ("istio-inbound-ports", 'b', true),
    ("istio-local-exclude-ports", 'd', true),
    ("istio-exclude-interfaces", 'c', true),
    ("istio-service-cidr", 'i', true),
    ("istio-service-exclude-cidr", 'x', true),
    ("istio-outbound-ports", 'q', true),
    ("istio-local-outbound-ports-exclude", 'o', true),
    ("kube-virt-interfaces", 'k', true),
    ("istio-inbound-tproxy-mark", 't', true),
    ("istio-inbound-tproxy-route-table", 'r', true),
    ("dry-run", 'n', false),
    ("restore-format", 'f', false),
    ("iptables-trace-logging", '\0', false),
    ("iptables-probe-port", '\0', true),
    ("probe-timeout", '\0', true),
    ("skip-rule-apply", '\0', false),
    ("run-validation", '\0', false),
    ("redirect-dns", '\0', false),
    ("drop-invalid", '\0', false),
    ("dual-stack", '\0', false),
    ("capture-all-dns", '\0', false),
    ("network-namespace", '\0', true),
    ("cni-mode", '\0', false),
    ("native-nftables", '\0', false),
];

/// Those of proxy-init.
const LINKERD: [Flag; 13] = [
    ("incoming-proxy-port", 'p', true),
    ("outgoing-proxy-port", 'o', true),
    ("proxy-uid", 'u', true),
    ("proxy-gid", '\0', true),
    ("ports-to-redirect", 'r', true),
    ("inbound-ports-to-ignore", '\0', true),
    ("outbound-ports-to-ignore", '\0', true),
    ("subnets-to-ignore", '\0', true),
    ("simulate", '\0', false),
    ("netns", '\0', true),
    ("use-wait-flag", 'w', false),
    ("timeout-close-wait-secs", '\0', true),
    ("firewall-bin-path", '\0', true),
];

/// Flags with their values, in order: `--name=value`, `--name value`, `-n value`, `-nvalue`, and switches.
fn read<'w>(mut words: impl Iterator<Item = &'w str>, known: &[Flag]) -> Vec<(&'static str, Arc<str>)> {
    let mut all = Vec::new();
    while let Some(word) = words.next() {
        let (flag, given) = match word.strip_prefix("--") {
            Some(long) => {
                let (name, value) = long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value)));
                (known.iter().find(|(known, ..)| *known == name), value)
            }
            None => {
                let mut letters = word.strip_prefix('-').unwrap_or_default().chars();
                let letter = letters.next().filter(|letter| *letter != '\0');
                let rest = letters.as_str();
                let value = (!rest.is_empty()).then(|| rest.strip_prefix('=').unwrap_or(rest));
                (known.iter().find(|(_, known, _)| Some(*known) == letter), value)
            }
        };
        let Some((name, _, takes)) = flag else { continue };
        let value = match (given, takes) {
            (Some(value), _) => value,
            (None, true) => words.next().unwrap_or_default(),
            (None, false) => "true",
        };
        all.push((*name, Arc::from(value)));
    }
    all
}

fn words(container: &Container) -> impl Iterator<Item = &str> {
    container.command.iter().chain(&container.args).map(|word| &*word.value)
}

/// What an init container of Istio's is told, by its command line and its environment; and whether it writes rules of nftables.
pub(super) fn istio(container: &Container) -> (Capture, bool) {
    let (mut capture, mut native) = (Capture::default(), false);
    let mut gid = false;
    for variable in &container.env {
        let Some(value) = variable.value.value.as_ref().map(|value| value.value.clone()) else { continue };
        match &*variable.value.name {
            "ISTIO_META_DNS_CAPTURE" => capture.redirect_dns = is_true(&value),
            "INVALID_DROP" => capture.drop_invalid = is_true(&value),
            "ISTIO_OUTBOUND_OWNER_GROUPS" => capture.groups = Listed::of(&value),
            "ISTIO_OUTBOUND_OWNER_GROUPS_EXCLUDE" => capture.groups_except = Listed::of(&value),
            "ISTIO_OUTBOUND_IPV4_LOOPBACK_CIDR" => capture.loopback = value,
            other => {
                // Each flag can be a variable, too.
                let named = |(name, ..): &&Flag| name.replace('-', "_").eq_ignore_ascii_case(other);
                if let Some((name, ..)) = ISTIO.iter().find(named) {
                    gid |= *name == "proxy-gid";
                    set(&mut capture, &mut native, name, &value);
                }
            }
        }
    }
    for (name, value) in read(words(container), &ISTIO) {
        gid |= name == "proxy-gid";
        set(&mut capture, &mut native, name, &value);
    }
    if !gid {
        capture.proxy_gids = capture.proxy_uids.clone();
    }
    (capture, native)
}

pub(super) fn is_true(value: &str) -> bool {
    matches!(value, "1" | "t" | "T" | "true" | "TRUE" | "True")
}

fn set(capture: &mut Capture, native: &mut bool, name: &str, value: &str) {
    let port = |before: Port| value.parse().map_or(before, Port);
    let listed = || Listed::of(value);
    match name {
        "envoy-port" => capture.proxy_port = port(capture.proxy_port),
        "inbound-capture-port" => capture.inbound_port = port(capture.inbound_port),
        "inbound-tunnel-port" => capture.tunnel_port = port(capture.tunnel_port),
        "proxy-uid" => capture.proxy_uids = listed(),
        "proxy-gid" => capture.proxy_gids = listed(),
        "istio-inbound-interception-mode" => capture.tproxy = value == "TPROXY",
        "istio-inbound-ports" => capture.inbound_ports = listed(),
        "istio-local-exclude-ports" => capture.inbound_ports_except = listed(),
        "istio-exclude-interfaces" => capture.excluded_interfaces = listed(),
        "istio-service-cidr" => capture.outbound_ranges = listed(),
        "istio-service-exclude-cidr" => capture.outbound_ranges_except = listed(),
        "istio-outbound-ports" => capture.outbound_ports = listed(),
        "istio-local-outbound-ports-exclude" => capture.outbound_ports_except = listed(),
        "kube-virt-interfaces" => capture.virtual_interfaces = listed(),
        "istio-inbound-tproxy-mark" => capture.tproxy_mark = value.parse().unwrap_or(capture.tproxy_mark),
        "istio-inbound-tproxy-route-table" => capture.route_table = value.parse().unwrap_or(capture.route_table),
        "redirect-dns" => capture.redirect_dns = is_true(value),
        "capture-all-dns" => capture.capture_all_dns = is_true(value),
        "drop-invalid" => capture.drop_invalid = is_true(value),
        "native-nftables" => *native = is_true(value),
        _ => {}
    }
}

/// What Linkerd's init container is told.
pub(super) fn linkerd(container: &Container) -> LinkerdInit {
    let nothing = Listed::default;
    let mut init =
        LinkerdInit { proxy_uid: 0, inbound_ignored: nothing(), outbound_ignored: nothing(), ..LinkerdInit::default() };
    for (name, value) in read(words(container), &LINKERD) {
        let port = |before: Port| value.parse().map_or(before, Port);
        match name {
            "incoming-proxy-port" => init.inbound_port = port(init.inbound_port),
            "outgoing-proxy-port" => init.outbound_port = port(init.outbound_port),
            "proxy-uid" => init.proxy_uid = value.parse().unwrap_or_default(),
            "proxy-gid" => init.proxy_gid = value.parse().unwrap_or_default(),
            "ports-to-redirect" => init.redirected.0.extend(Listed::of(&value).0),
            "inbound-ports-to-ignore" => init.inbound_ignored.0.extend(Listed::of(&value).0),
            "outbound-ports-to-ignore" => init.outbound_ignored.0.extend(Listed::of(&value).0),
            "subnets-to-ignore" => init.subnets_ignored.0.extend(Listed::of(&value).0),
            _ => {}
        }
    }
    init
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::origin::{Span, Spanned};

    fn container(line: &str) -> Container {
        let words = line.split(' ').map(|word| Spanned { value: Arc::from(word), span: Span::default() });
        Container { args: words.collect(), ..Container::default() }
    }

    #[test]
    fn letters_names_and_switches_say_the_same() {
        let short = container(
            "istio-iptables -p 15001 -z 15006 -u 1337 -m REDIRECT -i * -x 10.0.0.0/8 -b * -d 15090,15021,15020",
        );
        let long = container(
            "--envoy-port=15001 --inbound-capture-port 15006 --proxy-uid=1337 --istio-inbound-interception-mode REDIRECT \
             --istio-service-cidr=* --istio-service-exclude-cidr 10.0.0.0/8 --istio-inbound-ports=* -d15090,15021,15020",
        );
        assert_eq!(istio(&short), istio(&long));
        let (capture, native) =
            istio(&container("--redirect-dns --drop-invalid=true --dual-stack -m=TPROXY --native-nftables"));
        assert!(capture.redirect_dns && capture.drop_invalid && capture.tproxy && native);
        assert!(capture.inbound_ports.is_empty());
    }

    #[test]
    fn lists_of_proxy_init_add_up() {
        let init = linkerd(&container(
            "--proxy-uid 2102 --inbound-ports-to-ignore 4190,4191 --inbound-ports-to-ignore=25-587",
        ));
        assert_eq!(init.inbound_ignored, Listed::of("4190,4191,25-587"));
        assert_eq!((init.proxy_uid, init.outbound_ignored.is_empty()), (2102, true));
    }
}
