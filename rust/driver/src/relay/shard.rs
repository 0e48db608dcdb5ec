//! One thread of the relay: its sockets, its connections, its part of the allocations, and the loop that serves them.
//!
//! What comes in is handled in [`super::datagrams`] and [`super::streams`], what the core asks for in
//! [`super::outputs`]. Nothing here is shared but what [`Context`] holds.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender};
use std::sync::{Arc, OnceLock};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use quinn_udp::UdpSocketState;
use rustix::event::Timespec;
use rustix::event::epoll::{self, Event, EventData, EventFlags};
use rustix::fd::{AsFd, OwnedFd};
use serde_json::json;
use sightline_core::budget::Strangers;
use sightline_core::turn::{AllocationId, Census, Family, FiveTuple, Handled, Now, Server, Settings, Token};

use super::Command;
use super::behaviour::{Behaviour, Discovery};
use super::datagrams::Buffers;
use super::outbox::Outbox;
use super::ports::{Ports, Resting};
use super::settings::RelaySettings;
use super::siblings::{Siblings, Waker};
use super::sockets;
use super::status::Tally;
use super::streams::Streams;
use super::transfers::Transfers;
use crate::shared::Shared;

/// Events taken from the kernel at once.
const EVENTS: usize = 256;

/// What all shards share.
pub(super) struct Context {
    pub(super) shared: Arc<Shared>,
    pub(super) settings: RelaySettings,
    pub(super) ports: Arc<Ports>,
    pub(super) census: Census,
    /// Where relayed addresses are, as sockets and as peers have them.
    pub(super) relay_addresses: Vec<IpAddr>,
    pub(super) shards: usize,
    /// The way to every shard.
    pub(super) ways: OnceLock<Vec<(Sender<Command>, Arc<Waker>)>>,
    /// Where the listeners are spoken to.
    pub(super) control: Vec<SocketAddr>,
    pub(super) behaviour: Option<Behaviour>,
    pub(super) started: Instant,
    /// How many relayed sockets of a shard may have a connected one beside them.
    pub(super) most_connected: usize,
}

impl Context {
    /// Monotonic, in milliseconds.
    fn ms(&self) -> u64 {
        self.started.elapsed().as_millis() as u64
    }
}

/// How often the clock on the wall is read: it only stamps nonces, in seconds.
const WALL_MS: u64 = 500;

fn unix_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// A listener's UDP socket.
pub(super) struct Control {
    pub(super) socket: UdpSocket,
    pub(super) address: SocketAddr,
}

/// Who sent what is being handled, and the way back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Control(u32),
    Stream { index: u32, generation: u32 },
}

/// What the driver has for an allocation; at the allocation's index.
pub(super) struct Slot {
    pub(super) generation: u32,
    pub(super) source: Source,
    pub(super) made_ms: u64,
    /// How many relayed addresses it has.
    pub(super) bound: u8,
    pub(super) relayed: [Option<Box<Relayed>>; 2],
}

/// A relayed address.
pub(super) struct Relayed {
    pub(super) socket: UdpSocket,
    pub(super) port: u16,
    /// A second socket of the same address, for the peer that most goes to.
    pub(super) connected: Option<(UdpSocket, SocketAddr)>,
    /// Who was sent to last, and how often in a row.
    pub(super) last_peer: Option<SocketAddr>,
    pub(super) repeats: u16,
    /// Rises while more comes than is read at once.
    pub(super) heat: u8,
    pub(super) last_round: u32,
    pub(super) joins_bursts: bool,
}

/// What an epoll event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    Wake,
    Control(u32),
    Relayed {
        slot: u32,
        generation: u32,
        family: Family,
        is_connected: bool,
    },
    Stream {
        index: u32,
        generation: u32,
    },
    /// RFC 6062: a relayed address of TCP.
    Listener {
        slot: u32,
        generation: u32,
        family: Family,
    },
    /// RFC 6062: a connection with a peer.
    Transfer {
        index: u32,
        generation: u32,
    },
}

/// As many bits of a generation as fit beside the rest: an event outlives its subject by one round at most.
const GENERATION: u32 = 0x00FF_FFFF;

impl Subject {
    pub(super) fn to_data(self) -> EventData {
        let (kind, generation, index) = match self {
            Self::Wake => (0, 0, 0),
            Self::Control(index) => (1, 0, index),
            Self::Stream { index, generation } => (2, generation, index),
            Self::Transfer { index, generation } => (3, generation, index),
            Self::Listener { slot, generation, family } => (8 | family as u64, generation, slot),
            Self::Relayed { slot, generation, family, is_connected } => {
                (4 | u64::from(family == Family::V6) << 1 | u64::from(is_connected), generation, slot)
            }
        };
        EventData::new_u64(kind << 56 | u64::from(generation & GENERATION) << 32 | u64::from(index))
    }

    fn of(data: EventData) -> Self {
        let data = data.u64();
        let (generation, index) = ((data >> 32) as u32 & GENERATION, data as u32);
        match data >> 56 {
            0 => Self::Wake,
            1 => Self::Control(index),
            2 => Self::Stream { index, generation },
            3 => Self::Transfer { index, generation },
            8 => Self::Listener { slot: index, generation, family: Family::V4 },
            9 => Self::Listener { slot: index, generation, family: Family::V6 },
            kind => Self::Relayed {
                slot: index,
                generation,
                family: if kind & 2 == 0 { Family::V4 } else { Family::V6 },
                is_connected: kind & 1 == 1,
            },
        }
    }
}

/// Whether an event's generation is that of what stands at its index now.
pub(super) fn is_same(event: u32, current: u32) -> bool {
    event == current & GENERATION
}

pub(super) struct Shard {
    pub(super) number: usize,
    pub(super) context: Arc<Context>,
    pub(super) epoll: OwnedFd,
    pub(super) controls: Vec<Control>,
    pub(super) commands: Receiver<Command>,
    pub(super) siblings: Siblings,
    pub(super) server: Server,
    pub(super) slots: Vec<Slot>,
    pub(super) reserved: HashMap<Token, (UdpSocket, Family, u16)>,
    pub(super) resting: Resting,
    pub(super) streams: Streams,
    pub(super) transfers: Transfers,
    pub(super) outbox: Outbox,
    pub(super) buffers: Buffers,
    pub(super) discovery: Option<Discovery>,
    pub(super) udp: UdpSocketState,
    pub(super) udp_made_ms: u64,
    pub(super) now: Now,
    wall_read_ms: u64,
    pub(super) round: u32,
    pub(super) connected: usize,
    pub(super) tally: Tally,
    pub(super) is_closing: bool,
}

/// What a shard is made of, and keeps when it starts anew.
pub(super) struct Parts {
    pub(super) number: usize,
    pub(super) context: Arc<Context>,
    pub(super) controls: Vec<Control>,
    pub(super) commands: Receiver<Command>,
    pub(super) siblings: Siblings,
}

impl Shard {
    pub(super) fn new(parts: Parts) -> io::Result<Self> {
        let Parts { number, context, controls, commands, siblings } = parts;
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        epoll::add(&epoll, &siblings.waker().event, Subject::Wake.to_data(), EventFlags::IN)?;
        for (index, control) in controls.iter().enumerate() {
            let subject = Subject::Control(index as u32);
            epoll::add(&epoll, &control.socket, subject.to_data(), EventFlags::IN)?;
        }
        Ok(Self {
            server: server(&context, number)?,
            resting: Resting::new(context.ports.clone()),
            streams: Streams::default(),
            transfers: Transfers::default(),
            outbox: Outbox::new(),
            buffers: Buffers::default(),
            discovery: context
                .behaviour
                .clone()
                .map(|behaviour| Discovery { behaviour, strangers: Strangers::default() }),
            udp: sockets::any_state()?,
            udp_made_ms: 0,
            now: Now { ms: context.ms(), unix_s: unix_s() },
            wall_read_ms: context.ms(),
            slots: Vec::new(),
            reserved: HashMap::new(),
            round: 0,
            connected: 0,
            tally: Tally::default(),
            is_closing: false,
            number,
            context,
            epoll,
            controls,
            commands,
            siblings,
        })
    }

    /// Serve until told to close.
    pub(super) fn run(mut self) {
        let nothing = Event { flags: EventFlags::empty(), data: Subject::Wake.to_data() };
        let mut events = [nothing; EVENTS];
        while !self.is_closing {
            let timeout = self.timeout();
            let count = match epoll::wait(&self.epoll, &mut events[..], timeout.as_ref()) {
                Ok(count) => count,
                Err(rustix::io::Errno::INTR) => 0,
                Err(error) => {
                    self.context.shared.event("relay_stopped", json!({ "error": error.to_string() }));
                    return;
                }
            };
            self.read_clocks();
            self.round = self.round.wrapping_add(1);
            for event in &events[..count] {
                let subject = Subject::of(event.data);
                // Nothing is half done when a packet's handling ends by a panic but what belongs to its subject, and
                // that is given up.
                if catch_unwind(AssertUnwindSafe(|| self.handle(subject, event.flags))).is_err() {
                    self.give_up(subject);
                }
            }
            if catch_unwind(AssertUnwindSafe(|| self.finish_round())).is_err() && !self.start_anew() {
                return;
            }
        }
    }

    /// One clock for a round, and rarely two: each is 1 % of a packet.
    fn read_clocks(&mut self) {
        self.now.ms = self.context.ms();
        if self.now.ms >= self.wall_read_ms + WALL_MS {
            self.wall_read_ms = self.now.ms;
            self.now.unix_s = unix_s();
        }
    }

    fn timeout(&self) -> Option<Timespec> {
        let at_ms = [self.server.deadline(), self.streams.deadline(), self.transfers.deadline()];
        let at_ms = at_ms.into_iter().flatten().min()?;
        // Up to the next whole millisecond: an early wake-up would find nothing to do.
        let left_ms = at_ms.saturating_sub(self.now.ms) + 1;
        Some(Timespec { tv_sec: (left_ms / 1000) as i64, tv_nsec: (left_ms % 1000 * 1_000_000) as i64 })
    }

    fn handle(&mut self, subject: Subject, flags: EventFlags) {
        match subject {
            Subject::Wake => self.wake(),
            Subject::Control(index) => self.receive_from_clients(index),
            Subject::Relayed { slot, generation, family, is_connected } => {
                self.receive_from_peers(slot, generation, family, is_connected);
            }
            Subject::Stream { index, generation } => self.serve_stream(index, generation, flags),
            Subject::Listener { slot, generation, family } => self.accept_peer(slot, generation, family),
            Subject::Transfer { index, generation } => self.serve_transfer(index, generation, flags),
        }
        // What one socket gave goes out before the next is read.
        self.flush();
    }

    fn finish_round(&mut self) {
        if self.server.deadline().is_some_and(|at_ms| at_ms <= self.now.ms) {
            self.server.handle_timeout(self.now);
            self.drain(None);
        }
        self.sweep_streams();
        self.wake_transfers();
        self.flush_streams();
        self.flush();
        self.tally.dropped_sibling += self.siblings.flush();
    }

    fn wake(&mut self) {
        self.siblings.waker().rest();
        while let Ok(command) = self.commands.try_recv() {
            self.obey(command);
        }
        while let Some(mut batch) = self.siblings.receive() {
            self.deliver_batch(&mut batch);
            self.siblings.give_back(batch);
        }
    }

    /// After a panic: let go of what it was about. Nobody else is affected.
    fn give_up(&mut self, subject: Subject) {
        let shared = &self.context.shared;
        shared.counters.relay_panics.increment();
        shared.rare_event("relay_panicked", json!({ "subject": format!("{subject:?}") }));
        self.buffers = Buffers::default();
        self.outbox.clear();
        let given_up = catch_unwind(AssertUnwindSafe(|| match subject {
            Subject::Relayed { slot, generation, .. } | Subject::Listener { slot, generation, .. } => {
                if let Some(current) = self.slots.get(slot as usize)
                    && is_same(generation, current.generation)
                {
                    self.server.revoke(AllocationId { index: slot, generation: current.generation });
                    self.drain(None);
                }
            }
            Subject::Stream { index, generation } => self.close_stream(index, generation),
            Subject::Transfer { index, generation } => self.end_transfer(index, generation),
            Subject::Control(_) => self.drain(None),
            Subject::Wake => {
                self.drain(None);
                // For what was told after that which ended it.
                self.siblings.waker().wake();
            }
        }));
        if given_up.is_err() && !self.start_anew() {
            self.is_closing = true;
        }
    }

    /// When the shard itself cannot go on: its allocations and connections end, its listeners stay. False: not even that.
    fn start_anew(&mut self) -> bool {
        self.context.shared.counters.relay_panics.increment();
        self.context.shared.event("relay_thread_restarted", json!({ "shard": self.number }));
        let Ok(server) = server(&self.context, self.number) else { return false };
        self.tally.carry_over(&self.server);
        self.server = server;
        for slot in std::mem::take(&mut self.slots) {
            for (family, relayed) in [Family::V4, Family::V6].into_iter().zip(slot.relayed) {
                if let Some(relayed) = relayed {
                    self.resting.add(self.now.ms, family, relayed.port);
                }
            }
        }
        for (_, (_, family, port)) in self.reserved.drain() {
            self.resting.add(self.now.ms, family, port);
        }
        let listening: Vec<_> = self.transfers.ports().collect();
        for (family, port) in listening {
            self.resting.add(self.now.ms, family, port);
        }
        self.streams = Streams::default();
        self.transfers = Transfers::default();
        self.outbox.clear();
        self.buffers = Buffers::default();
        self.connected = 0;
        true
    }

    /// Do what the core says with a packet in `buffer`.
    pub(super) fn act(&mut self, handled: Handled, buffer: &[u8], source: Source, client: &FiveTuple) {
        match handled {
            Handled::ToPeer(it) => self.forward_to_peer(&it, buffer),
            Handled::ToClient(it) => self.forward_to_client(&it, buffer),
            Handled::ToSibling(it) => self.forward_to_sibling(&it, buffer),
            Handled::Answer => {
                self.answer(source, client);
                self.drain(Some(source));
            }
            Handled::Join(id) => {
                self.answer(source, client);
                self.drain(Some(source));
                self.join(id, source);
            }
            Handled::Done => self.drain(Some(source)),
            Handled::Dropped(_) => {}
        }
    }

    pub(super) fn watch(&self, socket: &impl AsFd, subject: Subject) -> bool {
        epoll::add(&self.epoll, socket, subject.to_data(), EventFlags::IN).is_ok()
    }

    pub(super) fn watch_stream(
        &self,
        stream: &std::net::TcpStream,
        subject: Subject,
        is_new: bool,
        flags: EventFlags,
    ) -> bool {
        let watched = if is_new {
            epoll::add(&self.epoll, stream, subject.to_data(), flags)
        } else {
            epoll::modify(&self.epoll, stream, subject.to_data(), flags)
        };
        watched.is_ok()
    }
}

fn server(context: &Context, number: usize) -> io::Result<Server> {
    let credentials = context.settings.credentials().map_err(|bad| io::Error::other(bad.0))?;
    let mut seed = [0; 8];
    let random = context.shared.tls.provider.secure_random;
    random.fill(&mut seed).map_err(|_| io::Error::other("the system gives no random bytes"))?;
    let settings = context.settings.core(number, context.shards, &context.control);
    let settings = Settings { census: context.census.clone(), ..settings };
    Ok(Server::new(settings, credentials, u64::from_ne_bytes(seed)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_name_their_subject() {
        for subject in [
            Subject::Wake,
            Subject::Control(7),
            Subject::Stream { index: u32::MAX, generation: 5 },
            Subject::Relayed { slot: 9, generation: GENERATION, family: Family::V4, is_connected: true },
            Subject::Relayed { slot: 0, generation: 0, family: Family::V6, is_connected: false },
            Subject::Listener { slot: 3, generation: 1, family: Family::V6 },
            Subject::Transfer { index: 3, generation: 1 },
        ] {
            assert_eq!(Subject::of(subject.to_data()), subject);
        }
        assert!(is_same(1, 0x0100_0001) && !is_same(1, 2));
    }
}
