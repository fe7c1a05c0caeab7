//! What a trace can be taken along as: one list, each with what it is good for.

use super::Chrome;
use crate::url;
use sim_core::trace::ProbeText;

/// One form.
pub(super) struct Export {
    /// Message `export-{code}` says what it is good for.
    pub(super) code: &'static str,
    /// Its name.
    pub(super) name: String,
    pub(super) text: String,
    pub(super) href: String,
    /// It is a file to keep, and nothing that a browser shows.
    pub(super) file: bool,
    /// The same of one interface alone: its name, and where.
    pub(super) parts: Vec<(String, String)>,
}

/// All forms of a journey, of which a step is shown where it has any.
pub(super) fn of(c: &Chrome, id: &str, probe: &ProbeText, interfaces: &[String], shown: Option<u32>) -> Vec<Export> {
    let at = |suffix, step| url::trace(id, suffix, probe, step);
    let capture = at(".pcapng", None);
    let parts = interfaces.iter().map(|name| (name.clone(), url::replace(&capture, "interface", name))).collect();
    let export = |code, name: &str, href| Export {
        code,
        name: name.to_owned(),
        text: c.t(&format!("export-{code}")),
        href,
        file: false,
        parts: Vec::new(),
    };
    let mut all = vec![export("svg", "SVG", at(".svg", shown))];
    if shown.is_some() {
        let href = url::replace(&at(".svg", shown), "animated", "1");
        all.push(export("animated", &c.t("export-animated-name"), href));
    }
    all.push(export("png", "PNG", at(".png", shown)));
    all.push(export("md", "Markdown", at(".md", None)));
    all.push(export("json", "JSON", at(".json", None)));
    all.push(Export { file: true, parts, ..export("pcapng", "pcapng", capture) });
    all.push(export("compare", &c.t("compare-title"), url::compare(id, probe)));
    let lesson = url::lesson_file(id, probe);
    all.push(Export { file: true, ..export("lesson", &c.t("export-lesson-name"), lesson) });
    let lab = url::lab(id, probe);
    all.push(Export { file: true, ..export("lab", &c.t("trace-lab"), lab) });
    all
}
