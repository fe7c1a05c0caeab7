//! A [`Network`] as scripts that build it on a real kernel, in network namespaces of its own.
//!
//! Needs root, iproute2, iptables, nftables, tcpdump and python3; ipset where rules name sets. Nothing outside the lab's own
//! namespaces is touched.
//!
//! ```
//! use kubernetes::manifest::Limits;
//! use kubernetes::origin::SourceText;
//! use sim_core::lab::{LabOptions, TAG, write};
//! use sim_core::model::{Model, Options};
//!
//! let text = "
//! {apiVersion: v1, kind: Pod, metadata: {name: web, labels: {app: web}}, spec: {containers: [{name: web, image: nginx, ports: [{containerPort: 80}]}]}}";
//! let model = Model::build(&[SourceText::given("shop.yaml", text)], &Limits::default(), &Options::default());
//! let options = LabOptions { tag: TAG.to_owned(), dns: None, proxies: Vec::new(), probe: None };
//! let files = write(&model.site.network, &options);
//! let up = files.iter().find(|file| file.path == "up.sh").unwrap();
//! assert!(up.executable && up.text.contains("ip netns add"));
//! ```

mod dns;
mod down;
mod expect;
mod files;
mod names;
mod probe;
mod proxy;
mod up;

pub use dns::{LabDns, LabZone};
pub use files::{LabFile, LabLookup, LabProbe, Sighting};
pub use names::Names;
pub use proxy::LabProxy;

use kernel::config::Network;
use kubernetes::shown;
use std::borrow::Cow;

/// What a lab is made of beside its network.
#[derive(Clone, Debug)]
pub struct LabOptions {
    /// First part of every namespace's name: 1 to 20 of `a-z`, `0-9` and `-`. Two labs with different tags run side by side.
    pub tag: String,
    /// What its name servers answer; `None` for a lab without any.
    pub dns: Option<LabDns>,
    /// Processes that go on elsewhere with what they take.
    pub proxies: Vec<LabProxy>,
    /// The probe that `probe.sh` sends.
    pub probe: Option<LabProbe>,
}

/// Default of [`LabOptions::tag`].
pub const TAG: &str = "kubehop";

/// True for a text that [`LabOptions::tag`] takes.
pub fn is_tag(text: &str) -> bool {
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=20).contains(&text.len()) && !text.starts_with('-') && text.chars().all(good)
}

/// The files of a lab: `up.sh`, `down.sh`, `names.txt`, the rule sets, the servers, `dns.txt` with name servers; `probe.sh` with a probe. A tag that
/// [`is_tag`] does not take is replaced by [`TAG`].
pub fn write(network: &Network, options: &LabOptions) -> Vec<LabFile> {
    let tag = if is_tag(&options.tag) { &options.tag } else { TAG };
    let names = Names::new(network, tag);
    let mut files = vec![
        script("up.sh", up::script(network, &names)),
        script("down.sh", down::script(&names)),
        LabFile { path: "names.txt".to_owned(), text: names.listing(network), executable: false },
        LabFile { path: "serve.py".to_owned(), text: include_str!("serve.py").to_owned(), executable: false },
        LabFile {
            path: "servers.txt".to_owned(),
            text: up::servers(network, &names, options.dns.as_ref(), &options.proxies),
            executable: false,
        },
    ];
    if let Some(dns) = &options.dns {
        files.push(LabFile { path: "dns.txt".to_owned(), text: dns.table(&names), executable: false });
    }
    files.extend(up::rule_files(network, &names));
    if let Some(probe) = &options.probe {
        files.push(script("probe.sh", probe::script(&names, probe)));
        if let Some(lookup) = &probe.lookup {
            let text = dns::resolv_conf(&lookup.conf);
            files.push(LabFile { path: "resolv.conf".to_owned(), text, executable: false });
        }
        let expected = probe::sightings(network, &names, probe);
        files.push(LabFile { path: "expected-packets.txt".to_owned(), text: expected, executable: false });
        for (path, text) in [("client.py", include_str!("client.py")), ("report.py", include_str!("report.py"))] {
            files.push(LabFile { path: path.to_owned(), text: text.to_owned(), executable: false });
        }
    }
    // Comments of rules and the like have names in them: nothing acts on the terminal of whoever reads a file, or ends a line.
    for file in &mut files {
        if let Cow::Owned(clean) = shown::without(&file.text) {
            file.text = clean;
        }
    }
    files
}

fn script(path: &str, text: String) -> LabFile {
    LabFile { path: path.to_owned(), text, executable: true }
}

#[cfg(test)]
mod tests;
