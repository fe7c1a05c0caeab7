//! What hosts learned of the ways to others.

/// What a router told of the way to a destination: an exception in the route cache (`fib_nh_exception` in net/ipv4/route.c).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PathMtu {
    /// What fits, in bytes.
    pub mtu: u32,
    /// A router told less than the kernel believes (`net.ipv4.route.min_pmtu`): packets may be cut on the way.
    pub locked: bool,
    /// Second at which it was learned.
    pub learned: u64,
}

impl PathMtu {
    /// Seconds that it is known (`net.ipv4.route.mtu_expires`).
    pub const LASTS: u64 = 600;

    /// Known at that second.
    pub fn is_alive(&self, now: u64) -> bool {
        now < self.learned.saturating_add(Self::LASTS)
    }
}
