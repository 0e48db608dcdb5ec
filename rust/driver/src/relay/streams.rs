//! Clients over TCP and TLS: connections that the front door has found to speak STUN, from then on owned by a shard.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::ops::ControlFlow;
use std::sync::Arc;

use rustix::event::epoll::EventFlags;
use sightline_core::binding::{self, ANSWER_LENGTH, Transport as BindingTransport};
use sightline_core::framing::Framing;
use sightline_core::turn::{
    AllocationId, FiveTuple, HEADROOM, Packet, TAILROOM, Transport, connection_to_join,
};

use super::datagrams::is_binding;
use super::queue::Queue;
use super::shard::{Shard, Slot, Source, Subject, is_same};
use crate::client::{CHUNK, Parts};
use crate::session::{LONGEST_INCOMPLETE, OVERHEAD};
use crate::shared::{Guard, Shared};
use crate::stun_stream::{LONGEST_MESSAGE, counted};

/// Room for a read and for what is encrypted at once: [`CHUNK`], or one message of the longest (ChannelData of 64 KiB).
const WIRE: usize = 68 * 1024 + LONGEST_INCOMPLETE + OVERHEAD;
/// Queues that have been emptied and are kept for the next. Guess: as many as are busy at once.
const SPARE_QUEUES: usize = 64;
/// What a spare queue may hold on to.
const SPARE_CAPACITY: usize = 16 * 1024;

/// A connection on its way to a shard.
pub(crate) struct Adopted {
    pub(crate) parts: Parts,
    /// What has been read of it already, decrypted.
    pub(crate) first: Vec<u8>,
    pub(crate) client: FiveTuple,
    pub(crate) guard: Guard,
}

struct Stream {
    tcp: TcpStream,
    tls: Option<Box<crate::session::Session>>,
    client: FiveTuple,
    /// Away while it is at work.
    framing: Option<Framing>,
    /// What has been encrypted or begun and must go first.
    unsent: Vec<u8>,
    unsent_at: usize,
    queue: Option<Queue>,
    is_dirty: bool,
    interest: EventFlags,
    has_ended: bool,
    /// The peer's connection that its bytes go to (RFC 6062), with its generation.
    joined: Option<(u32, u32)>,
    /// Nothing more will come for it: it is closed when it has all.
    is_ending: bool,
    /// When it is closed if it says nothing; it does not hold while there is an allocation.
    deadline_ms: u64,
    allocation: Option<AllocationId>,
    open: Open,
}

/// Its places in the books, given back whatever way it ends.
struct Open {
    shared: Arc<Shared>,
    guard: Option<Guard>,
}

impl Open {
    /// Its place among the connections, for who takes it over.
    fn take(mut self) -> Option<Guard> {
        self.guard.take()
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.shared.counters.stun_connections_open.decrement();
    }
}

#[derive(Default)]
pub(super) struct Streams {
    slots: Vec<(u32, Option<Box<Stream>>)>,
    free: Vec<u32>,
    by_client: HashMap<FiveTuple, u32>,
    dirty: Vec<u32>,
    spare_queues: Vec<Queue>,
    /// The earliest that any of them may be overdue.
    sweep_ms: Option<u64>,
    wire: Vec<u8>,
    plain: Vec<u8>,
    message: Vec<u8>,
    out: Vec<u8>,
    message_to_move: Vec<u8>,
}

impl Streams {
    pub(super) fn deadline(&self) -> Option<u64> {
        self.sweep_ms
    }

    pub(super) fn find(&self, client: &FiveTuple) -> Option<(u32, u32)> {
        let index = *self.by_client.get(client)?;
        Some((index, self.slots[index as usize].0))
    }

    pub(super) fn serve_allocation(&mut self, index: u32, id: AllocationId) {
        if let Some((_, Some(stream))) = self.slots.get_mut(index as usize) {
            stream.allocation = Some(id);
        }
    }

    pub(super) fn set_joined(&mut self, index: u32, generation: u32, transfer: (u32, u32)) {
        if let Some(stream) = self.get(index, generation) {
            stream.joined = Some(transfer);
        }
    }

    /// Whether it has not taken yet what it was sent.
    pub(super) fn is_behind(&mut self, index: u32, generation: u32) -> bool {
        let stream = self.get(index, generation);
        stream.is_some_and(|it| {
            !it.unsent.is_empty() || it.queue.as_ref().is_some_and(|queue| !queue.is_empty())
        })
    }

    fn get(&mut self, index: u32, generation: u32) -> Option<&mut Stream> {
        match self.slots.get_mut(index as usize) {
            Some((current, Some(stream))) if is_same(generation, *current) => Some(stream),
            _ => None,
        }
    }

    /// Buffers: not there at the start, nor after a panic.
    fn ensure_room(&mut self) {
        self.wire.resize(WIRE, 0);
        self.plain.resize(WIRE, 0);
        self.message.resize(HEADROOM + 4 + 65_536 + TAILROOM, 0);
    }
}

impl Shard {
    pub(super) fn adopt(&mut self, adopted: Adopted) {
        let Adopted { parts, first, client, guard } = adopted;
        let shared = guard.shared().clone();
        shared.counters.stun_connections_open.increment();
        let deadline_ms = self.now.ms + shared.limits.stun_idle_timeout_ms;
        let stream = Box::new(Stream {
            tcp: parts.tcp,
            tls: parts.tls,
            client,
            framing: Some(Framing::with_channels(LONGEST_MESSAGE)),
            unsent: parts.unsent,
            unsent_at: 0,
            queue: None,
            is_dirty: false,
            interest: EventFlags::IN,
            has_ended: parts.has_ended,
            joined: None,
            is_ending: false,
            deadline_ms,
            allocation: None,
            open: Open { shared, guard: Some(guard) },
        });
        let streams = &mut self.streams;
        let index = streams.free.pop().unwrap_or_else(|| {
            streams.slots.push((0, None));
            streams.slots.len() as u32 - 1
        });
        let generation = streams.slots[index as usize].0 & 0x00FF_FFFF;
        streams.slots[index as usize] = (generation, Some(stream));
        streams.by_client.insert(client, index);
        streams.sweep_ms = Some(streams.sweep_ms.map_or(deadline_ms, |at_ms| at_ms.min(deadline_ms)));
        let subject = Subject::Stream { index, generation };
        if !self.watch_new_stream(index, subject) {
            return self.close_stream(index, generation);
        }
        if self.take_in(index, generation, &first) {
            self.end_if_over(index, generation);
        }
    }

    fn watch_new_stream(&self, index: u32, subject: Subject) -> bool {
        match &self.streams.slots[index as usize].1 {
            Some(stream) => self.watch_stream(&stream.tcp, subject, true, EventFlags::IN),
            None => false,
        }
    }

    pub(super) fn serve_stream(&mut self, index: u32, generation: u32, flags: EventFlags) {
        if flags.contains(EventFlags::OUT) {
            self.flush_stream(index, generation);
        }
        if !flags.intersects(EventFlags::IN | EventFlags::HUP | EventFlags::ERR) {
            return;
        }
        if !flags.contains(EventFlags::IN) {
            // Nobody is there any more: it would be said again and again.
            return self.close_stream(index, generation);
        }
        self.streams.ensure_room();
        let mut wire = std::mem::take(&mut self.streams.wire);
        let mut plain = std::mem::take(&mut self.streams.plain);
        let read = self.streams.get(index, generation).map(|stream| stream.receive(&mut wire, &mut plain));
        let goes_on = match read {
            Some(Ok(length)) => self.take_in(index, generation, &plain[..length]),
            Some(Err(error)) if error.kind() == io::ErrorKind::WouldBlock => true,
            Some(Err(_)) => {
                // An alert, if there is one, is worth a try.
                self.flush_stream(index, generation);
                self.close_stream(index, generation);
                false
            }
            None => false,
        };
        (self.streams.wire, self.streams.plain) = (wire, plain);
        if goes_on {
            self.end_if_over(index, generation);
        }
    }

    /// Handle what came of a stream. False: it is closed, or another shard's.
    fn take_in(&mut self, index: u32, generation: u32, bytes: &[u8]) -> bool {
        let Some(stream) = self.streams.get(index, generation) else { return false };
        if let Some((transfer, of_transfer)) = stream.joined {
            if !bytes.is_empty() {
                self.carry_to_peer(transfer, of_transfer, bytes);
            }
            return self.streams.get(index, generation).is_some();
        }
        let Some(mut framing) = stream.framing.take() else { return false };
        let client = stream.client;
        let (mut has_message, mut elsewhere) = (false, None);
        let received = framing.receive_until(bytes, |message| {
            has_message = true;
            elsewhere = self.other_shard(message);
            if elsewhere.is_some() {
                self.streams.message_to_move = message.to_vec();
                return ControlFlow::Break(());
            }
            self.stream_message(index, generation, &client, message);
            let is_joined = self.streams.get(index, generation).is_none_or(|stream| stream.joined.is_some());
            if is_joined { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        if let (Some(shard), Ok(Some(rest))) = (elsewhere, &received) {
            self.move_stream(index, generation, shard, rest);
            return false;
        }
        let deadline_ms = self.now.ms + self.context.shared.limits.stun_idle_timeout_ms;
        let Some(stream) = self.streams.get(index, generation) else { return false };
        stream.framing = Some(framing);
        if has_message {
            // Only whole messages count as activity, or a byte now and then would hold the connection for ever.
            stream.deadline_ms = deadline_ms;
        }
        match received {
            Ok(None) => true,
            // Joined: what follows is data.
            Ok(Some(rest)) => self.take_in(index, generation, rest),
            Err(_) => {
                self.context.shared.counters.stun_closed_garbage.increment();
                self.flush_stream(index, generation);
                self.close_stream(index, generation);
                false
            }
        }
    }

    /// The shard that a ConnectionBind must go to, if it is not this one: a client's second connection may have come to
    /// another than its first.
    fn other_shard(&self, message: &[u8]) -> Option<usize> {
        let settings = &self.context.settings;
        if !settings.has_tcp_allocations || message.first().is_some_and(|byte| byte & 0xC0 != 0) {
            return None;
        }
        let shard = usize::from(connection_to_join(message)?.shard());
        (shard != self.number && shard < self.context.shards).then_some(shard)
    }

    /// Give a stream to another shard, with the message that is for it and what came after.
    fn move_stream(&mut self, index: u32, generation: u32, shard: usize, rest: &[u8]) {
        // Answers first: the other shard cannot send them.
        self.flush_stream(index, generation);
        let first = [&std::mem::take(&mut self.streams.message_to_move)[..], rest].concat();
        let is_clean = !self.streams.is_behind(index, generation);
        let streams = &mut self.streams;
        let Some((current, slot)) = streams.slots.get_mut(index as usize) else { return };
        let has_allocation =
            slot.as_deref().is_none_or(|stream| has_allocation(&self.slots, stream.allocation));
        if !is_same(generation, *current) || has_allocation || !is_clean {
            // It serves an allocation here, or does not read: there is nothing to join it to.
            return self.close_stream(index, generation);
        }
        let Some(stream) = slot.take() else { return };
        *current = current.wrapping_add(1);
        streams.free.push(index);
        streams.by_client.remove(&stream.client);
        let Stream { tcp, tls, client, has_ended, open, .. } = *stream;
        let _ = rustix::event::epoll::delete(&self.epoll, &tcp);
        if let (Some((commands, waker)), Some(guard)) =
            (self.context.ways.get().and_then(|ways| ways.get(shard)), open.take())
        {
            let parts = Parts { tcp, tls, unsent: Vec::new(), has_ended };
            let adopted = Adopted { parts, first, client, guard };
            let _ = commands.send(super::Command::Adopt(Box::new(adopted)));
            waker.wake();
        }
    }

    fn stream_message(&mut self, index: u32, generation: u32, client: &FiveTuple, message: &[u8]) {
        if message.first().is_some_and(|byte| byte & 0xC0 == 0) && is_binding(message) {
            let counters = &self.context.shared.counters;
            let answered = match client.transport() {
                Transport::Tls => &counters.stun_answered_tls,
                Transport::Tcp | Transport::Udp => &counters.stun_answered_tcp,
            };
            let mut buffer = [0; ANSWER_LENGTH];
            let answer = binding::answer(message, client.client(), BindingTransport::Stream, &mut buffer);
            if let Some(length) = counted(counters, answered, answer) {
                self.queue(index, generation, &buffer[..length], false);
            }
            return;
        }
        self.streams.ensure_room();
        let mut buffer = std::mem::take(&mut self.streams.message);
        let range = HEADROOM..HEADROOM + message.len();
        buffer[range.clone()].copy_from_slice(message);
        let handled = self.server.handle_client(self.now, client, &mut Packet::new(&mut buffer, range));
        self.act(handled, &buffer, Source::Stream { index, generation }, client);
        self.streams.message = buffer;
    }

    /// Have a message sent at the end of this round, together with others.
    pub(super) fn queue(&mut self, index: u32, generation: u32, message: &[u8], is_media: bool) {
        let streams = &mut self.streams;
        let Some((current, Some(stream))) = streams.slots.get_mut(index as usize) else { return };
        if !is_same(generation, *current) {
            return;
        }
        let queue = stream.queue.get_or_insert_with(|| streams.spare_queues.pop().unwrap_or_default());
        self.tally.dropped_queue += queue.add(message, is_media);
        if !std::mem::replace(&mut stream.is_dirty, true) {
            streams.dirty.push(index);
        }
    }

    /// Send what this round has brought.
    pub(super) fn flush_streams(&mut self) {
        let mut dirty = std::mem::take(&mut self.streams.dirty);
        for index in dirty.drain(..) {
            let generation = self.streams.slots[index as usize].0;
            self.flush_stream(index, generation);
        }
        // Closing a stream can make another one's answer.
        dirty.append(&mut self.streams.dirty);
        self.streams.dirty = dirty;
    }

    fn flush_stream(&mut self, index: u32, generation: u32) {
        self.streams.ensure_room();
        let mut wire = std::mem::take(&mut self.streams.wire);
        let mut out = std::mem::take(&mut self.streams.out);
        wire.resize(WIRE, 0);
        let Some(stream) = self.streams.get(index, generation) else {
            (self.streams.wire, self.streams.out) = (wire, out);
            return;
        };
        stream.is_dirty = false;
        let flushed = stream.flush(&mut wire, &mut out);
        let is_hopeless = stream.queue.as_ref().is_some_and(|queue| queue.is_hopeless());
        let is_done = stream.unsent.is_empty();
        let spare = if is_done { stream.queue.take() } else { None };
        let (joined, is_over) = (stream.joined, is_done && stream.is_ending);
        (self.streams.wire, self.streams.out) = (wire, out);
        if let Some(queue) = spare
            && self.streams.spare_queues.len() < SPARE_QUEUES
            && queue.capacity() <= SPARE_CAPACITY
        {
            self.streams.spare_queues.push(queue);
        }
        if flushed.is_err() || is_hopeless || is_over {
            return self.close_stream(index, generation);
        }
        match joined {
            Some((transfer, generation)) => self.refresh(transfer, generation),
            None => self.refresh_stream(index, generation),
        }
    }

    /// Wait for what can be done next.
    pub(super) fn refresh_stream(&mut self, index: u32, generation: u32) {
        let Some(stream) = self.streams.get(index, generation) else { return };
        let (before, joined) = (stream.interest, stream.joined);
        let mut wanted = EventFlags::empty();
        if !stream.unsent.is_empty() {
            wanted |= EventFlags::OUT;
        }
        if !stream.is_ending && joined.is_none_or(|(transfer, _)| self.transfers.wants_more(transfer)) {
            wanted |= EventFlags::IN;
        }
        if wanted == before {
            return;
        }
        if let Some(stream) = self.streams.get(index, generation) {
            stream.interest = wanted;
        }
        if let Some(stream) = &self.streams.slots[index as usize].1 {
            self.watch_stream(&stream.tcp, Subject::Stream { index, generation }, false, wanted);
        }
    }

    /// The peer that it is joined to has gone.
    pub(super) fn end_stream_when_sent(&mut self, index: u32, generation: u32) {
        if let Some(stream) = self.streams.get(index, generation) {
            stream.joined = None;
            stream.is_ending = true;
            self.flush_stream(index, generation);
        }
    }

    /// The client will send no more: so will we.
    fn end_if_over(&mut self, index: u32, generation: u32) {
        if self.streams.get(index, generation).is_some_and(|stream| stream.has_ended) {
            self.flush_stream(index, generation);
            self.close_stream(index, generation);
        }
    }

    pub(super) fn close_stream(&mut self, index: u32, generation: u32) {
        let streams = &mut self.streams;
        let Some((current, stream)) = streams.slots.get_mut(index as usize) else { return };
        if !is_same(generation, *current) {
            return;
        }
        let Some(mut stream) = stream.take() else { return };
        *current = current.wrapping_add(1);
        streams.free.push(index);
        stream.say_goodbye();
        let (client, joined) = (stream.client, stream.joined);
        drop(stream);
        if let Some((transfer, generation)) = joined {
            self.client_has_left(transfer, generation);
        }
        let streams = &mut self.streams;
        if streams.by_client.get(&client) == Some(&index) {
            streams.by_client.remove(&client);
            self.server.handle_disconnected(&client);
            self.drain(None);
        }
    }

    /// Close what has said nothing for too long.
    pub(super) fn sweep_streams(&mut self) {
        let now_ms = self.now.ms;
        if self.streams.sweep_ms.is_none_or(|at_ms| at_ms > now_ms) {
            return;
        }
        let idle_ms = self.context.shared.limits.stun_idle_timeout_ms;
        let mut next = None;
        let mut overdue = Vec::new();
        for (index, (generation, stream)) in self.streams.slots.iter_mut().enumerate() {
            let Some(stream) = stream else { continue };
            if stream.deadline_ms <= now_ms {
                if stream.joined.is_none() && !has_allocation(&self.slots, stream.allocation) {
                    overdue.push((index as u32, *generation));
                    continue;
                }
                // Once it has ended the client may have another: a while to think.
                stream.deadline_ms = now_ms + idle_ms;
            }
            next = Some(next.map_or(stream.deadline_ms, |at_ms: u64| at_ms.min(stream.deadline_ms)));
        }
        self.streams.sweep_ms = next;
        for (index, generation) in overdue {
            self.context.shared.counters.stun_closed_idle.increment();
            self.close_stream(index, generation);
        }
    }
}

fn has_allocation(slots: &[Slot], id: Option<AllocationId>) -> bool {
    let slot = id.and_then(|id| slots.get(id.index as usize).filter(|slot| slot.generation == id.generation));
    slot.is_some_and(|slot| slot.bound > 0)
}

impl Stream {
    /// Read once and decrypt; how much plaintext there is. Zero may mean that a record is not complete.
    fn receive(&mut self, wire: &mut [u8], plain: &mut [u8]) -> io::Result<usize> {
        let Some(session) = self.tls.as_deref_mut() else {
            let read = self.tcp.read(&mut plain[..CHUNK])?;
            self.has_ended |= read == 0;
            return Ok(read);
        };
        let before = session.restore(wire);
        let read = match self.tcp.read(&mut wire[before..before + CHUNK]) {
            Ok(read) => read,
            Err(error) => {
                session.keep(&wire[..before]);
                return Err(error);
            }
        };
        self.has_ended |= read == 0;
        let progress = session.receive(&mut wire[..before + read], plain, &mut self.unsent);
        let progress = progress.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        self.has_ended |= progress.has_ended;
        Ok(progress.plain)
    }

    /// Send what can be sent now.
    fn flush(&mut self, wire: &mut [u8], out: &mut Vec<u8>) -> io::Result<()> {
        if !self.write_unsent()? {
            return Ok(());
        }
        while let Some(queue) = self.queue.as_mut()
            && !queue.is_empty()
        {
            out.clear();
            queue.take(CHUNK, out);
            let bytes = match self.tls.as_deref_mut() {
                None => &out[..],
                Some(session) => {
                    let length = session.send(out, wire).map_err(io::Error::other)?;
                    if session.tickets.is_empty() {
                        &wire[..length]
                    } else {
                        self.unsent = std::mem::take(&mut session.tickets);
                        self.unsent.extend_from_slice(&wire[..length]);
                        &[]
                    }
                }
            };
            let written = write_all(&mut self.tcp, bytes)?;
            self.unsent.extend_from_slice(&bytes[written..]);
            if !self.write_unsent()? {
                return Ok(());
            }
        }
        Ok(())
    }

    /// True: nothing is left over.
    fn write_unsent(&mut self) -> io::Result<bool> {
        if self.unsent.is_empty() {
            return Ok(true);
        }
        self.unsent_at += write_all(&mut self.tcp, &self.unsent[self.unsent_at..])?;
        if self.unsent_at < self.unsent.len() {
            return Ok(false);
        }
        (self.unsent, self.unsent_at) = (Vec::new(), 0);
        Ok(true)
    }

    /// RFC 8446 §6.1: close_notify, if it can be sent at once.
    fn say_goodbye(&mut self) {
        let mut wire = [0; 64];
        if self.unsent.is_empty()
            && let Some(session) = self.tls.as_deref_mut()
            && session.tickets.is_empty()
            && let Ok(length) = session.close_notify(&mut wire)
        {
            let _ = self.tcp.write(&wire[..length]);
        }
        let _ = self.tcp.shutdown(std::net::Shutdown::Write);
    }
}

/// Write until the network takes no more; how much it took.
pub(super) fn write_all(tcp: &mut TcpStream, bytes: &[u8]) -> io::Result<usize> {
    let mut written = 0;
    while written < bytes.len() {
        match tcp.write(&bytes[written..]) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(more) => written += more,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(written)
}
