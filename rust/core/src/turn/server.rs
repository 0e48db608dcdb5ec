//! The TURN server of one shard: what it holds, and how things begin and end.
//!
//! Messages are taken apart and answered in [`super::serve`], the packet path is in [`super::relay`].

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::net::SocketAddr;

use super::allocation::{Allocation, AllocationId, Allocations, Relayed};
use super::connection::{ConnectionId, Connections};
use super::credentials::Credentials;
use super::five_tuple::FiveTuple;
use super::output::{Counters, Dropped, Event, Family, Handled, Output, Token, What, Why};
use super::packet::Packet;
use super::quota::Accounts;
use super::reply::ANSWER_LENGTH;
use super::settings::Settings;
use super::time::Now;
use crate::budget::Strangers;

/// One shard's relay. Owned by one thread; shards share nothing but the secrets in their [`Credentials`]
/// and, for quotas, their [`super::Census`].
pub struct Server {
    pub(super) settings: Settings,
    pub(super) credentials: Credentials,
    pub(super) allocations: Allocations,
    pub(super) by_client: HashMap<FiveTuple, AllocationId>,
    /// UDP only: packets are looked up here.
    pub(super) by_relayed: HashMap<SocketAddr, AllocationId>,
    /// RFC 6062: relayed addresses of TCP, which are others than the same of UDP.
    pub(super) by_listening: HashMap<SocketAddr, AllocationId>,
    pub(super) connections: Connections,
    pub(super) users: Accounts<Box<str>>,
    pub(super) origins: Accounts<u64>,
    pub(super) strangers: Strangers,
    /// Ports kept for a later Allocate, and who may have them.
    pub(super) reservations: HashMap<Token, Reservation>,
    pub(super) timers: BTreeSet<(u64, Timer)>,
    pub(super) outputs: VecDeque<Output>,
    pub(super) counters: Counters,
    pub(super) indications: u64,
    pub(super) tokens: u64,
    pub(super) seed: u64,
    pub(super) answer: [u8; ANSWER_LENGTH],
    pub(super) answer_length: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Timer {
    Allocation(AllocationId),
    Reservation(Token),
    Connection(ConnectionId),
}

pub(super) struct Reservation {
    pub(super) username: Box<str>,
    /// Numbers in the accounts.
    pub(super) user: u32,
    pub(super) origin: u32,
    pub(super) family: Family,
    pub(super) expires_ms: u64,
}

impl Server {
    /// `seed` is random and another for every shard: transaction ids and tokens are made from it.
    pub fn new(settings: Settings, credentials: Credentials, seed: u64) -> Self {
        Self {
            allocations: Allocations::default(),
            by_client: HashMap::new(),
            by_relayed: HashMap::new(),
            by_listening: HashMap::new(),
            connections: Connections::default(),
            users: Accounts::new(settings.user_rate, settings.census.users.clone()),
            origins: Accounts::new(settings.address_rate, settings.census.origins.clone()),
            strangers: Strangers::default(),
            reservations: HashMap::new(),
            timers: BTreeSet::new(),
            outputs: VecDeque::new(),
            counters: Counters::default(),
            indications: 0,
            tokens: 0,
            seed,
            answer: [0; ANSWER_LENGTH],
            answer_length: 0,
            settings,
            credentials,
        }
    }

    /// A datagram from a client, or one message cut out of its stream.
    #[inline]
    pub fn handle_client(&mut self, now: Now, client: &FiveTuple, packet: &mut Packet<'_>) -> Handled {
        match packet.bytes().first() {
            // RFC 8656 §12: the first two bits tell ChannelData (01) from STUN (00).
            Some(0x40..=0x7F) => self.relay_channel_data(now, client, packet),
            Some(0..=0x3F) => self.handle_message(now, client, packet),
            _ => self.counters.drop(Dropped::Malformed),
        }
    }

    /// What to send when a packet is [`Handled::Answer`]; good until the next packet.
    pub fn answer(&self) -> &[u8] {
        &self.answer[..self.answer_length]
    }

    /// Drain this after every `handle_…` that was not [`Handled::ToPeer`], [`Handled::ToClient`],
    /// [`Handled::ToSibling`] or [`Handled::Dropped`].
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When [`Self::handle_timeout`] is to be called, in [`Now::ms`]; None: never.
    pub fn deadline(&self) -> Option<u64> {
        self.timers.first().map(|(at_ms, _)| *at_ms)
    }

    /// End what has come to its end. Permissions and channels need no timer: they are looked at when they are used.
    pub fn handle_timeout(&mut self, now: Now) {
        while let Some((at_ms, timer)) = self.timers.first().copied()
            && at_ms <= now.ms
        {
            self.timers.pop_first();
            match timer {
                Timer::Allocation(id) => self.end(id, Why::Expired),
                Timer::Connection(id) => self.give_up(id),
                Timer::Reservation(token) => {
                    self.forget_reservation(token);
                    self.outputs.push_back(Output::Unreserve { token });
                }
            }
        }
    }

    /// The client's connection has closed, and with it the only way to its allocation.
    pub fn handle_disconnected(&mut self, client: &FiveTuple) {
        let Some(&id) = self.by_client.get(client) else { return };
        match self.allocations.get_mut(id) {
            // RFC 8016: losing its connection is what a client with a ticket is prepared for.
            Some(allocation) if allocation.mobility.is_some() && allocation.pending.is_none() => {
                allocation.is_away = true;
                self.by_client.remove(client);
            }
            _ => self.end(id, Why::Disconnected),
        }
    }

    /// End an allocation that the application no longer wants.
    pub fn revoke(&mut self, id: AllocationId) {
        self.end(id, Why::Revoked);
    }

    /// The credentials, to add or replace users and secrets while calls go on.
    pub fn credentials_mut(&mut self) -> &mut Credentials {
        &mut self.credentials
    }

    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    pub fn allocation_count(&self) -> usize {
        self.allocations.len()
    }

    /// Every allocation as it stands, for those who ask how the relay is.
    pub fn status(&self) -> impl Iterator<Item = Event> {
        self.allocations.iter().map(|(id, allocation)| event(id, allocation, What::Made))
    }

    /// Forget an allocation and all that hangs on it.
    pub(super) fn end(&mut self, id: AllocationId, why: Why) {
        let Some(allocation) = self.allocations.remove(id) else {
            return;
        };
        self.timers.remove(&(allocation.expires_ms, Timer::Allocation(id)));
        if !allocation.is_away {
            self.by_client.remove(&allocation.client);
        }
        self.users.close(allocation.user);
        self.origins.close(allocation.origin);
        if let Some(connections) = &allocation.connections {
            self.close_all(connections);
        }
        for family in [Family::V4, Family::V6] {
            match allocation.relayed[family as usize] {
                Relayed::Bound(address) => {
                    match &allocation.connections {
                        Some(_) => self.by_listening.remove(&address),
                        None => self.by_relayed.remove(&address),
                    };
                    self.outputs.push_back(Output::Release { allocation: id, family });
                }
                Relayed::Binding => self.outputs.push_back(Output::Release { allocation: id, family }),
                Relayed::No | Relayed::Failed => {}
            }
        }
        if allocation.pending.is_none() {
            self.outputs.push_back(Output::Event(event(id, &allocation, What::Ended(why))));
        }
    }

    pub(super) fn forget_reservation(&mut self, token: Token) {
        let Some(reservation) = self.reservations.remove(&token) else { return };
        self.timers.remove(&(reservation.expires_ms, Timer::Reservation(token)));
        self.users.close(reservation.user);
        self.origins.close(reservation.origin);
    }

    /// Where the allocation's relayed addresses are found.
    pub(super) fn table_of(&mut self, id: AllocationId) -> &mut HashMap<SocketAddr, AllocationId> {
        match self.allocations.get(id).is_some_and(|it| it.connections.is_some()) {
            true => &mut self.by_listening,
            false => &mut self.by_relayed,
        }
    }

    /// Give an allocation a new end.
    pub(super) fn extend(&mut self, now: Now, id: AllocationId, lifetime_s: u32) {
        let Some(allocation) = self.allocations.get_mut(id) else { return };
        self.timers.remove(&(allocation.expires_ms, Timer::Allocation(id)));
        allocation.lifetime_s = lifetime_s;
        allocation.expires_ms = now.in_s(lifetime_s);
        self.timers.insert((allocation.expires_ms, Timer::Allocation(id)));
    }

    pub(super) fn tell(&mut self, id: AllocationId, what: What) {
        if let Some(allocation) = self.allocations.get(id) {
            self.outputs.push_back(Output::Event(event(id, allocation, what)));
        }
    }
}

fn event(id: AllocationId, allocation: &Allocation, what: What) -> Event {
    Event {
        allocation: id,
        what,
        username: allocation.username.clone(),
        client: allocation.client,
        relayed: allocation.addresses(),
        is_tcp: allocation.connections.is_some(),
        lifetime_s: allocation.lifetime_s,
        traffic: allocation.traffic,
    }
}
