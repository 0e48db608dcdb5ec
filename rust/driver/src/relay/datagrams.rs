//! The packet path over UDP: from clients, from peers, and out again.

use std::io::{self, IoSliceMut};
use std::net::SocketAddr;
use std::ops::Range;

use quinn_udp::{RecvMeta, Transmit, UdpSockRef};
use serde_json::json;
use sightline_core::behaviour;
use sightline_core::binding::{self, ANSWER_LENGTH, Transport as BindingTransport};
use sightline_core::demux::{self, Datagram};
use sightline_core::stun::METHOD_BINDING;
use sightline_core::turn::{
    AllocationId, Family, FiveTuple, HEADROOM, Handled, Icmp, Packet, TAILROOM, ToClient, ToPeer, ToSibling,
    Transport,
};

use super::outbox::Target;
use super::shard::{Relayed, Shard, Source, Subject, is_same};
use super::siblings::Batch;
use super::sockets;
use crate::stun_stream::counted;

/// Messages per recvmmsg; with GRO each may hold up to 64 datagrams. Guess: more would only take memory.
const BATCH: usize = 16;
/// The longest datagram, or what the kernel may join.
const LONGEST: usize = 64 * 1024;
/// From one to the next: not a multiple of a page, or the beginnings of all would share the same few lines of the cache.
const ROOM: usize = LONGEST + 704;
const _: () = assert!(ROOM >= HEADROOM + LONGEST + TAILROOM);
/// Rounds in a row with more to read, after which a socket is read in batches. Guess: two frames of video.
const HOT: u8 = 8;
/// Packets to one peer in a row, after which it is worth a socket of its own. Guess: an ICE check or two are not, a call is.
const CONNECT_AFTER: u16 = 16;
/// How long GSO stays off after the kernel refused it: the route may have changed.
const GSO_PAUSE_MS: u64 = 60_000;

/// Room for what comes in, used for every read.
#[derive(Default)]
pub(super) struct Buffers {
    datagrams: Vec<u8>,
    metas: Vec<RecvMeta>,
}

impl Buffers {
    fn take(&mut self) -> (Vec<u8>, Vec<RecvMeta>) {
        let mut datagrams = std::mem::take(&mut self.datagrams);
        let mut metas = std::mem::take(&mut self.metas);
        // Not there at the start, nor after a panic.
        datagrams.resize(BATCH * ROOM, 0);
        metas.resize(BATCH, RecvMeta::default());
        (datagrams, metas)
    }
}

pub(super) fn is_binding(message: &[u8]) -> bool {
    // The method's bits, with the class's masked out (RFC 8489 §5).
    message.first_chunk().is_some_and(|head| u16::from_be_bytes(*head) & 0x3EEF == METHOD_BINDING)
}

impl Shard {
    pub(super) fn receive_from_clients(&mut self, index: u32) {
        let (mut datagrams, mut metas) = self.buffers.take();
        let control = &self.controls[index as usize];
        match receive(&self.udp, &control.socket, &mut datagrams, &mut metas) {
            Ok(count) => {
                for (buffer, meta) in datagrams.chunks_exact_mut(ROOM).zip(&metas[..count]) {
                    self.take_batch(index, meta, buffer);
                }
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            // An ICMP error for something sent earlier.
            Err(error) if is_icmp(&error) => {}
            Err(error) => {
                let shared = &self.context.shared;
                shared.counters.udp_receive_errors.increment();
                shared.rare_event("udp_receive_failed", json!({ "error": error.to_string() }));
            }
        }
        (self.buffers.datagrams, self.buffers.metas) = (datagrams, metas);
    }

    fn take_batch(&mut self, index: u32, meta: &RecvMeta, buffer: &mut [u8]) {
        let address = self.controls[index as usize].address;
        let server = SocketAddr::new(meta.dst_ip.unwrap_or(address.ip()), address.port());
        let client = FiveTuple::new(meta.addr, server, Transport::Udp);
        self.tally.bytes_received += meta.len as u64;
        each_segment(meta, buffer, |buffer, range| self.client_datagram(index, &client, buffer, range));
    }

    fn client_datagram(&mut self, index: u32, client: &FiveTuple, buffer: &mut [u8], range: Range<usize>) {
        let datagram = &buffer[range.clone()];
        let counters = &self.context.shared.counters;
        // RFC 7983 as far as it goes; what RFC 9443 gives to QUIC from 0x50 on are channels here, as no QUIC is spoken.
        match datagram.first() {
            Some(0x40..=0x7F) => {}
            _ => match demux::datagram(datagram) {
                Datagram::Stun if is_binding(datagram) => {
                    self.tally.stun += 1;
                    return self.answer_binding(index, client, range, buffer);
                }
                Datagram::Stun => self.tally.stun += 1,
                Datagram::Dtls => return counters.udp_dtls.increment(),
                Datagram::Rtp => return counters.udp_rtp.increment(),
                Datagram::Quic => return counters.udp_quic.increment(),
                Datagram::Zrtp => return counters.udp_zrtp.increment(),
                Datagram::TurnChannel | Datagram::Unknown => return counters.udp_unknown.increment(),
            },
        }
        let handled = self.server.handle_client(self.now, client, &mut Packet::new(buffer, range));
        self.act(handled, buffer, Source::Control(index), client);
    }

    fn answer_binding(&mut self, index: u32, client: &FiveTuple, range: Range<usize>, buffer: &[u8]) {
        let datagram = &buffer[range];
        let counters = &self.context.shared.counters;
        if let Some(discovery) = &mut self.discovery
            && let Some(at) = discovery.behaviour.at(client.server())
        {
            let endpoints = (at, discovery.behaviour.public());
            let mut answer = [0; behaviour::ANSWER_LENGTH];
            let strangers = &mut discovery.strangers;
            let said =
                behaviour::answer(self.now.ms, datagram, client.client(), endpoints, strangers, &mut answer);
            let reply = match said {
                behaviour::Answer::Send(reply) => reply,
                behaviour::Answer::Dropped(why) => {
                    counted(counters, &counters.stun_answered_udp, binding::Answer::Dropped(why));
                    return;
                }
                behaviour::Answer::OverBudget => return counters.stun_dropped_over_budget.increment(),
            };
            let counts = if reply.is_success {
                binding::Answer::Success(reply.length)
            } else {
                binding::Answer::UnknownAttributes(reply.length)
            };
            counted(counters, &counters.stun_answered_udp, counts);
            if let Some(from) = discovery.behaviour.local(reply.from)
                && let Some(control) = self.control_at(from)
            {
                let back = FiveTuple::new(reply.to, from, Transport::Udp);
                self.send_to_client(control, &back, &answer[..reply.length]);
            }
            return;
        }
        let mut answer = [0; ANSWER_LENGTH];
        let answered = binding::answer(datagram, client.client(), BindingTransport::Udp, &mut answer);
        if let Some(length) = counted(counters, &counters.stun_answered_udp, answered) {
            self.send_to_client(index, client, &answer[..length]);
        }
    }

    /// One message, now.
    pub(super) fn send_to_client(&mut self, index: u32, client: &FiveTuple, bytes: &[u8]) {
        let target = self.client_target(index, client);
        self.add_to_outbox(target, bytes);
    }

    fn client_target(&self, control: u32, client: &FiveTuple) -> Target {
        // On a wildcard socket the system would choose by route, and the client's NAT would drop what is from elsewhere.
        let is_wildcard = self.controls[control as usize].address.ip().is_unspecified();
        let from = is_wildcard.then_some(client.server().ip());
        Target::Client { control, from, client: client.client() }
    }

    pub(super) fn add_to_outbox(&mut self, target: Target, bytes: &[u8]) {
        if !self.outbox.add(target, bytes) {
            self.flush();
            self.outbox.add(target, bytes);
        }
    }

    pub(super) fn receive_from_peers(
        &mut self,
        index: u32,
        generation: u32,
        family: Family,
        is_connected: bool,
    ) {
        let (mut datagrams, mut metas) = self.buffers.take();
        let round = self.round;
        let received = self.slots.get_mut(index as usize).and_then(|slot| {
            let relayed = slot.relayed[family as usize].as_deref_mut()?;
            if !is_same(generation, slot.generation) {
                return None;
            }
            relayed.feel(round, family);
            let id = AllocationId { index, generation: slot.generation };
            Some((id, relayed.receive(&self.udp, is_connected, &mut datagrams, &mut metas)))
        });
        if let Some((id, Ok(count))) = received {
            for (buffer, meta) in datagrams.chunks_exact_mut(ROOM).zip(&metas[..count]) {
                each_segment(meta, buffer, |buffer, range| self.peer_datagram(id, meta.addr, buffer, range));
            }
        }
        (self.buffers.datagrams, self.buffers.metas) = (datagrams, metas);
        if let Some((id, Err(error))) = received {
            self.peer_error(id, family, &error);
        }
    }

    fn peer_datagram(&mut self, id: AllocationId, from: SocketAddr, buffer: &mut [u8], range: Range<usize>) {
        let handled = self.server.handle_peer(self.now, id, from, &mut Packet::new(buffer, range));
        if let Handled::ToClient(it) = handled {
            self.forward_to_client(&it, buffer);
        }
    }

    /// RFC 8656 §11.5, as far as the system tells: errors of connected sockets.
    pub(super) fn peer_error(&mut self, id: AllocationId, family: Family, error: &io::Error) {
        if error.kind() == io::ErrorKind::WouldBlock {
            return;
        }
        let relayed = self.slots[id.index as usize].relayed[family as usize].as_deref();
        let Some(peer) = relayed.and_then(|it| it.connected.as_ref()).map(|(_, peer)| *peer) else { return };
        // Type and code of "port unreachable" and "host unreachable", RFC 792 and RFC 4443.
        let (kind, code) = match (error.kind(), family) {
            (io::ErrorKind::ConnectionRefused, Family::V4) => (3, 3),
            (io::ErrorKind::ConnectionRefused, Family::V6) => (1, 4),
            (io::ErrorKind::HostUnreachable, Family::V4) => (3, 1),
            (io::ErrorKind::HostUnreachable, Family::V6) => (1, 3),
            (io::ErrorKind::NetworkUnreachable, Family::V4) => (3, 0),
            (io::ErrorKind::NetworkUnreachable, Family::V6) => (1, 0),
            _ => return,
        };
        self.server.handle_icmp(self.now, id, peer, Icmp { kind, code, data: [0; 4] });
        self.drain(None);
    }

    pub(super) fn deliver_batch(&mut self, batch: &mut Batch) {
        for item in &batch.packets {
            let mut packet = Packet::new(&mut batch.bytes, item.range.clone());
            let handled = self.server.handle_sibling(self.now, item.relayed, item.from, &mut packet);
            if let Handled::ToClient(it) = handled {
                self.forward_to_client(&it, &batch.bytes);
            }
        }
    }

    pub(super) fn forward_to_client(&mut self, it: &ToClient, buffer: &[u8]) {
        let Some(slot) = self.slots.get(it.allocation.index as usize) else { return };
        let bytes = &buffer[it.bytes.clone()];
        match slot.source {
            Source::Control(control) => {
                let target = self.client_target(control, &it.client);
                self.add_to_outbox(target, bytes);
            }
            Source::Stream { index, generation } => self.queue(index, generation, bytes, true),
        }
    }

    pub(super) fn forward_to_peer(&mut self, it: &ToPeer, buffer: &[u8]) {
        // Where our own address is among the allowed peers, the core leaves another shard's client to us.
        if self.context.relay_addresses.contains(&it.peer.ip())
            && let Some(sibling) = self.sibling(it)
        {
            return self.forward_to_sibling(&sibling, buffer);
        }
        let target = Target::Peer { slot: it.allocation.index, peer: it.peer };
        if it.dont_fragment {
            self.flush();
            self.set_df(target, true);
        }
        self.add_to_outbox(target, &buffer[it.payload.clone()]);
        if it.dont_fragment {
            self.flush();
            self.set_df(target, false);
        }
    }

    /// The same packet to a client of another shard, if the peer is one.
    fn sibling(&self, it: &ToPeer) -> Option<ToSibling> {
        let family = Family::of(it.peer);
        let owner = self.context.ports.owner(family, it.peer.port())?;
        let relayed = self.slots[it.allocation.index as usize].relayed[family as usize].as_deref()?;
        let local = self.context.settings.local(family == Family::V4)?;
        let from = SocketAddr::new(self.context.settings.public(local), relayed.port);
        let sibling = ToSibling { relayed: it.peer, from, payload: it.payload.clone() };
        (owner != self.number).then_some(sibling)
    }

    fn set_df(&mut self, target: Target, is_set: bool) {
        let Target::Peer { slot, peer } = target else { return };
        let slot = self.slots.get_mut(slot as usize);
        if let Some(relayed) = slot.and_then(|slot| slot.relayed[Family::of(peer) as usize].as_deref_mut()) {
            let sockets = std::iter::once(&relayed.socket).chain(relayed.connected.as_ref().map(|it| &it.0));
            for socket in sockets {
                let _ = sockets::set_df(socket, peer.is_ipv4(), is_set);
            }
        }
    }

    pub(super) fn forward_to_sibling(&mut self, it: &ToSibling, buffer: &[u8]) {
        let owner = self.context.ports.owner(Family::of(it.relayed), it.relayed.port());
        match owner {
            Some(shard) if shard != self.number => {
                let lost = self.siblings.add(shard, it, &buffer[it.payload.clone()]);
                self.tally.joined += 1;
                self.tally.dropped_sibling += lost;
            }
            _ => self.tally.dropped_sibling += 1,
        }
    }

    /// Send what is gathered.
    pub(super) fn flush(&mut self) {
        let Some(bundle) = self.outbox.bundle() else { return };
        let (bytes, segment) = (bundle.bytes, bundle.segment);
        match bundle.target {
            Target::Client { control, from, client } => {
                let socket = &self.controls[control as usize].socket;
                let lost = send(&self.udp, bytes, segment, |bytes, segment| {
                    if from.is_none() && segment.is_none() {
                        return socket.send_to(bytes, client).map(drop);
                    }
                    let transmit = Transmit {
                        destination: client,
                        ecn: None,
                        contents: bytes,
                        segment_size: segment,
                        src_ip: from,
                    };
                    self.udp.try_send(UdpSockRef::from(socket), &transmit)
                });
                self.tally.bytes_sent += bytes.len() as u64;
                self.tally.send_errors += lost;
            }
            Target::Peer { slot: index, peer } => {
                let family = Family::of(peer);
                let slot = self.slots.get_mut(index as usize);
                let mut error = None;
                if let Some(slot) = slot
                    && let Some(relayed) = slot.relayed[family as usize].as_deref_mut()
                {
                    let udp = &self.udp;
                    let lost = send(udp, bytes, segment, |bytes, segment| {
                        let (socket, is_connected) = relayed.socket_for(peer);
                        if segment.is_some() {
                            let transmit = Transmit {
                                destination: peer,
                                ecn: None,
                                contents: bytes,
                                segment_size: segment,
                                src_ip: None,
                            };
                            return udp.try_send(UdpSockRef::from(socket), &transmit);
                        }
                        if !is_connected {
                            return socket.send_to(bytes, peer).map(drop);
                        }
                        match socket.send(bytes) {
                            // The error is that of an earlier packet; this one has not been sent yet.
                            Err(earlier) if is_icmp(&earlier) => {
                                error = Some(earlier);
                                socket.send(bytes).map(drop)
                            }
                            sent => sent.map(drop),
                        }
                    });
                    self.tally.relay_send_errors += lost;
                    let id = AllocationId { index, generation: slot.generation };
                    if relayed.is_worth_connecting(peer) {
                        self.connect(id, family, peer);
                    }
                    if let Some(error) = error {
                        self.outbox.clear();
                        return self.peer_error(id, family, &error);
                    }
                }
            }
        }
        self.outbox.clear();
        if self.udp.max_gso_segments() == 1 && self.now.ms >= self.udp_made_ms + GSO_PAUSE_MS {
            self.udp_made_ms = self.now.ms;
            if let Ok(state) = sockets::any_state() {
                self.udp = state;
            }
        }
    }

    /// Give a relayed address a second socket for the peer that most goes to.
    fn connect(&mut self, id: AllocationId, family: Family, peer: SocketAddr) {
        let is_new = |relayed: &Relayed| relayed.connected.is_none();
        let slot = &mut self.slots[id.index as usize];
        let Some(relayed) = slot.relayed[family as usize].as_deref_mut() else { return };
        relayed.repeats = 0;
        if is_new(relayed) && self.connected >= self.context.most_connected {
            return;
        }
        let Ok(socket) = sockets::connected(&relayed.socket, peer) else { return };
        if relayed.joins_bursts && sockets::join_bursts(&socket).is_err() {
            return;
        }
        self.connected += usize::from(is_new(relayed));
        let subject =
            Subject::Relayed { slot: id.index, generation: id.generation, family, is_connected: true };
        // The one before it is closed; what it has not been read is lost, as on any change of path.
        if let Some(relayed) = self.slots[id.index as usize].relayed[family as usize].as_deref_mut() {
            relayed.connected = Some((socket, peer));
        }
        if let Some((socket, _)) = self.slots[id.index as usize].relayed[family as usize]
            .as_deref()
            .and_then(|relayed| relayed.connected.as_ref())
        {
            self.watch(socket, subject);
        }
    }
}

impl Relayed {
    /// Note that there was something to read in this round.
    fn feel(&mut self, round: u32, family: Family) {
        let is_again = round == self.last_round.wrapping_add(1);
        self.heat = if is_again { self.heat.saturating_add(1) } else { self.heat / 2 };
        self.last_round = round;
        // IPv6 cannot have GRO here without losing what is longer than the path takes: see `sockets`.
        if self.heat >= HOT && !self.joins_bursts && family == Family::V4 {
            let connected = self.connected.as_ref().map(|(socket, _)| socket);
            let joined = [Some(&self.socket), connected]
                .into_iter()
                .flatten()
                .all(|socket| sockets::join_bursts(socket).is_ok());
            self.joins_bursts = joined;
            self.heat = 0;
        }
    }

    /// Read from one of the two sockets: one datagram, or a batch where that pays.
    fn receive(
        &self,
        udp: &quinn_udp::UdpSocketState,
        is_connected: bool,
        datagrams: &mut [u8],
        metas: &mut [RecvMeta],
    ) -> io::Result<usize> {
        let socket = match &self.connected {
            Some((socket, _)) if is_connected => socket,
            _ => &self.socket,
        };
        if self.joins_bursts {
            return receive(udp, socket, datagrams, metas);
        }
        let (length, from) = socket.recv_from(&mut datagrams[HEADROOM..HEADROOM + LONGEST])?;
        (metas[0].addr, metas[0].len, metas[0].stride) = (from, length, length);
        Ok(1)
    }

    fn socket_for(&self, peer: SocketAddr) -> (&std::net::UdpSocket, bool) {
        match &self.connected {
            Some((socket, connected)) if *connected == peer => (socket, true),
            _ => (&self.socket, false),
        }
    }

    /// Called for every packet, or bundle, that goes to `peer`.
    fn is_worth_connecting(&mut self, peer: SocketAddr) -> bool {
        if self.connected.as_ref().is_some_and(|(_, connected)| *connected == peer) {
            self.repeats = 0;
            return false;
        }
        self.repeats = if self.last_peer == Some(peer) { self.repeats.saturating_add(1) } else { 0 };
        self.last_peer = Some(peer);
        self.repeats == CONNECT_AFTER
    }
}

/// Read a batch; datagrams lie at [`HEADROOM`] of each [`ROOM`].
fn receive(
    udp: &quinn_udp::UdpSocketState,
    socket: &std::net::UdpSocket,
    datagrams: &mut [u8],
    metas: &mut [RecvMeta],
) -> io::Result<usize> {
    let mut chunks = datagrams.chunks_exact_mut(ROOM);
    let mut slices: [IoSliceMut<'_>; BATCH] = std::array::from_fn(|_| {
        IoSliceMut::new(chunks.next().map_or(&mut [][..], |chunk| &mut chunk[HEADROOM..HEADROOM + LONGEST]))
    });
    udp.recv(UdpSockRef::from(socket), &mut slices, metas)
}

/// What the kernel joined, one after the other: the core writes up to [`TAILROOM`] bytes behind a datagram, where the
/// next one begins.
fn each_segment(meta: &RecvMeta, buffer: &mut [u8], mut handle: impl FnMut(&mut [u8], Range<usize>)) {
    let (mut start, end) = (HEADROOM, HEADROOM + meta.len);
    loop {
        let stop = end.min(start + meta.stride.max(1));
        let mut behind = [0; TAILROOM];
        behind.copy_from_slice(&buffer[stop..stop + TAILROOM]);
        handle(buffer, start..stop);
        buffer[stop..stop + TAILROOM].copy_from_slice(&behind);
        start = stop;
        if start >= end {
            return;
        }
    }
}

/// Send a bundle in one call, or one by one where that does not work; how many were not sent.
fn send(
    udp: &quinn_udp::UdpSocketState,
    bytes: &[u8],
    segment: Option<usize>,
    mut send: impl FnMut(&[u8], Option<usize>) -> io::Result<()>,
) -> u64 {
    let Some(segment) = segment else { return u64::from(send(bytes, None).is_err()) };
    let most = udp.max_gso_segments();
    if most > 1 {
        let refused = |error: &io::Error| matches!(error.raw_os_error(), Some(5 | 22 | 90));
        return bytes.chunks(segment * most).fold(0, |lost, chunk| {
            let is_one = chunk.len() <= segment;
            lost + match send(chunk, (!is_one).then_some(segment)) {
                Ok(()) => 0,
                // EIO, EINVAL, EMSGSIZE: not in one piece by this route.
                Err(error) if refused(&error) => one_by_one(chunk, segment, &mut send),
                Err(_) => chunk.len().div_ceil(segment) as u64,
            }
        });
    }
    one_by_one(bytes, segment, &mut send)
}

fn one_by_one(
    bytes: &[u8],
    segment: usize,
    send: &mut impl FnMut(&[u8], Option<usize>) -> io::Result<()>,
) -> u64 {
    bytes.chunks(segment).map(|datagram| u64::from(send(datagram, None).is_err())).sum()
}

fn is_icmp(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionRefused, ConnectionReset, HostUnreachable, NetworkUnreachable};
    matches!(error.kind(), ConnectionRefused | ConnectionReset | HostUnreachable | NetworkUnreachable)
}
