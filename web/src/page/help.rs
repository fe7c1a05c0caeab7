//! `/help/{code}`: what an outcome or a finding means, why it happens, what to do; what a network plugin does that is not simulated.

use super::Chrome;
use crate::locale;
use crate::url;
use crate::words::plugin_page;
use askama::Template;
use kubernetes::cluster::model::Cni;
use sim_core::agents::cni;

#[derive(Template)]
#[template(path = "help.html")]
struct Page<'a> {
    c: &'a Chrome,
    code: &'a str,
    title: String,
    paragraphs: Vec<String>,
}

/// A network plugin that is recognised only.
#[derive(Template)]
#[template(path = "plugin.html")]
struct PluginPage<'a> {
    c: &'a Chrome,
    code: &'a str,
    title: String,
    lead: String,
    rows: Vec<(String, String)>,
    compare: String,
    index: String,
}

/// All network plugins.
#[derive(Template)]
#[template(path = "plugins.html")]
struct PluginsPage<'a> {
    c: &'a Chrome,
    simulated: Vec<&'static str>,
    others: Vec<(String, String)>,
}

/// What a page says of a plugin, in order.
const ROWS: [&str; 6] = ["same", "other", "services", "out", "policies", "differs"];

/// The code of the page of all network plugins.
pub const PLUGINS: &str = "network-plugins";

/// The page of an outcome's code, of a network plugin (`cni-cilium`), or of all of them ([`PLUGINS`]); `None` for a code nobody uses.
///
/// # Errors
/// Only what the template engine reports.
pub fn render(c: &Chrome, code: &str) -> Result<Option<String>, askama::Error> {
    if code == PLUGINS {
        return plugins(c).map(Some);
    }
    if let Some(cni) = code.strip_prefix("cni-").and_then(Cni::named).filter(|cni| plugin_page(*cni).is_some()) {
        return plugin(c, code, cni).map(Some);
    }
    let (title, text) = (format!("outcome-{code}"), format!("help-{code}"));
    if !locale::has(c.lang, &title) || !locale::has(c.lang, &text) {
        return Ok(None);
    }
    let paragraphs = c.t(&text).split("\n\n").map(str::to_owned).collect();
    Page { c, code, title: c.t(&title), paragraphs }.render().map(Some)
}

fn name(c: &Chrome, cni: Cni) -> String {
    c.t(&format!("plugin-{}-name", cni.name()))
}

fn plugin(c: &Chrome, code: &str, cni: Cni) -> Result<String, askama::Error> {
    let simulated = cni.simulated(cni::simulated()).name();
    let rows = ROWS.map(|row| (c.t(&format!("plugin-row-{row}")), c.t(&format!("plugin-{}-{row}", cni.name()))));
    let page = PluginPage {
        c,
        code,
        title: c.ta("plugin-title", &[("name", name(c, cni).into())]),
        lead: c.ta("plugin-lead", &[("simulated", simulated.into())]),
        rows: rows.into(),
        compare: c.ta("plugin-ready", &[("simulated", simulated.into())]),
        index: url::help(PLUGINS),
    };
    page.render()
}

fn plugins(c: &Chrome) -> Result<String, askama::Error> {
    // Those of the field; what only tests have is not among them.
    let simulated = Cni::KNOWN.into_iter().filter(|cni| plugin_page(*cni).is_none()).map(Cni::described).collect();
    let others = Cni::KNOWN.into_iter().filter_map(|cni| Some((name(c, cni), plugin_page(cni)?))).collect();
    PluginsPage { c, simulated, others }.render()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locale::Lang;

    #[test]
    fn every_plugin_that_is_only_recognised_has_its_page() {
        let others: Vec<Cni> = Cni::KNOWN.into_iter().filter(|cni| plugin_page(*cni).is_some()).collect();
        assert!(others.contains(&Cni::CILIUM) && !others.contains(&Cni::CALICO));
        for lang in Lang::ALL {
            for cni in &others {
                let keys = ROWS.into_iter().chain(["name"]).map(|row| format!("plugin-{}-{row}", cni.name()));
                let missing: Vec<String> = keys.filter(|key| !locale::has(lang, key)).collect();
                assert_eq!(missing, Vec::<String>::new(), "{}", lang.code());
            }
        }
        assert_eq!(plugin_page(Cni::CILIUM).as_deref(), Some("/help/cni-cilium"));
    }
}
