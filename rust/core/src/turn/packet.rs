//! One packet in the caller's buffer, with room around it, so that headers are written where it lies.

use std::ops::Range;

/// Room before a packet that lets every header be written in place: a Data indication's STUN header (20),
/// XOR-PEER-ADDRESS for IPv6 (24) and DATA's head (4).
pub const HEADROOM: usize = 48;
/// Room after it: padding to four bytes.
pub const TAILROOM: usize = 3;

/// A packet, and the buffer it lies in. The results of [`super::Server`] are ranges of that buffer.
#[derive(Debug)]
pub struct Packet<'b> {
    pub(super) buffer: &'b mut [u8],
    pub(super) range: Range<usize>,
}

impl<'b> Packet<'b> {
    /// The packet is `buffer[range]`; what of the range lies outside is cut off.
    pub fn new(buffer: &'b mut [u8], range: Range<usize>) -> Self {
        let end = range.end.min(buffer.len());
        let range = range.start.min(end)..end;
        Self { buffer, range }
    }

    pub fn bytes(&self) -> &[u8] {
        &self.buffer[self.range.clone()]
    }

    pub fn buffer(&self) -> &[u8] {
        self.buffer
    }
}
