//! What becomes of an Allocate once its sockets are there, or cannot be had (RFC 8656 §7.2).

use std::net::SocketAddr;

use super::allocation::{Allocation, AllocationId, Pending, Relayed};
use super::credentials::person;
use super::output::{BindFailed, Family, Output, Port, What, Why};
use super::server::{Reservation, Server, Timer};
use super::time::Now;
use crate::budget::origin;
use crate::stun::{Attribute, XorMappedAddress};

impl Server {
    /// The driver has bound a relayed address (as peers see it), or cannot; `port` is that of [`Output::Bind`]. For
    /// [`Port::EvenReserveNext`] success means that both ports are bound.
    pub fn handle_bound(
        &mut self,
        now: Now,
        id: AllocationId,
        family: Family,
        port: Port,
        bound: Result<SocketAddr, BindFailed>,
    ) {
        let waits = |it: &Allocation| it.relayed[family as usize] == Relayed::Binding;
        let is_waiting = self.allocations.get(id).is_some_and(waits);
        let relayed = match bound {
            Ok(address) if is_waiting && self.is_new(id, address, family) => {
                self.table_of(id).insert(address, id);
                Relayed::Bound(address)
            }
            Ok(_) => {
                // The allocation has ended meanwhile, and its `Release` came before there was anything to close.
                self.outputs.push_back(Output::Release { allocation: id, family });
                if let Port::EvenReserveNext(token) = port {
                    self.outputs.push_back(Output::Unreserve { token });
                }
                Relayed::Failed
            }
            Err(BindFailed) => Relayed::Failed,
        };
        if is_waiting {
            self.settle(now, id, family, relayed);
        }
    }

    fn is_new(&mut self, id: AllocationId, address: SocketAddr, family: Family) -> bool {
        // Whatever else listens there must not be reached by peers' permissions.
        if !self.settings.peers.relay.contains(&address.ip()) {
            self.settings.peers.relay.push(address.ip());
        }
        Family::of(address) == family && !self.table_of(id).contains_key(&address)
    }

    fn settle(&mut self, now: Now, id: AllocationId, family: Family, relayed: Relayed) {
        let Some(allocation) = self.allocations.get_mut(id) else { return };
        allocation.relayed[family as usize] = relayed;
        if allocation.relayed.contains(&Relayed::Binding) {
            return;
        }
        if allocation.addresses() == [None, None] {
            self.fail(id);
        } else if let Some(pending) = allocation.pending.take() {
            self.finish(now, id, &pending);
        }
    }

    fn finish(&mut self, now: Now, id: AllocationId, pending: &Pending) {
        let Some(allocation) = self.allocations.get(id) else { return };
        let (client, lifetime_s) = (allocation.client, allocation.granted_s);
        if let Some(token) = allocation.token {
            let family = if allocation.address(Family::V4).is_some() { Family::V4 } else { Family::V6 };
            let expires_ms = now.in_s(self.settings.reservation_lifetime_s);
            let username = allocation.username.clone();
            let user = self.users.open(now, person(&username).into());
            let origin = self.origins.open(now, origin(client.client().ip()));
            self.reservations.insert(token, Reservation { username, user, origin, family, expires_ms });
            self.timers.insert((expires_ms, Timer::Reservation(token)));
        }
        let attributes = granted(allocation, self.settings.served());
        let length = pending.asked.success(&mut self.answer, &attributes, &pending.seal);
        self.outputs.push_back(Output::Send { client, bytes: self.answer[..length].into() });
        self.counters.allocations_made += 1;
        self.extend(now, id, lifetime_s);
        self.tell(id, What::Made);
    }

    fn fail(&mut self, id: AllocationId) {
        let Some(allocation) = self.allocations.get(id) else { return };
        if let Some(pending) = &allocation.pending {
            let length = pending.asked.error(&mut self.answer, 508, &[], &pending.seal);
            let bytes = self.answer[..length].into();
            self.outputs.push_back(Output::Send { client: allocation.client, bytes });
        }
        self.counters.allocations_refused += 1;
        self.end(id, Why::NoSocket);
    }
}

/// RFC 8656 §7.2: what a success answer says; `served` by [`Family`].
pub(super) fn granted(allocation: &Allocation, served: [bool; 2]) -> Vec<Attribute<'_>> {
    let addresses = allocation.addresses();
    let mut attributes: Vec<_> = addresses
        .into_iter()
        .flatten()
        .map(|it| Attribute::XorRelayedAddress(XorMappedAddress(it)))
        .collect();
    for family in [Family::V4, Family::V6] {
        if allocation.relayed[family as usize] == Relayed::Failed {
            // RFC 8656 §18.12: family, then the code as ERROR-CODE has it. After 440 a client never asks again, after 508
            // it may (§7.3).
            let (class, number) = if served[family as usize] { (5, 8) } else { (4, 40) };
            attributes.push(Attribute::AddressErrorCode([family.number(), 0, class, number]));
        }
    }
    attributes.push(Attribute::Lifetime(allocation.granted_s));
    if let Some(token) = allocation.token {
        attributes.push(Attribute::ReservationToken(token));
    }
    if let Some(mobility) = &allocation.mobility {
        attributes.push(Attribute::MobilityTicket(&mobility.ticket));
    }
    attributes.push(Attribute::XorMappedAddress(XorMappedAddress(allocation.client.client())));
    attributes
}
