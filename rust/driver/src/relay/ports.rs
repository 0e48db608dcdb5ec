//! Which port of a relayed address belongs to which shard. Read for every packet between shards, so without a lock.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use rustls::crypto::SecureRandom;
use sightline_core::turn::Family;

const FREE: u8 = 0;
/// Closed a moment ago: the last peer may still be sending to it.
const COOLING: u8 = 255;
/// How many shards can be told apart.
pub(super) const MOST_SHARDS: usize = 254;
/// How long a port rests. RFC 7675 §5.1: a peer that gets no consent stops sending after 30 s.
const REST_MS: u64 = 30_000;
/// Random tries before a search: with three ports of four taken one of these hits nearly always.
const TRIES: usize = 24;

/// One per front door.
pub(super) struct Ports {
    owners: [Box<[AtomicU8]>; 2],
    first: u16,
    last: u16,
    random: &'static dyn SecureRandom,
}

/// What ports are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    Any,
    Even,
    /// Even, and the next one too.
    Pair,
}

impl Ports {
    pub(super) fn new(first: u16, last: u16, random: &'static dyn SecureRandom) -> Self {
        let table = || (0..=u16::MAX).map(|_| AtomicU8::new(FREE)).collect();
        Self { owners: [table(), table()], first, last, random }
    }

    /// The shard that has the port.
    pub(super) fn owner(&self, family: Family, port: u16) -> Option<usize> {
        match self.owners[family as usize][usize::from(port)].load(Ordering::Relaxed) {
            FREE | COOLING => None,
            shard => Some(usize::from(shard) - 1),
        }
    }

    /// Claim a port that fits and that `bind` can bind (for a pair the lower one; it binds both). None: there is none. An
    /// error is one that another port would meet too.
    pub(super) fn claim<T>(
        &self,
        shard: usize,
        family: Family,
        wanted: Wanted,
        mut bind: impl FnMut(u16) -> io::Result<T>,
    ) -> io::Result<Option<(u16, T)>> {
        let start = self.random();
        let tries = (0..TRIES).map(|_| self.random());
        for port in tries.chain(start..=self.last).chain(self.first..start) {
            let Some(port) = self.take_fitting(shard, family, wanted, port) else { continue };
            match bind(port) {
                Ok(bound) => return Ok(Some((port, bound))),
                Err(error) => {
                    self.set(family, port, FREE);
                    if wanted == Wanted::Pair {
                        self.set(family, port + 1, FREE);
                    }
                    // Another program has it, or may have it only.
                    use io::ErrorKind::{AddrInUse, PermissionDenied};
                    if !matches!(error.kind(), AddrInUse | PermissionDenied) {
                        return Err(error);
                    }
                }
            }
        }
        Ok(None)
    }

    fn take_fitting(&self, shard: usize, family: Family, wanted: Wanted, port: u16) -> Option<u16> {
        let port = if wanted == Wanted::Any { port } else { port & !1 };
        let is_pair = wanted == Wanted::Pair;
        if port < self.first || (is_pair && port >= self.last) || !self.take(shard, family, port) {
            return None;
        }
        if is_pair && !self.take(shard, family, port + 1) {
            self.set(family, port, FREE);
            return None;
        }
        Some(port)
    }

    /// A port is closed and rests.
    pub(super) fn release(&self, family: Family, port: u16) {
        self.set(family, port, COOLING);
    }

    pub(super) fn free(&self, family: Family, port: u16) {
        self.set(family, port, FREE);
    }

    fn take(&self, shard: usize, family: Family, port: u16) -> bool {
        let owner = &self.owners[family as usize][usize::from(port)];
        owner.compare_exchange(FREE, shard as u8 + 1, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    fn set(&self, family: Family, port: u16, owner: u8) {
        self.owners[family as usize][usize::from(port)].store(owner, Ordering::Relaxed);
    }

    /// RFC 6056: not to be guessed by who wants to send to it. Should the system have no randomness to give, the port is
    /// the first one: the search goes on from there.
    fn random(&self) -> u16 {
        let mut bytes = [0; 8];
        let _ = self.random.fill(&mut bytes);
        let range = u64::from(self.last - self.first) + 1;
        self.first + (u64::from_ne_bytes(bytes) % range) as u16
    }
}

/// The ports of one shard that rest.
pub(super) struct Resting {
    ports: Arc<Ports>,
    queue: VecDeque<(u64, Family, u16)>,
}

impl Resting {
    pub(super) fn new(ports: Arc<Ports>) -> Self {
        Self { ports, queue: VecDeque::new() }
    }

    pub(super) fn add(&mut self, now_ms: u64, family: Family, port: u16) {
        self.ports.release(family, port);
        self.queue.push_back((now_ms + REST_MS, family, port));
    }

    /// Free what has rested; called when ports are wanted.
    pub(super) fn wake(&mut self, now_ms: u64) {
        while self.queue.front().is_some_and(|(until, ..)| *until <= now_ms) {
            self.wake_oldest();
        }
    }

    /// Free the one that has rested longest, because there is no other. False: none rests.
    pub(super) fn wake_oldest(&mut self) -> bool {
        let Some((_, family, port)) = self.queue.pop_front() else { return false };
        self.ports.free(family, port);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ports(first: u16, last: u16) -> Arc<Ports> {
        let random = rustls::crypto::aws_lc_rs::default_provider().secure_random;
        Arc::new(Ports::new(first, last, random))
    }

    fn claim(ports: &Ports, wanted: Wanted) -> Option<u16> {
        ports.claim(3, Family::V4, wanted, |_| Ok(())).unwrap().map(|(port, ())| port)
    }

    #[test]
    fn every_port_of_the_range_is_given_once_and_no_other() {
        let ports = ports(2000, 2009);
        let mut given: Vec<_> = (0..10).map(|_| claim(&ports, Wanted::Any).unwrap()).collect();
        assert_eq!(claim(&ports, Wanted::Any), None);
        given.sort_unstable();
        assert_eq!(given, (2000..=2009).collect::<Vec<_>>());
        assert_eq!(ports.owner(Family::V4, 2004), Some(3));
        assert_eq!(ports.owner(Family::V6, 2004), None);
    }

    #[test]
    fn pairs_are_even_and_whole() {
        let ports = ports(2001, 2006);
        let mut given = [claim(&ports, Wanted::Pair).unwrap(), claim(&ports, Wanted::Pair).unwrap()];
        given.sort_unstable();
        assert_eq!(given, [2002, 2004]);
        assert_eq!(claim(&ports, Wanted::Pair), None, "2006 has no next one in the range");
        assert_eq!(claim(&ports, Wanted::Even), Some(2006));
        assert_eq!(claim(&ports, Wanted::Even), None);
        assert_eq!(claim(&ports, Wanted::Any), Some(2001));
    }

    #[test]
    fn a_port_that_another_program_has_is_passed_over() {
        let ports = ports(2000, 2003);
        let taken = io::ErrorKind::AddrInUse;
        let bind = |port| if port == 2002 { Ok(port) } else { Err(taken.into()) };
        assert_eq!(ports.claim(0, Family::V4, Wanted::Any, bind).unwrap(), Some((2002, 2002)));
        assert_eq!(ports.owner(Family::V4, 2001), None);
    }

    #[test]
    fn without_descriptors_it_does_not_try_every_port() {
        let ports = ports(2000, 60_000);
        let mut tries = 0;
        let claimed = ports.claim(0, Family::V4, Wanted::Pair, |_| -> io::Result<()> {
            tries += 1;
            Err(rustix::io::Errno::MFILE.into())
        });
        assert_eq!((claimed.is_err(), tries), (true, 1));
        assert!((2000..=60_000).all(|port| ports.owner(Family::V4, port).is_none()));
    }

    #[test]
    fn a_closed_port_rests_unless_there_is_no_other() {
        let ports = ports(2000, 2001);
        let mut resting = Resting::new(ports.clone());
        let (one, other) = (claim(&ports, Wanted::Any).unwrap(), claim(&ports, Wanted::Any).unwrap());
        resting.add(0, Family::V4, one);
        resting.add(1000, Family::V4, other);
        resting.wake(REST_MS - 1);
        assert_eq!(claim(&ports, Wanted::Any), None);
        resting.wake(REST_MS);
        assert_eq!(claim(&ports, Wanted::Any), Some(one));
        assert!(resting.wake_oldest() && !resting.wake_oldest());
        assert_eq!(claim(&ports, Wanted::Any), Some(other));
    }
}
