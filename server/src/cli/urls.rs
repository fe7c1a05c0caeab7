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

/// Bytes of the list at most.
const MAX_BYTES: u64 = 1 << 20;

/// Asks for every URL in both worlds.
pub(super) fn compare(command: &Compare, with: &With, (first, other): (&Model, &Model)) -> Result<(), Failure> {
    let lang = command.common.language();
    let list = read(command.urls.as_deref().unwrap_or(Path::new("-")))?;
    let own = command.probe.connect.clone().unwrap_or_else(|| "ingress".to_owned());
    let theirs = with.connect.clone().unwrap_or_else(|| own.clone());
    let mut rows = Vec::new();
    for asked in urls::lines(&list) {
        if rows.len() >= urls::MOST {
            return Err(Failure::Usage(format!("--urls: {} URLs at most", urls::MOST)));
        }
        let ask = |model: &Model, connect: &str| {
            let mut probe = probe_text(&command.common, &command.from, asked.url, &command.probe);
            probe.method = asked.method.map(str::to_owned).or(probe.method);
            probe.connect = Some(connect.to_owned());
            let probe = trace::parse_probe(model, &probe).map_err(|error| unclear(lang, &error))?;
            let model = trace::model_for(model, &probe);
            sent(&model, &command.common, &probe).map(|journey| urls::told(&journey))
        };
        rows.push(Row::of(asked.line, ask(first, &own)?, ask(other, &theirs)?));
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
