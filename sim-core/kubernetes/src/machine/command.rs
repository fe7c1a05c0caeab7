//! Lines that say what follows: the collecting script's, and prompts with a command.

use super::tool::Tool;

/// What a line of the collecting script begins with.
pub const HEADER: &str = "# kubehop:";

/// The commands that the collecting script runs in each namespace, with the word that its header has for them. None of them writes anything.
pub const COLLECTED: &[(Tool, &str)] = &[
    (Tool::Addr, "ip -d addr"),
    (Tool::Route, "ip route show table all"),
    (Tool::Rule, "ip rule"),
    (Tool::Neigh, "ip neigh"),
    (Tool::Fdb, "bridge fdb"),
    (Tool::BridgeLink, "bridge -d link"),
    (Tool::BridgeVlan, "bridge vlan"),
    (Tool::Sysctl, "sysctl -a"),
    (Tool::Iptables, "iptables-save -c"),
    (Tool::Ip6tables, "ip6tables-save -c"),
    (Tool::Nft, "nft list ruleset"),
    (Tool::Ipset, "ipset save"),
    (Tool::Conntrack, "conntrack -L"),
    (Tool::Sockets, "ss -lntup"),
];

/// What a line says of those behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Said<'t> {
    pub(super) machine: Option<&'t str>,
    pub(super) netns: Option<&'t str>,
    /// What prints them; `None` for another command.
    pub(super) tool: Option<Tool>,
    /// All that follows is that tool's, whatever it looks like, up to the next such line.
    pub(super) whole: bool,
}

/// `# kubehop: machine=NAME netns=NS command=iptables-save -c`.
pub(super) fn header(line: &str) -> Option<Said<'_>> {
    let rest = line.strip_prefix(HEADER)?;
    let (fields, command) = rest.split_once("command=").unwrap_or((rest, ""));
    let field = |name: &str| fields.split_whitespace().find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
    let words: Vec<&str> = command.split_whitespace().collect();
    Some(Said { machine: field("machine"), netns: field("netns"), tool: tool(&words), whole: true })
}

/// A prompt with a command: `root@node-a:~# ip route`, `[root@node-a ~]# …`, `node-a$ …`, `$ …`, `# …`.
pub(super) fn prompt(line: &str) -> Option<Said<'_>> {
    let (machine, command) = split(line)?;
    let mut said = Said { machine, netns: None, tool: None, whole: true };
    let words: Vec<&str> = command.split_whitespace().collect();
    let mut rest = &words[..];
    // Whatever leads to the command, from outside to inside.
    for _ in 0..6 {
        let Some((first, others)) = rest.split_first() else { break };
        let name = first.rsplit('/').next().unwrap_or(first);
        let skip = |others: &[&'_ str], with: &[&str]| {
            let mut at = 0;
            while let Some(word) = others.get(at).filter(|word| word.starts_with('-')) {
                at += if with.contains(word) { 2 } else { 1 };
            }
            at
        };
        match name {
            "sudo" | "doas" => rest = others.get(skip(others, &["-u", "-g"])..).unwrap_or_default(),
            "ssh" => {
                let at = skip(others, &["-i", "-p", "-l", "-o", "-F", "-J"]);
                let host = others.get(at)?;
                said.machine = Some(host.rsplit('@').next().unwrap_or(host));
                rest = others.get(at + 1..).unwrap_or_default();
            }
            // A container of kind is a node.
            "docker" | "podman" | "nerdctl" if others.first() == Some(&"exec") => {
                let others = others.get(1..).unwrap_or_default();
                let at = skip(others, &["-u", "-e", "-w"]);
                said.machine = Some(others.get(at)?);
                rest = others.get(at + 1..).unwrap_or_default();
            }
            "ip" if others.first() == Some(&"netns") && others.get(1) == Some(&"exec") => {
                said.netns = Some(others.get(2)?);
                rest = others.get(3..).unwrap_or_default();
            }
            "nsenter" => {
                let at = others.iter().position(|word| !word.starts_with('-') && word.parse::<u32>().is_err())?;
                said.netns = others.iter().take(at).find(|word| word.parse::<u32>().is_ok()).copied();
                rest = others.get(at..).unwrap_or_default();
            }
            _ => break,
        }
    }
    if let ["ip", "-n" | "-netns", name, ..] = rest {
        said.netns = Some(name);
    }
    // Of several shells in a row the last.
    said.tool = tool(rest);
    Some(said)
}

/// Machine and command of a line with a prompt.
fn split(line: &str) -> Option<(Option<&str>, &str)> {
    for bare in ["$ ", "# ", "% "] {
        if let Some(command) = line.strip_prefix(bare) {
            return Some((None, command.trim()));
        }
    }
    let (before, command) = ["# ", "$ ", "% "].iter().find_map(|end| {
        let (before, command) = line.split_once(end)?;
        // `user@host:~/folder`, `[user@host folder]`, `host`.
        (before.len() <= 120 && !before.starts_with(char::is_whitespace)).then_some((before, command))
    })?;
    let word = |text: &str| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte))
    };
    let bare = before.trim_start_matches('[').trim_end_matches(']');
    let host = match bare.split_once('@') {
        Some((user, rest)) if word(user) => rest.split([':', ' ']).next().unwrap_or_default(),
        Some(_) => return None,
        None => bare,
    };
    (word(host)).then_some((Some(host), command.trim()))
}

/// The tool that such a command runs.
fn tool(words: &[&str]) -> Option<Tool> {
    let (first, rest) = words.split_first()?;
    let name = first.rsplit('/').next().unwrap_or(first);
    // A filter may have taken lines away, never have added any.
    let rest: Vec<&str> = rest
        .iter()
        .copied()
        .take_while(|word| !matches!(*word, "|" | ">" | ";" | "&&" | "2>" | "2>/dev/null"))
        .collect();
    let plain = |options: &[&str]| {
        let mut words = rest.iter().copied().peekable();
        let mut all = Vec::new();
        while let Some(word) = words.next() {
            if options.contains(&word) {
                words.next();
            } else if !word.starts_with('-') {
                all.push(word);
            }
        }
        all
    };
    let begins = |word: &str, full: &str| !word.is_empty() && full.starts_with(word);
    match name {
        "iptables-save" | "iptables-nft-save" | "iptables-legacy-save" => Some(Tool::Iptables),
        "ip6tables-save" | "ip6tables-nft-save" | "ip6tables-legacy-save" => Some(Tool::Ip6tables),
        // As `iptables -S` prints one table, without its name: of the filter table unless it says another.
        "nft" => plain(&[]).first().is_some_and(|word| begins(word, "list")).then_some(Tool::Nft),
        "ipset" => plain(&[]).first().is_some_and(|word| begins(word, "save")).then_some(Tool::Ipset),
        "conntrack" => rest.iter().any(|word| matches!(*word, "-L" | "--dump")).then_some(Tool::Conntrack),
        "sysctl" => Some(Tool::Sysctl),
        "ss" | "netstat" => (name == "ss").then_some(Tool::Sockets),
        "bridge" => match plain(&[]).first() {
            Some(word) if begins(word, "fdb") => Some(Tool::Fdb),
            Some(word) if begins(word, "link") => Some(Tool::BridgeLink),
            Some(word) if begins(word, "vlan") => Some(Tool::BridgeVlan),
            _ => None,
        },
        "ip" => {
            if rest.iter().any(|word| matches!(*word, "-6" | "-j" | "-json")) {
                return None;
            }
            let of = plain(&["-n", "-netns", "-f", "-family"]);
            if of.get(1).is_some_and(|word| matches!(*word, "add" | "del" | "get" | "set" | "replace" | "flush")) {
                return None;
            }
            match of.first().copied() {
                Some("a") => Some(Tool::Addr),
                Some(word) if begins(word, "route") && word != "ru" => Some(Tool::Route),
                Some(word) if begins(word, "address") || begins(word, "link") => Some(Tool::Addr),
                Some(word) if begins(word, "rule") => Some(Tool::Rule),
                Some(word) if begins(word, "neighbour") || begins(word, "neighbor") => Some(Tool::Neigh),
                _ => None,
            }
        }
        _ => None,
    }
}
