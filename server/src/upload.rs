//! Manifests that come with a form: files, pasted text, or the name of an example.

use crate::error::Error;
use crate::store::File;
use axum::extract::Multipart;
use axum::extract::multipart::{Field, MultipartError};
use axum::http::StatusCode;
use sim_core::manifest::{Role, SourceText};

/// Bytes of one upload at most.
pub const MAX_BYTES: usize = 8 << 20;
/// Bytes read of one upload at most, so that whoever sends more than is allowed is told.
pub const MAX_READ: usize = 64 << 20;
/// Files of one upload at most.
const MAX_FILES: usize = 500;
/// Name of pasted text in places.
const PASTED: &str = "pasted.yaml";

/// What a form brought.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Upload {
    /// Texts, in order of the form.
    pub files: Vec<File>,
    /// An example's id.
    pub example: Option<String>,
}

/// What was read of a form, and what is wrong with it.
#[derive(Debug, Default)]
pub struct Read {
    /// As far as it could be read.
    pub upload: Upload,
    /// What was pasted, also where it cannot be used.
    pub pasted: String,
    /// Why it cannot be used.
    pub error: Option<Error>,
}

fn refused(error: &MultipartError) -> Error {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Error::TooLarge { limit: MAX_BYTES, size: None },
        _ => Error::Form(error.body_text()),
    }
}

/// Reads the form. It is read to its end also when it is too large: a browser that still sends does not hear an answer.
pub async fn read(form: Multipart) -> Read {
    let mut read = Read::default();
    let (mut size, mut files) = (0, 0);
    let ended = fields(form, &mut read, &mut size, &mut files).await;
    read.error = match ended {
        Err(error) => Some(error),
        Ok(()) if size > MAX_BYTES => Some(Error::TooLarge { limit: MAX_BYTES, size: Some(size) }),
        Ok(()) if files > MAX_FILES => Some(Error::TooManyFiles { limit: MAX_FILES, count: files }),
        Ok(()) if read.upload.files.is_empty() && read.upload.example.is_none() => Some(Error::NoInput),
        Ok(()) => None,
    };
    read
}

async fn fields(mut form: Multipart, read: &mut Read, size: &mut usize, files: &mut usize) -> Result<(), Error> {
    while let Some(field) = form.next_field().await.map_err(|error| refused(&error))? {
        let field_name = field.name().unwrap_or_default().to_owned();
        let file_name = field.file_name().map(clean);
        let bytes = bytes(field, size).await?;
        match field_name.as_str() {
            "files" if !bytes.is_empty() => {
                *files += 1;
                let name = file_name.unwrap_or_else(|| PASTED.to_owned());
                if *files <= MAX_FILES {
                    read.upload.files.push(File { name, text: text(&bytes) });
                }
            }
            "manifest" => {
                read.pasted = text(&bytes);
                if !read.pasted.trim().is_empty() {
                    read.upload.files.push(File { name: PASTED.to_owned(), text: read.pasted.clone() });
                }
            }
            "example" => read.upload.example = Some(text(&bytes)).filter(|id| !id.is_empty()),
            _ => {}
        }
    }
    Ok(())
}

/// A field's bytes, empty as soon as the whole form is too large.
async fn bytes(mut field: Field<'_>, size: &mut usize) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(|error| refused(&error))? {
        *size += chunk.len();
        if *size > MAX_BYTES { bytes = Vec::new() } else { bytes.extend_from_slice(&chunk) }
    }
    Ok(bytes)
}

/// The text, whatever its encoding; what is in none that is known becomes a finding about that file.
fn text(bytes: &[u8]) -> String {
    SourceText::decode(PASTED, bytes, Role::Given).text.to_string()
}

/// The last part of a file's name, without control characters, at most 100 characters.
fn clean(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String = last.chars().filter(|c| !c.is_control()).take(100).collect();
    if clean.trim().is_empty() { PASTED.to_owned() } else { clean }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_lose_their_folders() {
        for (given, clean_name) in [
            ("a/b/c.yaml", "c.yaml"),
            ("C:\\x\\y.yml", "y.yml"),
            ("", PASTED),
            ("\u{7}\n", PASTED),
            ("한글.yaml", "한글.yaml"),
        ] {
            assert_eq!(clean(given), clean_name);
        }
    }
}
