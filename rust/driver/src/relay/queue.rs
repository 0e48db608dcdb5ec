//! What waits for a client that reads too slowly: bounded, and the oldest media goes first when it is full. Answers stay:
//! without them the client would ask again, and media that is late is worth nothing.

use std::collections::VecDeque;

/// Guess: half a second of 2 Mbit/s; what is older is of no use to a decoder.
const BOUND: usize = 128 * 1024;
/// What is left when the bound is passed, so that room is not made for every packet.
const AFTER: usize = BOUND / 2;

#[derive(Default)]
pub(super) struct Queue {
    bytes: VecDeque<u8>,
    /// Length, and whether it is media.
    messages: VecDeque<(u32, bool)>,
}

impl Queue {
    pub(super) fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// Add a message; how many older ones had to go.
    pub(super) fn add(&mut self, message: &[u8], is_media: bool) -> u64 {
        self.bytes.extend(message);
        self.messages.push_back((message.len() as u32, is_media));
        if self.bytes.len() > BOUND { self.shorten() } else { 0 }
    }

    fn shorten(&mut self) -> u64 {
        let (mut lost, mut excess) = (0, self.bytes.len().saturating_sub(AFTER));
        let bytes = std::mem::take(&mut self.bytes);
        let mut rest = Vec::from(bytes);
        let mut kept = VecDeque::with_capacity(self.messages.len());
        let (mut from, mut to) = (0, 0);
        for (length, is_media) in self.messages.drain(..) {
            let length_here = length as usize;
            if is_media && excess > 0 {
                excess = excess.saturating_sub(length_here);
                lost += 1;
            } else {
                rest.copy_within(from..from + length_here, to);
                to += length_here;
                kept.push_back((length, is_media));
            }
            from += length_here;
        }
        rest.truncate(to);
        self.bytes = rest.into();
        self.messages = kept;
        lost
    }

    /// Whole messages, at most `most` bytes of them but at least one, to the end of `out`.
    pub(super) fn take(&mut self, most: usize, out: &mut Vec<u8>) {
        let mut length = 0;
        while let Some((next, _)) = self.messages.front() {
            let next = *next as usize;
            if length > 0 && length + next > most {
                break;
            }
            length += next;
            self.messages.pop_front();
        }
        let (first, second) = self.bytes.as_slices();
        let split = length.min(first.len());
        out.extend_from_slice(&first[..split]);
        out.extend_from_slice(&second[..length - split]);
        self.bytes.drain(..length);
    }

    /// Too much besides media: whoever asks so much and reads nothing is no client.
    pub(super) fn is_hopeless(&self) -> bool {
        self.bytes.len() > BOUND
    }

    /// How much memory it holds on to.
    pub(super) fn capacity(&self) -> usize {
        self.bytes.capacity()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_come_out_whole_and_in_order() {
        let mut queue = Queue::default();
        for message in [&b"one"[..], b"two", b"three"] {
            assert_eq!(queue.add(message, true), 0);
        }
        let mut out = Vec::new();
        queue.take(7, &mut out);
        assert_eq!(out, b"onetwo");
        queue.take(1, &mut out);
        assert_eq!(out, b"onetwothree");
        assert!(queue.is_empty());
    }

    #[test]
    fn answers_that_nobody_reads_do_not_grow_for_ever() {
        let mut queue = Queue::default();
        let count =
            (0..10_000).take_while(|_| queue.add(&[0; 100], false) == 0 && !queue.is_hopeless()).count();
        assert_eq!(count, BOUND / 100);
    }

    #[test]
    fn the_oldest_media_goes_and_answers_stay() {
        let mut queue = Queue::default();
        queue.add(b"answer", false);
        let (mut added, mut lost) = (0, 0);
        while lost == 0 {
            lost = queue.add(&[added as u8; 1000], true);
            added += 1;
        }
        queue.add(b"newest", true);
        let mut out = Vec::new();
        while !queue.is_empty() {
            queue.take(BOUND, &mut out);
        }
        assert!(out.starts_with(b"answer") && out.ends_with(b"newest"));
        assert!(out.len() <= AFTER + 6 + 6);
        assert_eq!(out[6], lost as u8, "the first one kept is the one after those lost");
        assert_eq!((out.len() - 12) / 1000, (added - lost) as usize);
    }
}
