//! STUN over TCP: cutting a byte stream into messages (RFC 8489 §6.2.2), whatever the chunks.
//!
//! ChannelData (RFC 8656 §12.5), padded to four bytes over streams, is a second kind of frame where there is a relay;
//! elsewhere it is garbage, because no channel can have been bound.

use std::ops::ControlFlow;

use crate::stun::{HEADER_LENGTH, MAGIC_COOKIE};

/// The stream holds something that is no STUN message, or one that is too long: close it, as there is no way to find
/// the next message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Garbage {
    NotStun,
    TooLong,
}

/// Cuts messages out of a stream and keeps what is incomplete; that is never more than one message.
#[derive(Debug)]
pub struct Framing {
    incomplete: Vec<u8>,
    longest: usize,
    has_channels: bool,
}

/// RFC 8656 §12.4: channel number and length.
const CHANNEL_HEADER_LENGTH: usize = 4;

impl Framing {
    /// `longest`: the longest message that is accepted, with its header.
    pub fn new(longest: usize) -> Self {
        Self { incomplete: Vec::new(), longest, has_channels: false }
    }

    /// The same where there is a relay: ChannelData is cut out too, with its padding, and is bounded by its own length
    /// field (64 KiB).
    pub fn with_channels(longest: usize) -> Self {
        Self { has_channels: true, ..Self::new(longest) }
    }

    /// Take the next bytes of the stream and hand every message that they complete to `handle`.
    pub fn receive(&mut self, bytes: &[u8], mut handle: impl FnMut(&[u8])) -> Result<(), Garbage> {
        self.receive_until(bytes, |message| {
            handle(message);
            ControlFlow::Continue(())
        })?;
        Ok(())
    }

    /// The same for a stream that may turn into another (RFC 6062 §5.4: after ConnectionBind comes data): what follows
    /// the message at which `handle` breaks off is left alone and given back. None: it has not broken off.
    pub fn receive_until<'b>(
        &mut self,
        mut bytes: &'b [u8],
        mut handle: impl FnMut(&[u8]) -> ControlFlow<()>,
    ) -> Result<Option<&'b [u8]>, Garbage> {
        while !bytes.is_empty() {
            if self.incomplete.is_empty()
                && let Some(length) = self.length_of(bytes)?
                && let Some((message, rest)) = bytes.split_at_checked(length)
            {
                // The usual case, a chunk that begins with a whole message, copies nothing.
                bytes = rest;
                match handle(message) {
                    ControlFlow::Continue(()) => continue,
                    ControlFlow::Break(()) => return Ok(Some(bytes)),
                }
            }
            let first = *self.incomplete.first().unwrap_or(&bytes[0]);
            let head = if self.is_channel(first) { CHANNEL_HEADER_LENGTH } else { HEADER_LENGTH };
            let wanted = self.length_of(&self.incomplete)?.unwrap_or(head);
            let (now, rest) = bytes.split_at(bytes.len().min(wanted - self.incomplete.len()));
            self.incomplete.extend_from_slice(now);
            bytes = rest;
            if self.length_of(&self.incomplete)? == Some(self.incomplete.len()) {
                let message = std::mem::take(&mut self.incomplete);
                if handle(&message).is_break() {
                    return Ok(Some(bytes));
                }
            }
        }
        Ok(None)
    }

    /// Whether a message has begun that is not complete.
    pub fn is_inside_a_message(&self) -> bool {
        !self.incomplete.is_empty()
    }

    /// RFC 8656 §12: the bits 01 begin ChannelData.
    fn is_channel(&self, first: u8) -> bool {
        self.has_channels && first & 0xC0 == 0x40
    }

    /// The length of the message that begins with `bytes`; None: its header is not complete.
    fn length_of(&self, bytes: &[u8]) -> Result<Option<usize>, Garbage> {
        if bytes.first().is_some_and(|byte| self.is_channel(*byte)) {
            return Ok(bytes.first_chunk::<CHANNEL_HEADER_LENGTH>().map(|header| {
                let length = usize::from(u16::from_be_bytes([header[2], header[3]]));
                CHANNEL_HEADER_LENGTH + length.next_multiple_of(4)
            }));
        }
        // RFC 8489 §5: two zero bits. Told at the first byte, so that garbage is not waited for.
        if bytes.first().is_some_and(|byte| byte & 0xC0 != 0) {
            return Err(Garbage::NotStun);
        }
        let Some(header) = bytes.first_chunk::<HEADER_LENGTH>() else {
            return Ok(None);
        };
        let length = HEADER_LENGTH + usize::from(u16::from_be_bytes([header[2], header[3]]));
        if header[4..8] != MAGIC_COOKIE.to_be_bytes() || !length.is_multiple_of(4) {
            return Err(Garbage::NotStun);
        }
        if length > self.longest {
            return Err(Garbage::TooLong);
        }
        Ok(Some(length))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stun::{Attribute, Builder, Class};
    use proptest::prelude::*;

    fn message(text: &str) -> Vec<u8> {
        let mut buffer = [0; 256];
        let mut builder = Builder::new(&mut buffer, Class::Request, 1, [3; 12]).unwrap();
        builder.attribute(&Attribute::Software(text)).unwrap();
        builder.finish().to_vec()
    }

    fn messages<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> Result<Vec<Vec<u8>>, Garbage> {
        let mut framing = Framing::new(512);
        let mut found = Vec::new();
        for chunk in chunks {
            framing.receive(chunk, |message| found.push(message.to_vec()))?;
        }
        Ok(found)
    }

    #[test]
    fn whole_and_byte_by_byte_give_the_same_messages() {
        let stream = [message("one"), message(""), message("three")].concat();
        let whole = messages([&stream[..]]).unwrap();
        assert_eq!(whole, [message("one"), message(""), message("three")]);
        assert_eq!(messages(stream.chunks(1)).unwrap(), whole);
    }

    #[test]
    fn the_start_of_a_next_message_is_kept() {
        let mut framing = Framing::new(512);
        let stream = [message("one"), message("two")].concat();
        let mut count = 0;
        framing.receive(&stream[..stream.len() - 1], |_| count += 1).unwrap();
        assert!(framing.is_inside_a_message());
        framing.receive(&stream[stream.len() - 1..], |_| count += 1).unwrap();
        assert!(!framing.is_inside_a_message());
        assert_eq!(count, 2);
    }

    #[test]
    fn garbage_and_giants_are_refused() {
        assert_eq!(messages([&b"G"[..]]), Err(Garbage::NotStun));
        assert_eq!(messages([&[0_u8; 20][..]]), Err(Garbage::NotStun));
        let mut giant = message("one");
        giant[2..4].copy_from_slice(&512_u16.to_be_bytes());
        assert_eq!(messages([&giant[..]]), Err(Garbage::TooLong));
        assert_eq!(messages(giant.chunks(1)), Err(Garbage::TooLong));
        let channel_data = [0x40, 0, 0, 4, 1, 2, 3, 4];
        assert_eq!(messages([&channel_data[..]]), Err(Garbage::NotStun));
    }

    #[test]
    fn channel_data_is_cut_with_its_padding_where_there_is_a_relay() {
        let stream =
            [&message("one")[..], &[0x40, 0, 0, 5, 1, 2, 3, 4, 5, 0, 0, 0], &[0x7F, 1, 0, 0], &message("")]
                .concat();
        for step in [1, 2, 3, 5, 7, 30, 1000] {
            let mut framing = Framing::with_channels(512);
            let mut lengths = Vec::new();
            for chunk in stream.chunks(step) {
                framing.receive(chunk, |message| lengths.push(message.len())).unwrap();
            }
            assert_eq!(lengths, [message("one").len(), 12, 4, message("").len()], "{step}");
            assert!(!framing.is_inside_a_message());
        }
    }

    #[test]
    fn what_follows_the_last_message_is_given_back() {
        let stream = [&message("one")[..], &message("last"), b"no message any more"].concat();
        for step in [1, 3, 7, 30, 1000] {
            let mut framing = Framing::with_channels(512);
            let (mut seen, mut rest) = (0, None);
            for chunk in stream.chunks(step) {
                match &mut rest {
                    None => {
                        let handle = |message: &[u8]| {
                            seen += 1;
                            if message == super::tests::message("last") {
                                ControlFlow::Break(())
                            } else {
                                ControlFlow::Continue(())
                            }
                        };
                        rest = framing.receive_until(chunk, handle).unwrap().map(<[u8]>::to_vec);
                    }
                    Some(rest) => rest.extend_from_slice(chunk),
                }
            }
            assert_eq!((seen, rest.as_deref()), (2, Some(&b"no message any more"[..])), "{step}");
            assert!(!framing.is_inside_a_message());
        }
    }

    proptest! {
        #[test]
        fn chunks_make_no_difference(
            texts in prop::collection::vec("[a-z]{0,40}", 0..6),
            tail in prop::collection::vec(any::<u8>(), 0..30),
            cuts in prop::collection::vec(1..40_usize, 1..20),
        ) {
            let mut stream: Vec<u8> = texts.iter().flat_map(|text| message(text)).collect();
            stream.extend_from_slice(&tail);
            let mut chunks = Vec::new();
            let mut rest = &stream[..];
            for cut in cuts.iter().cycle() {
                if rest.is_empty() {
                    break;
                }
                let (chunk, after) = rest.split_at((*cut).min(rest.len()));
                chunks.push(chunk);
                rest = after;
            }
            prop_assert_eq!(messages(chunks), messages([&stream[..]]));
        }
    }
}
