//! The TURN server (RFC 8656) with long-term credentials (RFC 8489 §9.2), sans-IO.
//!
//! A [`Server`] belongs to one thread. `handle_…` takes time, bytes and what became of sockets; the result says what to
//! do with a packet, [`Server::poll_output`] what else is to be done, [`Server::deadline`] when to call again.
//! On the packet path nothing is allocated or locked: headers are written into the caller's buffer ([`Packet`]).
//! Start reading at `server`; `serve` answers requests, `relay` is the packet path, `policy` where packets may go.
//!
//! What the driver has to see to, as the core cannot:
//! - Drain `poll_output` after `Answer`, `Done` and `Join`, timeouts, `handle_bound`, `handle_icmp`, `handle_disconnected`,
//!   `handle_connected`, `handle_accepted`, `handle_closed` and `revoke`; the packet path never queues. `AllocationId::index` is dense: use it to index tables of sockets.
//! - Addresses in a [`FiveTuple`] are canonical; a dual-stack socket maps IPv4 back before it sends.
//! - `Settings::peers.relay` lists the relay's addresses as peers see them, and `control` every concrete address of the
//!   machine when it listens on a wildcard.
//! - What `ToSibling` names goes to the shard that bound `relayed`, or is dropped; never to a socket.
//! - In a GRO buffer one segment is finished before the next: a header overwrites up to [`HEADROOM`] bytes before it and
//!   padding up to [`TAILROOM`] after it.
//! - [`crate::demux::datagram`] calls 0x50–0x7F QUIC; channels above 0x4FFF (coturn's client picks them) come from there.
//! - TCP allocations (RFC 6062): `Listen` as `Bind`; every accepted connection to `handle_accepted`, and closed if that
//!   says so; `Connect` from the relayed address, and nothing read from the peer until it is joined. `Handled::Join`:
//!   send the answer, then all that the client's connection carries is data ([`crate::framing::Framing::receive_until`]
//!   hands over what came with it). `may_carry` before bytes pass, `handle_closed` when either side is gone.
//! - With several shards, give each its number (`Settings::shard`) and all the same `Settings::census`, and a ConnectionBind to the shard that
//!   [`connection_to_join`] names.
//! - Ports are random and from 49152 on, and one just released is not given out again at once.

mod allocate;
mod allocation;
mod base64;
mod bound;
mod channel;
mod connection;
mod credentials;
mod five_tuple;
mod grant;
mod invariants;
mod mobility;
mod nonce;
mod output;
mod packet;
mod permission;
mod policy;
mod quota;
mod refresh;
mod relay;
mod reply;
mod request;
mod serve;
mod server;
mod settings;
mod tcp;
mod time;

pub use crate::budget::Rate;
pub use allocation::AllocationId;
pub use connection::ConnectionId;
pub use credentials::{BadRealm, Credentials, time_limited_password, userhash};
pub use five_tuple::{FiveTuple, Transport};
pub use output::{
    BindFailed, ConnectFailed, Counters, DROPPED_KINDS, Direction, Dropped, Event, Family, Handled, Icmp,
    Output, Port, ToClient, ToPeer, ToSibling, Token, Traffic, What, Why,
};
pub use packet::{HEADROOM, Packet, TAILROOM};
pub use policy::{Network, Peers};
pub use quota::Census;
pub use reply::ANSWER_LENGTH;
pub use server::Server;
pub use settings::Settings;
pub use tcp::connection_to_join;
pub use time::Now;

#[cfg(test)]
mod tests;
