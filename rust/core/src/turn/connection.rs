//! Peers' TCP connections (RFC 6062): who has which, and how far it is.

use std::collections::HashMap;
use std::net::SocketAddr;

use super::allocation::{AllocationId, Pending};

/// Names a connection with a peer; CONNECTION-ID on the wire (RFC 6062 §6.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnectionId(pub(super) u32);

impl ConnectionId {
    /// Of which shard the connection is, as [`super::Settings::shard`] says.
    pub fn shard(self) -> u8 {
        self.0.to_be_bytes()[0]
    }
}

pub(super) struct Connection {
    pub(super) allocation: AllocationId,
    pub(super) peer: SocketAddr,
    pub(super) state: State,
    /// When it is given up, unless it is joined.
    pub(super) expires_ms: u64,
}

pub(super) enum State {
    /// The driver connects, and the client waits for its answer.
    Connecting(Pending),
    /// For a ConnectionBind.
    Waiting,
    Joined,
}

impl Connection {
    pub(super) fn is_pending(&self) -> bool {
        !matches!(self.state, State::Joined)
    }
}

/// Every connection of one shard.
#[derive(Default)]
pub(super) struct Connections(HashMap<ConnectionId, Connection>);

impl Connections {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn has(&self, id: ConnectionId) -> bool {
        self.0.contains_key(&id)
    }

    pub(super) fn get(&self, id: ConnectionId) -> Option<&Connection> {
        self.0.get(&id)
    }

    pub(super) fn get_mut(&mut self, id: ConnectionId) -> Option<&mut Connection> {
        self.0.get_mut(&id)
    }

    pub(super) fn insert(&mut self, id: ConnectionId, connection: Connection) {
        self.0.insert(id, connection);
    }

    pub(super) fn remove(&mut self, id: ConnectionId) -> Option<Connection> {
        self.0.remove(&id)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (ConnectionId, &Connection)> {
        self.0.iter().map(|(id, connection)| (*id, connection))
    }
}
