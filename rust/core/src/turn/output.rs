//! What the server says: results of packets, requests to the driver, events and counters. Plain data.

use std::net::SocketAddr;
use std::ops::Range;

use super::allocation::AllocationId;
use super::connection::ConnectionId;
use super::five_tuple::FiveTuple;

/// What is to be done with a packet. Ranges are of the buffer that it came in.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Handled {
    /// Send [`super::Server::answer`] back to where the packet came from.
    Answer,
    /// Nothing to send now; there may be [`Output`].
    Done,
    ToPeer(ToPeer),
    ToClient(ToClient),
    ToSibling(ToSibling),
    /// RFC 6062 §5.4: send [`super::Server::answer`] back, and from then on carry bytes between the connection that the
    /// message came by and this one.
    Join(ConnectionId),
    Dropped(Dropped),
}

/// Send the payload from the allocation's relayed address of the peer's family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToPeer {
    pub allocation: AllocationId,
    pub peer: SocketAddr,
    pub payload: Range<usize>,
    /// RFC 8656 §14: set the DF bit.
    pub dont_fragment: bool,
}

/// Send the bytes, header and all, to a client: a peer's packet, or that of another client joined in process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToClient {
    /// For a driver that keeps sockets and connections by allocation.
    pub allocation: AllocationId,
    pub client: FiveTuple,
    pub bytes: Range<usize>,
}

/// The peer is on our own relay address, but not an allocation of this shard: hand the payload to
/// [`super::Server::handle_peer`] of the shard that has bound `relayed`, or drop it if none has. Never to a socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToSibling {
    pub relayed: SocketAddr,
    pub from: SocketAddr,
    pub payload: Range<usize>,
}

/// Why a packet goes nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dropped {
    /// Neither STUN nor ChannelData, or not well-formed.
    Malformed,
    /// A class or method that a server does not get.
    NotServed,
    NoAllocation,
    NoChannel,
    NoPermission,
    /// To one of our own control addresses.
    Denied,
    OverRate,
    /// An answer to a stranger that its address has no budget for.
    OverBudget,
    /// The request is being worked on: its answer comes when the socket does.
    InProgress,
    /// The caller's buffer has no room for the header, or the packet is too long for one.
    NoRoom,
}

/// How many [`Dropped`] there are.
pub const DROPPED_KINDS: usize = Dropped::NoRoom as usize + 1;

/// The family of a relayed address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Family {
    V4,
    V6,
}

impl Family {
    pub fn of(address: SocketAddr) -> Self {
        if address.is_ipv4() { Self::V4 } else { Self::V6 }
    }

    /// RFC 8656 §18.6.
    pub(super) fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::V4),
            2 => Some(Self::V6),
            _ => None,
        }
    }

    pub(super) fn number(self) -> u8 {
        self as u8 + 1
    }
}

/// RFC 8656 §18.10: names a reserved port.
pub type Token = [u8; 8];

/// Which port a relayed address is to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Port {
    /// RFC 8656 §7.2: random, from 49152 to 65535.
    Any,
    Even,
    /// Even, and the next one bound as well and kept under the token.
    EvenReserveNext(Token),
    /// The one kept under the token.
    Reserved(Token),
}

/// What became of a datagram to a peer, as its ICMP packet says (RFC 8656 §11.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Icmp {
    pub kind: u8,
    pub code: u8,
    /// The four bytes after the checksum: the next hop's MTU where the packet was too big.
    pub data: [u8; 4],
}

/// What the driver is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Bind a relayed address and call [`super::Server::handle_bound`]; until then the client waits.
    Bind { allocation: AllocationId, family: Family, port: Port },
    /// RFC 6062: listen for TCP connections on a relayed address with [`Port::Any`] and call
    /// [`super::Server::handle_bound`]. Connections must be able to leave from it too.
    Listen { allocation: AllocationId, family: Family },
    /// RFC 6062: connect from the allocation's relayed address of the peer's family and call
    /// [`super::Server::handle_connected`].
    Connect { connection: ConnectionId, allocation: AllocationId, peer: SocketAddr },
    /// Close a connection with a peer, also one that is still being made, and what of the client's is joined to it.
    Close { connection: ConnectionId },
    /// Close a relayed address, also one that is still being bound. Nothing may be sent from it any more.
    Release { allocation: AllocationId, family: Family },
    /// Close the port kept under the token.
    Unreserve { token: Token },
    /// Send a message to a client.
    Send { client: FiveTuple, bytes: Box<[u8]> },
    /// For the application.
    Event(Event),
}

/// A relayed address that could not be bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BindFailed;

/// A connection with a peer that could not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectFailed;

/// Which way bytes go between two connections that are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    ToPeer,
    ToClient,
}

/// What the application is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    pub allocation: AllocationId,
    pub what: What,
    pub username: Box<str>,
    pub client: FiveTuple,
    /// IPv4, IPv6.
    pub relayed: [Option<SocketAddr>; 2],
    /// RFC 6062: it relays TCP; else UDP.
    pub is_tcp: bool,
    pub lifetime_s: u32,
    pub traffic: Traffic,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    Made,
    Refreshed,
    /// RFC 8016: the client is somewhere else.
    Moved,
    Ended(Why),
}

/// Why an allocation has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The client asked for a lifetime of zero.
    Deleted,
    Expired,
    /// The client's TCP or TLS connection has closed.
    Disconnected,
    /// No relayed address could be bound, or it was lost.
    NoSocket,
    /// The application ended it.
    Revoked,
}

/// What an allocation has carried: payloads, without headers; of TCP connections bytes only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    pub packets_to_peers: u64,
    pub bytes_to_peers: u64,
    pub packets_to_client: u64,
    pub bytes_to_client: u64,
    /// Of what went to peers: what was joined in process.
    pub packets_joined: u64,
}

/// Totals since start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    pub allocations_made: u64,
    pub allocations_refused: u64,
    pub challenged: u64,
    /// Requests that came with credentials, and wrong ones.
    pub unauthorized: u64,
    pub peers_denied: u64,
    /// TCP connections with peers, either way; those that were joined to a client's; those that were not to be.
    pub connections_made: u64,
    pub connections_joined: u64,
    pub connections_refused: u64,
    pub traffic: Traffic,
    dropped: [u64; DROPPED_KINDS],
}

impl Counters {
    pub fn dropped(&self, why: Dropped) -> u64 {
        self.dropped[why as usize]
    }

    pub(super) fn drop(&mut self, why: Dropped) -> Handled {
        self.dropped[why as usize] += 1;
        Handled::Dropped(why)
    }
}
