//! Addresses of pages, written in one place; every value is percent-encoded.

use kubernetes::origin::Location;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sim_core::trace::ProbeText;

/// What may stand unescaped in a query value (RFC 3986, 3.4), without `+`, `&`, `=` and `%`.
const VALUE: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/').remove(b':').remove(b',');

/// The parameter of an event that happens besides those of the input; each has one of its own.
pub const EVENT: &str = "event";

/// A value inside a query or a path segment.
pub fn encode(value: &str) -> String {
    utf8_percent_encode(value, VALUE).to_string()
}

/// A scenario's id with the world that is asked for instead of the input's (`cni`, `proxy`): every address made of it keeps asking for it.
pub fn in_world<N: AsRef<str>, V: AsRef<str>>(id: &str, world: &[(N, V)]) -> String {
    let pairs: Vec<(&str, &str)> = world.iter().map(|(name, value)| (name.as_ref(), value.as_ref())).collect();
    with_query(id, &pairs)
}

/// The world in such an id: what a form has to send along. A name may be there more than once.
pub fn world(id: &str) -> Vec<(String, String)> {
    fields(id).into_iter().filter(|(_, value)| !value.is_empty()).collect()
}

/// The events that such an id has besides those of the input.
pub fn events(id: &str) -> Vec<String> {
    world(id).into_iter().filter(|(name, _)| name == EVENT).map(|(_, value)| value).collect()
}

/// The same id at another time; at the start where that is empty.
pub fn at(id: &str, time: &str) -> String {
    with_events(id, &events(id), time)
}

/// The same id with these events in place of its own, at a time; at the start where that is empty.
pub fn with_events(id: &str, events: &[String], time: &str) -> String {
    let bare = id.split_once('?').map_or(id, |(id, _)| id);
    let kept: Vec<(String, String)> = world(id).into_iter().filter(|(name, _)| name != EVENT && name != "t").collect();
    let mut pairs: Vec<(&str, &str)> = kept.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    pairs.push(("t", time));
    pairs.extend(events.iter().map(|event| (EVENT, event.as_str())));
    in_world(bare, &pairs)
}

/// `path?name=value&…`; pairs with an empty value are left out, and a query that the path has already stays.
pub fn with_query(path: &str, pairs: &[(&str, &str)]) -> String {
    let more: usize = pairs.iter().map(|(name, value)| name.len() + value.len() + 2).sum();
    let mut address = String::with_capacity(path.len() + more);
    address.push_str(path);
    let mut sign = if path.contains('?') { '&' } else { '?' };
    for (name, value) in pairs.iter().filter(|(_, value)| !value.is_empty()) {
        address.push(sign);
        address.extend(utf8_percent_encode(name, VALUE));
        address.push('=');
        address.extend(utf8_percent_encode(value, VALUE));
        sign = '&';
    }
    address
}

/// What a form has to send along so that its address asks for the same: the query of an address, decoded.
pub fn fields(path_and_query: &str) -> Vec<(String, String)> {
    let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let query = path_and_query.split_once('?').map_or("", |(_, query)| query);
    query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (decode(name), decode(value)))
        .collect()
}

/// The same address with one query parameter set.
pub fn replace(path_and_query: &str, name: &str, value: &str) -> String {
    let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
    let prefix = format!("{name}=");
    let mut kept: Vec<String> = query
        .split('&')
        .filter(|pair| !pair.is_empty() && *pair != name && !pair.starts_with(&prefix))
        .map(str::to_owned)
        .collect();
    kept.push(format!("{prefix}{}", encode(value)));
    format!("{path}?{}", kept.join("&"))
}

/// `/s/{id}`.
pub fn scenario(id: &str) -> String {
    below(id, "")
}

/// `/s/{id}` with what its form starts with: both ends, and what is said of a request.
pub fn ask(id: &str, probe: &ProbeText) -> String {
    let text = |value: &Option<String>| value.clone();
    let start = ProbeText {
        from: probe.from.clone(),
        via: text(&probe.via),
        to: probe.to.clone(),
        method: text(&probe.method),
        headers: probe.headers.clone(),
        connect: text(&probe.connect),
        ..ProbeText::default()
    };
    probe_at(&scenario(id), &start, None)
}

/// `/s/{id}` and what stands below it, in the world of the id.
fn below(id: &str, rest: &str) -> String {
    let (id, world) = id.split_once('?').map_or((id, None), |(id, world)| (id, Some(world)));
    let path = format!("/s/{}{rest}", encode(id));
    world.map_or_else(|| path.clone(), |world| format!("{path}?{world}"))
}

/// The address of a form that asks about a scenario; what [`world`] says goes into fields of its own.
pub fn action(id: &str, rest: &str) -> String {
    below(id.split_once('?').map_or(id, |(id, _)| id), rest)
}

/// `/s/{id}/ends` with the probe's query: where a source or a destination is looked for.
pub(crate) fn ends(id: &str, side: &str, probe: &ProbeText) -> String {
    replace(&probe_at(&below(id, "/ends"), probe, None), "side", side)
}

/// `/s/{id}/trace` with a suffix such as `.json` and the probe's query; `step` of `None` leaves it out.
pub fn trace(id: &str, suffix: &str, probe: &ProbeText, step: Option<u32>) -> String {
    probe_at(&below(id, &format!("/trace{suffix}")), probe, step)
}

/// `/s/{id}/fix` with the probe's query: where the fix of that number, from 0, is made a scenario of its own.
pub fn fix(id: &str, probe: &ProbeText, number: usize) -> String {
    replace(&probe_at(&below(id, "/fix"), probe, None), "fix", &number.to_string())
}

/// `/s/{id}/edit` with the probe's query, where there is one: what if the input was another.
pub fn edit(id: &str, probe: Option<&ProbeText>) -> String {
    let path = below(id, "/edit");
    probe.map_or_else(|| path.clone(), |probe| probe_at(&path, probe, None))
}

/// `/s/{id}/versions`: what was changed since the version that it was made of.
pub fn versions(id: &str) -> String {
    action(id, "/versions")
}

/// `/s/{id}/compare` with the probe's query: the same probe in another world.
pub fn compare(id: &str, probe: &ProbeText) -> String {
    probe_at(&below(id, "/compare"), probe, None)
}

/// `/s/{id}/urls`: a list of URLs through two ways in.
pub fn urls(id: &str) -> String {
    below(id, "/urls")
}

/// `/s/{id}/matrix`: a Service from every kind of place in every way; the page takes one where `to` is empty.
pub fn matrix(id: &str, to: &str) -> String {
    with_query(&below(id, "/matrix"), &[("to", to)])
}

/// `/s/{id}/reach`: who may connect to whom.
pub fn reach(id: &str) -> String {
    below(id, "/reach")
}

/// `/s/{id}/time`: what happens when.
pub fn time(id: &str) -> String {
    below(&at(id, ""), "/time")
}

/// `/s/{id}/policy`: a workload's policies, drawn; which one is in its query.
pub fn policy(id: &str) -> String {
    below(id, "/policy")
}

/// `/s/{id}/reach.json`: the same for programs.
pub fn reach_json(id: &str) -> String {
    below(id, "/reach.json")
}

/// `/s/{id}/predict` with the probe's query: what comes next is asked before it is shown.
pub fn predict(id: &str, probe: &ProbeText) -> String {
    probe_at(&below(id, "/predict"), probe, None)
}

/// `/s/{id}/lesson.tar.gz` with the probe's query: the same as a lesson to take along.
pub fn lesson_file(id: &str, probe: &ProbeText) -> String {
    probe_at(&below(id, "/lesson.tar.gz"), probe, None)
}

/// `/s/{id}/lab.tar.gz` with the probe's query.
pub fn lab(id: &str, probe: &ProbeText) -> String {
    probe_at(&below(id, "/lab.tar.gz"), probe, None)
}

fn probe_at(path: &str, probe: &ProbeText, step: Option<u32>) -> String {
    let seed = if probe.seed == 0 { String::new() } else { probe.seed.to_string() };
    let step = step.map(|step| step.to_string()).unwrap_or_default();
    let mut pairs = vec![("from", probe.from.as_str()), ("via", probe.via.as_deref().unwrap_or_default())];
    pairs.push(("to", &probe.to));
    pairs.push(("proto", probe.proto.as_deref().unwrap_or_default()));
    pairs.push(("sport", probe.sport.as_deref().unwrap_or_default()));
    pairs.extend(probe.choose.iter().map(|choice| ("choose", choice.as_str())));
    pairs.push(("seed", &seed));
    pairs.push(("before", probe.before.as_deref().unwrap_or_default()));
    pairs.push(("wait", probe.wait.as_deref().unwrap_or_default()));
    pairs.push(("keep", probe.keep.as_deref().unwrap_or_default()));
    pairs.push(("size", probe.size.as_deref().unwrap_or_default()));
    pairs.push(("method", probe.method.as_deref().unwrap_or_default()));
    pairs.extend(probe.headers.iter().map(|header| ("header", header.as_str())));
    pairs.push(("connect", probe.connect.as_deref().unwrap_or_default()));
    pairs.push(("step", &step));
    with_query(path, &pairs)
}

/// `/s/{id}/rule?netns=…&table=…&chain=…&n=…`: one rule, numbered from 1.
pub fn rule(id: &str, netns: &str, table: &str, chain: &str, number: u32) -> String {
    let number = number.to_string();
    let pairs = [("netns", netns), ("table", table), ("chain", chain), ("n", number.as_str())];
    with_query(&below(id, "/rule"), &pairs)
}

/// `/s/{id}/rules?netns=…&table=…&chain=…&n=…#rN`: a namespace's chains, or one chain at a rule; a number of 0 means none.
pub fn rules(id: &str, netns: &str, table: &str, chain: &str, number: usize) -> String {
    at_number(id, &[("netns", netns), ("table", table), ("chain", chain)], number)
}

/// `/s/{id}/rules?netns=…&table=…&set=…&n=…#rN`: the elements of a set; a number of 0 means none.
pub fn rule_set(id: &str, netns: &str, table: &str, set: &str, number: usize) -> String {
    at_number(id, &[("netns", netns), ("table", table), ("set", set)], number)
}

fn at_number(id: &str, pairs: &[(&str, &str)], number: usize) -> String {
    let path = with_query(&below(id, "/rules"), pairs);
    if number == 0 { path } else { format!("{}#r{number}", replace(&path, "n", &number.to_string())) }
}

/// The address of a chain ([`rules`]) with the packet whose pass through it is shown: the probe, the step of its journey, and which of
/// the step's passes through chains, from 0; for a copy of a frame also which copy. Only what has to be replayed is in it, nothing of what comes out.
pub fn passed(chain: &str, probe: &ProbeText, step: u32, copy: &str, pass: u32) -> String {
    let (path, fragment) = chain.split_once('#').map_or((chain, None), |(path, fragment)| (path, Some(fragment)));
    let pass = pass.to_string();
    let path = with_query(&probe_at(path, probe, Some(step)), &[("copy", copy), ("pass", &pass)]);
    fragment.map_or_else(|| path.clone(), |fragment| format!("{path}#{fragment}"))
}

/// `/s/{id}/service?ns=…&name=…`: all rules of a Service, or of one of its ports by index.
pub fn service(id: &str, namespace: &str, name: &str, port: Option<usize>) -> String {
    let port = port.map(|port| port.to_string()).unwrap_or_default();
    with_query(&below(id, "/service"), &[("ns", namespace), ("name", name), ("port", &port)])
}

/// `/s/{id}/state?netns=…&what=…` with a suffix such as `.json`, and the query of the probe that was sent before.
pub fn state(id: &str, suffix: &str, netns: &str, what: &str, probe: Option<&ProbeText>) -> String {
    let path = below(id, &format!("/state{suffix}"));
    let path = probe.map_or_else(|| path.clone(), |probe| probe_at(&path, probe, None));
    replace(&replace(&path, "netns", netns), "what", what)
}

/// Columns up to which a line says where to look.
const FAR: u32 = 60;

/// `/s/{id}/source?file=…&line=…`: a line of the input with those around it; far within a line with the column, `col=…`.
pub fn source(id: &str, place: &Location) -> String {
    let (line, column) = (place.line.to_string(), place.column.to_string());
    let column = if place.column > FAR { column.as_str() } else { "" };
    let path = with_query(&below(id, "/source"), &[("file", &place.file), ("line", &line), ("col", column)]);
    format!("{path}#L{line}")
}

/// `/s/{id}/link?netns=…&dev=…`: one network interface.
pub fn link(id: &str, netns: &str, dev: &str) -> String {
    with_query(&below(id, "/link"), &[("netns", netns), ("dev", dev)])
}

/// `/s/{id}/door?…&step=N&what=…&netns=…&of=…`: what a part of the picture leads to at a step of a probe.
pub fn door(id: &str, probe: &ProbeText, step: u32, what: &str, netns: &str, of: &str) -> String {
    let path = probe_at(&below(id, "/door"), probe, Some(step));
    with_query(&path, &[("what", what), ("netns", netns), ("of", of)])
}

/// What ids of lessons' scenarios begin with.
pub const SCENARIO: &str = "lesson-";

/// All lessons.
pub const LESSONS: &str = "/lessons";

/// A lesson.
pub fn lesson_path(slug: &str) -> String {
    format!("{LESSONS}/{}", encode(slug))
}

/// A lesson that was uploaded, of the scenario of that id.
pub fn stored_lesson(id: &str) -> String {
    format!("/s/{}/lesson", encode(id))
}

/// A step of the lesson at a path, from 1.
pub fn lesson(path: &str, step: usize) -> String {
    match step {
        1 => path.to_owned(),
        step => format!("{path}?step={step}"),
    }
}

/// A variant of a step's task.
pub fn challenge(path: &str, step: usize, seed: &str) -> String {
    format!("{path}?step={step}&seed={}", encode(seed))
}

/// The lesson at a path on paper.
pub fn lesson_handout(path: &str) -> String {
    format!("{path}?step=all")
}

/// What stands behind the last step of the lesson at a path.
pub fn lesson_end(path: &str) -> String {
    format!("{path}?step=end")
}

/// `/help/{code}`: what an outcome or a finding means.
pub fn help(code: &str) -> String {
    format!("/help/{}", encode(code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_replaced_not_repeated() {
        assert_eq!(replace("/", "lang", "ko"), "/?lang=ko");
        assert_eq!(replace("/s/x?lang=en&step=2", "lang", "ko"), "/s/x?step=2&lang=ko");
    }

    #[test]
    fn every_address_keeps_the_world() {
        let id = in_world("x", &[("cni", "calico"), ("proxy", "")]);
        assert_eq!(
            (id.as_str(), world(&id), world("x")),
            ("x?cni=calico", vec![("cni".into(), "calico".into())], vec![])
        );
        let probe = ProbeText { from: "a".into(), to: "b".into(), ..ProbeText::default() };
        let place = Location { file: "f".into(), line: 2, column: 1 };
        for made in [
            scenario(&id),
            trace(&id, ".json", &probe, Some(3)),
            fix(&id, &probe, 0),
            edit(&id, Some(&probe)),
            edit(&id, None),
            lab(&id, &probe),
            rule(&id, "n", "t", "c", 1),
            rules(&id, "n", "", "", 7),
            rule_set(&id, "n", "t", "s", 0),
            passed(&rules(&id, "n", "t", "c", 2), &probe, 3, "", 1),
            service(&id, "ns", "name", Some(1)),
            state(&id, "", "n", "addr", Some(&probe)),
            source(&id, &place),
            link(&id, "n", "eth0"),
        ] {
            assert!(made.contains("?cni=calico") && made.matches('?').count() == 1, "{made}");
            assert!(!made.split('#').skip(1).any(|behind| behind.contains('=')), "{made}");
        }
        assert_eq!(action(&id, "/trace"), "/s/x/trace");
    }

    #[test]
    fn events_are_of_the_world_and_come_back_as_they_were() {
        let id = in_world("x", &[("t", "9s"), (EVENT, "1s drain a&b=c"), (EVENT, "2s up +%")]);
        assert_eq!(id, "x?t=9s&event=1s%20drain%20a%26b%3Dc&event=2s%20up%20%2B%25");
        assert_eq!(events(&id), ["1s drain a&b=c", "2s up +%"]);
        assert_eq!(in_world("x", &world(&id)), id);
        assert_eq!(with_events(&id, &["2s up +%".into()], ""), "x?event=2s%20up%20%2B%25");
        assert!(trace(&id, ".json", &ProbeText::default(), None).starts_with("/s/x/trace.json?t=9s&event=1s%20drain"));
    }

    #[test]
    fn values_cannot_leave_their_place() {
        let probe = ProbeText { from: "pod/a/b".into(), to: "x\"><b>&step=9".into(), ..ProbeText::default() };
        assert_eq!(trace("i", "", &probe, Some(1)), "/s/i/trace?from=pod/a/b&to=x%22%3E%3Cb%3E%26step%3D9&step=1");
    }
}
