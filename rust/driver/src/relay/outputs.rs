//! What the core asks for beside packets: sockets bound and closed, messages sent, and news for the application.

use std::io;
use std::net::{SocketAddr, UdpSocket};

use sightline_core::turn::{
    AllocationId, BindFailed, Event, Family, FiveTuple, Output, Port, Token, Transport, What,
};

use super::ports::Wanted;
use super::shard::{Relayed, Shard, Slot, Source, Subject};
use super::{sockets, status};

impl Shard {
    /// Do everything that the core has asked for. `source`: whose message was its cause, if it was one.
    pub(super) fn drain(&mut self, source: Option<Source>) {
        while let Some(output) = self.server.poll_output() {
            match output {
                Output::Bind { allocation, family, port } => {
                    let bound = self.bind(allocation, family, port, source);
                    self.server.handle_bound(self.now, allocation, family, port, bound);
                }
                Output::Listen { allocation, family } => self.listen(allocation, family, source),
                Output::Connect { connection, allocation, peer } => {
                    self.connect_to_peer(connection, allocation, peer);
                }
                Output::Close { connection } => self.close_transfer(connection),
                Output::Release { allocation, family } => self.release(allocation, family),
                Output::Unreserve { token } => {
                    if let Some((_, family, port)) = self.reserved.remove(&token) {
                        self.resting.add(self.now.ms, family, port);
                    }
                }
                Output::Send { client, bytes } => self.send(&client, &bytes),
                Output::Event(event) => self.tell(&event, source),
            }
        }
    }

    /// The answer that the core has made goes back where its request came from.
    pub(super) fn answer(&mut self, source: Source, client: &FiveTuple) {
        let answer: Vec<u8> = self.server.answer().to_vec();
        match source {
            Source::Control(index) => self.send_to_client(index, client, &answer),
            Source::Stream { index, generation } => self.queue(index, generation, &answer, false),
        }
    }

    fn send(&mut self, client: &FiveTuple, bytes: &[u8]) {
        if client.transport() == Transport::Udp {
            if let Some(control) = self.control_at(client.server()) {
                self.send_to_client(control, client, bytes);
            }
        } else if let Some((index, generation)) = self.streams.find(client) {
            self.queue(index, generation, bytes, false);
        }
    }

    pub(super) fn control_at(&self, server: SocketAddr) -> Option<u32> {
        let fits = |address: SocketAddr| {
            let is_wildcard = address.ip().is_unspecified() && address.is_ipv4() == server.is_ipv4();
            address.port() == server.port() && (address.ip() == server.ip() || is_wildcard)
        };
        self.controls.iter().position(|control| fits(control.address)).map(|index| index as u32)
    }

    fn bind(
        &mut self,
        id: AllocationId,
        family: Family,
        port: Port,
        source: Option<Source>,
    ) -> Result<SocketAddr, BindFailed> {
        let source = source.ok_or(BindFailed)?;
        let ip = self.context.settings.local(family == Family::V4).ok_or(BindFailed)?;
        let bound = match port {
            Port::Reserved(token) => {
                self.reserved.remove(&token).map(|(socket, _, port)| (port, (socket, None)))
            }
            Port::Any => self.claim_udp(family, Wanted::Any),
            Port::Even => self.claim_udp(family, Wanted::Even),
            Port::EvenReserveNext(_) => self.claim_udp(family, Wanted::Pair),
        };
        let Some((number, (socket, next))) = bound else {
            self.tally.bind_failures += 1;
            return Err(BindFailed);
        };
        if let (Port::EvenReserveNext(token), Some(next)) = (port, next) {
            self.reserved.insert(token, (next, family, number + 1));
        }
        let subject =
            Subject::Relayed { slot: id.index, generation: id.generation, family, is_connected: false };
        if !self.watch(&socket, subject) {
            self.resting.add(self.now.ms, family, number);
            if let Port::EvenReserveNext(token) = port {
                self.unreserve(token);
            }
            self.tally.bind_failures += 1;
            return Err(BindFailed);
        }
        let relayed = Relayed {
            socket,
            port: number,
            connected: None,
            last_peer: None,
            repeats: 0,
            heat: 0,
            last_round: 0,
            joins_bursts: false,
        };
        let slot = self.slot(id, source);
        slot.bound += 1;
        slot.relayed[family as usize] = Some(Box::new(relayed));
        Ok(SocketAddr::new(self.context.settings.public(ip), number))
    }

    fn unreserve(&mut self, token: Token) {
        if let Some((_, family, port)) = self.reserved.remove(&token) {
            self.resting.add(self.now.ms, family, port);
        }
    }

    fn claim_udp(&mut self, family: Family, wanted: Wanted) -> Option<(u16, (UdpSocket, Option<UdpSocket>))> {
        let ip = self.context.settings.local(family == Family::V4)?;
        self.claim(family, wanted, |port| {
            let first = sockets::relayed(SocketAddr::new(ip, port))?;
            let next = match wanted {
                Wanted::Pair => Some(sockets::relayed(SocketAddr::new(ip, port + 1))?),
                Wanted::Any | Wanted::Even => None,
            };
            Ok((first, next))
        })
    }

    pub(super) fn claim<T>(
        &mut self,
        family: Family,
        wanted: Wanted,
        mut bind: impl FnMut(u16) -> io::Result<T>,
    ) -> Option<(u16, T)> {
        self.resting.wake(self.now.ms);
        let ports = self.context.ports.clone();
        loop {
            let claimed = ports.claim(self.number, family, wanted, &mut bind).ok()?;
            if claimed.is_some() || !self.resting.wake_oldest() {
                return claimed;
            }
        }
    }

    /// The slot of an allocation that is being made.
    pub(super) fn slot(&mut self, id: AllocationId, source: Source) -> &mut Slot {
        let index = id.index as usize;
        let now_ms = self.now.ms;
        let fresh =
            |generation| Slot { generation, source, made_ms: now_ms, bound: 0, relayed: [None, None] };
        while self.slots.len() <= index {
            self.slots.push(fresh(id.generation));
        }
        if let Source::Stream { index, .. } = source {
            self.streams.serve_allocation(index, id);
        }
        let slot = &mut self.slots[index];
        if slot.generation != id.generation {
            *slot = fresh(id.generation);
        }
        slot.source = source;
        slot
    }

    fn release(&mut self, id: AllocationId, family: Family) {
        let was_listening = self.stop_listening(id, family);
        let Some(slot) = self.slots.get_mut(id.index as usize) else { return };
        if slot.generation != id.generation {
            return;
        }
        slot.bound -= u8::from(was_listening || slot.relayed[family as usize].is_some());
        if let Some(relayed) = slot.relayed[family as usize].take() {
            self.connected -= usize::from(relayed.connected.is_some());
            self.resting.add(self.now.ms, family, relayed.port);
        }
    }

    fn tell(&mut self, event: &Event, source: Option<Source>) {
        let id = event.allocation;
        if let (What::Moved, Some(source)) = (event.what, source) {
            self.slot(id, source);
        }
        let age_s = self.age_s(id);
        let Some((name, fields)) = status::event(self.number, event, age_s) else { return };
        self.context.shared.frequent_event(name, fields);
    }

    pub(super) fn age_s(&self, id: AllocationId) -> u64 {
        let slot = self.slots.get(id.index as usize);
        slot.map_or(0, |slot| self.now.ms.saturating_sub(slot.made_ms) / 1000)
    }
}
