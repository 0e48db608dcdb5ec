//! Between two clients whose shards differ: whole batches change hands, and come back empty to be filled again, so that
//! nothing is allocated and one wake-up does for a batch.

use std::net::SocketAddr;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use rustix::event::{EventfdFlags, eventfd};
use rustix::fd::OwnedFd;
use sightline_core::turn::{HEADROOM, TAILROOM, ToSibling};

/// Batches that may wait for a shard. With [`LONGEST_BATCH`] it is 4 MiB: a shard that is so far behind loses packets.
const WAITING: usize = 64;
/// Guess: a receive batch of video.
const LONGEST_BATCH: usize = 64 * 1024;

/// Packets from one shard to another.
pub(super) struct Batch {
    pub(super) bytes: Vec<u8>,
    pub(super) packets: Vec<Item>,
    sender: usize,
}

/// One of them; the range has room around it.
pub(super) struct Item {
    pub(super) relayed: SocketAddr,
    pub(super) from: SocketAddr,
    pub(super) range: Range<usize>,
}

/// What the others know of a shard.
pub(super) struct Door {
    batches: SyncSender<Batch>,
    empties: SyncSender<Batch>,
    pub(super) waker: Arc<Waker>,
}

/// Ends a shard's sleep.
pub(super) struct Waker {
    pub(super) event: OwnedFd,
    is_called: AtomicBool,
}

impl Waker {
    pub(super) fn new() -> std::io::Result<Self> {
        let event = eventfd(0, EventfdFlags::NONBLOCK | EventfdFlags::CLOEXEC)?;
        Ok(Self { event, is_called: AtomicBool::new(false) })
    }

    pub(super) fn wake(&self) {
        if !self.is_called.swap(true, Ordering::AcqRel) {
            let _ = rustix::io::write(&self.event, &1_u64.to_ne_bytes());
        }
    }

    /// The shard is awake and looks at everything from here on.
    pub(super) fn rest(&self) {
        let _ = rustix::io::read(&self.event, &mut [0_u8; 8]);
        self.is_called.store(false, Ordering::Release);
    }
}

/// A shard's side.
pub(super) struct Siblings {
    own: usize,
    doors: Arc<[Door]>,
    inbox: Receiver<Batch>,
    returned: Receiver<Batch>,
    outgoing: Vec<Option<Batch>>,
    is_outgoing: bool,
}

/// The doors of `count` shards, and each shard's side.
pub(super) fn meet(count: usize) -> std::io::Result<(Arc<[Door]>, Vec<Siblings>)> {
    let mut doors = Vec::new();
    let mut ends = Vec::new();
    for _ in 0..count {
        let (batches, inbox) = sync_channel(WAITING);
        let (empties, returned) = sync_channel(WAITING);
        doors.push(Door { batches, empties, waker: Arc::new(Waker::new()?) });
        ends.push((inbox, returned));
    }
    let doors: Arc<[Door]> = doors.into();
    let sides = ends.into_iter().enumerate().map(|(own, (inbox, returned))| {
        let outgoing = (0..count).map(|_| None).collect();
        Siblings { own, doors: doors.clone(), inbox, returned, outgoing, is_outgoing: false }
    });
    Ok((doors.clone(), sides.collect()))
}

impl Siblings {
    pub(super) fn waker(&self) -> &Waker {
        &self.doors[self.own].waker
    }

    /// Add a packet for another shard; how many had to be given up.
    pub(super) fn add(&mut self, shard: usize, sibling: &ToSibling, payload: &[u8]) -> u64 {
        let mut lost = 0;
        let needed = HEADROOM + payload.len() + TAILROOM;
        if self.outgoing[shard].as_ref().is_some_and(|batch| batch.bytes.len() + needed > LONGEST_BATCH) {
            lost = self.send(shard);
        }
        let batch = self.outgoing[shard].get_or_insert_with(|| {
            self.returned.try_recv().unwrap_or_else(|_| Batch {
                bytes: Vec::new(),
                packets: Vec::new(),
                sender: self.own,
            })
        });
        let start = batch.bytes.len() + HEADROOM;
        batch.bytes.resize(start, 0);
        batch.bytes.extend_from_slice(payload);
        let range = start..batch.bytes.len();
        batch.bytes.resize(range.end + TAILROOM, 0);
        batch.packets.push(Item { relayed: sibling.relayed, from: sibling.from, range });
        self.is_outgoing = true;
        lost
    }

    /// Hand over what has been added; how many had to be given up because a shard is too far behind.
    pub(super) fn flush(&mut self) -> u64 {
        if !std::mem::take(&mut self.is_outgoing) {
            return 0;
        }
        (0..self.outgoing.len()).map(|shard| self.send(shard)).sum()
    }

    fn send(&mut self, shard: usize) -> u64 {
        let Some(batch) = self.outgoing[shard].take() else { return 0 };
        let count = batch.packets.len() as u64;
        let door = &self.doors[shard];
        let lost = if door.batches.try_send(batch).is_ok() { 0 } else { count };
        door.waker.wake();
        lost
    }

    /// The next batch from another shard; give it back with [`Self::give_back`].
    pub(super) fn receive(&self) -> Option<Batch> {
        self.inbox.try_recv().ok()
    }

    pub(super) fn give_back(&self, mut batch: Batch) {
        batch.bytes.clear();
        batch.packets.clear();
        let _ = self.doors[batch.sender].empties.try_send(batch);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_arrive_with_room_around_them_and_batches_are_used_again() {
        let (_, mut sides) = meet(2).unwrap();
        let item = |port: u16| ToSibling {
            relayed: ([192, 0, 2, 1], port).into(),
            from: ([192, 0, 2, 1], 9).into(),
            payload: 0..0,
        };
        let (first, second) = sides.split_at_mut(1);
        let (first, second) = (&mut first[0], &mut second[0]);
        for round in 0..3 {
            assert_eq!(first.add(1, &item(1), b"one") + first.add(1, &item(2), b"second"), 0);
            assert!(second.receive().is_none());
            assert_eq!(first.flush(), 0);
            let batch = second.receive().unwrap();
            let found: Vec<_> =
                batch.packets.iter().map(|it| (it.relayed.port(), &batch.bytes[it.range.clone()])).collect();
            assert_eq!(found, [(1, &b"one"[..]), (2, &b"second"[..])]);
            assert!(batch.packets.iter().all(|it| it.range.start >= HEADROOM));
            assert!(round == 0 || batch.bytes.capacity() > 0);
            second.give_back(batch);
        }
        assert!(first.returned.try_recv().is_ok(), "the batch has come back");
    }

    #[test]
    fn a_shard_that_is_behind_loses_packets_and_they_are_counted() {
        let (_, mut sides) = meet(2).unwrap();
        let sibling = ToSibling {
            relayed: ([192, 0, 2, 1], 1).into(),
            from: ([192, 0, 2, 1], 2).into(),
            payload: 0..0,
        };
        let payload = [0; 1000];
        let lost: u64 = (0..10_000).map(|_| sides[0].add(1, &sibling, &payload)).sum();
        assert!(lost > 5_000, "{lost}");
    }
}
