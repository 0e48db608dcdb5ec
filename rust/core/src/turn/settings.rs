//! What the relay is told at start.

use super::policy::Peers;
use super::quota::Census;
use crate::budget::Rate;

/// How the relay behaves. The defaults suit a server on the public internet.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Whether the driver can bind relayed addresses of that family.
    pub has_ipv4: bool,
    pub has_ipv6: bool,
    /// Whether the driver can send with the DF bit; without it DONT-FRAGMENT is an unknown attribute (RFC 8656 §7.2).
    pub can_set_df: bool,
    /// RFC 8016: a client that asks for it keeps its allocation when it changes network.
    pub has_mobility: bool,
    /// RFC 6062: clients may have TCP connections with peers.
    pub has_tcp_allocations: bool,
    /// This shard's number, in every CONNECTION-ID that it gives out.
    pub shard: u8,
    /// RFC 8656 §7.2: 600 s.
    pub default_lifetime_s: u32,
    /// RFC 8656 §7.2 suggests 3600 s.
    pub longest_lifetime_s: u32,
    /// RFC 8656 §9: 300 s.
    pub permission_lifetime_s: u32,
    /// RFC 8656 §12: 600 s.
    pub channel_lifetime_s: u32,
    /// RFC 8656 §7.2: at least 30 s.
    pub reservation_lifetime_s: u32,
    /// RFC 8656 §12 ends at 0x4FFF; RFC 5766 ended at 0x7FFF, and Debian's coturn client picks from all of it.
    pub last_channel: u16,
    /// All of this shard. Guess: 16 ports of every 64 stay free.
    pub allocations: usize,
    /// The same for all shards, so that the two quotas that follow are of all of them.
    pub census: Census,
    /// Guess: two devices, each with three transports and two families.
    pub allocations_per_user: u32,
    /// Guess: an office behind one NAT.
    pub allocations_per_address: u32,
    /// Guess: a large call has tens of candidates.
    pub permissions_per_allocation: usize,
    pub channels_per_allocation: usize,
    /// TCP connections with peers, all of this shard. Guess: two descriptors each leave room below a limit of 64 Ki.
    pub connections: usize,
    /// Guess: a transfer to each of a call's participants.
    pub connections_per_allocation: usize,
    /// Of these, being made or waiting to be joined: whoever has a password can make that many addresses be called upon
    /// at once.
    pub pending_connections_per_allocation: usize,
    /// Of this shard; both directions counted.
    pub user_rate: Rate,
    pub address_rate: Rate,
    pub peers: Peers,
}

impl Settings {
    /// By [`super::Family`].
    pub(super) fn served(&self) -> [bool; 2] {
        [self.has_ipv4, self.has_ipv6]
    }
}

impl Default for Settings {
    fn default() -> Self {
        let no_limit = Rate { bytes_per_s: None, burst: 0 };
        Self {
            has_ipv4: true,
            has_ipv6: true,
            can_set_df: false,
            has_mobility: false,
            has_tcp_allocations: false,
            shard: 0,
            default_lifetime_s: 600,
            longest_lifetime_s: 3600,
            permission_lifetime_s: 300,
            channel_lifetime_s: 600,
            reservation_lifetime_s: 30,
            last_channel: 0x7FFF,
            allocations: 12_000,
            census: Census::default(),
            allocations_per_user: 24,
            allocations_per_address: 1000,
            permissions_per_allocation: 64,
            channels_per_allocation: 64,
            connections: 4096,
            connections_per_allocation: 16,
            pending_connections_per_allocation: 8,
            user_rate: no_limit,
            address_rate: no_limit,
            peers: Peers::default(),
        }
    }
}
