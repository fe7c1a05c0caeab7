//! What the kernel does at its own pace.
//!
//! How often it says that a route refuses: `ip_error` has five messages for each source address at once, and one more a second
//! (`net.ipv4.route.error_burst` and `error_cost`, which only the first network namespace can set). Who asks faster is not told, which is no
//! difference between the kernel and the simulation.

use std::time::{Duration, Instant};

/// Microseconds after which a socket sends again what nobody acknowledges: the kernel's own (`TCP_RTO_MIN`), and none while anybody looks.
pub(super) const SENDS_AGAIN: &str = "200000";
pub(super) const SENDS_ONCE: &str = "30000000";
/// Where that is said, for the sockets of a namespace that are made from then on.
pub(super) const RTO_MIN: &str = "/proc/sys/net/ipv4/tcp_rto_min_us";

/// Messages that may come at once.
const BURST: f64 = 5.0;
/// Messages that one probe may need: there and back.
const OF_A_PROBE: f64 = 2.0;

/// The messages that are left.
pub(super) struct Refusals {
    left: f64,
    at: Instant,
}

impl Refusals {
    /// All of them.
    pub(super) fn new() -> Self {
        Self { left: BURST, at: Instant::now() }
    }

    /// How long to wait before the next probe.
    pub(super) fn wait(&mut self) -> Duration {
        let now = Instant::now();
        self.left = (self.left + now.duration_since(self.at).as_secs_f64()).min(BURST);
        self.at = now;
        Duration::from_secs_f64((OF_A_PROBE - self.left).max(0.0))
    }

    /// Packets that a probe made, in the notation of both sides: those that leave somewhere and say that a route refuses.
    pub(super) fn saw(&mut self, packets: &[String]) {
        let refuses = |packet: &&String| {
            packet.contains("< ") && ["icmp 3/0 ", "icmp 3/1 ", "icmp 3/13 "].iter().any(|error| packet.contains(error))
        };
        self.left -= packets.iter().filter(refuses).count() as f64;
    }
}

/// Whether packets wait for a processor (`/proc/net/softnet_stat`): on a busy machine what was sent may be taken up late, and a network is quiet
/// only when none does. Those of other networks count, too: they are soon gone.
pub(super) fn packets_wait() -> bool {
    let read = std::fs::read_to_string("/proc/net/softnet_stat").unwrap_or_default();
    // One line a processor; the twelfth number counts (`softnet_seq_show`).
    read.lines().filter_map(|line| line.split(' ').nth(11)).any(|waiting| waiting.bytes().any(|digit| digit != b'0'))
}
