//! Identities: of namespaces, devices and sockets of a [`crate::network::Network`], and of the reasons that state carries.

/// Why a piece of state exists: a number that whoever wrote the state can look up. The kernel only carries it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CauseId(pub u32);

/// Index of a namespace in its [`Network`](crate::network::Network).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NetnsId(pub u32);

/// Index of a device inside its namespace. The kernel's `ifindex` is this plus one; `lo` is 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkId(pub u32);

/// Index of a listening socket inside its namespace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SocketId(pub u32);

/// A device in a namespace, addressed across the whole network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkRef {
    /// The namespace.
    pub netns: NetnsId,
    /// The device in it.
    pub link: LinkId,
}
