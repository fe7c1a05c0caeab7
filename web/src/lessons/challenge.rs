//! Challenges: variants of a lesson's task to mend something, one for every seed, so that nobody can copy from a neighbour.
//!
//! A variant starts from the task's reference solution, with other names and other addresses; one value of it is then made wrong. Both are
//! played before anybody sees them: what was mended reaches the goal, what is broken is valid input that does not.

use super::query::{Moment, Value};
use super::read::{Goal, Lesson, Step, Task};
use super::task::{self, Bounds};
use kubernetes::budget::Stopped;
use sim_core::trace::ProbeText;
use std::collections::{BTreeMap, BTreeSet};

/// Names that things have in variants.
const NAMES: [&str; 24] = [
    "amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "hazel", "inlet", "juniper", "kelp", "lagoon",
    "maple", "nectar", "orchid", "pebble", "quartz", "reed", "sierra", "tundra", "umber", "velvet", "willow", "zephyr",
];
/// Names that are no choice of whoever wrote the input.
const KEPT: [&str; 8] =
    ["default", "kube-system", "kubernetes", "kube-dns", "coredns", "localhost", "metallb-system", "ingress-nginx"];
/// Faults that are tried at most.
const TRIED: usize = 12;
/// Characters of a seed at most.
pub const SEED: usize = 40;

/// A variant of a task.
#[derive(Clone, Debug)]
pub struct Challenge {
    /// Its step: the task with the broken input, and nothing of one click.
    pub step: Step,
    /// The first line of the file that is not as it should be, from 1.
    pub line: usize,
}

/// FNV-1a, 64 bits: a number that says nothing and is always the same.
pub(crate) fn hashed(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Numbers that a seed gives: splitmix64, from its hash.
struct Dice(u64);

impl Dice {
    fn of(seed: &str) -> Self {
        Self(hashed(seed))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }

    fn shuffle<T>(&mut self, all: &mut [T]) {
        for at in (1..all.len()).rev() {
            all.swap(at, self.below(at + 1));
        }
    }
}

impl Lesson {
    /// The steps that have variants: those where something is to be mended. Their numbers, from 1.
    pub fn challenges(&self) -> Vec<usize> {
        let mends = |step: &Step| matches!(&step.kind, super::read::Kind::Task(task) if task.code == "fix");
        self.steps.iter().enumerate().filter(|(_, step)| mends(step)).map(|(at, _)| at + 1).collect()
    }
}

/// The variant of a task for a seed; `None` where no change of one value breaks it.
///
/// # Errors
/// When the budget is spent.
pub fn challenge(step: &Step, task: &Task, seed: &str, bounds: &Bounds<'_>) -> Result<Option<Challenge>, Stopped> {
    let Some(mended) = task.solved() else { return Ok(None) };
    // Comments tell of the lesson's own fault.
    let mended: String = mended.split_inclusive('\n').filter(|line| !line.trim_start().starts_with('#')).collect();
    let mut dice = Dice::of(&format!("{seed}/{}/{}", step.id, task.file.0));
    let world = World { names: renamed(task, &mended, &mut dice), nets: moved(&mut dice) };
    if let Some((world, mut own, text)) = world.fitting(step, task, &mended, bounds)? {
        let mut broken: Vec<String> = faults(&text).into_iter().filter_map(|fault| fault.made(&text)).collect();
        dice.shuffle(&mut broken);
        // The fault that the lesson has itself is one of them, wherever it falls.
        let own_fault = task.solution.iter().filter_map(|name| {
            let (_, replace, by) = task.changes.iter().find(|(own, ..)| own == name)?;
            let (was, now) = (world.turn(replace), world.turn(by));
            (!now.is_empty() && text.contains(&now)).then(|| text.replacen(&now, &was, 1))
        });
        for own_fault in own_fault {
            let at = dice.below(broken.len().min(TRIED / 2) + 1);
            broken.insert(at, own_fault);
        }
        for broken in broken.into_iter().take(TRIED) {
            let played = own.play(step, &broken, bounds)?;
            let sent = played.goals.iter().all(|goal| goal.sent.is_some());
            if played.done() || !sent || task::errors(&played.model).next().is_some() {
                continue;
            }
            let same = text.lines().zip(broken.lines()).take_while(|(one, other)| one == other).count();
            own.file.1 = broken;
            own.mended = Some(text);
            own.hints = super::check::CHALLENGE_HINTS;
            let probe = own.goal.first().map_or_else(|| step.probe.clone(), |goal| goal.probe.clone());
            let step = Step {
                kind: super::read::Kind::Task(own),
                probe,
                facts: Vec::new(),
                holds: Vec::new(),
                ..step.clone()
            };
            return Ok(Some(Challenge { step, line: same + 1 }));
        }
    }
    Ok(None)
}

/// Other names and addresses.
#[derive(Clone, Debug, Default)]
struct World {
    names: BTreeMap<String, String>,
    nets: BTreeMap<String, String>,
}

impl World {
    fn turn(&self, text: &str) -> String {
        addressed(&named(text, &self.names), &self.nets)
    }

    /// The task and its mended text in this world.
    fn of(&self, task: &Task, mended: &str) -> (Task, String) {
        let turn = |text: &str| self.turn(text);
        let text = turn(mended);
        let text = with_ranges(&text, &self.nets).unwrap_or(text);
        let mut own = task.clone();
        own.goal = task.goal.iter().map(|goal| turned(goal, &turn)).collect();
        (own.changes, own.solution) = (Vec::new(), Vec::new());
        own.file.1.clone_from(&text);
        (own, text)
    }

    /// The same with as much of this world as still reaches the goal: some names mean something to who reads them.
    fn fitting(
        &self,
        step: &Step,
        task: &Task,
        mended: &str,
        bounds: &Bounds<'_>,
    ) -> Result<Option<(Self, Task, String)>, Stopped> {
        let made = |world: &Self| {
            let (own, text) = world.of(task, mended);
            let done = own.play(step, &text, bounds)?.done();
            Ok::<_, Stopped>(done.then(|| (world.clone(), own, text)))
        };
        let mut kept = Self::default();
        if let Some(whole) = made(self)? {
            return Ok(Some(whole));
        }
        let Some(mut best) = made(&kept)? else { return Ok(None) };
        let one = |(name, new): (&String, &String)| [(name.clone(), new.clone())].into_iter().collect();
        let parts = self.names.iter().map(|pair| Self { names: one(pair), nets: BTreeMap::new() });
        let nets = Self { names: BTreeMap::new(), nets: self.nets.clone() };
        for part in parts.chain([nets]) {
            let mut more = kept.clone();
            more.names.extend(part.names);
            more.nets.extend(part.nets);
            if let Some(made) = made(&more)? {
                (kept, best) = (more, made);
            }
        }
        Ok(Some(best))
    }
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-'
}

/// The words of a text, each with where it begins.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut from = 0;
    text.split(|c: char| !is_name(c)).map(move |word| {
        let at = from;
        from += word.len() + text.get(at + word.len()..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        (at, word)
    })
}

/// New names for what the goals and the objects' own names call by name.
fn renamed(task: &Task, text: &str, dice: &mut Dice) -> BTreeMap<String, String> {
    let pairs = pairs(text);
    let own = pairs.iter().filter(|pair| pair.key == "name" && pair.of_metadata).map(|pair| pair.value.to_owned());
    // Services of a Compose file are keys of their own.
    let services = text.lines().skip_while(|line| line.trim_end() != "services:").skip(1);
    let services = services.take_while(|line| line.is_empty() || line.starts_with([' ', '#']));
    let service = |line: &str| {
        let key = line.strip_prefix("  ")?.strip_suffix(':')?;
        key.starts_with(|c: char| c.is_ascii_lowercase()).then(|| key.to_owned())
    };
    let own = own.chain(services.filter_map(service));
    let asked = task.goal.iter().flat_map(|goal| [&goal.probe.from, &goal.probe.to]);
    let asked = asked.filter_map(|end| end.split('/').nth(if end.starts_with("container/") { 1 } else { 2 }));
    let asked = asked.map(|name| name.split([':', '.']).next().unwrap_or_default().to_owned());
    let images: BTreeSet<&str> =
        pairs.iter().filter(|pair| pair.key == "image").flat_map(|pair| pair.value.split([':', '/'])).collect();
    let fits = |name: &String| {
        name.len() > 1
            && name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.chars().all(is_name)
            && !KEPT.contains(&name.as_str())
            && !images.contains(name.as_str())
            && !pairs.iter().any(|pair| pair.key == name)
    };
    let all: BTreeSet<String> = own.chain(asked).filter(fits).collect();
    let taken: BTreeSet<&str> = words(text).map(|(_, word)| word).collect();
    let mut free: Vec<&str> = NAMES.into_iter().filter(|name| !taken.contains(name)).collect();
    dice.shuffle(&mut free);
    all.into_iter().zip(free).map(|(name, new)| (name, new.to_owned())).collect()
}

/// A text with other names.
fn named(text: &str, names: &BTreeMap<String, String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for (at, word) in words(text) {
        if let (Some(new), Some(plain)) = (names.get(word), text.get(from..at)) {
            out.push_str(plain);
            out.push_str(new);
            from = at + word.len();
        }
    }
    out.push_str(text.get(from..).unwrap_or_default());
    out
}

/// Other second octets for networks in 10.0.0.0/8 (RFC 1918).
fn moved(dice: &mut Dice) -> BTreeMap<String, String> {
    let mut octets: Vec<u8> = (16..=223).filter(|octet| ![96, 244].contains(octet)).collect();
    dice.shuffle(&mut octets);
    let own = |(octet, new): (u8, u8)| (format!("10.{octet}."), format!("10.{new}."));
    (0..=255).zip(octets.into_iter().cycle()).map(own).collect()
}

/// A text with other addresses.
fn addressed(text: &str, nets: &BTreeMap<String, String>) -> String {
    if nets.is_empty() {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("10.") {
        let (before, here) = rest.split_at(at);
        out.push_str(before);
        let inside = before.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '.');
        let second = here.get(3..).and_then(|tail| tail.split('.').next()).unwrap_or_default();
        let is_address = here.get(3 + second.len()..).is_some_and(|tail| {
            tail.strip_prefix('.').is_some_and(|tail| tail.starts_with(|c: char| c.is_ascii_digit()))
        });
        match nets.get(&format!("10.{second}.")).filter(|_| !inside && is_address) {
            Some(new) => {
                out.push_str(new);
                rest = here.get(4 + second.len()..).unwrap_or_default();
            }
            None => {
                out.push_str("10.");
                rest = here.get(3..).unwrap_or_default();
            }
        }
    }
    out.push_str(rest);
    out
}

/// The ranges of Pods and Services said by a kubeadm configuration, where the input says none.
fn with_ranges(text: &str, nets: &BTreeMap<String, String>) -> Option<String> {
    let says = ["podSubnet", "serviceSubnet", "cluster-cidr", "service-cluster-ip-range"];
    if says.iter().any(|said| text.contains(said)) || !text.contains("kind: Pod") && !text.contains("kind: Deployment")
    {
        return None;
    }
    let range = |octet: &str| nets.get(octet).map(|new| format!("{new}0.0/16"));
    let (pods, services) = (range("10.244.")?, range("10.96.")?);
    let head = "{apiVersion: kubeadm.k8s.io/v1beta4, kind: ClusterConfiguration, networking: ";
    Some(format!("{head}{{podSubnet: {pods}, serviceSubnet: {services}}}}}\n---\n{text}"))
}

fn turned(goal: &Goal, turn: &impl Fn(&str) -> String) -> Goal {
    let probe = &goal.probe;
    let some = |text: &Option<String>| text.as_deref().map(turn);
    let probe = ProbeText {
        from: turn(&probe.from),
        to: turn(&probe.to),
        via: some(&probe.via),
        connect: some(&probe.connect),
        choose: probe.choose.iter().map(|text| turn(text)).collect(),
        ..probe.clone()
    };
    let value = |value: &Value| match value {
        Value::Step(seen, before, moment) => Value::Step(*seen, *before, turned_moment(moment, turn)),
        Value::Address(name, device) => Value::Address(turn(name), device.clone()),
        Value::Mac(name, device) => Value::Mac(turn(name), device.clone()),
        Value::Mtu(name, device) => Value::Mtu(turn(name), device.clone()),
        Value::ClusterIp(name) => Value::ClusterIp(turn(name)),
        Value::Name(name) => Value::Name(turn(name)),
        other => other.clone(),
    };
    Goal {
        probe,
        holds: goal.holds.iter().map(|(left, right)| (value(left), value(right))).collect(),
        written: goal.written.iter().map(|text| turn(text)).collect(),
    }
}

fn turned_moment(moment: &Moment, turn: &impl Fn(&str) -> String) -> Moment {
    let event = |event: &super::query::Event| super::query::Event {
        within: event.within.as_deref().map(turn),
        ..event.clone()
    };
    match moment {
        Moment::First(at) => Moment::First(event(at)),
        Moment::Last(at) => Moment::Last(event(at)),
        Moment::Place(place) => Moment::Place(turn(place)),
        other => other.clone(),
    }
}

/// A `key: value` of a text.
struct Pair<'t> {
    key: &'t str,
    value: &'t str,
    /// Where the value begins.
    at: usize,
    /// It is one of a label or of a selector.
    of_labels: bool,
    /// It is an object's own.
    of_metadata: bool,
}

/// The scalars of a YAML text, in block and flow style, with the key that they stand under. What is written in another way is not found.
fn pairs(text: &str) -> Vec<Pair<'_>> {
    let mut found = Vec::new();
    // Keys that are open: in blocks with their columns, in braces with how deep they are.
    let mut blocks: Vec<(usize, &str)> = Vec::new();
    let mut begins = 0;
    for line in text.split_inclusive('\n') {
        let bare = line.trim_start_matches([' ', '-']);
        let column = line.len() - bare.len();
        if !bare.trim().is_empty() && !bare.starts_with('#') {
            blocks.retain(|(other, _)| *other < column);
        }
        let mut braces: Vec<&str> = Vec::new();
        let mut last_key = "";
        let mut at = column;
        while let Some(rest) = line.get(at..) {
            let Some(c) = rest.chars().next() else { break };
            match c {
                '#' if at == 0 || line.get(..at).is_some_and(|before| before.ends_with(' ')) => break,
                '{' => braces.push(last_key),
                '}' => {
                    braces.pop();
                }
                _ if is_key(c) => {
                    let key = rest.split(|c| !is_key(c)).next().unwrap_or_default();
                    let tail = rest.get(key.len()..).unwrap_or_default();
                    if let Some(tail) =
                        tail.strip_prefix(':').filter(|tail| tail.starts_with([' ', '\n']) || tail.is_empty())
                    {
                        let space = tail.len() - tail.trim_start_matches(' ').len();
                        let value = tail.trim_start_matches(' ');
                        let value = value.split([',', '}', ']', '\n', '#', '{', '[']).next().unwrap_or_default().trim();
                        let quoted = value.len() > 1 && value.starts_with('"') && value.ends_with('"');
                        let start = at + key.len() + 1 + space + usize::from(quoted);
                        let value = if quoted { value.trim_matches('"') } else { value };
                        let around = || braces.iter().copied().chain(blocks.iter().map(|(_, key)| *key));
                        let within = |names: &[&str]| around().any(|own| names.contains(&own));
                        if value.is_empty() {
                            if braces.is_empty() && tail.trim().is_empty() {
                                blocks.push((column, key));
                            }
                            last_key = key;
                        } else {
                            let of_labels = within(&["labels", "selector", "matchLabels"]);
                            let nearest = braces.last().copied().or_else(|| blocks.last().map(|(_, key)| *key));
                            let of_metadata = nearest == Some("metadata");
                            found.push(Pair { key, value, at: begins + start, of_labels, of_metadata });
                            last_key = key;
                        }
                        at = start.max(at + key.len() + 1);
                        continue;
                    }
                    at += key.len().max(1);
                    continue;
                }
                _ => {}
            }
            at += c.len_utf8();
        }
        begins += line.len();
    }
    found
}

fn is_key(c: char) -> bool {
    is_name(c) || matches!(c, '.' | '/' | '_')
}

/// A value that may be made wrong: where it begins, its bytes, and what stands there then.
struct Fault {
    at: usize,
    len: usize,
    by: String,
}

impl Fault {
    fn made(&self, text: &str) -> Option<String> {
        Some(format!("{}{}{}", text.get(..self.at)?, self.by, text.get(self.at + self.len..)?))
    }
}

/// What may be made wrong. Each is a slip that people make.
fn faults(text: &str) -> Vec<Fault> {
    let mut all = Vec::new();
    for pair in pairs(text) {
        let number: Option<u32> = pair.value.parse().ok();
        let by = match pair.key {
            "targetPort" | "port" | "containerPort" | "hostPort" | "number" => {
                number.map(|number| if number < 1000 { number + 8000 } else { number + 1 }.to_string())
            }
            "nodePort" => number.map(|number| if number < 32767 { number + 1 } else { number - 1 }.to_string()),
            "externalTrafficPolicy" | "internalTrafficPolicy" if pair.value == "Cluster" => Some("Local".to_owned()),
            "host" | "path" | "ingressClassName" | "serviceName" | "hostname" => slip(pair.value),
            "address" if pair.value == "0.0.0.0" => Some("127.0.0.1".to_owned()),
            _ if pair.of_labels && number.is_none() => slip(pair.value),
            _ => None,
        };
        all.extend(by.map(|by| Fault { at: pair.at, len: pair.value.len(), by }));
    }
    all
}

/// Two letters exchanged: the last two next to each other that differ.
fn slip(word: &str) -> Option<String> {
    let mut letters: Vec<char> = word.chars().collect();
    let at = (1..letters.len()).rev().find(|at| {
        let (left, right) = (letters.get(at - 1), letters.get(*at));
        left != right && left.is_some_and(|c| c.is_alphanumeric()) && right.is_some_and(|c| c.is_alphanumeric())
    })?;
    letters.swap(at - 1, at);
    Some(letters.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_are_found_in_blocks_and_braces() {
        let text = "metadata: {name: web, labels: {app: web}}\nspec:\n  selector:\n    app: shop # mine\n  ports:\n  - {port: 80, targetPort: \"8080\"}\n";
        let found: Vec<(&str, &str, bool, bool)> =
            pairs(text).iter().map(|pair| (pair.key, pair.value, pair.of_labels, pair.of_metadata)).collect();
        assert_eq!(
            found,
            [
                ("name", "web", false, true),
                ("app", "web", true, false),
                ("app", "shop", true, false),
                ("port", "80", false, false),
                ("targetPort", "8080", false, false),
            ]
        );
        for pair in pairs(text) {
            assert_eq!(text.get(pair.at..pair.at + pair.value.len()), Some(pair.value));
        }
    }

    #[test]
    fn names_and_addresses_are_exchanged_as_whole_words() {
        let names = [("web".to_owned(), "maple".to_owned())].into();
        assert_eq!(
            named("web web-1 pod/default/web:80 web.default", &names),
            "maple web-1 pod/default/maple:80 maple.default"
        );
        let nets = [("10.244.".to_owned(), "10.20.".to_owned())].into();
        assert_eq!(
            addressed("10.244.1.2 110.244.1.2 10.244 v10.244.1 10.1.2.3", &nets),
            "10.20.1.2 110.244.1.2 10.244 v10.244.1 10.1.2.3"
        );
        assert_eq!(slip("web").as_deref(), Some("wbe"));
        assert_eq!(slip("aa"), None);
    }
}
