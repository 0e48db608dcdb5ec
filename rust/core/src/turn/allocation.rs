//! Allocations (RFC 8656 §5), in slots that are used again.

use std::net::SocketAddr;

use super::channel::Channels;
use super::connection::ConnectionId;
use super::five_tuple::FiveTuple;
use super::output::{Family, Token, Traffic};
use super::permission::Permissions;
use super::reply::{Asked, Seal};
use crate::stun::TransactionId;

/// Names an allocation of one shard; never used again for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AllocationId {
    /// Small: below the most allocations that there were at once. For tables beside this one.
    pub index: u32,
    pub generation: u32,
}

/// What is known of one relayed address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Relayed {
    /// Not asked for, or released.
    No,
    Binding,
    Failed,
    Bound(SocketAddr),
}

pub(super) struct Allocation {
    pub(super) client: FiveTuple,
    /// RFC 8016: the client's connection has closed, and its 5-tuple may be somebody else's by now.
    pub(super) is_away: bool,
    pub(super) username: Box<str>,
    /// Numbers in the accounts.
    pub(super) user: u32,
    pub(super) origin: u32,
    /// By [`Family`].
    pub(super) relayed: [Relayed; 2],
    /// What the client waits for; None: it has been answered.
    pub(super) pending: Option<Box<Pending>>,
    pub(super) transaction: TransactionId,
    pub(super) asked_at_ms: u64,
    pub(super) granted_s: u32,
    pub(super) lifetime_s: u32,
    pub(super) expires_ms: u64,
    pub(super) token: Option<Token>,
    pub(super) mobility: Option<Box<Mobility>>,
    pub(super) permissions: Permissions,
    pub(super) channels: Channels,
    /// RFC 6062: its connections with peers; None: it relays UDP. Boxed, as few have any.
    #[allow(clippy::box_collection, reason = "every allocation has this field, and hardly any needs it")]
    pub(super) connections: Option<Box<Vec<ConnectionId>>>,
    pub(super) traffic: Traffic,
}

/// An Allocate that waits for its sockets.
pub(super) struct Pending {
    pub(super) asked: Asked,
    pub(super) seal: Seal,
}

/// RFC 8016: what lets a client take its allocation along.
pub(super) struct Mobility {
    pub(super) ticket: [u8; TICKET],
    /// The request that moved it last.
    pub(super) moved_by: Option<TransactionId>,
}

/// Index, generation, and a MAC that changes with every move.
pub(super) const TICKET: usize = 24;

impl Allocation {
    pub(super) fn address(&self, family: Family) -> Option<SocketAddr> {
        match self.relayed[family as usize] {
            Relayed::Bound(address) => Some(address),
            Relayed::No | Relayed::Binding | Relayed::Failed => None,
        }
    }

    pub(super) fn addresses(&self) -> [Option<SocketAddr>; 2] {
        [self.address(Family::V4), self.address(Family::V6)]
    }
}

/// Boxed, so that a slot that was needed once costs little.
#[derive(Default)]
pub(super) struct Allocations {
    slots: Vec<Slot>,
    free: Vec<u32>,
}

struct Slot {
    generation: u32,
    allocation: Option<Box<Allocation>>,
}

impl Allocations {
    pub(super) fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    pub(super) fn insert(&mut self, allocation: Allocation) -> AllocationId {
        let index = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot { generation: 0, allocation: None });
            self.slots.len() as u32 - 1
        });
        let slot = &mut self.slots[index as usize];
        slot.allocation = Some(Box::new(allocation));
        AllocationId { index, generation: slot.generation }
    }

    pub(super) fn get(&self, id: AllocationId) -> Option<&Allocation> {
        let slot = self.slots.get(id.index as usize)?;
        slot.allocation.as_deref().filter(|_| slot.generation == id.generation)
    }

    pub(super) fn get_mut(&mut self, id: AllocationId) -> Option<&mut Allocation> {
        let slot = self.slots.get_mut(id.index as usize)?;
        slot.allocation.as_deref_mut().filter(|_| slot.generation == id.generation)
    }

    pub(super) fn remove(&mut self, id: AllocationId) -> Option<Box<Allocation>> {
        let slot = self.slots.get_mut(id.index as usize)?;
        if slot.generation != id.generation {
            return None;
        }
        let allocation = slot.allocation.take()?;
        slot.generation = slot.generation.wrapping_add(1);
        self.free.push(id.index);
        Some(allocation)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (AllocationId, &Allocation)> {
        self.slots.iter().enumerate().filter_map(|(index, slot)| {
            let id = AllocationId { index: index as u32, generation: slot.generation };
            slot.allocation.as_deref().map(|allocation| (id, allocation))
        })
    }
}
