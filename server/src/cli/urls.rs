//! `kubehop compare --urls`: a list of URLs through two ways in, in one table.

use super::arguments::{Compare, Format, With};
use super::failure::Failure;
use super::output::{pretty, print, text};
use super::probe::{probe_text, sent, unclear};
use sim_core::model::Model;
use sim_core::trace;
use std::io::Read;
use std::path::Path;
use web::urls::{self, Row};

/// Bytes of the list, and URLs in it, at most.
const MAX_BYTES: u64 = 1 << 20;
const MAX_URLS: usize = 1_000;

/// Asks for every URL in both worlds.
pub(super) fn compare(command: &Compare, with: &With, (first, other): (&Model, &Model)) -> Result<(), Failure> {
    let lang = command.common.language();
    let list = read(command.urls.as_deref().unwrap_or(Path::new("-")))?;
    let own = command.probe.connect.clone().unwrap_or_else(|| "ingress".to_owned());
    let theirs = with.connect.clone().unwrap_or_else(|| own.clone());
    let mut rows = Vec::new();
    for line in list.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if rows.len() >= MAX_URLS {
            return Err(Failure::Usage(format!("--urls: {MAX_URLS} URLs at most")));
        }
        let (method, url) = match line.split_once(char::is_whitespace) {
            Some((method, url)) => (Some(method.to_owned()), url.trim()),
            None => (None, line),
        };
        let ask = |model: &Model, connect: &str| {
            let mut asked = probe_text(&command.common, &command.from, url, &command.probe);
            asked.method = method.clone().or(asked.method);
            asked.connect = Some(connect.to_owned());
            let probe = trace::parse_probe(model, &asked).map_err(|error| unclear(lang, &error))?;
            let model = trace::model_for(model, &probe);
            sent(&model, &command.common, &probe).map(|journey| urls::told(&journey))
        };
        rows.push(Row::of(line, ask(first, &own)?, ask(other, &theirs)?));
    }
    match command.format {
        Format::Text => print(&text(|out| urls::write(out, lang, (&own, &theirs), &rows))),
        Format::Json => print(&pretty(&urls::json((&own, &theirs), &rows))),
    }
}

fn read(path: &Path) -> Result<String, Failure> {
    let mut list = String::new();
    let failed = |error: std::io::Error| Failure::Usage(format!("--urls: {}: {error}", path.display()));
    let reader: Box<dyn Read> = match path.as_os_str() == "-" {
        true => Box::new(std::io::stdin()),
        false => Box::new(std::fs::File::open(path).map_err(failed)?),
    };
    reader.take(MAX_BYTES).read_to_string(&mut list).map_err(failed)?;
    Ok(list)
}
