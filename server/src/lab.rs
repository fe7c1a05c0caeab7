//! `/s/{id}/lab.tar.gz`: the network, with the probe of the query, as scripts for a real kernel.

use crate::app::State;
use crate::error::Error;
use crate::pages::{self, Answer};
use crate::request::Reader;
use axum::extract::{Path, State as Shared};
use axum::response::{IntoResponse, Response};
use flate2::{Compression, GzBuilder};
use kernel::config::Network;
use sim_core::lab::{LabFile, TAG};
use std::io;
use std::sync::Arc;
use tar::{Builder, EntryType, Header};

/// Namespaces of a lab at most: each is a kernel's network of its own.
const MAX_NAMESPACES: usize = 2_000;
/// Rules of a lab at most, over all namespaces.
const MAX_RULES: usize = 300_000;
/// The one folder everything is in.
const TOP: &str = "kubehop-lab";

/// The answer: an archive, or the page that says why there is none.
pub async fn lab(Shared(state): Shared<Arc<State>>, Path(id): Path<String>, reader: Reader) -> Response {
    let answer = async {
        let (found, way) = if reader.query.get("from").is_some() {
            let sent = pages::send(&state, &reader, &id, false).await?.map_err(|refused| Error::Probe(refused.1))?;
            (sent.found, Some((sent.journey, sent.branches)))
        } else {
            (pages::find(&state, &reader, &id).await?, None)
        };
        fits(&reader, &found.model.built.network)?;
        let lang = reader.chrome.lang;
        let bytes = state
            .models
            .work(move || {
                let sent = way.as_ref().map(|(journey, branches)| web::lab::Sent { journey, branches });
                pack(&web::lab::files(&web::lab::Input { lang, model: &found.model, tag: TAG, sent }))
            })
            .await?
            .map_err(|error| Error::Internal(error.to_string()))?;
        let headers = [
            ("content-type", "application/gzip"),
            ("content-disposition", "attachment; filename=\"kubehop-lab.tar.gz\""),
        ];
        Ok((headers, bytes).into_response())
    };
    let answer: Answer = answer.await;
    pages::told(&reader, answer)
}

/// Refuses what no machine should be asked to build.
fn fits(reader: &Reader, network: &Network) -> Result<(), Error> {
    let tables = network.namespaces().flat_map(|netns| netns.xtables.tables.values());
    let rules: usize = tables.flat_map(|table| &table.chains).map(|chain| chain.rules.len()).sum();
    let counts = [("namespaces", network.len(), MAX_NAMESPACES), ("rules", rules, MAX_RULES)];
    match counts.into_iter().find(|(_, count, limit)| count > limit) {
        Some((what, count, limit)) => {
            let args = [("count", count.into()), ("limit", limit.into())];
            Err(Error::LabTooLarge(reader.chrome.ta(&format!("lab-limit-{what}"), &args)))
        }
        None => Ok(()),
    }
}

/// A tar archive, compressed. Nothing in it depends on when and where it was made.
fn pack(files: &[LabFile]) -> io::Result<Vec<u8>> {
    let mut tar = Builder::new(GzBuilder::new().mtime(0).write(Vec::new(), Compression::default()));
    let header = |mode: u32, size: usize| {
        let mut header = Header::new_gnu();
        header.set_mode(mode);
        header.set_size(size as u64);
        header.set_mtime(0);
        header
    };
    let mut folder = header(0o755, 0);
    folder.set_entry_type(EntryType::Directory);
    tar.append_data(&mut folder, format!("{TOP}/"), io::empty())?;
    for file in files {
        let mut header = header(if file.executable { 0o755 } else { 0o644 }, file.text.len());
        header.set_entry_type(EntryType::Regular);
        tar.append_data(&mut header, format!("{TOP}/{}", file.path), file.text.as_bytes())?;
    }
    tar.into_inner()?.finish()
}
