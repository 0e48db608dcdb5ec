//! The time, as it is handed in.

/// The present, by both clocks. Packets are compared with `ms` only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Now {
    /// Milliseconds of a monotonic clock since any fixed moment: lifetimes run on it, so a set clock ends no call.
    pub ms: u64,
    /// Seconds since 1970: nonces and time-limited names are stamped with it, as other processes read them.
    pub unix_s: u64,
}

impl Now {
    pub(super) fn in_s(self, seconds: u32) -> u64 {
        self.ms.saturating_add(u64::from(seconds) * 1000)
    }
}
