//! Manifests that come with a form: files, pasted text, or the name of an example.

use crate::error::Error;
use crate::store::File;
use axum::extract::Multipart;
use axum::extract::multipart::{Field, MultipartError};
use axum::http::StatusCode;
use sim_core::manifest::{Role, SourceText};

/// Bytes of one upload at most.
pub const MAX_BYTES: usize = 8 << 20;
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

fn refused(error: &MultipartError) -> Error {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Error::TooLarge(MAX_BYTES),
        _ => Error::Form(error.body_text()),
    }
}

/// Reads the form.
///
/// # Errors
/// A form that is too large or cannot be read.
pub async fn read(mut form: Multipart) -> Result<Upload, Error> {
    let mut upload = Upload::default();
    while let Some(field) = form.next_field().await.map_err(|error| refused(&error))? {
        let field_name = field.name().unwrap_or_default().to_owned();
        let file_name = field.file_name().map(clean);
        let bytes = bytes(field).await?;
        if upload.files.len() >= MAX_FILES {
            return Err(Error::Form(format!("more than {MAX_FILES} files")));
        }
        match field_name.as_str() {
            "files" if !bytes.is_empty() => {
                let name = file_name.unwrap_or_else(|| PASTED.to_owned());
                let text = text(&bytes);
                upload.files.push(File { name, text });
            }
            "manifest" => {
                let text = text(&bytes);
                if !text.trim().is_empty() {
                    upload.files.push(File { name: PASTED.to_owned(), text });
                }
            }
            "example" => upload.example = Some(text(&bytes)).filter(|id| !id.is_empty()),
            _ => {}
        }
    }
    Ok(upload)
}

async fn bytes(field: Field<'_>) -> Result<Vec<u8>, Error> {
    field.bytes().await.map(|bytes| bytes.to_vec()).map_err(|error| refused(&error))
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
