//! TCP allocations (RFC 6062 §5): connections with peers, each joined to a connection of the client's.
//!
//! The core says who may be connected and joined, and counts; sockets and the bytes between them are the driver's.

use std::net::SocketAddr;

use super::allocation::{AllocationId, Pending};
use super::connection::{Connection, ConnectionId, State};
use super::output::{ConnectFailed, Direction, Family, Handled, Output};
use super::policy::Reach;
use super::request::{CONNECTION_ATTEMPT, CONNECTION_BIND, source};
use super::serve::{Refused, Request};
use super::server::{Server, Timer};
use super::time::Now;
use crate::stun::{Attribute, Builder, Class, Message, XorMappedAddress, kind};

/// RFC 6062 §5.2: to connect, "at least 30 seconds".
const CONNECTING_S: u32 = 30;
/// RFC 6062 §5.2 and §5.3: for a ConnectionBind.
const WAITING_S: u32 = 30;
/// Of the 24 bits that a number has beside its shard, one in sixteen at most is in use: a new one is soon found.
const MOST_CONNECTIONS: usize = 1 << 20;

/// The connection that a message asks to be joined to; None: it is no ConnectionBind. For a driver with several shards:
/// a client's second connection may have come to another shard than its first.
pub fn connection_to_join(message: &[u8]) -> Option<ConnectionId> {
    let message = Message::parse(message).ok()?;
    let is_bind = message.class() == Class::Request && message.method() == CONNECTION_BIND;
    match message.decode(kind::CONNECTION_ID).filter(|_| is_bind) {
        Some(Ok(Attribute::ConnectionId(number))) => Some(ConnectionId(number)),
        _ => None,
    }
}

impl Server {
    /// RFC 6062 §5.2.
    pub(super) fn connect(&mut self, request: &Request<'_>, id: AllocationId) -> Result<Handled, Refused> {
        let result = self.check_connect(request, id);
        self.counters.connections_refused += u64::from(result.is_err());
        let peer = result?;
        let pending = Pending { asked: request.asked, seal: request.seal.clone() };
        let connection = self.open(request.now, id, peer, State::Connecting(pending), CONNECTING_S);
        self.outputs.push_back(Output::Connect { connection, allocation: id, peer });
        Ok(Handled::Done)
    }

    fn check_connect(&self, request: &Request<'_>, id: AllocationId) -> Result<SocketAddr, Refused> {
        let allocation = self.allocations.get(id).ok_or(Refused(437))?;
        let connections = allocation.connections.as_ref().ok_or(Refused(437))?;
        let peer = request.fields.peers.first().filter(|peer| peer.port() != 0).ok_or(Refused(400))?;
        if connections.iter().any(|it| self.connections.get(*it).is_some_and(|it| it.peer == peer)) {
            return Err(Refused(446));
        }
        // On our own addresses there are services that trust them: only what this shard relays is connected to.
        let is_open = match self.judge(id, peer)? {
            Reach::Anything => true,
            Reach::AllButControl => !self.settings.peers.is_control(peer),
            Reach::OnlyRelayed => self.by_listening.get(&peer).is_some_and(|other| *other != id),
        };
        if !is_open {
            return Err(Refused(403));
        }
        if self.has_room(connections) { Ok(peer) } else { Err(Refused(508)) }
    }

    /// What became of [`Output::Connect`].
    pub fn handle_connected(&mut self, now: Now, id: ConnectionId, result: Result<(), ConnectFailed>) {
        let Some(connection) = self.connections.get_mut(id) else {
            // It has ended meanwhile, and its `Close` came before there was anything to close.
            if result.is_ok() {
                self.outputs.push_back(Output::Close { connection: id });
            }
            return;
        };
        if result.is_err() {
            return self.handle_closed(id);
        }
        let State::Connecting(pending) = &connection.state else { return };
        let Some(allocation) = self.allocations.get(connection.allocation) else { return };
        let number = [Attribute::ConnectionId(id.0)];
        let length = pending.asked.success(&mut self.answer, &number, &pending.seal);
        let bytes = self.answer[..length].into();
        self.outputs.push_back(Output::Send { client: allocation.client, bytes });
        self.counters.connections_made += 1;
        self.timers.remove(&(connection.expires_ms, Timer::Connection(id)));
        connection.state = State::Waiting;
        connection.expires_ms = now.in_s(WAITING_S);
        self.timers.insert((connection.expires_ms, Timer::Connection(id)));
    }

    /// A peer has connected to a relayed address (RFC 6062 §5.3). None: close it at once.
    pub fn handle_accepted(&mut self, now: Now, id: AllocationId, peer: SocketAddr) -> Option<ConnectionId> {
        let peer = source(peer);
        let allocation = self.allocations.get(id).filter(|it| it.pending.is_none())?;
        let connections = allocation.connections.as_ref()?;
        let is_permitted = allocation.permissions.reach(now, peer.ip()).is_some()
            && allocation.address(Family::of(peer)).is_some();
        let is_new = connections.iter().all(|it| self.connections.get(*it).is_none_or(|it| it.peer != peer));
        if !is_permitted || !is_new || !self.has_room(connections) {
            self.counters.connections_refused += 1;
            return None;
        }
        let client = allocation.client;
        let connection = self.open(now, id, peer, State::Waiting, WAITING_S);
        self.counters.connections_made += 1;
        let mut buffer = [0; 64];
        let id = self.indication_id();
        let built =
            Builder::new(&mut buffer, Class::Indication, CONNECTION_ATTEMPT, id).and_then(|mut builder| {
                builder.attribute(&Attribute::ConnectionId(connection.0))?;
                builder.attribute(&Attribute::XorPeerAddress(XorMappedAddress(peer)))?;
                Ok(builder.length())
            });
        let length = built.expect("64 bytes have room for an address and a number");
        self.outputs.push_back(Output::Send { client, bytes: buffer[..length].into() });
        Some(connection)
    }

    /// RFC 6062 §5.4. What is not there, what is another user's and what is joined already are told alike.
    pub(super) fn join(&mut self, request: &Request<'_>) -> Result<Handled, Refused> {
        if !request.client.transport().is_stream() {
            return Err(Refused(400));
        }
        let id = ConnectionId(request.fields.connection.ok_or(Refused(400))?);
        let connection = self.connections.get_mut(id).ok_or(Refused(400))?;
        let is_theirs =
            self.allocations.get(connection.allocation).is_some_and(|it| it.username == request.username);
        if !is_theirs || !matches!(connection.state, State::Waiting) {
            return Err(Refused(400));
        }
        connection.state = State::Joined;
        self.timers.remove(&(connection.expires_ms, Timer::Connection(id)));
        self.counters.connections_joined += 1;
        self.answer_length = request.asked.success(&mut self.answer, &[], &request.seal);
        Ok(Handled::Join(id))
    }

    /// The peer's connection has closed or could not be made, or the client's that is joined to it has closed; the driver
    /// closes the other.
    pub fn handle_closed(&mut self, id: ConnectionId) {
        let Some(Connection { state, allocation, .. }) = self.connections.get(id) else { return };
        if let (State::Connecting(pending), Some(allocation)) = (state, self.allocations.get(*allocation)) {
            let length = pending.asked.error(&mut self.answer, 447, &[], &pending.seal);
            let bytes = self.answer[..length].into();
            self.outputs.push_back(Output::Send { client: allocation.client, bytes });
            self.counters.connections_refused += 1;
        }
        self.forget_connection(id);
    }

    /// Whether so many bytes may pass between client and peer now; then they are counted. If not, read no more and ask
    /// again later, or with less: more than a [`crate::budget::Rate`]'s burst never passes at once.
    pub fn may_carry(&mut self, now: Now, id: ConnectionId, direction: Direction, bytes: usize) -> bool {
        let joined = self.connections.get(id).filter(|it| !it.is_pending());
        let Some(allocation) = joined.and_then(|it| self.allocations.get_mut(it.allocation)) else {
            return false;
        };
        let is_within =
            self.users.take(now, allocation.user, bytes) && self.origins.take(now, allocation.origin, bytes);
        for traffic in [&mut allocation.traffic, &mut self.counters.traffic].into_iter().filter(|_| is_within)
        {
            match direction {
                Direction::ToPeer => traffic.bytes_to_peers += bytes as u64,
                Direction::ToClient => traffic.bytes_to_client += bytes as u64,
            }
        }
        is_within
    }

    /// Not connected, or not asked for, within its time.
    pub(super) fn give_up(&mut self, id: ConnectionId) {
        self.handle_closed(id);
        self.outputs.push_back(Output::Close { connection: id });
    }

    fn has_room(&self, connections: &[ConnectionId]) -> bool {
        let pending =
            connections.iter().filter_map(|id| self.connections.get(*id)).filter(|it| it.is_pending());
        self.connections.len() < self.settings.connections.min(MOST_CONNECTIONS)
            && connections.len() < self.settings.connections_per_allocation
            && pending.count() < self.settings.pending_connections_per_allocation
    }

    fn open(
        &mut self,
        now: Now,
        allocation: AllocationId,
        peer: SocketAddr,
        state: State,
        within_s: u32,
    ) -> ConnectionId {
        let id = self.new_connection_id();
        let expires_ms = now.in_s(within_s);
        self.connections.insert(id, Connection { allocation, peer, state, expires_ms });
        self.timers.insert((expires_ms, Timer::Connection(id)));
        let held = self.allocations.get_mut(allocation).and_then(|it| it.connections.as_mut());
        if let Some(connections) = held {
            connections.push(id);
        }
        id
    }

    /// Another than any that there is, and not to be guessed: then nobody learns how many there are.
    fn new_connection_id(&mut self) -> ConnectionId {
        loop {
            let [_, b, c, d, ..] = self.unguessable();
            let id = ConnectionId(u32::from_be_bytes([self.settings.shard, b, c, d]));
            if !self.connections.has(id) {
                return id;
            }
        }
    }

    /// Out of every book.
    fn forget_connection(&mut self, id: ConnectionId) {
        let Some(connection) = self.connections.remove(id) else { return };
        self.timers.remove(&(connection.expires_ms, Timer::Connection(id)));
        let held = self.allocations.get_mut(connection.allocation).and_then(|it| it.connections.as_mut());
        if let Some(connections) = held {
            connections.retain(|held| *held != id);
        }
    }

    /// RFC 6062 §5.5: with the allocation its connections end.
    pub(super) fn close_all(&mut self, connections: &[ConnectionId]) {
        for &id in connections {
            self.forget_connection(id);
            self.outputs.push_back(Output::Close { connection: id });
        }
    }
}
