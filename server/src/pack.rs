//! Files in one archive to take along.

use crate::error::Error;
use flate2::{Compression, GzBuilder};
use std::io;
use tar::{Builder, EntryType, Header};

/// A tar archive, compressed (RFC 1952), of files in one folder: each its path there, its text, and whether it can be run. Nothing in it
/// depends on when and where it was made.
///
/// # Errors
/// [`Error::Internal`] for a path that no archive takes.
pub(crate) fn tar_gz<'f>(
    top: &str,
    files: impl IntoIterator<Item = (&'f str, &'f str, bool)>,
) -> Result<Vec<u8>, Error> {
    written(top, files).map_err(|error| Error::Internal(error.to_string()))
}

fn written<'f>(top: &str, files: impl IntoIterator<Item = (&'f str, &'f str, bool)>) -> io::Result<Vec<u8>> {
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
    tar.append_data(&mut folder, format!("{top}/"), io::empty())?;
    for (path, text, executable) in files {
        let mut header = header(if executable { 0o755 } else { 0o644 }, text.len());
        header.set_entry_type(EntryType::Regular);
        tar.append_data(&mut header, format!("{top}/{path}"), text.as_bytes())?;
    }
    tar.into_inner()?.finish()
}
