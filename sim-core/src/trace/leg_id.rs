//! Numbers of legs.

/// Index of a leg in its [`super::Journey`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LegId(pub u32);
