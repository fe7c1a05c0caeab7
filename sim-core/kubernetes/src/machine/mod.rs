//! What tools printed on real machines, told apart: whose it is, of which network namespace, and by which tool.
//!
//! A text is one of these when it says so in a line of its own (`# kubehop: machine=node-a netns=root command=iptables-save`, as the collecting
//! script writes it), when it is a transcript with prompts (`root@node-a:~# ip -d addr`), or when its first line is one that only such a tool
//! prints. What the tools' lines mean is the kernel crate's business (`kernel::text`): nothing is read here but where a part begins and ends.
//!
//! ```
//! use kubernetes::machine::{Tool, read};
//! use kubernetes::origin::SourceId;
//!
//! let text = "root@node-a:~# sysctl -a\nnet.ipv4.ip_forward = 1\nroot@node-a:~# ip netns exec blue ip route\ndefault via 10.0.0.1 dev eth0\n";
//! let parts = read(SourceId(0), "transcript.txt", text).unwrap();
//! assert_eq!(parts.iter().map(|part| part.tool).collect::<Vec<_>>(), [Tool::Sysctl, Tool::Route]);
//! assert_eq!((&*parts[1].machine, parts[1].netns.as_deref()), ("node-a", Some("blue")));
//! assert_eq!(&text[parts[1].range.clone()], "default via 10.0.0.1 dev eth0\n");
//! // A manifest is none.
//! assert!(read(SourceId(0), "pod.yaml", "apiVersion: v1\nkind: Pod\n").is_none());
//! ```

mod command;
mod shape;
#[cfg(test)]
mod tests;
mod tool;

use crate::origin::SourceId;
pub use command::{COLLECTED, HEADER};
use command::{Said, header, prompt};
use shape::shape;
use std::ops::Range;
use std::sync::Arc;
pub use tool::Tool;

/// What one tool printed once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Whose it is.
    pub machine: Arc<str>,
    /// The text names the machine; otherwise its name is the file's, or a word.
    pub named: bool,
    /// The network namespace; `None` for the machine's own.
    pub netns: Option<Arc<str>>,
    /// Who printed it.
    pub tool: Tool,
    /// The text it stands in.
    pub source: SourceId,
    /// Its bytes in that text: whole lines.
    pub range: Range<usize>,
    /// Number of its first line, from 1.
    pub line: u32,
}

/// A machine with all that was printed on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    /// Its name.
    pub name: Arc<str>,
    /// Something names it; otherwise [`Self::name`] is only to tell it apart.
    pub named: bool,
    /// Its network namespaces, its own first, in the order of the texts. Of what a tool printed twice the later is behind.
    pub spaces: Vec<(Option<Arc<str>>, Vec<Part>)>,
}

/// The parts by machine and namespace, machines in the order of the texts.
pub fn by_machine(parts: Vec<Part>) -> Vec<Machine> {
    let mut all: Vec<Machine> = Vec::new();
    for part in parts {
        let at = all.iter().position(|machine| machine.name == part.machine).unwrap_or(all.len());
        if at == all.len() {
            all.push(Machine { name: part.machine.clone(), named: part.named, spaces: vec![(None, Vec::new())] });
        }
        let Some(machine) = all.get_mut(at) else { continue };
        machine.named |= part.named;
        let space = machine.spaces.iter().position(|(name, _)| *name == part.netns).unwrap_or(machine.spaces.len());
        if space == machine.spaces.len() {
            machine.spaces.push((part.netns.clone(), Vec::new()));
        }
        if let Some((_, parts)) = machine.spaces.get_mut(space) {
            parts.push(part);
        }
    }
    all
}

/// The machine that nothing names.
pub const UNNAMED: &str = "machine";

/// Parts of one text at most.
const PARTS: usize = 10_000;
/// Lines that are looked at before a text is taken for something else.
const HEAD: usize = 40;

/// The parts of a text; `None` when it is something else.
pub fn read(source: SourceId, name: &str, text: &str) -> Option<Vec<Part>> {
    if !is_state(text) {
        return None;
    }
    let file = by_file(name);
    let mut reader = Reader { source, file, machine: None, netns: None, open: None, told: false, parts: Vec::new() };
    let (mut at, mut number) = (0_usize, 0_u32);
    for line in text.split_inclusive('\n') {
        number = number.saturating_add(1);
        reader.line(line.trim_end_matches(['\n', '\r']), at, number);
        at += line.len();
    }
    reader.close(at);
    let empty = |part: &Part| text.get(part.range.clone()).is_none_or(|text| text.trim().is_empty());
    // A tool that printed nothing said that there is nothing: of rules that counts, a tool that is not there says nothing on its output, either.
    reader.parts.retain(|part| !empty(part));
    Some(reader.parts)
}

/// Whether tools of a machine printed a text.
pub fn is_state(text: &str) -> bool {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines = text.lines().take(HEAD);
    for line in lines {
        let bare = line.trim_end();
        if bare.is_empty() {
            continue;
        }
        if header(bare).is_some() || prompt(bare).is_some_and(|said| said.tool.is_some()) {
            return true;
        }
        if let Some(tool) = shape(bare, None) {
            // An address in front of a colon is YAML, too.
            return !matches!(tool, Tool::Addr | Tool::Rule) || !bare.starts_with(' ');
        }
        if !bare.starts_with('#') && prompt(bare).is_none() {
            return false;
        }
    }
    false
}

/// Machine and whether something names it, by a file's path: `node-a/iptables-save.txt`, `node-a.txt`.
fn by_file(name: &str) -> (Arc<str>, bool) {
    let mut parts = name.rsplit('/');
    let file = parts.next().unwrap_or_default();
    let stem = file.split('.').next().unwrap_or_default();
    let folder = parts.find(|part| !matches!(*part, "" | "." | "root" | "host"));
    if let Some(folder) = folder.filter(|folder| *folder != "..") {
        return (Arc::from(folder), true);
    }
    let lower = stem.to_ascii_lowercase();
    let of_tool = [
        "iptables",
        "ip6tables",
        "nft",
        "ip-",
        "ip_",
        "route",
        "sysctl",
        "conntrack",
        "ipset",
        "bridge",
        "ss",
        "pasted",
        "-",
    ];
    match stem.is_empty() || lower == "ip" || of_tool.iter().any(|tool| lower.starts_with(tool)) {
        true => (Arc::from(UNNAMED), false),
        false => (Arc::from(stem), false),
    }
}

struct Reader {
    source: SourceId,
    file: (Arc<str>, bool),
    machine: Option<Arc<str>>,
    netns: Option<Arc<str>>,
    /// What is being printed, since which byte and line.
    open: Option<(Tool, usize, u32)>,
    /// A command said so: lines of another tool's shape do not end it.
    told: bool,
    parts: Vec<Part>,
}

impl Reader {
    fn line(&mut self, line: &str, at: usize, number: u32) {
        let bare = if at == 0 { line.trim_start_matches('\u{feff}') } else { line };
        if let Some(said) = header(bare) {
            return self.begin(said, at, number, line.len());
        }
        if let Some(said) = prompt(bare) {
            // A comment in front of what a tool prints is none of a shell's.
            if said.tool.is_some() || !bare.starts_with("# ") {
                return self.begin(said, at, number, line.len());
            }
        }
        if self.told {
            return;
        }
        let now = self.open.map(|(tool, ..)| tool);
        if let Some(tool) = shape(bare, now).filter(|tool| Some(*tool) != now) {
            self.close(at);
            self.open = Some((tool, at, number));
        }
    }

    fn begin(&mut self, said: Said<'_>, at: usize, number: u32, length: usize) {
        self.close(at);
        let Said { machine, netns, tool, whole } = said;
        if let Some(machine) = machine {
            self.machine = Some(Arc::from(machine));
        }
        // A prompt without a namespace is one of the machine's own.
        self.netns = netns.filter(|name| !matches!(*name, "root" | "host")).map(Arc::from);
        self.told = whole;
        // Its output begins in the next line.
        self.open = tool.map(|tool| (tool, at + length + 1, number.saturating_add(1)));
    }

    fn close(&mut self, end: usize) {
        let Some((tool, start, line)) = self.open.take() else { return };
        let range = start..end;
        if range.is_empty() || self.parts.len() >= PARTS {
            return;
        }
        let (machine, named) = match &self.machine {
            Some(machine) => (machine.clone(), true),
            None => self.file.clone(),
        };
        let netns = self.netns.clone();
        self.parts.push(Part { machine, named, netns, tool, source: self.source, range, line });
    }
}
