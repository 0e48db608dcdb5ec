//! Channels (RFC 8656 §12): numbers that stand for peers.

use std::net::SocketAddr;

use super::time::Now;

#[derive(Clone, Copy, Debug)]
struct Channel {
    number: u16,
    peer: SocketAddr,
    expires_ms: u64,
}

/// One allocation's channels, by number and by peer: both directions are looked up for every packet.
#[derive(Debug, Default)]
pub(super) struct Channels {
    by_number: Vec<Channel>,
    by_peer: Vec<Channel>,
}

/// Number or peer is bound to another (RFC 8656 §12.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BoundToAnother;

impl Channels {
    pub(super) fn peer(&self, now: Now, number: u16) -> Option<SocketAddr> {
        let channel = &self.by_number[self.place_of_number(number).ok()?];
        (now.ms < channel.expires_ms).then_some(channel.peer)
    }

    pub(super) fn number(&self, now: Now, peer: SocketAddr) -> Option<u16> {
        let channel = &self.by_peer[self.place_of_peer(peer).ok()?];
        (now.ms < channel.expires_ms).then_some(channel.number)
    }

    /// Whether binding would renew a channel (true), make one (false), or is not possible. What has expired is gone
    /// afterwards.
    pub(super) fn is_renewal(
        &mut self,
        now: Now,
        number: u16,
        peer: SocketAddr,
    ) -> Result<bool, BoundToAnother> {
        self.by_number.retain(|channel| now.ms < channel.expires_ms);
        self.by_peer.retain(|channel| now.ms < channel.expires_ms);
        match (self.peer(now, number), self.number(now, peer)) {
            (None, None) => Ok(false),
            (Some(bound), Some(_)) if bound == peer => Ok(true),
            _ => Err(BoundToAnother),
        }
    }

    /// Called after `is_renewal` has not refused it.
    pub(super) fn bind(&mut self, number: u16, peer: SocketAddr, expires_ms: u64) {
        let channel = Channel { number, peer, expires_ms };
        match self.place_of_number(number) {
            Ok(at) => self.by_number[at] = channel,
            Err(at) => self.by_number.insert(at, channel),
        }
        match self.place_of_peer(peer) {
            Ok(at) => self.by_peer[at] = channel,
            Err(at) => self.by_peer.insert(at, channel),
        }
    }

    pub(super) fn drop_family(&mut self, is_ipv4: bool) {
        self.by_number.retain(|channel| channel.peer.is_ipv4() != is_ipv4);
        self.by_peer.retain(|channel| channel.peer.is_ipv4() != is_ipv4);
    }

    pub(super) fn len(&self) -> usize {
        self.by_number.len()
    }

    fn place_of_number(&self, number: u16) -> Result<usize, usize> {
        self.by_number.binary_search_by(|channel| channel.number.cmp(&number))
    }

    fn place_of_peer(&self, peer: SocketAddr) -> Result<usize, usize> {
        self.by_peer.binary_search_by(|channel| channel.peer.cmp(&peer))
    }

    pub(super) fn assert_consistent(&self) {
        assert_eq!(self.by_number.len(), self.by_peer.len());
        assert!(self.by_number.is_sorted_by(|one, two| one.number < two.number));
        assert!(self.by_peer.is_sorted_by(|one, two| one.peer < two.peer));
        for channel in &self.by_number {
            let twin = &self.by_peer[self.place_of_peer(channel.peer).expect("every channel has its peer")];
            assert_eq!((twin.number, twin.expires_ms), (channel.number, channel.expires_ms));
        }
    }
}
