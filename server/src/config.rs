//! Everything that whoever runs the server can choose: one struct, each field an option of `kubehop serve` and a variable of the
//! environment. What is a number of bytes is written `64MiB`, what is a time `30s`, `5m`, `1h`, `1d`; a rate of 0 is none.

use clap::Args;
use ipnet::IpNet;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

/// A number of bytes, as an option takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bytes(pub usize);

/// Bytes of a body that have to come in a second, once the first time for it is over.
pub const PACE: usize = 64 << 10;

/// Units of bytes, the largest first.
const UNITS: [(&str, usize); 3] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];

impl FromStr for Bytes {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let unit = UNITS.into_iter().find_map(|(unit, size)| text.strip_suffix(unit).map(|number| (number, size)));
        let (number, size) = unit.unwrap_or((text, 1));
        let number: Option<usize> = number.trim().parse().ok();
        let bytes = number.and_then(|number| number.checked_mul(size));
        bytes.map(Self).ok_or_else(|| "a size looks like 64MiB (KiB, MiB, GiB, or a number of bytes)".to_owned())
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match UNITS.into_iter().find(|(_, size)| self.0 != 0 && self.0.is_multiple_of(*size)) {
            Some((unit, size)) => write!(f, "{}{unit}", self.0 / size),
            None => write!(f, "{}", self.0),
        }
    }
}

/// A length of time, as an option takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(pub Duration);

/// Units of time in seconds, the largest first.
const TIMES: [(&str, u64); 4] = [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)];

impl Span {
    /// So many seconds.
    pub const fn seconds(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds))
    }
}

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let told = || "a time looks like 30s (ms, s, m, h, d)".to_owned();
        let number = |text: &str| text.trim().parse::<u64>().map_err(|_| told());
        if let Some(text) = text.trim().strip_suffix("ms") {
            return Ok(Self(Duration::from_millis(number(text)?)));
        }
        let unit = TIMES.into_iter().find_map(|(unit, size)| text.trim().strip_suffix(unit).map(|text| (text, size)));
        let (text, size) = unit.ok_or_else(told)?;
        number(text)?.checked_mul(size).map(Self::seconds).ok_or_else(told)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        if self.0.subsec_millis() != 0 {
            return write!(f, "{}ms", self.0.as_millis());
        }
        match TIMES.into_iter().find(|(_, size)| seconds != 0 && seconds.is_multiple_of(*size)) {
            Some((unit, size)) => write!(f, "{}{unit}", seconds / size),
            None => write!(f, "{seconds}s"),
        }
    }
}

/// A network, or an address alone.
fn network(text: &str) -> Result<IpNet, String> {
    let alone = || text.parse::<IpAddr>().map(IpNet::from);
    text.parse()
        .or_else(|_| alone())
        .map_err(|_| "a network looks like 10.0.0.0/8, an address like 10.0.0.1".to_owned())
}

/// An address of the web without a path: `https://kubehop.example.org`.
fn origin(text: &str) -> Result<String, String> {
    let text = text.trim_end_matches('/');
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let fits = host.is_some_and(|host| !host.is_empty() && !host.contains(['/', '?', '#', '@', ' ', '"', '<']));
    if fits { Ok(text.to_owned()) } else { Err("a public address looks like https://kubehop.example.org".to_owned()) }
}

/// The options of `kubehop serve`.
#[derive(Args, Clone, Debug)]
pub struct Config {
    /// Address to listen on; port 0 takes a free one
    #[arg(long, env = "KUBEHOP_LISTEN", value_name = "ADDRESS", default_value_t = Self::default().listen)]
    pub listen: SocketAddr,
    /// Store of uploaded scenarios: sqlite://FILE, sqlite::memory: or postgres://… [default: a file in the user's data folder]
    #[arg(long, env = "KUBEHOP_DATABASE_URL", value_name = "URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// Folder of further lessons; one of the name of a lesson that comes with the program stands in its place
    #[arg(long, env = "KUBEHOP_LESSONS", value_name = "DIR")]
    pub lessons: Option<PathBuf>,
    /// The address that people reach the server by, for links that leave it: `https://kubehop.example.org`. Without it the API answers paths,
    /// and pages tell other sites no address: what a client says is its host is not believed. With https browsers are told to stay with it
    #[arg(long, env = "KUBEHOP_PUBLIC_URL", value_name = "URL", value_parser = origin)]
    pub public_url: Option<String>,
    /// Names that the server answers to, several with commas; others get 421 [default: all; the public address' is always among them]
    #[arg(long, env = "KUBEHOP_ALLOWED_HOSTS", value_name = "NAME", value_delimiter = ',')]
    pub allowed_hosts: Vec<String>,
    /// Proxies in front, addresses or networks, several with commas: whom they name as client is believed
    #[arg(long, env = "KUBEHOP_TRUSTED_PROXIES", value_name = "NETWORK", value_delimiter = ',', value_parser = network)]
    pub trusted_proxies: Vec<IpNet>,
    /// Address for /metrics (Prometheus), a listener of its own [default: none]
    #[arg(long, env = "KUBEHOP_METRICS_LISTEN", value_name = "ADDRESS")]
    pub metrics_listen: Option<SocketAddr>,

    /// Write a line for each request to standard error: its id, method, route, status and time
    #[arg(long, env = "KUBEHOP_ACCESS_LOG")]
    pub access_log: bool,

    /// Bytes of one upload at most
    #[arg(long, env = "KUBEHOP_MAX_BODY", value_name = "SIZE", default_value_t = Self::default().max_body)]
    pub max_body: Bytes,
    /// Objects of one upload at most
    #[arg(long, env = "KUBEHOP_MAX_OBJECTS", value_name = "NUMBER", default_value_t = Self::default().max_objects)]
    pub max_objects: usize,
    /// Pods of one scenario at most, those that workloads make too; the others are left out with a finding
    #[arg(long, env = "KUBEHOP_MAX_PODS", value_name = "NUMBER", default_value_t = Self::default().max_pods)]
    pub max_pods: usize,
    /// How long an upload lives after its last use
    #[arg(long, env = "KUBEHOP_UPLOAD_LIFETIME", value_name = "TIME", default_value_t = Self::default().upload_lifetime)]
    pub upload_lifetime: Span,
    /// Bytes of all stored scenarios at most; then 507
    #[arg(long, env = "KUBEHOP_QUOTA", value_name = "SIZE", default_value_t = Self::default().quota)]
    pub quota: Bytes,
    /// Bytes of one client's stored scenarios at most; then 507
    #[arg(long, env = "KUBEHOP_CLIENT_QUOTA", value_name = "SIZE", default_value_t = Self::default().client_quota)]
    pub client_quota: Bytes,
    /// Longest lifetime that a shared link can have
    #[arg(long, env = "KUBEHOP_MAX_LIFETIME", value_name = "TIME", default_value_t = Self::default().max_lifetime)]
    pub max_lifetime: Span,

    /// Threads that compute [default: two a core, at least four]. One client has half of them at most
    #[arg(long, env = "KUBEHOP_WORKERS", value_name = "NUMBER")]
    pub workers: Option<usize>,
    /// Computations that wait at most for a worker, of all clients
    #[arg(long, env = "KUBEHOP_QUEUE", value_name = "NUMBER", default_value_t = Self::default().queue)]
    pub queue: usize,
    /// Computations of one client that wait at most
    #[arg(long, env = "KUBEHOP_CLIENT_QUEUE", value_name = "NUMBER", default_value_t = Self::default().client_queue)]
    pub client_queue: usize,
    /// Longest wait for a worker; then 503 with Retry-After
    #[arg(long, env = "KUBEHOP_QUEUE_TIMEOUT", value_name = "TIME", default_value_t = Self::default().queue_timeout)]
    pub queue_timeout: Span,
    /// Longest computation; then it is stopped
    #[arg(long, env = "KUBEHOP_WORK_TIMEOUT", value_name = "TIME", default_value_t = Self::default().work_timeout)]
    pub work_timeout: Span,
    /// Steps of one computation at most, each a few microseconds; one that would take more is refused
    #[arg(long, env = "KUBEHOP_WORK_STEPS", value_name = "NUMBER", default_value_t = Self::default().work_steps)]
    pub work_steps: u64,
    /// Memory of one computation at most, by estimate; one that would take more is refused
    #[arg(long, env = "KUBEHOP_WORK_MEMORY", value_name = "SIZE", default_value_t = Self::default().work_memory)]
    pub work_memory: Bytes,
    /// Memory for models that are kept for the next request
    #[arg(long, env = "KUBEHOP_MODEL_CACHE", value_name = "SIZE", default_value_t = Self::default().model_cache)]
    pub model_cache: Bytes,
    /// Memory for pages that are kept for the next request; of a full one a client renews an eighth at once and all of it in 64 s
    #[arg(long, env = "KUBEHOP_PAGE_CACHE", value_name = "SIZE", default_value_t = Self::default().page_cache)]
    pub page_cache: Bytes,
    /// Memory for traces that are kept for the pages of their other steps
    #[arg(long, env = "KUBEHOP_TRACE_CACHE", value_name = "SIZE", default_value_t = Self::default().trace_cache)]
    pub trace_cache: Bytes,

    /// Connections at most
    #[arg(long, env = "KUBEHOP_CONNECTIONS", value_name = "NUMBER", default_value_t = Self::default().connections)]
    pub connections: usize,
    /// Connections from one address at most; proxies are not counted
    #[arg(long, env = "KUBEHOP_CLIENT_CONNECTIONS", value_name = "NUMBER", default_value_t = Self::default().client_connections)]
    pub client_connections: usize,
    /// Longest time for the head of a request to come in
    #[arg(long, env = "KUBEHOP_HEADER_TIMEOUT", value_name = "TIME", default_value_t = Self::default().header_timeout)]
    pub header_timeout: Span,
    /// Longest time that a connection is kept without a request
    #[arg(long, env = "KUBEHOP_IDLE_TIMEOUT", value_name = "TIME", default_value_t = Self::default().idle_timeout)]
    pub idle_timeout: Span,
    /// Longest time for a body to come in, and one second more for every 64 KiB of it; then 408
    #[arg(long, env = "KUBEHOP_BODY_TIMEOUT", value_name = "TIME", default_value_t = Self::default().body_timeout)]
    pub body_timeout: Span,
    /// Longest time in which a client takes nothing of its answer
    #[arg(long, env = "KUBEHOP_WRITE_TIMEOUT", value_name = "TIME", default_value_t = Self::default().write_timeout)]
    pub write_timeout: Span,
    /// Longest time for requests under way when the server is asked to stop
    #[arg(long, env = "KUBEHOP_GRACE", value_name = "TIME", default_value_t = Self::default().grace)]
    pub grace: Span,

    /// Requests a second of one client, on average; 0: any number. Files of the pages are not counted
    #[arg(long, env = "KUBEHOP_RATE", value_name = "NUMBER", default_value_t = Self::default().rate)]
    pub rate: u32,
    /// Requests that a client may send at once above that
    #[arg(long, env = "KUBEHOP_BURST", value_name = "NUMBER", default_value_t = Self::default().burst)]
    pub burst: u32,
    /// Uploads a minute of one client; 0: any number
    #[arg(long, env = "KUBEHOP_UPLOAD_RATE", value_name = "NUMBER", default_value_t = Self::default().upload_rate)]
    pub upload_rate: u32,
    /// Requests of one client under way at once; 0: any number
    #[arg(long, env = "KUBEHOP_CLIENT_REQUESTS", value_name = "NUMBER", default_value_t = Self::default().client_requests)]
    pub client_requests: usize,
    /// Uploads of the largest size that may be under way at once, of all clients; smaller ones count for their size
    #[arg(long, env = "KUBEHOP_UPLOADS", value_name = "NUMBER", default_value_t = Self::default().uploads)]
    pub uploads: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            lessons: None,
            database_url: None,
            public_url: None,
            allowed_hosts: Vec::new(),
            trusted_proxies: Vec::new(),
            metrics_listen: None,
            access_log: false,
            max_body: Bytes(32 << 20),
            max_objects: 200_000,
            max_pods: 20_000,
            upload_lifetime: Span::seconds(3_600),
            quota: Bytes(4 << 30),
            client_quota: Bytes(512 << 20),
            max_lifetime: Span::seconds(365 * 86_400),
            workers: None,
            queue: 512,
            client_queue: 128,
            queue_timeout: Span::seconds(10),
            work_timeout: Span::seconds(20),
            work_steps: 20_000_000,
            work_memory: Bytes(384 << 20),
            model_cache: Bytes(512 << 20),
            page_cache: Bytes(64 << 20),
            trace_cache: Bytes(64 << 20),
            connections: 4_096,
            client_connections: 256,
            header_timeout: Span::seconds(10),
            idle_timeout: Span::seconds(75),
            body_timeout: Span::seconds(30),
            write_timeout: Span::seconds(30),
            grace: Span::seconds(10),
            rate: 100,
            burst: 500,
            upload_rate: 30,
            client_requests: 128,
            uploads: 16,
        }
    }
}

impl Config {
    /// The same without limits per client: for tests and benchmarks, which are one client.
    #[must_use]
    pub fn for_one_client(self) -> Self {
        Self { rate: 0, upload_rate: 0, client_requests: 0, client_connections: self.connections, ..self }
    }

    /// Threads that compute.
    pub fn width(&self) -> usize {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        self.workers.unwrap_or((2 * cores).max(4)).max(1)
    }

    /// Longest time for the largest body to come in.
    pub fn longest_body(&self) -> Duration {
        self.body_timeout.0 + Duration::from_secs((self.max_body.0 / PACE) as u64)
    }

    /// True when an address is that of a proxy whose word counts.
    pub fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.trusted_proxies.iter().any(|network| network.contains(&address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Alone {
        #[command(flatten)]
        config: Config,
    }

    fn read(arguments: &[&str]) -> Result<Config, clap::Error> {
        Alone::try_parse_from([&["kubehop"], arguments].concat()).map(|alone| alone.config)
    }

    #[test]
    fn sizes_and_times_are_read_as_they_are_written() {
        for text in ["0", "1", "1000", "3KiB", "32MiB", "2GiB"] {
            assert_eq!(text.parse::<Bytes>().unwrap().to_string(), text);
        }
        assert_eq!("2048 MiB".parse::<Bytes>(), Ok(Bytes(2 << 30)));
        for text in ["0s", "250ms", "30s", "75s", "5m", "1h", "365d"] {
            assert_eq!(text.parse::<Span>().unwrap().to_string(), text);
        }
        for wrong in ["", "MiB", "1MB", "-1", "1.5GiB", "99999999999GiB"] {
            assert!(wrong.parse::<Bytes>().is_err(), "{wrong}");
        }
        for wrong in ["", "s", "30", "1w", "-1s", "99999999999999999999d", "9999999999999999999d"] {
            assert!(wrong.parse::<Span>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn without_options_the_defaults_hold() {
        assert_eq!(format!("{:?}", read(&[]).unwrap()), format!("{:?}", Config::default()));
    }

    #[test]
    fn options_take_what_they_say_and_nothing_else() {
        let config = read(&[
            "--trusted-proxies=10.0.0.0/8,fd00::1",
            "--public-url=https://hop.example.org/",
            "--max-body=1KiB",
            "--idle-timeout=2m",
        ]);
        let config = config.unwrap();
        assert_eq!(config.public_url.as_deref(), Some("https://hop.example.org"));
        assert_eq!((config.max_body, config.idle_timeout), (Bytes(1024), Span::seconds(120)));
        let trusted = |text: &str| config.trusts(text.parse().unwrap());
        assert!(trusted("10.1.2.3") && trusted("::ffff:10.1.2.3") && trusted("fd00::1"));
        assert!(!trusted("11.0.0.1") && !trusted("fd00::2"));
        for wrong in ["--trusted-proxies=x", "--public-url=hop.example.org", "--public-url=https://a/b", "--max-body=x"]
        {
            assert!(read(&[wrong]).is_err(), "{wrong}");
        }
    }

    /// The rows of the table in `docs/operating.md`.
    fn rows() -> Vec<String> {
        use clap::CommandFactory;
        let command = Alone::command();
        let arguments =
            command.get_arguments().filter(|argument| argument.get_long().is_some_and(|long| long != "help"));
        let row = |argument: &clap::Arg| {
            let long = argument.get_long().unwrap_or_default();
            let env = argument.get_env().and_then(|name| name.to_str()).unwrap_or_default();
            let values = argument.get_default_values().iter().filter_map(|value| value.to_str());
            let default =
                values.filter(|value| *value != "false").map(|value| format!("`{value}`")).collect::<String>();
            let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
            format!("| `--{long}` | `{env}` | {default} | {help} |")
        };
        arguments.map(row).collect()
    }

    #[test]
    fn the_manual_lists_every_option_as_help_does() {
        let manual = include_str!("../../docs/operating.md");
        let listed: Vec<&str> = manual.lines().filter(|line| line.starts_with("| `--")).collect();
        let rows = rows();
        let wanted = rows.join("\n");
        assert!(listed == rows, "docs/operating.md, “All options”, should be:\n{wanted}\n");
        assert!(rows.iter().all(|row| row.contains("`KUBEHOP_")), "every option has a variable");
    }
}
