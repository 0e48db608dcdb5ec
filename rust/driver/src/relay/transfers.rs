//! RFC 6062: TCP connections with peers, and the bytes between each and the client's connection that is joined to it.
//!
//! Neither side is read while the other cannot take more, so a transfer holds one read's worth each way.

use std::collections::HashMap;
use std::io::{self, Read};
use std::net::{SocketAddr, TcpListener, TcpStream};

use rustix::event::epoll::EventFlags;
use sightline_core::turn::{AllocationId, BindFailed, ConnectFailed, ConnectionId, Direction, Family, Port};
use socket2::{Domain, Protocol, Socket, Type};

use super::ports::Wanted;
use super::shard::{Shard, Source, Subject, is_same};
use super::streams::write_all;
use crate::client::CHUNK;

/// Peers that wait to be accepted. Guess: a burst of a few.
const BACKLOG: i32 = 16;
/// How long a transfer over its rate rests. Guess: short beside a second, which is what rates are about.
const REST_MS: u64 = 20;
/// Guess: as long as the front door waits after failures of this kind.
const ACCEPT_PAUSE_MS: u64 = 1000;
/// Bytes that are counted at once.
const PIECE: usize = 1024;

struct Listening {
    generation: u32,
    /// Accepting has failed, such as for want of descriptors: it is not watched for a while, or it would fail at once again.
    rests: bool,
    listener: TcpListener,
    port: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Connecting,
    /// For the client's ConnectionBind.
    Waiting,
    Joined {
        stream: u32,
        generation: u32,
    },
    /// The client has gone; what it sent last is still being written.
    Draining,
}

struct Transfer {
    id: ConnectionId,
    peer: TcpStream,
    state: State,
    interest: EventFlags,
    to_peer: Pipe,
    to_client: Pipe,
    /// Until when it rests because it is over its rate.
    rests_ms: Option<u64>,
}

/// What has been read and could not be passed on yet.
#[derive(Default)]
struct Pipe {
    bytes: Vec<u8>,
    /// The last so many are beyond the rate.
    unpaid: usize,
}

impl Pipe {
    fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    fn add(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        self.unpaid += bytes.len();
    }

    /// What may pass now. In small pieces, or a low rate would let nothing pass at all.
    fn pay(&mut self, mut may: impl FnMut(usize) -> bool) -> usize {
        while self.unpaid > 0 && may(self.unpaid.min(PIECE)) {
            self.unpaid -= self.unpaid.min(PIECE);
        }
        self.bytes.len() - self.unpaid
    }

    fn drop_first(&mut self, count: usize) {
        if count == self.bytes.len() {
            self.bytes = Vec::new();
        } else {
            self.bytes.drain(..count);
        }
    }
}

#[derive(Default)]
pub(super) struct Transfers {
    listening: HashMap<(u32, Family), Listening>,
    slots: Vec<(u32, Option<Box<Transfer>>)>,
    free: Vec<u32>,
    by_id: HashMap<ConnectionId, u32>,
    wake_ms: Option<u64>,
}

impl Transfers {
    pub(super) fn deadline(&self) -> Option<u64> {
        self.wake_ms
    }

    fn get(&mut self, index: u32, generation: u32) -> Option<&mut Transfer> {
        match self.slots.get_mut(index as usize) {
            Some((current, Some(transfer))) if is_same(generation, *current) => Some(transfer),
            _ => None,
        }
    }

    fn add(&mut self, transfer: Transfer) -> (u32, u32) {
        let index = self.free.pop().unwrap_or_else(|| {
            self.slots.push((0, None));
            self.slots.len() as u32 - 1
        });
        self.by_id.insert(transfer.id, index);
        let slot = &mut self.slots[index as usize];
        slot.1 = Some(Box::new(transfer));
        (index, slot.0)
    }

    fn remove(&mut self, index: u32) -> Option<Box<Transfer>> {
        let slot = self.slots.get_mut(index as usize)?;
        let transfer = slot.1.take()?;
        slot.0 = slot.0.wrapping_add(1);
        self.free.push(index);
        self.by_id.remove(&transfer.id);
        Some(transfer)
    }

    /// Whether the client's connection may be read: what it said before has been passed on.
    pub(super) fn wants_more(&self, index: u32) -> bool {
        let transfer = self.slots.get(index as usize).and_then(|slot| slot.1.as_deref());
        transfer.is_none_or(|it| it.to_peer.is_empty())
    }

    /// Every port, when the shard starts anew.
    pub(super) fn ports(&self) -> impl Iterator<Item = (Family, u16)> {
        self.listening.iter().map(|((_, family), listening)| (*family, listening.port))
    }
}

impl Shard {
    pub(super) fn listen(&mut self, id: AllocationId, family: Family, source: Option<Source>) {
        let bound = self.try_listen(id, family, source).ok_or(BindFailed);
        self.tally.bind_failures += u64::from(bound.is_err());
        self.server.handle_bound(self.now, id, family, Port::Any, bound);
    }

    fn try_listen(&mut self, id: AllocationId, family: Family, source: Option<Source>) -> Option<SocketAddr> {
        let source = source?;
        let ip = self.context.settings.local(family == Family::V4)?;
        let (port, listener) = self.claim(family, Wanted::Any, |port| {
            let socket = tcp_at(SocketAddr::new(ip, port))?;
            socket.listen(BACKLOG)?;
            Ok(TcpListener::from(socket))
        })?;
        let subject = Subject::Listener { slot: id.index, generation: id.generation, family };
        if !self.watch(&listener, subject) {
            self.resting.add(self.now.ms, family, port);
            return None;
        }
        self.slot(id, source).bound += 1;
        let listening = Listening { generation: id.generation, rests: false, listener, port };
        self.transfers.listening.insert((id.index, family), listening);
        Some(SocketAddr::new(self.context.settings.public(ip), port))
    }

    /// True: there was one, and it is closed.
    pub(super) fn stop_listening(&mut self, id: AllocationId, family: Family) -> bool {
        let key = (id.index, family);
        let listening = &mut self.transfers.listening;
        if listening.get(&key).is_none_or(|it| it.generation != id.generation) {
            return false;
        }
        if let Some(Listening { port, .. }) = listening.remove(&key) {
            self.resting.add(self.now.ms, family, port);
        }
        true
    }

    pub(super) fn accept_peer(&mut self, index: u32, generation: u32, family: Family) {
        let Some(listening) = self.transfers.listening.get(&(index, family)) else { return };
        if !is_same(generation, listening.generation) {
            return;
        }
        let id = AllocationId { index, generation: listening.generation };
        let (peer, address) = match listening.listener.accept() {
            Ok(accepted) => accepted,
            Err(error) => {
                use io::ErrorKind::{ConnectionAborted, Interrupted, WouldBlock};
                if !matches!(error.kind(), ConnectionAborted | Interrupted | WouldBlock) {
                    self.rest_from_accepting(index, family);
                }
                return;
            }
        };
        if peer.set_nonblocking(true).is_err() || peer.set_nodelay(true).is_err() {
            return;
        }
        if let Some(connection) = self.server.handle_accepted(self.now, id, address) {
            self.start(connection, peer, State::Waiting);
        }
        self.drain(None);
    }

    fn rest_from_accepting(&mut self, index: u32, family: Family) {
        let Some(listening) = self.transfers.listening.get_mut(&(index, family)) else { return };
        listening.rests = true;
        let _ = rustix::event::epoll::delete(&self.epoll, &listening.listener);
        self.wake_at(self.now.ms + ACCEPT_PAUSE_MS);
    }

    fn wake_at(&mut self, at_ms: u64) {
        let wake_ms = &mut self.transfers.wake_ms;
        *wake_ms = Some(wake_ms.map_or(at_ms, |earlier| earlier.min(at_ms)));
    }

    pub(super) fn connect_to_peer(&mut self, id: ConnectionId, allocation: AllocationId, peer: SocketAddr) {
        let family = Family::of(peer);
        let local = self
            .transfers
            .listening
            .get(&(allocation.index, family))
            .and_then(|it| it.listener.local_addr().ok());
        let socket = local.and_then(|local| connecting(local, peer).ok());
        match socket {
            Some(socket) => self.start(id, socket, State::Connecting),
            None => self.server.handle_connected(self.now, id, Err(ConnectFailed)),
        }
    }

    fn start(&mut self, id: ConnectionId, peer: TcpStream, state: State) {
        let interest = if state == State::Connecting { EventFlags::OUT } else { EventFlags::empty() };
        let (index, generation) = self.transfers.add(Transfer {
            id,
            peer,
            state,
            interest,
            to_peer: Pipe::default(),
            to_client: Pipe::default(),
            rests_ms: None,
        });
        let subject = Subject::Transfer { index, generation };
        if let Some(transfer) = &self.transfers.slots[index as usize].1
            && !self.watch_peer(&transfer.peer, subject, EventFlags::empty(), interest)
        {
            self.transfers.remove(index);
            self.server.handle_closed(id);
        }
    }

    /// Something has happened to a peer's connection.
    pub(super) fn serve_transfer(&mut self, index: u32, generation: u32, flags: EventFlags) {
        let Some(transfer) = self.transfers.get(index, generation) else { return };
        let (id, state) = (transfer.id, transfer.state);
        let is_broken = flags.intersects(EventFlags::ERR | EventFlags::HUP);
        match state {
            State::Connecting => {
                let error = transfer.peer.take_error();
                if matches!(error, Ok(None)) && !is_broken {
                    transfer.state = State::Waiting;
                    self.refresh(index, generation);
                    self.server.handle_connected(self.now, id, Ok(()));
                } else {
                    self.transfers.remove(index);
                    self.server.handle_connected(self.now, id, Err(ConnectFailed));
                }
                self.drain(None);
            }
            State::Waiting => {}
            State::Joined { .. } | State::Draining => {
                if flags.contains(EventFlags::OUT) || is_broken {
                    self.pass_to_peer(index, generation);
                }
                if flags.contains(EventFlags::IN) || is_broken {
                    self.read_peer(index, generation);
                }
            }
        }
    }

    /// A ConnectionBind has been granted: from here on its connection carries data.
    pub(super) fn join(&mut self, id: ConnectionId, source: Source) {
        let Source::Stream { index: stream, generation } = source else { return };
        let Some(&index) = self.transfers.by_id.get(&id) else { return self.server.handle_closed(id) };
        let own = self.transfers.slots[index as usize].0;
        if let Some(transfer) = self.transfers.get(index, own) {
            transfer.state = State::Joined { stream, generation };
        }
        self.streams.set_joined(stream, generation, (index, own));
        self.refresh(index, own);
    }

    /// What a joined client has sent.
    pub(super) fn carry_to_peer(&mut self, index: u32, generation: u32, bytes: &[u8]) {
        if let Some(transfer) = self.transfers.get(index, generation) {
            transfer.to_peer.add(bytes);
            self.pass_to_peer(index, generation);
        }
    }

    fn pass_to_peer(&mut self, index: u32, generation: u32) {
        let Some(transfer) = self.transfers.get(index, generation) else { return };
        let (id, state) = (transfer.id, transfer.state);
        let mut pipe = std::mem::take(&mut transfer.to_peer);
        let paid = pipe.pay(|bytes| self.server.may_carry(self.now, id, Direction::ToPeer, bytes));
        let Some(transfer) = self.transfers.get(index, generation) else { return };
        let written = write_all(&mut transfer.peer, &pipe.bytes[..paid]);
        if let Ok(written) = written {
            pipe.drop_first(written);
        }
        let is_over_rate = pipe.unpaid > 0;
        let is_done = written.is_err() || (pipe.is_empty() && state == State::Draining);
        transfer.to_peer = pipe;
        if is_done {
            return self.end_transfer(index, generation);
        }
        if is_over_rate {
            self.rest(index, generation);
        }
        self.refresh(index, generation);
    }

    fn read_peer(&mut self, index: u32, generation: u32) {
        let Some(transfer) = self.transfers.get(index, generation) else { return };
        if !transfer.to_client.is_empty() {
            return;
        }
        let mut buffer = vec![0; CHUNK];
        match transfer.peer.read(&mut buffer) {
            Ok(0) => self.end_transfer(index, generation),
            Ok(length) => {
                transfer.to_client.add(&buffer[..length]);
                self.pass_to_client(index, generation);
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(_) => self.end_transfer(index, generation),
        }
    }

    fn pass_to_client(&mut self, index: u32, generation: u32) {
        let Some(transfer) = self.transfers.get(index, generation) else { return };
        let State::Joined { stream, generation: of_stream } = transfer.state else { return };
        let id = transfer.id;
        let mut pipe = std::mem::take(&mut transfer.to_client);
        let paid = pipe.pay(|bytes| self.server.may_carry(self.now, id, Direction::ToClient, bytes));
        if paid > 0 {
            self.queue(stream, of_stream, &pipe.bytes[..paid], false);
            pipe.drop_first(paid);
        }
        let is_over_rate = pipe.unpaid > 0;
        if let Some(transfer) = self.transfers.get(index, generation) {
            transfer.to_client = pipe;
        }
        if is_over_rate {
            self.rest(index, generation);
        }
        self.refresh(index, generation);
    }

    fn rest(&mut self, index: u32, generation: u32) {
        let until = self.now.ms + REST_MS;
        if let Some(transfer) = self.transfers.get(index, generation) {
            transfer.rests_ms = Some(until);
        }
        self.wake_at(until);
    }

    /// Let go on what has rested.
    pub(super) fn wake_transfers(&mut self) {
        let now_ms = self.now.ms;
        if self.transfers.wake_ms.is_none_or(|at_ms| at_ms > now_ms) {
            return;
        }
        self.transfers.wake_ms = None;
        for ((slot, family), listening) in &mut self.transfers.listening {
            if std::mem::take(&mut listening.rests) {
                let (slot, generation, family) = (*slot, listening.generation, *family);
                let data = Subject::Listener { slot, generation, family }.to_data();
                let _ = rustix::event::epoll::add(&self.epoll, &listening.listener, data, EventFlags::IN);
            }
        }
        for index in 0..self.transfers.slots.len() as u32 {
            let (generation, transfer) = &mut self.transfers.slots[index as usize];
            let generation = *generation;
            if transfer.as_deref_mut().is_some_and(|it| it.rests_ms.take().is_some()) {
                self.pass_to_peer(index, generation);
                self.pass_to_client(index, generation);
            }
        }
    }

    /// Wait for what can be done next, on both sides.
    pub(super) fn refresh(&mut self, index: u32, generation: u32) {
        let Some(transfer) = self.transfers.get(index, generation) else { return };
        let (state, before) = (transfer.state, transfer.interest);
        let has_unsent = transfer.to_peer.bytes.len() > transfer.to_peer.unpaid;
        let is_free = transfer.to_client.is_empty();
        let mut wanted = EventFlags::empty();
        if let State::Joined { stream, generation } = state {
            self.refresh_stream(stream, generation);
            if is_free && !self.streams.is_behind(stream, generation) {
                wanted |= EventFlags::IN;
            }
        }
        if has_unsent {
            wanted |= EventFlags::OUT;
        }
        if wanted != before
            && let Some(transfer) = self.transfers.get(index, generation)
        {
            transfer.interest = wanted;
            let subject = Subject::Transfer { index, generation };
            if let Some(transfer) = &self.transfers.slots[index as usize].1 {
                self.watch_peer(&transfer.peer, subject, before, wanted);
            }
        }
    }

    /// A peer that nothing is wanted of is not watched at all: that it has hung up would be said again and again.
    fn watch_peer(&self, peer: &TcpStream, subject: Subject, before: EventFlags, wanted: EventFlags) -> bool {
        match (before.is_empty(), wanted.is_empty()) {
            (true, true) => true,
            (false, true) => rustix::event::epoll::delete(&self.epoll, peer).is_ok(),
            (is_new, false) => self.watch_stream(peer, subject, is_new, wanted),
        }
    }

    /// The peer has closed, or the network has: the client's connection is closed once it has all.
    pub(super) fn end_transfer(&mut self, index: u32, generation: u32) {
        let Some(id) = self.transfers.get(index, generation).map(|it| it.id) else { return };
        self.server.handle_closed(id);
        self.close_transfer(id);
        self.drain(None);
    }

    /// [`sightline_core::turn::Output::Close`].
    pub(super) fn close_transfer(&mut self, id: ConnectionId) {
        let Some(&index) = self.transfers.by_id.get(&id) else { return };
        let Some(transfer) = self.transfers.remove(index) else { return };
        if let State::Joined { stream, generation } = transfer.state {
            if !transfer.to_client.is_empty() {
                self.queue(stream, generation, &transfer.to_client.bytes, false);
            }
            self.end_stream_when_sent(stream, generation);
        }
    }

    /// The client has closed its connection: the peer's is closed once it has all.
    pub(super) fn client_has_left(&mut self, index: u32, generation: u32) {
        let Some(transfer) = self.transfers.get(index, generation) else { return };
        transfer.state = State::Draining;
        self.pass_to_peer(index, generation);
    }
}

/// A socket at a relayed address; the address is shared by the listener and all that connect from it.
fn tcp_at(local: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(local), Type::STREAM, Some(Protocol::TCP))?;
    if local.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(true)?;
    socket.set_nonblocking(true)?;
    socket.set_tcp_nodelay(true)?;
    socket.bind(&local.into())?;
    Ok(socket)
}

fn connecting(local: SocketAddr, peer: SocketAddr) -> io::Result<TcpStream> {
    let socket = tcp_at(local)?;
    match socket.connect(&peer.into()) {
        Ok(()) => {}
        Err(error) if error.raw_os_error() == Some(rustix::io::Errno::INPROGRESS.raw_os_error()) => {}
        Err(error) => return Err(error),
    }
    Ok(socket.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pipe_passes_what_is_paid_for_and_keeps_the_rest() {
        let mut pipe = Pipe::default();
        pipe.add(&[1; 3000]);
        let mut left = 2;
        let paid = pipe.pay(|_| {
            left -= 1;
            left >= 0
        });
        assert_eq!((paid, pipe.unpaid), (2 * PIECE, 3000 - 2 * PIECE));
        pipe.drop_first(paid);
        assert_eq!((pipe.pay(|_| true), pipe.unpaid), (3000 - 2 * PIECE, 0));
        pipe.drop_first(3000 - 2 * PIECE);
        assert!(pipe.is_empty());
    }
}
