//! The database's file: nobody else reads it, and it is where it was.

use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Only its owner.
const PRIVATE: u32 = 0o600;
/// Bytes that there has to be room for: a small write finds some in what SQLite wrote ahead and may write over, also on a full disk.
const ROOM: usize = 256 << 10;

/// A file that was opened.
#[derive(Clone, Debug)]
pub(super) struct Opened {
    path: PathBuf,
    device: u64,
    inode: u64,
}

impl Opened {
    /// The file, made if it is not there, and what SQLite keeps beside it, for its owner alone. What SQLite makes later has the file's own
    /// permissions.
    pub(super) fn private(path: &Path) -> io::Result<Self> {
        OpenOptions::new().create(true).append(true).mode(PRIVATE).open(path)?;
        for beside in ["", "-wal", "-shm"] {
            let mut name = path.as_os_str().to_owned();
            name.push(beside);
            // A file of somebody else's that may be written is left as it is.
            if let Err(error) = fs::set_permissions(&name, Permissions::from_mode(PRIVATE))
                && error.kind() != io::ErrorKind::NotFound
            {
                tracing::warn!(%error, "others may read the database");
            }
        }
        let found = fs::metadata(path)?;
        Ok(Self { path: path.to_owned(), device: found.dev(), inode: found.ino() })
    }

    /// True when the file system takes as much as an upload has.
    pub(super) fn has_room(&self) -> bool {
        let mut name = self.path.as_os_str().to_owned();
        name.push("-room");
        let open = OpenOptions::new().create(true).write(true).truncate(true).mode(PRIVATE).open(&name);
        let written = open.and_then(|mut file| file.write_all(&[0; ROOM]));
        // Whoever asks for the same meanwhile may have removed it already.
        let _ = fs::remove_file(&name);
        written.is_ok()
    }

    pub(super) fn is_there(&self) -> bool {
        fs::metadata(&self.path).is_ok_and(|found| (found.dev(), found.ino()) == (self.device, self.inode))
    }
}
