//! What a stranger may cost us: the books on open connections, in all, per address, and not yet identified.
//!
//! No clock is needed: connections are numbered as they come, so the oldest is the one with the lowest number.

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;

/// How many connections there may be.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    pub connections: usize,
    pub per_address: usize,
    pub unidentified: usize,
}

/// Who may share a bound: an IPv4 address, or an IPv6 /64, which is what one subscriber has (RFC 6177).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Origin {
    V4([u8; 4]),
    V6([u8; 8]),
}

/// One open connection in the books; given back with [`Limits::release`].
#[derive(Debug)]
#[must_use]
pub struct Ticket {
    number: u64,
    origin: Option<Origin>,
}

impl Ticket {
    pub fn number(&self) -> u64 {
        self.number
    }
}

/// A connection was let in.
#[derive(Debug)]
#[must_use]
pub struct Admitted {
    pub ticket: Ticket,
    /// The number of the connection that has gone longest without saying what it speaks, and must now go.
    pub oldest_to_drop: Option<u64>,
}

/// Why a connection was not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    TooManyConnections,
    TooManyFromAddress,
}

#[derive(Debug)]
pub struct Limits {
    bounds: Bounds,
    open: usize,
    next_number: u64,
    per_origin: HashMap<Origin, usize>,
    unidentified: BTreeSet<u64>,
}

impl Limits {
    pub fn new(bounds: Bounds) -> Self {
        Self { bounds, open: 0, next_number: 0, per_origin: HashMap::new(), unidentified: BTreeSet::new() }
    }

    pub fn is_full(&self) -> bool {
        self.open >= self.bounds.connections
    }

    pub fn open(&self) -> usize {
        self.open
    }

    pub fn unidentified(&self) -> usize {
        self.unidentified.len()
    }

    /// A connection was accepted. `address` is None if a load balancer has yet to say whose it is.
    pub fn admit(&mut self, address: Option<IpAddr>) -> Result<Admitted, Refused> {
        if self.is_full() {
            return Err(Refused::TooManyConnections);
        }
        let mut ticket = Ticket { number: self.next_number, origin: None };
        if let Some(address) = address {
            self.attribute(&mut ticket, address)?;
        }
        self.next_number += 1;
        self.open += 1;
        let oldest_to_drop = if self.unidentified.len() >= self.bounds.unidentified {
            self.unidentified.pop_first()
        } else {
            None
        };
        self.unidentified.insert(ticket.number);
        Ok(Admitted { ticket, oldest_to_drop })
    }

    /// Whose connection it is, once it is known. Refused: the ticket is still to be released.
    pub fn attribute(&mut self, ticket: &mut Ticket, address: IpAddr) -> Result<(), Refused> {
        let origin = origin(address);
        let count = self.per_origin.entry(origin).or_default();
        if *count >= self.bounds.per_address {
            if *count == 0 {
                self.per_origin.remove(&origin);
            }
            return Err(Refused::TooManyFromAddress);
        }
        *count += 1;
        if let Some(before) = ticket.origin.replace(origin) {
            self.forget(before);
        }
        Ok(())
    }

    /// The connection has said what it speaks.
    pub fn identify(&mut self, ticket: &Ticket) {
        self.unidentified.remove(&ticket.number);
    }

    pub fn release(&mut self, ticket: Ticket) {
        self.unidentified.remove(&ticket.number);
        self.open = self.open.saturating_sub(1);
        if let Some(origin) = ticket.origin {
            self.forget(origin);
        }
    }

    fn forget(&mut self, origin: Origin) {
        if let Some(count) = self.per_origin.get_mut(&origin) {
            *count -= 1;
            if *count == 0 {
                self.per_origin.remove(&origin);
            }
        }
    }
}

fn origin(address: IpAddr) -> Origin {
    match address.to_canonical() {
        IpAddr::V4(ip) => Origin::V4(ip.octets()),
        IpAddr::V6(ip) => {
            let mut prefix = [0; 8];
            prefix.copy_from_slice(&ip.octets()[..8]);
            Origin::V6(prefix)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn limits(connections: usize, per_address: usize, unidentified: usize) -> Limits {
        Limits::new(Bounds { connections, per_address, unidentified })
    }

    fn ip(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn the_total_is_bounded_and_room_comes_back() {
        let mut limits = limits(2, 9, 9);
        let first = limits.admit(ip("192.0.2.1")).unwrap();
        let _second = limits.admit(ip("192.0.2.2")).unwrap();
        assert!(limits.is_full());
        assert_eq!(limits.admit(ip("192.0.2.3")).unwrap_err(), Refused::TooManyConnections);
        limits.release(first.ticket);
        assert!(limits.admit(ip("192.0.2.3")).is_ok());
    }

    #[test]
    fn an_address_is_bounded_and_an_ipv6_64_counts_as_one() {
        let mut limits = limits(9, 1, 9);
        for (one, same, other) in [
            ("192.0.2.1", "192.0.2.1", "192.0.2.2"),
            ("2001:db8::1", "2001:db8::2:1", "2001:db8:0:1::1"),
            ("::ffff:198.51.100.1", "198.51.100.1", "198.51.100.2"),
        ] {
            let admitted = limits.admit(ip(one)).unwrap();
            assert_eq!(limits.admit(ip(same)).unwrap_err(), Refused::TooManyFromAddress);
            let _other = limits.admit(ip(other)).unwrap();
            limits.release(admitted.ticket);
            let _again = limits.admit(ip(same)).unwrap();
        }
        assert_eq!(limits.open(), 6);
    }

    #[test]
    fn the_oldest_unidentified_makes_room() {
        let mut limits = limits(9, 9, 2);
        let first = limits.admit(None).unwrap();
        let second = limits.admit(None).unwrap();
        limits.identify(&first.ticket);
        assert_eq!(limits.admit(None).unwrap().oldest_to_drop, None);
        let fourth = limits.admit(None).unwrap();
        assert_eq!(fourth.oldest_to_drop, Some(second.ticket.number()));
        assert_eq!(limits.unidentified(), 2);
    }

    #[test]
    fn a_load_balancer_may_name_the_address_later() {
        let mut limits = limits(9, 1, 9);
        let mut first = limits.admit(None).unwrap().ticket;
        let mut second = limits.admit(None).unwrap().ticket;
        let address = ip("192.0.2.1").unwrap();
        limits.attribute(&mut first, address).unwrap();
        assert_eq!(limits.attribute(&mut second, address), Err(Refused::TooManyFromAddress));
        limits.release(second);
        limits.release(first);
        assert!(limits.per_origin.is_empty());
    }

    proptest! {
        #[test]
        fn the_books_balance(steps in prop::collection::vec((any::<bool>(), 0..4_u8, any::<bool>()), 0..200)) {
            let mut limits = limits(20, 6, 5);
            let mut open = std::collections::VecDeque::new();
            for (is_arrival, address, is_identified) in steps {
                if is_arrival {
                    if let Ok(admitted) = limits.admit(Some(IpAddr::from([192, 0, 2, address]))) {
                        if is_identified {
                            limits.identify(&admitted.ticket);
                        }
                        open.push_back(admitted.ticket);
                    }
                } else if let Some(ticket) = open.pop_front() {
                    limits.release(ticket);
                }
                prop_assert_eq!(limits.open(), open.len());
                prop_assert!(limits.unidentified() <= 5 && limits.open() <= 20);
                prop_assert!(limits.per_origin.values().all(|count| (1..=6).contains(count)));
                prop_assert_eq!(limits.per_origin.values().sum::<usize>(), open.len());
            }
            open.drain(..).for_each(|ticket| limits.release(ticket));
            prop_assert!(limits.per_origin.is_empty() && limits.unidentified.is_empty());
        }
    }
}
