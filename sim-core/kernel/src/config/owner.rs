//! Who has a socket.

/// User and group of the process that opened a socket (its filesystem ids, `file->f_cred`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Owner {
    /// User; 0 is root.
    pub uid: u32,
    /// Group.
    pub gid: u32,
}
