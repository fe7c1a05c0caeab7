//! Manifests that come with a form: files, pasted text, or the name of an example.

use crate::error::Error;
use crate::gather::archive::{self, Bounds, Content};
use crate::gather::{self, Files, Problem};
use crate::pool::Pool;
use crate::store::File;
use axum::extract::Multipart;
use axum::extract::multipart::{Field, MultipartError};
use axum::http::StatusCode;
use kubernetes::manifest::{Role, SourceText};

/// Files of one upload at most, each chosen by itself.
const MAX_FILES: usize = 500;
/// Files of its folders at most, without those that nobody reads.
const MAX_IN_FOLDERS: usize = 2_000;
/// Bounds on an archive.
const BOUNDS: Bounds = Bounds { entries: 5_000, bytes: 32 << 20 };
/// Name of pasted text in places.
const PASTED: &str = "pasted.yaml";

/// What a form brought.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Upload {
    /// Texts, in order of the form.
    pub files: Vec<File>,
    /// An example's id.
    pub example: Option<String>,
    /// Comments are not to be kept.
    pub comments: bool,
}

/// What was read of the form, and what is wrong with it.
#[derive(Debug, Default)]
pub struct Form {
    /// As far as it could be read.
    pub upload: Upload,
    /// What was pasted, also where it cannot be used.
    pub pasted: String,
    /// Why it cannot be used.
    pub error: Option<Error>,
}

/// Files of a form.
#[derive(Default)]
struct Count {
    alone: usize,
    in_folders: usize,
}

fn refused(error: &MultipartError, most: usize) -> Error {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Error::TooLarge { limit: most, size: None },
        _ => Error::Form(error.body_text()),
    }
}

/// Files that came by name and text, of `most` bytes.
///
/// # Errors
/// None of them, too many, too much.
pub fn given(files: Vec<File>, most: usize) -> Result<Upload, Error> {
    let size: usize = files.iter().map(|file| file.text.len()).sum();
    if size > most {
        return Err(Error::TooLarge { limit: most, size: Some(size) });
    }
    if files.len() > MAX_IN_FOLDERS {
        return Err(Error::TooManyFiles { limit: MAX_IN_FOLDERS, count: files.len() });
    }
    if files.iter().all(|file| file.text.trim().is_empty()) {
        return Err(Error::NoInput);
    }
    let files = files.into_iter().map(|file| File { name: clean(&file.name), ..file }).collect();
    Ok(Upload { files, ..Upload::default() })
}

/// Reads the form; archives are unpacked in `pool`. It is read to its end also when it is too large: a browser that still sends does not hear an answer.
/// Of all files `most` bytes are taken.
pub async fn read(form: Multipart, pool: &Pool, most: usize) -> Form {
    let mut read = Form::default();
    let (mut size, mut files) = (0, Count::default());
    let ended = fields(form, pool, &mut read, &mut size, &mut files, most).await;
    read.error = match ended {
        Err(error) => Some(error),
        Ok(()) if size > most => Some(Error::TooLarge { limit: most, size: Some(size) }),
        Ok(()) if files.alone > MAX_FILES => Some(Error::TooManyFiles { limit: MAX_FILES, count: files.alone }),
        Ok(()) if files.in_folders > MAX_IN_FOLDERS => {
            Some(Error::TooManyFiles { limit: MAX_IN_FOLDERS, count: files.in_folders })
        }
        Ok(()) if read.upload.files.is_empty() && read.upload.example.is_none() => Some(Error::NoInput),
        Ok(()) => None,
    };
    read
}

async fn fields(
    mut form: Multipart,
    pool: &Pool,
    read: &mut Form,
    size: &mut usize,
    files: &mut Count,
    most: usize,
) -> Result<(), Error> {
    let mut uploaded = Vec::new();
    while let Some(field) = form.next_field().await.map_err(|error| refused(&error, most))? {
        let field_name = field.name().unwrap_or_default().to_owned();
        let file_name = field.file_name().map(clean);
        let wanted = file_name.as_deref().is_none_or(is_wanted);
        let bytes = bytes(field, size, wanted, most).await?;
        match field_name.as_str() {
            "files" if wanted && !bytes.is_empty() => {
                let name = file_name.unwrap_or_else(|| PASTED.to_owned());
                let (count, limit) = match name.contains('/') {
                    true => (&mut files.in_folders, MAX_IN_FOLDERS),
                    false => (&mut files.alone, MAX_FILES),
                };
                *count += 1;
                if *count <= limit {
                    uploaded.push((name, bytes));
                }
            }
            "manifest" => {
                read.pasted = text(&bytes);
                if !read.pasted.trim().is_empty() {
                    read.upload.files.push(File { name: PASTED.to_owned(), text: read.pasted.clone() });
                }
            }
            "comments" => read.upload.comments = !bytes.is_empty(),
            "example" => read.upload.example = Some(text(&bytes)).filter(|id| !id.is_empty()),
            _ => {}
        }
    }
    read.upload.files.splice(0..0, pool.run(move || select(uploaded)).await??);
    Ok(())
}

/// False for what a folder brings that nobody reads: other tools' folders, pictures, programs.
fn is_wanted(name: &str) -> bool {
    const OTHERS: [&str; 14] =
        ["png", "jpg", "jpeg", "gif", "svg", "ico", "pdf", "exe", "so", "bin", "jar", "class", "mp4", "woff2"];
    let in_folder = name.contains('/');
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    !in_folder
        || !(gather::is_in_skipped_folder(name, "") || OTHERS.iter().any(|known| ending.eq_ignore_ascii_case(known)))
}

/// The texts of what was uploaded. Archives are unpacked; files of folders are chosen as on the command line, with what
/// their kustomizations name, except what Secrets are made of.
fn select(uploaded: Vec<(String, Vec<u8>)>) -> Result<Vec<File>, Error> {
    let mut files: Vec<File> = Vec::new();
    let mut folders = Files::new();
    for (name, bytes) in uploaded {
        let form = archive::form(&name, &bytes);
        if form == archive::Form::Text && name.contains('/') {
            folders.insert(name, bytes);
            continue;
        }
        match archive::unpack(&name, &bytes, form, BOUNDS) {
            Ok(Content::Text(bytes)) => files.push(File { name, text: text(&bytes) }),
            Ok(Content::Files(inside)) => folders.extend(inside),
            Err(error) => return Err(Error::Input(Problem::Archive { file: name, error })),
        }
    }
    let mut texts = gather::texts_of(&folders, "");
    gather::complete(&mut texts, &mut |wanted| {
        if wanted.secret { Vec::new() } else { gather::from_memory(&folders, wanted) }
    });
    files.extend(texts.into_iter().map(|text| File { name: text.name.to_string(), text: text.text.to_string() }));
    Ok(files)
}

/// A field's bytes, empty as soon as the whole form is too large, and for what nobody reads.
async fn bytes(mut field: Field<'_>, size: &mut usize, wanted: bool, most: usize) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(|error| refused(&error, most))? {
        if !wanted {
            continue;
        }
        *size += chunk.len();
        if *size > most { bytes = Vec::new() } else { bytes.extend_from_slice(&chunk) }
    }
    Ok(bytes)
}

/// The text, whatever its encoding; what is in none that is known becomes a finding about that file.
fn text(bytes: &[u8]) -> String {
    SourceText::decode(PASTED, bytes, Role::Given).text.to_string()
}

/// A file's name as a plain path; what is none becomes the last part of it, at most 100 characters.
fn clean(name: &str) -> String {
    if let Ok(Some(path)) = archive::clean(name)
        && path.contains('/')
    {
        return path;
    }
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String = last.chars().filter(|c| !c.is_control()).take(100).collect();
    if clean.trim().is_empty() { PASTED.to_owned() } else { clean }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_are_plain_paths() {
        for (given, clean_name) in [
            ("a/./b//c.yaml", "a/b/c.yaml"),
            ("../../c.yaml", "c.yaml"),
            ("C:\\x\\y.yml", "x/y.yml"),
            ("", PASTED),
            ("\u{7}\n", PASTED),
            ("한글.yaml", "한글.yaml"),
        ] {
            assert_eq!(clean(given), clean_name);
        }
    }
}
