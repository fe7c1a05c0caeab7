//! Archives: tar, with or without gzip, and zip. Nothing is written anywhere; what is unpacked stays in memory, within bounds.

use super::names::{self, Files};
use flate2::read::MultiGzDecoder;
use std::io::{Cursor, Read};
use zip::ZipArchive;
use zip::result::ZipError;

/// Bounds on what an archive may cost.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Entries, folders included.
    pub entries: usize,
    /// Bytes unpacked.
    pub bytes: u64,
}

impl Default for Bounds {
    /// For archives of one's own machine.
    fn default() -> Self {
        Self { entries: 50_000, bytes: 256 << 20 }
    }
}

/// Bytes unpacked for each byte packed; text seldom goes beyond a tenth of it.
const RATIO: u64 = 200;
/// Bytes unpacked before that ratio is looked at.
const FREE: u64 = 4 << 20;
/// Folders within folders.
const DEPTH: usize = 40;
/// Bytes of a name.
const NAME: usize = 500;
/// Bytes of a file that is kept though its name is not a manifest's, in case a kustomization names it.
const OTHER: u64 = 1 << 20;

/// What is wrong with an archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It is damaged, or no archive.
    Broken,
    /// It holds more entries than the limit.
    Entries,
    /// It unpacks to more bytes than the limit.
    Bytes,
    /// It unpacks to far more bytes than it has.
    Ratio,
    /// It needs a password.
    Encrypted,
    /// It is packed in a way that is not read.
    Method,
    /// A name leads out of it.
    Outside,
    /// It holds no file.
    Empty,
}

impl Kind {
    /// Kebab-case word.
    pub fn code(self) -> &'static str {
        match self {
            Self::Broken => "broken",
            Self::Entries => "entries",
            Self::Bytes => "bytes",
            Self::Ratio => "ratio",
            Self::Encrypted => "encrypted",
            Self::Method => "method",
            Self::Outside => "outside",
            Self::Empty => "empty",
        }
    }
}

/// Why an archive is not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchiveError {
    /// What is wrong.
    pub kind: Kind,
    /// The entry it shows at.
    pub entry: Option<String>,
    /// The limit that is crossed: entries, or MiB.
    pub limit: Option<u64>,
}

impl ArchiveError {
    fn new(kind: Kind) -> Self {
        Self { kind, entry: None, limit: None }
    }

    fn at(kind: Kind, entry: &str) -> Self {
        Self { kind, entry: Some(entry.chars().take(100).collect()), limit: None }
    }
}

/// What bytes are by their first ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Zip.
    Zip,
    /// Anything with gzip around it.
    Gzip,
    /// Tar.
    Tar,
    /// None of them.
    Text,
}

/// What a file is, by its content, and by its name where tar is so old that it has no mark.
pub fn form(name: &str, bytes: &[u8]) -> Form {
    let lower = name.to_ascii_lowercase();
    match bytes {
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Form::Zip,
        [0x1f, 0x8b, ..] => Form::Gzip,
        _ if is_tar(bytes) || lower.ends_with(".tar") => Form::Tar,
        _ if lower.ends_with(".zip") => Form::Zip,
        _ if [".tgz", ".tar.gz"].iter().any(|end| lower.ends_with(end)) => Form::Gzip,
        _ => Form::Text,
    }
}

fn is_tar(bytes: &[u8]) -> bool {
    bytes.get(257..262) == Some(b"ustar")
}

/// What an archive holds.
#[derive(Debug, PartialEq, Eq)]
pub enum Content {
    /// Files by their name behind the archive's own.
    Files(Files),
    /// One text that was packed by itself.
    Text(Vec<u8>),
}

/// Unpacks an archive of that form. Names become `NAME/path/in/it`.
///
/// # Errors
/// What is damaged, crosses a bound or leads outside is not read at all.
pub fn unpack(name: &str, bytes: &[u8], form: Form, bounds: Bounds) -> Result<Content, ArchiveError> {
    let mut unpacked = Unpacked { name, files: Files::new(), entries: 0, bytes: 0, packed: bytes.len() as u64, bounds };
    match form {
        Form::Zip => unpacked.zip(bytes)?,
        Form::Tar => unpacked.tar(bytes)?,
        Form::Gzip => {
            let mut text = Vec::new();
            unpacked.read(&mut MultiGzDecoder::new(bytes), None, &mut text)?;
            let lower = name.to_ascii_lowercase();
            if !is_tar(&text) && ![".tgz", ".tar.gz"].iter().any(|end| lower.ends_with(end)) {
                return Ok(Content::Text(text));
            }
            unpacked.bytes = 0;
            unpacked.tar(&text)?;
        }
        Form::Text => return Ok(Content::Text(bytes.to_vec())),
    }
    if unpacked.files.is_empty() {
        return Err(ArchiveError::new(Kind::Empty));
    }
    Ok(Content::Files(unpacked.files))
}

struct Unpacked<'a> {
    name: &'a str,
    files: Files,
    entries: usize,
    bytes: u64,
    packed: u64,
    bounds: Bounds,
}

impl Unpacked<'_> {
    fn count(&mut self) -> Result<(), ArchiveError> {
        self.entries += 1;
        if self.entries > self.bounds.entries {
            let limit = Some(self.bounds.entries as u64);
            return Err(ArchiveError { limit, ..ArchiveError::new(Kind::Entries) });
        }
        Ok(())
    }

    /// Reads an entry, and counts what it costs.
    fn read(&mut self, from: &mut dyn Read, entry: Option<&str>, into: &mut Vec<u8>) -> Result<(), ArchiveError> {
        let error = |kind| ArchiveError { entry: entry.map(str::to_owned), ..ArchiveError::new(kind) };
        let mut piece = [0_u8; 64 << 10];
        loop {
            let length = from.read(&mut piece).map_err(|_| error(Kind::Broken))?;
            if length == 0 {
                return Ok(());
            }
            self.bytes += length as u64;
            if self.bytes > self.bounds.bytes {
                return Err(ArchiveError { limit: Some(self.bounds.bytes >> 20), ..error(Kind::Bytes) });
            }
            if self.bytes > FREE && self.bytes / RATIO > self.packed {
                return Err(error(Kind::Ratio));
            }
            into.extend_from_slice(&piece[..length]);
        }
    }

    /// Whether an entry is kept: what may be a manifest, and small files that a kustomization may name.
    fn keeps(name: &str, size: u64) -> bool {
        !names::is_in_skipped_folder(name, "") && (names::is_read(name) || size <= OTHER)
    }

    fn take(&mut self, name: &str, size: u64, from: &mut dyn Read) -> Result<(), ArchiveError> {
        let Some(clean) = clean(name)? else { return Ok(()) };
        if Self::keeps(&clean, size) {
            let mut bytes = Vec::new();
            self.read(from, Some(&clean), &mut bytes)?;
            self.files.insert(format!("{}/{clean}", self.name), bytes);
        }
        Ok(())
    }

    fn tar(&mut self, bytes: &[u8]) -> Result<(), ArchiveError> {
        let broken = |_| ArchiveError::new(Kind::Broken);
        let mut archive = tar::Archive::new(bytes);
        for entry in archive.entries().map_err(broken)? {
            self.count()?;
            let mut entry = entry.map_err(broken)?;
            // Folders say nothing; links lead nowhere.
            if !entry.header().entry_type().is_file() {
                continue;
            }
            let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            let size = entry.size();
            self.take(&name, size, &mut entry)?;
        }
        Ok(())
    }

    fn zip(&mut self, bytes: &[u8]) -> Result<(), ArchiveError> {
        let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| of_zip(&error, None))?;
        for index in 0..archive.len() {
            self.count()?;
            let (name, size, encrypted) = {
                let entry = archive.by_index_raw(index).map_err(|error| of_zip(&error, None))?;
                if entry.is_dir() || entry.is_symlink() {
                    continue;
                }
                let name = match entry.name() {
                    Ok(name) => name.into_owned(),
                    Err(_) => String::from_utf8_lossy(entry.name_raw()).into_owned(),
                };
                (name, entry.size(), entry.encrypted())
            };
            let Some(clean) = clean(&name)? else { continue };
            if !Self::keeps(&clean, size) {
                continue;
            }
            if encrypted {
                return Err(ArchiveError::at(Kind::Encrypted, &clean));
            }
            let mut entry = archive.by_index(index).map_err(|error| of_zip(&error, Some(&clean)))?;
            self.take(&clean, size, &mut entry)?;
        }
        Ok(())
    }
}

fn of_zip(error: &ZipError, entry: Option<&str>) -> ArchiveError {
    let kind = match error {
        ZipError::CompressionMethodNotSupported(_) | ZipError::UnsupportedArchive(_) => Kind::Method,
        ZipError::InvalidPassword => Kind::Encrypted,
        _ => Kind::Broken,
    };
    entry.map_or_else(|| ArchiveError::new(kind), |entry| ArchiveError::at(kind, entry))
}

/// A name as a plain path; `None` for one that says nothing.
///
/// # Errors
/// Names that lead out of the archive, which no tool makes by accident.
pub fn clean(name: &str) -> Result<Option<String>, ArchiveError> {
    let name: String = name.replace('\\', "/").chars().filter(|c| !c.is_control()).collect();
    let mut parts: Vec<&str> = Vec::new();
    for part in name.split('/') {
        match part {
            "" | "." => {}
            ".." => return Err(ArchiveError::at(Kind::Outside, &name)),
            part => parts.push(part),
        }
    }
    let drive = parts.first().is_some_and(|first| first.len() == 2 && first.ends_with(':'));
    if drive {
        parts.remove(0);
    }
    if parts.is_empty() || parts.len() > DEPTH || name.len() > NAME {
        return Ok(None);
    }
    Ok(Some(parts.join("/")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n";

    fn tar_of(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        for (name, bytes) in files {
            let mut header = tar::Header::new_gnu();
            header.set_size(bytes.len() as u64);
            header.set_mode(0o644);
            // Builder::append_data refuses names that lead outside.
            let raw = header.as_gnu_mut().expect("gnu");
            raw.name[..name.len()].copy_from_slice(name.as_bytes());
            header.set_cksum();
            builder.append(&header, *bytes).expect("entry");
        }
        builder.into_inner().expect("tar")
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(bytes).expect("gzip");
        encoder.finish().expect("gzip")
    }

    fn zip_of(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in files {
            writer.start_file(*name, zip::write::SimpleFileOptions::default()).expect("entry");
            writer.write_all(bytes).expect("entry");
        }
        writer.finish().expect("zip").into_inner()
    }

    fn names(name: &str, bytes: &[u8]) -> Result<Vec<String>, Kind> {
        let bounds = Bounds { entries: 10, bytes: 16 << 20 };
        match unpack(name, bytes, form(name, bytes), bounds) {
            Ok(Content::Files(files)) => Ok(files.into_keys().collect()),
            Ok(Content::Text(text)) => Ok(vec![format!("{} bytes", text.len())]),
            Err(error) => Err(error.kind),
        }
    }

    #[test]
    fn every_form_is_told_by_its_content() {
        let files: &[(&str, &[u8])] =
            &[("./a/b.yaml", POD.as_bytes()), ("/c.yml", POD.as_bytes()), (".git/d.yaml", b"x"), ("e.conf", b"x")];
        let expected = ["x.bin/a/b.yaml", "x.bin/c.yml", "x.bin/e.conf"].map(str::to_owned).to_vec();
        assert_eq!(names("x.bin", &tar_of(files)), Ok(expected.clone()));
        assert_eq!(names("x.bin", &gzip(&tar_of(files))), Ok(expected.clone()));
        assert_eq!(names("x.bin", &zip_of(files)), Ok(expected));
        assert_eq!(names("a.yaml.gz", &gzip(POD.as_bytes())), Ok(vec![format!("{} bytes", POD.len())]));
        assert_eq!(names("a.yaml", POD.as_bytes()), Ok(vec![format!("{} bytes", POD.len())]));
    }

    #[test]
    fn what_is_bad_is_refused_as_a_whole() {
        let zip = zip_of(&[("a.yaml", POD.as_bytes())]);
        for (name, bytes, kind) in [
            ("a.zip", b"not a zip at all".to_vec(), Kind::Broken),
            ("a.zip", zip[..zip.len() / 2].to_vec(), Kind::Broken),
            ("a.tgz", gzip(&tar_of(&[("a.yaml", POD.as_bytes())]))[..40].to_vec(), Kind::Broken),
            ("a.tar", vec![7; 2000], Kind::Broken),
            ("a.tar", tar_of(&[("../a.yaml", b"x")]), Kind::Outside),
            ("a.zip", zip_of(&[("../../etc/a.yaml", b"x")]), Kind::Outside),
            ("a.zip", zip_of(&[]), Kind::Empty),
            ("a.tar", tar_of(&[("d.yaml", &b"x"[..]); 11]), Kind::Entries),
            ("a.tar", tar_of(&[("d.yaml", &vec![b'x'; 17 << 20])]), Kind::Bytes),
            ("a.zip", zip_of(&[("d.yaml", &vec![b'x'; 12 << 20])]), Kind::Ratio),
            ("a.tgz", gzip(&vec![0; 12 << 20]), Kind::Ratio),
        ] {
            assert_eq!(names(name, &bytes), Err(kind), "{name} {kind:?}");
        }
    }

    #[test]
    fn links_are_not_followed() {
        let mut builder = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Symlink);
        header.set_size(0);
        builder.append_link(&mut header, "link.yaml", "/etc/passwd").expect("link");
        let bytes = builder.into_inner().expect("tar");
        assert_eq!(names("a.tar", &bytes), Err(Kind::Empty));
    }
}
