//! The names a resolver asks for, in order (resolv.conf(5), glibc's `__res_context_search`).

use crate::agents::ResolvConf;

/// A name to ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Fully qualified, with a trailing dot.
    pub name: String,
    /// Entry of the search list that made it; `None` for the name as typed.
    pub search: Option<u32>,
}

/// All names that are tried for what was typed, in order: with a trailing dot only that; with at least `ndots` dots as typed first, then
/// the search list; else the search list first.
pub fn candidates(conf: &ResolvConf, typed: &str) -> Vec<Candidate> {
    if typed.ends_with('.') {
        return vec![Candidate { name: typed.to_owned(), search: None }];
    }
    let dots = typed.bytes().filter(|byte| *byte == b'.').count();
    let as_typed = Candidate { name: format!("{typed}."), search: None };
    let searched = conf.search.iter().zip(0u32..).map(|(domain, index)| Candidate {
        name: format!("{typed}.{}.", domain.trim_end_matches('.')),
        search: Some(index),
    });
    if dots >= usize::from(conf.ndots) {
        std::iter::once(as_typed).chain(searched).collect()
    } else {
        searched.chain(std::iter::once(as_typed)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn check(typed: &str, ndots: u8, expected: &[&str]) {
        let search = ["ns1.svc.cluster.local", "svc.cluster.local", "cluster.local"].map(Arc::from).to_vec();
        let conf = ResolvConf { search, ndots, ..ResolvConf::default() };
        let names: Vec<String> = candidates(&conf, typed).into_iter().map(|candidate| candidate.name).collect();
        assert_eq!(names, expected, "{typed}");
    }

    #[test]
    fn the_search_list_comes_first_below_ndots() {
        check("web", 5, &["web.ns1.svc.cluster.local.", "web.svc.cluster.local.", "web.cluster.local.", "web."]);
        check(
            "web.ns2",
            5,
            &["web.ns2.ns1.svc.cluster.local.", "web.ns2.svc.cluster.local.", "web.ns2.cluster.local.", "web.ns2."],
        );
        check("web.ns2.", 5, &["web.ns2."]);
        check("a.b", 1, &["a.b.", "a.b.ns1.svc.cluster.local.", "a.b.svc.cluster.local.", "a.b.cluster.local."]);
        let five = "web-0.web.ns1.svc.cluster.local";
        assert_eq!(candidates(&ResolvConf { ndots: 5, ..ResolvConf::default() }, five)[0].name, format!("{five}."));
    }
}
