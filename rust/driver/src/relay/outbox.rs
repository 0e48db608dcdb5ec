//! Datagrams on their way out: those that follow each other to the same destination leave in one call (GSO). Nothing waits
//! here for more to come: whoever fills it flushes it before it sleeps.

use std::net::{IpAddr, SocketAddr};

/// What the kernel takes in one call (UDP_MAX_SEGMENTS was 64 until Linux 6.9).
const MOST_SEGMENTS: usize = 64;
/// RFC 768 and RFC 791: 65535 less IP's and UDP's headers.
const MOST_BYTES: usize = 65_507;
/// Above it a segment may not fit the path, and then the kernel refuses the whole: Ethernet's 1500 bytes less IPv6 (40)
/// and UDP (8), less some for tunnels.
const LONGEST_SEGMENT: usize = 1400;

/// Where datagrams go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Client { control: u32, from: Option<IpAddr>, client: SocketAddr },
    Peer { slot: u32, peer: SocketAddr },
}

pub(super) struct Outbox {
    target: Option<Target>,
    bytes: Vec<u8>,
    segment: usize,
    count: usize,
    /// A shorter one has come, which only the last may be.
    is_full: bool,
}

/// What is to be sent.
pub(super) struct Bundle<'a> {
    pub(super) target: Target,
    pub(super) bytes: &'a [u8],
    /// None: it is one datagram.
    pub(super) segment: Option<usize>,
}

impl Outbox {
    pub(super) fn new() -> Self {
        Self { target: None, bytes: Vec::with_capacity(1 << 16), segment: 0, count: 0, is_full: false }
    }

    /// Add a datagram if it can go with those before it. False: flush first.
    pub(super) fn add(&mut self, target: Target, datagram: &[u8]) -> bool {
        if self.target.is_none() {
            self.target = Some(target);
            self.segment = datagram.len();
            self.is_full = datagram.len() > LONGEST_SEGMENT || datagram.is_empty();
        } else if self.target != Some(target)
            || self.is_full
            || datagram.len() > self.segment
            || datagram.is_empty()
            || self.count == MOST_SEGMENTS
            || self.bytes.len() + datagram.len() > MOST_BYTES
        {
            return false;
        } else {
            self.is_full = datagram.len() < self.segment;
        }
        self.bytes.extend_from_slice(datagram);
        self.count += 1;
        true
    }

    pub(super) fn bundle(&self) -> Option<Bundle<'_>> {
        let target = self.target?;
        let segment = (self.count > 1).then_some(self.segment);
        Some(Bundle { target, bytes: &self.bytes, segment })
    }

    pub(super) fn clear(&mut self) {
        self.target = None;
        self.bytes.clear();
        self.count = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(port: u16) -> Target {
        Target::Peer { slot: 1, peer: ([192, 0, 2, 1], port).into() }
    }

    fn added(lengths: &[usize]) -> usize {
        let mut outbox = Outbox::new();
        lengths.iter().take_while(|length| outbox.add(peer(1), &vec![0; **length])).count()
    }

    #[test]
    fn equal_ones_go_together_and_a_shorter_one_ends_them() {
        assert_eq!(added(&[1100, 1100, 1100, 700, 1100]), 4);
        assert_eq!(added(&[700, 1100]), 1);
        assert_eq!(added(&[0, 0]), 1);
        assert_eq!(added(&[100, 0]), 1);
        assert_eq!(added(&[1401, 1401]), 1);
        assert_eq!(added(&[10; 70]), 64);
        assert_eq!(added(&[1400; 64]), 46);
    }

    #[test]
    fn another_destination_goes_by_itself() {
        let mut outbox = Outbox::new();
        assert!(outbox.add(peer(1), b"one"));
        assert!(!outbox.add(peer(2), b"two"));
        let bundle = outbox.bundle().unwrap();
        assert_eq!((bundle.target, bundle.bytes, bundle.segment), (peer(1), &b"one"[..], None));
        outbox.clear();
        assert!(outbox.bundle().is_none() && outbox.add(peer(2), b"two") && outbox.add(peer(2), b"two"));
        assert_eq!(outbox.bundle().unwrap().segment, Some(3));
    }
}
