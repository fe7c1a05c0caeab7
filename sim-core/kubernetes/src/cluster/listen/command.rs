//! What a command line says about listening.

use super::address::{self, Address, addresses};
use super::directive;
use super::flag::{self, Flag};
use super::program::{self, Kind, Program};
use super::words::{Word, base};
use crate::cluster::listener::Bind;
use kernel::packet::Protocol;

/// A place on the command line, as it reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mention {
    pub(super) text: String,
    /// Which entry of `command` and `args`, or which variable.
    pub(super) entry: usize,
    /// It is a variable.
    pub(super) variable: bool,
}

impl Mention {
    fn of(text: &str, word: &Word) -> Self {
        Self { text: shown(text), entry: word.entry, variable: false }
    }
}

/// A port that is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) port: u16,
    pub(super) protocol: Protocol,
    /// `None` where no address is named.
    pub(super) bind: Option<Bind>,
    /// It is the port that is served on, not one beside it.
    pub(super) main: bool,
    /// The program does so by itself: no word names the port.
    pub(super) by_itself: bool,
    pub(super) mention: Mention,
}

/// What is said.
#[derive(Clone, Debug, Default)]
pub(super) struct Said {
    pub(super) ports: Vec<Found>,
    /// An address without a port, for whatever port is served on.
    pub(super) host: Option<(Bind, Mention)>,
    /// The program whose ports are those it has by itself.
    pub(super) program: Option<&'static Program>,
    /// Every command is one that never listens: the last of them.
    pub(super) idle: Option<Mention>,
}

/// Wrappers that start another program, and how many words of their own come before it.
const WRAPPERS: &[(&str, usize)] = &[
    ("exec", 0),
    ("nohup", 0),
    ("tini", 0),
    ("dumb-init", 0),
    ("catatonit", 0),
    ("su-exec", 1),
    ("gosu", 1),
    ("env", 0),
    ("nice", 0),
    ("sudo", 0),
    ("stdbuf", 0),
    ("unbuffer", 0),
    ("timeout", 1),
    ("busybox", 0),
    ("npx", 0),
    ("docker-entrypoint.sh", 0),
    ("entrypoint.sh", 0),
    ("docker-php-entrypoint", 0),
    ("opentelemetry-instrument", 0),
    ("ddtrace-run", 0),
];

/// Wrappers of two words.
const RUNNERS: &[(&str, &str)] = &[
    ("bundle", "exec"),
    ("poetry", "run"),
    ("pipenv", "run"),
    ("uv", "run"),
    ("pnpm", "exec"),
    ("pnpm", "dlx"),
    ("yarn", "exec"),
    ("newrelic-admin", "run-program"),
];

/// Commands that only set the stage for others.
const STAGE: &[&str] = &["cd", "set", "export", "mkdir", "echo", "chmod", "cp", "ln", "source", "."];

/// Everything that the commands of a container say. `program` is what the arguments are handed to where no command is given.
pub(super) fn said(commands: &[Vec<Word>], program: &str) -> Said {
    let mut all = Said::default();
    let mut idle = None;
    let mut awake = false;
    let mut written: Vec<Found> = Vec::new();
    for words in commands {
        let words = unwrapped(words);
        let Some(first) = words.first() else { continue };
        let named = base(&first.text);
        let (name, arguments) = match program {
            // Arguments of an image's own program, which may name it again.
            own if !own.is_empty() && named != own && (first.text.starts_with('-') || !is_known(named, words)) => {
                (own, words)
            }
            // Arguments of a program that is not known.
            _ if first.text.starts_with('-') => ("", words),
            _ => (named, &words[1..]),
        };
        written.extend(directive::written(name, arguments).into_iter().filter_map(|(address, word)| {
            let mention = Mention::of(&format!("{name} {}", word.text), word);
            let (port, bind) = (address.port?, address.bind);
            Some(Found { port, protocol: Protocol::Tcp, bind, main: true, by_itself: false, mention })
        }));
        let texts: Vec<&str> = arguments.iter().map(|word| word.text.as_str()).collect();
        let known = program::find(name, &texts);
        let said = match (name, known) {
            ("nc" | "ncat" | "netcat", _) => netcat(arguments),
            ("socat", _) => socat(arguments),
            ("agnhost", _) => agnhost(arguments),
            // A shell runs a script of which nothing is known, or waits for its terminal.
            ("sh" | "bash" | "ash" | "dash" | "zsh", _) => {
                let script = arguments.iter().any(|word| !word.text.starts_with('-'));
                script.then(Said::default)
            }
            (_, Some(program)) if program.kind == Kind::Client => None,
            (_, known) => Some(flags(name, arguments, known, first)),
        };
        match said {
            Some(said) => {
                awake = true;
                all.ports.extend(said.ports);
                all.host = all.host.or(said.host);
                all.program = all.program.or(said.program);
            }
            None => {
                let text = words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ");
                // What only prepares says least about what goes on.
                if idle.is_none() || !STAGE.contains(&name) {
                    idle = Some(Mention::of(&text, first));
                }
            }
        }
    }
    if all.program.is_some_and(directive::reads) {
        all.ports.extend(written);
    }
    all.idle = idle.filter(|_| !awake);
    all
}

/// Flags that name a file of settings.
const SETTINGS: &[&str] = &[
    "c",
    "f",
    "conf",
    "config",
    "config-file",
    "config.file",
    "configfile",
    "config-path",
    "config-dir",
    "configuration",
    "defaults-file",
    "defaults-extra-file",
];

/// True for a command line that names a file of settings, behind such a flag or alone.
pub(super) fn settings(line: &[Word]) -> bool {
    const ENDS: &[&str] = &[".conf", ".cfg", ".cnf", ".ini", ".toml", ".json", ".yaml", ".yml", ".hcl", ".properties"];
    let file = |text: &str| ENDS.iter().any(|end| text.ends_with(end));
    let mut before = false;
    line.iter().any(|word| {
        let behind = std::mem::take(&mut before);
        match split(&word.text) {
            Some((flag, value)) => {
                let of_settings = SETTINGS.contains(&&*flag::name(flag));
                before = of_settings && value.is_none();
                of_settings && value.is_some_and(|value| value.contains('/') || file(value))
            }
            None => {
                (behind && (word.text.contains('/') || file(&word.text)))
                    || (word.text.contains('/') && file(&word.text) && !word.text.contains("://"))
            }
        }
    })
}

fn is_known(name: &str, words: &[Word]) -> bool {
    let texts: Vec<&str> = words.iter().skip(1).map(|word| word.text.as_str()).collect();
    program::find(name, &texts).is_some() || matches!(name, "nc" | "ncat" | "netcat" | "socat" | "python" | "python3")
}

/// The command behind its wrappers.
fn unwrapped(mut words: &[Word]) -> &[Word] {
    loop {
        let Some(first) = words.first() else { return words };
        let name = base(&first.text);
        let second = words.get(1).map_or("", |word| word.text.as_str());
        if name == "--" {
            words = &words[1..];
        } else if let Some((_, own)) = WRAPPERS.iter().find(|(wrapper, _)| *wrapper == name).filter(|_| words.len() > 1)
        {
            words = &words[1..];
            let assigns = |word: &Word| name == "env" && word.text.contains('=');
            while words.first().is_some_and(|word| word.text.starts_with('-') && word.text != "--" || assigns(word)) {
                words = &words[1..];
            }
            words = words.get(*own..).unwrap_or_default();
        } else if RUNNERS.contains(&(name, second)) {
            words = &words[2..];
        } else if is_python(name) {
            match python(words) {
                Some(rest) => return rest,
                None => return words,
            }
        } else if matches!(name, "php" | "ruby" | "node") && matches!(base(second), "artisan" | "rails") {
            words = &words[1..];
        } else {
            return words;
        }
    }
}

fn is_python(name: &str) -> bool {
    name.strip_prefix("python").is_some_and(|rest| rest.chars().all(|c| c.is_ascii_digit() || c == '.'))
}

/// `python -m MODULE …` and `python …/manage.py …`: the module or script, as the program it is.
fn python(words: &[Word]) -> Option<&[Word]> {
    let at = words.iter().skip(1).position(|word| !word.text.starts_with('-') || word.text.starts_with("-m"))? + 1;
    let word = words.get(at)?;
    match word.text.as_str() {
        "-m" => words.get(at + 1..),
        _ => (base(&word.text) == "manage.py").then(|| &words[at..]),
    }
}

/// What flags and, for some programs, plain words say.
fn flags(name: &str, arguments: &[Word], known: Option<&'static Program>, program: &Word) -> Said {
    let mut said = Said::default();
    let mut open = arguments.iter().enumerate().peekable();
    // `nothing behind it yet` for programs that take an address as a plain word.
    let mut behind = known.and_then(|known| known.behind).is_some_and(<[_]>::is_empty);
    while let Some((_, word)) = open.next() {
        let Some((flag, value)) = split(&word.text) else {
            plain(word, known, &mut behind, &mut said);
            continue;
        };
        let flag_name = flag::name(flag);
        let opens = known.and_then(|known| known.opens.iter().find(|(name, _)| *name == flag_name));
        if let Some((_, port)) = opens.filter(|_| value != Some("false")) {
            let mention = Mention::of(&word.text, word);
            let found =
                Found { port: *port, protocol: Protocol::Tcp, bind: None, main: false, by_itself: false, mention };
            said.ports.push(found);
            continue;
        }
        let kind = kind_of(&flag_name, known);
        let (value, mention) = match value {
            Some(value) => (value.to_owned(), word.text.clone()),
            None => {
                // The next word is the value where there is one; a flag of no concern leaves plain addresses alone.
                let next = open.peek().map(|(_, next)| *next).filter(|next| split(&next.text).is_none());
                let Some(next) = next else { continue };
                let setting = name == "postgres" && flag_name == "c";
                if kind == Flag::Other && !setting && !address::is_open(&next.text) {
                    continue;
                }
                open.next();
                (next.text.clone(), format!("{} {}", word.text, next.text))
            }
        };
        let mention = Mention::of(&mention, word);
        // A line of the configuration file.
        if let ("postgres", "c", Some((setting, value))) = (name, &*flag_name, value.split_once('=')) {
            let setting = flag::name(setting);
            take(&mut said, name, &setting, kind_of(&setting, known), value, mention);
            continue;
        }
        take(&mut said, name, &flag_name, kind, &value, mention);
    }
    // An address that stands alone goes with every port without one.
    if let Some((bind, mention)) = said.host.clone() {
        for found in said.ports.iter_mut().filter(|found| found.main && found.bind.is_none()) {
            found.bind = Some(bind);
            if bind != Bind::Any {
                found.mention.text = shown(&format!("{} {}", mention.text, found.mention.text));
                found.mention.entry = mention.entry;
            }
        }
    }
    by_itself(&mut said, name, known, program);
    said
}

/// What the program does where no flag says otherwise.
fn by_itself(said: &mut Said, name: &str, known: Option<&'static Program>, program: &Word) {
    let Some(known) = known else { return };
    let bind = known.local.then_some(Bind::Loopback);
    let mention = || Mention::of(name, program);
    if said.ports.iter().any(|found| found.main) {
        for found in said.ports.iter_mut().filter(|found| found.main && found.bind.is_none()) {
            found.bind = bind;
        }
        // The port of a flag is that of both protocols.
        for (_, protocol) in known.ports.iter().filter(|(_, protocol)| *protocol != Protocol::Tcp) {
            let main: Vec<Found> =
                said.ports.iter().filter(|found| found.main && found.protocol == Protocol::Tcp).cloned().collect();
            said.ports.extend(main.into_iter().map(|found| Found { protocol: *protocol, ..found }));
        }
        return;
    }
    said.program = Some(known);
    let bind = said.host.as_ref().map(|(bind, _)| *bind).or(bind);
    let shown = said.host.as_ref().map_or_else(mention, |(_, mention)| mention.clone());
    said.ports.extend(known.ports.iter().map(|(port, protocol)| Found {
        port: *port,
        protocol: *protocol,
        bind,
        main: true,
        by_itself: true,
        mention: shown.clone(),
    }));
}

/// A flag with the value that stands in the same word.
fn split(text: &str) -> Option<(&str, Option<&str>)> {
    if !text.starts_with('-') || text == "-" || text == "--" {
        return None;
    }
    // Java's properties.
    if let Some(property) = text.strip_prefix("-D").filter(|property| property.contains('=')) {
        return property.split_once('=').map(|(name, value)| (name, Some(value)));
    }
    if let Some((flag, value)) = text.split_once('=') {
        return Some((flag, Some(value)));
    }
    // `-p8080`.
    let number = text.get(2..).filter(|rest| !text.starts_with("--") && address::port(rest).is_some());
    match number {
        Some(number) => Some((text.get(..2)?, Some(number))),
        None => Some((text, None)),
    }
}

fn kind_of(flag: &str, known: Option<&'static Program>) -> Flag {
    match known {
        Some(known) if known.others.contains(&flag) => Flag::Remote,
        Some(known) if known.listens.contains(&flag) => Flag::Listen,
        Some(known) if known.binds.contains(&flag) => Flag::Bind,
        _ => flag::kind(flag),
    }
}

/// Takes over what a flag says.
fn take(said: &mut Said, program: &str, flag: &str, kind: Flag, value: &str, mention: Mention) {
    let main = match kind {
        Flag::Listen => true,
        Flag::Beside => false,
        Flag::Other if address::is_open(value) => false,
        Flag::Bind => {
            // Several addresses are no one's alone.
            let all: Vec<Bind> = addresses(value).iter().filter_map(|address| address.bind).collect();
            let bind = match all.as_slice() {
                [] => return,
                [bind] => *bind,
                _ => Bind::Any,
            };
            said.host = Some((bind, mention));
            return;
        }
        Flag::Remote | Flag::Other => return,
    };
    // An address with a name, as etcd and envoy take them, is behind its `=`.
    for found in addresses(value) {
        let Address { bind, port, protocol } = found;
        let Some(port) = port else {
            if main && let Some(bind) = bind {
                said.host = Some((bind, mention.clone()));
            }
            continue;
        };
        // A small number behind a letter is most often something else.
        let least = match flag {
            "l" | "b" | "m" => 80,
            "p" => 20,
            _ => 1,
        };
        if port < least && bind.is_none() && program::find(program, &[]).is_none() {
            continue;
        }
        let protocol = protocol.unwrap_or(match flag {
            flag if flag.contains("udp") => Protocol::Udp,
            flag if flag.contains("sctp") => Protocol::Sctp,
            _ => Protocol::Tcp,
        });
        said.ports.push(Found { port, protocol, bind, main, by_itself: false, mention: mention.clone() });
    }
}

/// A word that is no flag.
fn plain(word: &Word, known: Option<&'static Program>, behind: &mut bool, said: &mut Said) {
    let words = known.and_then(|known| known.behind);
    if words.is_some_and(|words| words.contains(&word.text.as_str())) {
        *behind = true;
        return;
    }
    if !*behind && !address::is_open(&word.text) {
        return;
    }
    let mention = Mention::of(&word.text, word);
    for Address { bind, port, protocol } in addresses(&word.text) {
        match (port, bind) {
            (Some(port), bind) => {
                *behind = false;
                let protocol = protocol.unwrap_or(Protocol::Tcp);
                said.ports.push(Found { port, protocol, bind, main: true, by_itself: false, mention: mention.clone() });
            }
            (None, Some(bind)) if *behind => said.host = Some((bind, mention.clone())),
            (None, _) => {}
        }
    }
}

/// `nc -l -p 8080`, `nc -lk 8080`, `nc -ulp 53`.
fn netcat(arguments: &[Word]) -> Option<Said> {
    let (mut listens, mut udp, mut bind) = (false, false, None);
    let mut ports: Vec<&Word> = Vec::new();
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        let text = word.text.as_str();
        match text {
            "--listen" => listens = true,
            "--udp" => udp = true,
            _ if text.starts_with("--") => {}
            "-e" | "-c" | "-i" | "-w" | "-q" | "-o" => drop(words.next()),
            "-s" => bind = words.next().and_then(|word| address::bind(&word.text)),
            _ if text.starts_with('-') => {
                listens |= text.contains('l');
                udp |= text.contains('u');
            }
            _ => ports.push(word),
        }
    }
    if !listens {
        return None;
    }
    // `nc -l ADDRESS PORT`.
    if let [first, _] = ports.as_slice() {
        bind = bind.or(address::bind(&first.text));
    }
    let protocol = if udp { Protocol::Udp } else { Protocol::Tcp };
    let found = ports.iter().filter_map(|word| Some((word, address::port(&word.text)?)));
    let found = found.map(|(word, port)| Found {
        port,
        protocol,
        bind,
        main: true,
        by_itself: false,
        mention: Mention::of(&format!("nc -l {}", word.text), word),
    });
    Some(Said { ports: found.collect(), ..Said::default() })
}

/// `socat TCP-LISTEN:8080,bind=127.0.0.1,fork …`.
fn socat(arguments: &[Word]) -> Option<Said> {
    let mut said = Said::default();
    for word in arguments {
        let Some((kind, rest)) = word.text.split_once(':') else { continue };
        let kind = kind.to_ascii_uppercase();
        let listens = ["-LISTEN", "-L", "-RECV", "-RECVFROM"].iter().any(|end| kind.ends_with(end));
        if !listens {
            continue;
        }
        let mut options = rest.split(',');
        let Some(port) = options.next().and_then(address::port) else { continue };
        let bind = options.find_map(|option| address::bind(option.strip_prefix("bind=")?));
        let protocol = match &*kind {
            kind if kind.starts_with("UDP") => Protocol::Udp,
            kind if kind.starts_with("SCTP") => Protocol::Sctp,
            _ => Protocol::Tcp,
        };
        let mention = Mention::of(&word.text, word);
        said.ports.push(Found { port, protocol, bind, main: true, by_itself: false, mention });
    }
    (!said.ports.is_empty()).then_some(said)
}

/// Kubernetes' test image: each of its commands has ports of its own.
fn agnhost(arguments: &[Word]) -> Option<Said> {
    let command = arguments.iter().find(|word| !word.text.starts_with('-'))?;
    const TCP: Protocol = Protocol::Tcp;
    let defaults: &[(&str, u16, Protocol)] = match command.text.as_str() {
        "netexec" => &[("http-port", 8080, TCP), ("udp-port", 8081, Protocol::Udp), ("sctp-port", 0, Protocol::Sctp)],
        "serve-hostname" => &[("port", 9376, TCP)],
        "nettest" | "no-snat-test" | "liveness" | "tcp-reset" | "mounttest-http" => &[("port", 8080, TCP)],
        "test-webserver" => &[("port", 80, TCP)],
        "guestbook" => &[("http-port", 80, TCP)],
        "grpc-health-checking" => &[("port", 5000, TCP), ("http-port", 8080, TCP)],
        "webhook" => &[("port", 443, TCP)],
        "crd-conversion-webhook" => &[("port", 443, TCP)],
        "fake-gitserver" => &[("port", 8000, TCP)],
        "net-server" | "tcp-server" => &[("port", 8080, TCP)],
        _ => return None,
    };
    let mut said = Said::default();
    let values = arguments.iter().enumerate().filter_map(|(at, word)| {
        let (flag, value) = split(&word.text)?;
        let value = value.or_else(|| arguments.get(at + 1).map(|next| next.text.as_str()))?;
        Some((flag::name(flag), value, word))
    });
    let values: Vec<(String, &str, &Word)> = values.collect();
    let told = |name: &str| values.iter().find(|(flag, _, _)| flag == name);
    let udp =
        told("udp").is_some_and(|(_, value, _)| *value != "false") || arguments.iter().any(|word| word.text == "--udp");
    for (flag, default, protocol) in defaults {
        let given = told(flag);
        let port = match given {
            Some((_, value, _)) => address::port(value),
            None => Some(*default).filter(|port| *port > 0),
        };
        let Some(port) = port else { continue };
        let mention = match given {
            Some((_, value, word)) => Mention::of(&format!("--{flag}={value}"), word),
            None => Mention::of(&command.text, command),
        };
        let protocol = if udp && command.text == "serve-hostname" { Protocol::Udp } else { *protocol };
        said.ports.push(Found { port, protocol, bind: None, main: true, by_itself: given.is_none(), mention });
    }
    Some(said)
}

/// The start of a text.
fn shown(text: &str) -> String {
    let clean = text.replace(super::words::POD_IP, "$(podIP)").replace(super::words::UNKNOWN, "…");
    clean.chars().take(80).collect()
}

#[cfg(test)]
mod tests;
