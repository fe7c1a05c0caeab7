//! The arguments, as `--help` shows them.

use crate::config::Config;
use crate::step::Wanted;
use clap::{Args, Parser, Subcommand, ValueEnum};
use kubernetes::cluster::Options;
use kubernetes::cluster::model::docker::{Engine, FirewallBackend};
use kubernetes::cluster::model::{Cni, KubernetesVersion};
use sim_core::print::What;
use std::path::PathBuf;

use super::arguments_policies::{Policy, Reach};
use super::common::{Common, cni, engine, firewall_backend, version};
pub(crate) use super::values::{
    CheckFormat, Expect, Format, Kustomize, LangName, RenderFormat, ThemeName, TraceFormat,
};

/// See what happens to a packet in a Kubernetes cluster.
///
/// kubehop reads manifests (or a `kubectl get -o yaml` dump), builds the Linux network state every node would hold, sends one packet
/// through it and shows every hop. Without a subcommand it starts the server.
#[derive(Parser)]
#[command(name = "kubehop", version, max_term_width = 120, args_conflicts_with_subcommands = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) serve: Config,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Start the server (the default)
    Serve(Config),
    /// Report what is wrong with manifests; exit status 1 when there are errors
    #[command(
        after_help = "Examples:\n  kubehop check shop.yaml manifests/\n  kubehop check --format sarif manifests/ > kubehop.sarif\n  kubehop check --format junit manifests/ > kubehop.xml"
    )]
    Check(Check),
    /// Send one probe and show every hop
    #[command(
        after_help = "Examples:\n  kubehop trace shop.yaml --from pod/default/client --to web:80\n  kubehop trace shop.yaml --from node/node-a --to svc/default/web:http --all --format json\n  kubehop trace shop.yaml --from external --via node/node-b --to 192.168.10.12:30080\n  kubehop trace shop.yaml --from external --to http://shop.example.com/cart --connect ingress --header \"X-User: 7\"\n  kubehop trace shop.yaml --from pod/default/client --to web:80 --expect ok\n  kubehop trace shop.yaml --from pod/default/client --to web:80 --cni flannel --size-sweep\n  kubehop trace shop.yaml --from pod/default/client --to web:80 --traceroute"
    )]
    Trace(Trace),
    /// Send the same probe in two worlds: their steps aligned, and where they part
    ///
    /// The first world is what the input and the options say, the second one differs in what --with says; Pods and addresses are the same.
    /// With --changed the second one is another input: what if the manifests were these.
    #[command(
        after_help = "Examples:\n  kubehop compare shop.yaml --from pod/default/client --to web:80 --with \"--cni flannel\"\n  kubehop compare shop.yaml --from pod/default/client --to web:80 --at 5s --with \"--at 12s\"\n  kubehop compare shop.yaml --from external --to 192.168.10.12:30080 --with \"--proxy-mode nftables\" --format json\n  kubehop compare shop.yaml --from external --urls urls.txt --with \"--connect gateway/shop/door\"\n  kubehop compare shop.yaml --from pod/default/client --to web:80 --changed shop-new.yaml"
    )]
    Compare(Compare),
    /// Show a Service from every kind of place in every way: the result, and the source address that the server sees
    ///
    /// Places are a Pod behind the Service, Pods on the same and on another node, that node and another one, a host of the LAN and one of the
    /// Internet; ways are the ClusterIP, node ports, load balancer addresses, externalIPs and hosts of Ingresses and Gateways, where there are such.
    #[command(
        after_help = "Examples:\n  kubehop matrix shop.yaml --to svc/default/web\n  kubehop matrix shop.yaml --to svc/default/web:https --cni calico --format json"
    )]
    Matrix(Matrix),
    /// Show who may connect to whom on which ports, as policies say
    ///
    /// Of every workload, Ingress and range of addresses outside; as if policies were enforced, which is told where they are not. Each line is
    /// FROM => TO : PORTS with the destination's own ports; what is not listed may not connect.
    #[command(
        mut_arg("files", |files| files.required(false).required_unless_present("diff")),
        after_help = "Examples:\n  kubehop reach shop.yaml\n  kubehop reach shop.yaml --from shop/frontend --ports declared\n  kubehop reach shop.yaml --from external --format json\n  kubehop reach --diff before/ after/ --fail-on added"
    )]
    Reach(Reach),
    /// What happens when: the events of a Scenario's timeline, what controllers and kube-proxy make of them, and packets that are sent then
    #[command(
        after_help = "Examples:\n  kubehop timeline churn.yaml\n  kubehop timeline churn.yaml --from pod/default/caller --to web:80\n  kubehop timeline shop.yaml --event \"10s rollout deploy/shop/web\" --from pod/shop/client --to web:80 --every 500ms\n  kubehop trace churn.yaml --at 15s --from pod/default/caller --to web:80"
    )]
    Timeline(Timeline),
    /// What policies let in to a workload and out of it; open or close a connection and get the change of the manifests
    #[command(
        after_help = "Examples:\n  kubehop policy shop.yaml --of shop/cart\n  kubehop policy shop.yaml --of shop/cart --open in:tools/metrics\n  kubehop policy shop.yaml --of shop/cart --deny out --open out:shop/db:5432 --format diff"
    )]
    Policy(Policy),
    /// Print the rules kube-proxy writes on a node, as iptables-save or nft prints them
    #[command(
        after_help = "Examples:\n  kubehop rules shop.yaml --node node-a\n  kubehop rules shop.yaml --node node-a --proxy-mode nftables\n  kubehop rules shop.yaml --node node-a --service default/web --explain"
    )]
    Rules(Rules),
    /// Print kernel state of a node or a Pod, as the Linux tool of that name prints it
    #[command(after_help = "Example: kubehop state shop.yaml --node node-a --netns pod/default/client --what route")]
    State(State),
    /// Print the script that collects what a real machine's network is
    ///
    /// A POSIX shell script that runs the machine's own tools (ip, bridge, sysctl, iptables-save, nft, ipset, conntrack, ss) in each of its network
    /// namespaces. It reads and changes nothing. What it makes is input like manifests: alone, or with them, where it holds in place of what agents
    /// would have written on that node; every difference is a finding.
    #[command(
        after_help = "Examples:\n  kubehop collect | ssh node-a sudo sh -s -- - > node-a.txt\n  kubehop trace node-a.txt manifests/ --from pod/default/client --to web:80"
    )]
    Collect,
    /// Show the names a resolver asks for, in order, and the answers
    ///
    /// The last words are the name and, if wanted, a record type (A, AAAA, SRV, CNAME, PTR, TXT, NS, SOA, MX, ANY); everything before is input.
    #[command(
        override_usage = "kubehop dns [OPTIONS] --from <SRC> <FILE>... <NAME> [TYPE]",
        after_help = "Example: kubehop dns shop.yaml --from pod/default/client web"
    )]
    Dns(Dns),
    /// Print the variables that kubelet gives a Pod's containers about Services
    ///
    /// What else there is to say, of clashes and of Services that are left out, stands in comments.
    #[command(after_help = "Example: kubehop env shop.yaml --pod pod/default/client")]
    Env(Env),
    /// Draw the cluster, or one step of a probe, as SVG or PNG
    #[command(
        after_help = "Examples:\n  kubehop render shop.yaml --from pod/default/client --to web:80 --step 12 > step.svg\n  kubehop render shop.yaml --format png --theme dark --out shop.png\n  kubehop render shop.yaml --from pod/default/client --to web:80 --animated --out trace.svg"
    )]
    Render(Render),
    /// Write scripts that build this network on a real Linux kernel and send the probe there
    ///
    /// The lab lives in network namespaces of its own and needs root, iproute2, iptables, nftables, tcpdump and python3.
    #[command(
        after_help = "Examples:\n  kubehop lab shop.yaml --from pod/default/client --to web:80 --out lab\n  cd lab; sudo ./up.sh; sudo ./probe.sh; sudo ./down.sh"
    )]
    Lab(Lab),
    /// Print a link that carries the input itself: no server stores anything, and nobody can revoke it
    ///
    /// The input stands behind the # of the link, which browsers do not send; a script of the page that it opens posts it to be shown. What
    /// a server would overwrite is overwritten before (see redact). There is room for 32 KiB, compressed.
    #[command(
        after_help = "Example: kubehop link shop.yaml --from pod/default/client --to web:80 --public-url https://hop.example.org"
    )]
    Link(Link),
    /// Print the input as a server would store it: with everything overwritten that is nobody's business
    ///
    /// What Secrets hold, ConfigMaps that are not read, credentials in variables, arguments, annotations and addresses, managed fields and what was
    /// last applied are overwritten in place: lines and columns stay. Several files are printed one after the other, each below its name.
    #[command(after_help = "Example: kubehop redact shop.yaml | diff shop.yaml -")]
    Redact(Redact),
    /// List lessons, say what is wrong with them, play their reference solutions, or make a link of one
    ///
    /// A lesson is a folder with lesson.yaml, manifests and one file of messages for each language (docs/lessons.md). Without DIR it is about those
    /// that come with the program. Exit status 1 where anything is wrong.
    #[command(
        after_help = "Examples:\n  kubehop lessons list --lang ko\n  kubehop lessons check my-lessons/\n  kubehop lessons solve my-lessons/ --format json"
    )]
    Lessons(Lessons),
}

/// `kubehop lessons`.
#[derive(Args)]
pub(crate) struct Lessons {
    /// What to do
    #[arg(value_name = "WHAT")]
    pub(crate) what: LessonsDo,
    /// Folder of lessons, or of one [default: those that come with the program]
    #[arg(value_name = "DIR")]
    pub(crate) folder: Option<PathBuf>,
    /// Output
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: Format,
    /// With link: the server that is to open it
    #[arg(long, env = "KUBEHOP_PUBLIC_URL", value_name = "URL", default_value = "http://127.0.0.1:8080")]
    pub(crate) public_url: String,
    /// Language of titles
    #[arg(long, value_name = "LANG")]
    pub(crate) lang: Option<LangName>,
}

/// What `kubehop lessons` does.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LessonsDo {
    /// List them in the order of learning
    List,
    /// Say what is wrong with them: texts, queries, facts, answers, tasks
    Check,
    /// Play every reference solution, and the untouched start
    Solve,
    /// Print a link that carries the lesson of a folder: whoever opens it imports it there
    Link,
}

impl Command {
    /// Its input, where it has one.
    pub(crate) fn common_mut(&mut self) -> Option<&mut Common> {
        match self {
            Self::Serve(_) | Self::Redact(_) | Self::Lessons(_) | Self::Collect => None,
            Self::Check(Check { common, .. })
            | Self::Trace(Trace { common, .. })
            | Self::Compare(Compare { common, .. })
            | Self::Matrix(Matrix { common, .. })
            | Self::Reach(Reach { common, .. })
            | Self::Policy(Policy { common, .. })
            | Self::Timeline(Timeline { common, .. })
            | Self::Rules(Rules { common, .. })
            | Self::State(State { common, .. })
            | Self::Dns(Dns { common, .. })
            | Self::Env(Env { common, .. })
            | Self::Render(Render { common, .. })
            | Self::Link(Link { common, .. })
            | Self::Lab(Lab { common, .. }) => Some(common),
        }
    }
}

#[derive(Args)]
pub(crate) struct Check {
    #[command(flatten)]
    pub(crate) common: Common,
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: CheckFormat,
}

/// What is shown of a probe, how, and where it goes.
#[derive(Args)]
pub(crate) struct PictureArgs {
    /// This step, from 1: text and Markdown have it alone, a picture shows it, JSON names it [default: all; a picture shows the first, or
    /// where it was decided that the probe fails]
    #[arg(long, value_name = "N", conflicts_with = "place")]
    pub(crate) step: Option<u32>,
    /// The same by its place, as a page's address has it (at=), which holds as the simulation improves:
    /// LEG[.N]/NETNS/(HOOK|DEVICE)[/TABLE][~N], e.g. connect/node-a/PREROUTING
    #[arg(long, value_name = "PLACE")]
    pub(crate) place: Option<String>,
    /// Colours of a picture [default: auto]
    #[arg(long, value_enum)]
    pub(crate) theme: Option<ThemeName>,
    /// With --format png: pixels for each pixel of the picture's natural size, 1 to 4
    #[arg(long, value_name = "TIMES", default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=4))]
    pub(crate) scale: u8,
    /// With --format svg: all steps of the trace in one file that plays by itself, without a script. Readers who want no motion see the
    /// one step
    #[arg(long)]
    pub(crate) animated: bool,
    /// Write the result to this file instead of standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

impl PictureArgs {
    /// The step that is asked for.
    pub(crate) fn wanted(&self) -> Wanted {
        Wanted { step: self.step.map(|step| step.to_string()), place: self.place.clone() }
    }
}

/// A probe.
#[derive(Args)]
pub(crate) struct ProbeArgs {
    /// For a source outside the cluster: the node by which it has routes to Service, external and load balancer addresses [default:
    /// none, its own segment and its gateway only]
    #[arg(long, value_name = "node/NAME")]
    pub(crate) via: Option<String>,
    /// Protocol: tcp, udp, sctp or icmp [default: tcp]
    #[arg(long, value_name = "PROTOCOL")]
    pub(crate) proto: Option<String>,
    /// Source port of the connection [default: one by the seed]
    #[arg(long, value_name = "PORT")]
    pub(crate) sport: Option<String>,
    /// Send the same so many times, each from a port of its own, and show the last; with --at the last is sent then, the others before,
    /// each in the cluster as it was [default: 1]
    #[arg(long, value_name = "TIMES", value_parser = clap::value_parser!(u32).range(1..=601))]
    pub(crate) repeat: Option<u32>,
    /// Seconds from one to the next with --repeat [default: 1]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(0..=864_000))]
    pub(crate) every: Option<u64>,
    /// Leave the connection open: the first one of --repeat opens it, and the others are sent on it until it is broken. Without --repeat
    /// and with --at it is opened at the start
    #[arg(long)]
    pub(crate) keep: bool,
    /// Bytes of payload that the probe sends and that come back: as a datagram or an echo request, or written into the connection. Up to
    /// 65507 [default: a few bytes; of a TCP connection the handshake alone]
    #[arg(long, value_name = "BYTES")]
    pub(crate) size: Option<String>,
    /// Of a URL: the method [default: GET, with --size POST]
    #[arg(long, value_name = "METHOD")]
    pub(crate) method: Option<String>,
    /// Of a URL: a header field, several times for several. Host takes the place of the URL's
    #[arg(long, value_name = "NAME: VALUE")]
    pub(crate) header: Vec<String>,
    /// Of a URL: connect there, in place of where its host leads: a destination as in --to, ingress for the controller that serves Ingresses, or gateway/NS/NAME[:PORT]
    #[arg(long, value_name = "DST")]
    pub(crate) connect: Option<String>,
    /// Take this choice instead of the seed's, e.g. endpoint=10.244.1.5:8080
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) choose: Vec<String>,
}

#[derive(Args)]
pub(crate) struct Trace {
    #[command(flatten)]
    pub(crate) common: Common,
    /// Source: pod/NS/NAME, node/NAME, deploy/NS/NAME (sts/, ds/: one of its Pods), ip/ADDRESS, container/SERVICE[-N] and host/NAME (of
    /// Docker), or external[/ADDRESS] (a host outside
    /// the cluster). The namespace may be left out where only one object has the name
    #[arg(long, value_name = "SRC")]
    pub(crate) from: String,
    /// Destination: the same with :PORT, svc/NS/NAME:PORT, lb/NS/NAME:PORT, NAME:PORT, IP:PORT or http(s)://HOST[:PORT]/PATH
    #[arg(long, value_name = "DST")]
    pub(crate) to: String,
    #[command(flatten)]
    pub(crate) probe: ProbeArgs,
    /// Every branch with its probability
    #[arg(long, conflicts_with_all = ["step", "place"])]
    pub(crate) all: bool,
    /// Instead of the hops: the largest payload that arrives in one packet, there and back, what it is at each device, and what becomes of more
    #[arg(long, conflicts_with_all = ["all", "step", "place", "size", "traceroute"])]
    pub(crate) size_sweep: bool,
    /// Instead of the hops: who answers the same packet with a TTL of 1, 2, 3 … and with which address, and who is silent
    #[arg(long, conflicts_with_all = ["all", "step", "place"])]
    pub(crate) traceroute: bool,
    #[command(flatten)]
    pub(crate) picture: PictureArgs,
    /// Exit with 1 when the client's result differs, or something that is not simulated acts on this traffic
    #[arg(long)]
    pub(crate) expect: Option<Expect>,
    /// With --expect: a result that holds only under assumptions differs too
    #[arg(long, requires = "expect")]
    pub(crate) strict: bool,
    /// With --format pcapng: the frames of this device only, e.g. node-a:eth0 or pod/default/web:eth0
    #[arg(long, value_name = "NETNS:DEVICE")]
    pub(crate) interface: Option<String>,
    /// Besides: write a lesson that asks what happens in this trace into a new folder (docs/lessons.md)
    #[arg(long, value_name = "DIR", conflicts_with_all = ["all", "size_sweep", "traceroute"])]
    pub(crate) lesson: Option<PathBuf>,
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: TraceFormat,
}

#[derive(Args)]
#[command(group(clap::ArgGroup::new("second").required(true).multiple(true).args(["with", "changed"])))]
pub(crate) struct Compare {
    #[command(flatten)]
    pub(crate) common: Common,
    /// Source, as trace --from
    #[arg(long, value_name = "SRC")]
    pub(crate) from: String,
    /// Destination, as trace --to
    #[arg(long, value_name = "DST", required_unless_present = "urls")]
    pub(crate) to: Option<String>,
    /// What differs in the second world: one or more of --cni, --proxy-mode, --kubernetes-version, --docker-version, --firewall-backend, --expected,
    /// --bridge-nf and --at, each with its value; with --urls --connect, too. Between two times (--at) endpoints and rules that differ are told
    #[arg(long, value_name = "OPTIONS", allow_hyphen_values = true)]
    pub(crate) with: Option<String>,
    /// The input of the second world, instead of FILE: a file or a folder, more than once. Where a workload's Pods are called otherwise there, the
    /// one of the same number is asked from and asked for
    #[arg(long, value_name = "FILE")]
    pub(crate) changed: Vec<std::path::PathBuf>,
    /// A file of URLs, one a line, each with a method before it if it is not GET; - is standard input. All are asked for in both worlds, in one table:
    /// by default of ingress (--connect) in the first, and of what --with says in the second, as --with "--connect gateway/NS/NAME"
    #[arg(long, value_name = "FILE", conflicts_with = "to")]
    pub(crate) urls: Option<std::path::PathBuf>,
    #[command(flatten)]
    pub(crate) probe: ProbeArgs,
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

#[derive(Args)]
pub(crate) struct Timeline {
    #[command(flatten)]
    pub(crate) common: Common,
    /// A stream of packets, one after the other while things change: where they start, as trace --from
    #[arg(long, value_name = "SRC", requires = "to")]
    pub(crate) from: Option<String>,
    /// Where they go, as trace --to
    #[arg(long, value_name = "DST", requires = "from")]
    pub(crate) to: Option<String>,
    /// Node by which a source outside the cluster reaches it, as trace --via
    #[arg(long, value_name = "NODE", requires = "from")]
    pub(crate) via: Option<String>,
    /// Their protocol, as trace --proto [default: tcp]
    #[arg(long, value_name = "PROTOCOL", requires = "from")]
    pub(crate) proto: Option<String>,
    /// Send all on one connection, which stays open until it is broken
    #[arg(long, requires = "from")]
    pub(crate) keep: bool,
    /// Time from one packet to the next [default: 1s]
    #[arg(long, value_name = "TIME", value_parser = super::common::pace, requires = "from")]
    pub(crate) every: Option<u64>,
    /// When the last one is sent [default: 10s behind the last moment]; 300 are sent at most
    #[arg(long, value_name = "TIME", value_parser = super::common::time, requires = "from")]
    pub(crate) until: Option<u64>,
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

#[derive(Args)]
pub(crate) struct Matrix {
    #[command(flatten)]
    pub(crate) common: Common,
    /// The Service: svc/NS/NAME, with :PORT where another port than its first is meant. May be left out where there is only one
    #[arg(long, value_name = "SERVICE")]
    pub(crate) to: Option<String>,
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

/// What --with holds.
#[derive(Parser)]
#[command(no_binary_name = true, disable_help_flag = true)]
pub(crate) struct With {
    #[arg(long, value_parser = cni)]
    cni: Option<Cni>,
    #[arg(long, value_parser = Options::PROXY_MODES)]
    proxy_mode: Option<String>,
    #[arg(long, value_parser = version)]
    kubernetes_version: Option<KubernetesVersion>,
    #[arg(long, value_parser = engine)]
    docker_version: Option<Engine>,
    #[arg(long, value_parser = firewall_backend)]
    firewall_backend: Option<FirewallBackend>,
    #[arg(long, value_parser = clap::value_parser!(u8).range(0..=1))]
    bridge_nf: Option<u8>,
    #[arg(long, num_args = 0..=1, default_missing_value = "1", value_parser = clap::value_parser!(u8).range(0..=1))]
    expected: Option<u8>,
    #[arg(long, value_parser = super::common::time)]
    pub(crate) at: Option<u64>,
    #[arg(long)]
    pub(crate) connect: Option<String>,
}

impl With {
    /// Reads it.
    ///
    /// # Errors
    /// What clap says of it.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let said = Self::try_parse_from(text.split_whitespace());
        said.map_err(|error| {
            error.to_string().lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned()
        })
    }

    /// The options of the world that differs in this.
    pub(crate) fn over(&self, first: Options) -> Options {
        let options = Options {
            cni: self.cni.or(first.cni),
            version: self.kubernetes_version.or(first.version),
            docker: self.docker_version.or(first.docker),
            firewall_backend: self.firewall_backend.or(first.firewall_backend),
            bridge_nf: self.bridge_nf.map(|flag| flag == 1).or(first.bridge_nf),
            expected: self.expected.map_or(first.expected, |flag| flag == 1),
            ..first
        };
        let mode = self.proxy_mode.as_deref();
        mode.and_then(|mode| options.clone().with_proxy_mode(mode)).unwrap_or(options)
    }
}

#[derive(Args)]
pub(crate) struct Rules {
    #[command(flatten)]
    pub(crate) common: Common,
    /// Node; or a Docker host, a router or another machine, whose rules are all listed
    #[arg(long)]
    pub(crate) node: String,
    /// Only the rules of this chain, of every table that has one of that name
    #[arg(long, value_name = "NAME")]
    pub(crate) chain: Option<String>,
    /// Only the rules written for this Service
    #[arg(long, value_name = "NS/NAME")]
    pub(crate) service: Option<String>,
    /// Plain words below each rule
    #[arg(long)]
    pub(crate) explain: bool,
    /// The IPv6 half: what ip6tables-save prints, or the table ip6 kube-proxy. It is listed; IPv6 is not traced yet
    #[arg(long, conflicts_with_all = ["chain", "service", "explain"])]
    pub(crate) ipv6: bool,
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

#[derive(Args)]
pub(crate) struct State {
    #[command(flatten)]
    pub(crate) common: Common,
    /// Node
    #[arg(long, required_unless_present = "pod")]
    pub(crate) node: Option<String>,
    /// Network namespace: root or pod/NS/NAME
    #[arg(long, default_value = "root")]
    pub(crate) netns: String,
    /// Pod, in place of its node and its namespace: pod/NS/NAME, deploy/NS/NAME (one of its Pods), as trace --from
    #[arg(long, value_name = "pod/NS/NAME", conflicts_with_all = ["node", "netns"])]
    pub(crate) pod: Option<String>,
    /// addr, link, route, rule, neigh, fdb, sysctl, iptables, nft, listen, recent (lists of -m recent), sets (nft sets that rules add
    /// to) or ipset
    #[arg(long, value_parser = what)]
    pub(crate) what: What,
    /// Source of a probe: recent, sets and nft then show what rules remember of it
    #[arg(long, value_name = "SRC", requires = "to")]
    pub(crate) from: Option<String>,
    /// Destination of that probe
    #[arg(long, value_name = "DST", requires = "from")]
    pub(crate) to: Option<String>,
    #[command(flatten)]
    pub(crate) probe: ProbeArgs,
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

fn what(text: &str) -> Result<What, String> {
    let names: Vec<&str> = What::ALL.iter().map(|(_, name)| *name).collect();
    let found = What::ALL.iter().find(|(_, name)| *name == text).map(|(what, _)| *what);
    found.ok_or_else(|| format!("one of {}", names.join(", ")))
}

#[derive(Args)]
pub(crate) struct Dns {
    #[command(flatten)]
    pub(crate) common: Common,
    /// Who asks: pod/NS/NAME, node/NAME, external …
    #[arg(long, value_name = "SRC")]
    pub(crate) from: String,
    /// Show where A and AAAA of a name, which leave one socket at once, meet in connection tracking
    #[arg(long)]
    pub(crate) race: bool,
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

#[derive(Args)]
pub(crate) struct Env {
    #[command(flatten)]
    pub(crate) common: Common,
    /// Whose: pod/NS/NAME, deploy/NS/NAME (one of its Pods), as trace --from
    #[arg(long, value_name = "pod/NS/NAME")]
    pub(crate) pod: String,
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

#[derive(Args)]
pub(crate) struct Render {
    #[command(flatten)]
    pub(crate) common: Common,
    /// Source of a probe to draw
    #[arg(long, value_name = "SRC", requires = "to")]
    pub(crate) from: Option<String>,
    /// Its destination
    #[arg(long, value_name = "DST", requires = "from")]
    pub(crate) to: Option<String>,
    #[command(flatten)]
    pub(crate) probe: ProbeArgs,
    #[command(flatten)]
    pub(crate) picture: PictureArgs,
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: RenderFormat,
}

#[derive(Args)]
pub(crate) struct Lab {
    #[command(flatten)]
    pub(crate) common: Common,
    /// Folder to write: a new or empty one, or that of an older lab
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Source of the probe that the lab sends, as for trace
    #[arg(long, value_name = "SRC", requires = "to")]
    pub(crate) from: Option<String>,
    /// Its destination, as for trace
    #[arg(long, value_name = "DST", requires = "from")]
    pub(crate) to: Option<String>,
    #[command(flatten)]
    pub(crate) probe: ProbeArgs,
    /// First part of every namespace's name: a-z, 0-9 and -, 20 at most. Labs with different tags run side by side
    #[arg(long, default_value = sim_core::lab::TAG, value_parser = tag)]
    pub(crate) tag: String,
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

fn tag(text: &str) -> Result<String, String> {
    if sim_core::lab::is_tag(text) { Ok(text.to_owned()) } else { Err("1 to 20 of a-z, 0-9 and -".to_owned()) }
}

#[derive(Args)]
pub(crate) struct Link {
    #[command(flatten)]
    pub(crate) common: Common,
    /// Source of a probe to open
    #[arg(long, value_name = "SRC", requires = "to")]
    pub(crate) from: Option<String>,
    /// Its destination
    #[arg(long, value_name = "DST", requires = "from")]
    pub(crate) to: Option<String>,
    #[command(flatten)]
    pub(crate) probe: ProbeArgs,
    /// Open this step of it, from 1
    #[arg(long, requires = "from")]
    pub(crate) step: Option<u32>,
    /// The server that is to show it
    #[arg(long, env = "KUBEHOP_PUBLIC_URL", value_name = "URL")]
    pub(crate) public_url: String,
    /// Overwrite comments, too
    #[arg(long)]
    pub(crate) comments: bool,
}

#[derive(Args)]
pub(crate) struct Redact {
    /// Manifests: files, folders, archives, or - for standard input
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Overwrite comments, too
    #[arg(long)]
    pub(crate) comments: bool,
    /// Language of words for people [default: that of LANG]
    #[arg(long)]
    pub(crate) lang: Option<LangName>,
}
